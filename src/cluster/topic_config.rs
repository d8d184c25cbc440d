//! The topic settings of Kafka 4.3 (`TopicConfig`, `LogConfig`): what each is, which broker
//! settings stand in for it, and where it goes in a [`LogConfig`].

use super::config_key::Check::{
    self, Any, AtLeast, Between, Fraction, GzipLevel, OneOf, ThrottledReplicas,
};
use super::config_key::ConfigType::{self, Boolean, Double, Int, List, Long, String as Text};
use super::config_key::{ConfigKey, Value};
use super::log_config::{CompressionType, LogConfig, TimestampType};

/// A broker setting that gives a topic setting its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synonym {
    /// The broker setting.
    pub name: &'static str,
    /// What its value is multiplied with: hours and minutes become milliseconds.
    pub factor: i64,
}

/// A topic setting.
#[derive(Debug, Clone, Copy)]
pub struct TopicKey {
    /// Name, type, default, check.
    pub key: ConfigKey,
    /// The broker settings behind it, the strongest first.
    pub synonyms: &'static [Synonym],
    /// What it does, in a sentence.
    pub documentation: &'static str,
    pub(super) apply: fn(&mut LogConfig, &Value),
}

impl PartialEq for TopicKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

const fn same(name: &'static str) -> Synonym {
    Synonym { name, factor: 1 }
}

const fn minutes(name: &'static str) -> Synonym {
    Synonym { name, factor: 60_000 }
}

const fn hours(name: &'static str) -> Synonym {
    Synonym { name, factor: 3_600_000 }
}

const fn topic(
    name: &'static str,
    kind: ConfigType,
    default: &'static str,
    check: Check,
    synonyms: &'static [Synonym],
    apply: fn(&mut LogConfig, &Value),
    documentation: &'static str,
) -> TopicKey {
    let key = ConfigKey { name, kind, default: Some(default), check };
    TopicKey { key, synonyms, documentation, apply }
}

/// Kafka's own tests set it to get segments below the 1 MiB that segment.bytes allows; it is taken
/// and never described, as in Kafka.
const INTERNAL_SEGMENT_BYTES: TopicKey = TopicKey {
    key: ConfigKey { name: "internal.segment.bytes", kind: Int, default: None, check: Any },
    synonyms: &[],
    documentation: "",
    apply: |config, value| config.segment_bytes = value.unsigned(),
};

fn ignore(_: &mut LogConfig, _: &Value) {}

const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
const FOREVER: &str = "9223372036854775807";

/// The setting of this name.
#[must_use]
pub fn topic_key(name: &str) -> Option<&'static TopicKey> {
    TOPIC_KEYS.iter().find(|topic_key| topic_key.key.name == name)
}

/// All topic settings in alphabetical order.
pub const TOPIC_KEYS: &[TopicKey] = &[
    topic(
        "cleanup.policy",
        List,
        "delete",
        OneOf(&["compact", "delete"]),
        &[same("log.cleanup.policy")],
        |config, value| {
            config.cleanup_delete = value.contains("delete");
            config.cleanup_compact = value.contains("compact");
        },
        "What happens to old segments: delete them by age and size, compact them by key, or both.",
    ),
    topic(
        "compression.gzip.level",
        Int,
        "-1",
        GzipLevel,
        &[same("compression.gzip.level")],
        |config, value| config.compression_gzip_level = value.int(),
        "The gzip level where the broker compresses; -1 is the library's own.",
    ),
    topic(
        "compression.lz4.level",
        Int,
        "9",
        Between(1, 17),
        &[same("compression.lz4.level")],
        |config, value| config.compression_lz4_level = value.int(),
        "The LZ4 level where the broker compresses.",
    ),
    topic(
        "compression.type",
        Text,
        "producer",
        OneOf(CODECS),
        &[same("compression.type")],
        |config, value| config.compression_type = CompressionType::named(&value.text()),
        "The codec batches are stored in; producer keeps what the producer chose.",
    ),
    topic(
        "compression.zstd.level",
        Int,
        "3",
        Between(-131_072, 22),
        &[same("compression.zstd.level")],
        |config, value| config.compression_zstd_level = value.int(),
        "The Zstandard level where the broker compresses.",
    ),
    topic(
        "delete.retention.ms",
        Long,
        "86400000",
        AtLeast(0),
        &[same("log.cleaner.delete.retention.ms")],
        |config, value| config.delete_retention_ms = value.long(),
        "How long a compacted log keeps the mark of a deleted key.",
    ),
    topic(
        "file.delete.delay.ms",
        Long,
        "60000",
        AtLeast(0),
        &[same("log.segment.delete.delay.ms")],
        |config, value| config.file_delete_delay_ms = value.long(),
        "How long the files of a deleted segment stay on disk under another name.",
    ),
    topic(
        "flush.messages",
        Long,
        FOREVER,
        AtLeast(1),
        &[same("log.flush.interval.messages")],
        |config, value| config.flush_messages = value.long(),
        "After how many records the log is forced to disk; 1 survives a power loss.",
    ),
    topic(
        "flush.ms",
        Long,
        FOREVER,
        AtLeast(0),
        &[same("log.flush.interval.ms"), same("log.flush.scheduler.interval.ms")],
        |config, value| config.flush_ms = value.long(),
        "How long a record may wait until the log is forced to disk.",
    ),
    topic(
        "follower.replication.throttled.replicas",
        List,
        "",
        ThrottledReplicas,
        &[],
        ignore,
        "Replicas whose copying is throttled on the follower; one broker has none.",
    ),
    topic(
        "index.interval.bytes",
        Int,
        "4096",
        AtLeast(0),
        &[same("log.index.interval.bytes")],
        |config, value| config.index_interval_bytes = value.unsigned(),
        "After how many bytes of log the offset index gets an entry.",
    ),
    INTERNAL_SEGMENT_BYTES,
    topic(
        "leader.replication.throttled.replicas",
        List,
        "",
        ThrottledReplicas,
        &[],
        ignore,
        "Replicas whose copying is throttled on the leader; one broker has none.",
    ),
    topic(
        "local.retention.bytes",
        Long,
        "-2",
        AtLeast(-2),
        &[same("log.local.retention.bytes")],
        ignore,
        "How much stays on the broker's disk under tiered storage; -2 is retention.bytes.",
    ),
    topic(
        "local.retention.ms",
        Long,
        "-2",
        AtLeast(-2),
        &[same("log.local.retention.ms")],
        ignore,
        "How long records stay on the broker's disk under tiered storage; -2 is retention.ms.",
    ),
    topic(
        "max.compaction.lag.ms",
        Long,
        FOREVER,
        AtLeast(1),
        &[same("log.cleaner.max.compaction.lag.ms")],
        |config, value| config.max_compaction_lag_ms = value.long(),
        "After which time a record of a compacted log must have been looked at.",
    ),
    topic(
        "max.message.bytes",
        Int,
        "1048588",
        AtLeast(0),
        &[same("message.max.bytes")],
        |config, value| config.max_message_bytes = value.unsigned(),
        "The largest batch, after compression, that is accepted.",
    ),
    topic(
        "message.timestamp.after.max.ms",
        Long,
        "3600000",
        AtLeast(0),
        &[same("log.message.timestamp.after.max.ms")],
        |config, value| config.message_timestamp_after_max_ms = value.long(),
        "How far a record's time may lie ahead of the broker's clock.",
    ),
    topic(
        "message.timestamp.before.max.ms",
        Long,
        FOREVER,
        AtLeast(0),
        &[same("log.message.timestamp.before.max.ms")],
        |config, value| config.message_timestamp_before_max_ms = value.long(),
        "How far a record's time may lie behind the broker's clock.",
    ),
    topic(
        "message.timestamp.type",
        Text,
        "CreateTime",
        OneOf(&["CreateTime", "LogAppendTime"]),
        &[same("log.message.timestamp.type")],
        |config, value| {
            config.message_timestamp_type = match value.text().as_str() {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            };
        },
        "Which time a record carries: the producer's, or the broker's at append.",
    ),
    topic(
        "min.cleanable.dirty.ratio",
        Double,
        "0.5",
        Fraction(0.0, 1.0),
        &[same("log.cleaner.min.cleanable.ratio")],
        |config, value| config.min_cleanable_dirty_ratio = value.double(),
        "Which share of a compacted log must be uncleaned before it is cleaned.",
    ),
    topic(
        "min.compaction.lag.ms",
        Long,
        "0",
        AtLeast(0),
        &[same("log.cleaner.min.compaction.lag.ms")],
        |config, value| config.min_compaction_lag_ms = value.long(),
        "How long a record of a compacted log is left alone.",
    ),
    topic(
        "min.insync.replicas",
        Int,
        "1",
        AtLeast(1),
        &[same("min.insync.replicas")],
        |config, value| config.min_insync_replicas = value.int(),
        "How many replicas must have a record before acks=all is answered.",
    ),
    topic(
        "preallocate",
        Boolean,
        "false",
        Any,
        &[same("log.preallocate")],
        |config, value| config.preallocate = value.boolean(),
        "Whether a new segment file takes its full size on disk at once.",
    ),
    topic(
        "remote.log.copy.disable",
        Boolean,
        "false",
        Any,
        &[],
        ignore,
        "Whether tiered storage stops copying segments.",
    ),
    topic(
        "remote.log.delete.on.disable",
        Boolean,
        "false",
        Any,
        &[],
        ignore,
        "Whether tiered storage deletes its copies when it is switched off.",
    ),
    topic(
        "remote.storage.enable",
        Boolean,
        "false",
        Any,
        &[],
        ignore,
        "Whether old segments move to tiered storage.",
    ),
    topic(
        "retention.bytes",
        Long,
        "-1",
        Any,
        &[same("log.retention.bytes")],
        |config, value| config.retention_bytes = value.long(),
        "How large a partition may grow before old segments are deleted; -1 is no limit.",
    ),
    topic(
        "retention.ms",
        Long,
        "604800000",
        AtLeast(-1),
        &[same("log.retention.ms"), minutes("log.retention.minutes"), hours("log.retention.hours")],
        |config, value| config.retention_ms = value.long(),
        "How old a segment may grow before it is deleted; -1 is for ever.",
    ),
    topic(
        "segment.bytes",
        Int,
        "1073741824",
        AtLeast(1_048_576),
        &[same("log.segment.bytes")],
        |config, value| config.segment_bytes = value.unsigned(),
        "How large a segment file grows before the next one begins.",
    ),
    topic(
        "segment.index.bytes",
        Int,
        "10485760",
        AtLeast(4),
        &[same("log.index.size.max.bytes")],
        |config, value| config.segment_index_bytes = value.unsigned(),
        "How large an index grows before the next segment begins.",
    ),
    topic(
        "segment.jitter.ms",
        Long,
        "0",
        AtLeast(0),
        &[same("log.roll.jitter.ms"), hours("log.roll.jitter.hours")],
        |config, value| config.segment_jitter_ms = value.long(),
        "By how much at most segment.ms is shortened at random, so that not all roll at once.",
    ),
    topic(
        "segment.ms",
        Long,
        "604800000",
        AtLeast(1),
        &[same("log.roll.ms"), hours("log.roll.hours")],
        |config, value| config.segment_ms = value.long(),
        "How old a segment grows before the next one begins.",
    ),
    topic(
        "unclean.leader.election.enable",
        Boolean,
        "false",
        Any,
        &[same("unclean.leader.election.enable")],
        ignore,
        "Whether a replica that is behind may lead; with one broker there is no choice.",
    ),
];
