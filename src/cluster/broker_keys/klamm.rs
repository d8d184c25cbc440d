//! klamm's own settings. None of them exists in Kafka, so a file with them still drives Kafka.

use super::*;

const PROFILES: &[&str] = &["dev", "kafka"];
const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

pub(super) const KEYS: &[BrokerKey] = &[
    own("klamm.profile", String, "dev", OneOfAnyCase(PROFILES)),
    own("klamm.data.dir", String, "klamm-data", NotEmpty),
    own("klamm.ephemeral", Boolean, "false", Any),
    own("klamm.cluster.id", String, "klamm-local-cluster--A", NotEmpty),
    own("klamm.http.host", String, "127.0.0.1", NotEmpty),
    own("klamm.s3.port", String, "9000", Check::Port),
    own("klamm.s3.access.key", String, "klamm", NotEmpty),
    own("klamm.s3.secret.key", Password, "klamm-secret", NotEmpty),
    own("klamm.s3.region", String, "us-east-1", NotEmpty),
    own("klamm.console.port", String, "8080", Check::Port),
    own("klamm.connectors", List, "", Any),
    own("klamm.ready.file", String, "", Any),
    own("klamm.report.file", String, "", Any),
    own("klamm.log.level", String, "info", OneOfAnyCase(LEVELS)),
    own("klamm.internal.topics.at.start", Boolean, "true", Any),
    own("klamm.topic.creation.wait", Boolean, "true", Any),
    own("klamm.retention.at.load", Boolean, "false", Any),
];

const fn own(
    name: &'static str,
    kind: ConfigType,
    default: &'static str,
    check: Check,
) -> BrokerKey {
    key(name, kind, Some(default), check, ReadOnly, Honoured)
}
