//! Where records come from, as far as the sink needs to know: a consumer of some partitions
//! that remembers, for a group, how far they have been written.
//!
//! Implementations: this process's own log ([`super::LocalSource`]), and a member of a consumer
//! group on any Kafka cluster ([`super::cluster`]), to which assignments come and go.

use std::collections::BTreeMap;
use std::ops::Range;

use futures_util::future::BoxFuture;

use super::writer::SinkRecord;
use crate::base::{Offset, TopicPartition};

/// The partitions of one task.
pub trait Source: Send + Sync {
    /// What happens next; waits for it without waking up in vain. A call that is given up
    /// before it returns loses nothing.
    fn poll(&mut self) -> BoxFuture<'_, Result<Event, SourceError>>;

    /// Reads on from `offset`.
    fn seek(&mut self, partition: &TopicPartition, offset: Offset);

    /// Lets records wait, or come again. What else happens is still told.
    fn pause(&mut self, is_paused: bool);

    /// Remembers for the group that everything before these offsets is written.
    fn commit<'a>(
        &'a mut self,
        offsets: &'a BTreeMap<TopicPartition, Offset>,
    ) -> BoxFuture<'a, Result<(), SourceError>>;

    /// The offset that the next record will have, for every partition that is the task's or
    /// is about to be.
    fn ends(&mut self) -> BoxFuture<'_, Result<BTreeMap<TopicPartition, Offset>, SourceError>>;
}

/// What a source has to say.
#[derive(Debug)]
pub enum Event {
    /// These partitions are the task's from now on; records come from these offsets on.
    Assigned(Vec<(TopicPartition, Offset)>),
    /// These are not the task's any more. What was not committed will be read by another.
    Revoked(Vec<TopicPartition>),
    /// Records of one partition, in order.
    Records(Polled),
}

/// Records of one partition that have arrived together.
#[derive(Debug)]
pub struct Polled {
    /// Whose.
    pub partition: TopicPartition,
    /// They themselves.
    pub records: RecordSet,
    /// Where the next poll goes on: after the last record, or after what is no record.
    pub next: Offset,
}

/// A source that fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// What is wrong.
    pub message: String,
    /// Whether trying again may help.
    pub is_retriable: bool,
}

/// Records in one piece of memory: nothing is allocated per record.
#[derive(Debug, Default)]
pub struct RecordSet {
    bytes: Vec<u8>,
    index: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    offset: Offset,
    timestamp_ms: i64,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
}

impl RecordSet {
    /// Adds a record.
    pub fn push(&mut self, record: &SinkRecord<'_>) {
        let mut keep = |part: Option<&[u8]>| {
            part.map(|part| {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(part);
                start..self.bytes.len()
            })
        };
        let (key, value) = (keep(record.key), keep(record.value));
        let (offset, timestamp_ms) = (record.offset, record.timestamp_ms);
        self.index.push(Entry { offset, timestamp_ms, key, value });
    }

    /// The records, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = SinkRecord<'_>> {
        self.index.iter().map(|entry| SinkRecord {
            offset: entry.offset,
            timestamp_ms: entry.timestamp_ms,
            key: entry.key.clone().map(|range| &self.bytes[range]),
            value: entry.value.clone().map(|range| &self.bytes[range]),
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }
}
