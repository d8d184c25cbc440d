//! How to speak with a cluster: plaintext or TLS, with or without SASL, from the properties that
//! Kafka's own clients take.
//!
//! TLS is rustls with ring; SASL is PLAIN and SCRAM over the connection's own requests.

mod properties;
mod sasl;
mod scram;
mod tls;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::ClientConfig;

pub use self::sasl::SaslError;
pub(in crate::cli) use self::tls::without_checks;
use crate::listener::SecurityProtocol;

/// What a client's properties say of security.
#[derive(Clone)]
pub struct Security {
    /// `security.protocol`.
    pub protocol: SecurityProtocol,
    /// Set if the protocol has TLS.
    tls: Option<Arc<ClientConfig>>,
    /// Set if the protocol has SASL.
    sasl: Option<Credentials>,
}

impl Security {
    /// Neither TLS nor SASL.
    #[must_use]
    pub fn plaintext() -> Security {
        Security { protocol: SecurityProtocol::Plaintext, tls: None, sasl: None }
    }

    /// What TLS connections are made with, if the protocol asks for them.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<ClientConfig>> {
        self.tls.clone()
    }

    /// Who logs in, if the protocol asks for it.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.sasl.as_ref()
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security")
            .field("protocol", &self.protocol)
            .field("sasl", &self.sasl)
            .finish_non_exhaustive()
    }
}

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// User and password as they are.
    Plain,
    /// SCRAM with SHA-256 (RFC 7677).
    ScramSha256,
    /// SCRAM with SHA-512.
    ScramSha512,
}

impl Mechanism {
    /// All that are spoken here.
    pub const ALL: [Mechanism; 3] =
        [Mechanism::Plain, Mechanism::ScramSha256, Mechanism::ScramSha512];

    /// Kafka's name: `SCRAM-SHA-512`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::Plain => "PLAIN",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// A user with a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// How they are sent.
    pub mechanism: Mechanism,
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.mechanism.name(), self.username)
    }
}
