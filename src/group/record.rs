//! The records of `__consumer_offsets` that this coordinator writes and reads.

use super::durable::{CommittedOffset, GroupValue};
use crate::base::{GroupId, TopicName};

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
