//! Predicates: when a transform applies.

use regex_lite::Regex;

use super::{Options, Record};

/// A condition on a record.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// `TopicNameMatches`: the whole name matches `pattern`.
    TopicNameMatches(Option<Regex>),
    /// `HasHeaderKey`: there is a header of this `name`.
    HasHeaderKey(String),
    /// `RecordIsTombstone`: the value is null.
    RecordIsTombstone,
}

impl Predicate {
    /// A predicate of this class with these settings; `None` if there is no such class.
    #[must_use]
    pub fn of(class: &str, options: &Options<'_>) -> Option<Predicate> {
        const PACKAGE: &str = "org.apache.kafka.connect.transforms.predicates.";
        Some(match class.strip_prefix(PACKAGE).unwrap_or(class) {
            "TopicNameMatches" => {
                let refusal = "entry must be a Java-compatible regular expression: ";
                Predicate::TopicNameMatches(options.pattern("pattern", refusal))
            }
            "HasHeaderKey" => {
                let name = options.required("name");
                if name.is_empty() {
                    options.invalid("name", "", "String must be non-empty");
                }
                Predicate::HasHeaderKey(name.to_owned())
            }
            "RecordIsTombstone" => Predicate::RecordIsTombstone,
            _ => return None,
        })
    }

    /// Whether it is true of a record.
    #[must_use]
    pub fn test(&self, record: &Record) -> bool {
        match self {
            Predicate::TopicNameMatches(pattern) => {
                pattern.as_ref().is_some_and(|pattern| pattern.is_match(&record.topic))
            }
            Predicate::HasHeaderKey(name) => {
                record.headers.iter().any(|header| header.key == *name)
            }
            Predicate::RecordIsTombstone => record.value.data.is_null(),
        }
    }
}
