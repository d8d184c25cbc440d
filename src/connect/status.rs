//! What a connector is doing, for people: states, numbers, and what would close a file.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::config::{BUCKET_NAMES, SinkConfig, is_bucket_name};
use super::explain::explain;
use super::metrics::Metrics;
use super::rotation::RotationSettings;
use super::time::TimeZone;
use crate::base::{Offset, TopicPartition};

/// What a task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// It writes what comes.
    Running,
    /// It was told to wait (Connect's `PUT .../pause`).
    Paused,
    /// The bucket cannot be reached or refuses; nothing is lost, it is tried again.
    Retrying,
    /// A record cannot be written, or the settings do not work: it waits for a restart.
    Failed,
    /// It was told to stop.
    Stopped,
}

/// A connector as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectorStatus {
    /// `name`
    pub name: String,
    /// The worst of its tasks' states.
    pub state: State,
    /// `s3.bucket.name`
    pub bucket: String,
    /// Where the bucket is.
    pub endpoint: String,
    /// The consumer group that remembers what is written.
    pub group: String,
    /// Its tasks.
    pub tasks: Vec<TaskStatus>,
    /// What the settings are warned about.
    pub warnings: Vec<String>,
    /// What it does and why, in sentences.
    pub explanation: Vec<String>,
    /// Its counters.
    pub metrics: Metrics,
}

/// A task.
#[derive(Debug, Clone, Serialize)]
pub struct TaskStatus {
    /// From 0.
    pub id: usize,
    /// What it is doing.
    pub state: State,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// The last error, also after it has passed.
    pub error: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// When it is tried again, while retrying.
    pub retry_at_ms: Option<i64>,
    /// Failures since the start, each followed by another attempt.
    pub failures: u64,
    /// Its partitions.
    pub partitions: Vec<PartitionStatus>,
}

/// A partition.
#[derive(Debug, Clone, Serialize)]
pub struct PartitionStatus {
    /// `clickstream-0`
    pub partition: String,
    /// The next offset to write to the bucket after a restart.
    pub committed_offset: Option<i64>,
    /// The next offset to read.
    pub position: i64,
    /// Records in files that are open.
    pub waiting_records: i64,
    /// Files that are open.
    pub open_files: usize,
    /// Since when the oldest of them is.
    pub open_since_ms: Option<i64>,
    /// Bytes of them in memory.
    pub buffered_bytes: usize,
    /// What would close them, in a sentence.
    pub waits_for: Option<String>,
    /// Objects written since the start.
    pub objects: u64,
    /// Records in them.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Groups of files that are closed and on their way to the bucket.
    pub uploading_files: usize,
    /// The last object written.
    pub last_object: Option<String>,
    /// Records left out because of `errors.tolerance=all`.
    pub skipped_records: u64,
    /// Records sent to the dead letter queue.
    pub dead_letters: u64,
    /// Why the last of the skipped records could not be written.
    pub last_skipped: Option<String>,
    /// Records dropped by transforms, and null values that are ignored.
    pub left_out_records: u64,
}

/// What a task says of itself while it works.
#[derive(Debug)]
pub(super) struct Board {
    id: usize,
    inner: Mutex<Posted>,
}

#[derive(Debug)]
pub(super) struct Posted {
    pub(super) state: State,
    pub(super) since_ms: i64,
    pub(super) error: Option<String>,
    pub(super) remedy: Option<String>,
    pub(super) retry_at_ms: Option<i64>,
    pub(super) failures: u64,
    pub(super) partitions: BTreeMap<TopicPartition, Numbers>,
}

/// Numbers of one partition.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    pub(super) committed: Option<Offset>,
    pub(super) position: Offset,
    pub(super) waiting_records: i64,
    pub(super) open_files: usize,
    pub(super) open_since_ms: Option<i64>,
    pub(super) next_point_ms: Option<i64>,
    pub(super) buffered_bytes: usize,
    pub(super) objects: u64,
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) uploading: usize,
    pub(super) last_object: Option<std::sync::Arc<str>>,
    pub(super) skipped: u64,
    pub(super) dead_letters: u64,
    pub(super) last_skipped: Option<String>,
    pub(super) left_out: u64,
}

impl Board {
    pub(super) fn new(id: usize, now_ms: i64) -> Board {
        let posted = Posted {
            state: State::Running,
            since_ms: now_ms,
            error: None,
            remedy: None,
            retry_at_ms: None,
            failures: 0,
            partitions: BTreeMap::new(),
        };
        Board { id, inner: Mutex::new(posted) }
    }

    pub(super) fn id(&self) -> usize {
        self.id
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Posted> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self, rotation: &RotationSettings) -> TaskStatus {
        let posted = self.lock();
        let partitions = posted
            .partitions
            .iter()
            .map(|(partition, numbers)| PartitionStatus {
                partition: partition.to_string(),
                committed_offset: numbers.committed.map(|offset| offset.0),
                position: numbers.position.0,
                waiting_records: numbers.waiting_records,
                open_files: numbers.open_files,
                open_since_ms: numbers.open_since_ms,
                buffered_bytes: numbers.buffered_bytes,
                waits_for: waits_for(numbers.waiting_records, numbers.next_point_ms, rotation),
                objects: numbers.objects,
                records: numbers.records,
                bytes: numbers.bytes,
                uploading_files: numbers.uploading,
                last_object: numbers.last_object.as_deref().map(str::to_owned),
                skipped_records: numbers.skipped,
                dead_letters: numbers.dead_letters,
                last_skipped: numbers.last_skipped.clone(),
                left_out_records: numbers.left_out,
            })
            .collect();
        TaskStatus {
            id: self.id,
            state: posted.state,
            since_ms: posted.since_ms,
            error: posted.error.clone(),
            remedy: posted.remedy.clone(),
            retry_at_ms: posted.retry_at_ms,
            failures: posted.failures,
            partitions,
        }
    }
}

impl ConnectorStatus {
    pub(super) fn of(config: &SinkConfig, tasks: Vec<TaskStatus>) -> ConnectorStatus {
        let severity = |state: &State| match state {
            State::Running => 0,
            State::Paused => 1,
            State::Stopped => 2,
            State::Retrying => 3,
            State::Failed => 4,
        };
        ConnectorStatus {
            name: config.name.clone(),
            state: tasks
                .iter()
                .map(|task| task.state)
                .max_by_key(severity)
                .unwrap_or(State::Stopped),
            bucket: config.store.bucket.clone(),
            endpoint: endpoint(config),
            group: config.group.clone(),
            explanation: explain(config, &tasks),
            metrics: Metrics::of(&tasks),
            tasks,
            warnings: config.warnings.clone(),
        }
    }
}

/// Where the bucket is, for people.
#[must_use]
pub fn endpoint(config: &SinkConfig) -> String {
    match &config.store.endpoint {
        Some(url) if config.store.is_own_endpoint => format!("{url} (klamm's own)"),
        Some(url) => url.clone(),
        None => format!("https://s3.{}.amazonaws.com", config.store.region),
    }
}

/// `37 records wait for flush.size=1000 (nothing else will close this file)`
#[must_use]
pub fn waits_for(
    waiting_records: i64,
    next_point_ms: Option<i64>,
    rotation: &RotationSettings,
) -> Option<String> {
    if waiting_records <= 0 {
        return None;
    }
    let records = match waiting_records {
        1 => "1 record waits".to_owned(),
        count => format!("{count} records wait"),
    };
    let otherwise = match (next_point_ms, &rotation.schedule, rotation.interval_ms) {
        (Some(point_ms), Some(schedule), _) => {
            let time = clock_time(point_ms, &schedule.zone);
            format!("rotate.schedule.interval.ms closes this file at {time}")
        }
        (_, _, Some(interval_ms)) => format!(
            "or for a record {interval_ms} ms later than the first, rotate.interval.ms; time alone \
             does not close this file"
        ),
        _ => "nothing else will close this file".to_owned(),
    };
    Some(format!("{records} for flush.size={} ({otherwise})", rotation.flush_size))
}

fn clock_time(utc_ms: i64, zone: &TimeZone) -> String {
    let seconds = zone.local_ms(utc_ms).div_euclid(1000).rem_euclid(86_400);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02} {}", seconds % 60, zone.abbreviation(utc_ms))
}

/// How the message of a call begins that could not be signed.
pub(super) const NO_CREDENTIALS: &str = "no usable AWS credentials";

/// What to do about an error of the store.
#[must_use]
pub fn remedy(error: &super::StoreError, config: &SinkConfig) -> String {
    let bucket = &config.store.bucket;
    if error.message.starts_with(NO_CREDENTIALS) {
        return "set aws.access.key.id and aws.secret.access.key, or AWS_ACCESS_KEY_ID and \
                AWS_SECRET_ACCESS_KEY in klamm's environment, or a profile in ~/.aws"
            .to_owned();
    }
    match (error.code.as_deref(), error.status) {
        (_, Some(400)) if !is_bucket_name(bucket) => {
            format!("correct s3.bucket.name={bucket}: {BUCKET_NAMES}")
        }
        (Some("NoSuchBucket"), _) | (_, Some(404)) => {
            format!("make the bucket {bucket}, or set klamm.bucket.create=true")
        }
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch"), _) => {
            "check aws.access.key.id and aws.secret.access.key (or the environment's credentials)"
                .to_owned()
        }
        (_, Some(301)) => {
            format!(
                "the bucket {bucket} is in another region: check s3.region={}",
                config.store.region
            )
        }
        (_, Some(401 | 403)) => format!(
            "allow s3:PutObject, s3:AbortMultipartUpload and s3:ListBucket on {bucket} for these credentials"
        ),
        (_, Some(429 | 500..)) => "the endpoint is overloaded or broken; see its log".to_owned(),
        (_, None) => format!("check that {} can be reached (store.url)", endpoint(config)),
        _ => "see the error".to_owned(),
    }
}
