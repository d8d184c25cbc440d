//! Avro's binary encoding of single values.

use crate::connect::schema::DataError;

/// Appends an int or a long: zigzag, seven bits a byte.
pub fn write_long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push((rest & 0x7f) as u8);
}

/// Appends bytes, or the text of a string, after their length.
pub fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_long(i64::try_from(bytes.len()).unwrap_or(i64::MAX), out);
    out.extend_from_slice(bytes);
}

/// Reads what was encoded. Every length is checked against what is there.
#[derive(Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], DataError> {
        let Some((taken, rest)) = self.0.split_at_checked(length) else {
            return Err(DataError::new("java.io.EOFException"));
        };
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DataError> {
        let bytes = self.take(N)?;
        Ok(bytes.try_into().expect("as many bytes were taken"))
    }

    pub(super) fn long(&mut self) -> Result<i64, DataError> {
        let mut value: u64 = 0;
        for shift in (0..70).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        Err(DataError::new("Invalid long encoding"))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], DataError> {
        let length = self.long()?;
        let length = usize::try_from(length)
            .map_err(|_| DataError(format!("Malformed data. Length is negative: {length}")))?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<String, DataError> {
        self.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// How many items the next block of an array or a map has; 0 at the end.
    pub(super) fn block(&mut self) -> Result<u64, DataError> {
        let count = self.long()?;
        if count < 0 {
            // The block's length in bytes follows, for those who want to skip it.
            self.long()?;
        }
        Ok(count.unsigned_abs())
    }
}
