//! Walks over the records of a batch, keys and values skipped: what validation and lookups by
//! time need. Compressed batches stream through a small window, so the memory it takes does not
//! depend on what a block grows to.

use std::io::{ErrorKind, Read};
use std::ops::ControlFlow;

use super::varint::{VARINT_BYTES_MAX, VARLONG_BYTES_MAX};
use super::{Batch, Compression, Error, TimestampType, compression};
use crate::base::Offset;

/// A walk stops here: no batch that a producer made is as large, and a bomb costs no more time.
const WALK_BYTES_MAX: u64 = 1 << 30;

/// Decompressed bytes held at a time.
const WINDOW_BYTES: usize = 16 * 1024;

const PREMATURE_END: Error = Error::Record("Incorrect declared batch size, premature EOF reached");

/// What the walk tells of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Its offset, relative to the batch's base offset.
    pub(crate) offset_delta: i32,
    /// Its timestamp, the batch's max timestamp under LogAppendTime.
    pub(crate) timestamp: i64,
    /// Whether it has a key, if only an empty one.
    pub(crate) has_key: bool,
}

/// A record with its time, found by a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampedOffset {
    /// The record's offset.
    pub offset: Offset,
    /// The record's timestamp, in milliseconds since 1970.
    pub timestamp: i64,
}

impl Batch<'_> {
    /// The first record at or after `timestamp`, among those from `from` on
    /// (`FileRecords.searchForTimestamp`).
    ///
    /// # Errors
    /// Records that contradict the header, or a damaged compressed block.
    pub fn offset_for_timestamp(
        &self,
        timestamp: i64,
        from: Offset,
    ) -> Result<Option<TimestampedOffset>, Error> {
        if self.header.max_timestamp < timestamp {
            return Ok(None);
        }
        let base = self.header.base_offset;
        let mut found = None;
        walk(self, |record| {
            let offset = base.plus(i64::from(record.offset_delta));
            if record.timestamp < timestamp || offset < from {
                return ControlFlow::Continue(());
            }
            found = Some(TimestampedOffset { offset, timestamp: record.timestamp });
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// The record with the largest timestamp; of several the first. `None` without records.
    ///
    /// # Errors
    /// As [`Batch::offset_for_timestamp`].
    pub fn offset_of_max_timestamp(&self) -> Result<Option<TimestampedOffset>, Error> {
        let base = self.header.base_offset;
        let mut found: Option<TimestampedOffset> = None;
        walk(self, |record| {
            if found.is_none_or(|best| record.timestamp > best.timestamp) {
                let offset = base.plus(i64::from(record.offset_delta));
                found = Some(TimestampedOffset { offset, timestamp: record.timestamp });
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
}

/// Calls `visit` for every record, in order, until it breaks. A walk to the end also checks that
/// the batch holds exactly as many records as its header says.
pub(crate) fn walk(
    batch: &Batch<'_>,
    visit: impl FnMut(Facts) -> ControlFlow<()>,
) -> Result<(), Error> {
    match batch.header.attributes.compression()? {
        Compression::None => walk_source(batch, &mut Slice::new(batch.payload()), visit),
        codec => {
            let reader = compression::reader(codec, batch.payload())?;
            walk_source(batch, &mut Window::new(codec, reader), visit)
        }
    }
}

fn walk_source(
    batch: &Batch<'_>,
    source: &mut impl Source,
    mut visit: impl FnMut(Facts) -> ControlFlow<()>,
) -> Result<(), Error> {
    let header = &batch.header;
    if header.record_count < 0 {
        return Err(Error::Record("Found invalid record count in magic v2 batch"));
    }
    let log_append_time = (header.attributes.timestamp_type() == TimestampType::LogAppendTime)
        .then_some(header.max_timestamp);
    for _ in 0..header.record_count {
        let mut facts = walk_record(source)?;
        facts.timestamp =
            log_append_time.unwrap_or_else(|| header.base_timestamp.wrapping_add(facts.timestamp));
        if visit(facts).is_break() {
            return Ok(());
        }
    }
    if source.is_at_end()? {
        Ok(())
    } else {
        Err(Error::Record("Incorrect declared batch size, records still remaining in file"))
    }
}

/// One record; the timestamp is still relative.
#[inline]
fn walk_record(source: &mut impl Source) -> Result<Facts, Error> {
    let length = varint(source)?;
    let start = source.position();
    source.byte()?; // attributes, unused
    let timestamp = varlong(source)?;
    let offset_delta = varint(source)?;
    let key_bytes = varint(source)?;
    skip(source, key_bytes)?;
    let value_bytes = varint(source)?;
    skip(source, value_bytes)?;
    let headers = varint(source)?;
    if headers < 0 {
        return Err(Error::Record("Found invalid number of record headers"));
    }
    for _ in 0..headers {
        let key_bytes = varint(source)?;
        if key_bytes < 0 {
            return Err(Error::Record("Invalid negative header key size"));
        }
        skip(source, key_bytes)?;
        let value_bytes = varint(source)?;
        skip(source, value_bytes)?;
    }
    if source.position() - start != i64::from(length) {
        return Err(Error::Record("Invalid record size: the fields take more or fewer bytes"));
    }
    Ok(Facts { offset_delta, timestamp, has_key: key_bytes >= 0 })
}

/// Negative sizes mean null, as in Java.
#[inline]
fn skip(source: &mut impl Source, bytes: i32) -> Result<(), Error> {
    if bytes > 0 { source.skip(bytes as usize) } else { Ok(()) }
}

#[inline]
pub(super) fn varint(source: &mut impl Source) -> Result<i32, Error> {
    let first = source.byte()?;
    let mut zigzag = u32::from(first & 0x7f);
    if first >= 0x80 {
        zigzag = long_form(source, u64::from(zigzag), VARINT_BYTES_MAX)? as u32;
    }
    Ok((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32))
}

#[inline]
pub(super) fn varlong(source: &mut impl Source) -> Result<i64, Error> {
    let first = source.byte()?;
    let mut zigzag = u64::from(first & 0x7f);
    if first >= 0x80 {
        zigzag = long_form(source, zigzag, VARLONG_BYTES_MAX)?;
    }
    Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
}

fn long_form(source: &mut impl Source, first: u64, bytes_max: usize) -> Result<u64, Error> {
    let mut value = first;
    for index in 1..bytes_max {
        let byte = source.byte()?;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Error::Record("Found invalid record structure: a varint is too long"))
}

/// Bytes in order.
pub(super) trait Source {
    fn byte(&mut self) -> Result<u8, Error>;
    fn skip(&mut self, bytes: usize) -> Result<(), Error>;
    /// Bytes read or skipped so far.
    fn position(&self) -> i64;
    fn is_at_end(&mut self) -> Result<bool, Error>;
}

/// Bytes that are all there.
pub(super) struct Slice<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Slice<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Slice { bytes, position: 0 }
    }

    /// The bytes not yet taken.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// The next `bytes` bytes.
    pub(super) fn take(&mut self, bytes: usize) -> Result<&'a [u8], Error> {
        let end = self.position.checked_add(bytes).ok_or(PREMATURE_END)?;
        let taken = self.bytes.get(self.position..end).ok_or(PREMATURE_END)?;
        self.position = end;
        Ok(taken)
    }
}

impl Source for Slice<'_> {
    #[inline]
    fn byte(&mut self) -> Result<u8, Error> {
        let byte = *self.bytes.get(self.position).ok_or(PREMATURE_END)?;
        self.position += 1;
        Ok(byte)
    }

    #[inline]
    fn skip(&mut self, bytes: usize) -> Result<(), Error> {
        if self.bytes.len() - self.position < bytes {
            return Err(PREMATURE_END);
        }
        self.position += bytes;
        Ok(())
    }

    fn position(&self) -> i64 {
        self.position as i64
    }

    fn is_at_end(&mut self) -> Result<bool, Error> {
        Ok(self.position == self.bytes.len())
    }
}

/// Bytes that come out of a decoder.
struct Window<R> {
    codec: Compression,
    reader: R,
    buffer: Vec<u8>,
    position: usize,
    end: usize,
    /// Bytes that have left the window.
    before: u64,
}

impl<R: Read> Window<R> {
    fn new(codec: Compression, reader: R) -> Self {
        let buffer = vec![0; WINDOW_BYTES];
        Window { codec, reader, buffer, position: 0, end: 0, before: 0 }
    }

    /// Decodes the next bytes once the window is empty; false at the end.
    fn fill(&mut self) -> Result<bool, Error> {
        debug_assert_eq!(self.position, self.end, "unread bytes would be lost");
        self.before += self.end as u64;
        (self.position, self.end) = (0, 0);
        if self.before > WALK_BYTES_MAX {
            return Err(Error::TooLarge { limit: WALK_BYTES_MAX as usize });
        }
        loop {
            match self.reader.read(&mut self.buffer) {
                Ok(bytes) => {
                    self.end = bytes;
                    return Ok(bytes > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(compression::read_error(self.codec, &error)),
            }
        }
    }
}

impl<R: Read> Source for Window<R> {
    #[inline]
    fn byte(&mut self) -> Result<u8, Error> {
        if self.position == self.end && !self.fill()? {
            return Err(PREMATURE_END);
        }
        let byte = self.buffer[self.position];
        self.position += 1;
        Ok(byte)
    }

    #[inline]
    fn skip(&mut self, mut bytes: usize) -> Result<(), Error> {
        while bytes > self.end - self.position {
            bytes -= self.end - self.position;
            self.position = self.end;
            if !self.fill()? {
                return Err(PREMATURE_END);
            }
        }
        self.position += bytes;
        Ok(())
    }

    fn position(&self) -> i64 {
        self.before as i64 + self.position as i64
    }

    fn is_at_end(&mut self) -> Result<bool, Error> {
        Ok(self.position == self.end && !self.fill()?)
    }
}
