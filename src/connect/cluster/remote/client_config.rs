//! The properties of Kafka's Java clients in librdkafka's words.
//!
//! As in Connect the settings of a sink's consumer are the worker's `consumer.*`, then the
//! connector's `consumer.override.*`. The worker's own `security.protocol`, `sasl.*` and `ssl.*`
//! count too where these do not say otherwise, which spares writing them twice.

use std::collections::BTreeMap;

use rdkafka::config::ClientConfig;

use crate::connect::config::{OffsetReset, SinkConfig};

type Properties = BTreeMap<String, String>;
/// Settings in librdkafka's words.
type Pairs = Vec<(String, String)>;

/// How to get a klamm that speaks TLS.
const NO_TLS: &str = "this klamm was built without TLS for Kafka: build it with \
                      `cargo build --release --features tls`";

/// Java's names that mean the same in librdkafka, and those that have another.
const SAME: &[&str] = &[
    "allow.auto.create.topics",
    "bootstrap.servers",
    "check.crcs",
    "client.dns.lookup",
    "client.id",
    "client.rack",
    "connections.max.idle.ms",
    "fetch.max.bytes",
    "fetch.min.bytes",
    "group.instance.id",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "metadata.max.age.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "sasl.kerberos.service.name",
    "security.protocol",
    "session.timeout.ms",
    "ssl.key.password",
];
const RENAMED: &[(&str, &str)] = &[
    ("fetch.max.wait.ms", "fetch.wait.max.ms"),
    ("receive.buffer.bytes", "socket.receive.buffer.bytes"),
    ("request.timeout.ms", "socket.timeout.ms"),
    ("sasl.mechanism", "sasl.mechanism"),
    ("send.buffer.bytes", "socket.send.buffer.bytes"),
    ("ssl.cipher.suites", "ssl.cipher.suites"),
    ("ssl.keystore.certificate.chain", "ssl.certificate.pem"),
    ("ssl.keystore.key", "ssl.key.pem"),
    ("ssl.truststore.certificates", "ssl.ca.pem"),
    ("socket.connection.setup.timeout.ms", "socket.connection.setup.timeout.ms"),
];
/// Read elsewhere.
const ELSEWHERE: &[&str] = &["auto.offset.reset", "group.id", "max.poll.records"];

/// What a worker says about its cluster.
#[derive(Debug, Clone)]
pub(super) struct ClientSettings {
    worker: Properties,
}

impl ClientSettings {
    /// Reads a worker's file; also says what has no effect.
    pub(super) fn of_worker(worker: &Properties) -> Result<(ClientSettings, Vec<String>), String> {
        if worker.get("bootstrap.servers").is_none_or(|servers| servers.trim().is_empty()) {
            return Err("Missing required configuration \"bootstrap.servers\" which has no \
                        default value."
                .to_owned());
        }
        let is_shared = |key: &str| {
            ["bootstrap.servers", "security.protocol", "client.dns.lookup"].contains(&key)
                || key.starts_with("sasl.")
                || key.starts_with("ssl.")
        };
        let mut settings: Properties = worker
            .iter()
            .filter(|(key, _)| is_shared(key))
            .map(|(key, value)| (key.clone(), value.trim().to_owned()))
            .collect();
        for (key, value) in worker {
            if let Some(key) = key.strip_prefix("consumer.") {
                settings.insert(key.to_owned(), value.trim().to_owned());
            }
        }
        let (_, warnings) = translate(&settings)?;
        Ok((ClientSettings { worker: settings }, warnings))
    }

    pub(super) fn bootstrap_servers(&self) -> &str {
        self.worker.get("bootstrap.servers").map_or("", String::as_str)
    }

    /// For a client that is no member of a group.
    pub(super) fn base(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        // It was translated when the worker's file was read.
        for (key, value) in translate(&self.worker).map(|(pairs, _)| pairs).unwrap_or_default() {
            config.set(key, value);
        }
        config.set("enable.auto.commit", "false");
        config
    }

    /// For a connector's tasks.
    pub(super) fn of_connector(&self, sink: &SinkConfig) -> Result<ClientConfig, String> {
        let mut properties = self.worker.clone();
        properties.extend(sink.consumer.overrides.clone());
        let (pairs, _) = translate(&properties)?;
        let mut config = ClientConfig::new();
        // Where Java's defaults are others.
        config
            .set("isolation.level", "read_uncommitted")
            .set("allow.auto.create.topics", "true")
            .set("session.timeout.ms", "45000")
            .set("fetch.wait.max.ms", "500")
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("client.id", format!("connector-consumer-{}", sink.name))
            // A bound on memory: librdkafka reads ahead.
            .set("queued.max.messages.kbytes", "16384");
        for (key, value) in pairs {
            config.set(key, value);
        }
        config
            .set("group.id", &sink.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", reset(sink.consumer.offset_reset)?);
        Ok(config)
    }
}

fn reset(reset: OffsetReset) -> Result<&'static str, String> {
    match reset {
        OffsetReset::Earliest => Ok("earliest"),
        OffsetReset::Latest => Ok("latest"),
        OffsetReset::None => Ok("error"),
        OffsetReset::ByDuration(_) => Err("consumer.override.auto.offset.reset=by_duration is \
                                           only known to klamm's own broker; use earliest, \
                                           latest or none"
            .to_owned()),
    }
}

/// Java's settings in librdkafka's words, and what of them has no effect.
fn translate(properties: &Properties) -> Result<(Pairs, Vec<String>), String> {
    let mut pairs = Pairs::new();
    let mut warnings = Vec::new();
    let mut set = |key: &str, value: &str| pairs.push((key.to_owned(), value.to_owned()));
    for (key, value) in properties {
        let renamed = RENAMED.iter().find(|(java, _)| java == key);
        match (key.as_str(), renamed) {
            (_, Some((_, native))) => set(native, value),
            (key, None) if SAME.contains(&key) => set(key, value),
            (key, None) if ELSEWHERE.contains(&key) => {}
            ("ssl.endpoint.identification.algorithm", _) => {
                set(key, if value.is_empty() { "none" } else { value });
            }
            ("sasl.jaas.config", _) => {
                let (username, password) = user_and_password(value)?;
                set("sasl.username", &username);
                set("sasl.password", &password);
            }
            ("ssl.truststore.location", _) => match store_type(properties, "truststore") {
                "PEM" => set("ssl.ca.location", value),
                kind => return Err(no_keystore(key, kind)),
            },
            ("ssl.keystore.location", _) => match store_type(properties, "keystore") {
                "PEM" => {
                    set("ssl.certificate.location", value);
                    set("ssl.key.location", value);
                }
                "PKCS12" => set("ssl.keystore.location", value),
                kind => return Err(no_keystore(key, kind)),
            },
            ("ssl.keystore.password", _) if store_type(properties, "keystore") == "PKCS12" => {
                set(key, value);
            }
            ("ssl.truststore.type" | "ssl.keystore.type", _) => {}
            _ => warnings.push(format!("{key} has no effect on klamm's consumer")),
        }
    }
    check_security(properties)?;
    Ok((pairs, warnings))
}

/// The type of a store, as Java takes it: named, or JKS.
fn store_type<'a>(properties: &'a Properties, store: &str) -> &'a str {
    properties.get(&format!("ssl.{store}.type")).map_or("JKS", String::as_str)
}

fn no_keystore(key: &str, kind: &str) -> String {
    format!(
        "{key} with a store of type {kind}: only Java reads it. Export the certificates as PEM and \
         set ssl.truststore.type=PEM (ssl.keystore.type=PEM or PKCS12)"
    )
}

/// Refuses by name what this build cannot do.
fn check_security(properties: &Properties) -> Result<(), String> {
    let text = |key: &str| properties.get(key).map(String::as_str).unwrap_or_default();
    let (protocol, mechanism) = (text("security.protocol"), text("sasl.mechanism"));
    if cfg!(feature = "tls") {
        return Ok(());
    }
    if protocol.to_uppercase().ends_with("SSL") {
        return Err(format!("security.protocol={protocol}: {NO_TLS}"));
    }
    if protocol.to_uppercase().starts_with("SASL") && mechanism.starts_with("SCRAM") {
        return Err(format!("sasl.mechanism={mechanism}: {NO_TLS} (SCRAM needs its functions)"));
    }
    Ok(())
}

/// User name and password of a JAAS line:
/// `org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b";`
///
/// # Errors
/// It has none.
pub fn user_and_password(line: &str) -> Result<(String, String), String> {
    let option = |name: &str| {
        let start = line.find(&format!("{name}="))? + name.len() + 1;
        let rest = &line[start..];
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let text = match quote {
            Some(quote) => rest[1..].split(quote).next(),
            None => rest.split([' ', ';']).next(),
        };
        text.map(str::to_owned)
    };
    match (option("username"), option("password")) {
        (Some(username), Some(password)) => Ok((username, password)),
        _ => Err("sasl.jaas.config has no username and password; klamm takes PlainLoginModule \
                  and ScramLoginModule"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientSettings, Properties, user_and_password};

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn user_and_password_come_from_the_jaas_line() {
        let line = "org.apache.kafka.common.security.scram.ScramLoginModule required \
                    username=\"ann\" password=\"a=b c\";";
        assert_eq!(user_and_password(line).unwrap(), ("ann".to_owned(), "a=b c".to_owned()));
        assert!(
            user_and_password("com.sun.security.auth.module.Krb5LoginModule required;").is_err()
        );
    }

    #[test]
    fn the_settings_of_consumers_win_over_the_workers() {
        let worker = properties(&[
            ("bootstrap.servers", "a:9092"),
            ("security.protocol", "SASL_PLAINTEXT"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.jaas.config", "x required username=\"u\" password=\"p\";"),
            ("consumer.security.protocol", "PLAINTEXT"),
            ("consumer.fetch.max.wait.ms", "100"),
            ("offset.flush.interval.ms", "10"),
        ]);
        let (settings, warnings) = ClientSettings::of_worker(&worker).unwrap();
        let config = settings.base();
        assert_eq!(config.get("security.protocol"), Some("PLAINTEXT"));
        assert_eq!(config.get("sasl.username"), Some("u"));
        assert_eq!(config.get("fetch.wait.max.ms"), Some("100"));
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn a_java_keystore_is_refused_with_the_way_out() {
        let worker = properties(&[
            ("bootstrap.servers", "a:9092"),
            ("ssl.truststore.location", "/etc/kafka/trust.jks"),
        ]);
        let refusal = ClientSettings::of_worker(&worker).unwrap_err();
        assert!(refusal.contains("ssl.truststore.type=PEM"), "{refusal}");
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn tls_is_refused_by_name_where_it_is_not_built_in() {
        let worker =
            properties(&[("bootstrap.servers", "a:9092"), ("security.protocol", "SASL_SSL")]);
        let refusal = ClientSettings::of_worker(&worker).unwrap_err();
        assert!(refusal.contains("--features tls"), "{refusal}");
    }
}
