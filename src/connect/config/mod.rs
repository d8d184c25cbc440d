//! A connector's properties, read once into a [`SinkConfig`], with all problems at once.
//!
//! Settings that are built take effect as in Confluent's connector; settings that are not are
//! refused by name or, where they change nothing, warned about. What the connector finds out
//! only when its task starts is found out here.

mod assemble;
mod keys;
mod lint;
mod partitioning;
mod path_format;
mod read;
mod store;

use crate::connect::format::FormatSettings;
use crate::connect::object_store::ObjectAttributes;
use crate::connect::partitioner::PartitionerSettings;
use crate::connect::rotation::RotationSettings;

pub use keys::{KEYS, Key, Kind, Support};
pub use read::Problem;

/// What the sink needs to know; see the settings of the same names.
#[derive(Debug, Clone)]
pub struct SinkConfig {
    /// `name`
    pub name: String,
    /// The consumer group: `connect-<name>`, or `consumer.override.group.id`.
    pub group: String,
    /// `tasks.max`
    pub task_count: usize,
    /// `topics` or `topics.regex`
    pub topics: Topics,
    /// Where a partition without committed offset begins: `consumer.override.auto.offset.reset`.
    pub offset_reset: OffsetReset,
    /// `key.converter`, if the file has one; keys are only checked.
    pub key_converter: Option<ConverterKind>,
    /// `value.converter`, or JSON without schemas.
    pub value_converter: ConverterKind,
    /// How records become bytes.
    pub format: FormatSettings,
    /// How records find their folder.
    pub partitioner: PartitionerSettings,
    /// When files are closed.
    pub rotation: RotationSettings,
    /// How objects are named.
    pub naming: Naming,
    /// The bucket and how to reach it.
    pub store: StoreConfig,
    /// How objects are stored, beside their bytes.
    pub attributes: ObjectAttributes,
    /// `s3.part.size`
    pub part_bytes: usize,
    /// What happens to records that cannot be converted or have no value.
    pub errors: ErrorSettings,
    /// How failed uploads are repeated.
    pub retry: RetrySettings,
    /// What whoever starts the connector should be told.
    pub warnings: Vec<String>,
}

/// Which topics are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topics {
    /// These, as soon as they exist.
    Named(Vec<String>),
    /// All whose whole name matches (`topics.regex`).
    Matching(String),
}

/// `auto.offset.reset`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetReset {
    /// From the first record that is still there.
    Earliest,
    /// Only what comes from now on.
    Latest,
}

/// A converter from a record's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConverterKind {
    /// `JsonConverter`
    Json {
        /// `schemas.enable`: records carry their schema.
        with_schemas: bool,
    },
    /// `StringConverter`
    Text,
    /// `ByteArrayConverter`
    Bytes,
}

/// The parts of an object's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// `topics.dir`; may be empty.
    pub topics_dir: String,
    /// `directory.delim`
    pub directory_delim: String,
    /// `file.delim`
    pub file_delim: String,
    /// `filename.offset.zero.pad.width`
    pub offset_digits_min: usize,
    /// With its dots: `.json.gz`
    pub extension: String,
}

/// Where objects go.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// Scheme, host and port; `None` is AWS in the region.
    pub endpoint: Option<String>,
    /// Whether the endpoint is klamm's own.
    pub is_own_endpoint: bool,
    /// `s3.region`
    pub region: String,
    /// `s3.bucket.name`
    pub bucket: String,
    /// `s3.path.style.access.enabled`
    pub path_style: bool,
    /// Keys from the file (or of klamm's own endpoint); `None`: the environment's.
    pub credentials: Option<Credentials>,
    /// Whether a bucket that does not exist is made.
    pub create_bucket: bool,
}

impl std::fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreConfig")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket", &self.bucket)
            .field("path_style", &self.path_style)
            .field("create_bucket", &self.create_bucket)
            .finish_non_exhaustive()
    }
}

/// An access key pair. Printed by nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `aws.access.key.id`
    pub access_key_id: String,
    /// `aws.secret.access.key`
    pub secret_access_key: String,
}

/// `errors.*` and `behavior.on.null.values`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorSettings {
    /// `errors.tolerance=all`
    pub skip_bad_records: bool,
    /// `errors.log.enable`
    pub log: bool,
    /// `errors.log.include.messages`
    pub log_messages: bool,
    /// `behavior.on.null.values=ignore`
    pub ignore_null_values: bool,
}

/// How failed calls to S3 are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// `s3.part.retries`: attempts per call.
    pub attempts_max: u32,
    /// `s3.retry.backoff.ms`: the first pause between them; doubled each time.
    pub call_backoff_ms: u64,
    /// `retry.backoff.ms`: the pause before records are read again.
    pub redelivery_backoff_ms: u64,
}

/// What the surroundings offer a connector.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// klamm's own S3 endpoint, where it runs.
    pub own_endpoint: Option<OwnEndpoint>,
}

/// klamm's own S3 endpoint.
#[derive(Clone)]
pub struct OwnEndpoint {
    /// `http://127.0.0.1:9000`
    pub url: String,
    /// The key pair it takes.
    pub credentials: Credentials,
}

impl std::fmt::Debug for OwnEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnEndpoint").field("url", &self.url).finish_non_exhaustive()
    }
}

impl SinkConfig {
    /// Reads a connector's properties.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_properties(
        properties: &std::collections::BTreeMap<String, String>,
        surroundings: &Surroundings,
    ) -> Result<SinkConfig, Vec<Problem>> {
        assemble::assemble(properties, surroundings)
    }
}

#[cfg(test)]
mod tests;
