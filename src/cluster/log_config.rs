//! The settings that decide how one partition's log behaves, parsed and typed.

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

/// A topic's settings after overrides and defaults (`org.apache.kafka.storage.internals.log.LogConfig`).
/// Units are in the names.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named after Kafka's settings, documented there")]
pub struct LogConfig {
    pub cleanup_delete: bool,
    pub cleanup_compact: bool,
    pub compression_type: CompressionType,
    pub delete_retention_ms: i64,
    pub file_delete_delay_ms: i64,
    pub flush_messages: i64,
    pub flush_ms: i64,
    pub index_interval_bytes: u32,
    pub max_message_bytes: u32,
    pub message_timestamp_after_max_ms: i64,
    pub message_timestamp_before_max_ms: i64,
    pub message_timestamp_type: TimestampType,
    pub min_insync_replicas: i32,
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
            compression_type: CompressionType::Producer,
            delete_retention_ms: 86_400_000,
            file_delete_delay_ms: 60_000,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            index_interval_bytes: 4096,
            max_message_bytes: 1_048_588,
            message_timestamp_after_max_ms: 3_600_000,
            message_timestamp_before_max_ms: i64::MAX,
            message_timestamp_type: TimestampType::CreateTime,
            min_insync_replicas: 1,
            retention_bytes: -1,
            retention_ms: 604_800_000,
            segment_bytes: 1_073_741_824,
            segment_index_bytes: 10_485_760,
            segment_jitter_ms: 0,
            segment_ms: 604_800_000,
        }
    }
}
