//! Logging in: SaslHandshake, then SaslAuthenticate as often as the mechanism wants.

use bytes::Bytes;
use kafka_protocol::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};

use super::super::Connection;
use super::super::cluster::{error_code, text};
use super::scram::Scram;
use super::{Credentials, Mechanism};
use crate::base::ErrorCode;

/// SaslAuthenticate's requests instead of bare bytes (KIP-152).
const HANDSHAKE_VERSION: i16 = 1;
const AUTHENTICATE_VERSION: i16 = 2;
/// The keys of both.
const SASL_HANDSHAKE: i16 = 17;

/// Why a broker does not let a user in.
#[derive(Debug, thiserror::Error)]
pub enum SaslError {
    /// The listener has no SASL.
    #[error("the listener has no SASL")]
    NoSasl,
    /// It has other mechanisms.
    #[error("the listener offers {}", .0.join(", "))]
    Mechanism(Vec<String>),
    /// User or password are wrong, or the mechanism's messages.
    #[error("{0}")]
    Credentials(String),
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] anyhow::Error),
}

impl Connection {
    /// Logs in.
    ///
    /// # Errors
    /// The broker refuses, or is none that knows the password.
    pub async fn authenticate(&mut self, credentials: &Credentials) -> Result<(), SaslError> {
        if !self.speaks(SASL_HANDSHAKE) {
            return Err(SaslError::NoSasl);
        }
        let mechanism = credentials.mechanism;
        let offered = self
            .call(HANDSHAKE_VERSION, |_| {
                SaslHandshakeRequest::default().with_mechanism(text(mechanism.name()))
            })
            .await?;
        match error_code(offered.error_code) {
            ErrorCode::None => {}
            ErrorCode::UnsupportedSaslMechanism => {
                let names = offered.mechanisms.iter().map(ToString::to_string);
                return Err(SaslError::Mechanism(names.collect()));
            }
            ErrorCode::IllegalSaslState => return Err(SaslError::NoSasl),
            code => return Err(SaslError::Credentials(code.to_string())),
        }
        if mechanism == Mechanism::Plain {
            let Credentials { username, password, .. } = credentials;
            self.exchange_sasl(format!("\0{username}\0{password}")).await?;
            return Ok(());
        }
        let scram = Scram::new(credentials, nonce());
        let server_first = self.exchange_sasl(scram.first()).await?;
        let (last, proof) = scram.last(&server_first).map_err(SaslError::Credentials)?;
        let server_last = self.exchange_sasl(last).await?;
        proof.check(&server_last).map_err(SaslError::Credentials)
    }

    async fn exchange_sasl(&mut self, message: String) -> Result<String, SaslError> {
        let message = Bytes::from(message);
        let request = SaslAuthenticateRequest::default().with_auth_bytes(message);
        let answer = self.call(AUTHENTICATE_VERSION, |_| request).await?;
        match error_code(answer.error_code) {
            ErrorCode::None => Ok(String::from_utf8_lossy(&answer.auth_bytes).into_owned()),
            code => {
                let message = answer.error_message.as_deref().filter(|text| !text.is_empty());
                let said = message.map_or_else(|| code.to_string(), str::to_owned);
                Err(SaslError::Credentials(said))
            }
        }
    }
}

/// Random, in letters that need no escaping.
fn nonce() -> String {
    let mut bytes = [0; 18];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
