//! What can be asked of a group coordinator, free of protocol versions.

use std::sync::Arc;

use bytes::Bytes;

use crate::base::{Generation, GroupId, LeaderEpoch, MemberId, Offset, TopicId, TopicName};

/// The coordinator's settings (`GroupCoordinatorConfig`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupConfig {
    /// `group.initial.rebalance.delay.ms`: how long an empty group waits for more members.
    pub initial_rebalance_delay_ms: u64,
    /// `group.min.session.timeout.ms`.
    pub session_timeout_ms_min: i32,
    /// `group.max.session.timeout.ms`.
    pub session_timeout_ms_max: i32,
    /// `group.max.size`: members of one group.
    pub members_max: usize,
    /// `offset.metadata.max.bytes`; counted in UTF-16 units, as Kafka does.
    pub offset_metadata_max: usize,
    /// `offsets.retention.minutes`, in milliseconds.
    pub offsets_retention_ms: i64,
    /// `offsets.retention.check.interval.ms`.
    pub offsets_retention_check_interval_ms: u64,
    /// `max.message.bytes` of `__consumer_offsets`: the largest record of a group.
    pub record_bytes_max: usize,
}

impl Default for GroupConfig {
    fn default() -> Self {
        GroupConfig {
            initial_rebalance_delay_ms: 3000,
            session_timeout_ms_min: 6000,
            session_timeout_ms_max: 1_800_000,
            members_max: i32::MAX as usize,
            offset_metadata_max: 4096,
            offsets_retention_ms: 7 * 24 * 3_600_000,
            offsets_retention_check_interval_ms: 600_000,
            record_bytes_max: 1_048_588,
        }
    }
}

/// One request to the coordinator of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Become a member, or say that one is ready for the next generation.
    Join(JoinGroup),
    /// Hand in the assignment (the leader) or ask for one's own.
    Sync(SyncGroup),
    /// Keep the session alive.
    Heartbeat(Heartbeat),
    /// Remove members.
    Leave(LeaveGroup),
    /// Store offsets.
    Commit(CommitOffsets),
    /// Read offsets.
    Fetch(FetchOffsets),
    /// Forget offsets.
    DeleteOffsets(DeleteOffsets),
    /// Forget a group and its offsets.
    DeleteGroup(GroupId),
    /// Show one group.
    Describe(GroupId),
    /// Show all groups of this partition.
    List(ListGroups),
    /// Forget the offsets of topics that were deleted, in every group.
    TopicsDeleted(Vec<TopicName>),
}

/// What the member's protocol version allows (KIP-394, KIP-814).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JoinVersion {
    /// JoinGroup v0 to v3: a new member joins at once.
    JoinsAtOnce,
    /// v4 to v8: a new dynamic member is given an id and has to join again with it.
    KnowsItsId,
    /// v9: a static leader that returns is told to skip the assignment.
    SkipsAssignment,
}

/// A way of assigning that a member supports, in its order of preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// `range`, `cooperative-sticky`, ...
    pub name: Arc<str>,
    /// The member's subscription, for the leader to read.
    pub metadata: Bytes,
}

/// JoinGroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinGroup {
    /// The group.
    pub group: GroupId,
    /// The member's id; empty if it has none yet.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// What the client calls itself; the first half of a new member's id.
    pub client_id: Arc<str>,
    /// The client's address as Java prints it: `/127.0.0.1`.
    pub client_host: Arc<str>,
    /// A random UUID as text; the second half of a new member's id.
    pub fresh_id: Arc<str>,
    /// Without a heartbeat for so long the member is removed.
    pub session_timeout_ms: i32,
    /// How long a rebalance waits for this member.
    pub rebalance_timeout_ms: i32,
    /// `consumer`, `connect`, ...
    pub protocol_type: Arc<str>,
    /// What the member supports, best first.
    pub protocols: Vec<Protocol>,
    /// What the member's version allows.
    pub version: JoinVersion,
}

/// SyncGroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncGroup {
    /// The group.
    pub group: GroupId,
    /// The member.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// The generation the member believes in.
    pub generation: Generation,
    /// The protocol type it believes in, if it says so (KIP-559).
    pub protocol_type: Option<Arc<str>>,
    /// The protocol it believes in, if it says so (KIP-559).
    pub protocol_name: Option<Arc<str>>,
    /// The leader's assignments; those of others are ignored.
    pub assignments: Vec<(MemberId, Bytes)>,
}

/// Heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// The group.
    pub group: GroupId,
    /// The member.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// The generation the member believes in.
    pub generation: Generation,
}

/// LeaveGroup, also used by tools to remove others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveGroup {
    /// The group.
    pub group: GroupId,
    /// Who is to go.
    pub members: Vec<LeavingMember>,
}

/// A member that is to go: by its id, or a static one by its instance id alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavingMember {
    /// The member's id; may be empty for a static member.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
}

/// OffsetCommit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOffsets {
    /// The group.
    pub group: GroupId,
    /// The member; empty for a consumer that assigns partitions itself and for tools.
    pub member: MemberId,
    /// `group.instance.id` of a static member.
    pub instance: Option<Arc<str>>,
    /// The member's generation, or [`Generation::NONE`].
    pub generation: Generation,
    /// How long to keep the offsets, from now; only versions 2 to 4 can say so.
    pub retention_ms: Option<i64>,
    /// What to store. The topics exist: the caller has looked.
    pub topics: Vec<CommittedTopic>,
}

/// The offsets of one topic in an OffsetCommit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedTopic {
    /// The topic.
    pub topic: TopicName,
    /// Its id.
    pub topic_id: TopicId,
    /// Its partitions.
    pub partitions: Vec<OffsetToCommit>,
}

/// One partition of an OffsetCommit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetToCommit {
    /// The partition's number.
    pub partition: i32,
    /// The next offset to read.
    pub offset: Offset,
    /// The epoch of the last record read.
    pub leader_epoch: LeaderEpoch,
    /// Whatever the client wants to remember.
    pub metadata: Arc<str>,
}

/// Some partitions of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPartitions {
    /// The topic.
    pub topic: TopicName,
    /// Its id; zero if there is no such topic.
    pub topic_id: TopicId,
    /// The partitions' numbers.
    pub partitions: Vec<i32>,
}

/// OffsetFetch of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOffsets {
    /// The group.
    pub group: GroupId,
    /// What is asked for; `None`: everything there is.
    pub topics: Option<Vec<TopicPartitions>>,
}

/// OffsetDelete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteOffsets {
    /// The group.
    pub group: GroupId,
    /// What is to be forgotten.
    pub topics: Vec<TopicPartitions>,
}

/// ListGroups; empty lists let everything through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListGroups {
    /// Names of states, in any case (KIP-518).
    pub states: Vec<String>,
    /// Names of types, in any case (KIP-848).
    pub types: Vec<String>,
}
