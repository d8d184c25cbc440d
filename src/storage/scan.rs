//! Walking from batch to batch through a `.log` file with few reads.

use std::fs::File;
use std::path::Path;

use super::error::{Error, IoContext};
use super::file_io::read_at;
use crate::base::Offset;
use crate::record::{Batch, BatchHeader, HEADER_BYTES};

const CHUNK_BYTES: usize = 64 << 10;
/// Read at once where the batches are so large that the next header is never near.
const CHUNK_BYTES_SPARSE: usize = 512;

/// A batch, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) header: BatchHeader,
    pub(super) position: u64,
}

/// Goes from batch to batch; stops at the end, or at the first thing that cannot be a batch.
pub(super) struct Scan<'a> {
    file: &'a File,
    path: &'a Path,
    position: u64,
    end: u64,
    /// Batches must not begin below it.
    next_offset: Offset,
    buffer: Vec<u8>,
    buffer_position: u64,
    sparse: bool,
}

impl<'a> Scan<'a> {
    /// Starts at `position`, where a batch must begin, and goes no further than `end`.
    pub(super) fn new(file: &'a File, path: &'a Path, position: u64, end: u64) -> Self {
        Scan {
            file,
            path,
            position,
            end,
            next_offset: Offset(i64::MIN),
            buffer: Vec::new(),
            buffer_position: 0,
            sparse: false,
        }
    }

    /// Begins with small reads, because the next header is expected far away or alone.
    pub(super) fn expect_large_batches(&mut self) {
        self.sparse = true;
    }

    /// Where the next batch begins, or where it all ended.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The next batch's header.
    pub(super) fn next(&mut self) -> Result<Option<Located>, Error> {
        let position = self.position;
        let Some(header) = self.header_at(position)? else {
            return Ok(None);
        };
        self.advance(&header);
        Ok(Some(Located { header, position }))
    }

    /// The next batch's header, if its checksum is right. Batches that end at or below
    /// `safe_until` are not checked.
    pub(super) fn next_checked(&mut self, safe_until: Offset) -> Result<Option<Located>, Error> {
        let position = self.position;
        let Some(header) = self.header_at(position)? else {
            return Ok(None);
        };
        if header.next_offset() > safe_until {
            let size = header.size_bytes();
            self.fill(position, size)?;
            let start = (position - self.buffer_position) as usize;
            let bytes = self.buffer.get(start..start + size);
            if bytes.is_none_or(|bytes| Batch { header, bytes }.verify_crc().is_err()) {
                return Ok(None);
            }
        }
        self.advance(&header);
        Ok(Some(Located { header, position }))
    }

    /// All bytes of a batch that the scan has found.
    pub(super) fn bytes(&mut self, located: &Located) -> Result<&[u8], Error> {
        let size = located.header.size_bytes();
        self.fill(located.position, size)?;
        let start = (located.position - self.buffer_position) as usize;
        self.buffer.get(start..start + size).ok_or_else(|| Error::Corrupt {
            path: self.path.to_path_buf(),
            position: Some(located.position),
            problem: "the file has become shorter".to_owned(),
        })
    }

    fn advance(&mut self, header: &BatchHeader) {
        self.sparse = header.size_bytes() > CHUNK_BYTES / 4;
        self.position += header.size_bytes() as u64;
        self.next_offset = header.next_offset();
    }

    fn header_at(&mut self, position: u64) -> Result<Option<BatchHeader>, Error> {
        let left = self.end.saturating_sub(position);
        if left < HEADER_BYTES as u64 {
            return Ok(None);
        }
        self.fill(position, HEADER_BYTES)?;
        let start = (position - self.buffer_position) as usize;
        let parsed = BatchHeader::parse(self.buffer.get(start..).unwrap_or_default());
        let plausible = |header: &BatchHeader| {
            header.size_bytes() as u64 <= left
                && header.base_offset >= self.next_offset
                && header.base_offset >= Offset::ZERO
                && header.last_offset_delta >= 0
                && header.record_count >= 0
        };
        Ok(parsed.ok().filter(plausible))
    }

    /// Makes the buffer hold `count` bytes from `position` on, if the file has them.
    fn fill(&mut self, position: u64, count: usize) -> Result<(), Error> {
        let buffered_until = self.buffer_position + self.buffer.len() as u64;
        if position >= self.buffer_position && position + count as u64 <= buffered_until {
            return Ok(());
        }
        let chunk = if self.sparse { CHUNK_BYTES_SPARSE } else { CHUNK_BYTES };
        let left = self.end.saturating_sub(position);
        let wanted = count.max(chunk).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.buffer.resize(wanted, 0);
        self.buffer_position = position;
        let read = read_at(self.file, &mut self.buffer, position);
        let read = read.at_byte("read", self.path, position)?;
        self.buffer.truncate(read);
        Ok(())
    }
}
