//! Entries of the sparse indexes, and the part of an index that is not in its file yet.

use crate::base::Offset;

/// One entry of `.index`: the last offset of an append, and where that append begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetEntry {
    /// Last offset of the append, relative to the segment's base offset.
    pub relative_offset: u32,
    /// Position of the append's first byte in the `.log` file.
    pub position: u32,
}

/// One entry of `.timeindex`: the largest timestamp so far, and the batch that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeEntry {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Last offset of the batch that has it, relative to the segment's base offset.
    pub relative_offset: u32,
}

/// How an entry looks on disk. Big-endian, without gaps.
pub trait IndexEntry: Copy {
    /// Size on disk.
    const BYTES: usize;

    /// Appends the entry's bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// Reads the first [`IndexEntry::BYTES`] of `bytes`; `None` when there are fewer.
    fn decode(bytes: &[u8]) -> Option<Self>;

    /// Whether the entry is the zero filling of a file that Kafka has set aside in advance.
    /// A real entry never has relative offset 0 unless the segment's first batch has one record,
    /// and even then its position or timestamp is set.
    fn is_padding(&self) -> bool;
}

impl IndexEntry for OffsetEntry {
    const BYTES: usize = 8;

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (relative, rest) = bytes.split_first_chunk()?;
        let position = rest.first_chunk()?;
        Some(OffsetEntry {
            relative_offset: u32::from_be_bytes(*relative),
            position: u32::from_be_bytes(*position),
        })
    }

    fn is_padding(&self) -> bool {
        self.relative_offset == 0 && self.position == 0
    }
}

impl IndexEntry for TimeEntry {
    const BYTES: usize = 12;

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp_ms.to_be_bytes());
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (timestamp, rest) = bytes.split_first_chunk()?;
        let relative = rest.first_chunk()?;
        Some(TimeEntry {
            timestamp_ms: i64::from_be_bytes(*timestamp),
            relative_offset: u32::from_be_bytes(*relative),
        })
    }

    fn is_padding(&self) -> bool {
        self.timestamp_ms == 0 && self.relative_offset == 0
    }
}

impl OffsetEntry {
    /// The absolute offset.
    #[must_use]
    pub fn offset(&self, base: Offset) -> Offset {
        base.plus(i64::from(self.relative_offset))
    }
}

impl TimeEntry {
    /// The absolute offset.
    #[must_use]
    pub fn offset(&self, base: Offset) -> Offset {
        base.plus(i64::from(self.relative_offset))
    }
}

/// The growing end of an index: how many entries its file has, and those still in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexTail<Entry> {
    written: u32,
    pending: Vec<Entry>,
    last: Option<Entry>,
}

impl<Entry> Default for IndexTail<Entry> {
    fn default() -> Self {
        IndexTail { written: 0, pending: Vec::new(), last: None }
    }
}

impl<Entry: IndexEntry> IndexTail<Entry> {
    /// An index whose file holds `written` entries, the last of them `last`.
    #[must_use]
    pub fn restored(written: u32, last: Option<Entry>) -> Self {
        assert!((written == 0) == last.is_none(), "an index has a last entry unless it is empty");
        IndexTail { written, pending: Vec::new(), last }
    }

    /// Entries in the file and in memory.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.written + self.pending.len() as u32
    }

    /// Whether there is no entry at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries in the file.
    #[must_use]
    pub fn written(&self) -> u32 {
        self.written
    }

    /// Entries that the file does not have yet.
    #[must_use]
    pub fn pending(&self) -> &[Entry] {
        &self.pending
    }

    /// The newest entry.
    #[must_use]
    pub fn last(&self) -> Option<Entry> {
        self.last
    }

    /// Notes that all pending entries are in the file now.
    pub fn mark_written(&mut self) {
        self.written += self.pending.len() as u32;
        self.pending.clear();
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.pending.push(entry);
        self.last = Some(entry);
    }
}
