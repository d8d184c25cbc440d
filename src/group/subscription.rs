//! What a consumer's JoinGroup metadata says that it reads (`ConsumerProtocolSubscription`).

use crate::base::TopicName;

/// The topics of a subscription; `None` if it cannot be read.
///
/// Kafka reads every version as version 0: what later versions have is behind it.
pub(super) fn topics(metadata: &[u8]) -> Option<Vec<TopicName>> {
    let (version, rest) = metadata.split_first_chunk::<2>()?;
    if i16::from_be_bytes(*version) < 0 {
        return None;
    }
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let count = usize::try_from(i32::from_be_bytes(*count)).ok()?;
    let mut topics = Vec::new();
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::try_from(i16::from_be_bytes(*length)).ok()?;
        let (name, after) = after.split_at_checked(length)?;
        topics.push(TopicName::from(std::str::from_utf8(name).ok()?));
        rest = after;
    }
    let (user_data_length, rest) = rest.split_first_chunk::<4>()?;
    let user_data_length = usize::try_from(i32::from_be_bytes(*user_data_length)).unwrap_or(0);
    (rest.len() >= user_data_length).then_some(topics)
}
