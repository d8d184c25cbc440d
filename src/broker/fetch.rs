//! Reads several partitions for one fetch, and waits until there is enough to return.
//!
//! Limits are Kafka's (`ReplicaManager.readFromLog`): partitions are read in order, each
//! up to its own limit and what is left of the whole, and the first that has anything
//! returns at least one whole batch however large it is.

use std::sync::Arc;
use std::time::Duration;

use super::Broker;
use super::fetch_session::{TopicKey, Wanted};
use super::fetch_wait::Waiter;
use super::partition::Partition;
use super::topic_table::Topics;
use crate::base::{ErrorCode, LeaderEpoch, Now, Offset};
use crate::storage::{ReadError, ReadLimits};
use crate::wire::FileRange;

/// What one fetch may take, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// At most so many bytes in all.
    pub bytes_max: u32,
    /// Fewer bytes than this are worth waiting for more.
    pub bytes_min: u32,
    /// But no longer than this.
    pub wait_max: Duration,
    /// Whether to stop at the last stable offset (`read_committed`).
    pub committed_only: bool,
}

/// What was found in one partition.
#[derive(Debug, Clone)]
pub struct PartitionRead {
    /// Why nothing could be read.
    pub error: ErrorCode,
    /// -1 after an error.
    pub high_watermark: Offset,
    /// -1 after an error.
    pub last_stable: Offset,
    /// -1 after an error.
    pub log_start: Offset,
    /// Where the records lie; `None` when there are none.
    pub records: Option<FileRange>,
    /// Where the client's log parts from ours, when it asked (KIP-595).
    pub diverging: Option<(LeaderEpoch, Offset)>,
}

impl PartitionRead {
    fn refused(error: ErrorCode) -> Self {
        PartitionRead {
            error,
            high_watermark: Offset::NONE,
            last_stable: Offset::NONE,
            log_start: Offset::NONE,
            records: None,
            diverging: None,
        }
    }

    fn bytes(&self) -> u32 {
        self.records.as_ref().map_or(0, |records| records.length)
    }

    /// Whether the client must hear of this at once.
    fn is_urgent(&self) -> bool {
        self.error.is_error() || self.diverging.is_some()
    }
}

/// A partition to read, or why it cannot be.
type Target = Result<Arc<Partition>, ErrorCode>;

/// Reads what `wanted` names, in order; waits as `limits` allow.
pub async fn fetch(broker: &Broker, wanted: &[Wanted], limits: Limits) -> Vec<PartitionRead> {
    let targets: Vec<Target> = {
        let topics = broker.topics().load();
        wanted.iter().map(|wanted| find(&topics, wanted)).collect()
    };
    let mut reads = read_all(&targets, wanted, limits, broker.now());
    if is_enough(&reads, limits) {
        return reads;
    }
    let waiter = Waiter::new();
    let deadline = tokio::time::sleep(limits.wait_max);
    tokio::pin!(deadline);
    let _registered = Registered { targets: &targets, waiter: &waiter };
    loop {
        for (target, read) in targets.iter().zip(&reads) {
            if let Ok(partition) = target {
                partition.wait(&waiter, read.high_watermark);
            }
        }
        let expired = tokio::select! {
            () = waiter.woken() => false,
            () = &mut deadline => true,
        };
        reads = read_all(&targets, wanted, limits, broker.now());
        if expired || is_enough(&reads, limits) {
            return reads;
        }
    }
}

/// Takes the waiter away from its partitions again, also when the client goes first.
struct Registered<'a> {
    targets: &'a [Target],
    waiter: &'a Arc<Waiter>,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        for partition in self.targets.iter().flatten() {
            partition.stop_waiting(self.waiter);
        }
    }
}

fn find(topics: &Topics, wanted: &Wanted) -> Target {
    let topic = match &wanted.topic {
        TopicKey::Id(id) => topics.by_id(*id).ok_or(ErrorCode::UnknownTopicId)?,
        TopicKey::Name(name) => {
            topics.by_name(name.as_str()).ok_or(ErrorCode::UnknownTopicOrPartition)?
        }
    };
    topic.partition(wanted.partition).cloned().ok_or(ErrorCode::UnknownTopicOrPartition)
}

fn is_enough(reads: &[PartitionRead], limits: Limits) -> bool {
    let bytes: u64 = reads.iter().map(|read| u64::from(read.bytes())).sum();
    limits.wait_max.is_zero()
        || reads.is_empty()
        || bytes >= u64::from(limits.bytes_min)
        || reads.iter().any(PartitionRead::is_urgent)
}

fn read_all(targets: &[Target], wanted: &[Wanted], limits: Limits, now: Now) -> Vec<PartitionRead> {
    let mut left = limits.bytes_max;
    let mut found_any = false;
    let mut reads = Vec::with_capacity(wanted.len());
    for (target, wanted) in targets.iter().zip(wanted) {
        let read = match target {
            Err(error) => PartitionRead::refused(*error),
            Ok(partition) => {
                let own = u32::try_from(wanted.bytes_max).unwrap_or(0).min(left);
                let limits_here = ReadLimits {
                    bytes_max: own,
                    one_batch_at_least: !found_any,
                    committed_only: limits.committed_only,
                };
                read_one(partition, wanted, limits_here, now)
            }
        };
        found_any |= read.bytes() > 0;
        left = left.saturating_sub(read.bytes());
        reads.push(read);
    }
    reads
}

fn read_one(partition: &Partition, wanted: &Wanted, limits: ReadLimits, now: Now) -> PartitionRead {
    if let Err(error) = partition.check_leader_epoch(wanted.current_leader_epoch) {
        return PartitionRead::refused(error);
    }
    match try_read(partition, wanted, limits, now) {
        Ok(read) => read,
        Err(ReadError::OutOfRange) => PartitionRead::refused(ErrorCode::OffsetOutOfRange),
        Err(ReadError::Storage(error)) => {
            PartitionRead::refused(super::partition::error_code_of(&error))
        }
    }
}

fn try_read(
    partition: &Partition,
    wanted: &Wanted,
    limits: ReadLimits,
    now: Now,
) -> Result<PartitionRead, ReadError> {
    let mut diverging = None;
    if wanted.last_fetched_epoch >= 0 {
        let asked = LeaderEpoch(wanted.last_fetched_epoch);
        let (epoch, end) = partition
            .with(now, |replica| replica.end_offset_for_epoch(asked, partition.leader_epoch()))?;
        if epoch == LeaderEpoch::NONE || end == Offset::NONE {
            // Nothing is known of that epoch (Partition.readRecords).
            return Err(ReadError::OutOfRange);
        }
        if epoch < asked || end < wanted.fetch_offset {
            diverging = Some((epoch, end));
        }
    }
    let read = partition.read(wanted.fetch_offset, limits, now)?;
    Ok(PartitionRead {
        error: ErrorCode::None,
        high_watermark: read.offsets.high_watermark,
        last_stable: read.offsets.last_stable,
        log_start: read.offsets.log_start,
        records: if diverging.is_some() { None } else { read.range },
        diverging,
    })
}
