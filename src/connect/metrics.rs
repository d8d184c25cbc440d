//! Counters of a connector, for `/metrics` and `/api/sink`.

use serde::Serialize;

use super::status::TaskStatus;

/// What a connector has done since it was started, and what it holds now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// Records in objects that are in the bucket.
    pub records_written: u64,
    /// These objects.
    pub objects_written: u64,
    /// Their bytes, as they were sent when files were closed.
    pub bytes_written: u64,
    /// Records left out because of `errors.tolerance=all`.
    pub records_skipped: u64,
    /// Records in the dead letter queue.
    pub dead_letters: u64,
    /// Records dropped by transforms, and null values that are ignored.
    pub records_left_out: u64,
    /// Failures of the endpoint or the source, each followed by another attempt.
    pub failures: u64,
    /// Tasks that wait for a restart.
    pub tasks_failed: u64,
    /// Files that are open.
    pub open_files: u64,
    /// Records in them.
    pub buffered_records: u64,
    /// Their bytes in memory.
    pub buffered_bytes: u64,
}

impl Metrics {
    /// The sum over tasks.
    #[must_use]
    pub(super) fn of(tasks: &[TaskStatus]) -> Metrics {
        let mut sum = Metrics::default();
        for task in tasks {
            sum.failures += task.failures;
            sum.tasks_failed += u64::from(task.state == super::status::State::Failed);
            for partition in &task.partitions {
                sum.records_written += partition.records;
                sum.objects_written += partition.objects;
                sum.bytes_written += partition.bytes;
                sum.records_skipped += partition.skipped_records;
                sum.dead_letters += partition.dead_letters;
                sum.records_left_out += partition.left_out_records;
                sum.open_files += partition.open_files as u64;
                sum.buffered_records += partition.waiting_records.unsigned_abs();
                sum.buffered_bytes += partition.buffered_bytes as u64;
            }
        }
        sum
    }
}
