//! What a consumer's JoinGroup metadata says that it reads.

use crate::base::TopicName;
use crate::wire::records::ConsumerProtocolSubscription;
use crate::wire::{self, Error, Message};

/// Most bytes of a number; a field that needs more has a length that says so.
const NUMBER_BYTES_MAX: usize = 4;

/// The topics of a subscription; `None` if it cannot be read.
///
/// As in Kafka, every version is read as version 0: what later versions have comes after.
pub(super) fn topics(metadata: &[u8]) -> Option<Vec<TopicName>> {
    let subscription = read(metadata).ok()?;
    Some(subscription.topics.iter().map(|topic| TopicName::from(&**topic)).collect())
}

/// Whether a length in the subscription lies.
///
/// Apache Kafka 4.3 takes a subscription that ends too early, an empty one for instance, as one
/// that it knows nothing of; a length that lies makes it leave the join unanswered.
pub(super) fn is_malformed(metadata: &[u8]) -> bool {
    match read(metadata) {
        Err(Error::Truncated { needed, .. }) => needed > NUMBER_BYTES_MAX,
        Err(Error::InvalidLength(_) | Error::UnexpectedNull) => true,
        _ => false,
    }
}

fn read(metadata: &[u8]) -> Result<ConsumerProtocolSubscription<'_>, Error> {
    let (version, mut reader) = wire::split_version(metadata)?;
    if version < 0 {
        let message = ConsumerProtocolSubscription::NAME;
        return Err(Error::UnsupportedVersion { message, version });
    }
    ConsumerProtocolSubscription::decode_prefix(&mut reader, 0)
}
