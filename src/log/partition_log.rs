//! The log of one partition as a value: plans, commits, and what holds them together.

use super::epochs::LeaderEpochs;
use super::offsets::LogOffsets;
use super::positions::Positions;
use super::producers::{Producers, WrittenBatch};
use super::segments::{ActiveSegment, SealedSegment};
use crate::base::{ErrorCode, LeaderEpoch, Offset};
use crate::cluster::LogConfig;
use crate::record::BatchHeader;

/// Log bytes between two producer snapshots: what has to be read again after a crash.
const SNAPSHOT_STEP_BYTES: u32 = 16 << 20;

/// Who writes (Kafka's class of the same name).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A producer: sequence numbers are checked.
    Client,
    /// A group or transaction coordinator of ours.
    Coordinator,
    /// What another replica has accepted already.
    Replication,
}

/// A request that a log turns down, and why, in words for the client's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What the client gets.
    pub code: ErrorCode,
    /// What it may print.
    pub message: String,
}

/// What to do about a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendPlan {
    /// Nothing: it is in the log already.
    Duplicate(WrittenBatch),
    /// Write it, then commit.
    Write(PlannedAppend),
}

/// Where a batch goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedAppend {
    /// Offset of its first record.
    pub base_offset: Offset,
    /// Offset of its last record.
    pub last_offset: Offset,
    /// Whether a new segment, named after `base_offset`, comes first.
    pub roll: bool,
    /// Position of its first byte in the segment.
    pub position: u32,
}

/// What has become due through an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// The leader epoch is new: `leader-epoch-checkpoint` has to be written.
    pub epoch_is_new: bool,
    /// Pending index entries should go to their files.
    pub index_write_due: bool,
    /// A producer snapshot at the end offset should be written.
    pub snapshot_due: bool,
}

/// Where a read begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadPlan {
    /// There is nothing below the upper bound.
    Empty,
    /// In a segment.
    Segment {
        /// Its place in [`PartitionLog::segment`]'s numbering.
        index: usize,
        /// Position of the batch that holds the offset, when that is known without looking.
        position: Option<u32>,
    },
}

/// One partition's log.
#[derive(Debug, Clone)]
pub struct PartitionLog {
    offsets: LogOffsets,
    sealed: Vec<SealedSegment>,
    active: ActiveSegment,
    epochs: LeaderEpochs,
    producers: Producers,
    /// Set aside with the first append: most partitions of a big topic rest.
    positions: Option<Box<Positions>>,
    bytes_since_snapshot: u32,
}

impl PartitionLog {
    /// An empty log that begins at `start`.
    #[must_use]
    pub fn new(start: Offset, now_ms: i64) -> Self {
        PartitionLog::restored(
            start,
            start,
            Vec::new(),
            ActiveSegment::new(start, now_ms),
            LeaderEpochs::default(),
            Producers::default(),
        )
    }

    /// A log as its files tell, up to `end`; what follows is to be replayed.
    #[must_use]
    pub fn restored(
        log_start: Offset,
        end: Offset,
        sealed: Vec<SealedSegment>,
        active: ActiveSegment,
        epochs: LeaderEpochs,
        producers: Producers,
    ) -> Self {
        assert!(active.base_offset() <= end, "the active segment cannot begin beyond the end");
        PartitionLog {
            offsets: LogOffsets::new(log_start.min(end), end),
            sealed,
            active,
            epochs,
            producers,
            positions: None,
            bytes_since_snapshot: 0,
        }
    }

    /// Log start, last stable offset, high watermark and end.
    #[must_use]
    pub fn offsets(&self) -> LogOffsets {
        self.offsets
    }

    /// The segment that is written.
    #[must_use]
    pub fn active(&self) -> &ActiveSegment {
        &self.active
    }

    /// The same, for its indexes.
    pub fn active_mut(&mut self) -> &mut ActiveSegment {
        &mut self.active
    }

    /// The segments that are not written any more, oldest first.
    #[must_use]
    pub fn sealed(&self) -> &[SealedSegment] {
        &self.sealed
    }

    /// One of them, to note its largest timestamp once that is known.
    pub fn sealed_mut(&mut self, index: usize) -> &mut SealedSegment {
        &mut self.sealed[index]
    }

    /// Leader epochs and where they begin.
    #[must_use]
    pub fn epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// Idempotent producers.
    #[must_use]
    pub fn producers(&self) -> &Producers {
        &self.producers
    }

    /// The same, to expire them.
    pub fn producers_mut(&mut self) -> &mut Producers {
        &mut self.producers
    }

    /// Positions that are likely to be asked for.
    pub fn positions_mut(&mut self) -> &mut Positions {
        self.positions.get_or_insert_default()
    }

    /// Bytes of all segments.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        let sealed: u64 = self.sealed.iter().map(|segment| u64::from(segment.size_bytes)).sum();
        sealed + u64::from(self.active.size_bytes())
    }

    /// Number of segments; the last one is the active one.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.sealed.len() + 1
    }

    /// Base offset and size of a segment.
    #[must_use]
    pub fn segment(&self, index: usize) -> (Offset, u32) {
        match self.sealed.get(index) {
            Some(segment) => (segment.base_offset, segment.size_bytes),
            None => (self.active.base_offset(), self.active.size_bytes()),
        }
    }

    /// Base offset of the segment after this one, or the end of the log.
    #[must_use]
    pub fn next_base_offset(&self, index: usize) -> Offset {
        if index >= self.sealed.len() { self.offsets.end() } else { self.segment(index + 1).0 }
    }

    /// Which segment holds an offset.
    #[must_use]
    pub fn segment_of(&self, offset: Offset) -> usize {
        if offset >= self.active.base_offset() {
            return self.sealed.len();
        }
        self.sealed.partition_point(|segment| segment.base_offset <= offset).saturating_sub(1)
    }

    /// Decides what becomes of a batch. `size` checks, checksum and records are behind it.
    ///
    /// # Errors
    /// `RECORD_LIST_TOO_LARGE` for a batch that no segment can hold, and what
    /// [`Producers::check`] refuses.
    pub fn plan_append(
        &self,
        header: &BatchHeader,
        origin: AppendOrigin,
        config: &LogConfig,
        now_ms: i64,
    ) -> Result<AppendPlan, Refusal> {
        if header.size_bytes() > config.segment_bytes as usize {
            return Err(Refusal {
                code: ErrorCode::RecordListTooLarge,
                message: format!(
                    "a batch of {} bytes does not fit into a segment of {} bytes",
                    header.size_bytes(),
                    config.segment_bytes
                ),
            });
        }
        if origin == AppendOrigin::Client
            && let Some(written) = self.producers.check(header)?
        {
            return Ok(AppendPlan::Duplicate(written));
        }
        let base_offset = self.offsets.end();
        let last_offset = base_offset.plus(i64::from(header.last_offset_delta));
        let roll = self.active.must_roll(header, last_offset, config, now_ms);
        let position = if roll { 0 } else { self.active.size_bytes() };
        Ok(AppendPlan::Write(PlannedAppend { base_offset, last_offset, roll, position }))
    }

    /// Accounts for a batch that has been written where [`PartitionLog::plan_append`] said, after
    /// [`PartitionLog::commit_roll`] if that was planned.
    pub fn commit_append(
        &mut self,
        plan: &PlannedAppend,
        header: &BatchHeader,
        leader_epoch: LeaderEpoch,
        config: &LogConfig,
    ) -> Committed {
        assert!(plan.base_offset == self.offsets.end(), "one append at a time");
        assert!(plan.position == self.active.size_bytes(), "batches lie back to back");
        self.producers.commit(header, plan.base_offset);
        self.replay(header, plan.base_offset, leader_epoch, config)
    }

    /// Accounts for a batch that lies at the end of the active segment's known part, except for
    /// its producer. Its offset may lie beyond the end, where compaction has removed batches.
    pub fn replay(
        &mut self,
        header: &BatchHeader,
        base_offset: Offset,
        leader_epoch: LeaderEpoch,
        config: &LogConfig,
    ) -> Committed {
        let last_offset = base_offset.plus(i64::from(header.last_offset_delta));
        let segment = self.active.base_offset();
        let position = self.active.size_bytes();
        self.positions_mut().appended(segment, base_offset, position);
        self.active.appended(header, last_offset, config.index_interval_bytes);
        let epoch_is_new = self.epochs.assign(leader_epoch, base_offset);
        let next = last_offset.plus(1);
        if next > self.offsets.end() {
            self.offsets.advance_end(next);
        }
        self.bytes_since_snapshot =
            self.bytes_since_snapshot.saturating_add(header.size_bytes() as u32);
        Committed {
            epoch_is_new,
            index_write_due: self.active.index_write_due(),
            snapshot_due: self.bytes_since_snapshot >= SNAPSHOT_STEP_BYTES,
        }
    }

    /// Accounts for the producer of a batch that is in the log already.
    pub fn replay_producer(&mut self, header: &BatchHeader) {
        self.producers.commit(header, header.base_offset);
    }

    /// Takes leader epochs that were found by looking at all batches.
    pub fn set_epochs(&mut self, epochs: LeaderEpochs) {
        self.epochs = epochs;
    }

    /// Takes producers from a snapshot.
    pub fn set_producers(&mut self, producers: Producers) {
        self.producers = producers;
    }

    /// Notes that a producer snapshot at the end of the log exists.
    pub fn snapshot_written(&mut self) {
        self.bytes_since_snapshot = 0;
    }

    /// Begins a new segment: at the end of the log, or beyond it where compaction has removed
    /// what was before.
    pub fn commit_roll(&mut self, base_offset: Offset, now_ms: i64) {
        if base_offset > self.offsets.end() {
            self.offsets.advance_end(base_offset);
        }
        let next = ActiveSegment::new(base_offset, now_ms);
        let full = std::mem::replace(&mut self.active, next);
        if full.size_bytes() > 0 {
            self.sealed.push(full.sealed());
        }
    }

    /// Notes that the oldest `count` sealed segments are gone. Says whether the leader epochs
    /// have changed.
    pub fn commit_deletion(&mut self, count: usize) -> bool {
        self.sealed.drain(..count);
        let oldest = self.segment(0).0;
        oldest > self.offsets.log_start() && self.advance_start(oldest)
    }

    /// Moves the log start, after DeleteRecords. Says whether the leader epochs have changed.
    pub fn advance_start(&mut self, start: Offset) -> bool {
        self.offsets.advance_start(start);
        self.epochs.truncate_to(self.offsets.log_start())
    }

    /// Forgets leader epochs that begin beyond the end of the log. Says whether there were any.
    pub fn truncate_epochs(&mut self) -> bool {
        self.epochs.truncate_from(self.offsets.end())
    }

    /// Decides where a read of the records from `offset` on begins. Nothing at or after
    /// `upper_bound` may be returned.
    ///
    /// # Errors
    /// `OFFSET_OUT_OF_RANGE` below the log start and beyond the end.
    pub fn plan_read(&self, offset: Offset, upper_bound: Offset) -> Result<ReadPlan, ErrorCode> {
        if offset < self.offsets.log_start() || offset > self.offsets.end() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        if offset >= upper_bound.min(self.offsets.end()) {
            return Ok(ReadPlan::Empty);
        }
        let index = self.segment_of(offset);
        let (base, _) = self.segment(index);
        let position = self.positions.as_ref().and_then(|known| known.find(base, offset));
        Ok(ReadPlan::Segment { index, position })
    }
}
