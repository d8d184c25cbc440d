//! Closed files into the bucket, by the calls that the connector makes: create, parts, complete.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

use crate::base::Offset;

use super::backoff;
use super::config::{RetrySettings, SinkConfig, StoreConfig, Tagging};
use super::object_store::{ObjectAttributes, ObjectStore, StoreError, StoreErrorKind};
use super::writer::{Closed, ClosedObject, Rest, Upload};

/// The bucket, and how patient to be with it.
#[derive(Clone)]
pub(super) struct Uploader {
    store: Arc<dyn ObjectStore>,
    attributes: Arc<ObjectAttributes>,
    retry: RetrySettings,
    part_bytes: usize,
    tagging: Option<Arc<Tagging>>,
    /// With conditional writes: how many following names are tried.
    scan_limit: Option<u32>,
    /// The digits of an offset in a name.
    offset_digits_min: usize,
}

/// What has become of files that were closed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finished {
    /// They are in the bucket.
    Written,
    /// An object is there already, of a run before a crash; this name is the next free one.
    Taken(Offset),
}

impl Uploader {
    /// An uploader with these settings.
    #[must_use]
    pub(super) fn new(store: Arc<dyn ObjectStore>, config: &SinkConfig) -> Uploader {
        Uploader {
            store,
            attributes: Arc::new(ObjectAttributes {
                if_none_match: config.conditional_writes.is_some(),
                ..config.attributes.clone()
            }),
            retry: config.retry,
            part_bytes: config.part_bytes,
            tagging: config.tagging.clone().map(Arc::new),
            scan_limit: config.conditional_writes,
            offset_digits_min: config.naming.offset_digits_min,
        }
    }

    /// Makes sure that the bucket is there.
    ///
    /// # Errors
    /// `Non-existent S3 bucket: <name>`, or whatever keeps it from being reached.
    pub(super) async fn ensure_bucket(&self, settings: &StoreConfig) -> Result<(), StoreError> {
        let Err(error) = self.store.head_bucket().await else { return Ok(()) };
        match error.status {
            // It exists, elsewhere or not ours to list: writing will tell.
            Some(301 | 403) => Ok(()),
            Some(404) if settings.create_bucket => self.store.create_bucket().await,
            Some(404) => Err(StoreError {
                kind: StoreErrorKind::Permanent,
                code: Some("NoSuchBucket".to_owned()),
                message: format!("Non-existent S3 bucket: {}", settings.bucket),
                status: Some(404),
            }),
            _ => Err(error),
        }
    }

    /// Repeats a call as often as `s3.part.retries` allows.
    async fn patiently<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut attempt = 1;
        loop {
            match call().await {
                Err(error) if error.is_retriable() && attempt < self.retry.attempts_max => {
                    tracing::debug!(%error, attempt, "S3 call failed, trying again");
                    tokio::time::sleep(backoff::pause(self.retry.call_backoff_ms, attempt)).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Sends one part of a file that is still open.
    ///
    /// # Errors
    /// When all attempts have failed.
    pub(super) async fn send_part(
        &self,
        key: &str,
        upload: &mut Upload,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        if upload.upload_id.is_empty() {
            upload.upload_id =
                self.patiently(|| self.store.create_multipart(key, &self.attributes)).await?;
        }
        let number = u32::try_from(upload.parts.len() + 1).unwrap_or(u32::MAX);
        let upload_id = &upload.upload_id;
        let part = self
            .patiently(|| self.store.upload_part(key, upload_id, number, bytes.clone()))
            .await?;
        upload.parts.push(part);
        Ok(())
    }

    async fn finish(&self, file: ClosedObject) -> Result<(Finished, u64), StoreError> {
        let (key, start) = (file.key.clone(), file.start);
        let tags = self.tags(&file);
        let mut upload = file.upload.clone();
        let mut bytes = 0;
        let mut result = match file.finish() {
            Ok(mut rest) => self.send_rest(&key, &mut upload, &mut rest, &mut bytes).await,
            Err(error) => Err(disk_failed(&error)),
        };
        let Upload { upload_id, parts } = &upload;
        if result.is_ok() {
            result = self
                .patiently(|| {
                    self.store.complete_multipart(&key, upload_id, parts, &self.attributes)
                })
                .await;
        }
        if result.is_err() {
            self.abort(&key, &upload).await;
        }
        match (result, self.scan_limit) {
            (Err(error), Some(limit)) if error.status == Some(412) => {
                let free = self.next_free(&key, start, limit).await?;
                Ok((Finished::Taken(free), 0))
            }
            (Err(error), _) => Err(error),
            (Ok(()), _) => {
                self.tag(&key, &tags).await?;
                Ok((Finished::Written, bytes))
            }
        }
    }

    async fn send_rest(
        &self,
        key: &str,
        upload: &mut Upload,
        rest: &mut Rest,
        bytes: &mut u64,
    ) -> Result<(), StoreError> {
        while !rest.is_empty() || upload.parts.is_empty() {
            let part = rest.take(self.part_bytes).map_err(|error| disk_failed(&error))?;
            *bytes += part.len() as u64;
            self.send_part(key, upload, part.into()).await?;
        }
        Ok(())
    }

    /// `s3.object.tagging`
    fn tags(&self, file: &ClosedObject) -> Vec<(String, String)> {
        let Some(tagging) = &self.tagging else { return Vec::new() };
        let mut tags = tagging.pairs.clone();
        for (name, value) in [
            ("startOffset", file.start.to_string()),
            ("endOffset", file.end.to_string()),
            ("recordCount", file.record_count.to_string()),
        ] {
            tags.push((name.to_owned(), value));
        }
        tags
    }

    async fn tag(&self, key: &str, tags: &[(String, String)]) -> Result<(), StoreError> {
        let Some(tagging) = &self.tagging else { return Ok(()) };
        match self.patiently(|| self.store.put_object_tagging(key, tags)).await {
            Err(error) if !tagging.fails => {
                tracing::warn!(%error, key, "the object has no tags");
                Ok(())
            }
            result => result,
        }
    }

    /// The offset of the next name that no object has, beside that of `key`.
    async fn next_free(&self, key: &str, start: Offset, limit: u32) -> Result<Offset, StoreError> {
        let width = self.offset_digits_min;
        let digits = format!("{:0>width$}", start.0);
        let mut offset = start;
        let Some(at) = key.rfind(&digits) else { return Ok(start.plus(1)) };
        let (before, after) = (&key[..at], &key[at + digits.len()..]);
        for _ in 0..limit {
            offset = offset.plus(1);
            let key = format!("{before}{:0>width$}{after}", offset.0);
            match self.patiently(|| self.store.head_object(&key)).await {
                Ok(None) => return Ok(offset),
                Ok(Some(_)) => {}
                // It may be there: who may not look cannot tell.
                Err(error) if error.status == Some(403) => return Ok(offset),
                Err(error) => return Err(error),
            }
        }
        Ok(offset)
    }

    /// Sends files that were closed together, in their order; how many bytes that were.
    ///
    /// # Errors
    /// The first that could not be completed; those before it are in the bucket.
    pub(super) async fn finish_all(&self, closed: Closed) -> Result<(Finished, u64), StoreError> {
        let mut finished = Finished::Written;
        let mut total_bytes = 0;
        for object in closed.objects {
            let (outcome, bytes) = self.finish(object).await?;
            total_bytes += bytes;
            if let Finished::Taken(free) = outcome {
                finished = match finished {
                    Finished::Taken(other) => Finished::Taken(other.min(free)),
                    Finished::Written => Finished::Taken(free),
                };
            }
        }
        Ok((finished, total_bytes))
    }

    /// Gives an upload back; who is gone cannot be told.
    pub(super) async fn abort(&self, key: &str, upload: &Upload) {
        if !upload.upload_id.is_empty()
            && let Err(error) = self.store.abort_multipart(key, &upload.upload_id).await
        {
            tracing::debug!(%error, key, "an unfinished upload stays behind");
        }
    }
}

/// The disk under open files failed: the records are read again.
pub(super) fn disk_failed(error: &std::io::Error) -> StoreError {
    StoreError {
        kind: StoreErrorKind::Retriable,
        code: None,
        message: format!("the disk under open files (TMPDIR): {error}"),
        status: None,
    }
}
