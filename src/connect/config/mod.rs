//! A connector's properties, read once into a [`SinkConfig`], with all problems at once.
//!
//! Settings that are built take effect as in Confluent's connector; settings that are not are
//! refused by name or, where they change nothing, warned about. What the connector finds out
//! only when its task starts is found out here.

mod assemble;
mod consumer;
mod credentials;
mod errors;
mod format;
pub mod keys;
mod lint;
mod nearest;
mod partitioning;
mod path_format;
mod read;
mod registry;
mod store;
mod transforms;

use std::collections::BTreeMap;

use crate::connect::convert::{Primitive, RegistryConverter};
use crate::connect::format::FormatSettings;
use crate::connect::object_store::ObjectAttributes;
use crate::connect::partitioner::PartitionerSettings;
use crate::connect::rotation::RotationSettings;
use crate::connect::schema::Compatibility;
use crate::connect::transforms::Chain;

pub use consumer::{ConsumerSettings, OffsetReset};
pub use credentials::{AssumeRole, CredentialsProvider};
pub use errors::{DeadLetterSettings, ErrorSettings, NullValues};
pub use keys::{GROUPS, Key, Kind, Support};
pub(super) use lint::{BUCKET_NAMES, is_bucket_name};
pub use read::Problem;
pub use store::{Proxy, RetrySettings, StoreConfig, Tagging};

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
    /// `consumer.override.*`
    pub consumer: ConsumerSettings,
    /// `key.converter`, if there is one or something needs keys.
    pub key_converter: Option<ConverterKind>,
    /// `value.converter`, or JSON without schemas.
    pub value_converter: ConverterKind,
    /// `header.converter`
    pub header_converter: HeaderConverterKind,
    /// `transforms` and `predicates`
    pub transforms: Chain,
    /// How records become bytes.
    pub format: FormatSettings,
    /// How records find their folder.
    pub partitioner: PartitionerSettings,
    /// `behavior.on.null.values`
    pub null_values: NullValues,
    /// `store.kafka.keys`
    pub keys: Option<ExtraFile>,
    /// `store.kafka.headers`
    pub headers: Option<ExtraFile>,
    /// `schema.compatibility`
    pub schema_compatibility: Compatibility,
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
    /// `s3.object.tagging`
    pub tagging: Option<Tagging>,
    /// `enable.conditional.writes`, where it takes effect: objects are never replaced, and so
    /// many following names are tried (`max.files.scan.limit`).
    pub conditional_writes: Option<u32>,
    /// `max.write.duration.ms`; `None`: as long as it takes.
    pub put_ms_max: Option<u64>,
    /// What happens to records that cannot be written.
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

/// A converter from a record's bytes.
#[derive(Debug, Clone, PartialEq)]
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
    /// `LongConverter` and its like.
    Primitive(Primitive),
    /// `AvroConverter`, `JsonSchemaConverter`, `ProtobufConverter`
    Registry(std::sync::Arc<RegistryConverter>),
}

/// `header.converter`
#[derive(Debug, Clone, PartialEq, Default)]
pub enum HeaderConverterKind {
    /// `SimpleHeaderConverter`: text that looks like a number or a boolean becomes one.
    #[default]
    Simple,
    /// Another converter of Connect.
    Of(ConverterKind),
}

/// A file beside that of the values: `store.kafka.keys`, `store.kafka.headers`.
#[derive(Debug, Clone)]
pub struct ExtraFile {
    /// `keys.format.class`, `headers.format.class`
    pub format: FormatSettings,
    /// With its dots: `.keys.json`
    pub extension: String,
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

/// An access key pair. Printed by nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `aws.access.key.id`
    pub access_key_id: String,
    /// `aws.secret.access.key`
    pub secret_access_key: String,
}

/// What the surroundings offer a connector.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// klamm's own S3 endpoint, where it runs.
    pub own_endpoint: Option<OwnEndpoint>,
    /// The worker's file, if there is one: its converters are the connectors' defaults.
    pub worker: BTreeMap<String, String>,
    /// Whether records come from a cluster behind a network, not from klamm's own log.
    pub has_cluster: bool,
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
    /// Whether anything looks at the headers of records.
    #[must_use]
    pub fn reads_headers(&self) -> bool {
        self.headers.is_some() || !self.transforms.is_empty() || self.errors.dead_letters.is_some()
    }

    /// Reads a connector's properties.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_properties(
        properties: &BTreeMap<String, String>,
        surroundings: &Surroundings,
    ) -> Result<SinkConfig, Vec<Problem>> {
        assemble::assemble(properties, surroundings)
    }
}

#[cfg(test)]
mod tests;
