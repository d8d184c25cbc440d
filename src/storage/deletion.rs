//! Deleting segments, records and whole partitions.

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use super::error::{AppendError, Error, IoContext};
use super::layout::{self, FileKind};
use super::meta_properties::random_uuid;
use super::replica::Replica;
use crate::base::{Deadline, ErrorCode, Now, Offset};
use crate::log::{DeletionReason, SegmentFacts, deletion_reason};

impl Replica {
    /// Deletes the oldest segments as far as `retention.ms`, `retention.bytes` and the log start
    /// want it, the active one included. Says how many.
    ///
    /// # Errors
    /// A failing disk.
    pub fn delete_old_segments(&mut self, now: Now) -> Result<usize, Error> {
        let mut total_bytes = self.log.size_bytes();
        let mut count = 0;
        while count < self.log.segment_count() {
            let Some(reason) = self.reason_to_delete(count, total_bytes, now)? else {
                break;
            };
            let (base, bytes) = self.log.segment(count);
            tracing::info!(partition = %self.partition, %base, bytes, ?reason, "segment deleted");
            total_bytes -= u64::from(bytes);
            count += 1;
        }
        if count == self.log.segment_count() {
            self.roll(now)?;
        }
        if count > 0 {
            self.delete_segments(count, now)?;
        }
        Ok(count)
    }

    fn reason_to_delete(
        &mut self,
        index: usize,
        total_bytes: u64,
        now: Now,
    ) -> Result<Option<DeletionReason>, Error> {
        let (base, bytes) = self.log.segment(index);
        if bytes == 0 && index + 1 == self.log.segment_count() {
            return Ok(None);
        }
        let largest_timestamp_ms = match self.largest_timestamp(index)? {
            Some(largest) => largest.timestamp_ms,
            None => self.modified_ms(base)?,
        };
        let facts = SegmentFacts {
            next_offset: self.log.next_base_offset(index),
            size_bytes: u64::from(bytes),
            largest_timestamp_ms,
        };
        let offsets = self.log.offsets();
        let (start, mark) = (offsets.log_start(), offsets.high_watermark());
        Ok(deletion_reason(facts, total_bytes, start, mark, &self.config, now.wall_ms))
    }

    fn modified_ms(&self, base: Offset) -> Result<i64, Error> {
        let path = self.files.path(base, FileKind::Log);
        let modified = std::fs::metadata(&path)
            .and_then(|metadata| metadata.modified())
            .at("look at", &path)?;
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Takes the oldest sealed segments out of the log; their files go after a while.
    fn delete_segments(&mut self, count: usize, now: Now) -> Result<(), Error> {
        let bases: Vec<Offset> =
            self.log.sealed()[..count].iter().map(|segment| segment.base_offset).collect();
        let epochs_changed = self.log.commit_deletion(count);
        let mut renamed = Vec::new();
        for base in bases {
            for kind in FileKind::OF_A_SEGMENT.into_iter().chain([FileKind::Snapshot]) {
                self.files.close(base, kind);
                renamed.extend(rename_deleted(self.files.path(base, kind))?);
            }
            self.snapshots.retain(|offset| *offset != base);
        }
        self.files.shared.trash.add(renamed, self.deletion_deadline(now));
        self.files.shared.trash.remove_due(now);
        let log_start = self.checkpointed_start();
        self.files.shared.set_points(&self.partition, |points| points.log_start = log_start);
        if epochs_changed { self.write_epochs() } else { Ok(()) }
    }

    /// Makes the log start at `offset`; -1 means the high watermark (DeleteRecords). Segments that
    /// lie below are deleted by the next [`Replica::delete_old_segments`]. Answers with the new
    /// start, Kafka's low watermark.
    ///
    /// # Errors
    /// `OFFSET_OUT_OF_RANGE` beyond the high watermark or below -1, `POLICY_VIOLATION` when
    /// `cleanup.policy` does not contain `delete`, or a failing disk.
    pub fn delete_records_before(&mut self, offset: Offset) -> Result<Offset, AppendError> {
        let offsets = self.log.offsets();
        let mark = offsets.high_watermark();
        if !self.config.cleanup_delete {
            return Err(AppendError::Refused {
                code: ErrorCode::PolicyViolation,
                message: "records can only be deleted where cleanup.policy contains delete"
                    .to_owned(),
            });
        }
        let start = if offset == Offset::NONE { mark } else { offset };
        if start > mark || start < Offset::ZERO {
            return Err(AppendError::Refused {
                code: ErrorCode::OffsetOutOfRange,
                message: format!("cannot delete records before {start}: the log ends at {mark}"),
            });
        }
        if start <= offsets.log_start() {
            return Ok(offsets.log_start());
        }
        let epochs_changed = self.log.advance_start(start);
        let checkpointed = self.checkpointed_start();
        self.files.shared.set_points(&self.partition, |points| points.log_start = checkpointed);
        self.files.shared.write_log_starts()?;
        if epochs_changed {
            self.write_epochs()?;
        }
        Ok(start)
    }

    /// Deletes the partition. Its directory is renamed now and removed after `file.delete.delay.ms`
    /// by [`LogDirectory::remove_deleted`](super::LogDirectory::remove_deleted).
    ///
    /// # Errors
    /// A failing disk.
    pub fn delete(self, now: Now) -> Result<(), Error> {
        self.files.close_all();
        self.files.shared.forget_points(&self.partition);
        if !self.on_disk {
            return Ok(());
        }
        let name = layout::delete_directory(&self.partition, random_uuid());
        let renamed = self.files.shared.path.join(name);
        std::fs::rename(self.files.directory(), &renamed).at("rename", self.files.directory())?;
        let deadline = self.deletion_deadline(now);
        self.files.shared.trash.add(vec![renamed], deadline);
        self.files.shared.trash.remove_due(now);
        Ok(())
    }

    fn deletion_deadline(&self, now: Now) -> Deadline {
        now.after_ms(u64::try_from(self.config.file_delete_delay_ms).unwrap_or(0))
    }
}

fn rename_deleted(path: PathBuf) -> Result<Option<PathBuf>, Error> {
    let renamed = layout::deleted(&path);
    match std::fs::rename(&path, &renamed) {
        Ok(()) => Ok(Some(renamed)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at("rename", &path),
    }
}
