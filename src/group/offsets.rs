//! Committed offsets: store, read, forget (`OffsetMetadataManager`).

use std::collections::BTreeMap;

use super::classic_group::ClassicGroup;
use super::classic_state::ClassicState;
use super::command::{
    CommitOffsets, CommittedTopic, DeleteOffsets, FetchOffsets, OffsetToCommit, TopicPartitions,
};
use super::core::Turn;
use super::deadlines::Timer;
use super::durable::{CommittedOffset, Durable, GroupOffsets};
use super::rebalance::millis;
use super::record::Record;
use super::reply::{CommitReply, DeleteOffsetsReply, FetchReply, PartitionOffset, TopicOffsets};
use crate::base::{ErrorCode, Generation, GroupId, LeaderEpoch, TopicId, TopicName, Uuid};

/// Stores offsets, if the member may.
pub(super) fn commit(
    turn: &mut Turn<'_>,
    groups: &mut BTreeMap<GroupId, ClassicGroup>,
    command: &CommitOffsets,
) -> CommitReply {
    if !groups.contains_key(&command.group) {
        if command.generation >= Generation(0) {
            let error = ErrorCode::GroupIdNotFound;
            return CommitReply { error, topics: Vec::new() };
        }
        // A consumer that assigns partitions itself, or a tool: a group of offsets only.
        let group = ClassicGroup::new(command.group.clone(), turn.now);
        groups.insert(command.group.clone(), group);
        turn.schedule_expiry();
    }
    let group = &groups[&command.group];
    if let Err(error) = may_commit(group, command) {
        return CommitReply { error, topics: Vec::new() };
    }
    if let Some(member) = group.members.get(&command.member) {
        // As good as a heartbeat.
        turn.schedule_member(&group.id, &command.member, millis(member.session_timeout_ms));
    }
    if let Some(retention_ms) = command.retention_ms {
        let interval_ms = turn.config.offsets_retention_check_interval_ms;
        let wait_ms = u64::try_from(retention_ms).unwrap_or(0).max(interval_ms);
        turn.deadlines.set_at_latest(Timer::Expiry, turn.now.after_ms(wait_ms));
    }
    let topics = command.topics.iter().map(|topic| commit_topic(turn, command, topic));
    CommitReply { error: ErrorCode::None, topics: topics.collect() }
}

/// `ClassicGroup.validateOffsetCommit`.
fn may_commit(group: &ClassicGroup, command: &CommitOffsets) -> Result<(), ErrorCode> {
    if command.generation < Generation(0) && group.state == ClassicState::Empty {
        return Ok(());
    }
    let names_a_member = command.generation >= Generation(0)
        || !command.member.as_str().is_empty()
        || command.instance.is_some();
    if !names_a_member {
        return Err(ErrorCode::UnknownMemberId);
    }
    group.validate_member(&command.member, command.instance.as_ref())?;
    if command.generation != group.generation {
        return Err(ErrorCode::IllegalGeneration);
    }
    if group.state == ClassicState::CompletingRebalance {
        return Err(ErrorCode::RebalanceInProgress);
    }
    Ok(())
}

fn commit_topic(
    turn: &mut Turn<'_>,
    command: &CommitOffsets,
    topic: &CommittedTopic,
) -> Vec<ErrorCode> {
    let mut errors = Vec::with_capacity(topic.partitions.len());
    for partition in &topic.partitions {
        if partition.metadata.encode_utf16().count() > turn.config.offset_metadata_max {
            errors.push(ErrorCode::OffsetMetadataTooLarge);
            continue;
        }
        let record = Record::Offset {
            group: command.group.clone(),
            topic: topic.topic.clone(),
            partition: partition.partition,
            value: Some(committed(turn, command, topic, partition)),
        };
        turn.write(record);
        errors.push(ErrorCode::None);
    }
    errors
}

fn committed(
    turn: &Turn<'_>,
    command: &CommitOffsets,
    topic: &CommittedTopic,
    partition: &OffsetToCommit,
) -> CommittedOffset {
    let now_ms = turn.now.wall_ms;
    let (leader_epoch, topic_id) = match command.retention_ms {
        // The record that carries an expiry has neither.
        Some(_) => (LeaderEpoch::NONE, Uuid::ZERO),
        None => (partition.leader_epoch, topic.topic_id),
    };
    CommittedOffset {
        offset: partition.offset,
        leader_epoch,
        metadata: partition.metadata.clone(),
        commit_timestamp_ms: now_ms,
        expire_timestamp_ms: command.retention_ms.map(|keep_ms| now_ms.saturating_add(keep_ms)),
        topic_id,
    }
}

/// Reads offsets; what is not known has offset -1 and no error.
pub(super) fn fetch(durable: &Durable, command: &FetchOffsets) -> FetchReply {
    let known = durable.offsets.get(&command.group);
    let topics = match (&command.topics, known) {
        (Some(topics), known) => topics.iter().map(|asked| fetch_topic(known, asked)).collect(),
        (None, Some(known)) => known.iter().map(all_of_topic).collect(),
        (None, None) => Vec::new(),
    };
    FetchReply { topics }
}

fn fetch_topic(known: Option<&GroupOffsets>, asked: &TopicPartitions) -> TopicOffsets {
    let offsets = known.and_then(|topics| topics.get(&asked.topic));
    let partitions = asked.partitions.iter().map(|&partition| {
        let committed = offsets.and_then(|offsets| offsets.get(&partition));
        match committed.filter(|committed| is_same_topic(committed.topic_id, asked.topic_id)) {
            Some(committed) => partition_offset(partition, committed),
            None => PartitionOffset::unknown(partition),
        }
    });
    TopicOffsets {
        topic: asked.topic.clone(),
        topic_id: asked.topic_id,
        partitions: partitions.collect(),
    }
}

/// Offsets of a topic that was deleted and made again are not those of the new one.
fn is_same_topic(committed: TopicId, asked: TopicId) -> bool {
    committed == Uuid::ZERO || asked == Uuid::ZERO || committed == asked
}

fn all_of_topic((topic, offsets): (&TopicName, &BTreeMap<i32, CommittedOffset>)) -> TopicOffsets {
    let partitions =
        offsets.iter().map(|(&partition, committed)| partition_offset(partition, committed));
    let topic_id = offsets.values().map(|committed| committed.topic_id).max();
    TopicOffsets {
        topic: topic.clone(),
        topic_id: topic_id.unwrap_or_default(),
        partitions: partitions.collect(),
    }
}

fn partition_offset(partition: i32, committed: &CommittedOffset) -> PartitionOffset {
    PartitionOffset {
        partition,
        offset: committed.offset,
        leader_epoch: committed.leader_epoch,
        metadata: committed.metadata.clone(),
    }
}

/// Forgets offsets of topics that the group does not read (KIP-496).
pub(super) fn delete(
    turn: &mut Turn<'_>,
    groups: &BTreeMap<GroupId, ClassicGroup>,
    command: &DeleteOffsets,
) -> DeleteOffsetsReply {
    let refused = |error| DeleteOffsetsReply { error, topics: Vec::new() };
    if command.group.as_str().is_empty() {
        return refused(ErrorCode::InvalidGroupId);
    }
    let Some(group) = groups.get(&command.group) else {
        return refused(ErrorCode::GroupIdNotFound);
    };
    if group.state != ClassicState::Empty && !group.is_consumer_group() {
        // Only consumers say what they read.
        return refused(ErrorCode::NonEmptyGroup);
    }
    let topics = command.topics.iter().map(|asked| {
        if group.is_subscribed_to(&asked.topic) {
            return ErrorCode::GroupSubscribedToTopic;
        }
        for &partition in &asked.partitions {
            if turn.durable.offset(&group.id, &asked.topic, partition).is_some() {
                turn.write(tombstone(&group.id, &asked.topic, partition));
            }
        }
        ErrorCode::None
    });
    DeleteOffsetsReply { error: ErrorCode::None, topics: topics.collect() }
}

/// Forgets a group that has no members, and its offsets.
pub(super) fn delete_group(
    turn: &mut Turn<'_>,
    groups: &mut BTreeMap<GroupId, ClassicGroup>,
    id: &GroupId,
) -> ErrorCode {
    let Some(group) = groups.get(id) else { return ErrorCode::GroupIdNotFound };
    if group.state != ClassicState::Empty {
        return ErrorCode::NonEmptyGroup;
    }
    let offsets = turn.durable.offsets.get(id).into_iter().flatten();
    let tombstones = offsets.flat_map(|(topic, partitions)| {
        partitions.keys().map(|&partition| tombstone(id, topic, partition))
    });
    for record in tombstones.collect::<Vec<_>>() {
        turn.write(record);
    }
    remove_group(turn, groups, id);
    ErrorCode::None
}

/// Writes the group's tombstone and forgets it with its timers.
pub(super) fn remove_group(
    turn: &mut Turn<'_>,
    groups: &mut BTreeMap<GroupId, ClassicGroup>,
    id: &GroupId,
) {
    turn.write(Record::Group { group: id.clone(), value: None });
    if let Some(group) = groups.remove(id) {
        for pending in &group.pending_joins {
            turn.cancel_member(id, pending);
        }
    }
    if groups.is_empty() {
        turn.deadlines.cancel(Timer::Expiry);
    }
}

/// Forgets the offsets of topics that are gone, whoever committed them.
pub(super) fn topics_deleted(turn: &mut Turn<'_>, deleted: &[TopicName]) {
    let mut tombstones = Vec::new();
    for (group, topics) in &turn.durable.offsets {
        for topic in deleted {
            let partitions = topics.get(topic).into_iter().flat_map(BTreeMap::keys);
            tombstones.extend(partitions.map(|&partition| tombstone(group, topic, partition)));
        }
    }
    for record in tombstones {
        turn.write(record);
    }
}

/// The record that forgets one offset.
pub(super) fn tombstone(group: &GroupId, topic: &TopicName, partition: i32) -> Record {
    Record::Offset { group: group.clone(), topic: topic.clone(), partition, value: None }
}
