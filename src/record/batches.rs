//! Batches back to back, as in a segment, a produce request or a fetch response.

use super::{BatchHeader, Error, HEADER_BYTES};

/// One whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch<'a> {
    /// Its header, read.
    pub header: BatchHeader,
    /// All its bytes, header included.
    pub bytes: &'a [u8],
}

impl<'a> Batch<'a> {
    /// Reads the batch at the start of `bytes`; what follows it is ignored.
    ///
    /// # Errors
    /// [`Error::Truncated`] when the batch is longer than `bytes`, else as [`BatchHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let header = BatchHeader::parse(bytes)?;
        match bytes.get(..header.size_bytes()) {
            Some(bytes) => Ok(Batch { header, bytes }),
            None => Err(Error::Truncated { needed: header.size_bytes(), available: bytes.len() }),
        }
    }

    /// The bytes after the header: the records, compressed or not.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[HEADER_BYTES..]
    }

    /// Compares the checksum in the header with the bytes.
    ///
    /// # Errors
    /// [`Error::Crc`].
    pub fn verify_crc(&self) -> Result<(), Error> {
        let computed = crc32c::crc32c(&self.bytes[21..]);
        if computed == self.header.crc {
            return Ok(());
        }
        let base_offset = self.header.base_offset.0;
        Err(Error::Crc { base_offset, stored: self.header.crc, computed })
    }
}

/// Iterates over whole batches. A partial batch at the end is not an error, as fetch responses
/// may end with one; [`Batches::rest`] has it.
#[derive(Debug, Clone)]
pub struct Batches<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl<'a> Batches<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Batches { rest: bytes, failed: false }
    }

    /// The bytes not yet read: after the end the partial batch, after an error the damaged one.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<Batch<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match Batch::parse(self.rest) {
            Ok(batch) => {
                self.rest = &self.rest[batch.bytes.len()..];
                Some(Ok(batch))
            }
            Err(Error::Truncated { .. }) => None,
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}
