//! Walking from batch to batch through a `.log` file with few reads.

use std::fs::File;
use std::path::Path;

use super::error::{Error, IoContext};
use super::file_io::read_at;
use crate::base::Offset;
use crate::record::{Batch, BatchHeader, HEADER_BYTES};

/// Bytes read at once when many batches are to be visited.
const WALK_BYTES: usize = 64 << 10;
/// Bytes read at once when all of them are wanted.
const CHECK_BYTES: usize = 256 << 10;
/// Bytes read at once when the batch looked for is expected near.
const LOOK_BYTES: usize = 4 << 10;
/// Bytes read at once where batches are so large that the next header is never near.
const SPARSE_BYTES: usize = 256;

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
    /// Bytes of the buffer that hold the file's content, from `buffer_position` on.
    buffered: usize,
    buffer_position: u64,
    chunk_bytes: usize,
    batch_bytes: usize,
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
            buffered: 0,
            buffer_position: 0,
            chunk_bytes: WALK_BYTES,
            batch_bytes: 0,
        }
    }

    /// The same, to visit a few batches only.
    pub(super) fn nearby(file: &'a File, path: &'a Path, position: u64, end: u64) -> Self {
        Scan { chunk_bytes: LOOK_BYTES, ..Scan::new(file, path, position, end) }
    }

    /// The same, to look at one header.
    pub(super) fn single(file: &'a File, path: &'a Path, position: u64, end: u64) -> Self {
        Scan { chunk_bytes: HEADER_BYTES, ..Scan::new(file, path, position, end) }
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
        self.chunk_bytes = CHECK_BYTES;
        let position = self.position;
        let Some(header) = self.header_at(position)? else {
            return Ok(None);
        };
        if header.next_offset() > safe_until {
            self.fill(position, header.size_bytes())?;
            let bytes = self.buffered(position, header.size_bytes());
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
        let path = self.path;
        self.buffered(located.position, size).ok_or_else(|| Error::Corrupt {
            path: path.to_path_buf(),
            position: Some(located.position),
            problem: "the file has become shorter".to_owned(),
        })
    }

    fn advance(&mut self, header: &BatchHeader) {
        self.batch_bytes = header.size_bytes();
        self.position += header.size_bytes() as u64;
        self.next_offset = header.next_offset();
    }

    fn header_at(&mut self, position: u64) -> Result<Option<BatchHeader>, Error> {
        let left = self.end.saturating_sub(position);
        if left < HEADER_BYTES as u64 {
            return Ok(None);
        }
        self.fill(position, HEADER_BYTES)?;
        let head = self.buffered(position, HEADER_BYTES).unwrap_or_default();
        let parsed = BatchHeader::parse(head);
        let plausible = |header: &BatchHeader| {
            header.size_bytes() as u64 <= left
                && header.base_offset >= self.next_offset
                && header.base_offset >= Offset::ZERO
                && header.last_offset_delta >= 0
                && header.record_count >= 0
        };
        Ok(parsed.ok().filter(plausible))
    }

    /// Bytes that are in the buffer.
    fn buffered(&self, position: u64, count: usize) -> Option<&[u8]> {
        let start = usize::try_from(position.checked_sub(self.buffer_position)?).ok()?;
        self.buffer[..self.buffered].get(start..start.checked_add(count)?)
    }

    /// Makes the buffer hold `count` bytes from `position` on, if the file has them.
    fn fill(&mut self, position: u64, count: usize) -> Result<(), Error> {
        if self.buffered(position, count).is_some() {
            return Ok(());
        }
        let ahead = match self.batch_bytes > WALK_BYTES / 16 && self.chunk_bytes < CHECK_BYTES {
            true => SPARSE_BYTES.min(self.chunk_bytes),
            false => self.chunk_bytes,
        };
        let left = usize::try_from(self.end.saturating_sub(position)).unwrap_or(usize::MAX);
        let wanted = count.max(ahead).min(left);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        self.buffered = 0;
        let read = read_at(self.file, &mut self.buffer[..wanted], position);
        self.buffered = read.at_byte("read", self.path, position)?;
        self.buffer_position = position;
        Ok(())
    }
}
