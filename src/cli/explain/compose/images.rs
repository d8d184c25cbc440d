//! The dialects of the images: which settings their variables and defaults make.

use std::collections::BTreeMap;

use super::project::Project;
use super::service::Service;
use crate::cli::config::{ConfigVariable, classify_variable};
use crate::cluster::broker_key;
use crate::listener::{ListenerSettings, listeners_bound_everywhere};

/// Whose image it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli::explain) enum Dialect {
    Apache,
    Confluent,
    ConfluentLocal,
    Bitnami,
    /// Also ches/kafka, which takes the same host and port.
    Wurstmeister,
    Spotify,
    FastData,
    Redpanda,
    Klamm,
    /// An image that is not known but has the variables of Kafka.
    Kafka,
}

/// A version as far as a tag says it.
pub(in crate::cli::explain) type Tag<'a> = &'a str;

impl Dialect {
    /// The dialect of an image's name, and its tag.
    pub(in crate::cli::explain) fn of_image(image: &str) -> Option<(Dialect, Tag<'_>)> {
        let image = image.split('@').next().unwrap_or(image);
        let (path, tag) = match image.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, tag),
            _ => (image, "latest"),
        };
        let mut parts = path.rsplit('/');
        let (name, owner) = (parts.next()?, parts.next().unwrap_or(""));
        let dialect = match (owner, name) {
            ("apache", "kafka" | "kafka-native") => Dialect::Apache,
            (_, "cp-kafka" | "cp-server" | "cp-enterprise-kafka" | "cp-kafkacat-broker") => {
                Dialect::Confluent
            }
            (_, "confluent-local") => Dialect::ConfluentLocal,
            ("bitnami" | "bitnamilegacy" | "bitnamisecure", "kafka") => Dialect::Bitnami,
            ("wurstmeister" | "ches", "kafka") => Dialect::Wurstmeister,
            ("spotify", "kafka" | "kafkaproxy") => Dialect::Spotify,
            (_, "fast-data-dev") => Dialect::FastData,
            (_, "redpanda" | "redpanda-nightly") => Dialect::Redpanda,
            (_, "klamm") => Dialect::Klamm,
            _ => return None,
        };
        Some((dialect, tag))
    }

    /// The variable that sets a setting.
    pub(in crate::cli::explain) fn variable(self, setting: &str) -> String {
        // A variable that is no setting, such as CLUSTER_ID.
        if setting.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
            return setting.to_owned();
        }
        let name = crate::listener::Syntax::Environment.name(setting);
        match self {
            Dialect::Bitnami => name.replacen("KAFKA_", "KAFKA_CFG_", 1),
            _ => name,
        }
    }

    /// Whether a missing `listeners` is made of `advertised.listeners`.
    fn derives_listeners(self) -> bool {
        matches!(
            self,
            Dialect::Apache
                | Dialect::Confluent
                | Dialect::ConfluentLocal
                | Dialect::Klamm
                | Dialect::Kafka
        )
    }

    /// Copies of the topic of committed offsets if nothing says how many.
    pub(in crate::cli::explain) fn offsets_copies(self, has_own_settings: bool) -> Option<u32> {
        match self {
            Dialect::Apache if !has_own_settings => Some(1),
            Dialect::Apache | Dialect::Confluent | Dialect::Kafka => Some(3),
            Dialect::Redpanda | Dialect::Klamm | Dialect::Spotify => None,
            _ => Some(1),
        }
    }
}

/// A broker's settings as its image makes them.
#[derive(Debug, Clone)]
pub(in crate::cli::explain) struct BrokerSettings {
    pub(in crate::cli::explain) dialect: Dialect,
    /// Kafka's names and values, what the image adds included.
    pub(in crate::cli::explain) values: BTreeMap<String, String>,
    /// Which variable each came from.
    pub(in crate::cli::explain) variables: BTreeMap<String, String>,
    /// Whether anything was set at all.
    pub(in crate::cli::explain) has_own: bool,
}

impl BrokerSettings {
    /// From pairs of an environment; `flags` are the words of the command.
    pub(in crate::cli::explain) fn of_environment(
        dialect: Dialect,
        environment: &[(String, String)],
        flags: &[String],
    ) -> BrokerSettings {
        let mut it = BrokerSettings {
            dialect,
            values: BTreeMap::new(),
            variables: BTreeMap::new(),
            has_own: false,
        };
        for (name, value) in environment {
            it.variable(name, value);
        }
        if matches!(dialect, Dialect::Klamm) {
            it.klamm_flags(flags);
        }
        it.has_own = !it.values.is_empty();
        it.defaults();
        it
    }

    fn variable(&mut self, name: &str, value: &str) {
        let host_and_port = match self.dialect {
            Dialect::Spotify => Some(("ADVERTISED_HOST", "ADVERTISED_PORT")),
            Dialect::FastData => Some(("ADV_HOST", "BROKER_PORT")),
            _ => None,
        };
        let setting = match host_and_port {
            Some((host, _)) if name == host => "advertised.host.name".to_owned(),
            Some((_, port)) if name == port => "advertised.port".to_owned(),
            Some(_) if self.dialect == Dialect::Spotify => return,
            _ => match classify_variable(name, &|setting| broker_key(setting).is_some()) {
                ConfigVariable::Setting(setting) if name != "CLUSTER_ID" => setting,
                _ => return,
            },
        };
        self.variables.insert(setting.clone(), name.to_owned());
        self.values.insert(setting, value.to_owned());
    }

    /// `--listeners X`, `--advertised-listeners=X`.
    fn klamm_flags(&mut self, flags: &[String]) {
        let words: Vec<&str> = flags.iter().flat_map(|flag| flag.split_whitespace()).collect();
        for (index, word) in words.iter().enumerate() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(value)),
                None => (*word, words.get(index + 1).copied()),
            };
            let setting = match flag {
                "--listeners" => "listeners",
                "--advertised-listeners" => "advertised.listeners",
                _ => continue,
            };
            if let Some(value) = value {
                self.values.insert(setting.to_owned(), value.to_owned());
            }
        }
    }

    pub(in crate::cli::explain) fn get(&self, setting: &str) -> Option<&str> {
        self.values.get(setting).map(String::as_str)
    }

    fn default(&mut self, setting: &str, value: &str) {
        self.values.entry(setting.to_owned()).or_insert_with(|| value.to_owned());
    }

    /// Whether it has a role of a broker: not a controller alone.
    pub(in crate::cli::explain) fn is_broker(&self) -> bool {
        self.get("process.roles").is_none_or(|roles| roles.contains("broker"))
    }

    fn defaults(&mut self) {
        match self.dialect {
            Dialect::Apache if !self.has_own => self.packaged_file(),
            Dialect::ConfluentLocal => {
                self.default(
                    "listeners",
                    "PLAINTEXT://localhost:29092,CONTROLLER://localhost:29093,\
                     PLAINTEXT_HOST://0.0.0.0:9092",
                );
                let told = "PLAINTEXT://localhost:29092,PLAINTEXT_HOST://localhost:9092";
                self.default("advertised.listeners", told);
                self.default(
                    "listener.security.protocol.map",
                    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT",
                );
                self.default("controller.listener.names", "CONTROLLER");
                self.default("inter.broker.listener.name", "PLAINTEXT");
            }
            Dialect::Bitnami if self.get("zookeeper.connect").is_none() => {
                if self.get("listeners").is_none() {
                    self.default("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093");
                }
                self.default("controller.listener.names", "CONTROLLER");
            }
            Dialect::Klamm
                if self.get("listeners").is_none()
                    && self.get("advertised.listeners").is_none() =>
            {
                self.default("advertised.listeners", "PLAINTEXT://localhost:9092");
            }
            _ => {}
        }
        self.old_host_and_port();
        if let Some(told) = self.values.get_mut("advertised.listeners") {
            // wurstmeister asks a command for its host; what it answers is not in the file.
            *told = told.replace("_{HOSTNAME_COMMAND}", "hostname-command.invalid");
            *told = told.replace("_{PORT_COMMAND}", "9092");
        }
        if self.dialect.derives_listeners()
            && self.get("listeners").is_none()
            && let Some(told) = self.get("advertised.listeners")
            && let Some(derived) = listeners_bound_everywhere(told)
        {
            self.default("listeners", &derived);
        }
    }

    /// `config/server.properties` of the image.
    fn packaged_file(&mut self) {
        for (setting, value) in [
            ("process.roles", "broker,controller"),
            ("controller.quorum.voters", "1@localhost:9093"),
            ("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"),
            ("advertised.listeners", "PLAINTEXT://localhost:9092"),
            ("inter.broker.listener.name", "PLAINTEXT"),
            ("controller.listener.names", "CONTROLLER"),
        ] {
            self.default(setting, value);
        }
    }

    fn old_host_and_port(&mut self) {
        let host = self.values.remove("advertised.host.name");
        let port = self.values.remove("advertised.port");
        if host.is_none() && port.is_none() || self.get("advertised.listeners").is_some() {
            return;
        }
        let inner = self.get("port").unwrap_or("9092").to_owned();
        let port = port.unwrap_or_else(|| inner.clone());
        let host = host.unwrap_or_default();
        let told = format!("PLAINTEXT://{host}:{port}");
        self.default("advertised.listeners", &told);
        if self.get("listeners").is_none() && inner != "9092" {
            self.default("listeners", &format!("PLAINTEXT://:{inner}"));
        }
    }

    /// The part that listeners are made of.
    pub(in crate::cli::explain) fn listener_settings(&self) -> ListenerSettings {
        let text = |name: &str| self.get(name).map(str::to_owned);
        ListenerSettings {
            listeners: text("listeners"),
            advertised_listeners: text("advertised.listeners"),
            listener_security_protocol_map: text("listener.security.protocol.map"),
            inter_broker_listener_name: text("inter.broker.listener.name"),
            security_inter_broker_protocol: text("security.inter.broker.protocol"),
            controller_listener_names: text("controller.listener.names"),
            early_start_listeners: None,
            overrides: BTreeMap::new(),
            drop_empty_entries: true,
            take_secured: true,
        }
    }
}

/// Whether a service runs a broker, and in whose dialect.
pub(super) fn broker_of(service: &Service, project: &mut Project) -> Option<(Dialect, String)> {
    let has = |name: &str| service.variable(name).is_some();
    let image = service.text("image", project);
    let named = image.as_deref().and_then(Dialect::of_image);
    let words: Vec<(_, String)> = service.words("command", project);
    let words = words.into_iter().chain(service.words("entrypoint", project));
    let command = words.map(|(_, text)| text).collect::<Vec<_>>().join(" ");
    let Some((dialect, tag)) = named else {
        let is_kafka = ["KAFKA_ADVERTISED_LISTENERS", "KAFKA_LISTENERS"].iter().any(|it| has(it));
        let has_id = ["KAFKA_BROKER_ID", "KAFKA_NODE_ID", "KAFKA_ZOOKEEPER_CONNECT"];
        let is_bitnami = has("KAFKA_CFG_LISTENERS") || has("KAFKA_CFG_ADVERTISED_LISTENERS");
        return match (is_kafka && has_id.iter().any(|it| has(it)), is_bitnami) {
            (true, _) => Some((Dialect::Kafka, String::new())),
            (_, true) => Some((Dialect::Bitnami, String::new())),
            _ => None,
        };
    };
    if dialect == Dialect::Klamm && has("KLAMM_BOOTSTRAP_SERVER") {
        return None;
    }
    let starts = ["/docker/run", "kafka-server-start", "start-kafka", "redpanda start", "setup.sh"];
    let is_tool = [
        "--bootstrap-server",
        "--broker-list",
        "kafka-topics",
        "kafka-ready",
        "kafka-console",
        "rpk topic",
        "rpk cluster",
    ];
    let runs = |words: &[&str]| words.iter().any(|word| command.contains(word));
    if runs(&is_tool) && !runs(&starts) && !has("KAFKA_ADVERTISED_LISTENERS") {
        return None;
    }
    Some((dialect, tag.to_owned()))
}
