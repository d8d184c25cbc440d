//! The records of one Kafka partition become files, in memory.
//!
//! Pure: records, time and settings in, closed files out. What it hands out is sent by the
//! task; an offset is committed only after every file before it is in the bucket. After a
//! failure the task drops the writer and makes a new one that begins where the last commit
//! ended: the same path as after a crash, and the only one.

use std::sync::Arc;

use super::config::{ConverterKind, NullValues, SinkConfig};
use super::convert::{Converter, RecordError, Stage, Value};
use super::format::Encoder;
use super::object_store::CompletedPart;
use super::partitioner::Partitioner;
use super::rotation::{Candidate, Cause, Rotation};
use super::schema::Schema;
use crate::base::{Offset, TopicPartition};

/// A record as the source gives it.
#[derive(Debug, Clone, Copy)]
pub struct SinkRecord<'a> {
    /// Its position.
    pub offset: Offset,
    /// Milliseconds since 1970; negative: none.
    pub timestamp_ms: i64,
    /// `None`: no key.
    pub key: Option<&'a [u8]>,
    /// `None`: a tombstone.
    pub value: Option<&'a [u8]>,
}

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
    /// Between topic and file name.
    pub folder: Box<str>,
    /// The object's key.
    pub key: Arc<str>,
    /// The offset of its first record.
    pub start: Offset,
    /// How many records it holds.
    pub record_count: u64,
    /// When its first record was written, on the wall clock.
    pub opened_ms: i64,
    /// What of it is in the bucket already.
    pub upload: Upload,
    sent_bytes: u64,
    schema: Option<Arc<Schema>>,
    encoder: Encoder,
}

/// A file that is complete.
#[derive(Debug)]
pub struct ClosedFile {
    /// The object's key.
    pub key: Arc<str>,
    /// How many records it holds.
    pub record_count: u64,
    /// The object's length in bytes.
    pub total_bytes: u64,
    /// What of it is in the bucket already.
    pub upload: Upload,
    /// What is not.
    pub rest: Vec<u8>,
}

/// Files that were closed together. Once all are in the bucket, `next` may be committed.
#[derive(Debug)]
pub struct Closed {
    /// In the order in which they were opened.
    pub files: Vec<ClosedFile>,
    /// The offset after the last record in them.
    pub next: Offset,
    /// Why.
    pub cause: Cause,
}

/// The writer of one Kafka partition.
#[derive(Debug)]
pub struct PartitionWriter {
    config: Arc<SinkConfig>,
    partition: TopicPartition,
    converter: Converter,
    key_converter: Option<Converter>,
    partitioner: Partitioner,
    rotation: Rotation,
    files: Vec<OpenFile>,
    /// The offset after the last record written.
    next: Offset,
    /// Records that were left out because of `errors.tolerance=all`.
    skipped: u64,
    last_skipped: Option<(Offset, RecordError)>,
}

impl PartitionWriter {
    /// A writer without open files.
    #[must_use]
    pub fn new(config: &Arc<SinkConfig>, partition: TopicPartition, now_ms: i64) -> Self {
        let converter =
            |kind: &ConverterKind| Converter::new(kind.clone(), config.format.key_order);
        PartitionWriter {
            converter: converter(&config.value_converter),
            key_converter: config.key_converter.as_ref().map(converter),
            partitioner: Partitioner::new(config.partitioner.clone(), partition.partition.0),
            rotation: Rotation::new(Arc::new(config.rotation.clone()), now_ms),
            files: Vec::new(),
            next: Offset::NONE,
            skipped: 0,
            last_skipped: None,
            config: config.clone(),
            partition,
        }
    }

    /// Before records that have arrived together.
    pub fn begin(&mut self, now_ms: i64, closed: &mut Vec<Closed>) {
        self.rotation.begin(now_ms);
        self.on_time(now_ms, closed);
    }

    /// Takes one record up. Files that this closes are appended to `closed`.
    ///
    /// # Errors
    /// A record that must not be skipped: the task ends.
    pub fn write(
        &mut self,
        record: &SinkRecord<'_>,
        now_ms: i64,
        closed: &mut Vec<Closed>,
    ) -> Result<(), RecordError> {
        match self.try_write(record, now_ms, closed) {
            Err(error) if self.may_skip(&error) => {
                self.skipped += 1;
                self.last_skipped = Some((record.offset, error));
                Ok(())
            }
            result => result,
        }
    }

    fn may_skip(&self, error: &RecordError) -> bool {
        let errors = &self.config.errors;
        match error.stage {
            Stage::Convert => errors.skip_bad_records,
            // The connector reports records only to a log or a dead letter queue.
            Stage::Report => errors.skip_bad_records && errors.has_reporter(),
            Stage::Fatal => false,
        }
    }

    fn try_write(
        &mut self,
        record: &SinkRecord<'_>,
        now_ms: i64,
        closed: &mut Vec<Closed>,
    ) -> Result<(), RecordError> {
        if let Some(converter) = &mut self.key_converter {
            converter.convert(record.key)?;
        }
        let value = self.converter.convert(record.value)?;
        let schema = match &value {
            Value::Null if matches!(self.config.null_values, NullValues::Ignore { .. }) => {
                return Ok(());
            }
            Value::Null => {
                return Err(RecordError::fatal(
                    "Null valued records are not writeable with current behavior.on.null.values 'settings.",
                ));
            }
            value => value.schema().cloned(),
        };
        let place = self.partitioner.place(&value, record.timestamp_ms, now_ms)?;
        let folder: &str = &place.folder;
        let mut file = self.files.iter().position(|file| *file.folder == *folder);
        let candidate = Candidate {
            folder,
            timestamp_ms: place.timestamp_ms,
            has_other_schema: file
                .map(|index| is_other_schema(self.files[index].schema.as_ref(), schema.as_ref())),
            open_files: self.files.len(),
        };
        if let Some(cause) = self.rotation.before_write(&candidate, now_ms) {
            close_all(&mut self.files, &mut self.rotation, self.next, cause, closed);
            self.rotation.before_write(&candidate, now_ms);
            file = None;
        }
        let index = file.unwrap_or_else(|| {
            self.files.push(OpenFile {
                key: object_key(&self.config, &self.partition, folder, record.offset).into(),
                folder: folder.into(),
                start: record.offset,
                record_count: 0,
                opened_ms: now_ms,
                upload: Upload::default(),
                sent_bytes: 0,
                schema,
                encoder: Encoder::new(&self.config.format),
            });
            self.files.len() - 1
        });
        if let Err(error) = self.files[index].encoder.append(&value) {
            self.files.retain(|file| file.record_count > 0);
            return Err(error);
        }
        self.files[index].record_count += 1;
        self.next = record.offset.plus(1);
        if let Some(cause) = self.rotation.after_write(folder) {
            close_all(&mut self.files, &mut self.rotation, self.next, cause, closed);
        }
        Ok(())
    }

    /// Closes what the schedule wants closed.
    pub fn on_time(&mut self, now_ms: i64, closed: &mut Vec<Closed>) {
        if let Some(cause) = self.rotation.on_time(now_ms) {
            self.close(cause, closed);
        }
    }

    /// Closes all open files.
    pub fn close(&mut self, cause: Cause, closed: &mut Vec<Closed>) {
        close_all(&mut self.files, &mut self.rotation, self.next, cause, closed);
    }

    /// When [`PartitionWriter::on_time`] wants to be called.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.rotation.next_deadline_ms()
    }

    /// Which Kafka partition this is.
    #[must_use]
    pub fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The open files, in the order in which they were opened.
    pub fn files(&mut self) -> &mut [OpenFile] {
        &mut self.files
    }

    /// Records in open files.
    #[must_use]
    pub fn record_count(&self) -> i64 {
        self.rotation.record_count()
    }

    /// How many files are open, and since when the oldest is.
    #[must_use]
    pub fn open_files(&self) -> (usize, Option<i64>) {
        (self.files.len(), self.files.first().map(|file| file.opened_ms))
    }

    /// The schedule's next point, if there is a schedule.
    #[must_use]
    pub fn next_point_ms(&self) -> Option<i64> {
        self.rotation.next_point_ms()
    }

    /// Bytes of open files in memory.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.files.iter().map(|file| file.encoder.held_bytes()).sum()
    }

    /// How many records were left out, and the last of them since this was asked.
    pub fn take_skipped(&mut self) -> (u64, Option<(Offset, RecordError)>) {
        (self.skipped, self.last_skipped.take())
    }
}

impl OpenFile {
    /// Takes the next part out if `part_bytes` are there.
    pub fn take_part(&mut self, part_bytes: usize) -> Option<Vec<u8>> {
        if self.encoder.ready_bytes() < part_bytes {
            return None;
        }
        let part = self.encoder.take(part_bytes);
        self.sent_bytes += part.len() as u64;
        Some(part)
    }
}

/// Whether a record must not go into a file of that schema.
fn is_other_schema(file: Option<&Arc<Schema>>, record: Option<&Arc<Schema>>) -> bool {
    match (file, record) {
        (Some(file), Some(record)) => !Arc::ptr_eq(file, record) && file != record,
        (None, None) => false,
        _ => true,
    }
}

fn close_all(
    files: &mut Vec<OpenFile>,
    rotation: &mut Rotation,
    next: Offset,
    cause: Cause,
    closed: &mut Vec<Closed>,
) {
    rotation.closed();
    if files.is_empty() {
        return;
    }
    let files = files
        .drain(..)
        .map(|file| {
            let rest = file.encoder.finish();
            ClosedFile {
                key: file.key,
                record_count: file.record_count,
                total_bytes: file.sent_bytes + rest.len() as u64,
                upload: file.upload,
                rest,
            }
        })
        .collect();
    closed.push(Closed { files, next, cause });
}

/// `topics/clickstream/year=2024/month=06/day=10/hour=15/clickstream+0+0000001000.json`
#[must_use]
pub fn object_key(
    config: &SinkConfig,
    partition: &TopicPartition,
    folder: &str,
    start: Offset,
) -> String {
    let naming = &config.naming;
    let (delim, file_delim) = (&naming.directory_delim, &naming.file_delim);
    let top = match naming.topics_dir.as_str() {
        "" => String::new(),
        topics_dir => format!("{topics_dir}{delim}"),
    };
    let (topic, number) = (&partition.topic, partition.partition.0);
    let (offset, width) = (start.0, naming.offset_digits_min);
    let extension = &naming.extension;
    format!(
        "{top}{topic}{delim}{folder}{delim}{topic}{file_delim}{number}{file_delim}{offset:0>width$}{extension}"
    )
}
