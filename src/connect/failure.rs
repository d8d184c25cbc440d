//! A record that could not be written: where it was refused, and how Kafka Connect tells it.

use super::config::ErrorSettings;
use super::convert::{RecordError, Stage};

/// A record that could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// At which step.
    pub step: Step,
    /// The Java class that the step stands for.
    pub class: String,
    /// Why.
    pub error: RecordError,
}

/// A step of a record's way to its file (`Stage` in Kafka Connect).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `key.converter`
    KeyConverter,
    /// `value.converter`
    ValueConverter,
    /// `header.converter`
    HeaderConverter,
    /// `transforms`
    Transformation,
    /// The connector itself: folder, format.
    TaskPut,
}

impl Step {
    /// Kafka Connect's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::KeyConverter => "KEY_CONVERTER",
            Step::ValueConverter => "VALUE_CONVERTER",
            Step::HeaderConverter => "HEADER_CONVERTER",
            Step::Transformation => "TRANSFORMATION",
            Step::TaskPut => "TASK_PUT",
        }
    }
}

impl Failure {
    /// A failure of the connector itself.
    #[must_use]
    pub fn put(error: RecordError) -> Failure {
        let class = "org.apache.kafka.connect.sink.SinkTask".to_owned();
        Failure { step: Step::TaskPut, class, error }
    }

    /// Whether the connector reports such records to a log and a dead letter queue.
    #[must_use]
    pub fn is_reportable(&self) -> bool {
        self.error.stage != Stage::Fatal
    }

    /// Whether the task goes on without the record.
    #[must_use]
    pub fn is_tolerated(&self, errors: &ErrorSettings) -> bool {
        errors.skip_bad_records
            && match self.step {
                Step::TaskPut => self.is_reportable() && errors.has_reporter(),
                _ => true,
            }
    }

    /// The Java class of the exception that the connector would have thrown.
    #[must_use]
    pub fn exception_class(&self) -> &'static str {
        let text = self.error.message.as_str();
        if text == "Error encoding partition." || text.starts_with("Error extracting timestamp") {
            "io.confluent.connect.storage.errors.PartitionException"
        } else if text.starts_with("Unknown field: ") || text.starts_with("Invalid format: ") {
            "java.lang.IllegalArgumentException"
        } else if text.starts_with("Null valued records")
            || text.starts_with("Unable to determine timestamp")
        {
            "org.apache.kafka.connect.errors.ConnectException"
        } else {
            "org.apache.kafka.connect.errors.DataException"
        }
    }
}
