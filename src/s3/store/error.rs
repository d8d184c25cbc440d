//! What can go wrong in the store.

use std::io;
use std::path::PathBuf;

/// A refusal, or a disk that does not do as told.
#[derive(Debug, thiserror::Error)]
pub(in crate::s3) enum Error {
    #[error("the bucket does not exist")]
    NoSuchBucket,
    #[error("the bucket exists already")]
    BucketExists,
    /// With what still lies there.
    #[error("the bucket is not empty: it holds {0:?}")]
    BucketNotEmpty(String),
    #[error("there is no object of this key")]
    NoSuchKey,
    #[error("there is no multipart upload of this id and key")]
    NoSuchUpload,
    /// The header that did not hold.
    #[error("the condition {0} does not hold")]
    ConditionFailed(&'static str),
    #[error("part {0} was not uploaded, or its ETag or checksum is another")]
    InvalidPart(u32),
    #[error("the parts are not in ascending order")]
    InvalidPartOrder,
    /// Part number, its size.
    #[error("part {0} has {1} bytes; all but the last need 5 MiB")]
    PartTooSmall(u32, u64),
    #[error("a key has 1 to 1024 bytes")]
    KeyTooLong,
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io { action, path: path.into(), source }
    }
}
