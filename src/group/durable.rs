//! What the records of the partition say, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::record::Record;
use crate::base::{Generation, GroupId, LeaderEpoch, MemberId, Offset, TopicId, TopicName};

/// A committed offset (`OffsetCommitValue`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: Offset,
    /// The epoch committed with it.
    pub leader_epoch: LeaderEpoch,
    /// What the client wanted to remember.
    pub metadata: Arc<str>,
    /// When it was committed, in milliseconds since 1970.
    pub commit_timestamp_ms: i64,
    /// When it expires, if the client said so (OffsetCommit v2 to v4).
    pub expire_timestamp_ms: Option<i64>,
    /// The topic's id; zero in records of older brokers and of those with an expiry.
    pub topic_id: TopicId,
}

/// The last generation of a group that was written (`GroupMetadataValue`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupValue {
    /// `consumer`, ...; empty if the group never had a member.
    pub protocol_type: Arc<str>,
    /// The generation.
    pub generation: Generation,
    /// The protocol elected.
    pub protocol_name: Option<Arc<str>>,
    /// Who assigned.
    pub leader: Option<MemberId>,
    /// When the group came to its state, in milliseconds since 1970.
    pub state_timestamp_ms: Option<i64>,
    /// The members with their assignments, by id.
    pub members: Vec<MemberValue>,
}

/// A member of the last generation written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberValue {
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id`, if static.
    pub instance: Option<Arc<str>>,
    /// What the client calls itself.
    pub client_id: Arc<str>,
    /// Where it came from.
    pub client_host: Arc<str>,
    /// How long a rebalance waits for it.
    pub rebalance_timeout_ms: i32,
    /// Its session.
    pub session_timeout_ms: i32,
    /// Its subscription for the elected protocol.
    pub subscription: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}

impl GroupValue {
    /// About as many bytes as its record takes.
    pub(super) fn size_bytes(&self) -> usize {
        let members = self.members.iter().map(|member| {
            let texts = 2 * member.member.as_str().len()
                + member.client_id.len()
                + member.client_host.len();
            64 + texts + member.subscription.len() + member.assignment.len()
        });
        128 + members.sum::<usize>()
    }
}

/// The offsets of a group: topic, partition, offset.
pub(super) type GroupOffsets = BTreeMap<TopicName, BTreeMap<i32, CommittedOffset>>;

/// The durable state of one coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Durable {
    pub(super) groups: BTreeMap<GroupId, GroupValue>,
    pub(super) offsets: BTreeMap<GroupId, GroupOffsets>,
}

impl Durable {
    /// Replays one record.
    pub(super) fn apply(&mut self, record: &Record) {
        match record {
            Record::Group { group, value: Some(value) } => {
                self.groups.insert(group.clone(), value.clone());
            }
            Record::Group { group, value: None } => {
                self.groups.remove(group);
            }
            Record::Offset { group, topic, partition, value: Some(value) } => {
                let topics = self.offsets.entry(group.clone()).or_default();
                let partitions = topics.entry(topic.clone()).or_default();
                partitions.insert(*partition, value.clone());
            }
            Record::Offset { group, topic, partition, value: None } => {
                self.remove_offset(group, topic, *partition);
            }
        }
    }

    /// The offset of one partition.
    pub(super) fn offset(
        &self,
        group: &GroupId,
        topic: &TopicName,
        partition: i32,
    ) -> Option<&CommittedOffset> {
        self.offsets.get(group)?.get(topic)?.get(&partition)
    }

    fn remove_offset(&mut self, group: &GroupId, topic: &TopicName, partition: i32) {
        let Some(topics) = self.offsets.get_mut(group) else { return };
        let Some(partitions) = topics.get_mut(topic) else { return };
        partitions.remove(&partition);
        if partitions.is_empty() {
            topics.remove(topic);
        }
        if topics.is_empty() {
            self.offsets.remove(group);
        }
    }
}
