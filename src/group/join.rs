//! JoinGroup.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::classic_group::{CONSUMER, ClassicGroup, Member};
use super::classic_state::ClassicState;
use super::command::{JoinGroup, JoinVersion};
use super::core::Turn;
use super::rebalance::{self, millis};
use super::record::Record;
use super::reply::{JoinReply, Reply};
use super::subscription;
use crate::base::{ErrorCode, GroupId, MemberId, Token};

/// How long a new member may wait for its first generation without another sign of life
/// (Kafka's `CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS`).
const NEW_MEMBER_JOIN_TIMEOUT_MS: u64 = 5 * 60 * 1000;

/// No text is longer on the wire; Kafka throws when it writes the response.
const MEMBER_ID_BYTES_MAX: usize = i16::MAX as usize;

/// Answers now, or parks `token` until the generation begins.
pub(super) fn join(
    turn: &mut Turn<'_>,
    groups: &mut BTreeMap<GroupId, ClassicGroup>,
    token: Token,
    command: JoinGroup,
) {
    if let Some(error) = invalid(turn, &command) {
        return refuse(turn, token, error, command.member);
    }
    let is_unknown_member = command.member.as_str().is_empty();
    let is_new_group = !groups.contains_key(&command.group);
    if is_new_group && !is_unknown_member {
        return refuse(turn, token, ErrorCode::UnknownMemberId, command.member);
    }
    let records_before = turn.records_written();
    let group = groups
        .entry(command.group.clone())
        .or_insert_with(|| ClassicGroup::new(command.group.clone(), turn.now));
    if !has_room(group, &command.member, turn.config.members_max) {
        rebalance::remove(turn, group, &command.member);
        refuse(turn, token, ErrorCode::GroupMaxSizeReached, MemberId::from(""));
    } else if is_unknown_member {
        join_as_new(turn, group, token, command);
    } else {
        join_as_known(turn, group, token, command);
    }
    if is_new_group && turn.records_written() == records_before {
        // Whoever lists groups sees it from now on, also after a restart.
        turn.write(Record::Group { group: group.id.clone(), value: Some(group.fresh_value()) });
        turn.schedule_expiry();
    }
}

fn invalid(turn: &Turn<'_>, command: &JoinGroup) -> Option<ErrorCode> {
    let sessions = turn.config.session_timeout_ms_min..=turn.config.session_timeout_ms_max;
    if command.group.as_str().is_empty() {
        return Some(ErrorCode::InvalidGroupId);
    }
    if !sessions.contains(&command.session_timeout_ms) {
        return Some(ErrorCode::InvalidSessionTimeout);
    }
    // Apache Kafka 4.3 accepts such a consumer and never answers it; refused is better.
    let is_malformed = &*command.protocol_type == CONSUMER
        && !command.protocols.is_empty()
        && command.protocols.iter().all(|offer| subscription::is_malformed(&offer.metadata));
    is_malformed.then_some(ErrorCode::InconsistentGroupProtocol)
}

fn refuse(turn: &mut Turn<'_>, token: Token, error: ErrorCode, member: MemberId) {
    turn.reply(token, Reply::Join(JoinReply::refused(error, member)));
}

/// `group.max.size`, counted as Kafka does: in a rebalance those that wait, else the members.
fn has_room(group: &ClassicGroup, member: &MemberId, members_max: usize) -> bool {
    let known = group.members.get(member);
    match group.state {
        ClassicState::Empty | ClassicState::Dead => true,
        ClassicState::PreparingRebalance => {
            known.is_some_and(|member| member.awaiting_join.is_some())
                || group.joins_awaited() < members_max
        }
        ClassicState::CompletingRebalance | ClassicState::Stable => {
            known.is_some() || group.members.len() < members_max
        }
    }
}

fn join_as_new(turn: &mut Turn<'_>, group: &mut ClassicGroup, token: Token, command: JoinGroup) {
    if !group.supports(&command.protocol_type, &command.protocols) {
        let error = ErrorCode::InconsistentGroupProtocol;
        return refuse(turn, token, error, MemberId::from(""));
    }
    let prefix = command.instance.as_ref().unwrap_or(&command.client_id);
    let id = MemberId::from(format!("{prefix}-{}", command.fresh_id));
    if id.as_str().len() > MEMBER_ID_BYTES_MAX {
        return refuse(turn, token, ErrorCode::UnknownServerError, MemberId::from(""));
    }
    let known = command.instance.as_ref().and_then(|instance| group.static_members.get(instance));
    if let Some(old) = known.cloned() {
        return replace_static(turn, group, token, &old, id, command);
    }
    if command.instance.is_none() && command.version >= JoinVersion::KnowsItsId {
        group.pending_joins.insert(id.clone());
        turn.schedule_member(&group.id, &id, millis(command.session_timeout_ms));
        return refuse(turn, token, ErrorCode::MemberIdRequired, id);
    }
    add(turn, group, token, id, command);
}

fn join_as_known(turn: &mut Turn<'_>, group: &mut ClassicGroup, token: Token, command: JoinGroup) {
    let id = command.member.clone();
    if !group.supports(&command.protocol_type, &command.protocols) {
        return refuse(turn, token, ErrorCode::InconsistentGroupProtocol, id);
    }
    if group.pending_joins.contains(&id) {
        if command.instance.is_some() {
            // Ids are only given out to dynamic members; Kafka throws IllegalStateException.
            return refuse(turn, token, ErrorCode::UnknownServerError, MemberId::from(""));
        }
        return add(turn, group, token, id, command);
    }
    if let Err(error) = group.validate_member(&id, command.instance.as_ref()) {
        return refuse(turn, token, error, id);
    }
    let same_protocols = group.members[&id].protocols == command.protocols;
    let answers_again = match group.state {
        ClassicState::CompletingRebalance => same_protocols,
        // A leader that joins again wants a new assignment.
        ClassicState::Stable => same_protocols && !group.is_leader(&id),
        _ => false,
    };
    if answers_again {
        // It may not have seen the answer.
        let tells_members =
            group.state == ClassicState::CompletingRebalance && group.is_leader(&id);
        let reply = current_generation(group, id, tells_members);
        return turn.reply(token, Reply::Join(reply));
    }
    update(turn, group, token, &id, command);
    rebalance::prepare_or_complete(turn, group);
}

fn current_generation(group: &ClassicGroup, id: MemberId, tells_members: bool) -> JoinReply {
    JoinReply {
        error: ErrorCode::None,
        generation: group.generation,
        protocol_type: group.protocol_type.clone(),
        protocol_name: group.protocol_name.clone(),
        leader: group.leader.clone().unwrap_or_else(|| MemberId::from("")),
        skip_assignment: false,
        member: id,
        members: if tells_members { group.joined_members() } else { Vec::new() },
    }
}

fn add(
    turn: &mut Turn<'_>,
    group: &mut ClassicGroup,
    token: Token,
    id: MemberId,
    command: JoinGroup,
) {
    let member = Member {
        instance: command.instance,
        client_id: command.client_id,
        client_host: command.client_host,
        rebalance_timeout_ms: command.rebalance_timeout_ms,
        session_timeout_ms: command.session_timeout_ms,
        protocols: command.protocols,
        assignment: Bytes::new(),
        awaiting_join: Some(token),
        awaiting_sync: None,
        is_new: true,
    };
    if group.initial_delay.is_some() {
        group.member_added = true;
    }
    group.add(id.clone(), member, &command.protocol_type);
    turn.schedule_member(&group.id, &id, NEW_MEMBER_JOIN_TIMEOUT_MS);
    rebalance::prepare_or_complete(turn, group);
}

/// The member waits with what it offers now.
fn update(
    turn: &mut Turn<'_>,
    group: &mut ClassicGroup,
    token: Token,
    id: &MemberId,
    command: JoinGroup,
) {
    let member = group.members.get_mut(id).expect("the caller has validated the member");
    member.protocols = command.protocols;
    member.rebalance_timeout_ms = command.rebalance_timeout_ms;
    member.session_timeout_ms = command.session_timeout_ms;
    if let Some(earlier) = member.awaiting_join.replace(token) {
        // Kafka forgets the earlier request and never answers it.
        refuse(turn, earlier, ErrorCode::RebalanceInProgress, id.clone());
    }
}

/// A static member comes back without its id: the newcomer wins, the old one is fenced.
fn replace_static(
    turn: &mut Turn<'_>,
    group: &mut ClassicGroup,
    token: Token,
    old: &MemberId,
    new: MemberId,
    command: JoinGroup,
) {
    let instance = command.instance.clone().expect("only static members are replaced");
    let version = command.version;
    let old_leader = group.leader.clone();
    rebalance::dismiss(turn, &group.members[old], ErrorCode::FencedInstanceId, old.clone());
    turn.cancel_member(&group.id, old);
    group.replace_static(&instance, old, &new);
    turn.schedule_member(&group.id, &new, millis(command.session_timeout_ms));
    update(turn, group, token, &new, command);
    match group.state {
        ClassicState::Stable if keeps_generation(turn, group) => {
            return_to_generation(turn, group, &new, version, old_leader);
        }
        ClassicState::Stable | ClassicState::CompletingRebalance => {
            rebalance::prepare(turn, group);
        }
        _ => rebalance::complete_if_all_joined(turn, group),
    }
}

fn keeps_generation(turn: &Turn<'_>, group: &ClassicGroup) -> bool {
    group.elect_protocol() == group.protocol_name
        && group.to_value().size_bytes() <= turn.config.record_bytes_max
}

/// A static member that comes back to a stable group keeps its assignment: no rebalance.
fn return_to_generation(
    turn: &mut Turn<'_>,
    group: &mut ClassicGroup,
    id: &MemberId,
    version: JoinVersion,
    old_leader: Option<MemberId>,
) {
    turn.write(Record::Group { group: group.id.clone(), value: Some(group.to_value()) });
    let member = group.members.get_mut(id).expect("it has just been put there");
    let token = member.awaiting_join.take().expect("it has just been parked");
    let leads = group.is_leader(id);
    let reply = if version >= JoinVersion::SkipsAssignment {
        let mut reply = current_generation(group, id.clone(), leads);
        reply.skip_assignment = leads;
        reply
    } else {
        // Older leaders would assign anew if told that they lead: name the old id instead.
        let mut reply = current_generation(group, id.clone(), false);
        reply.leader = old_leader.unwrap_or_else(|| MemberId::from(""));
        reply
    };
    turn.reply(token, Reply::Join(reply));
}
