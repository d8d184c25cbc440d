//! Settings of older Kafka versions and of other distributions that people's files still have,
//! and what becomes of each.

/// What becomes of a setting that Kafka 4.3 does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retired {
    /// It does nothing; the sentence says why nothing is missed.
    Dropped(&'static str),
    /// Its value is that of another setting now, unless that one is set itself.
    Renamed(&'static str),
    /// Its value becomes a listener: the host of what clients are told.
    AdvertisedHost,
    /// Its value becomes a listener: the port of what clients are told.
    AdvertisedPort,
}

const ZOOKEEPER: &str = "there is no ZooKeeper: topics and settings are kept in __cluster_metadata in the data directory";
const VERSIONS: &str = "one broker speaks one version: that of Kafka 4.3, and every older client's";
const FORMAT: &str = "Kafka 4 stores batches of format v2 only, and so does klamm";
const CONTROL_PLANE: &str = "there is no controller connection to set apart";
const CONFLUENT: &str = "it belongs to Confluent's commercial parts, which are not here";
const JVM: &str = "there is no JVM here";

/// Old settings by name.
pub const RETIRED_NAMES: &[(&str, Retired)] = &[
    ("inter.broker.protocol.version", Retired::Dropped(VERSIONS)),
    ("log.message.format.version", Retired::Dropped(FORMAT)),
    ("log.message.downconversion.enable", Retired::Dropped(FORMAT)),
    (
        "log.message.timestamp.difference.max.ms",
        Retired::Renamed("log.message.timestamp.before.max.ms"),
    ),
    ("control.plane.listener.name", Retired::Dropped(CONTROL_PLANE)),
    ("broker.id.generation.enable", Retired::Dropped("the node id is node.id, 1 unless set")),
    ("reserved.broker.max.id", Retired::Dropped("any node id is allowed")),
    ("delegation.token.master.key", Retired::Dropped("there are no delegation tokens")),
    ("password.encoder.secret", Retired::Dropped(ZOOKEEPER)),
    ("quota.producer.default", Retired::Dropped("this version has no quotas")),
    ("quota.consumer.default", Retired::Dropped("this version has no quotas")),
    ("offsets.commit.required.acks", Retired::Dropped("a commit is answered once it is written")),
    ("advertised.host.name", Retired::AdvertisedHost),
    ("advertised.port", Retired::AdvertisedPort),
    ("host.name", Retired::Dropped("use listeners")),
    ("port", Retired::Dropped("use listeners")),
    ("create.topics", Retired::Dropped("create topics with klamm topics create")),
    ("jmx.port", Retired::Dropped(JVM)),
];

/// Old settings by what their names begin with, and why nothing is missed.
pub const RETIRED_PREFIXES: &[(&str, &str)] = &[
    ("zookeeper.", ZOOKEEPER),
    ("control.plane.", CONTROL_PLANE),
    ("confluent.", CONFLUENT),
    ("password.encoder.", ZOOKEEPER),
    ("log4j", JVM),
];

/// What becomes of the setting of this name; `None` if it never existed.
#[must_use]
pub fn retired(name: &str) -> Option<Retired> {
    let exact = RETIRED_NAMES.iter().find(|(known, _)| *known == name).map(|(_, retired)| *retired);
    exact.or_else(|| {
        let (_, why) = RETIRED_PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix))?;
        Some(Retired::Dropped(why))
    })
}
