//! THE table of settings: every key of the connector and of Connect itself that may stand in
//! a connector's file, with its type, its default and what klamm makes of it.

/// What may stand behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; trimmed.
    Text,
    /// Any text, not trimmed (`format.bytearray.separator`).
    Raw,
    /// A secret; never printed.
    Password,
    /// Comma separated.
    List,
    /// A Java class; only its name matters.
    Class,
    /// `true` or `false` in any case.
    Bool,
    /// A 32 bit number within bounds.
    Int(i64, i64),
    /// A 64 bit number within bounds.
    Long(i64, i64),
    /// One of these, exactly.
    OneOf(&'static [&'static str]),
    /// One of these, in any case.
    OneOfAnyCase(&'static [&'static str]),
}

/// What klamm makes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It takes effect as in the connector.
    Built,
    /// It is read and changes nothing here; why.
    NoEffect(&'static str),
    /// Only these values are built; others are refused by name.
    Only(&'static [&'static str]),
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand behind it.
    pub kind: Kind,
    /// Kafka Connect's default; `None` if it has none.
    pub default: Option<&'static str>,
    /// Whether Connect refuses a file without it.
    pub is_required: bool,
    /// What klamm makes of it.
    pub support: Support,
}

use Kind::{Bool, Class, Int, List, Long, OneOf, OneOfAnyCase, Password, Raw, Text};
use Support::{Built, NoEffect, Only};

const I32: Kind = Int(i32::MIN as i64, i32::MAX as i64);
const I64: Kind = Long(i64::MIN, i64::MAX);
const FROM_ZERO: Kind = Int(0, i32::MAX as i64);

const NO_AVRO: Support = NoEffect("only the Avro and Parquet formats use it");
const NO_DLQ: Support = NoEffect("klamm has no dead letter queue yet");
const NO_STORE: Support = NoEffect("keys and headers are not stored");
const NO_TAGS: Support = NoEffect("objects are not tagged");
const NO_RETRY: Support = NoEffect("nothing before the bucket is worth a retry here");
const LEFTOVER: Support = NoEffect("a leftover of the HDFS connector; the S3 sink ignores it too");
const EMPTY: Support = Only(&[""]);
const FALSE: Support = Only(&["false"]);

const fn required(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, default: None, is_required: true, support: Built }
}

const fn optional(name: &'static str, kind: Kind, support: Support) -> Key {
    Key { name, kind, default: None, is_required: false, support }
}

const fn key(name: &'static str, kind: Kind, default: &'static str, support: Support) -> Key {
    Key { name, kind, default: Some(default), is_required: false, support }
}

/// Every setting.
pub const KEYS: &[Key] = &[
    // Kafka Connect itself.
    required("name", Text),
    required("connector.class", Text),
    key("tasks.max", Int(1, i32::MAX as i64), "1", Built),
    key("tasks.max.enforce", Bool, "true", NoEffect("klamm starts exactly tasks.max tasks")),
    key("topics", List, "", Built),
    key("topics.regex", Text, "", Built),
    optional("key.converter", Class, Built),
    optional("key.converter.schemas.enable", Bool, Built),
    optional("value.converter", Class, Built),
    optional("value.converter.schemas.enable", Bool, Built),
    optional(
        "value.converter.decimal.format",
        Text,
        NoEffect("it is for writing, not for reading"),
    ),
    optional("key.converter.decimal.format", Text, NoEffect("it is for writing, not for reading")),
    optional("value.converter.schemas.cache.size", I32, NoEffect("klamm remembers 1000")),
    optional("key.converter.schemas.cache.size", I32, NoEffect("klamm remembers 1000")),
    optional("value.converter.replace.null.with.default", Bool, Only(&["true"])),
    optional("key.converter.replace.null.with.default", Bool, Only(&["true"])),
    optional("value.converter.converter.encoding", Text, Only(&["UTF-8", "UTF8", "utf-8"])),
    optional("key.converter.converter.encoding", Text, Only(&["UTF-8", "UTF8", "utf-8"])),
    optional("header.converter", Class, NO_STORE),
    key("transforms", List, "", EMPTY),
    key("predicates", List, "", EMPTY),
    key("errors.tolerance", OneOf(&["none", "all"]), "none", Built),
    key("errors.retry.timeout", I64, "0", NO_RETRY),
    key("errors.retry.delay.max.ms", I64, "60000", NO_RETRY),
    key("errors.log.enable", Bool, "false", Built),
    key("errors.log.include.messages", Bool, "false", Built),
    key("errors.deadletterqueue.topic.name", Text, "", EMPTY),
    key("errors.deadletterqueue.topic.replication.factor", I32, "3", NO_DLQ),
    key("errors.deadletterqueue.context.headers.enable", Bool, "false", NO_DLQ),
    key(
        "config.action.reload",
        OneOf(&["none", "restart"]),
        "restart",
        NoEffect("no config providers"),
    ),
    // Storage, common to Confluent's sinks.
    required("format.class", Class),
    required("flush.size", I32),
    required("storage.class", Class),
    key("rotate.interval.ms", I64, "-1", Built),
    key("rotate.schedule.interval.ms", I64, "-1", Built),
    key("retry.backoff.ms", I64, "5000", Built),
    key("shutdown.timeout.ms", I64, "3000", NoEffect("the connector does not use it either")),
    key("filename.offset.zero.pad.width", FROM_ZERO, "10", Built),
    key("schema.compatibility", Text, "NONE", Built),
    key("schemas.cache.config", I32, "1000", NO_AVRO),
    key("schema.cache.size", I32, "1000", NO_AVRO),
    key("enhanced.avro.schema.support", Bool, "true", NO_AVRO),
    key("connect.meta.data", Bool, "true", NO_AVRO),
    key("allow.optional.map.keys", Bool, "false", NO_AVRO),
    key("avro.codec", OneOf(&["null", "deflate", "snappy", "bzip2"]), "null", NO_AVRO),
    key(
        "parquet.codec",
        OneOf(&["none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"]),
        "snappy",
        NO_AVRO,
    ),
    key("topics.dir", Text, "topics", Built),
    key("store.url", Text, "", Built),
    key("directory.delim", Text, "/", Built),
    key("file.delim", Text, "+", Built),
    key("partitioner.class", Class, "DefaultPartitioner", Built),
    key("partition.field.name", List, "", Built),
    key("partition.duration.ms", I64, "-1", Built),
    key("path.format", Text, "", Built),
    key("locale", Text, "", Built),
    key("timezone", Text, "", Built),
    key("timestamp.extractor", Text, "Wallclock", Built),
    key("timestamp.field", Text, "timestamp", Built),
    key("schema.generator.class", Class, "", LEFTOVER),
    key("partitioner.max.open.files", I32, "-1", Built),
    // S3.
    required("s3.bucket.name", Text),
    key("s3.region", Text, "us-west-2", Built),
    key("s3.part.size", Int(5_242_880, i32::MAX as i64), "26214400", Built),
    key("s3.object.tagging", Bool, "false", FALSE),
    key("s3.object.tagging.key.value.pairs", List, "", NO_TAGS),
    key(
        "s3.object.behavior.on.tagging.error",
        OneOfAnyCase(&["ignore", "fail"]),
        "ignore",
        NO_TAGS,
    ),
    optional("s3.credentials.provider.class", Class, Built),
    key("aws.access.key.id", Text, "", Built),
    optional("aws.secret.access.key", Password, Built),
    key("s3.credentials.provider.sts.role.arn", Text, "", EMPTY),
    key("s3.credentials.provider.sts.role.external.id", Text, "", EMPTY),
    key("s3.credentials.provider.sts.role.session.name", Text, "", EMPTY),
    key("s3.credentials.provider.sts.region", Text, "", EMPTY),
    key("s3.ssea.name", OneOf(&["", "AES256", "aws:kms", "aws:fsx", "aws:kms:dsse"]), "", Built),
    optional("s3.sse.customer.key", Password, EMPTY),
    key("s3.sse.kms.key.id", Text, "", Built),
    optional(
        "s3.acl.canned",
        OneOf(&[
            "private",
            "public-read",
            "public-read-write",
            "authenticated-read",
            "aws-exec-read",
            "bucket-owner-read",
            "bucket-owner-full-control",
        ]),
        Built,
    ),
    key("s3.wan.mode", Bool, "false", FALSE),
    key("s3.path.style.access.enabled", Bool, "true", Built),
    key("s3.compression.type", OneOf(&["none", "gzip"]), "none", Built),
    key("s3.compression.level", Int(-1, 9), "-1", Built),
    key("json.decimal.format", OneOfAnyCase(&["BASE64", "NUMERIC"]), "BASE64", Built),
    key("s3.part.retries", FROM_ZERO, "3", Built),
    key("s3.retry.backoff.ms", Long(0, i64::MAX), "200", Built),
    key("format.bytearray.extension", Text, ".bin", Built),
    key("format.bytearray.separator", Raw, "\n", Built),
    key("s3.proxy.url", Text, "", EMPTY),
    optional("s3.proxy.user", Text, EMPTY),
    optional("s3.proxy.password", Password, EMPTY),
    key(
        "s3.http.send.expect.continue",
        Bool,
        "true",
        NoEffect("klamm does not wait for 100 Continue"),
    ),
    key(
        "behavior.on.null.values",
        OneOfAnyCase(&["ignore", "fail", "write"]),
        "fail",
        Only(&["ignore", "fail"]),
    ),
    key("report.null.values.to.dlq", Bool, "true", NO_DLQ),
    key(
        "max.write.duration.ms",
        I64,
        "9223372036854775807",
        NoEffect("writing never blocks the task for long"),
    ),
    key("rotate.file.on.partition.change", Bool, "true", Built),
    key("tombstone.encoded.partition", Text, "tombstone", NoEffect("tombstones are not written")),
    key("s3.schema.partition.affix.type", OneOf(&["SUFFIX", "PREFIX", "NONE"]), "NONE", Built),
    key(
        "s3.send.digest",
        Bool,
        "false",
        NoEffect("parts carry a signed SHA-256 instead of Content-MD5"),
    ),
    key(
        "enable.conditional.writes",
        Bool,
        "true",
        NoEffect("a repeated upload replaces the object"),
    ),
    key("store.kafka.keys", Bool, "false", FALSE),
    key("store.kafka.headers", Bool, "false", FALSE),
    optional("keys.format.class", Class, NO_STORE),
    optional("headers.format.class", Class, NO_STORE),
    key(
        "s3.elastic.buffer.enable",
        Bool,
        "false",
        NoEffect("klamm's buffers always grow with their content"),
    ),
    key(
        "s3.elastic.buffer.init.capacity",
        Int(4096, i32::MAX as i64),
        "131072",
        NoEffect("klamm's buffers always grow with their content"),
    ),
    key("max.files.scan.limit", I32, "100", NoEffect("only conditional writes use it")),
    // Ours.
    key("klamm.path.format", OneOf(&["expand", "strict"]), "expand", Built),
    key("klamm.json.key.order", OneOf(&["java-hashmap", "input"]), "java-hashmap", Built),
    key("klamm.bucket.create", OneOf(&["auto", "true", "false"]), "auto", Built),
];

/// Beginnings of keys that are known as a family, and what klamm makes of them.
pub(super) const PREFIXES: &[(&str, &str)] = &[
    ("hive.", "a leftover of the HDFS connector; the S3 sink ignores it too"),
    (
        "consumer.override.",
        "klamm reads its own log; of the consumer's settings only \
        auto.offset.reset and group.id change anything",
    ),
    ("producer.override.", "klamm has no dead letter queue yet"),
    ("admin.override.", "klamm has no dead letter queue yet"),
    ("transforms.", "belongs to `transforms`"),
    ("predicates.", "belongs to `predicates`"),
    ("confluent.", "for Confluent's licence; klamm needs none"),
];

/// The setting of this name.
#[must_use]
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The known name that is nearest to a misspelt one, if one is near enough.
#[must_use]
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    KEYS.iter()
        .map(|key| (distance(name, key.name), key.name))
        .min()
        .filter(|&(distance, known)| distance <= known.len() / 3)
        .map(|(_, known)| known)
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, character) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, &candidate) in other.iter().enumerate() {
            let substituted = diagonal + usize::from(character != candidate);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
