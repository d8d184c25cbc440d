//! SyncGroup.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::classic_group::ClassicGroup;
use super::classic_state::ClassicState;
use super::command::SyncGroup;
use super::core::Turn;
use super::rebalance;
use super::record::Record;
use super::reply::{Reply, SyncReply};
use crate::base::{ErrorCode, GroupId, Token};

/// Answers now, or parks `token` until the leader has handed in the assignment.
pub(super) fn sync(
    turn: &mut Turn<'_>,
    groups: &mut BTreeMap<GroupId, ClassicGroup>,
    token: Token,
    command: SyncGroup,
) {
    let refused = |error| Reply::Sync(SyncReply::refused(error));
    if command.group.as_str().is_empty() {
        return turn.reply(token, refused(ErrorCode::InvalidGroupId));
    }
    let Some(group) = groups.get_mut(&command.group) else {
        return turn.reply(token, refused(ErrorCode::UnknownMemberId));
    };
    if let Err(error) = validate(group, &command) {
        return turn.reply(token, refused(error));
    }
    match group.state {
        ClassicState::PreparingRebalance => {
            turn.reply(token, refused(ErrorCode::RebalanceInProgress));
        }
        ClassicState::CompletingRebalance => park(turn, group, token, command),
        ClassicState::Stable => {
            rebalance::sync_received(turn, group, &command.member);
            let reply = SyncReply {
                error: ErrorCode::None,
                protocol_type: group.protocol_type.clone(),
                protocol_name: group.protocol_name.clone(),
                assignment: group.members[&command.member].assignment.clone(),
            };
            turn.reply(token, Reply::Sync(reply));
        }
        ClassicState::Empty | ClassicState::Dead => {
            turn.reply(token, refused(ErrorCode::UnknownMemberId));
        }
    }
}

fn validate(group: &ClassicGroup, command: &SyncGroup) -> Result<(), ErrorCode> {
    group.validate_member(&command.member, command.instance.as_ref())?;
    if command.generation != group.generation {
        return Err(ErrorCode::IllegalGeneration);
    }
    if differs(command.protocol_type.as_ref(), group.protocol_type.as_ref())
        || differs(command.protocol_name.as_ref(), group.protocol_name.as_ref())
    {
        return Err(ErrorCode::InconsistentGroupProtocol);
    }
    Ok(())
}

fn differs(asked: Option<&Arc<str>>, known: Option<&Arc<str>>) -> bool {
    matches!((asked, known), (Some(asked), Some(known)) if asked != known)
}

fn park(turn: &mut Turn<'_>, group: &mut ClassicGroup, token: Token, command: SyncGroup) {
    let member = group.members.get_mut(&command.member).expect("validated as a member");
    if let Some(earlier) = member.awaiting_sync.replace(token) {
        // Kafka forgets the earlier request and never answers it.
        let refused = SyncReply::refused(ErrorCode::RebalanceInProgress);
        turn.reply(earlier, Reply::Sync(refused));
    }
    rebalance::sync_received(turn, group, &command.member);
    if !group.is_leader(&command.member) {
        return;
    }
    let mut assignments: BTreeMap<_, _> = command.assignments.into_iter().collect();
    for (id, member) in &mut group.members {
        // Whom the leader forgot gets nothing to read, without an error.
        member.assignment = assignments.remove(id).unwrap_or_default();
    }
    let value = group.to_value();
    if value.size_bytes() > turn.config.record_bytes_max {
        // Kafka cannot append such a record: everybody is told so and tries again.
        rebalance::release_syncs(turn, group, ErrorCode::UnknownServerError);
        return rebalance::prepare(turn, group);
    }
    turn.write(Record::Group { group: group.id.clone(), value: Some(value) });
    group.transition(ClassicState::Stable, turn.now);
    rebalance::release_syncs(turn, group, ErrorCode::None);
}
