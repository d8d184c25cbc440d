//! What a consumer's JoinGroup metadata says that it reads.

use crate::base::TopicName;
use crate::wire::records::ConsumerProtocolSubscription;
use crate::wire::{self, Message};

/// The topics of a subscription; `None` if it cannot be read.
///
/// As in Kafka, every version is read as version 0: what later versions have comes after.
pub(super) fn topics(metadata: &[u8]) -> Option<Vec<TopicName>> {
    let (version, mut reader) = wire::split_version(metadata).ok()?;
    if version < 0 {
        return None;
    }
    let subscription = ConsumerProtocolSubscription::decode_prefix(&mut reader, 0).ok()?;
    Some(subscription.topics.iter().map(|topic| TopicName::from(&**topic)).collect())
}
