//! The records of a batch: keys, values and headers as slices of it.

use std::borrow::Cow;

use super::walk::{Slice, Source, varint, varlong};
use super::{Batch, BatchHeader, Error, TimestampType};
use crate::base::Offset;

/// One record; it borrows from the batch, or from its decompressed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its position in the partition.
    pub offset: Offset,
    /// Milliseconds since 1970; -1 for none. Under LogAppendTime the batch's max timestamp.
    pub timestamp: i64,
    /// The key; an empty one is not null.
    pub key: Option<&'a [u8]>,
    /// The value; null is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers, in their order, duplicates kept.
    pub headers: Headers<'a>,
}

/// One header of a record. Java's keys are UTF-8; here they may be any bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name.
    pub key: &'a [u8],
    /// The value.
    pub value: Option<&'a [u8]>,
}

/// The headers of a record, not yet taken apart (but known to be sound).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Headers<'a> {
    count: i32,
    bytes: &'a [u8],
}

impl<'a> Headers<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let mut source = Slice::new(self.bytes);
        (0..self.count).map_while(move |_| header(&mut source).ok())
    }

    /// The headers as they lie in the record, without the count.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl std::fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The records of one batch, decompressed if need be.
#[derive(Debug)]
pub struct Records<'a> {
    header: BatchHeader,
    payload: Cow<'a, [u8]>,
}

impl<'a> Batch<'a> {
    /// The records. A compressed block may take up to `limit_bytes` when it is decompressed.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond the limit, [`Error::Decompression`] for a damaged block.
    pub fn records(&self, limit_bytes: usize) -> Result<Records<'a>, Error> {
        let codec = self.header.attributes.compression()?;
        Ok(Records { header: self.header, payload: codec.decompress(self.payload(), limit_bytes)? })
    }
}

impl Records<'_> {
    /// From the first record to the last.
    #[must_use]
    pub fn iter(&self) -> RecordIter<'_> {
        RecordIter {
            source: Slice::new(&self.payload),
            left: self.header.record_count,
            header: &self.header,
        }
    }
}

impl<'a> IntoIterator for &'a Records<'_> {
    type Item = Result<Record<'a>, Error>;
    type IntoIter = RecordIter<'a>;

    fn into_iter(self) -> RecordIter<'a> {
        self.iter()
    }
}

/// Iterates over records; ends after the first error.
pub struct RecordIter<'a> {
    source: Slice<'a>,
    left: i32,
    header: &'a BatchHeader,
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<Record<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left <= 0 {
            return None;
        }
        self.left -= 1;
        let record = record(&mut self.source, self.header);
        if record.is_err() {
            self.left = 0;
        }
        Some(record)
    }
}

fn record<'a>(source: &mut Slice<'a>, batch: &BatchHeader) -> Result<Record<'a>, Error> {
    let length = usize::try_from(varint(source)?)
        .map_err(|_| Error::Record("Invalid record size: it is negative"))?;
    let mut body = Slice::new(source.take(length)?);
    body.byte()?; // attributes, unused
    let timestamp_delta = varlong(&mut body)?;
    let offset_delta = varint(&mut body)?;
    let key = nullable(&mut body)?;
    let value = nullable(&mut body)?;
    let headers = headers(&mut body)?;
    let timestamp = match batch.attributes.timestamp_type() {
        TimestampType::CreateTime => batch.base_timestamp.wrapping_add(timestamp_delta),
        TimestampType::LogAppendTime => batch.max_timestamp,
    };
    let offset = batch.base_offset.plus(i64::from(offset_delta));
    Ok(Record { offset, timestamp, key, value, headers })
}

/// Headers end the record, so they take all of its remaining bytes.
fn headers<'a>(body: &mut Slice<'a>) -> Result<Headers<'a>, Error> {
    let count = varint(body)?;
    if count < 0 {
        return Err(Error::Record("Found invalid number of record headers"));
    }
    let bytes = body.rest();
    for _ in 0..count {
        header(body)?;
    }
    if !body.is_at_end()? {
        return Err(Error::Record("Invalid record size: bytes remain after the headers"));
    }
    Ok(Headers { count, bytes })
}

fn header<'a>(source: &mut Slice<'a>) -> Result<Header<'a>, Error> {
    let key = nullable(source)?.ok_or(Error::Record("Invalid negative header key size"))?;
    Ok(Header { key, value: nullable(source)? })
}

fn nullable<'a>(source: &mut Slice<'a>) -> Result<Option<&'a [u8]>, Error> {
    match usize::try_from(varint(source)?) {
        Ok(bytes) => source.take(bytes).map(Some),
        Err(_) => Ok(None),
    }
}
