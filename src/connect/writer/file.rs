//! Files that are being written, and the objects that they become.
//!
//! A file is a place of its own for records of one folder; it becomes up to three objects: the
//! values, and where they are stored the keys and the headers.

use std::io;
use std::sync::Arc;

use super::body::{Body, Rest};
use super::naming::{ObjectName, object_key};
use crate::base::Offset;
use crate::connect::config::SinkConfig;
use crate::connect::convert::{RecordError, Value};
use crate::connect::format::FormatSettings;
use crate::connect::object_store::CompletedPart;
use crate::connect::rotation::Cause;
use crate::connect::schema::Schema;
use crate::connect::spill::Spill;

/// A multipart upload that has begun.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// S3's id of it; empty before the first part.
    pub upload_id: String,
    /// The parts that are in the bucket.
    pub parts: Vec<CompletedPart>,
}

/// A file that records are being written to.
#[derive(Debug)]
pub struct OpenFile {
    pub(super) topic: Arc<str>,
    pub(super) folder: Box<str>,
    pub(super) schema: Option<Arc<Schema>>,
    /// The offset of its first record.
    pub(super) start: Offset,
    /// The offset of its last record.
    pub(super) end: Offset,
    pub(super) record_count: u64,
    /// When its first record was written, on the wall clock.
    pub(super) opened_ms: i64,
    pub(super) objects: Vec<OpenObject>,
}

/// What stands in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Values,
    Keys,
    Headers,
}

/// An object that is being written.
#[derive(Debug)]
pub struct OpenObject {
    /// Its key.
    pub key: Arc<str>,
    /// What of it is in the bucket already.
    pub upload: Upload,
    content: Content,
    body: Body,
}

/// An object that is complete.
#[derive(Debug)]
pub struct ClosedObject {
    /// Its key.
    pub key: Arc<str>,
    /// The offset of its first record.
    pub start: Offset,
    /// The offset of its last record.
    pub end: Offset,
    /// How many records it holds.
    pub record_count: u64,
    /// What of it is in the bucket already.
    pub upload: Upload,
    body: Body,
}

/// Files that were closed together. Once all are in the bucket, `next` may be committed.
#[derive(Debug)]
pub struct Closed {
    /// In the order in which they were opened.
    pub objects: Vec<ClosedObject>,
    /// How many files these objects are.
    pub file_count: u64,
    /// How many records they hold.
    pub record_count: u64,
    /// The offset after the last record in them.
    pub next: Offset,
    /// Why.
    pub cause: Cause,
}

impl OpenFile {
    /// An empty file. One of tombstones has no values.
    pub(super) fn new(
        config: &SinkConfig,
        name: &ObjectName<'_>,
        has_value: bool,
        schema: Option<Arc<Schema>>,
        now_ms: i64,
    ) -> OpenFile {
        let mut objects = Vec::new();
        let mut add = |content, format: &FormatSettings, extension: &str| {
            objects.push(OpenObject {
                key: object_key(&config.naming, name, extension).into(),
                upload: Upload::default(),
                content,
                body: Body::new(format),
            });
        };
        if has_value {
            add(Content::Values, &config.format, &config.naming.extension);
        }
        if let Some(keys) = &config.keys {
            add(Content::Keys, &keys.format, &keys.extension);
        }
        if let Some(headers) = &config.headers {
            add(Content::Headers, &headers.format, &headers.extension);
        }
        OpenFile {
            topic: name.topic.into(),
            folder: name.folder.into(),
            schema,
            start: name.start,
            end: name.start,
            record_count: 0,
            opened_ms: now_ms,
            objects,
        }
    }

    /// Appends a record to all objects.
    ///
    /// # Errors
    /// If a format has no place for it. A value that is refused leaves nothing behind; a key or
    /// header that is refused after its value was written ends the task.
    pub(super) fn append(
        &mut self,
        value: &Value<'_>,
        key: Option<&Value<'_>>,
        headers: Option<&Value<'_>>,
        may_run: bool,
    ) -> Result<(), RecordError> {
        for object in &mut self.objects {
            let content = match object.content {
                Content::Values => Some(value),
                Content::Keys => key,
                Content::Headers => headers,
            };
            let Some(content) = content else { continue };
            if let Err(error) = object.body.append(content, may_run) {
                return Err(match object.content {
                    Content::Values => error,
                    Content::Keys | Content::Headers => RecordError::fatal(error.message),
                });
            }
        }
        self.record_count += 1;
        Ok(())
    }

    /// Bytes in memory.
    pub(super) fn held_bytes(&self) -> usize {
        self.objects.iter().map(|object| object.body.held_bytes()).sum()
    }

    /// How many gzips run.
    pub(super) fn running_gzips(&self) -> usize {
        self.objects.iter().filter(|object| object.body.is_running()).count()
    }

    /// The objects as they are to be in the bucket.
    pub(super) fn finish(self) -> impl Iterator<Item = ClosedObject> {
        let (start, end, record_count) = (self.start, self.end, self.record_count);
        self.objects.into_iter().map(move |object| ClosedObject {
            key: object.key,
            start,
            end,
            record_count,
            upload: object.upload,
            body: object.body,
        })
    }
}

impl OpenObject {
    /// Takes the next part out if `part_bytes` are there.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn take_part(&mut self, part_bytes: usize) -> io::Result<Option<Vec<u8>>> {
        if self.body.ready_bytes() < part_bytes {
            return Ok(None);
        }
        self.body.take(part_bytes).map(Some)
    }

    /// Moves what is in memory to disk, as far as it can.
    ///
    /// # Errors
    /// A disk that fails or is full; then it stays in memory.
    pub fn spill(&mut self, spill: &Arc<Spill>) -> io::Result<()> {
        self.body.spill(spill)
    }
}

impl ClosedObject {
    /// Bytes in memory.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.body.held_bytes()
    }

    /// What is still to be sent. Compresses what is not compressed yet.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn finish(self) -> io::Result<Rest> {
        self.body.finish()
    }
}
