//! The group coordinator: who is a member, what it was assigned, how far it has read.
//!
//! Owns the classic group protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup) and the
//! committed offsets of the groups that hash to one partition of `__consumer_offsets`.
//! One [`GroupCore`] per partition; the driver in `broker` owns it, feeds it commands and
//! persists the records it emits before it releases the replies.
//!
//! Two kinds of state. *Durable*: what the partition's records say, changed only by
//! [`GroupCore::apply`], so that replaying the partition gives it back. *Volatile*: parked
//! requests, sessions, timers and the rounds of a rebalance; gone after a restart, when the
//! members join again, as with Kafka.
//!
//! Must not know: sockets, files, clocks, randomness (a fresh member id comes with the
//! command), protocol versions, which topics exist.

mod classic_group;
mod classic_state;
mod command;
mod core;
mod deadlines;
mod durable;
mod expiry;
mod join;
mod list;
mod membership;
mod offsets;
mod placement;
mod rebalance;
mod record;
mod reply;
mod subscription;
mod sync;

#[cfg(test)]
mod tests;

pub use self::classic_state::ClassicState;
pub use self::command::{
    Command, CommitOffsets, CommittedTopic, DeleteOffsets, FetchOffsets, GroupConfig, Heartbeat,
    JoinGroup, JoinVersion, LeaveGroup, LeavingMember, ListGroups, OffsetToCommit, Protocol,
    SyncGroup, TopicPartitions,
};
pub use self::core::GroupCore;
pub use self::durable::{CommittedOffset, GroupValue, MemberValue};
pub use self::placement::partition_of;
pub use self::record::Record;
pub use self::reply::{
    CommitReply, DeleteOffsetsReply, DescribeReply, DescribedMember, FetchReply, JoinReply,
    JoinedMember, LeaveReply, ListedGroup, PartitionOffset, Reply, SyncReply, TopicOffsets,
};
