//! The records of `__consumer_offsets` that this coordinator writes and reads.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::durable::{CommittedOffset, GroupValue, MemberValue};
use crate::base::{Generation, GroupId, LeaderEpoch, MemberId, Offset, TopicName};
use crate::wire::records::group_metadata_value::MemberMetadata;
use crate::wire::records::{
    GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue,
};
use crate::wire::{self, Message};

/// One change of durable state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A committed offset (key type 1), or its tombstone.
    Offset {
        /// The group.
        group: GroupId,
        /// The topic.
        topic: TopicName,
        /// The partition's number.
        partition: i32,
        /// The offset; `None` forgets it.
        value: Option<CommittedOffset>,
    },
    /// A generation of a group (key type 2), or its tombstone.
    Group {
        /// The group.
        group: GroupId,
        /// The generation; `None` forgets the group.
        value: Option<GroupValue>,
    },
}

/// Key types of offsets; 0 is what Kafka wrote before 0.9 and still reads.
const OFFSET_TYPES: std::ops::RangeInclusive<i16> = 0..=1;
const GROUP_TYPE: i16 = 2;

/// Versions of the values as Kafka 4.3 writes them.
const OFFSET_VALUE_VERSION: i16 = 4;
const OFFSET_VALUE_VERSION_WITH_EXPIRY: i16 = 1;
const GROUP_VALUE_VERSION: i16 = 3;

/// Every text came in a request, where it is as long as a record's may be, or is a member
/// id, whose length [`super::join`] checks.
const FITS: &str = "texts of a record were checked when they came";

impl Record {
    /// The record's key in the log.
    #[must_use]
    pub fn encode_key(&self) -> Vec<u8> {
        let key = match self {
            Record::Offset { group, topic, partition, .. } => wire::encode_key(&OffsetCommitKey {
                group: Cow::Borrowed(group.as_str()),
                topic: Cow::Borrowed(topic.as_str()),
                partition: *partition,
            }),
            Record::Group { group, .. } => {
                wire::encode_key(&GroupMetadataKey { group: Cow::Borrowed(group.as_str()) })
            }
        };
        key.expect(FITS)
    }

    /// The record's value in the log; `None` is a tombstone.
    #[must_use]
    pub fn encode_value(&self) -> Option<Vec<u8>> {
        let value = match self {
            Record::Offset { value, .. } => encode_offset(value.as_ref()?),
            Record::Group { value, .. } => encode_group(value.as_ref()?),
        };
        Some(value.expect(FITS))
    }

    /// Reads a record of the log. `None`: a kind that a classic coordinator does not keep
    /// (groups of KIP-848, share groups, streams groups).
    ///
    /// # Errors
    /// Whatever is wrong with the bytes.
    pub fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<Record>, wire::Error> {
        let (key_type, mut reader) = wire::split_version(key)?;
        if OFFSET_TYPES.contains(&key_type) {
            let key = OffsetCommitKey::decode_prefix(&mut reader, 0)?;
            return Ok(Some(Record::Offset {
                group: GroupId::from(&*key.group),
                topic: TopicName::from(&*key.topic),
                partition: key.partition,
                value: value.map(decode_offset).transpose()?,
            }));
        }
        if key_type != GROUP_TYPE {
            return Ok(None);
        }
        let key = GroupMetadataKey::decode_prefix(&mut reader, 0)?;
        let value = value.map(decode_group).transpose()?;
        Ok(Some(Record::Group { group: GroupId::from(&*key.group), value }))
    }
}

fn encode_offset(value: &CommittedOffset) -> Result<Vec<u8>, wire::Error> {
    let version = match value.expire_timestamp_ms {
        Some(_) => OFFSET_VALUE_VERSION_WITH_EXPIRY,
        None => OFFSET_VALUE_VERSION,
    };
    let value = OffsetCommitValue {
        offset: value.offset.0,
        leader_epoch: value.leader_epoch.0,
        metadata: Cow::Borrowed(&value.metadata),
        commit_timestamp: value.commit_timestamp_ms,
        expire_timestamp: value.expire_timestamp_ms.unwrap_or(-1),
        topic_id: value.topic_id,
    };
    wire::encode_value(&value, version)
}

fn decode_offset(bytes: &[u8]) -> Result<CommittedOffset, wire::Error> {
    let value: OffsetCommitValue<'_> = wire::decode_value(bytes)?;
    Ok(CommittedOffset {
        offset: Offset(value.offset),
        leader_epoch: LeaderEpoch(value.leader_epoch),
        metadata: Arc::from(&*value.metadata),
        commit_timestamp_ms: value.commit_timestamp,
        expire_timestamp_ms: (value.expire_timestamp != -1).then_some(value.expire_timestamp),
        topic_id: value.topic_id,
    })
}

fn encode_group(value: &GroupValue) -> Result<Vec<u8>, wire::Error> {
    let members = value.members.iter().map(|member| MemberMetadata {
        member_id: Cow::Borrowed(member.member.as_str()),
        group_instance_id: member.instance.as_deref().map(Cow::Borrowed),
        client_id: Cow::Borrowed(&member.client_id),
        client_host: Cow::Borrowed(&member.client_host),
        rebalance_timeout: member.rebalance_timeout_ms,
        session_timeout: member.session_timeout_ms,
        subscription: Cow::Borrowed(&member.subscription),
        assignment: Cow::Borrowed(&member.assignment),
    });
    let value = GroupMetadataValue {
        protocol_type: Cow::Borrowed(&value.protocol_type),
        generation: value.generation.0,
        protocol: value.protocol_name.as_deref().map(Cow::Borrowed),
        leader: value.leader.as_ref().map(|leader| Cow::Borrowed(leader.as_str())),
        current_state_timestamp: value.state_timestamp_ms.unwrap_or(-1),
        members: members.collect(),
    };
    wire::encode_value(&value, GROUP_VALUE_VERSION)
}

fn decode_group(bytes: &[u8]) -> Result<GroupValue, wire::Error> {
    let value: GroupMetadataValue<'_> = wire::decode_value(bytes)?;
    let members = value.members.iter().map(|member| MemberValue {
        member: MemberId::from(&*member.member_id),
        instance: member.group_instance_id.as_deref().map(Arc::from),
        client_id: Arc::from(&*member.client_id),
        client_host: Arc::from(&*member.client_host),
        rebalance_timeout_ms: member.rebalance_timeout,
        session_timeout_ms: member.session_timeout,
        subscription: Bytes::copy_from_slice(&member.subscription),
        assignment: Bytes::copy_from_slice(&member.assignment),
    });
    let state_timestamp_ms = value.current_state_timestamp;
    Ok(GroupValue {
        protocol_type: Arc::from(&*value.protocol_type),
        generation: Generation(value.generation),
        protocol_name: value.protocol.as_deref().map(Arc::from),
        leader: value.leader.as_deref().map(MemberId::from),
        state_timestamp_ms: (state_timestamp_ms != -1).then_some(state_timestamp_ms),
        members: members.collect(),
    })
}
