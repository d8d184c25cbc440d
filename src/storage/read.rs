//! Reading: which stretch of which file holds the records from an offset on.

use std::sync::Arc;

use super::error::{Error, IoContext, ReadError};
use super::index_file;
use super::layout::FileKind;
use super::replica::{Offsets, Replica};
use super::scan::{Located, Scan};
use crate::base::Offset;
use crate::log::{IndexEntry, OffsetEntry, ReadPlan};
use crate::wire::FileRange;

/// How much of the log a read may return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes at most.
    pub bytes_max: u32,
    /// Return the first batch whole even if it alone is larger (KIP-74).
    pub one_batch_at_least: bool,
    /// End at the last stable offset (`read_committed`), not at the high watermark.
    pub committed_only: bool,
}

/// What a read has found.
#[derive(Debug, Clone)]
pub struct ReadResult {
    /// Whole batches, of which the first may begin before the offset asked for. `None` when there
    /// is nothing to read, or nothing that fits.
    pub range: Option<FileRange>,
    /// The offsets at the time of the read.
    pub offsets: Offsets,
}

impl Replica {
    /// Finds the bytes of the records from `offset` on. Reads nothing of them, and usually, at the
    /// end of the log or where a read has ended before, nothing at all.
    ///
    /// # Errors
    /// An offset that is not in the log, or a failing disk.
    pub fn read(&mut self, offset: Offset, limits: ReadLimits) -> Result<ReadResult, ReadError> {
        let offsets = self.offsets();
        let upper_bound =
            if limits.committed_only { offsets.last_stable } else { offsets.high_watermark };
        let plan = self.log.plan_read(offset, upper_bound).map_err(|_| ReadError::OutOfRange)?;
        let range = match plan {
            ReadPlan::Segment { index, position }
                if limits.bytes_max > 0 || limits.one_batch_at_least =>
            {
                self.range(index, position, offset, upper_bound, limits)?
            }
            _ => None,
        };
        Ok(ReadResult { range, offsets })
    }

    fn range(
        &mut self,
        mut index: usize,
        position: Option<u32>,
        offset: Offset,
        upper_bound: Offset,
        limits: ReadLimits,
    ) -> Result<Option<FileRange>, Error> {
        let start = match position {
            Some(position) => u64::from(position),
            None => loop {
                if let Some(found) = self.locate(index, offset)? {
                    break found.position;
                }
                // Compaction has removed the rest of the segment.
                index += 1;
                if index >= self.log.segment_count() {
                    return Ok(None);
                }
            },
        };
        let (base, bytes) = self.log.segment(index);
        let next = self.log.next_base_offset(index);
        let end = match upper_bound >= next {
            true => u64::from(bytes),
            false => {
                self.locate(index, upper_bound)?.map_or_else(|| u64::from(bytes), |at| at.position)
            }
        };
        let available = end.saturating_sub(start);
        let length = if available <= u64::from(limits.bytes_max) {
            if end == u64::from(bytes) && index + 1 == self.log.segment_count() {
                self.log.positions_mut().read_until(base, next, bytes);
            }
            available
        } else {
            self.cut(index, start, end, limits)?
        };
        let Some(length) = u32::try_from(length).ok().filter(|length| *length > 0) else {
            return Ok(None);
        };
        let file = self.files.open_log(base)?;
        Ok(Some(FileRange { file, position: start, length }))
    }

    /// How many bytes from `start` on, at the end of a batch, stay within the limits. Where the
    /// index tells of a batch that begins close to the limit, no more is looked at than its header.
    fn cut(
        &mut self,
        index: usize,
        start: u64,
        end: u64,
        limits: ReadLimits,
    ) -> Result<u64, Error> {
        let (base, _) = self.log.segment(index);
        let bytes_max = u64::from(limits.bytes_max);
        let limit = start + bytes_max;
        let entry = self.last_entry(index, |entry| u64::from(entry.position) <= limit)?;
        let known = entry.map_or(start, |entry| u64::from(entry.position)).max(start);
        let path = self.files.path(base, FileKind::Log);
        let file = self.files.open_log(base)?;
        if known > start && limit - known <= bytes_max / 8 {
            if let Some(located) = Scan::single(&file, &path, known, end).next()? {
                self.remember_end(base, &located);
            }
            return Ok(known - start);
        }
        let mut scan = Scan::nearby(&file, &path, known, end);
        while let Some(located) = scan.next()? {
            let after = scan.position();
            if after <= limit {
                continue;
            }
            if located.position > start {
                self.remember_end(base, &located);
                return Ok(located.position - start);
            }
            return Ok(if limits.one_batch_at_least { after - start } else { 0 });
        }
        Ok(scan.position() - start)
    }

    /// The next read will most likely begin with this batch.
    fn remember_end(&mut self, base: Offset, next: &Located) {
        let offset = next.header.base_offset;
        self.log.positions_mut().read_until(base, offset, next.position as u32);
    }

    /// Finds the batch that holds `offset`, or the first one after it in the segment.
    pub(super) fn locate(&self, index: usize, offset: Offset) -> Result<Option<Located>, Error> {
        let (base, bytes) = self.log.segment(index);
        if bytes == 0 {
            return Ok(None);
        }
        let entry = self.last_entry(index, |entry| entry.offset(base) <= offset)?;
        let start = entry.map_or(0, |entry| u64::from(entry.position));
        let path = self.files.path(base, FileKind::Log);
        let file = self.files.open_log(base)?;
        let mut scan = Scan::nearby(&file, &path, start, u64::from(bytes));
        while let Some(located) = scan.next()? {
            if located.header.last_offset() >= offset {
                return Ok(Some(located));
            }
        }
        Ok(None)
    }

    /// The last entry of a segment's offset index for which `holds` is true.
    fn last_entry(
        &self,
        index: usize,
        holds: impl Fn(&OffsetEntry) -> bool,
    ) -> Result<Option<OffsetEntry>, Error> {
        let (base, _) = self.log.segment(index);
        let mut count = None;
        if index + 1 == self.log.segment_count() {
            let pending = self.log.active().offset_index().pending();
            if let Some(last) = pending.partition_point(&holds).checked_sub(1) {
                return Ok(Some(pending[last]));
            }
            count = Some(self.log.active().offset_index().written());
        }
        self.last_in_file(base, FileKind::OffsetIndex, count, holds)
    }

    /// The last entry of an index file for which `holds` is true, among the first `count`.
    pub(super) fn last_in_file<E: IndexEntry>(
        &self,
        base: Offset,
        kind: FileKind,
        count: Option<u32>,
        holds: impl Fn(&E) -> bool,
    ) -> Result<Option<E>, Error> {
        if count == Some(0) {
            return Ok(None);
        }
        let Some(file) = self.files.open(base, kind)? else {
            return Ok(None);
        };
        let path = self.files.path(base, kind);
        let count = match count {
            Some(count) => count,
            None => entries_of::<E>(&file, &path)?,
        };
        let real = |entry: &E| !entry.is_padding() && holds(entry);
        Ok(index_file::last_where(&file, &path, count, real)?.map(|(_, entry)| entry))
    }
}

fn entries_of<E: IndexEntry>(
    file: &Arc<std::fs::File>,
    path: &std::path::Path,
) -> Result<u32, Error> {
    let bytes = file.metadata().at("look at", path)?.len();
    Ok(u32::try_from(bytes / E::BYTES as u64).unwrap_or(u32::MAX))
}
