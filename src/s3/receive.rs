//! A request's body into a temporary file, hashed on the way, in constant memory.
//!
//! Bytes are gathered on the runtime and written and hashed on the blocking pool, one
//! batch in flight while the next is gathered; no thread waits for a slow client.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode};
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders, s3_error};
use tokio::task::JoinHandle;

use super::checksum::{self, Claims};
use super::errors::{blocking, custom, joined};
use super::store::{Checksums, Store, TempFile, hex};

/// So much is gathered before it is handed to the blocking pool.
const BATCH_BYTES: usize = 512 * 1024;

/// The largest object of one request, and the largest part, as in S3.
const BODY_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// A body that has arrived whole and is what the client says it is.
pub(super) struct Received {
    pub(super) temp: TempFile,
    pub(super) size: u64,
    /// The MD5 in hexadecimal.
    pub(super) etag: String,
    pub(super) checksums: Checksums,
}

/// What a body must fulfil.
pub(super) struct Expected {
    pub(super) claims: Claims,
    pub(super) content_md5: Option<[u8; 16]>,
    pub(super) length: Option<u64>,
    pub(super) trailers: Option<TrailingHeaders>,
}

impl Expected {
    /// Reads the headers that say something of the body.
    pub(super) fn new(
        headers: &HeaderMap,
        length: Option<i64>,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<Self> {
        let length = length.and_then(|length| u64::try_from(length).ok());
        if length.is_some_and(|length| length > BODY_BYTES_MAX) {
            return Err(too_large());
        }
        let claims = Claims::from_headers(headers)?;
        let content_md5 = checksum::content_md5(headers)?;
        Ok(Self { claims, content_md5, length, trailers })
    }
}

struct Writer {
    temp: TempFile,
    md5: Md5,
    hasher: ChecksumHasher,
    size: u64,
}

impl Writer {
    fn write(mut self, batch: Vec<Bytes>) -> std::io::Result<Self> {
        for bytes in &batch {
            self.temp.file.write_all(bytes)?;
            self.md5.update(bytes);
            self.hasher.update(bytes);
            self.size += bytes.len() as u64;
        }
        Ok(self)
    }
}

/// Receives a body and verifies it. On any error the file is gone.
pub(super) async fn receive(
    store: &Arc<Store>,
    body: Option<StreamingBlob>,
    expected: Expected,
) -> S3Result<Received> {
    let hasher = expected.claims.hasher();
    let opened = blocking(store, move |store| {
        let temp = store.temp_file()?;
        Ok(Writer { temp, md5: Md5::new(), hasher, size: 0 })
    });
    let mut writer = opened.await?;
    if let Some(body) = body {
        writer = write_all(writer, body).await?;
    }
    let Writer { temp, md5, hasher, size } = writer;
    let md5: [u8; 16] = md5.finalize().into();
    let checksums = checksum::finish(hasher);
    if expected.length.is_some_and(|length| length != size) {
        return Err(incomplete());
    }
    if expected.content_md5.is_some_and(|claimed| claimed != md5) {
        return Err(s3_error!(
            BadDigest,
            "The Content-MD5 you specified did not match what we received."
        ));
    }
    let trailer = expected.trailers.as_ref().and_then(TrailingHeaders::take);
    expected.claims.verify(&checksums, trailer.as_ref())?;
    Ok(Received { temp, size, etag: hex(&md5), checksums })
}

async fn write_all(mut writer: Writer, mut body: StreamingBlob) -> S3Result<Writer> {
    let mut in_flight: Option<JoinHandle<std::io::Result<Writer>>> = None;
    let mut held = Some(writer);
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    let mut total = 0u64;
    loop {
        let chunk = body.next().await.transpose().map_err(broken_body)?;
        let at_end = chunk.is_none();
        if let Some(chunk) = chunk {
            total += chunk.len() as u64;
            batch_bytes += chunk.len();
            batch.push(chunk);
        }
        if total > BODY_BYTES_MAX {
            return Err(too_large());
        }
        if batch_bytes >= BATCH_BYTES || at_end {
            writer = match (in_flight.take(), held.take()) {
                (Some(task), _) => written(task).await?,
                (None, Some(writer)) => writer,
                (None, None) => unreachable!("the writer is held or in flight"),
            };
            if batch.is_empty() {
                return Ok(writer);
            }
            let full = std::mem::take(&mut batch);
            batch_bytes = 0;
            let task = tokio::task::spawn_blocking(move || writer.write(full));
            if at_end {
                return written(task).await;
            }
            in_flight = Some(task);
        }
    }
}

async fn written(task: JoinHandle<std::io::Result<Writer>>) -> S3Result<Writer> {
    joined(task.await)?.map_err(S3Error::internal_error)
}

/// The body's stream ends with an error if the client goes away, or if a signature or
/// length within it is wrong.
fn broken_body(error: s3s::StdError) -> S3Error {
    let error = match error.downcast::<S3Error>() {
        // A form's own.
        Ok(refusal) => return *refusal,
        Err(error) => error,
    };
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        custom(
            "XAmzContentSHA256Mismatch",
            StatusCode::BAD_REQUEST,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    } else if text.contains("SignatureMismatch") {
        S3Error::with_source(S3ErrorCode::SignatureDoesNotMatch, error)
    } else {
        incomplete()
    }
}

/// S3's answer to a body that ends too early.
pub(super) fn incomplete() -> S3Error {
    s3_error!(
        IncompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )
}

fn too_large() -> S3Error {
    s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed object size.")
}
