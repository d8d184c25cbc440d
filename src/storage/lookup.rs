//! Finding records by their time (`UnifiedLog.fetchOffsetByTimestamp`).

use super::error::Error;
use super::layout::FileKind;
use super::replica::Replica;
use super::scan::Scan;
use crate::base::{LeaderEpoch, Offset};
use crate::log::{LargestTimestamp, TimeEntry};
use crate::record::Batch;

/// A record found by its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampOffset {
    /// Its timestamp, in milliseconds since 1970.
    pub timestamp: i64,
    /// Its offset.
    pub offset: Offset,
    /// The leader epoch of its batch.
    pub leader_epoch: LeaderEpoch,
}

impl Replica {
    /// The first record with this timestamp or a later one; exact also inside a compressed batch.
    ///
    /// # Errors
    /// A failing disk, or a batch that cannot be decompressed.
    pub fn offset_for_timestamp(
        &mut self,
        timestamp: i64,
    ) -> Result<Option<TimestampOffset>, Error> {
        let log_start = self.log.offsets().log_start();
        for index in self.log.segment_of(log_start)..self.log.segment_count() {
            let largest = self.largest_timestamp(index)?;
            if largest.is_none_or(|largest| largest.timestamp_ms < timestamp) {
                continue;
            }
            let from = self.time_floor(index, timestamp)?.max(log_start);
            let found = self
                .first_in(index, from, |batch| batch.offset_for_timestamp(timestamp, log_start))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The record with the largest timestamp; of several the first.
    ///
    /// # Errors
    /// As [`Replica::offset_for_timestamp`].
    pub fn offset_of_max_timestamp(&mut self) -> Result<Option<TimestampOffset>, Error> {
        let log_start = self.log.offsets().log_start();
        let mut best: Option<LargestTimestamp> = None;
        for index in self.log.segment_of(log_start)..self.log.segment_count() {
            let mut largest = self.largest_timestamp(index)?;
            if largest.is_some_and(|largest| largest.offset < log_start) {
                largest = self.scan_for_largest(index, log_start)?;
            }
            if let Some(largest) = largest
                && best.is_none_or(|best| largest.timestamp_ms > best.timestamp_ms)
            {
                best = Some(largest);
            }
        }
        let Some(best) = best else {
            return Ok(None);
        };
        let index = self.log.segment_of(best.offset);
        self.first_in(index, best.offset, |batch| {
            batch.offset_for_timestamp(best.timestamp_ms, log_start)
        })
    }

    /// The largest timestamp of a segment, read from its time index the first time.
    pub(super) fn largest_timestamp(
        &mut self,
        index: usize,
    ) -> Result<Option<LargestTimestamp>, Error> {
        let Some(segment) = self.log.sealed().get(index) else {
            return Ok(self.log.active().largest());
        };
        if let Some(known) = segment.largest {
            return Ok(known);
        }
        let base = segment.base_offset;
        let last = self.last_in_file::<TimeEntry>(base, FileKind::TimeIndex, None, |_| true)?;
        let largest = match last {
            Some(entry) => Some(LargestTimestamp {
                timestamp_ms: entry.timestamp_ms,
                offset: entry.offset(base),
            }),
            None => self.scan_for_largest(index, base)?,
        };
        self.log.sealed_mut(index).largest = Some(largest);
        Ok(largest)
    }

    fn scan_for_largest(
        &self,
        index: usize,
        from: Offset,
    ) -> Result<Option<LargestTimestamp>, Error> {
        let Some(first) = self.locate(index, from)? else {
            return Ok(None);
        };
        let (base, bytes) = self.log.segment(index);
        let path = self.files.path(base, FileKind::Log);
        let file = self.files.open_log(base)?;
        let mut scan = Scan::new(&file, &path, first.position, u64::from(bytes));
        let mut largest: Option<LargestTimestamp> = None;
        while let Some(located) = scan.next()? {
            let header = &located.header;
            if header.max_timestamp >= 0
                && largest.is_none_or(|largest| header.max_timestamp > largest.timestamp_ms)
            {
                largest = Some(LargestTimestamp {
                    timestamp_ms: header.max_timestamp,
                    offset: header.last_offset(),
                });
            }
        }
        Ok(largest)
    }

    /// An offset of the segment before which all records are older than `timestamp`.
    fn time_floor(&self, index: usize, timestamp: i64) -> Result<Offset, Error> {
        let (base, _) = self.log.segment(index);
        let holds = |entry: &TimeEntry| entry.timestamp_ms <= timestamp;
        let mut count = None;
        if index + 1 == self.log.segment_count() {
            let pending = self.log.active().time_index().pending();
            if let Some(last) = pending.partition_point(holds).checked_sub(1) {
                return Ok(pending[last].offset(base));
            }
            count = Some(self.log.active().time_index().written());
        }
        let entry = self.last_in_file::<TimeEntry>(base, FileKind::TimeIndex, count, holds)?;
        Ok(entry.map_or(base, |entry| entry.offset(base)))
    }

    /// The first record that `look` finds in the batches from the one that holds `from`.
    fn first_in(
        &self,
        index: usize,
        from: Offset,
        look: impl Fn(
            &Batch<'_>,
        ) -> Result<Option<crate::record::TimestampedOffset>, crate::record::Error>,
    ) -> Result<Option<TimestampOffset>, Error> {
        let Some(first) = self.locate(index, from)? else {
            return Ok(None);
        };
        let (base, bytes) = self.log.segment(index);
        let path = self.files.path(base, FileKind::Log);
        let file = self.files.open_log(base)?;
        let mut scan = Scan::new(&file, &path, first.position, u64::from(bytes));
        while let Some(located) = scan.next()? {
            let bytes = scan.bytes(&located)?;
            let found = look(&Batch { header: located.header, bytes });
            let found = found.map_err(|error| Error::Corrupt {
                path: path.clone(),
                position: Some(located.position),
                problem: error.to_string(),
            })?;
            if let Some(found) = found {
                return Ok(Some(TimestampOffset {
                    timestamp: found.timestamp,
                    offset: found.offset,
                    leader_epoch: located.header.leader_epoch,
                }));
            }
        }
        Ok(None)
    }
}
