//! `RegexRouter`, `TimestampRouter`: another topic; `Filter`: no record.

use regex_lite::Regex;

use super::simple_date::SimpleDateFormat;
use super::support::refuse;
use super::{Options, Record, Transform};
use crate::connect::convert::RecordError;

/// Drops every record that its predicate lets through to it.
#[derive(Debug)]
pub(super) struct Filter;

impl Transform for Filter {
    fn apply(&self, _record: Record) -> Result<Option<Record>, RecordError> {
        Ok(None)
    }
}

/// Renames topics whose whole name matches.
#[derive(Debug)]
pub(super) struct RegexRouter {
    regex: Option<Regex>,
    replacement: String,
}

impl RegexRouter {
    pub(super) fn new(options: &Options<'_>) -> RegexRouter {
        let regex = options.pattern("regex", "Invalid regex: ");
        let replacement = java_replacement(options.required("replacement"));
        RegexRouter { regex, replacement }
    }
}

/// Java's `$1x` is group 1 and an x; without braces Rust would look for a group `1x`.
fn java_replacement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('$') => out.push_str("$$"),
                Some(literal) => out.push(literal),
                None => {}
            },
            '$' if characters.peek().is_some_and(char::is_ascii_digit) => {
                let digit = characters.next().unwrap_or('0');
                out.push_str(&format!("${{{digit}}}"));
            }
            other => out.push(other),
        }
    }
    out
}

impl Transform for RegexRouter {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let topic = self.route(&record.topic).map_or_else(|| record.topic.clone(), Into::into);
        Ok(Some(Record { topic, ..record }))
    }

    fn route(&self, topic: &str) -> Option<String> {
        let routed = self.regex.as_ref().filter(|regex| regex.is_match(topic));
        Some(routed.map_or_else(
            || topic.to_owned(),
            |regex| regex.replace(topic, self.replacement.as_str()).into_owned(),
        ))
    }
}

/// Puts the record's time into the topic's name.
#[derive(Debug)]
pub(super) struct TimestampRouter {
    topic_format: String,
    timestamp_format: Option<SimpleDateFormat>,
}

impl TimestampRouter {
    pub(super) fn new(options: &Options<'_>) -> TimestampRouter {
        let pattern = options.text("timestamp.format").unwrap_or("yyyyMMdd");
        let timestamp_format = SimpleDateFormat::compile(pattern)
            .map_err(|error| options.refuse("timestamp.format", error))
            .ok();
        let topic_format = options.text("topic.format").unwrap_or("${topic}-${timestamp}");
        TimestampRouter { topic_format: topic_format.to_owned(), timestamp_format }
    }
}

impl Transform for TimestampRouter {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let (Some(timestamp_ms), Some(format)) = (record.timestamp_ms, &self.timestamp_format)
        else {
            let (topic, partition, offset) = (&record.topic, record.partition, record.offset);
            return refuse(format!(
                "Timestamp missing on record: SinkRecord{{kafkaOffset={offset}, topic='{topic}', kafkaPartition={partition}}}"
            ));
        };
        let topic = self
            .topic_format
            .replace("${topic}", &record.topic)
            .replace("${timestamp}", &format.format(timestamp_ms));
        Ok(Some(Record { topic: topic.into(), ..record }))
    }

    fn route(&self, _topic: &str) -> Option<String> {
        None
    }
}
