//! `errors.*` and `behavior.on.null.values`: what becomes of records that cannot be written.

use super::read::Reader;

/// `errors.*`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSettings {
    /// `errors.tolerance=all`
    pub skip_bad_records: bool,
    /// `errors.log.enable`
    pub log: bool,
    /// `errors.log.include.messages`
    pub log_messages: bool,
    /// `errors.retry.timeout`: how long a converter or transform is tried again; -1: for ever.
    pub retry_timeout_ms: i64,
    /// `errors.retry.delay.max.ms`
    pub retry_delay_ms_max: u64,
    /// Where records go that are left out.
    pub dead_letters: Option<DeadLetterSettings>,
}

impl ErrorSettings {
    /// Whether the connector reports records that it cannot write, instead of failing at once:
    /// it needs a log or a dead letter queue to report them to.
    #[must_use]
    pub fn has_reporter(&self) -> bool {
        self.log || self.dead_letters.is_some()
    }
}

/// `errors.deadletterqueue.*`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterSettings {
    /// `errors.deadletterqueue.topic.name`
    pub topic: String,
    /// `errors.deadletterqueue.topic.replication.factor`, for a topic that must be made.
    pub replication_factor: i16,
    /// `errors.deadletterqueue.context.headers.enable`
    pub context_headers: bool,
}

/// `behavior.on.null.values`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NullValues {
    /// `fail`
    Fail,
    /// `ignore`
    Ignore {
        /// `report.null.values.to.dlq`
        reports: bool,
    },
    /// `write`: only their keys, into a folder of their own.
    Write {
        /// `tombstone.encoded.partition`
        folder: String,
    },
}

const DLQ: &str = "errors.deadletterqueue.topic.name";

/// Reads `errors.*`.
pub(super) fn errors(read: &mut Reader<'_>) -> ErrorSettings {
    let settings = ErrorSettings {
        skip_bad_records: read.text("errors.tolerance") == "all",
        log: read.bool("errors.log.enable"),
        log_messages: read.bool("errors.log.include.messages"),
        retry_timeout_ms: read.number("errors.retry.timeout"),
        retry_delay_ms_max: u64::try_from(read.number("errors.retry.delay.max.ms")).unwrap_or(0),
        dead_letters: dead_letters(read),
    };
    if settings.dead_letters.is_some() && !settings.skip_bad_records {
        read.warn(format!(
            "{DLQ} gets the first bad record only, which then stops the task: errors.tolerance is none"
        ));
    }
    settings
}

fn dead_letters(read: &mut Reader<'_>) -> Option<DeadLetterSettings> {
    let topic = read.some_text(DLQ)?;
    let (names, regex) = (read.list("topics"), read.text("topics.regex").to_owned());
    if names.contains(&topic) {
        let names = names.join(", ");
        read.refuse(DLQ, format!("The DLQ topic '{topic}' may not be included in the list of topics ('topics=[{names}]') consumed by the connector"));
    } else if !regex.is_empty()
        && regex_lite::Regex::new(&format!("^(?:{regex})$"))
            .is_ok_and(|regex| regex.is_match(&topic))
    {
        read.refuse(DLQ, format!("The DLQ topic '{topic}' may not be included in the regex matching topics ('topics.regex={regex}') consumed by the connector"));
    }
    Some(DeadLetterSettings {
        topic,
        replication_factor: i16::try_from(
            read.number("errors.deadletterqueue.topic.replication.factor"),
        )
        .unwrap_or(i16::MAX),
        context_headers: read.bool("errors.deadletterqueue.context.headers.enable"),
    })
}

/// Reads `behavior.on.null.values` and what belongs to it.
pub(super) fn null_values(read: &mut Reader<'_>) -> NullValues {
    let folder = read.text("tombstone.encoded.partition").to_owned();
    match read.text("behavior.on.null.values").to_ascii_lowercase().as_str() {
        "ignore" => NullValues::Ignore { reports: read.bool("report.null.values.to.dlq") },
        "write" => {
            if !read.bool("store.kafka.keys") {
                let value = read.text("behavior.on.null.values");
                read.refuse_with(
                    "behavior.on.null.values",
                    format!("Invalid value {value} for configuration behavior.on.null.values: Writing Kafka record keys to storage is mandatory when tombstone writing is enabled."),
                    "store.kafka.keys=true",
                );
            }
            NullValues::Write { folder }
        }
        _ => NullValues::Fail,
    }
}
