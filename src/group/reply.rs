//! What a group coordinator answers.

use std::sync::Arc;

use bytes::Bytes;

use super::classic_state::ClassicState;
use crate::base::{
    ErrorCode, Generation, GroupId, LeaderEpoch, MemberId, Offset, TopicId, TopicName,
};

/// The answer to one [`Command`](super::Command).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// To a join.
    Join(JoinReply),
    /// To a sync.
    Sync(SyncReply),
    /// To a heartbeat.
    Heartbeat(ErrorCode),
    /// To a leave.
    Leave(LeaveReply),
    /// To a commit.
    Commit(CommitReply),
    /// To an offset fetch.
    Fetch(FetchReply),
    /// To the deletion of offsets.
    DeleteOffsets(DeleteOffsetsReply),
    /// To the deletion of a group.
    DeleteGroup(ErrorCode),
    /// To a describe.
    Describe(DescribeReply),
    /// To a list.
    List(Vec<ListedGroup>),
    /// To the news that topics are gone.
    TopicsDeleted,
}

/// The answer to a join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinReply {
    /// The refusal, if any.
    pub error: ErrorCode,
    /// The generation joined.
    pub generation: Generation,
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that was elected.
    pub protocol_name: Option<Arc<str>>,
    /// Who assigns; empty in a refusal.
    pub leader: MemberId,
    /// The leader is to keep the assignment there is (KIP-814).
    pub skip_assignment: bool,
    /// The member's own id.
    pub member: MemberId,
    /// All members, for the leader.
    pub members: Vec<JoinedMember>,
}

impl JoinReply {
    /// A refusal that names the member as it is known.
    pub(super) fn refused(error: ErrorCode, member: MemberId) -> JoinReply {
        JoinReply {
            error,
            generation: Generation::NONE,
            protocol_type: None,
            protocol_name: None,
            leader: MemberId::from(""),
            skip_assignment: false,
            member,
            members: Vec::new(),
        }
    }
}

/// A member as its leader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id`, if static.
    pub instance: Option<Arc<str>>,
    /// Its subscription for the elected protocol.
    pub metadata: Bytes,
}

/// The answer to a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncReply {
    /// The refusal, if any.
    pub error: ErrorCode,
    /// The group's protocol type.
    pub protocol_type: Option<Arc<str>>,
    /// The elected protocol.
    pub protocol_name: Option<Arc<str>>,
    /// The member's assignment.
    pub assignment: Bytes,
}

impl SyncReply {
    /// A refusal.
    pub(super) fn refused(error: ErrorCode) -> SyncReply {
        SyncReply { error, protocol_type: None, protocol_name: None, assignment: Bytes::new() }
    }
}

/// The answer to a leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveReply {
    /// A refusal of the whole request.
    pub error: ErrorCode,
    /// One answer per member asked for, in order.
    pub members: Vec<ErrorCode>,
}

/// The answer to a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitReply {
    /// A refusal of the whole request, to be told for every partition.
    pub error: ErrorCode,
    /// Per topic, per partition, in the order asked; empty in a refusal.
    pub topics: Vec<Vec<ErrorCode>>,
}

/// The answer to an offset fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchReply {
    /// What is known, in the order asked.
    pub topics: Vec<TopicOffsets>,
}

/// Committed offsets of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicOffsets {
    /// The topic.
    pub topic: TopicName,
    /// Its id as asked for, or as committed.
    pub topic_id: TopicId,
    /// Its partitions.
    pub partitions: Vec<PartitionOffset>,
}

/// A committed offset, or [`Offset::NONE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The partition's number.
    pub partition: i32,
    /// The next offset to read.
    pub offset: Offset,
    /// The epoch committed with it.
    pub leader_epoch: LeaderEpoch,
    /// What the client wanted to remember.
    pub metadata: Arc<str>,
}

impl PartitionOffset {
    /// Nothing is known of this partition.
    #[must_use]
    pub fn unknown(partition: i32) -> PartitionOffset {
        PartitionOffset {
            partition,
            offset: Offset::NONE,
            leader_epoch: LeaderEpoch::NONE,
            metadata: Arc::from(""),
        }
    }
}

/// The answer to the deletion of offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteOffsetsReply {
    /// A refusal of the whole request.
    pub error: ErrorCode,
    /// One answer per topic, true of all its partitions; empty in a refusal.
    pub topics: Vec<ErrorCode>,
}

/// The answer to a describe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeReply {
    /// Whether there is such a classic group.
    pub error: ErrorCode,
    /// Its state; [`ClassicState::Dead`] if there is none.
    pub state: ClassicState,
    /// `consumer`, ...; empty if it never had a member.
    pub protocol_type: Arc<str>,
    /// The elected protocol; only told while stable.
    pub protocol_name: Arc<str>,
    /// Its members.
    pub members: Vec<DescribedMember>,
}

/// A member as tools see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedMember {
    /// Its id.
    pub member: MemberId,
    /// `group.instance.id`, if static.
    pub instance: Option<Arc<str>>,
    /// What the client calls itself.
    pub client_id: Arc<str>,
    /// Where it came from.
    pub client_host: Arc<str>,
    /// Its subscription; only told while the group is stable.
    pub metadata: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}

/// A line of ListGroups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGroup {
    /// The group.
    pub group: GroupId,
    /// `consumer`, ...; empty if it never had a member.
    pub protocol_type: Arc<str>,
    /// Its state.
    pub state: ClassicState,
    /// Kafka's name of the kind of group.
    pub group_type: &'static str,
}
