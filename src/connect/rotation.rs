//! When the open files of a partition are closed.
//!
//! A pure state machine with the connector's order of checks. It knows nothing of files,
//! only how many records are in them; time comes in with every call.

use std::fmt;
use std::sync::Arc;

use super::time::TimeZone;

/// When files are closed.
#[derive(Debug, Clone)]
pub struct RotationSettings {
    /// `flush.size`: records in all open files of a Kafka partition together.
    pub flush_size: i64,
    /// `rotate.interval.ms`, where the partitioner looks at time.
    pub interval_ms: Option<i64>,
    /// `rotate.file.on.partition.change`; matters only with an interval.
    pub on_partition_change: bool,
    /// `rotate.schedule.interval.ms`
    pub schedule: Option<Schedule>,
    /// `partitioner.max.open.files`
    pub open_files_max: Option<usize>,
}

/// `rotate.schedule.interval.ms` in `timezone`.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The interval, counted from local midnight.
    pub interval_ms: i64,
    /// Whose midnight.
    pub zone: TimeZone,
}

/// Why files are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// `flush.size` records are there.
    FlushSize,
    /// A record is `rotate.interval.ms` later than the first.
    Interval,
    /// A record belongs to another folder than the one before.
    PartitionChange,
    /// A point of `rotate.schedule.interval.ms` has passed.
    Schedule,
    /// A record has another schema than the file.
    SchemaChange,
    /// `partitioner.max.open.files` would be exceeded.
    OpenFiles,
    /// Somebody asked for it.
    Requested,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cause::FlushSize => "flush.size",
            Cause::Interval => "rotate.interval.ms",
            Cause::PartitionChange => "rotate.file.on.partition.change",
            Cause::Schedule => "rotate.schedule.interval.ms",
            Cause::SchemaChange => "schema change",
            Cause::OpenFiles => "partitioner.max.open.files",
            Cause::Requested => "flush request",
        })
    }
}

/// What the machine looks at before a record is written.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// The record's topic, as transforms have left it.
    pub topic: &'a str,
    /// The record's folder.
    pub folder: &'a str,
    /// The record's moment, where the partitioner looks at one.
    pub timestamp_ms: Option<i64>,
    /// Whether the folder's file has another schema; `None` if no file is open there.
    pub has_other_schema: Option<bool>,
    /// How many files are open.
    pub open_files: usize,
}

/// The state of one Kafka partition.
#[derive(Debug)]
pub struct Rotation {
    settings: Arc<RotationSettings>,
    /// In all open files.
    record_count: i64,
    /// The moment of the first record since the last commit.
    base_timestamp_ms: Option<i64>,
    /// Topic and folder of the record written last.
    current: Option<(Box<str>, Box<str>)>,
    next_point_ms: Option<i64>,
}

impl Rotation {
    /// A partition without open files; its first point of the schedule is the next after `now_ms`.
    #[must_use]
    pub fn new(settings: Arc<RotationSettings>, now_ms: i64) -> Rotation {
        let mut rotation = Rotation {
            settings,
            record_count: 0,
            base_timestamp_ms: None,
            current: None,
            next_point_ms: None,
        };
        rotation.schedule_after(now_ms);
        rotation
    }

    fn schedule_after(&mut self, now_ms: i64) {
        self.next_point_ms = self
            .settings
            .schedule
            .as_ref()
            .map(|schedule| schedule.zone.next_schedule_point_ms(now_ms, schedule.interval_ms));
    }

    /// Records in open files.
    #[must_use]
    pub fn record_count(&self) -> i64 {
        self.record_count
    }

    /// The schedule's next point, if there is a schedule.
    #[must_use]
    pub fn next_point_ms(&self) -> Option<i64> {
        self.next_point_ms
    }

    /// The schedule's next point, if it would close anything.
    #[must_use]
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.next_point_ms.filter(|_| self.record_count > 0)
    }

    /// Before the records that have arrived together: a point that has passed while nothing
    /// was open is skipped, so that the first record after an idle time is not closed alone.
    pub fn begin(&mut self, now_ms: i64) {
        if self.record_count == 0 && self.next_point_ms.is_some_and(|point_ms| now_ms >= point_ms) {
            self.schedule_after(now_ms);
        }
    }

    /// Before a record is written: why all open files must be closed first, if they must.
    /// The caller closes them, says [`Rotation::closed`] and asks again.
    pub fn before_write(&mut self, candidate: &Candidate<'_>, now_ms: i64) -> Option<Cause> {
        if self.base_timestamp_ms.is_none() {
            self.base_timestamp_ms = candidate.timestamp_ms;
        }
        if self.record_count == 0 {
            return None;
        }
        let too_many = self.settings.open_files_max.is_some_and(|open_files_max| {
            candidate.has_other_schema.is_none() && candidate.open_files >= open_files_max
        });
        if let Some(cause) = self.time_rotation(candidate).or_else(|| self.on_time(now_ms)) {
            Some(cause)
        } else if candidate.has_other_schema == Some(true) {
            Some(Cause::SchemaChange)
        } else if too_many {
            Some(Cause::OpenFiles)
        } else {
            None
        }
    }

    fn time_rotation(&self, candidate: &Candidate<'_>) -> Option<Cause> {
        let interval_ms = self.settings.interval_ms?;
        let timestamp_ms = candidate.timestamp_ms?;
        let since_ms = timestamp_ms.saturating_sub(self.base_timestamp_ms.unwrap_or(timestamp_ms));
        if since_ms >= interval_ms {
            return Some(Cause::Interval);
        }
        let changed = self.settings.on_partition_change
            && self.current.is_some()
            && !self.is_current(candidate);
        changed.then_some(Cause::PartitionChange)
    }

    fn is_current(&self, candidate: &Candidate<'_>) -> bool {
        let is = |(topic, folder): &(Box<str>, Box<str>)| {
            **topic == *candidate.topic && **folder == *candidate.folder
        };
        self.current.as_ref().is_some_and(is)
    }

    /// The moment of the first record since the last commit.
    #[must_use]
    pub fn base_timestamp_ms(&self) -> Option<i64> {
        self.base_timestamp_ms.filter(|_| self.record_count > 0)
    }

    /// Whether the schedule wants the open files closed.
    pub fn on_time(&mut self, now_ms: i64) -> Option<Cause> {
        let due = self.next_deadline_ms().is_some_and(|point_ms| now_ms >= point_ms);
        if due {
            self.schedule_after(now_ms);
        }
        due.then_some(Cause::Schedule)
    }

    /// After a record was written.
    pub fn after_write(&mut self, written: &Candidate<'_>) -> Option<Cause> {
        self.record_count += 1;
        if !self.is_current(written) {
            self.current = Some((written.topic.into(), written.folder.into()));
        }
        (self.record_count >= self.settings.flush_size).then_some(Cause::FlushSize)
    }

    /// All files have been closed.
    pub fn closed(&mut self) {
        self.record_count = 0;
        self.base_timestamp_ms = None;
    }
}
