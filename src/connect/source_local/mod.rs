//! The source that reads this process's own log, and remembers offsets in its own groups.
//!
//! Partitions are dealt out to a connector's tasks by a fixed rule, so that tasks need no
//! rebalancing among themselves. Waits are woken by the append or the new topic that ends them.

mod dead_letters;
mod decode;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::config::{DeadLetterSettings, OffsetReset, SinkConfig, Topics};
use super::source::{DeadLetter, Event, Polled, Source, SourceError};
use crate::base::{
    ErrorCode, Generation, GroupId, LeaderEpoch, MemberId, Now, Offset, TopicId, TopicPartition,
};
use crate::broker::{Broker, Partition, Topic, Waiter};
use crate::group::{
    Command, CommitOffsets, CommittedTopic, FetchOffsets, OffsetToCommit, Reply, TopicPartitions,
};
use crate::storage::{self, ReadError, ReadLimits};
pub(super) use decode::{Wanted, decode, read_range};

/// Read at once, so that no task works for long without a pause.
const READ_BYTES_MAX: u32 = 256 * 1024;
const STOPPED: &str = "the broker has stopped";

/// A source over a broker in this process.
pub(super) struct LocalSource {
    broker: Arc<Broker>,
    group: GroupId,
    selection: Selection,
    reset: OffsetReset,
    committed_only: bool,
    wanted: Wanted,
    assigned: Vec<Assigned>,
    /// Where the next poll looks first, so that no partition starves another.
    cursor: usize,
    topics_changed: watch::Receiver<()>,
    is_stale: bool,
    is_paused: bool,
    waiter: Arc<Waiter>,
    buffer: Vec<u8>,
}

struct Assigned {
    name: TopicPartition,
    topic: TopicId,
    partition: Arc<Partition>,
    position: Offset,
    /// Of the last batch read; committed with the offset.
    leader_epoch: LeaderEpoch,
}

/// Which partitions belong to one task.
struct Selection {
    topics: Topics,
    pattern: Option<regex_lite::Regex>,
    task: usize,
    task_count: usize,
}

impl Selection {
    fn has_topic(&self, topic: &Topic) -> bool {
        match (&self.topics, &self.pattern) {
            (Topics::Named(names), _) => names.iter().any(|name| name == topic.name.as_str()),
            (Topics::Matching(_), Some(pattern)) => {
                !topic.is_internal() && pattern.is_match(topic.name.as_str())
            }
            (Topics::Matching(_), None) => false,
        }
    }

    fn has_partition(&self, partition: &TopicPartition) -> bool {
        let hash = partition
            .topic
            .as_str()
            .bytes()
            .fold(0_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
        let number = usize::try_from(partition.partition.0).unwrap_or(0);
        hash.wrapping_add(number) % self.task_count.max(1) == self.task
    }
}

fn retriable(text: impl Into<String>) -> SourceError {
    SourceError { message: text.into(), is_retriable: true }
}

fn permanent(text: impl Into<String>) -> SourceError {
    SourceError { message: text.into(), is_retriable: false }
}

impl LocalSource {
    /// The source of one of a connector's tasks.
    #[must_use]
    pub(super) fn new(broker: Arc<Broker>, config: &SinkConfig, task: usize) -> LocalSource {
        let pattern = match &config.topics {
            // Java's `matches`: the whole name.
            Topics::Matching(text) => regex_lite::Regex::new(&format!("^(?:{text})$")).ok(),
            Topics::Named(_) => None,
        };
        let topics_changed = broker.topics().watch();
        LocalSource {
            group: GroupId::from(config.group.as_str()),
            selection: Selection {
                topics: config.topics.clone(),
                pattern,
                task,
                task_count: config.task_count,
            },
            reset: config.consumer.offset_reset,
            committed_only: config.consumer.committed_only,
            wanted: Wanted {
                records_max: config.consumer.poll_records_max.unwrap_or(usize::MAX),
                headers: config.reads_headers(),
            },
            assigned: Vec::new(),
            cursor: 0,
            topics_changed,
            is_stale: true,
            is_paused: false,
            waiter: Waiter::new(),
            buffer: Vec::new(),
            broker,
        }
    }

    /// The partitions that should be the task's now.
    fn wanted_partitions(&self) -> Vec<(TopicPartition, TopicId, Arc<Partition>)> {
        let topics = self.broker.topics().load();
        topics
            .iter()
            .filter(|topic| self.selection.has_topic(topic))
            .flat_map(|topic| topic.partitions.iter().map(|one| (topic.id, one)))
            .filter(|(_, partition)| self.selection.has_partition(partition.name()))
            .map(|(id, partition)| (partition.name().clone(), id, partition.clone()))
            .collect()
    }

    /// Compares what there is with what is assigned; at most one kind of change at a time.
    async fn refresh(&mut self) -> Result<Option<Event>, SourceError> {
        self.topics_changed.borrow_and_update();
        let wanted = self.wanted_partitions();
        let is_wanted = |assigned: &Assigned| {
            wanted.iter().any(|(name, id, _)| *name == assigned.name && *id == assigned.topic)
        };
        let revoked: Vec<TopicPartition> = self
            .assigned
            .iter()
            .filter(|assigned| !is_wanted(assigned))
            .map(|assigned| assigned.name.clone())
            .collect();
        if !revoked.is_empty() {
            self.assigned.retain(is_wanted);
            return Ok(Some(Event::Revoked(revoked)));
        }
        let new: Vec<_> = wanted
            .into_iter()
            .filter(|(name, _, _)| !self.assigned.iter().any(|known| known.name == *name))
            .collect();
        if new.is_empty() {
            self.is_stale = false;
            return Ok(None);
        }
        let committed = self.committed(&new).await?;
        let mut starts = Vec::new();
        let now = self.broker.now();
        for (name, topic, partition) in new {
            let start = match committed.get(&name) {
                Some(&offset) => offset,
                None => reset_offset(&partition, self.reset, now)?,
            };
            starts.push((name.clone(), start));
            let leader_epoch = partition.leader_epoch();
            self.assigned.push(Assigned { name, topic, partition, position: start, leader_epoch });
        }
        Ok(Some(Event::Assigned(starts)))
    }

    async fn committed(
        &self,
        partitions: &[(TopicPartition, TopicId, Arc<Partition>)],
    ) -> Result<BTreeMap<TopicPartition, Offset>, SourceError> {
        let mut topics: Vec<TopicPartitions> = Vec::new();
        for (name, id, _) in partitions {
            let number = name.partition.0;
            match topics.iter_mut().find(|known| known.topic == name.topic) {
                Some(known) => known.partitions.push(number),
                None => topics.push(TopicPartitions {
                    topic: name.topic.clone(),
                    topic_id: *id,
                    partitions: vec![number],
                }),
            }
        }
        let fetch = FetchOffsets { group: self.group.clone(), topics: Some(topics) };
        let reply = match self.broker.ask_group(self.group.as_str(), Command::Fetch(fetch)).await {
            Ok(Reply::Fetch(reply)) => reply,
            Ok(_) => return Err(permanent("the group coordinator gave another answer")),
            // Before the first commit of anybody there is no topic for offsets.
            Err(ErrorCode::NotCoordinator) => return Ok(BTreeMap::new()),
            Err(error) => return Err(group_error(&self.group, error)),
        };
        let known = reply.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                (TopicPartition::new(topic.topic.clone(), partition.partition), partition.offset)
            })
        });
        Ok(known.filter(|(_, offset)| *offset >= Offset::ZERO).collect())
    }

    /// Records of the first partition that has some.
    fn read_any(&mut self) -> Result<Option<Polled>, SourceError> {
        let count = self.assigned.len();
        for step in 0..count {
            let index = (self.cursor + step) % count;
            if let Some(polled) = self.read_one(index)? {
                self.cursor = (index + 1) % count;
                return Ok(Some(polled));
            }
        }
        Ok(None)
    }

    fn read_one(&mut self, index: usize) -> Result<Option<Polled>, SourceError> {
        let assigned = &mut self.assigned[index];
        let limits = ReadLimits {
            bytes_max: READ_BYTES_MAX,
            one_batch_at_least: true,
            committed_only: self.committed_only,
        };
        let now = self.broker.now();
        let range = match assigned.partition.read(assigned.position, limits, now) {
            Ok(read) => read.range,
            Err(ReadError::OutOfRange) => {
                let start = reset_offset(&assigned.partition, self.reset, now)?;
                tracing::warn!(partition = %assigned.name, position = %assigned.position, %start,
                    "the offset is not in the log any more; reading on from another");
                assigned.position = start;
                return Ok(None);
            }
            // The topic has been deleted; the news of it is on its way.
            Err(ReadError::Storage(error)) if error.is_deleted() => None,
            Err(ReadError::Storage(error)) => return Err(retriable(error.to_string())),
        };
        let Some(range) = range else { return Ok(None) };
        read_range(&range, &mut self.buffer)?;
        let (records, next, epoch) = decode(&self.buffer, assigned.position, &self.wanted)
            .map_err(|error| permanent(format!("{}: {error}", assigned.name)))?;
        assigned.position = next;
        assigned.leader_epoch = epoch;
        Ok(Some(Polled { partition: assigned.name.clone(), records, next }))
    }

    async fn next_event(&mut self) -> Result<Event, SourceError> {
        loop {
            if self.is_stale || self.topics_changed.has_changed().unwrap_or(false) {
                self.is_stale = true;
                if let Some(event) = self.refresh().await? {
                    return Ok(event);
                }
            }
            if self.is_paused {
                self.topics_changed.changed().await.map_err(|_| permanent(STOPPED))?;
                continue;
            }
            if let Some(polled) = self.read_any()? {
                return Ok(Event::Records(polled));
            }
            let registered = Registered { assigned: &self.assigned, waiter: &self.waiter };
            for assigned in registered.assigned {
                assigned.partition.wait(registered.waiter, assigned.position);
            }
            tokio::select! {
                () = self.waiter.woken() => {}
                changed = self.topics_changed.changed() => match changed {
                    // This was the only notice of it.
                    Ok(()) => self.is_stale = true,
                    Err(_) => return Err(permanent(STOPPED)),
                }
            }
        }
    }

    async fn commit_all(
        &self,
        offsets: &BTreeMap<TopicPartition, Offset>,
    ) -> Result<(), SourceError> {
        let mut topics: Vec<CommittedTopic> = Vec::new();
        for (name, offset) in offsets {
            let Some(assigned) = self.assigned.iter().find(|known| known.name == *name) else {
                continue;
            };
            let partition = OffsetToCommit {
                partition: name.partition.0,
                offset: *offset,
                leader_epoch: assigned.leader_epoch,
                metadata: Arc::from(""),
            };
            match topics.iter_mut().find(|known| known.topic == name.topic) {
                Some(known) => known.partitions.push(partition),
                None => topics.push(CommittedTopic {
                    topic: name.topic.clone(),
                    topic_id: assigned.topic,
                    partitions: vec![partition],
                }),
            }
        }
        if topics.is_empty() {
            return Ok(());
        }
        let commit = CommitOffsets {
            group: self.group.clone(),
            member: MemberId::from(""),
            instance: None,
            generation: Generation::NONE,
            retention_ms: None,
            topics,
        };
        match self.broker.ask_group(self.group.as_str(), Command::Commit(commit)).await {
            Ok(Reply::Commit(reply)) if reply.error.is_error() => {
                Err(group_error(&self.group, reply.error))
            }
            Ok(Reply::Commit(reply)) => {
                let refusal = reply.topics.iter().flatten().find(|error| error.is_error());
                refusal.map_or(Ok(()), |error| Err(group_error(&self.group, *error)))
            }
            Ok(_) => Err(permanent("the group coordinator gave another answer")),
            Err(error) => Err(group_error(&self.group, error)),
        }
    }
}

fn group_error(group: &GroupId, error: ErrorCode) -> SourceError {
    let why = match error {
        ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
            ": the group has members, so that another Kafka Connect or consumer uses its name"
        }
        _ => "",
    };
    retriable(format!("cannot store offsets of group {group}: {error}{why}"))
}

/// Where `auto.offset.reset` lets a partition begin.
fn reset_offset(
    partition: &Partition,
    reset: OffsetReset,
    now: Now,
) -> Result<Offset, SourceError> {
    let failed = |error: storage::Error| retriable(error.to_string());
    let offsets = partition.offsets(now).map_err(failed)?;
    match reset {
        OffsetReset::Earliest => Ok(offsets.log_start),
        OffsetReset::Latest => Ok(offsets.high_watermark),
        OffsetReset::None => Err(permanent(format!(
            "Undefined offset with no reset policy for partitions: [{}]",
            partition.name()
        ))),
        OffsetReset::ByDuration(duration_ms) => {
            let wanted_ms = now.wall_ms.saturating_sub(duration_ms);
            let found = partition.with(now, |replica| replica.offset_for_timestamp(wanted_ms));
            let found = found.map_err(failed)?.map_err(failed)?;
            Ok(found.map_or(offsets.high_watermark, |found| found.offset))
        }
    }
}

/// Takes the waiter away from the partitions again, also when the poll is given up.
struct Registered<'a> {
    assigned: &'a [Assigned],
    waiter: &'a Arc<Waiter>,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        for assigned in self.assigned {
            assigned.partition.stop_waiting(self.waiter);
        }
    }
}

impl Source for LocalSource {
    fn poll(&mut self) -> BoxFuture<'_, Result<Event, SourceError>> {
        self.next_event().boxed()
    }

    fn seek(&mut self, partition: &TopicPartition, offset: Offset) {
        if let Some(assigned) = self.assigned.iter_mut().find(|known| known.name == *partition) {
            assigned.position = offset;
        }
    }

    fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    fn commit<'a>(
        &'a mut self,
        offsets: &'a BTreeMap<TopicPartition, Offset>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        self.commit_all(offsets).boxed()
    }

    fn dead_letters<'a>(
        &'a mut self,
        settings: &'a DeadLetterSettings,
        letters: &'a [DeadLetter],
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        std::future::ready(dead_letters::append(&self.broker, settings, letters)).boxed()
    }

    fn ends(&mut self) -> BoxFuture<'_, Result<BTreeMap<TopicPartition, Offset>, SourceError>> {
        let now = self.broker.now();
        let ends = self.wanted_partitions().into_iter().map(|(name, _, partition)| {
            let offsets = partition.offsets(now).map_err(|error| retriable(error.to_string()))?;
            Ok((name, offsets.high_watermark))
        });
        std::future::ready(ends.collect()).boxed()
    }
}
