//! What the sink needs of S3, and nothing more. All calls are within one bucket.

use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// One bucket of an S3 endpoint.
///
/// Every call may be repeated after a retriable error; the implementation retries
/// nothing by itself, because the sink decides about back-off and reports it.
pub trait ObjectStore: Send + Sync {
    /// Whether the bucket exists. 301 and 403 are answers too: it exists, but is
    /// elsewhere or not ours to list (`StoreError::status` tells them apart).
    fn head_bucket(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Makes the bucket. A bucket that is already ours is no error.
    fn create_bucket(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Writes a whole object in one request.
    fn put_object<'a>(
        &'a self,
        key: &'a str,
        bytes: Bytes,
        attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Begins a multipart upload and returns its upload id. Here belong the ACL,
    /// encryption and content type of the object.
    fn create_multipart<'a>(
        &'a self,
        key: &'a str,
        attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<String, StoreError>>;

    /// Sends one part; parts are numbered from 1.
    fn upload_part<'a>(
        &'a self,
        key: &'a str,
        upload_id: &'a str,
        part_number: u32,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<CompletedPart, StoreError>>;

    /// Makes the object visible. `attributes.if_none_match` belongs here. S3 may answer
    /// 200 with an error document in the body; that is an error of this call.
    fn complete_multipart<'a>(
        &'a self,
        key: &'a str,
        upload_id: &'a str,
        parts: &'a [CompletedPart],
        attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Gives an unfinished upload back. An upload that is not there is no error.
    fn abort_multipart<'a>(
        &'a self,
        key: &'a str,
        upload_id: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Gives an object these tags instead of the ones it has (`PutObjectTagging`).
    fn put_object_tagging<'a>(
        &'a self,
        key: &'a str,
        tags: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Size and ETag of an object; `None` if there is none.
    fn head_object<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<ObjectHead>, StoreError>>;
}

/// How an object is to be stored, beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectAttributes {
    /// `Content-Type`; the connector sends none.
    pub content_type: Option<String>,
    /// `x-amz-acl`, from `s3.acl.canned`.
    pub canned_acl: Option<String>,
    /// `x-amz-server-side-encryption`, from `s3.ssea.name`.
    pub server_side_encryption: Option<String>,
    /// `x-amz-server-side-encryption-aws-kms-key-id`, from `s3.sse.kms.key.id`.
    pub kms_key_id: Option<String>,
    /// `If-None-Match: *`: fail with 412 rather than replace an object.
    pub if_none_match: bool,
}

/// A part that S3 has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedPart {
    /// From 1.
    pub part_number: u32,
    /// As answered, with its quotes.
    pub etag: String,
}

/// What S3 knows of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectHead {
    /// Length in bytes.
    pub size: u64,
    /// As answered, with its quotes; empty if there was none.
    pub etag: String,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// No connection, a timeout, 5xx, 429, `RequestTimeout`, `SlowDown` and the like.
    Retriable,
    /// The request will be refused again: wrong credentials, no such bucket, ….
    Permanent,
}

/// A call to S3 that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// Whether trying again can help.
    pub kind: StoreErrorKind,
    /// S3's error code (`NoSuchBucket`); `None` if no answer was understood.
    pub code: Option<String>,
    /// S3's message, or what went wrong below HTTP, in words for a reader.
    pub message: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
}

impl StoreError {
    /// Whether trying again can help.
    #[must_use]
    pub fn is_retriable(&self) -> bool {
        self.kind == StoreErrorKind::Retriable
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, self.status) {
            (Some(code), Some(status)) => write!(f, "{code} ({status}): {}", self.message),
            (Some(code), None) => write!(f, "{code}: {}", self.message),
            (None, Some(status)) => write!(f, "HTTP {status}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for StoreError {}
