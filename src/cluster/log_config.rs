//! The settings that decide how one partition's log behaves, parsed and typed.

use std::collections::BTreeMap;

use super::config_key::{ConfigError, Value};
use super::topic_config::{TOPIC_KEYS, topic_key};

/// Which time a record carries: the producer's, or the broker's at append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimestampType {
    /// The producer's time is kept.
    #[default]
    CreateTime,
    /// The broker stamps the batch when it appends it.
    LogAppendTime,
}

/// How a topic's batches are stored, Kafka's `compression.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CompressionType {
    /// As the producer sent them.
    #[default]
    Producer,
    /// Without compression.
    Uncompressed,
    /// gzip.
    Gzip,
    /// snappy in Java's framing.
    Snappy,
    /// LZ4 frames.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl CompressionType {
    /// The codec of a name that the table of settings has allowed.
    pub(super) fn named(name: &str) -> CompressionType {
        match name {
            "uncompressed" => CompressionType::Uncompressed,
            "gzip" => CompressionType::Gzip,
            "snappy" => CompressionType::Snappy,
            "lz4" => CompressionType::Lz4,
            "zstd" => CompressionType::Zstd,
            _ => CompressionType::Producer,
        }
    }
}

/// A topic's settings after overrides and defaults (`org.apache.kafka.storage.internals.log.LogConfig`).
/// Units are in the names.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named after Kafka's settings, documented there")]
pub struct LogConfig {
    pub cleanup_delete: bool,
    pub cleanup_compact: bool,
    pub compression_gzip_level: i32,
    pub compression_lz4_level: i32,
    pub compression_type: CompressionType,
    pub compression_zstd_level: i32,
    pub delete_retention_ms: i64,
    pub file_delete_delay_ms: i64,
    pub flush_messages: i64,
    pub flush_ms: i64,
    pub index_interval_bytes: u32,
    pub max_compaction_lag_ms: i64,
    pub max_message_bytes: u32,
    pub message_timestamp_after_max_ms: i64,
    pub message_timestamp_before_max_ms: i64,
    pub message_timestamp_type: TimestampType,
    pub min_cleanable_dirty_ratio: f64,
    pub min_compaction_lag_ms: i64,
    pub min_insync_replicas: i32,
    pub preallocate: bool,
    pub retention_bytes: i64,
    pub retention_ms: i64,
    pub segment_bytes: u32,
    pub segment_index_bytes: u32,
    pub segment_jitter_ms: i64,
    pub segment_ms: i64,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig {
            cleanup_delete: true,
            cleanup_compact: false,
            compression_gzip_level: -1,
            compression_lz4_level: 9,
            compression_type: CompressionType::Producer,
            compression_zstd_level: 3,
            delete_retention_ms: 86_400_000,
            file_delete_delay_ms: 60_000,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            index_interval_bytes: 4096,
            max_compaction_lag_ms: i64::MAX,
            max_message_bytes: 1_048_588,
            message_timestamp_after_max_ms: 3_600_000,
            message_timestamp_before_max_ms: i64::MAX,
            message_timestamp_type: TimestampType::CreateTime,
            min_cleanable_dirty_ratio: 0.5,
            min_compaction_lag_ms: 0,
            min_insync_replicas: 1,
            preallocate: false,
            retention_bytes: -1,
            retention_ms: 604_800_000,
            segment_bytes: 1_073_741_824,
            segment_index_bytes: 10_485_760,
            segment_jitter_ms: 0,
            segment_ms: 604_800_000,
        }
    }
}

impl LogConfig {
    /// A topic's settings: its own overrides on top of the broker's.
    /// Errors carry Kafka's words, the first unknown name or refused value.
    pub fn from_overrides(
        defaults: &LogConfig,
        overrides: &BTreeMap<String, String>,
    ) -> Result<LogConfig, ConfigError> {
        let mut config = defaults.clone();
        for (name, text) in overrides {
            let Some(topic_key) = topic_key(name) else {
                return Err(ConfigError::message(format!("Unknown topic config name: {name}")));
            };
            let value = topic_key.key.parse(text)?;
            (topic_key.apply)(&mut config, &value);
        }
        config.validate()?;
        Ok(config)
    }

    /// The settings of a topic without overrides, from the broker's settings
    /// (`KafkaConfig.extractLogConfigMap`): for each the strongest synonym that is set.
    pub(super) fn from_broker<'a>(
        lookup: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Result<LogConfig, ConfigError> {
        let mut config = LogConfig::default();
        for topic_key in TOPIC_KEYS {
            for synonym in topic_key.synonyms {
                let Some(text) = lookup(synonym.name) else { continue };
                let value = super::broker_key(synonym.name)
                    .map_or(&topic_key.key, |broker_key| &broker_key.key)
                    .parse(text)?;
                (topic_key.apply)(&mut config, &scaled(value, synonym.factor));
                break;
            }
        }
        if config.retention_ms < 0 {
            config.retention_ms = -1;
        }
        Ok(config)
    }

    fn validate(&self) -> Result<(), ConfigError> {
        if self.min_compaction_lag_ms > self.max_compaction_lag_ms {
            return Err(ConfigError::message(format!(
                "conflict topic config setting min.compaction.lag.ms ({}) > \
                 max.compaction.lag.ms ({})",
                self.min_compaction_lag_ms, self.max_compaction_lag_ms
            )));
        }
        Ok(())
    }
}

fn scaled(value: Value, factor: i64) -> Value {
    match value.number() {
        Some(number) if factor != 1 => Value::Long(number.saturating_mul(factor)),
        _ => value,
    }
}
