//! Heartbeat and LeaveGroup.

use std::collections::BTreeMap;

use super::classic_group::ClassicGroup;
use super::classic_state::ClassicState;
use super::command::{Heartbeat, LeaveGroup, LeavingMember};
use super::core::Turn;
use super::rebalance::{self, millis};
use super::reply::LeaveReply;
use crate::base::{ErrorCode, GroupId};

/// Keeps the member's session alive and tells it whether to join again.
pub(super) fn heartbeat(
    turn: &mut Turn<'_>,
    groups: &mut BTreeMap<GroupId, ClassicGroup>,
    command: &Heartbeat,
) -> ErrorCode {
    if command.group.as_str().is_empty() {
        return ErrorCode::InvalidGroupId;
    }
    let Some(group) = groups.get(&command.group) else { return ErrorCode::UnknownMemberId };
    if let Err(error) = group.validate_member(&command.member, command.instance.as_ref()) {
        return error;
    }
    if command.generation != group.generation {
        return ErrorCode::IllegalGeneration;
    }
    let session_timeout_ms = group.members[&command.member].session_timeout_ms;
    turn.schedule_member(&group.id, &command.member, millis(session_timeout_ms));
    match group.state {
        ClassicState::PreparingRebalance => ErrorCode::RebalanceInProgress,
        _ => ErrorCode::None,
    }
}

/// Removes members; the others begin a new round.
pub(super) fn leave(
    turn: &mut Turn<'_>,
    groups: &mut BTreeMap<GroupId, ClassicGroup>,
    command: &LeaveGroup,
) -> LeaveReply {
    if command.group.as_str().is_empty() {
        return LeaveReply { error: ErrorCode::InvalidGroupId, members: Vec::new() };
    }
    let Some(group) = groups.get_mut(&command.group) else {
        let members = vec![ErrorCode::UnknownMemberId; command.members.len()];
        return LeaveReply { error: ErrorCode::None, members };
    };
    let mut members = Vec::with_capacity(command.members.len());
    for leaving in &command.members {
        let left = leave_one(turn, group, leaving);
        members.push(left.err().unwrap_or_default());
    }
    if members.iter().any(|error| !error.is_error()) {
        match group.state {
            ClassicState::Stable | ClassicState::CompletingRebalance => {
                rebalance::prepare_or_complete(turn, group);
            }
            _ => rebalance::complete_if_all_joined(turn, group),
        }
    }
    LeaveReply { error: ErrorCode::None, members }
}

fn leave_one(
    turn: &mut Turn<'_>,
    group: &mut ClassicGroup,
    leaving: &LeavingMember,
) -> Result<(), ErrorCode> {
    let id = if leaving.member.as_str().is_empty() {
        let instance = leaving.instance.as_ref().ok_or(ErrorCode::UnknownMemberId)?;
        group.static_members.get(instance).ok_or(ErrorCode::UnknownMemberId)?.clone()
    } else {
        if !group.pending_joins.contains(&leaving.member) {
            group.validate_member(&leaving.member, leaving.instance.as_ref())?;
        }
        leaving.member.clone()
    };
    rebalance::remove(turn, group, &id);
    Ok(())
}
