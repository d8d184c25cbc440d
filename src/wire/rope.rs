//! What an encoder writes into: one growing buffer, with record batches that live
//! elsewhere spliced in at their places instead of being copied.

use std::borrow::Cow;

use bytes::Bytes;

use super::message::Item;
use super::{Error, FileRange, Records};
use crate::base::Uuid;

/// A shared piece smaller than this is cheaper to copy than to send on its own.
const SPLICE_BYTES_MIN: usize = 512;

/// Bytes in order, some owned, some elsewhere.
#[derive(Debug, Default)]
pub struct Rope {
    buffer: Vec<u8>,
    /// Pieces from elsewhere, with the length of `buffer` where each belongs.
    pieces: Vec<(usize, Piece)>,
    /// Their total length.
    pieces_bytes: usize,
}

#[derive(Debug)]
enum Piece {
    Shared(Bytes),
    File(FileRange),
}

/// A stretch of a [`Rope`].
#[derive(Debug, Clone, Copy)]
pub enum Part<'r> {
    /// Bytes in memory.
    Bytes(&'r [u8]),
    /// Bytes in a file.
    File(&'r FileRange),
}

/// Tagged fields that are being written.
#[derive(Debug)]
pub(crate) struct Tags {
    count_at: usize,
    count: u8,
}

macro_rules! fixed {
    ($($name:ident $ty:ty, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[inline]
            pub fn $name(&mut self, value: $ty) {
                self.buffer.extend_from_slice(&value.to_be_bytes());
            }
        )*
    };
}

impl Rope {
    /// An empty rope.
    #[must_use]
    pub fn new() -> Self {
        Rope::default()
    }

    /// An empty rope that writes into `buffer`, whose content is dropped but whose
    /// capacity is kept.
    #[must_use]
    pub fn with_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Rope { buffer, pieces: Vec::new(), pieces_bytes: 0 }
    }

    /// The buffer, for use by the next rope.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Length in bytes, all parts together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len() + self.pieces_bytes
    }

    /// Whether nothing has been written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parts in order, none of them empty.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let ends = self.pieces.iter().map(|(at, _)| *at).chain([self.buffer.len()]);
        let pieces = self.pieces.iter().map(|(_, piece)| Some(piece)).chain([None]);
        let mut start = 0;
        ends.zip(pieces).flat_map(move |(end, piece)| {
            let own = Part::Bytes(&self.buffer[start..end]);
            start = end;
            let other = piece.map(|piece| match piece {
                Piece::Shared(bytes) => Part::Bytes(bytes),
                Piece::File(range) => Part::File(range),
            });
            [(!own.is_empty()).then_some(own), other].into_iter().flatten()
        })
    }

    /// All bytes in one piece, or `None` if some are in a file.
    #[must_use]
    pub fn to_vec(&self) -> Option<Vec<u8>> {
        let mut all = Vec::with_capacity(self.len());
        for part in self.parts() {
            match part {
                Part::Bytes(bytes) => all.extend_from_slice(bytes),
                Part::File(_) => return None,
            }
        }
        Some(all)
    }

    fixed! {
        i8 i8, "An `int8`.";
        i16 i16, "An `int16`.";
        i32 i32, "An `int32`.";
        i64 i64, "An `int64`.";
        u16 u16, "A `uint16`.";
        u32 u32, "A `uint32`.";
        f64 f64, "A `float64`.";
    }

    /// A `bool`.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.buffer.push(u8::from(value));
    }

    /// A `uuid`.
    #[inline]
    pub fn uuid(&mut self, value: Uuid) {
        self.buffer.extend_from_slice(&value.0);
    }

    /// An unsigned variable-length number of 32 bits.
    #[inline]
    pub fn uvarint(&mut self, value: u32) {
        let (bytes, length) = uvarint_bytes(value);
        self.buffer.extend_from_slice(&bytes[..length]);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes in the own buffer: a position for [`Rope::set_i32`].
    pub(crate) fn buffer_len(&self) -> usize {
        self.buffer.len()
    }

    /// Overwrites four bytes that were written earlier.
    ///
    /// # Panics
    /// If they were not.
    pub(crate) fn set_i32(&mut self, position: usize, value: i32) {
        self.buffer[position..position + 4].copy_from_slice(&value.to_be_bytes());
    }

    /// A length of at most `max`, or null.
    fn length(&mut self, flexible: bool, length: usize, max: usize) -> Result<(), Error> {
        if length > max {
            return Err(Error::InvalidLength(length as i64));
        }
        if flexible {
            self.uvarint(length as u32 + 1);
        } else if max == STRING_BYTES_MAX {
            self.i16(length as i16);
        } else {
            self.i32(length as i32);
        }
        Ok(())
    }

    fn null(&mut self, flexible: bool, nullable: bool, max: usize) -> Result<(), Error> {
        if !nullable {
            return Err(Error::UnexpectedNull);
        }
        if flexible {
            self.uvarint(0);
        } else if max == STRING_BYTES_MAX {
            self.i16(-1);
        } else {
            self.i32(-1);
        }
        Ok(())
    }

    /// A `string`.
    ///
    /// # Errors
    /// [`Error::InvalidLength`] above 32,767 bytes.
    pub fn string(&mut self, flexible: bool, value: &str) -> Result<(), Error> {
        self.length(flexible, value.len(), STRING_BYTES_MAX)?;
        self.raw(value.as_bytes());
        Ok(())
    }

    /// A `string` that may be null if `nullable`.
    ///
    /// # Errors
    /// [`Error::InvalidLength`] above 32,767 bytes, [`Error::UnexpectedNull`].
    pub fn nullable_string(
        &mut self,
        flexible: bool,
        nullable: bool,
        value: Option<&str>,
    ) -> Result<(), Error> {
        match value {
            Some(value) => self.string(flexible, value),
            None => self.null(flexible, nullable, STRING_BYTES_MAX),
        }
    }

    /// A field of the type `bytes`.
    ///
    /// # Errors
    /// [`Error::InvalidLength`] above 2 GiB.
    pub fn bytes(&mut self, flexible: bool, value: &[u8]) -> Result<(), Error> {
        self.length(flexible, value.len(), LENGTH_MAX)?;
        self.raw(value);
        Ok(())
    }

    /// A field of the type `bytes` that may be null if `nullable`.
    ///
    /// # Errors
    /// [`Error::InvalidLength`] above 2 GiB, [`Error::UnexpectedNull`].
    pub fn nullable_bytes(
        &mut self,
        flexible: bool,
        nullable: bool,
        value: Option<&[u8]>,
    ) -> Result<(), Error> {
        match value {
            Some(value) => self.bytes(flexible, value),
            None => self.null(flexible, nullable, LENGTH_MAX),
        }
    }

    /// A field of the type `records`; what is held elsewhere is not copied.
    ///
    /// # Errors
    /// [`Error::InvalidLength`] above 2 GiB, [`Error::UnexpectedNull`].
    pub fn nullable_records(
        &mut self,
        flexible: bool,
        nullable: bool,
        value: Option<&Records<'_>>,
    ) -> Result<(), Error> {
        let Some(value) = value else {
            return self.null(flexible, nullable, LENGTH_MAX);
        };
        self.length(flexible, value.len(), LENGTH_MAX)?;
        match value {
            Records::Slice(bytes) => self.raw(bytes),
            Records::Shared(bytes) if bytes.len() < SPLICE_BYTES_MIN => self.raw(bytes),
            Records::Shared(bytes) => self.splice(Piece::Shared(bytes.clone())),
            Records::File(range) if range.length == 0 => {}
            Records::File(range) => self.splice(Piece::File(range.clone())),
        }
        Ok(())
    }

    fn splice(&mut self, piece: Piece) {
        self.pieces_bytes += match &piece {
            Piece::Shared(bytes) => bytes.len(),
            Piece::File(range) => range.length as usize,
        };
        self.pieces.push((self.buffer.len(), piece));
    }

    /// An array of numbers or ids.
    pub(crate) fn array<T: Copy>(
        &mut self,
        flexible: bool,
        values: &[T],
        mut item: impl FnMut(&mut Self, T),
    ) -> Result<(), Error> {
        self.length(flexible, values.len(), LENGTH_MAX)?;
        for value in values {
            item(self, *value);
        }
        Ok(())
    }

    pub(crate) fn nullable_array<T: Copy>(
        &mut self,
        flexible: bool,
        nullable: bool,
        values: Option<&[T]>,
        item: impl FnMut(&mut Self, T),
    ) -> Result<(), Error> {
        match values {
            Some(values) => self.array(flexible, values, item),
            None => self.null(flexible, nullable, LENGTH_MAX),
        }
    }

    /// An array of strings.
    pub(crate) fn strings(&mut self, flexible: bool, values: &[Cow<'_, str>]) -> Result<(), Error> {
        self.length(flexible, values.len(), LENGTH_MAX)?;
        values.iter().try_for_each(|value| self.string(flexible, value))
    }

    pub(crate) fn nullable_strings(
        &mut self,
        flexible: bool,
        nullable: bool,
        values: Option<&[Cow<'_, str>]>,
    ) -> Result<(), Error> {
        match values {
            Some(values) => self.strings(flexible, values),
            None => self.null(flexible, nullable, LENGTH_MAX),
        }
    }

    /// An array of structs.
    pub(crate) fn items<'a, T: Item<'a>>(
        &mut self,
        flexible: bool,
        version: i16,
        values: &[T],
    ) -> Result<(), Error> {
        self.length(flexible, values.len(), LENGTH_MAX)?;
        values.iter().try_for_each(|value| value.encode_body(self, version))
    }

    pub(crate) fn nullable_items<'a, T: Item<'a>>(
        &mut self,
        flexible: bool,
        nullable: bool,
        version: i16,
        values: Option<&[T]>,
    ) -> Result<(), Error> {
        match values {
            Some(values) => self.items(flexible, version, values),
            None => self.null(flexible, nullable, LENGTH_MAX),
        }
    }

    /// A struct that may be null if `nullable`.
    pub(crate) fn nullable_item<'a, T: Item<'a>>(
        &mut self,
        nullable: bool,
        version: i16,
        value: Option<&T>,
    ) -> Result<(), Error> {
        match value {
            Some(value) => {
                if nullable {
                    self.i8(1);
                }
                value.encode_body(self, version)
            }
            None if nullable => {
                self.i8(-1);
                Ok(())
            }
            None => Err(Error::UnexpectedNull),
        }
    }

    /// The end of a struct without tagged fields.
    pub(crate) fn no_tags(&mut self) {
        self.buffer.push(0);
    }

    /// Opens the tagged fields at the end of a struct.
    pub(crate) fn start_tags(&mut self) -> Tags {
        self.buffer.push(0);
        Tags { count_at: self.buffer.len() - 1, count: 0 }
    }

    /// Where the next tagged field's value starts, for [`Rope::finish_tag`].
    pub(crate) fn start_tag(&mut self) -> usize {
        self.buffer.len()
    }

    /// Puts tag and size before what was written since `start`.
    pub(crate) fn finish_tag(&mut self, tags: &mut Tags, tag: u32, start: usize) {
        assert!(
            self.pieces.last().is_none_or(|(at, _)| *at < start),
            "no tagged field carries records"
        );
        let size = (self.buffer.len() - start) as u32;
        let (tag, tag_length) = uvarint_bytes(tag);
        let (size, size_length) = uvarint_bytes(size);
        let head = tag[..tag_length].iter().chain(&size[..size_length]).copied();
        self.buffer.splice(start..start, head);
        tags.count += 1;
    }

    /// Closes the tagged fields. A struct has far fewer than 128 of them.
    pub(crate) fn finish_tags(&mut self, tags: Tags) {
        self.buffer[tags.count_at] = tags.count;
    }
}

impl Part<'_> {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Part::Bytes(bytes) => bytes.len(),
            Part::File(range) => range.length as usize,
        }
    }

    /// Whether there is not a single byte; a part of a rope is never empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Kafka refuses longer strings in both encodings.
const STRING_BYTES_MAX: usize = i16::MAX as usize;
/// The largest length of anything else.
const LENGTH_MAX: usize = i32::MAX as usize;

fn uvarint_bytes(mut value: u32) -> ([u8; 5], usize) {
    let mut bytes = [0; 5];
    let mut length = 0;
    while value >= 0x80 {
        bytes[length] = value as u8 | 0x80;
        value >>= 7;
        length += 1;
    }
    bytes[length] = value as u8;
    (bytes, length + 1)
}
