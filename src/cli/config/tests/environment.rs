use crate::cli::config::environment::{Variable, classify};
use crate::cluster::broker_key;

fn setting(name: &str) -> String {
    match classify(name, &|setting| broker_key(setting).is_some()) {
        Variable::Setting(setting) => setting,
        other => format!("{other:?}"),
    }
}

#[test]
fn names_become_settings_as_in_the_images() {
    let cases = [
        ("KAFKA_NUM_PARTITIONS", "num.partitions"),
        ("KAFKA_ADVERTISED_LISTENERS", "advertised.listeners"),
        ("KAFKA_A__B", "a_b"),
        ("KAFKA_A___B", "a-b"),
        ("KAFKA_A____B", "a-.b"),
        ("KAFKA_A-B", "a-b"),
        ("KAFKA_LISTENER_NAME_TC___0_SASL_JAAS_CONFIG", "listener.name.tc-0.sasl.jaas.config"),
        // Apache's mapping drops the second KAFKA_ too, Confluent's does not.
        ("KAFKA_KAFKA_METRICS_REPORTERS", "kafka.metrics.reporters"),
        ("KAFKA_CFG_NUM_PARTITIONS", "num.partitions"),
        ("KLAMM_S3_PORT", "klamm.s3.port"),
        ("KLAMM_DATA_DIR", "klamm.data.dir"),
        ("CLUSTER_ID", "klamm.cluster.id"),
        ("KAFKA_HEAP_OPTS", "Jvm"),
        ("KAFKA_JMX_HOSTNAME", "Jvm"),
        ("CONFLUENT_METRICS_ENABLE", "Confluent"),
        ("PATH", "Other"),
        ("KAFKAESQUE", "Other"),
    ];
    for (name, expected) in cases {
        assert_eq!(setting(name), expected, "{name}");
    }
}
