//! A cursor over bytes from the network or from a log, checked at every step.

use std::borrow::Cow;
use std::mem::size_of;

use super::message::Item;
use super::{Error, Records};
use crate::base::Uuid;

/// Bytes that an array sets aside before its first item has been read.
const PREALLOCATION_BYTES_MAX: usize = 4096;
/// Kafka refuses longer strings in both encodings.
const STRING_BYTES_MAX: usize = i16::MAX as usize;

/// Reads Kafka's primitive types from a slice; what it returns borrows from the slice.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

macro_rules! fixed {
    ($($name:ident $ty:ty, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            ///
            /// # Errors
            /// [`Error::Truncated`]
            #[inline]
            pub fn $name(&mut self) -> Result<$ty, Error> {
                Ok(<$ty>::from_be_bytes(self.take()?))
            }
        )*
    };
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes }
    }

    /// Bytes that are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes that are left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Succeeds if nothing is left.
    ///
    /// # Errors
    /// [`Error::TrailingBytes`]
    pub fn finish(&self) -> Result<(), Error> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Error::TrailingBytes(self.bytes.len())) }
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<N>() else {
            return Err(self.truncated(N));
        };
        self.bytes = rest;
        Ok(*head)
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`Error::Truncated`]
    #[inline]
    pub fn slice(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let Some((head, rest)) = self.bytes.split_at_checked(length) else {
            return Err(self.truncated(length));
        };
        self.bytes = rest;
        Ok(head)
    }

    #[cold]
    fn truncated(&self, needed: usize) -> Error {
        Error::Truncated { needed, remaining: self.bytes.len() }
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

    /// A `bool`: as in Kafka, every byte but 0 is true.
    ///
    /// # Errors
    /// [`Error::Truncated`]
    #[inline]
    pub fn bool(&mut self) -> Result<bool, Error> {
        Ok(self.i8()? != 0)
    }

    /// A `uuid`.
    ///
    /// # Errors
    /// [`Error::Truncated`]
    #[inline]
    pub fn uuid(&mut self) -> Result<Uuid, Error> {
        Ok(Uuid(self.take()?))
    }

    /// An unsigned variable-length number of 32 bits.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::VarintTooLong`]
    #[inline]
    pub fn uvarint(&mut self) -> Result<u32, Error> {
        if let Some((&byte, rest)) = self.bytes.split_first()
            && byte < 0x80
        {
            self.bytes = rest;
            return Ok(u32::from(byte));
        }
        self.uvarint_long()
    }

    fn uvarint_long(&mut self) -> Result<u32, Error> {
        let mut value = 0;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.take()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Error::VarintTooLong)
    }

    /// A length, `None` for null. `width` is that of the inflexible encoding.
    #[inline]
    fn length(&mut self, flexible: bool, width: Width) -> Result<Option<usize>, Error> {
        if flexible {
            return Ok((self.uvarint()? as usize).checked_sub(1));
        }
        let length = match width {
            Width::Short => i32::from(self.i16()?),
            Width::Long => self.i32()?,
        };
        match length {
            -1 => Ok(None),
            _ => match usize::try_from(length) {
                Ok(length) => Ok(Some(length)),
                Err(_) => Err(Error::InvalidLength(i64::from(length))),
            },
        }
    }

    /// A `string`.
    ///
    /// # Errors
    /// Whatever can be wrong with it.
    #[inline]
    pub fn string(&mut self, flexible: bool) -> Result<Cow<'a, str>, Error> {
        self.nullable_string(flexible, false)?.ok_or(Error::UnexpectedNull)
    }

    /// A `string` that may be null if `nullable`.
    ///
    /// # Errors
    /// Whatever can be wrong with it.
    pub fn nullable_string(
        &mut self,
        flexible: bool,
        nullable: bool,
    ) -> Result<Option<Cow<'a, str>>, Error> {
        let Some(length) = self.length(flexible, Width::Short)? else {
            return null(nullable);
        };
        if length > STRING_BYTES_MAX {
            return Err(Error::InvalidLength(length as i64));
        }
        let text = str::from_utf8(self.slice(length)?).map_err(|_| Error::InvalidUtf8)?;
        Ok(Some(Cow::Borrowed(text)))
    }

    /// A field of the type `bytes`.
    ///
    /// # Errors
    /// Whatever can be wrong with it.
    pub fn bytes(&mut self, flexible: bool) -> Result<Cow<'a, [u8]>, Error> {
        self.nullable_bytes(flexible, false)?.ok_or(Error::UnexpectedNull)
    }

    /// A field of the type `bytes` that may be null if `nullable`.
    ///
    /// # Errors
    /// Whatever can be wrong with it.
    pub fn nullable_bytes(
        &mut self,
        flexible: bool,
        nullable: bool,
    ) -> Result<Option<Cow<'a, [u8]>>, Error> {
        match self.length(flexible, Width::Long)? {
            None => null(nullable),
            Some(length) => Ok(Some(Cow::Borrowed(self.slice(length)?))),
        }
    }

    /// A field of the type `records`.
    ///
    /// # Errors
    /// Whatever can be wrong with it.
    pub fn nullable_records(
        &mut self,
        flexible: bool,
        nullable: bool,
    ) -> Result<Option<Records<'a>>, Error> {
        match self.length(flexible, Width::Long)? {
            None => null(nullable),
            Some(length) => Ok(Some(Records::Slice(self.slice(length)?))),
        }
    }

    /// An array whose items take at least `item_bytes_min` bytes each.
    pub(crate) fn array<T>(
        &mut self,
        flexible: bool,
        item_bytes_min: usize,
        item: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.nullable_array(flexible, false, item_bytes_min, item)?.ok_or(Error::UnexpectedNull)
    }

    /// An array that may be null if `nullable`.
    pub(crate) fn nullable_array<T>(
        &mut self,
        flexible: bool,
        nullable: bool,
        item_bytes_min: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<Vec<T>>, Error> {
        let Some(count) = self.length(flexible, Width::Long)? else {
            return null(nullable);
        };
        let needed = count.saturating_mul(item_bytes_min.max(1));
        if needed > self.remaining() {
            return Err(self.truncated(needed));
        }
        // An item in memory is larger than on the wire: set aside little, then grow with
        // what has really been read.
        let mut items =
            Vec::with_capacity(count.min(PREALLOCATION_BYTES_MAX / size_of::<T>().max(1)));
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(Some(items))
    }

    /// An array of strings.
    pub(crate) fn strings(&mut self, flexible: bool) -> Result<Vec<Cow<'a, str>>, Error> {
        self.array(flexible, if flexible { 1 } else { 2 }, |reader| reader.string(flexible))
    }

    /// An array of strings that may be null if `nullable`.
    pub(crate) fn nullable_strings(
        &mut self,
        flexible: bool,
        nullable: bool,
    ) -> Result<Option<Vec<Cow<'a, str>>>, Error> {
        let item_bytes_min = if flexible { 1 } else { 2 };
        self.nullable_array(flexible, nullable, item_bytes_min, |reader| reader.string(flexible))
    }

    /// An array of structs.
    pub(crate) fn items<T: Item<'a>>(
        &mut self,
        flexible: bool,
        version: i16,
    ) -> Result<Vec<T>, Error> {
        self.array(flexible, T::min_size(version), |reader| T::decode_body(reader, version))
    }

    /// An array of structs that may be null if `nullable`.
    pub(crate) fn nullable_items<T: Item<'a>>(
        &mut self,
        flexible: bool,
        nullable: bool,
        version: i16,
    ) -> Result<Option<Vec<T>>, Error> {
        self.nullable_array(flexible, nullable, T::min_size(version), |reader| {
            T::decode_body(reader, version)
        })
    }

    /// A struct that may be null if `nullable`: a negative byte for null, another before
    /// the struct. Where it cannot be null the byte is missing.
    pub(crate) fn nullable_item<T: Item<'a>>(
        &mut self,
        nullable: bool,
        version: i16,
    ) -> Result<Option<T>, Error> {
        if nullable && self.i8()? < 0 {
            return Ok(None);
        }
        Ok(Some(T::decode_body(self, version)?))
    }

    /// How many tagged fields follow; each is read by [`Reader::tag`].
    pub(crate) fn tag_count(&mut self) -> Result<u32, Error> {
        let count = self.uvarint()?;
        let needed = (count as usize).saturating_mul(2);
        if needed > self.remaining() { Err(self.truncated(needed)) } else { Ok(count) }
    }

    /// The next tagged field: its tag, and a reader over its bytes alone. Like Kafka's own
    /// decoders this takes the tags in any order, and the last of equal ones.
    pub(crate) fn tag(&mut self) -> Result<(u32, Reader<'a>), Error> {
        let tag = self.uvarint()?;
        let length = self.uvarint()? as usize;
        Ok((tag, Reader::new(self.slice(length)?)))
    }

    /// Passes over tagged fields that nobody here knows.
    pub fn skip_tags(&mut self) -> Result<(), Error> {
        for _ in 0..self.tag_count()? {
            self.tag()?;
        }
        Ok(())
    }
}

/// The bytes of a length in the inflexible encoding.
#[derive(Clone, Copy)]
enum Width {
    Short,
    Long,
}

fn null<T>(nullable: bool) -> Result<Option<T>, Error> {
    if nullable { Ok(None) } else { Err(Error::UnexpectedNull) }
}
