//! Old offsets and empty groups go (`offsets.retention.minutes`, KIP-211).
//!
//! Kafka looks every ten minutes. This coordinator looks when something can have expired,
//! and never more often than that: a broker with nothing to forget does not wake up.

use std::collections::BTreeMap;

use super::classic_group::ClassicGroup;
use super::classic_state::ClassicState;
use super::core::Turn;
use super::deadlines::Timer;
use super::durable::CommittedOffset;
use super::offsets::{remove_group, tombstone};
use super::record::Record;
use crate::base::GroupId;

/// From when on the retention of a group's offsets counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    /// From each commit.
    Commit,
    /// From the moment at which the last member left.
    Emptied(Option<i64>),
    /// Not at all: somebody may still need them.
    Never,
}

fn since(group: &ClassicGroup) -> Since {
    if group.protocol_type.is_none() {
        return Since::Commit;
    }
    match group.state {
        ClassicState::Empty => Since::Emptied(group.state_timestamp_ms),
        ClassicState::Stable if group.is_consumer_group() && group.subscribed_topics.is_some() => {
            Since::Commit
        }
        _ => Since::Never,
    }
}

/// When an offset expires, in milliseconds since 1970.
fn expires_ms(offset: &CommittedOffset, since: Since, retention_ms: i64) -> Option<i64> {
    let from_ms = match since {
        Since::Never => return None,
        Since::Commit => offset.commit_timestamp_ms,
        Since::Emptied(emptied_ms) => emptied_ms.unwrap_or(offset.commit_timestamp_ms),
    };
    let expires_ms = from_ms.saturating_add(retention_ms);
    Some(offset.expire_timestamp_ms.unwrap_or(expires_ms))
}

/// Writes tombstones for what has expired and sets the clock for what will.
pub(super) fn expire(turn: &mut Turn<'_>, groups: &mut BTreeMap<GroupId, ClassicGroup>) {
    // What does not exist or count yet cannot expire sooner than a whole retention from now.
    let mut next_ms = turn.now.wall_ms.saturating_add(turn.config.offsets_retention_ms);
    let mut to_remove = Vec::new();
    for group in groups.values() {
        let earliest_ms = expire_offsets(turn, group);
        let has_offsets = turn.durable.offsets.contains_key(&group.id);
        if let Some(earliest_ms) = earliest_ms {
            next_ms = next_ms.min(earliest_ms);
        }
        if group.state == ClassicState::Empty && !has_offsets {
            if group.pending_joins.is_empty() {
                to_remove.push(group.id.clone());
            } else {
                next_ms = turn.now.wall_ms;
            }
        }
    }
    for id in to_remove {
        remove_group(turn, groups, &id);
    }
    if !groups.is_empty() {
        let wait_ms = u64::try_from(next_ms.saturating_sub(turn.now.wall_ms)).unwrap_or(0);
        let wait_ms = wait_ms.max(turn.config.offsets_retention_check_interval_ms);
        turn.deadlines.set(Timer::Expiry, turn.now.after_ms(wait_ms));
    }
}

/// Forgets the group's expired offsets; tells when the next one expires.
fn expire_offsets(turn: &mut Turn<'_>, group: &ClassicGroup) -> Option<i64> {
    let since = since(group);
    let retention_ms = turn.config.offsets_retention_ms;
    let mut expired: Vec<Record> = Vec::new();
    let mut earliest_ms: Option<i64> = None;
    for (topic, partitions) in turn.durable.offsets.get(&group.id)? {
        if group.is_subscribed_to(topic) {
            continue;
        }
        for (&partition, offset) in partitions {
            let Some(at_ms) = expires_ms(offset, since, retention_ms) else { continue };
            if at_ms <= turn.now.wall_ms {
                expired.push(tombstone(&group.id, topic, partition));
            } else {
                earliest_ms = Some(earliest_ms.map_or(at_ms, |earliest| earliest.min(at_ms)));
            }
        }
    }
    for record in expired {
        turn.write(record);
    }
    earliest_ms
}
