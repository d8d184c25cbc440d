//! Closed files into the bucket, by the calls that the connector makes: create, parts, complete.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::config::{RetrySettings, SinkConfig, StoreConfig};
use super::object_store::{ObjectAttributes, ObjectStore, StoreError, StoreErrorKind};
use super::writer::{Closed, ClosedFile, Upload};

/// The longest pause between two attempts of one call.
const CALL_BACKOFF_MAX: Duration = Duration::from_secs(10);

/// The bucket, and how patient to be with it.
#[derive(Clone)]
pub(super) struct Uploader {
    store: Arc<dyn ObjectStore>,
    attributes: Arc<ObjectAttributes>,
    retry: RetrySettings,
    part_bytes: usize,
}

impl Uploader {
    /// An uploader with these settings.
    #[must_use]
    pub(super) fn new(store: Arc<dyn ObjectStore>, config: &SinkConfig) -> Uploader {
        Uploader {
            store,
            attributes: Arc::new(config.attributes.clone()),
            retry: config.retry,
            part_bytes: config.part_bytes,
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
        let mut pause = Duration::from_millis(self.retry.call_backoff_ms);
        let mut attempt = 1;
        loop {
            match call().await {
                Err(error) if error.is_retriable() && attempt < self.retry.attempts_max => {
                    tracing::debug!(%error, attempt, "S3 call failed, trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(CALL_BACKOFF_MAX);
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

    async fn finish(&self, mut file: ClosedFile) -> Result<(), StoreError> {
        let mut rest = Bytes::from(std::mem::take(&mut file.rest));
        let mut result = Ok(());
        while result.is_ok() && (!rest.is_empty() || file.upload.parts.is_empty()) {
            let part = rest.split_to(rest.len().min(self.part_bytes));
            result = self.send_part(&file.key, &mut file.upload, part).await;
        }
        let Upload { upload_id, parts } = &file.upload;
        if result.is_ok() {
            result = self
                .patiently(|| {
                    self.store.complete_multipart(&file.key, upload_id, parts, &self.attributes)
                })
                .await;
        }
        if result.is_err() {
            self.abort(&file.key, &file.upload).await;
        }
        result
    }

    /// Sends files that were closed together, in their order.
    ///
    /// # Errors
    /// The first that could not be completed; those before it are in the bucket.
    pub(super) async fn finish_all(&self, closed: Closed) -> Result<(), StoreError> {
        for file in closed.files {
            self.finish(file).await?;
        }
        Ok(())
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
