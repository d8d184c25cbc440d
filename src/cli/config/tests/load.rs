use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use super::{load, notes, sources};
use crate::cli::config::{Config, EdgePort, Origin, from_sources};
use crate::listener::advertised;

/// What is bound, what is told, and what is said about it.
fn check(config: &Config, expected: Expect) {
    let ports: Vec<u16> = config.listeners.all.iter().map(|it| it.bind.port).collect();
    let told = advertised(&config.listeners, &ports, "box");
    let mut text = String::new();
    for (listener, told) in config.listeners.all.iter().zip(told.endpoints()) {
        let told = told.map_or_else(|| "-".to_owned(), ToString::to_string);
        text.push_str(&format!("{} {} -> {told}\n", listener.name, listener.bind));
    }
    text.push_str(&notes(config));
    expected.assert_eq(&text);
}

#[test]
fn without_anything_the_defaults_serve_one_machine() {
    let config = load("", "").unwrap();
    check(
        &config,
        expect![[r#"
        PLAINTEXT :9092 -> localhost:9092
    "#]],
    );
    assert_eq!(config.kafka_dir, Path::new("klamm-data/kafka"));
    assert_eq!(config.s3_dir, Path::new("klamm-data/s3"));
    assert_eq!(config.s3_port, EdgePort::Port(9000));
    assert_eq!(config.console_port, EdgePort::Port(8080));
    assert_eq!(config.connect_port, EdgePort::Preferred(8083));
}

#[test]
fn the_kafka_profile_advertises_the_machines_name() {
    check(
        &load("", "KLAMM_PROFILE=kafka").unwrap(),
        expect![[r#"
        PLAINTEXT :9092 -> box:9092
    "#]],
    );
}

#[test]
fn flags_win_over_environment_over_file_over_defaults() {
    let mut sources = sources(
        "num.partitions=2\nlog.segment.bytes=2000000\nmessage.max.bytes=2000\n",
        "KAFKA_NUM_PARTITIONS=3\nKAFKA_LOG_SEGMENT_BYTES=3000000",
    );
    sources.flags.set = vec!["num.partitions=4".to_owned()];
    let config = from_sources(&sources).unwrap();
    assert_eq!(config.broker.num_partitions, 4);
    assert_eq!(config.broker.log.segment_bytes, 3_000_000);
    assert_eq!(config.broker.log.max_message_bytes, 2000);
    let origin = |name: &str| config.settings.get(name).unwrap().origin.to_string();
    assert_eq!(origin("num.partitions"), "--set num.partitions");
    assert_eq!(origin("log.segment.bytes"), "KAFKA_LOG_SEGMENT_BYTES");
    assert_eq!(origin("message.max.bytes"), "server.properties:3");
    let default = config.settings.effective(config.broker.profile, "fetch.max.bytes").unwrap();
    assert_eq!(default.origin, Origin::KafkaDefault);
}

#[test]
fn the_compose_file_of_the_guide_works_as_it_stands() {
    let config = load("", include_str!("../../../../fixtures/config/seeds/cp-kafka-7.4.1.env"));
    check(
        &config.unwrap(),
        expect![[r#"
        PLAINTEXT 0.0.0.0:9092 -> localhost:9092
        note: KAFKA_ZOOKEEPER_CONNECT: not needed, there is no ZooKeeper: topics and settings are kept in __cluster_metadata in the data directory.
        note: KAFKA_BROKER_ID: read as node.id, its name since Kafka 3.
    "#]],
    );
}

#[test]
fn the_file_of_confluents_old_examples_works_as_it_stands() {
    let text = include_str!("../../../../fixtures/config/seeds/cp-all-in-one-5.3.1.env");
    let config = load("", text).unwrap();
    assert!(!config.broker.auto_create_topics_enable);
    check(
        &config,
        expect![[r#"
        PLAINTEXT 0.0.0.0:29092 -> kafka.wmpmzdev.com:29092
        PLAINTEXT_HOST 0.0.0.0:9092 -> localhost:9092
        note: CONFLUENT_METRICS_ENABLE, CONFLUENT_METRICS_REPORTER_BOOTSTRAP_SERVERS, CONFLUENT_METRICS_REPORTER_TOPIC_REPLICAS, CONFLUENT_METRICS_REPORTER_ZOOKEEPER_CONNECT, CONFLUENT_SUPPORT_CUSTOMER_ID: without effect, klamm has no JVM and none of Confluent's reporters.
        note: KAFKA_ZOOKEEPER_CONNECT: not needed, there is no ZooKeeper: topics and settings are kept in __cluster_metadata in the data directory.
        note: KAFKA_BROKER_ID: read as node.id, its name since Kafka 3.
        note: metric.reporters: without effect, klamm is not Java: no class is loaded, no JMX is served.
    "#]],
    );
}

#[test]
fn the_file_of_confluents_new_examples_works_as_it_stands() {
    let text = include_str!("../../../../fixtures/config/seeds/cp-all-in-one-8.2.0.env");
    let config = load("", text).unwrap();
    assert_eq!(config.kafka_dir, Path::new("/tmp/kraft-combined-logs"));
    assert_eq!(config.broker.cluster_id, "MkU3OEVBNTcwNTJENDM2Qk");
    check(
        &config,
        expect![[r#"
            PLAINTEXT broker:29092 -> broker:29092
            PLAINTEXT_HOST 0.0.0.0:9092 -> localhost:9092
            note: KAFKA_JMX_HOSTNAME, KAFKA_JMX_PORT: without effect, klamm has no JVM and none of Confluent's reporters.
            note: transaction.state.log.min.isr: without effect, this version serves no transactions.
            note: listener CONTROLLER (broker:29093) is neither bound nor advertised: klamm needs no controller quorum.
        "#]],
    );
}

#[test]
fn what_testcontainers_sets_works() {
    let text = include_str!("../../../../fixtures/config/seeds/testcontainers-java.env");
    check(
        &load("", text).unwrap(),
        expect![[r#"
            PLAINTEXT 0.0.0.0:9092 -> localhost:32771
            BROKER 0.0.0.0:9093 -> 9c95dafd9323:9093
            note: transaction.state.log.min.isr: without effect, this version serves no transactions.
            note: listener CONTROLLER (0.0.0.0:9094) is neither bound nor advertised: klamm needs no controller quorum.
        "#]],
    );
}

#[test]
fn a_comma_too_many_is_dropped_for_developers_and_refused_as_kafka_does() {
    let environment = "KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:9092,";
    check(
        &load("", environment).unwrap(),
        expect![[r#"
        PLAINTEXT 0.0.0.0:9092 -> localhost:9092
    "#]],
    );
    let strict = load("", &format!("{environment}\nKLAMM_PROFILE=kafka")).unwrap_err();
    assert_eq!(
        strict.problems[0].reason,
        "Configuration 'advertised.listeners' values must not be empty."
    );
}

#[test]
fn the_servers_of_the_guides_work_as_they_stand() {
    let text = include_str!("../../../../fixtures/config/seeds/confluent-7.4.1.properties");
    let config = load(text, "").unwrap();
    assert_eq!(config.kafka_dir, Path::new("/var/lib/kafka"));
    check(
        &config,
        expect![[r#"
            PLAINTEXT 0.0.0.0:9092 -> 203.0.113.7:9092
            note: confluent.balancer.enable, confluent.balancer.topic.replication.factor, confluent.license.topic.replication.factor, confluent.metadata.topic.replication.factor, confluent.security.event.logger.exporter.kafka.topic.replicas: not needed, it belongs to Confluent's commercial parts, which are not here.
            note: zookeeper.connect, zookeeper.connection.timeout.ms: not needed, there is no ZooKeeper: topics and settings are kept in __cluster_metadata in the data directory.
            note: broker.id: read as node.id, its name since Kafka 3.
            note: num.recovery.threads.per.data.dir: without effect, klamm has no thread pools to size.
            note: transaction.state.log.min.isr: without effect, this version serves no transactions.
        "#]],
    );
}

#[test]
fn a_comment_behind_a_value_is_explained() {
    let text = include_str!("../../../../fixtures/config/seeds/kafka-2.7.2.properties");
    let problems = load(text, "").unwrap_err();
    expect![[r#"
        1 problem with the configuration; nothing was started.

          1  listeners = PLAINTEXT://:9092 #take the # away in front   (from server.properties:4)
             what     Error creating broker listeners from '[PLAINTEXT://:9092 #take the # away in front]': Unable to parse PLAINTEXT://:9092 #take the # away in front to a broker endpoint
             allowed  NAME://HOST:PORT, HOST may be empty (every interface), a name, an IPv4 address or an IPv6 address in brackets; PORT 0 to 65535
             fix      A comment must stand on a line of its own; here it became part of the value:
                      listeners=PLAINTEXT://:9092

        note: zookeeper.connect, zookeeper.connection.timeout.ms: not needed, there is no ZooKeeper: topics and settings are kept in __cluster_metadata in the data directory.
        note: broker.id: read as node.id, its name since Kafka 3.
        note: num.recovery.threads.per.data.dir: without effect, klamm has no thread pools to size.
        note: transaction.state.log.min.isr: without effect, this version serves no transactions.
    "#]]
    .assert_eq(&problems.to_string());
}

#[test]
fn all_problems_are_reported_at_once_in_the_users_spelling() {
    let problems = load(
        "",
        "KAFKA_LISTENERS=A://0.0.0.0:9092,B://0.0.0.0:9092\nKAFKA_NUM_PARTITIONS=0\n\
         KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=A:PLAINTEXT,B:SSL\nKLAMM_S3_PORT=many",
    );
    expect![[r#"
        6 problems with the configuration; nothing was started.

          1  klamm.s3.port = many   (from KLAMM_S3_PORT)
             what     Invalid value many for configuration klamm.s3.port: Must be a port from 0 (any free port) to 65535, or off
             allowed  a port from 0 (any free port) to 65535, or off
             fix      KLAMM_S3_PORT=9000   (the default)

          2  num.partitions = 0   (from KAFKA_NUM_PARTITIONS)
             what     Invalid value 0 for configuration num.partitions: Value must be at least 1
             allowed  a whole number, at least 1
             fix      KAFKA_NUM_PARTITIONS=1   (the default)

          3  listeners = A://0.0.0.0:9092,B://0.0.0.0:9092   (from KAFKA_LISTENERS)
             what     Listener B has the security protocol SSL; this version of klamm serves PLAINTEXT only, and does not serve SSL in plain text in its stead.
             allowed  PLAINTEXT
             fix      Take B out of listeners, or map it to PLAINTEXT in listener.security.protocol.map and set security.protocol=PLAINTEXT in its clients.

          4  listeners = A://0.0.0.0:9092,B://0.0.0.0:9092   (from KAFKA_LISTENERS)  [L13]
             what     Error creating broker listeners from '[A://0.0.0.0:9092, B://0.0.0.0:9092]': If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, listeners: [A://0.0.0.0:9092, B://0.0.0.0:9092], port: 9092
             fix      Give one of them another port:
                      KAFKA_LISTENERS=A://0.0.0.0:9092,B://0.0.0.0:9093

          5  listeners = A://0.0.0.0:9092,B://0.0.0.0:9092   (from KAFKA_LISTENERS)  [L11]
             what     advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.
             fix      0.0.0.0 is where to listen, not where to connect to. Write the address clients use; on the same machine:
                      KAFKA_ADVERTISED_LISTENERS=A://localhost:9092,B://localhost:9092

          6  inter.broker.listener.name = (not set)
             what     inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on currently configured listeners are A,B
             fix      Nothing says which listener brokers use among themselves, so Kafka looks for one called PLAINTEXT. Say which:
                      KAFKA_INTER_BROKER_LISTENER_NAME=A
    "#]].assert_eq(&problems.unwrap_err().to_string());
}

#[test]
fn unknown_names_are_warned_about_with_the_nearest_known_one() {
    let config = load("num.partition=3\nretention.ms=5\nfoo.bar.baz=1\n", "KAFKA_LOG_DRIS=/x");
    expect![[r#"
        warning: foo.bar.baz (server.properties:3) is no setting of Kafka or klamm and is ignored.
        warning: KAFKA_LOG_DRIS (log.dris) is no setting of Kafka or klamm; did you mean KAFKA_LOG_DIRS?
        warning: num.partition (server.properties:1) is no setting of Kafka or klamm; did you mean num.partitions?
        warning: retention.ms (server.properties:2) is no setting of Kafka or klamm; did you mean log.retention.ms?
    "#]].assert_eq(&notes(&config.unwrap()));
}

#[test]
fn log_dirs_is_kafkas_directory_itself() {
    let config = load("log.dirs=/a,/b\nlog.dir=/c\n", "").unwrap();
    assert_eq!(config.kafka_dir, Path::new("/a"));
    assert_eq!(
        notes(&config),
        "warning: log.dirs (server.properties:1) names 2 directories; klamm keeps everything in \
         the first, /a.\n"
    );
    assert_eq!(load("log.dir=/c\n", "").unwrap().kafka_dir, Path::new("/c"));
}

#[test]
fn ephemeral_keeps_everything_in_a_temporary_directory() {
    let mut sources = sources("log.dirs=/a\n", "");
    sources.flags.ephemeral = true;
    let config = from_sources(&sources).unwrap();
    assert!(config.is_ephemeral);
    assert_eq!(config.kafka_dir, Path::new("/tmp/klamm-1/kafka"));
}

#[test]
fn the_advertised_host_of_old_images_becomes_a_listener() {
    let environment = "KAFKA_ADVERTISED_HOST_NAME=10.0.0.1\nKAFKA_ADVERTISED_PORT=9094";
    check(
        &load("", environment).unwrap(),
        expect![[r#"
        PLAINTEXT 0.0.0.0:9094 -> 10.0.0.1:9094
        note: KAFKA_ADVERTISED_HOST_NAME: read as advertised.listeners=PLAINTEXT://10.0.0.1:9094, its name today.
    "#]],
    );
}

#[test]
fn a_flag_advertises_and_binds() {
    let mut sources = sources("", "");
    sources.flags.advertised_listeners = Some("PLAINTEXT://kafka:19092".to_owned());
    sources.flags.s3_port = Some("off".to_owned());
    sources.flags.connectors = vec![PathBuf::from("a,b.properties")];
    let config = from_sources(&sources).unwrap();
    check(
        &config,
        expect![[r#"
        PLAINTEXT 0.0.0.0:19092 -> kafka:19092
    "#]],
    );
    assert_eq!(config.s3_port, EdgePort::Off);
    assert_eq!(config.connectors, [PathBuf::from("a,b.properties")]);
}
