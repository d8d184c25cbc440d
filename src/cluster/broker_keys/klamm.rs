//! klamm's own settings. None of them exists in Kafka, so a file with them still drives Kafka.

use super::*;

const PROFILES: &[&str] = &["dev", "kafka"];
const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// A table of klamm's settings, a row each: name, type, default, check, what it does.
macro_rules! own_keys {
    ($($name:literal $kind:ident $default:literal, $check:expr, $doc:literal;)*) => {
        pub(super) const KEYS: &[BrokerKey] = &[$(
            key($name, $kind, Some($default), $check, ReadOnly, Honoured).documented($doc),
        )*];
    };
}

own_keys! {
    "klamm.profile" String "dev", OneOfAnyCase(PROFILES),
        "Whose defaults hold: dev for one developer, kafka for Apache Kafka's own.";
    "klamm.data.dir" String "klamm-data", NotEmpty,
        "Where everything is kept: Kafka's logs in kafka, the buckets in s3.";
    "klamm.ephemeral" Boolean "false", Any,
        "Keep everything in a temporary directory that is removed at the end.";
    "klamm.cluster.id" String "klamm-local-cluster--A", NotEmpty,
        "The id a fresh data directory gets; one that has an id keeps it. CLUSTER_ID sets it too.";
    "klamm.http.host" String "127.0.0.1", NotEmpty,
        "The address that the HTTP ports are bound to; 0.0.0.0 in a container.";
    "klamm.s3.port" String "9000", Check::Port,
        "The port of the S3 endpoint: 0 for any free one, off for none.";
    "klamm.s3.access.key" String "klamm", NotEmpty,
        "The access key that the S3 endpoint takes.";
    "klamm.s3.secret.key" Password "klamm-secret", NotEmpty,
        "The secret half of it. The default is no secret; it is for one machine.";
    "klamm.s3.users" String "", Any,
        "A JSON file of further users of the S3 endpoint, with their keys and policies.";
    "klamm.s3.region" String "us-east-1", NotEmpty,
        "The region that the S3 endpoint says it is in.";
    "klamm.console.port" String "8080", Check::Port,
        "The port of /healthz and /readyz: 0 for any free one, off for none.";
    "klamm.connect.port" String "8083", Check::Port,
        "The port of Kafka Connect's REST interface: 0 for any free one, off for none. \
         Unless it is set, another is taken when it is not free.";
    "klamm.connect.worker" String "", Any,
        "A worker's .properties: its converters count where a connector has none.";
    "klamm.connectors" List "", Any,
        "Connector files, or directories of them.";
    "klamm.ready.file" String "", Any,
        "A file that exists as long as clients can be served.";
    "klamm.report.file" String "", Any,
        "A file that gets all addresses and keys as JSON once clients can be served.";
    "klamm.log.level" String "info", OneOfAnyCase(LEVELS),
        "How much is said.";
    "klamm.internal.topics.at.start" Boolean "true", Any,
        "Whether __consumer_offsets exists before the first group asks for it.";
    "klamm.topic.creation.wait" Boolean "true", Any,
        "Whether a topic is usable the moment its creation is answered.";
    "klamm.retention.at.load" Boolean "false", Any,
        "Whether a start deletes what is over its age, or the first check after it.";
}
