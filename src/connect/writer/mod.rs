//! The records of one Kafka partition become files, in memory.
//!
//! Pure: records, time and settings in, closed files out. What it hands out is sent by the
//! task; an offset is committed only after every file before it is in the bucket. After a
//! failure the task drops the writer and makes a new one that begins where the last commit
//! ended: the same path as after a crash, and the only one.

mod body;
mod file;
mod naming;

use std::sync::Arc;

use super::config::{NullValues, SinkConfig};
use super::convert::{RecordError, Value};
use super::failure::Failure;
use super::partitioner::Partitioner;
use super::pipeline::{Piped, Pipeline, headers_schema, headers_value};
use super::rotation::{Candidate, Cause, Rotation};
use super::schema::{DataError, Schema, SchemaAndData, project};
use super::source::Headers;
use crate::base::{Offset, TopicPartition};

pub use body::Rest;
pub use file::{Closed, ClosedObject, OpenFile, OpenObject, Upload};
pub use naming::{ObjectName, object_key};

/// Of a partition's open objects so many are compressed while they grow; the others wait with
/// that until they are closed. A gzip that runs takes a third of a megabyte.
const RUNNING_GZIPS_MAX: usize = 16;

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
    /// Its headers, where something looks at them.
    pub headers: Headers<'a>,
}

/// The writer of one Kafka partition.
#[derive(Debug)]
pub struct PartitionWriter {
    config: Arc<SinkConfig>,
    partition: TopicPartition,
    pipeline: Pipeline,
    partitioner: Partitioner,
    files: Files,
    left_out: u64,
}

/// The open files of a partition, and when they are closed.
#[derive(Debug)]
struct Files {
    config: Arc<SinkConfig>,
    partition: TopicPartition,
    headers_schema: Arc<Schema>,
    rotation: Rotation,
    open: Vec<OpenFile>,
    running_gzips: usize,
    /// The offset after the last record written.
    next: Offset,
}

/// A record that has found its folder.
#[derive(Debug)]
struct Placed<'a> {
    offset: Offset,
    piped: &'a Piped<'a>,
    folder: &'a str,
    /// Its moment, where the partitioner looks at one.
    timestamp_ms: Option<i64>,
}

impl PartitionWriter {
    /// A writer without open files.
    #[must_use]
    pub fn new(config: &Arc<SinkConfig>, partition: TopicPartition, now_ms: i64) -> Self {
        PartitionWriter {
            pipeline: Pipeline::new(config, &partition),
            partitioner: Partitioner::new(config.partitioner.clone(), partition.partition.0),
            files: Files {
                config: config.clone(),
                partition: partition.clone(),
                headers_schema: headers_schema(),
                rotation: Rotation::new(Arc::new(config.rotation.clone()), now_ms),
                open: Vec::new(),
                running_gzips: 0,
                next: Offset::NONE,
            },
            config: config.clone(),
            partition,
            left_out: 0,
        }
    }

    /// Before records that have arrived together.
    pub fn begin(&mut self, now_ms: i64, closed: &mut Vec<Closed>) {
        self.files.rotation.begin(now_ms);
        self.on_time(now_ms, closed);
    }

    /// Takes one record up. Files that this closes are appended to `closed`.
    ///
    /// # Errors
    /// If the record cannot be written; nothing of it is.
    pub fn write(
        &mut self,
        record: &SinkRecord<'_>,
        now_ms: i64,
        closed: &mut Vec<Closed>,
    ) -> Result<(), Failure> {
        let Some(piped) = self.pipeline.run(record)? else {
            self.left_out += 1;
            return Ok(());
        };
        let (folder, timestamp_ms) = if matches!(piped.value, Value::Null) {
            match &self.config.null_values {
                NullValues::Fail => {
                    return Err(Failure::put(RecordError::fatal(
                        "Null valued records are not writeable with current behavior.on.null.values 'settings.",
                    )));
                }
                NullValues::Ignore { reports } if *reports && self.config.errors.has_reporter() => {
                    let text = "Skipping null value record.";
                    return Err(Failure::put(RecordError::report(text)));
                }
                NullValues::Ignore { .. } => {
                    self.left_out += 1;
                    return Ok(());
                }
                NullValues::Write { folder } => {
                    let timestamp_ms =
                        self.partitioner.tombstone_moment(piped.timestamp_ms, now_ms);
                    (folder.as_str().into(), timestamp_ms)
                }
            }
        } else {
            let timestamp_ms = piped.timestamp_ms.unwrap_or(-1);
            let place = self.partitioner.place(&piped.value, timestamp_ms, now_ms);
            let place = place.map_err(Failure::put)?;
            (place.folder, place.timestamp_ms)
        };
        let placed = Placed { offset: record.offset, piped: &piped, folder: &folder, timestamp_ms };
        self.files.write(&placed, now_ms, closed).map_err(Failure::put)
    }

    /// Records that a transform dropped, and null values that are ignored.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Closes what the schedule wants closed.
    pub fn on_time(&mut self, now_ms: i64, closed: &mut Vec<Closed>) {
        if let Some(cause) = self.files.rotation.on_time(now_ms) {
            self.close(cause, closed);
        }
    }

    /// Closes all open files.
    pub fn close(&mut self, cause: Cause, closed: &mut Vec<Closed>) {
        self.files.close(cause, closed);
    }

    /// When [`PartitionWriter::on_time`] wants to be called.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.files.rotation.next_deadline_ms()
    }

    /// Which Kafka partition this is.
    #[must_use]
    pub fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The objects of open files, in the order in which they were opened.
    pub fn objects(&mut self) -> impl Iterator<Item = &mut OpenObject> {
        self.files.open.iter_mut().flat_map(|file| file.objects.iter_mut())
    }

    /// Records in open files.
    #[must_use]
    pub fn record_count(&self) -> i64 {
        self.files.rotation.record_count()
    }

    /// How many files are open, and since when the oldest is.
    #[must_use]
    pub fn open_files(&self) -> (usize, Option<i64>) {
        (self.files.open.len(), self.files.open.first().map(|file| file.opened_ms))
    }

    /// The schedule's next point, if there is a schedule.
    #[must_use]
    pub fn next_point_ms(&self) -> Option<i64> {
        self.files.rotation.next_point_ms()
    }

    /// The moment of the first record since the last commit, where time decides about files.
    #[must_use]
    pub fn base_timestamp_ms(&self) -> Option<i64> {
        self.files.rotation.base_timestamp_ms()
    }

    /// Bytes of open files in memory.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.files.open.iter().map(OpenFile::held_bytes).sum()
    }
}

impl Files {
    fn write(
        &mut self,
        placed: &Placed<'_>,
        now_ms: i64,
        closed: &mut Vec<Closed>,
    ) -> Result<(), RecordError> {
        self.check_extras(placed)?;
        let piped = placed.piped;
        let schema = piped.value.schema().cloned();
        let is_same = |file: &OpenFile| *file.folder == *placed.folder && file.topic == piped.topic;
        let mut file = self.open.iter().position(is_same);
        let has_other_schema = match file {
            Some(index) => Some(self.needs_new_file(&self.open[index], schema.as_ref())?),
            None => None,
        };
        let candidate = Candidate {
            topic: &piped.topic,
            folder: placed.folder,
            timestamp_ms: placed.timestamp_ms,
            has_other_schema,
            open_files: self.open.len(),
        };
        if let Some(cause) = self.rotation.before_write(&candidate, now_ms) {
            self.close(cause, closed);
            self.rotation.before_write(&candidate, now_ms);
            file = None;
        }
        let index = file.unwrap_or_else(|| {
            let has_value = !matches!(piped.value, Value::Null);
            let name = ObjectName {
                partition: &self.partition,
                topic: &piped.topic,
                folder: placed.folder,
                start: placed.offset,
            };
            self.open.push(OpenFile::new(&self.config, &name, has_value, schema, now_ms));
            self.open.len() - 1
        });
        let headers =
            piped.headers.as_ref().map(|headers| headers_value(headers, &self.headers_schema));
        let projected = projected(&piped.value, self.open[index].schema.as_ref());
        let may_run = self.running_gzips < RUNNING_GZIPS_MAX;
        let file = &mut self.open[index];
        let before = file.running_gzips();
        let written = projected.and_then(|projected| {
            let value = projected.as_ref().unwrap_or(&piped.value);
            file.append(value, piped.key.as_ref(), headers.as_ref(), may_run)
        });
        self.running_gzips += file.running_gzips() - before;
        if let Err(error) = written {
            self.open.retain(|file| file.record_count > 0);
            return Err(error);
        }
        self.open[index].end = placed.offset;
        self.next = placed.offset.plus(1);
        if let Some(cause) = self.rotation.after_write(&candidate) {
            self.close(cause, closed);
        }
        Ok(())
    }

    /// `schema.compatibility`
    fn needs_new_file(
        &self,
        file: &OpenFile,
        schema: Option<&Arc<Schema>>,
    ) -> Result<bool, RecordError> {
        let mode = self.config.schema_compatibility;
        mode.needs_new_file(file.schema.as_ref(), schema)
            .map_err(|DataError(text)| RecordError::report(text))
    }

    /// A record without what is to be stored of it goes to nobody.
    fn check_extras(&self, placed: &Placed<'_>) -> Result<(), RecordError> {
        let missing = |what: &str| {
            Err(RecordError::report(format!(
                "{what} cannot be null for SinkRecord: SinkRecord{{kafkaOffset={}, topic='{}', kafkaPartition={}}} ",
                placed.offset, placed.piped.topic, self.partition.partition
            )))
        };
        if self.config.keys.is_some() && matches!(placed.piped.key, None | Some(Value::Null)) {
            return missing("Key");
        }
        let has_headers = placed.piped.headers.as_ref().is_some_and(|headers| !headers.is_empty());
        if self.config.headers.is_some() && !has_headers {
            return missing("Headers");
        }
        Ok(())
    }

    fn close(&mut self, cause: Cause, closed: &mut Vec<Closed>) {
        self.rotation.closed();
        self.running_gzips = 0;
        if self.open.is_empty() {
            return;
        }
        let file_count = self.open.len() as u64;
        let record_count = self.open.iter().map(|file| file.record_count).sum();
        let objects = self.open.drain(..).flat_map(OpenFile::finish).collect();
        closed.push(Closed { objects, file_count, record_count, next: self.next, cause });
    }
}

/// A value of another version of the file's schema, as one of the file's.
fn projected(
    value: &Value<'_>,
    schema: Option<&Arc<Schema>>,
) -> Result<Option<Value<'static>>, RecordError> {
    match (value, schema) {
        (Value::Data(SchemaAndData { schema: Some(own), data }), Some(schema))
            if !Arc::ptr_eq(own, schema) && own != schema =>
        {
            let data =
                project(own, data, schema).map_err(|DataError(text)| RecordError::report(text))?;
            Ok(Some(Value::Data(SchemaAndData { schema: Some(schema.clone()), data })))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests;
