//! The words everyone uses: ids, offsets, error codes and time as a value.
//!
//! Knows nothing of bytes, sockets, files or clocks.

mod core;
mod error_code;
mod ids;
mod now;
mod offset;

pub use self::core::{Core, Output, Token};
pub use self::error_code::ErrorCode;
pub use self::ids::{
    GroupId, MemberId, NodeId, PartitionIndex, ProducerEpoch, ProducerId, TopicId, TopicName,
    TopicPartition, Uuid,
};
pub use self::now::{Deadline, Now};
pub use self::offset::{Generation, LeaderEpoch, Offset};
