//! The client's half of SCRAM (RFC 5802, RFC 7677) as messages, without a wire.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::{digest, hmac, pbkdf2};

use super::{Credentials, Mechanism};

/// Fewer are refused, as by Kafka's own client: they would make guessing the password cheap.
const ITERATIONS_MIN: u32 = 4_096;
/// More would keep this machine busy for the stranger's sake.
const ITERATIONS_MAX: u32 = 10_000_000;
/// No channel binding.
const GS2_HEADER: &str = "n,,";

/// A conversation after the client's first message.
pub(super) struct Scram {
    hash: Hash,
    password: String,
    nonce: String,
    first_bare: String,
}

/// What the server must prove in its last message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proof {
    signature: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Hash {
    digest: &'static digest::Algorithm,
    hmac: hmac::Algorithm,
    pbkdf2: pbkdf2::Algorithm,
}

impl Scram {
    /// Begins; `nonce` must be random and printable, without a comma.
    pub(super) fn new(credentials: &Credentials, nonce: String) -> Scram {
        let hash = match credentials.mechanism {
            Mechanism::ScramSha512 => Hash {
                digest: &digest::SHA512,
                hmac: hmac::HMAC_SHA512,
                pbkdf2: pbkdf2::PBKDF2_HMAC_SHA512,
            },
            Mechanism::ScramSha256 | Mechanism::Plain => Hash {
                digest: &digest::SHA256,
                hmac: hmac::HMAC_SHA256,
                pbkdf2: pbkdf2::PBKDF2_HMAC_SHA256,
            },
        };
        let user = credentials.username.replace('=', "=3D").replace(',', "=2C");
        let first_bare = format!("n={user},r={nonce}");
        Scram { hash, password: credentials.password.clone(), nonce, first_bare }
    }

    /// The client's first message.
    pub(super) fn first(&self) -> String {
        format!("{GS2_HEADER}{}", self.first_bare)
    }

    /// The client's last message, in answer to the server's first.
    ///
    /// # Errors
    /// What is wrong with the server's message.
    pub(super) fn last(&self, server_first: &str) -> Result<(String, Proof), String> {
        let unreadable = || format!("the broker's message is no SCRAM: {server_first}");
        let nonce = attribute(server_first, 'r').ok_or_else(unreadable)?;
        let salt = attribute(server_first, 's').and_then(|salt| BASE64.decode(salt).ok());
        let salt = salt.ok_or_else(unreadable)?;
        let iterations = attribute(server_first, 'i').and_then(|count| count.parse().ok());
        let iterations: NonZeroU32 = iterations.ok_or_else(unreadable)?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err("the broker's nonce does not continue ours".to_owned());
        }
        if !(ITERATIONS_MIN..=ITERATIONS_MAX).contains(&iterations.get()) {
            return Err(format!("{iterations} iterations are out of range"));
        }
        let without_proof = format!("c={},r={nonce}", BASE64.encode(GS2_HEADER));
        let message = format!("{},{server_first},{without_proof}", self.first_bare);
        let mut salted = vec![0; self.hash.digest.output_len()];
        let password = self.password.as_bytes();
        pbkdf2::derive(self.hash.pbkdf2, iterations, &salt, password, &mut salted);
        let sign = |key: &[u8], text: &[u8]| {
            hmac::sign(&hmac::Key::new(self.hash.hmac, key), text).as_ref().to_vec()
        };
        let client_key = sign(&salted, b"Client Key");
        let stored_key = digest::digest(self.hash.digest, &client_key);
        let client_signature = sign(stored_key.as_ref(), message.as_bytes());
        let proof: Vec<u8> =
            client_key.iter().zip(&client_signature).map(|(key, other)| key ^ other).collect();
        let server_key = sign(&salted, b"Server Key");
        let signature = sign(&server_key, message.as_bytes());
        Ok((format!("{without_proof},p={}", BASE64.encode(proof)), Proof { signature }))
    }
}

impl Proof {
    /// Whether the server's last message shows that it knows the password too.
    ///
    /// # Errors
    /// It does not.
    pub(super) fn check(&self, server_last: &str) -> Result<(), String> {
        if let Some(error) = attribute(server_last, 'e') {
            return Err(error.to_owned());
        }
        let shown = attribute(server_last, 'v').and_then(|text| BASE64.decode(text).ok());
        if shown.as_ref() == Some(&self.signature) {
            Ok(())
        } else {
            Err("the broker does not prove that it knows the password".to_owned())
        }
    }
}

/// The value of `name=value` among attributes with commas in between.
fn attribute(message: &str, name: char) -> Option<&str> {
    message.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}
