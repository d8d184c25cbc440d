//! Why the herder does not do something: an HTTP status and Kafka Connect's words.

/// A request that is refused, or that has failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status, which is the `error_code` of the body too.
    pub status: u16,
    /// The `message` of the body.
    pub message: String,
}

impl Refusal {
    /// 400 (`BadRequestException`)
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal { status: 400, message: message.into() }
    }

    /// 404 (`NotFoundException`)
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Refusal {
        Refusal { status: 404, message: message.into() }
    }

    /// 409 (`AlreadyExistsException`)
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Refusal {
        Refusal { status: 409, message: message.into() }
    }

    /// 500 (`ConnectException`)
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Refusal {
        Refusal { status: 500, message: message.into() }
    }
}
