//! Every answer here was given by a running Kafka 4.3.1.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use crate::cluster::AlterOperation::{Append, Delete, Set, Subtract};
use crate::cluster::*;

fn alteration<'a>(
    operation: AlterOperation,
    name: &'a str,
    value: Option<&'a str>,
) -> Alteration<'a> {
    Alteration { name, operation, value }
}

fn check_topic(wishes: &[(AlterOperation, &str, &str)], expected: Expect) {
    let before = BTreeMap::from([("cleanup.policy".to_owned(), "compact".to_owned())]);
    let wishes: Vec<Alteration<'_>> =
        wishes.iter().map(|(what, name, value)| alteration(*what, name, Some(value))).collect();
    let outcome = match alter_topic(&before, &wishes, &LogConfig::default()) {
        Ok((after, _)) => format!("{after:?}"),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&outcome);
}

#[test]
fn lists_grow_and_shrink_by_entries() {
    check_topic(
        &[(Append, "cleanup.policy", "delete")],
        expect![[r#"{"cleanup.policy": "compact,delete"}"#]],
    );
    check_topic(
        &[(Append, "cleanup.policy", "compact")],
        expect![[r#"{"cleanup.policy": "compact"}"#]],
    );
    check_topic(&[(Subtract, "cleanup.policy", "compact")], expect![[r#"{"cleanup.policy": ""}"#]]);
    check_topic(
        &[(Append, "cleanup.policy", "bad")],
        expect![
            "INVALID_CONFIG: Invalid value bad for configuration cleanup.policy: String must be one of: compact, delete"
        ],
    );
    check_topic(
        &[(Append, "follower.replication.throttled.replicas", "1:1,2:1")],
        expect![[
            r#"{"cleanup.policy": "compact", "follower.replication.throttled.replicas": "1:1,2:1"}"#
        ]],
    );
}

#[test]
fn what_is_no_list_does_not_grow() {
    check_topic(
        &[(Append, "retention.ms", "1")],
        expect!["INVALID_CONFIG: Can't APPEND to key retention.ms because its type is not LIST."],
    );
    check_topic(
        &[(Subtract, "nonsense", "1")],
        expect!["INVALID_CONFIG: Can't SUBTRACT to key nonsense because its type is not LIST."],
    );
}

#[test]
fn values_are_checked_and_names_too() {
    check_topic(
        &[(Set, "retention.ms", "abc")],
        expect![
            "INVALID_CONFIG: Invalid value abc for configuration retention.ms: Not a number of type LONG"
        ],
    );
    check_topic(
        &[(Set, "nonsense", "1")],
        expect!["INVALID_CONFIG: Unknown topic config name: nonsense"],
    );
    check_topic(&[(Delete, "nonsense", "")], expect![[r#"{"cleanup.policy": "compact"}"#]]);
    check_topic(
        &[(Set, "retention.ms", "7000"), (Set, "segment.bytes", "1")],
        expect![
            "INVALID_CONFIG: Invalid value 1 for configuration segment.bytes: Value must be at least 1048576"
        ],
    );
    check_topic(
        &[(Set, "min.compaction.lag.ms", "10"), (Set, "max.compaction.lag.ms", "5")],
        expect![
            "INVALID_CONFIG: conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)"
        ],
    );
    check_topic(
        &[(Set, "remote.storage.enable", "true")],
        expect![
            "INVALID_CONFIG: Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage."
        ],
    );
    check_topic(
        &[(Set, "retention.ms", " 5000 ")],
        expect![[r#"{"cleanup.policy": "compact", "retention.ms": " 5000 "}"#]],
    );
}

#[test]
fn a_name_stands_once_and_has_a_value() {
    check_topic(
        &[(Set, "retention.ms", "1"), (Set, "retention.ms", "2")],
        expect!["INVALID_REQUEST: Error due to duplicate config keys"],
    );
    let null = [alteration(Set, "retention.ms", None)];
    let error = alter_topic(&BTreeMap::new(), &null, &LogConfig::default()).unwrap_err();
    assert_eq!(error.to_string(), "INVALID_REQUEST: Null value not supported for : retention.ms");
    let error = topic_overrides([("retention.ms", None)].into_iter()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "INVALID_CONFIG: Null value not supported for topic configs: retention.ms"
    );
}

fn check_broker(scope: BrokerScope, wish: (AlterOperation, &str, &str), expected: Expect) {
    let (operation, name, value) = wish;
    let wishes = [alteration(operation, name, Some(value))];
    let outcome = match alter_broker(&BTreeMap::new(), &wishes, scope) {
        Ok(after) => format!("{after:?}"),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&outcome);
}

#[test]
fn a_broker_takes_on_what_kafka_can_change_while_it_runs() {
    use BrokerScope::{AllBrokers, Broker};
    check_broker(
        Broker,
        (Set, "message.max.bytes", "5000000"),
        expect![[r#"{"message.max.bytes": "5000000"}"#]],
    );
    check_broker(
        Broker,
        (Set, "num.partitions", "3"),
        expect!["INVALID_REQUEST: Cannot update these configs dynamically: [num.partitions]"],
    );
    check_broker(
        AllBrokers,
        (Set, "log.retention.ms", "x"),
        expect![
            "INVALID_REQUEST: Invalid value x for configuration log.retention.ms: Not a number of type LONG"
        ],
    );
    check_broker(Broker, (Set, "nonsense", "1"), expect![[r#"{"nonsense": "1"}"#]]);
    check_broker(
        Broker,
        (Set, "ssl.keystore.location", "x"),
        expect![
            "INVALID_REQUEST: These security configs can be dynamically updated only per-listener using the listener prefix: [ssl.keystore.location]"
        ],
    );
    check_broker(
        AllBrokers,
        (Append, "log.cleanup.policy", "compact"),
        expect![[r#"{"log.cleanup.policy": "delete,compact"}"#]],
    );
    check_broker(
        Broker,
        (Set, "min.insync.replicas", "2"),
        expect![
            "INVALID_CONFIG: Broker-level min.insync.replicas cannot be altered while ELR is enabled."
        ],
    );
}

#[test]
fn one_brokers_own_value_wins_over_the_default_of_all() {
    let set = |value: &str| BTreeMap::from([("message.max.bytes".to_owned(), value.to_owned())]);
    let broker = BrokerConfig::from_values(&set("1000")).unwrap();
    let all = DynamicConfig { all_brokers: set("2000"), ..DynamicConfig::default() };
    assert_eq!(broker.with_dynamic(&all).unwrap().log.max_message_bytes, 2000);
    let own = DynamicConfig { broker: set("3000"), ..all };
    assert_eq!(broker.with_dynamic(&own).unwrap().log.max_message_bytes, 3000);
    assert_eq!(broker.with_dynamic(&own).unwrap().values, broker.values);
}
