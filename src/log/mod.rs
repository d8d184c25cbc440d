//! One partition's truth, without a file: which offsets exist, which segment holds them, who
//! wrote last, what may go.
//!
//! [`PartitionLog`] is the idea of every state machine here with a disk in the middle:
//! [`plan_append`](PartitionLog::plan_append) decides and may refuse, `storage` performs the
//! write, [`commit_append`](PartitionLog::commit_append) cannot fail. A write that fails leaves
//! the log as it was. Opening a log after a restart replays the same commits.
//!
//! Knows nothing of files, topics, requests or clocks; time comes in as a value.

mod epochs;
mod index;
mod offsets;
mod partition_log;
mod positions;
mod producers;
mod retention;
mod segments;
mod snapshot;

pub use self::epochs::{EpochEntry, LeaderEpochs};
pub use self::index::{IndexEntry, IndexTail, OffsetEntry, TimeEntry};
pub use self::offsets::LogOffsets;
pub use self::partition_log::{
    AppendOrigin, AppendPlan, Committed, PartitionLog, PlannedAppend, ReadPlan, Refusal,
};
pub use self::positions::Positions;
pub use self::producers::{ProducerState, Producers, WrittenBatch};
pub use self::retention::{DeletionReason, SegmentFacts, deletion_reason};
pub use self::segments::{ActiveSegment, LargestTimestamp, SealedSegment};
pub use self::snapshot::{SnapshotError, decode_snapshot, encode_snapshot};

#[cfg(test)]
mod tests;
