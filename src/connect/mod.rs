//! The S3 sink: records of topics become objects in a bucket, by the rules and
//! with the settings of Confluent's S3 sink connector.
//!
//! Owns the connector's settings, the converters, the partitioners, the formats,
//! the rotation of files and the tasks that drive them. What decides is pure: the
//! rotation machine takes time as an input and returns actions. It knows Kafka only
//! through a small source interface and S3 only through [`ObjectStore`], so that
//! both ends can be a real cluster, this process, or a test's memory.

pub mod avro;
mod backoff;
pub mod client;
pub mod cluster;
pub mod config;
pub mod convert;
mod explain;
pub mod extractor;
pub mod failure;
pub mod format;
pub mod herder;
pub mod json;
pub mod metrics;
mod object_store;
pub mod partitioner;
mod pipeline;
pub mod protobuf;
pub mod rest;
pub mod rotation;
mod runner;
pub mod schema;
pub mod source;
mod source_local;
pub mod spill;
pub mod status;
mod task;
pub mod time;
pub mod transforms;
mod upload;
pub mod writer;

#[cfg(test)]
mod tests;

pub use cluster::{Cluster, LocalCluster, RemoteCluster};
pub use config::SinkConfig;
pub use herder::Herder;
pub use object_store::{
    CompletedPart, ObjectAttributes, ObjectHead, ObjectStore, StoreError, StoreErrorKind,
};
pub use runner::{FlushOutcome, Handle};
pub use task::{Clock, Flushed};
