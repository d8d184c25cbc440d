//! One partition's log with its files: appending.

use std::io;
use std::sync::Arc;

use super::checkpoint;
use super::directory::{Points, Shared};
use super::error::{AppendError, Error, IoContext};
use super::file_io::{Durability, read_optional, write_two_at};
use super::flush::{FlushDue, Unflushed};
use super::layout::{self, FileKind};
use super::open::{Recovery, write_indexes};
use super::partition_files::PartitionFiles;
use super::scan::Scan;
use crate::base::{LeaderEpoch, Now, Offset, TopicId, TopicPartition};
use crate::cluster::LogConfig;
use crate::log::{
    AppendOrigin, AppendPlan, Committed, LogOffsets, PartitionLog, PlannedAppend, WrittenBatch,
    decode_snapshot, encode_snapshot,
};
use crate::record::validate::Validated;
use crate::record::{BatchHeader, HEADER_BYTES, TimestampType};

/// What an append has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Offset of the first record.
    pub base_offset: Offset,
    /// Offset of the last record.
    pub last_offset: Offset,
    /// The broker's time where it was stamped, else -1; for a repetition the timestamp of the
    /// batch that was written before, as Kafka does.
    pub log_append_time_ms: i64,
    /// Where the log starts.
    pub log_start: Offset,
    /// Whether the batch was there already and nothing was written.
    pub duplicate: bool,
    /// What has to be flushed, and whether the producer waits for it.
    pub flush_due: FlushDue,
}

/// The offsets of a log at one moment: `log_start <= last_stable <= high_watermark <= end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offsets {
    /// The first offset that may be read.
    pub log_start: Offset,
    /// The first offset that a `read_committed` consumer may not see yet.
    pub last_stable: Offset,
    /// The first offset that no consumer may see yet.
    pub high_watermark: Offset,
    /// The offset that the next record gets.
    pub end: Offset,
}

impl From<LogOffsets> for Offsets {
    fn from(offsets: LogOffsets) -> Self {
        Offsets {
            log_start: offsets.log_start(),
            last_stable: offsets.last_stable(),
            high_watermark: offsets.high_watermark(),
            end: offsets.end(),
        }
    }
}

/// One partition on this broker. Not thread safe.
#[derive(Debug)]
pub struct Replica {
    pub(super) files: PartitionFiles,
    pub(super) partition: TopicPartition,
    pub(super) topic_id: TopicId,
    pub(super) config: Arc<LogConfig>,
    pub(super) log: Box<PartitionLog>,
    /// Whether the directory exists.
    pub(super) on_disk: bool,
    /// Offsets of the producer snapshots on disk, in order.
    pub(super) snapshots: Vec<Offset>,
    pub(super) unflushed: Unflushed,
    recovery: Recovery,
}

impl Replica {
    /// A partition that is not on disk.
    pub(super) fn absent(
        shared: Arc<Shared>,
        partition: TopicPartition,
        topic_id: TopicId,
        config: Arc<LogConfig>,
        now: Now,
    ) -> Replica {
        let files = PartitionFiles::new(shared, &partition.to_string());
        let log = PartitionLog::new(Offset::ZERO, now.wall_ms);
        let recovery = Recovery::default();
        let mut replica = Replica::with_log(files, partition, topic_id, config, log, recovery, now);
        replica.on_disk = false;
        replica
    }

    pub(super) fn with_log(
        files: PartitionFiles,
        partition: TopicPartition,
        topic_id: TopicId,
        config: Arc<LogConfig>,
        log: PartitionLog,
        recovery: Recovery,
        now: Now,
    ) -> Replica {
        Replica {
            files,
            partition,
            topic_id,
            config,
            log: Box::new(log),
            on_disk: true,
            snapshots: Vec::new(),
            unflushed: Unflushed::new(now),
            recovery,
        }
    }

    /// Continues from what the checkpoint files say.
    pub(super) fn take_up_points(&mut self, points: &Points) {
        let end = self.log.offsets().end();
        self.unflushed.recovery_point = points.recovery.min(end);
    }

    /// Topic and number.
    #[must_use]
    pub fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The id of its topic.
    #[must_use]
    pub fn topic_id(&self) -> TopicId {
        self.topic_id
    }

    /// Where the log starts and ends.
    #[must_use]
    pub fn offsets(&self) -> Offsets {
        self.log.offsets().into()
    }

    /// Bytes of all segments.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.log.size_bytes()
    }

    /// Number of segments.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.log.segment_count()
    }

    /// What opening it took.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Idempotent producers, for DescribeProducers.
    #[must_use]
    pub fn producers(&self) -> &crate::log::Producers {
        self.log.producers()
    }

    /// The leader epoch of the newest batch.
    #[must_use]
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.log.epochs().latest()
    }

    /// Answers OffsetForLeaderEpoch: the largest known epoch up to `epoch`, and where it ends;
    /// -1 and -1 where nothing is known. The leader's own epoch is known before it has written
    /// anything.
    #[must_use]
    pub fn end_offset_for_epoch(
        &self,
        epoch: LeaderEpoch,
        leader_epoch: LeaderEpoch,
    ) -> (LeaderEpoch, Offset) {
        let found = self.log.epochs().end_offset_for(epoch, leader_epoch, self.log.offsets().end());
        found.unwrap_or((LeaderEpoch::NONE, Offset::NONE))
    }

    /// Changes the topic's settings; they hold from the next append on.
    pub fn set_config(&mut self, config: impl Into<Arc<LogConfig>>) {
        self.config = config.into();
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`.
    pub fn expire_producers(&mut self, now: Now) -> usize {
        let expiration_ms = self.files.shared.options.producer_id_expiration_ms;
        self.log.producers_mut().expire(now.wall_ms, expiration_ms)
    }

    /// Appends a batch that has been checked.
    ///
    /// # Errors
    /// A refusal, or a failing disk; the log is then as it was before.
    pub fn append(
        &mut self,
        batch: &Validated<'_>,
        origin: AppendOrigin,
        leader_epoch: LeaderEpoch,
        now: Now,
    ) -> Result<Appended, AppendError> {
        self.append_batch(&batch.header, &batch.payload, origin, leader_epoch, now)
    }

    /// Appends a batch, given as its header and the bytes after it. Base offset and leader epoch
    /// in the header are ours to set; the rest is written as it is.
    ///
    /// # Errors
    /// As [`Replica::append`].
    pub fn append_batch(
        &mut self,
        header: &BatchHeader,
        payload: &[u8],
        origin: AppendOrigin,
        leader_epoch: LeaderEpoch,
        now: Now,
    ) -> Result<Appended, AppendError> {
        assert!(payload.len() + HEADER_BYTES == header.size_bytes(), "one whole batch");
        let plan = match self.log.plan_append(header, origin, &self.config, now.wall_ms)? {
            AppendPlan::Duplicate(written) => return Ok(self.repeated(&written)),
            AppendPlan::Write(plan) => plan,
        };
        if !self.on_disk {
            self.create()?;
        }
        if plan.roll {
            self.roll(now)?;
        }
        self.write(&plan, header, payload, leader_epoch)?;
        let committed = self.log.commit_append(&plan, header, leader_epoch, &self.config);
        self.write_side_files(committed);
        self.unflushed.appended(header);
        let stamped = header.attributes.timestamp_type() == TimestampType::LogAppendTime;
        Ok(Appended {
            base_offset: plan.base_offset,
            last_offset: plan.last_offset,
            log_append_time_ms: if stamped { header.max_timestamp } else { -1 },
            log_start: self.log.offsets().log_start(),
            duplicate: false,
            flush_due: self.unflushed.due(&self.config, plan.roll, now),
        })
    }

    fn repeated(&self, written: &WrittenBatch) -> Appended {
        Appended {
            base_offset: written.base_offset(),
            last_offset: written.last_offset,
            log_append_time_ms: written.timestamp_ms,
            log_start: self.log.offsets().log_start(),
            duplicate: true,
            flush_due: FlushDue::Nothing,
        }
    }

    fn write(
        &self,
        plan: &PlannedAppend,
        header: &BatchHeader,
        payload: &[u8],
        leader_epoch: LeaderEpoch,
    ) -> Result<(), Error> {
        let base = self.log.active().base_offset();
        let position = u64::from(plan.position);
        let file = self.files.open_or_create(base, FileKind::Log)?;
        let head = header.head_with(plan.base_offset, leader_epoch);
        write_two_at(&file, &head, payload, position).or_else(|error| {
            // What was written of it is beyond the end for us; the next start would cut it off.
            let _ = file.set_len(position);
            self.files.close(base, FileKind::Log);
            Err(error).at_byte("write", &self.files.path(base, FileKind::Log), position)
        })
    }

    /// Makes the directory, the first time something is appended.
    fn create(&mut self) -> Result<(), Error> {
        let directory = self.files.directory();
        match std::fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error).at("create", directory);
            }
            _ => {}
        }
        self.files.write_topic_id(self.topic_id)?;
        self.files.shared.set_points(&self.partition, |_| {});
        self.unflushed.names = true;
        self.on_disk = true;
        Ok(())
    }

    /// Begins a new segment, unless the active one is empty.
    ///
    /// # Errors
    /// A failing disk; the active segment then stays what it is.
    pub fn roll(&mut self, now: Now) -> Result<(), Error> {
        if self.log.active().size_bytes() == 0 {
            return Ok(());
        }
        self.log.active_mut().force_time_entry();
        write_indexes(&self.files, &mut self.log)?;
        let end = self.log.offsets().end();
        self.files.open_or_create(end, FileKind::Log)?;
        self.unflushed.names = true;
        let full = self.log.active().base_offset();
        self.files.close(full, FileKind::OffsetIndex);
        self.files.close(full, FileKind::TimeIndex);
        if let Err(error) = self.write_snapshot() {
            tracing::warn!(%error, "producers will be read from the log at the next start");
        }
        self.log.commit_roll(end, now.wall_ms);
        Ok(())
    }

    /// Writes what can be rebuilt; a failure costs time at the next start, not the append.
    fn write_side_files(&mut self, committed: Committed) {
        if committed.epoch_is_new
            && let Err(error) = self.write_epochs()
        {
            tracing::warn!(%error, "the leader epochs will be read from the log");
        }
        if committed.index_write_due
            && let Err(error) = write_indexes(&self.files, &mut self.log)
        {
            tracing::warn!(%error, "index entries are kept in memory for now");
            self.log.active_mut().index_write_failed();
        }
        if committed.snapshot_due
            && let Err(error) = self.write_snapshot()
        {
            tracing::warn!(%error, "producers will be read from the log at the next start");
            self.log.snapshot_written();
        }
    }

    pub(super) fn write_epochs(&self) -> Result<(), Error> {
        let path = self.files.directory().join(layout::LEADER_EPOCHS);
        checkpoint::write_epochs(&path, self.log.epochs().entries(), Durability::Cached)
    }

    /// Writes a producer snapshot at the end of the log and removes those that it replaces: all
    /// but the ones at the beginning of a segment.
    pub(super) fn write_snapshot(&mut self) -> Result<(), Error> {
        let end = self.log.offsets().end();
        if self.snapshots.last() == Some(&end) {
            self.log.snapshot_written();
            return Ok(());
        }
        let path = self.files.path(end, FileKind::Snapshot);
        std::fs::write(&path, encode_snapshot(self.log.producers())).at("write", &path)?;
        let previous = self.snapshots.last().copied();
        self.snapshots.push(end);
        self.log.snapshot_written();
        let begins_segment = |offset: &Offset| {
            *offset == self.log.active().base_offset()
                || self.log.sealed().iter().any(|segment| segment.base_offset == *offset)
        };
        if let Some(previous) = previous.filter(|offset| !begins_segment(offset)) {
            self.snapshots.retain(|offset| *offset != previous);
            self.files.remove(previous, FileKind::Snapshot)?;
        }
        Ok(())
    }

    /// Takes the producers from the newest snapshot that is whole. Says where it was taken.
    pub(super) fn load_snapshot(&mut self) -> Result<Offset, Error> {
        while let Some(&offset) = self.snapshots.last() {
            let path = self.files.path(offset, FileKind::Snapshot);
            match read_optional(&path)?.map(|content| decode_snapshot(&content)) {
                Some(Ok(producers)) => {
                    self.log.set_producers(producers);
                    return Ok(offset);
                }
                Some(Err(error)) => {
                    tracing::warn!(path = %path.display(), %error, "the snapshot is not used");
                }
                None => {}
            }
            self.snapshots.pop();
            self.files.remove(offset, FileKind::Snapshot)?;
        }
        Ok(self.log.segment(0).0)
    }

    /// Visits the headers of all batches from the one that holds `from`.
    pub(super) fn for_each_header(
        &mut self,
        from: Offset,
        mut visit: impl FnMut(&mut PartitionLog, &BatchHeader),
    ) -> Result<(), Error> {
        if from >= self.log.offsets().end() {
            return Ok(());
        }
        let first = self.log.segment_of(from);
        for index in first..self.log.segment_count() {
            let (base, bytes) = self.log.segment(index);
            let start = match index == first && from > base {
                true => self
                    .locate(index, from)?
                    .map_or_else(|| u64::from(bytes), |found| found.position),
                false => 0,
            };
            if start >= u64::from(bytes) {
                continue;
            }
            let path = self.files.path(base, FileKind::Log);
            let file = self.files.open_log(base)?;
            let mut scan = Scan::new(&file, &path, start, u64::from(bytes));
            while let Some(located) = scan.next()? {
                visit(&mut self.log, &located.header);
            }
        }
        Ok(())
    }

    /// Closes the log in order: indexes and producers are on disk, nothing has to be scanned.
    ///
    /// # Errors
    /// A failing disk; the next start then looks at the log's tail.
    pub fn close(mut self, now: Now) -> Result<(), Error> {
        let result = self.write_all(now);
        self.files.close_all();
        result
    }

    fn write_all(&mut self, _now: Now) -> Result<(), Error> {
        if !self.on_disk {
            return Ok(());
        }
        self.log.active_mut().force_time_entry();
        if self.log.size_bytes() > 0 {
            write_indexes(&self.files, &mut self.log)?;
            self.write_snapshot()?;
        }
        let end = self.log.offsets().end();
        let recovery = self.unflushed.recovery_point;
        let unflushed_bytes = self.unflushed.bytes;
        let log_start = self.checkpointed_start();
        self.files.shared.set_points(&self.partition, |points| {
            *points = Points { recovery, log_start, high_watermark: end, unflushed_bytes };
        });
        Ok(())
    }

    /// The log start, where the base offset of the first segment does not tell it.
    pub(super) fn checkpointed_start(&self) -> Option<Offset> {
        let start = self.log.offsets().log_start();
        (start > self.log.segment(0).0).then_some(start)
    }
}
