//! The tables against Kafka 4.3.1's own, printed by `fixtures/config/Keys.java`, and against what
//! a running broker describes.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::*;

const KEYS: &str = include_str!("../../../fixtures/config/kafka-4.3.1-keys.tsv");
const DESCRIBED: &str = include_str!("../../../fixtures/config/describe.tsv");

/// A line as `Keys.java` prints it: name, type, default, and the column after the validator.
fn line(key: &ConfigKey, last: &str, is_internal: bool) -> String {
    let default = key.default.map_or_else(|| "-".to_owned(), |text| format!("={text}"));
    let internal = if is_internal { "internal" } else { "" };
    format!("{}\t{}\t{default}\t{last}\t{internal}", key.name, key.kind.name())
}

fn kafkas(scope: &str) -> BTreeSet<String> {
    let rows = KEYS.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let rows = rows.filter(|row| row[0] == scope);
    rows.map(|row| [row[1], row[2], row[3], row[5], row[6]].join("\t")).collect()
}

#[test]
fn the_broker_table_is_kafkas() {
    let mode = |mode: UpdateMode| match mode {
        UpdateMode::ReadOnly => "read-only",
        UpdateMode::PerBroker => "per-broker",
        UpdateMode::ClusterWide => "cluster-wide",
    };
    let own = klamm_keys().map(|key| key.key.name).collect::<Vec<_>>();
    let ours: BTreeSet<String> = broker_keys()
        .filter(|key| !own.contains(&key.key.name))
        .map(|key| line(&key.key, mode(key.update), key.is_internal))
        .collect();
    assert_eq!(ours, kafkas("broker"));
}

#[test]
fn the_topic_table_is_kafkas() {
    let synonyms = |topic: &TopicKey| {
        topic.synonyms.iter().map(|synonym| synonym.name).collect::<Vec<_>>().join(",")
    };
    let ours: BTreeSet<String> = TOPIC_KEYS
        .iter()
        .map(|topic| line(&topic.key, &synonyms(topic), topic.key.default.is_none()))
        .collect();
    assert_eq!(ours, kafkas("topic"));
}

#[test]
fn bounds_are_kafkas() {
    let keys: BTreeMap<&str, ConfigKey> = broker_keys()
        .map(|key| key.key)
        .chain(TOPIC_KEYS.iter().map(|topic| topic.key))
        .map(|key| (key.name, key))
        .collect();
    for row in KEYS.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        let inside = row[4].trim_start_matches('[').trim_end_matches(']');
        let Some((min, max)) = inside.split_once(",...") else { continue };
        let key = keys[row[1]];
        if let Ok(min) = min.parse::<i64>() {
            assert!(key.parse(&min.to_string()).is_ok(), "{} takes {min}", row[1]);
            assert!(key.parse(&(min - 1).to_string()).is_err(), "{} refuses {}", row[1], min - 1);
        }
        if let Some(Ok(max)) = max.strip_prefix(',').map(str::parse::<i64>) {
            assert!(key.parse(&max.to_string()).is_ok(), "{} takes {max}", row[1]);
            assert!(key.parse(&(max + 1).to_string()).is_err(), "{} refuses {}", row[1], max + 1);
        }
    }
}

#[test]
fn every_default_is_a_legal_value() {
    for key in broker_keys().map(|key| key.key).chain(TOPIC_KEYS.iter().map(|topic| topic.key)) {
        let Some(default) = key.default else { continue };
        assert!(key.parse(default).is_ok(), "{}={default}", key.name);
    }
}

/// Settings that are honoured elsewhere than in [`BrokerConfig`]'s fields.
const ELSEWHERE: [&str; 16] = [
    "advertised.listeners",
    "broker.id",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "early.start.listeners",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "listeners",
    "log.dir",
    "log.dirs",
    "process.roles",
    "security.inter.broker.protocol",
    // One replica leads whatever it says.
    "unclean.leader.election.enable",
    // Taken into account through the two above it only.
    "log.retention.hours",
    "log.roll.hours",
];

#[test]
fn every_honoured_setting_changes_something() {
    let plain = BrokerConfig::default();
    for key in broker_keys().filter(|key| key.treatment == Treatment::Honoured) {
        let name = key.key.name;
        if ELSEWHERE.contains(&name) || name.starts_with("klamm.") {
            continue;
        }
        let candidates =
            ["7", "1048600", "0.25", "true", "false", "compact", "gzip", "LogAppendTime", "rack"];
        let is_changed = candidates.iter().any(|text| {
            let values = BTreeMap::from([(name.to_owned(), (*text).to_owned())]);
            let changed = BrokerConfig::from_values(&values);
            changed.is_ok_and(|it| BrokerConfig { values: BTreeMap::new(), ..it } != plain)
        });
        assert!(
            is_changed,
            "{name} is called honoured, and no value of it changes the configuration"
        );
    }
}

/// A line as the fixture has it: scope, name, value, source, type, ro or rw, sensitive, synonyms.
fn described_line(scope: &str, it: &Described) -> String {
    let source = |source: ConfigSource| match source {
        ConfigSource::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
        ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
        ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
        ConfigSource::Default => "DEFAULT_CONFIG",
    };
    let synonyms: Vec<String> = it
        .synonyms
        .iter()
        .map(|synonym| {
            let value = synonym.value.as_deref().unwrap_or("null");
            format!("{}={value}@{}", synonym.name, source(synonym.source))
        })
        .collect();
    [
        scope,
        &it.name,
        it.value.as_deref().unwrap_or("null"),
        source(it.source),
        it.kind.map_or("UNKNOWN", ConfigType::name),
        if it.is_read_only { "ro" } else { "rw" },
        if it.is_sensitive { "sensitive" } else { "" },
        &synonyms.join(" "),
    ]
    .join("\t")
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn settings_are_described_as_a_running_kafka_describes_them() {
    let set = DESCRIBED.lines().filter(|line| line.contains("\tSTATIC_BROKER_CONFIG\t"));
    let values: BTreeMap<String, String> = set
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|row| (row[1].to_owned(), row[2].to_owned()))
        .chain([("klamm.profile".to_owned(), "kafka".to_owned())])
        .collect();
    let broker = BrokerConfig::from_values(&values).unwrap();
    // Formatting a directory of 4.3 writes this one.
    let all_brokers = map(&[("min.insync.replicas", "1")]);
    let dynamic = DynamicConfig { all_brokers, ..DynamicConfig::default() };
    let overrides = map(&[("retention.ms", "1000"), ("cleanup.policy", "compact")]);
    let topic = describe_topic(&overrides, &broker, &dynamic);
    let topic = topic.iter().map(|it| described_line("TOPIC", it));
    let brokers = describe_broker(&broker, &dynamic);
    let brokers = brokers.iter().map(|it| described_line("BROKER", it));
    let ours: BTreeSet<String> = topic.chain(brokers).collect();
    let kafkas: BTreeSet<String> = DESCRIBED.lines().map(str::to_owned).collect();
    let missing: Vec<_> = kafkas.difference(&ours).collect();
    let extra: Vec<_> = ours.difference(&kafkas).collect();
    assert!(missing.is_empty() && extra.is_empty(), "Kafka: {missing:#?}\nklamm: {extra:#?}");
}

#[test]
fn the_table_of_differences_names_real_defaults() {
    for difference in DIFFERENCES {
        let name = difference.name;
        let Some(key) = broker_key(name) else { panic!("{name} is no setting") };
        if difference.is_default {
            assert_eq!(default_of(Profile::Dev, name), Some(difference.klamm), "{name}");
            assert!(key.key.parse(difference.klamm).is_ok(), "{name}");
        }
        if !name.starts_with("klamm.") && difference.is_default && name != "node.id" {
            assert_eq!(key.key.default, Some(difference.kafka), "{name}");
            assert_eq!(default_of(Profile::Kafka, name), Some(difference.kafka), "{name}");
        }
    }
}
