//! Why a change of the cluster was turned down.

use crate::base::ErrorCode;
use crate::cluster::{AlterError, ConfigError};
use crate::storage;

/// A code for the client, and where Kafka gives one a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What the client gets.
    pub code: ErrorCode,
    /// Why, in words for people; none where Kafka leaves it to the client's own table.
    pub message: Option<String>,
}

impl Refusal {
    /// A refusal with a reason.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Refusal { code, message: Some(message.into()) }
    }

    /// A refusal that says everything with its code.
    #[must_use]
    pub fn code(code: ErrorCode) -> Self {
        Refusal { code, message: None }
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Refusal::new(ErrorCode::InvalidConfig, error.to_string())
    }
}

impl From<AlterError> for Refusal {
    fn from(error: AlterError) -> Self {
        Refusal::new(error.code, error.message)
    }
}

impl From<storage::Error> for Refusal {
    /// A failing disk, which is logged here: the client cannot do anything about it.
    fn from(error: storage::Error) -> Self {
        Refusal::new(super::error_code_of(&error), "The data directory failed; see klamm's log.")
    }
}
