//! A request's body into a temporary file, hashed on the way, in constant memory.
//!
//! Bytes are gathered on the runtime and written and hashed on the blocking pool, side by side
//! since MD5 is slower than many a disk, one batch in flight while the next is gathered; no
//! thread waits for a slow client.

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

/// Where a body goes.
struct Sinks {
    temp: TempFile,
    digests: Digests,
    size: u64,
}

struct Digests {
    md5: Md5,
    hasher: ChecksumHasher,
}

/// A batch on its way.
struct InFlight {
    written: JoinHandle<std::io::Result<TempFile>>,
    hashed: JoinHandle<Digests>,
    size: u64,
}

impl Sinks {
    fn take(self, batch: Vec<Bytes>) -> InFlight {
        let Self { mut temp, mut digests, size } = self;
        let size = size + batch.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
        let same = batch.clone();
        let written = tokio::task::spawn_blocking(move || {
            for bytes in &batch {
                temp.file.write_all(bytes)?;
            }
            Ok(temp)
        });
        let hashed = tokio::task::spawn_blocking(move || {
            for bytes in &same {
                digests.md5.update(bytes);
                digests.hasher.update(bytes);
            }
            digests
        });
        InFlight { written, hashed, size }
    }
}

impl InFlight {
    async fn done(self) -> S3Result<Sinks> {
        let temp = joined(self.written.await)?.map_err(S3Error::internal_error)?;
        let digests = joined(self.hashed.await)?;
        Ok(Sinks { temp, digests, size: self.size })
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
        Ok(Sinks { temp, digests: Digests { md5: Md5::new(), hasher }, size: 0 })
    });
    let mut sinks = opened.await?;
    if let Some(body) = body {
        sinks = take_all(sinks, body).await?;
    }
    let Sinks { temp, digests: Digests { md5, hasher }, size } = sinks;
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

async fn take_all(mut sinks: Sinks, mut body: StreamingBlob) -> S3Result<Sinks> {
    let mut batch = gather(&mut body).await?;
    while !batch.is_empty() {
        let in_flight = sinks.take(batch);
        batch = gather(&mut body).await?;
        sinks = in_flight.done().await?;
        if sinks.size > BODY_BYTES_MAX {
            return Err(too_large());
        }
    }
    Ok(sinks)
}

/// The next bytes of a body, enough of them for a batch; none at its end.
async fn gather(body: &mut StreamingBlob) -> S3Result<Vec<Bytes>> {
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    while batch_bytes < BATCH_BYTES
        && let Some(chunk) = body.next().await.transpose().map_err(broken_body)?
    {
        batch_bytes += chunk.len();
        if !chunk.is_empty() {
            batch.push(chunk);
        }
    }
    Ok(batch)
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
