//! `client.properties`, in the words of Kafka's Java clients or of librdkafka.

use std::collections::BTreeMap;
use std::fs;

use super::tls::{self, Check, Identity};
use super::{Credentials, Mechanism, Security};
use crate::cli::config::Problem;
use crate::connect::cluster::user_and_password;
use crate::listener::SecurityProtocol;

/// The properties by name.
type Properties = BTreeMap<String, String>;

impl Security {
    /// Reads the properties; files that they name are read too.
    ///
    /// # Errors
    /// Everything that is impossible, each with what would do.
    pub fn from_properties(properties: &Properties) -> Result<Security, Vec<Problem>> {
        let mut reader = Reader { properties, problems: Vec::new() };
        let protocol = reader.protocol();
        let sasl = if protocol.has_sasl() { reader.credentials() } else { None };
        let tls = if protocol.has_tls() { reader.tls() } else { None };
        if reader.problems.is_empty() {
            Ok(Security { protocol, tls, sasl })
        } else {
            Err(reader.problems)
        }
    }
}

struct Reader<'a> {
    properties: &'a Properties,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The first of some names that is set to something.
    fn first(&self, names: &[&'static str]) -> Option<(&'static str, String)> {
        names.iter().find_map(|name| {
            let value = self.properties.get(*name)?.trim();
            (!value.is_empty()).then(|| (*name, value.to_owned()))
        })
    }

    fn text(&self, names: &[&'static str]) -> Option<String> {
        self.first(names).map(|(_, value)| value)
    }

    fn problem(&mut self, setting: &str, value: &str, what: &str, allowed: &str, fix: &str) {
        let mut problem = Problem::whole(what, fix);
        setting.clone_into(&mut problem.setting);
        value.clone_into(&mut problem.value);
        allowed.clone_into(&mut problem.allowed);
        self.problems.push(problem);
    }

    fn protocol(&mut self) -> SecurityProtocol {
        let Some(name) = self.text(&["security.protocol"]) else {
            return SecurityProtocol::Plaintext;
        };
        SecurityProtocol::named(&name).unwrap_or_else(|| {
            let allowed = SecurityProtocol::ALL.map(SecurityProtocol::name).join(", ");
            let what = "no security protocol of Kafka's";
            self.problem("security.protocol", &name, what, &allowed, "security.protocol=SASL_SSL");
            SecurityProtocol::Plaintext
        })
    }

    fn credentials(&mut self) -> Option<Credentials> {
        let mechanism = self.mechanism();
        let named = self.text(&["sasl.username"]).zip(self.text(&["sasl.password"]));
        let pair = match (named, self.text(&["sasl.jaas.config"])) {
            (Some(pair), _) => Ok(pair),
            (None, Some(line)) => user_and_password(&line),
            (None, None) => Err("SASL needs a user and a password".to_owned()),
        };
        match (mechanism, pair) {
            (Some(mechanism), Ok((username, password))) => {
                Some(Credentials { mechanism, username, password })
            }
            (mechanism, Err(why)) => {
                let class = match mechanism {
                    Some(Mechanism::ScramSha256 | Mechanism::ScramSha512) => {
                        "scram.ScramLoginModule"
                    }
                    _ => "plain.PlainLoginModule",
                };
                let fix = format!(
                    "sasl.jaas.config=org.apache.kafka.common.security.{class} required \
                     username=\"ann\" password=\"secret\";"
                );
                let allowed = "a JAAS line, or sasl.username and sasl.password";
                self.problem("sasl.jaas.config", "", &why, allowed, &fix);
                None
            }
            (None, Ok(_)) => None,
        }
    }

    fn mechanism(&mut self) -> Option<Mechanism> {
        let allowed = Mechanism::ALL.map(Mechanism::name).join(", ");
        let set = self.first(&["sasl.mechanism", "sasl.mechanisms"]);
        // As for Java's clients GSSAPI would be the default; nobody means it who gives a password.
        let (name, value) = set.unwrap_or(("sasl.mechanism", String::new()));
        let found = Mechanism::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(&value));
        if found.is_none() {
            let what = "klamm does not speak this mechanism";
            self.problem(name, &value, what, &allowed, "sasl.mechanism=PLAIN");
        }
        found
    }

    fn tls(&mut self) -> Option<std::sync::Arc<tokio_rustls::rustls::ClientConfig>> {
        let trusted = self.pem(
            &["ssl.truststore.certificates", "ssl.ca.pem"],
            &["ssl.truststore.location", "ssl.ca.location"],
            "ssl.truststore.type=PEM",
        );
        let chain = self.pem(
            &["ssl.keystore.certificate.chain", "ssl.certificate.pem"],
            &["ssl.keystore.location", "ssl.certificate.location"],
            "ssl.keystore.type=PEM",
        );
        let key = self
            .pem(&["ssl.keystore.key", "ssl.key.pem"], &["ssl.key.location"], "")
            // Kafka's PEM keystores hold the key and the chain in one file.
            .or_else(|| chain.clone());
        if !self.problems.is_empty() {
            return None;
        }
        let identity = chain.zip(key).map(|(chain, key)| Identity { chain, key });
        match tls::config(trusted.as_deref(), identity.as_ref(), self.check()) {
            Ok(config) => Some(config),
            Err(error) => {
                let fix = "openssl x509 -in FILE -text shows what a PEM file holds";
                self.problem(error.setting, "", &error.what, "PEM, keys without a password", fix);
                None
            }
        }
    }

    fn check(&self) -> Check {
        let is_off = |name: &'static str| self.text(&[name]).is_some_and(|value| value == "false");
        let names = self.properties.get("ssl.endpoint.identification.algorithm");
        if is_off("enable.ssl.certificate.verification") {
            Check::Nothing
        } else if names.is_some_and(|it| matches!(it.trim(), "" | "none")) {
            Check::Authority
        } else {
            Check::AuthorityAndName
        }
    }

    /// PEM text, given in place or as a file.
    fn pem(
        &mut self,
        inline: &[&'static str],
        files: &[&'static str],
        fix: &str,
    ) -> Option<String> {
        if let Some(text) = self.text(inline) {
            return Some(text);
        }
        let (name, path) = self.first(files)?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let fix = "name a file that this user can read";
                self.problem(name, &path, &error.to_string(), "a PEM file", fix);
                return None;
            }
        };
        if let Some(kind) = binary_store(&bytes) {
            let what = format!("this is a store of type {kind}, which only Java reads");
            let fix = format!(
                "keytool -list -rfc -keystore {path} -storepass PASSWORD > ca.pem, then {fix} and \
                 {name}=ca.pem"
            );
            self.problem(name, &path, &what, "PEM", &fix);
            return None;
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The type of a store that is not text: JKS has a mark, PKCS12 is one DER sequence.
fn binary_store(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Some("JKS"),
        [0xce, 0xce, 0xce, 0xce, ..] => Some("JCEKS"),
        [0x30, 0x80..=0x84, ..] => Some("PKCS12"),
        _ => None,
    }
}
