//! Record batches as a message carries them: bytes that nobody looks into here.

use std::fs::File;
use std::sync::Arc;

use bytes::Bytes;

/// A stretch of a file that is sent without being read into memory.
#[derive(Debug, Clone)]
pub struct FileRange {
    /// The open file.
    pub file: Arc<File>,
    /// Where it starts, in bytes.
    pub position: u64,
    /// How long it is, in bytes.
    pub length: u32,
}

impl PartialEq for FileRange {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
            && self.position == other.position
            && self.length == other.length
    }
}

/// A field of the type `records`.
#[derive(Debug, Clone)]
pub enum Records<'a> {
    /// A slice of the request.
    Slice(&'a [u8]),
    /// Bytes held in memory by someone else as well.
    Shared(Bytes),
    /// Bytes that stay in their file.
    File(FileRange),
}

impl<'a> Records<'a> {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Records::Slice(bytes) => bytes.len(),
            Records::Shared(bytes) => bytes.len(),
            Records::File(range) => range.length as usize,
        }
    }

    /// Whether there is not a single byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, unless they are in a file.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Records::Slice(bytes) => Some(bytes),
            Records::Shared(bytes) => Some(bytes),
            Records::File(_) => None,
        }
    }
}

impl PartialEq for Records<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Records::File(one), Records::File(other)) => one == other,
            _ => self.bytes().is_some() && self.bytes() == other.bytes(),
        }
    }
}
