//! Record batches (`org.apache.kafka.common.record`, message format 2): reading them without
//! copying, building them, compressing them, and checking what a producer sent.
//!
//! Knows nothing of partitions, requests, files or time. Every length comes from a stranger:
//! nothing is set aside for it before the bytes are there.

mod batches;
mod builder;
mod compression;
mod error;
mod header;
mod lz4;
mod records;
mod snappy;
pub mod validate;
mod varint;
mod walk;

pub use self::batches::{Batch, Batches};
pub use self::builder::{BatchBuilder, ControlType};
pub use self::error::Error;
pub use self::header::{Attributes, BatchHeader, Compression, HEADER_BYTES, TimestampType};
pub use self::records::{Header, Headers, Record, RecordIter, Records};
pub use self::walk::TimestampedOffset;

#[cfg(test)]
mod tests;
