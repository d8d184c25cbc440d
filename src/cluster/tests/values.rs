use std::collections::BTreeMap;

use crate::cluster::*;

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn broker(pairs: &[(&str, &str)]) -> BrokerConfig {
    BrokerConfig::from_values(&values(pairs)).unwrap()
}

fn refusals(pairs: &[(&str, &str)]) -> Vec<String> {
    let errors = BrokerConfig::from_values(&values(pairs)).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn without_anything_set_the_defaults_are_for_one_developer() {
    let config = BrokerConfig::default();
    assert_eq!(config.node_id.0, 1);
    assert_eq!(config.group_initial_rebalance_delay_ms, 0);
    assert_eq!(config.offsets_topic_replication_factor, 1);
    assert!(config.internal_topics_at_start && config.topic_creation_wait);
    assert_eq!(config.log, LogConfig::default());
}

#[test]
fn the_kafka_profile_turns_every_difference_off() {
    let config = broker(&[("klamm.profile", "Kafka")]);
    assert_eq!(config.group_initial_rebalance_delay_ms, 3000);
    assert_eq!(config.offsets_topic_replication_factor, 3);
    assert!(!config.internal_topics_at_start && !config.topic_creation_wait);
    assert!(config.retention_at_load);
}

#[test]
fn the_smallest_unit_that_is_set_wins() {
    assert_eq!(broker(&[("log.retention.hours", "1")]).log.retention_ms, 3_600_000);
    let both = [("log.retention.hours", "1"), ("log.retention.minutes", "2")];
    assert_eq!(broker(&both).log.retention_ms, 120_000);
    let all = [both[0], both[1], ("log.retention.ms", "3")];
    assert_eq!(broker(&all).log.retention_ms, 3);
    assert_eq!(broker(&[("log.retention.hours", "-5")]).log.retention_ms, -1);
    assert_eq!(broker(&[("log.roll.hours", "2")]).log.segment_ms, 7_200_000);
    assert_eq!(broker(&[("log.flush.scheduler.interval.ms", "9")]).log.flush_ms, 9);
}

#[test]
fn a_topic_overrides_its_broker() {
    let defaults = broker(&[("message.max.bytes", "77"), ("log.retention.hours", "1")]).log;
    let overrides = values(&[("retention.ms", "5"), ("cleanup.policy", "compact,delete")]);
    let config = LogConfig::from_overrides(&defaults, &overrides).unwrap();
    assert_eq!((config.retention_ms, config.max_message_bytes), (5, 77));
    assert!(config.cleanup_compact && config.cleanup_delete);
    let internal = values(&[("internal.segment.bytes", "1000")]);
    assert_eq!(LogConfig::from_overrides(&defaults, &internal).unwrap().segment_bytes, 1000);
}

#[test]
fn every_refused_value_is_reported() {
    let texts = refusals(&[("num.partitions", "x"), ("log.segment.bytes", "1MB")]);
    assert_eq!(
        texts,
        [
            "Invalid value 1MB for configuration log.segment.bytes: Not a number of type INT",
            "Invalid value x for configuration num.partitions: Not a number of type INT",
        ]
    );
}

#[test]
fn lists_without_duplicates_and_gaps() {
    assert_eq!(broker(&[("log.cleanup.policy", "delete,delete")]).log, LogConfig::default());
    assert_eq!(
        refusals(&[("log.cleanup.policy", "delete,")]),
        ["Configuration 'log.cleanup.policy' values must not be empty."]
    );
    let nothing = broker(&[("log.cleanup.policy", "")]).log;
    assert!(!nothing.cleanup_delete && !nothing.cleanup_compact);
}

#[test]
fn every_key_says_what_it_takes() {
    for key in broker_keys() {
        assert!(!key.key.allowed().is_empty(), "{}", key.key.name);
    }
    assert_eq!(broker_key("num.partitions").unwrap().key.allowed(), "a whole number, at least 1");
    assert_eq!(
        broker_key("klamm.s3.port").unwrap().key.allowed(),
        "a port from 0 (any free port) to 65535, or off"
    );
}
