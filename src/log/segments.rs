//! What is known of a segment without looking at its file.

use super::index::{IndexTail, OffsetEntry, TimeEntry};
use crate::base::Offset;
use crate::cluster::LogConfig;
use crate::record::BatchHeader;

/// Log bytes between two writes of the index files.
const INDEX_STEP_BYTES: u32 = 1 << 20;

/// The largest timestamp of a segment, and the last offset of the first batch that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargestTimestamp {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Last offset of the batch.
    pub offset: Offset,
}

/// A segment that is not written any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedSegment {
    /// Its name, and the first offset that it may hold.
    pub base_offset: Offset,
    /// Size of the `.log` file.
    pub size_bytes: u32,
    /// Its largest timestamp: `None` until someone has asked, `Some(None)` when no batch has one.
    pub largest: Option<Option<LargestTimestamp>>,
}

/// The segment that is written.
#[derive(Debug, Clone)]
pub struct ActiveSegment {
    pub(super) base_offset: Offset,
    pub(super) size_bytes: u32,
    created_ms: i64,
    first_max_timestamp: Option<i64>,
    largest: Option<LargestTimestamp>,
    bytes_since_entry: u32,
    bytes_since_index_write: u32,
    offset_index: IndexTail<OffsetEntry>,
    time_index: IndexTail<TimeEntry>,
}

impl ActiveSegment {
    /// An empty segment.
    #[must_use]
    pub fn new(base_offset: Offset, created_ms: i64) -> Self {
        ActiveSegment {
            base_offset,
            size_bytes: 0,
            created_ms,
            first_max_timestamp: None,
            largest: None,
            bytes_since_entry: 0,
            bytes_since_index_write: 0,
            offset_index: IndexTail::default(),
            time_index: IndexTail::default(),
        }
    }

    /// A segment whose files are known up to `position`, where the append begins that the last
    /// index entry points to; what follows is to be replayed.
    #[must_use]
    pub fn restored(
        base_offset: Offset,
        created_ms: i64,
        position: u32,
        offset_index: IndexTail<OffsetEntry>,
        time_index: IndexTail<TimeEntry>,
    ) -> Self {
        let largest = time_index.last().map(|entry| LargestTimestamp {
            timestamp_ms: entry.timestamp_ms,
            offset: entry.offset(base_offset),
        });
        ActiveSegment {
            size_bytes: position,
            largest,
            offset_index,
            time_index,
            ..ActiveSegment::new(base_offset, created_ms)
        }
    }

    /// Its name, and the first offset that it may hold.
    #[must_use]
    pub fn base_offset(&self) -> Offset {
        self.base_offset
    }

    /// Bytes of whole batches in the `.log` file.
    #[must_use]
    pub fn size_bytes(&self) -> u32 {
        self.size_bytes
    }

    /// The largest timestamp so far, if any batch has one.
    #[must_use]
    pub fn largest(&self) -> Option<LargestTimestamp> {
        self.largest
    }

    /// The `.index`.
    #[must_use]
    pub fn offset_index(&self) -> &IndexTail<OffsetEntry> {
        &self.offset_index
    }

    /// The `.timeindex`.
    #[must_use]
    pub fn time_index(&self) -> &IndexTail<TimeEntry> {
        &self.time_index
    }

    /// Whether enough has been appended to write the pending entries to the index files.
    #[must_use]
    pub fn index_write_due(&self) -> bool {
        self.bytes_since_index_write >= INDEX_STEP_BYTES && !self.offset_index.pending().is_empty()
    }

    /// Notes that the pending entries are in the index files.
    pub fn index_written(&mut self) {
        self.offset_index.mark_written();
        self.time_index.mark_written();
        self.bytes_since_index_write = 0;
    }

    /// Starts a new round of waiting after the index files could not be written.
    pub fn index_write_failed(&mut self) {
        self.bytes_since_index_write = 0;
    }

    /// Adds the last time entry, as Kafka does when a segment is rolled or closed.
    pub fn force_time_entry(&mut self) {
        if let Some(largest) = self.largest {
            self.push_time_entry(largest);
        }
    }

    /// Says that the timestamp of the first batch is known; it decides when to roll by time.
    pub fn set_first_timestamp(&mut self, max_timestamp: i64) {
        self.first_max_timestamp = Some(max_timestamp);
    }

    /// Whether an append must go to a new segment (`LogSegment.shouldRoll`).
    #[must_use]
    pub fn must_roll(
        &self,
        header: &BatchHeader,
        last_offset: Offset,
        config: &LogConfig,
        now_ms: i64,
    ) -> bool {
        if self.size_bytes == 0 {
            return false;
        }
        let relative_offset_fits = last_offset.since(self.base_offset) <= i64::from(i32::MAX);
        self.size_bytes as usize + header.size_bytes() > config.segment_bytes as usize
            || self.waited_ms(header, now_ms) > config.segment_ms - self.jitter_ms(config)
            || self.indexes_are_full(config)
            || !relative_offset_fits
    }

    /// How old the segment is: by timestamps where the first batch has one, else by the clock.
    fn waited_ms(&self, header: &BatchHeader, now_ms: i64) -> i64 {
        match self.first_max_timestamp {
            Some(first) if first >= 0 => header.max_timestamp.saturating_sub(first),
            _ => now_ms.saturating_sub(self.created_ms),
        }
    }

    /// `segment.jitter.ms` spreads rolls in time; the same segment always gets the same share.
    fn jitter_ms(&self, config: &LogConfig) -> i64 {
        let jitter = config.segment_jitter_ms.min(config.segment_ms);
        if jitter <= 0 {
            return 0;
        }
        let mixed = (self.base_offset.0 ^ self.created_ms).unsigned_abs();
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) % jitter.unsigned_abs()) as i64
    }

    fn indexes_are_full(&self, config: &LogConfig) -> bool {
        let bytes = config.segment_index_bytes;
        // Kafka keeps one place in the time index for the entry at the roll.
        self.offset_index.len() >= (bytes / 8).max(1)
            || self.time_index.len() >= (bytes / 12).saturating_sub(1).max(1)
    }

    /// Accounts for a batch that lies at the end of the file (`LogSegment.append`).
    pub(super) fn appended(&mut self, header: &BatchHeader, last_offset: Offset, interval: u32) {
        let position = self.size_bytes;
        let size = header.size_bytes() as u32;
        if position == 0 {
            self.first_max_timestamp = Some(header.max_timestamp);
        }
        if header.max_timestamp >= 0
            && self.largest.is_none_or(|largest| header.max_timestamp > largest.timestamp_ms)
        {
            self.largest =
                Some(LargestTimestamp { timestamp_ms: header.max_timestamp, offset: last_offset });
        }
        if self.bytes_since_entry > interval {
            self.offset_index.push(OffsetEntry {
                relative_offset: last_offset.since(self.base_offset) as u32,
                position,
            });
            if let Some(largest) = self.largest {
                self.push_time_entry(largest);
            }
            self.bytes_since_entry = 0;
        }
        self.bytes_since_entry = self.bytes_since_entry.saturating_add(size);
        self.bytes_since_index_write = self.bytes_since_index_write.saturating_add(size);
        self.size_bytes += size;
    }

    fn push_time_entry(&mut self, largest: LargestTimestamp) {
        let newer = |last: TimeEntry| largest.timestamp_ms > last.timestamp_ms;
        if self.time_index.last().is_none_or(newer) {
            self.time_index.push(TimeEntry {
                timestamp_ms: largest.timestamp_ms,
                relative_offset: largest.offset.since(self.base_offset) as u32,
            });
        }
    }

    pub(super) fn sealed(&self) -> SealedSegment {
        SealedSegment {
            base_offset: self.base_offset,
            size_bytes: self.size_bytes,
            largest: Some(self.largest),
        }
    }
}
