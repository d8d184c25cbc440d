//! Where records come from, as far as the sink needs to know: a consumer of some partitions
//! that remembers, for a group, how far they have been written.
//!
//! Implementations: this process's own log ([`super::LocalSource`]), and a member of a consumer
//! group on any Kafka cluster ([`super::cluster`]), to which assignments come and go.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use futures_util::future::BoxFuture;

use super::config::DeadLetterSettings;
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

    /// Appends records that could not be written to the dead letter queue; makes the topic if
    /// it is not there. Returns when they are safe.
    fn dead_letters<'a>(
        &'a mut self,
        settings: &'a DeadLetterSettings,
        letters: &'a [DeadLetter],
    ) -> BoxFuture<'a, Result<(), SourceError>>;

    /// The offset that the next record will have, for every partition that is the task's or
    /// is about to be.
    fn ends(&mut self) -> BoxFuture<'_, Result<BTreeMap<TopicPartition, Offset>, SourceError>>;
}

/// A record on its way to the dead letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Milliseconds since 1970; negative: none.
    pub timestamp_ms: i64,
    /// As it was read.
    pub key: Option<Vec<u8>>,
    /// As it was read.
    pub value: Option<Vec<u8>>,
    /// As they were read, and what went wrong.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
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
    headers: Vec<HeaderEntry>,
}

/// The headers of a record, in their order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    bytes: &'a [u8],
    entries: &'a [HeaderEntry],
}

impl<'a> Headers<'a> {
    /// Names and values. What is no UTF-8 in a name is replaced, as Java does.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'a, str>, Option<&'a [u8]>)> + use<'a> {
        let bytes = self.bytes;
        self.entries.iter().map(move |entry| {
            let name = String::from_utf8_lossy(&bytes[entry.name.clone()]);
            (name, entry.value.clone().map(|range| &bytes[range]))
        })
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[derive(Debug)]
struct HeaderEntry {
    name: Range<usize>,
    value: Option<Range<usize>>,
}

#[derive(Debug)]
struct Entry {
    offset: Offset,
    timestamp_ms: i64,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Range<usize>,
}

impl RecordSet {
    /// Adds a record, but not its headers.
    pub fn push(&mut self, record: &SinkRecord<'_>) {
        self.push_with_headers(record, std::iter::empty());
    }

    /// Adds a record, with these headers.
    pub fn push_with_headers<'h>(
        &mut self,
        record: &SinkRecord<'_>,
        headers: impl Iterator<Item = (&'h [u8], Option<&'h [u8]>)>,
    ) {
        let (key, value) =
            (record.key.map(|part| self.keep(part)), record.value.map(|part| self.keep(part)));
        let first = self.headers.len();
        for (name, value) in headers {
            let entry =
                HeaderEntry { name: self.keep(name), value: value.map(|value| self.keep(value)) };
            self.headers.push(entry);
        }
        let (offset, timestamp_ms) = (record.offset, record.timestamp_ms);
        let headers = first..self.headers.len();
        self.index.push(Entry { offset, timestamp_ms, key, value, headers });
    }

    fn keep(&mut self, part: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        start..self.bytes.len()
    }

    /// The records, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = SinkRecord<'_>> {
        self.index.iter().map(|entry| SinkRecord {
            offset: entry.offset,
            timestamp_ms: entry.timestamp_ms,
            key: entry.key.clone().map(|range| &self.bytes[range]),
            value: entry.value.clone().map(|range| &self.bytes[range]),
            headers: Headers { bytes: &self.bytes, entries: &self.headers[entry.headers.clone()] },
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
