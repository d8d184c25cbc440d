//! The rounds of a classic group: when one begins, when it is complete, who is left behind.

use bytes::Bytes;

use super::classic_group::{ClassicGroup, InitialDelay, Member};
use super::classic_state::ClassicState;
use super::core::Turn;
use super::deadlines::Timer;
use super::record::Record;
use super::reply::{JoinReply, Reply, SyncReply};
use crate::base::{ErrorCode, MemberId};

/// A round that nobody joined is tried again, but not in a tight loop if the members'
/// rebalance timeouts are zero.
const RETRY_MS_MIN: u64 = 1000;

/// After a restart: the members' sessions run from now on.
pub(super) fn resume_sessions(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    for (id, member) in &group.members {
        turn.schedule_member(&group.id, id, millis(member.session_timeout_ms));
    }
    if group.members.len() > turn.config.members_max {
        prepare(turn, group);
    }
}

/// Begins a round if none is under way, else completes it if nobody is missing.
pub(super) fn prepare_or_complete(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    if ClassicState::PreparingRebalance.may_follow(group.state) {
        prepare(turn, group);
    } else {
        complete_if_all_joined(turn, group);
    }
}

/// Begins a round: everybody has to join again.
pub(super) fn prepare(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    if group.state == ClassicState::CompletingRebalance {
        for member in group.members.values_mut() {
            member.assignment = Bytes::new();
        }
        release_syncs(turn, group, ErrorCode::RebalanceInProgress);
    }
    group.pending_syncs.clear();
    turn.deadlines.cancel(Timer::Sync(group.id.clone()));
    let is_initial = group.state == ClassicState::Empty;
    group.transition(ClassicState::PreparingRebalance, turn.now);
    if is_initial {
        let delay_ms = turn.config.initial_rebalance_delay_ms;
        let remaining_ms = group.rebalance_timeout_ms().saturating_sub(delay_ms);
        wait_for_more(turn, group, InitialDelay { delay_ms, remaining_ms });
    } else if group.all_joined() {
        complete(turn, group);
    } else {
        let timeout = turn.now.after_ms(group.rebalance_timeout_ms());
        turn.deadlines.set(Timer::Join(group.id.clone()), timeout);
    }
}

/// Completes the round if nobody is missing and it is not a delayed first one.
pub(super) fn complete_if_all_joined(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    let is_initial = group.previous_state == ClassicState::Empty;
    if group.state == ClassicState::PreparingRebalance && !is_initial && group.all_joined() {
        complete(turn, group);
    }
}

fn wait_for_more(turn: &mut Turn<'_>, group: &mut ClassicGroup, delay: InitialDelay) {
    group.initial_delay = Some(delay);
    turn.deadlines.set(Timer::Join(group.id.clone()), turn.now.after_ms(delay.delay_ms));
}

/// The time to join is over.
pub(super) fn join_expired(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    if group.state != ClassicState::PreparingRebalance {
        return;
    }
    match group.initial_delay {
        Some(delay) if group.member_added && delay.remaining_ms > 0 => {
            group.member_added = false;
            let next = InitialDelay {
                delay_ms: turn.config.initial_rebalance_delay_ms.min(delay.remaining_ms),
                remaining_ms: delay.remaining_ms.saturating_sub(delay.delay_ms),
            };
            wait_for_more(turn, group, next);
        }
        _ => complete(turn, group),
    }
}

/// Ends the round: dynamic members that did not join are out, the others begin a generation.
fn complete(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    turn.deadlines.cancel(Timer::Join(group.id.clone()));
    group.initial_delay = None;
    group.member_added = false;
    remove_late_members(turn, group);
    if !group.elect_joined_leader() && !group.members.is_empty() {
        // Only static members are left and none has come back: wait for another round.
        let timeout_ms = group.rebalance_timeout_ms().max(RETRY_MS_MIN);
        turn.deadlines.set(Timer::Join(group.id.clone()), turn.now.after_ms(timeout_ms));
        return;
    }
    group.begin_generation(turn.now);
    if group.state == ClassicState::Empty {
        turn.write(Record::Group { group: group.id.clone(), value: Some(group.to_value()) });
        turn.schedule_expiry();
        return;
    }
    if turn.durable.offsets.contains_key(&group.id) {
        // Offsets of topics that nobody reads any more begin to expire.
        turn.schedule_expiry();
    }
    release_joins(turn, group);
    let timeout = turn.now.after_ms(group.rebalance_timeout_ms());
    turn.deadlines.set(Timer::Sync(group.id.clone()), timeout);
}

fn remove_late_members(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    let is_late = |member: &Member| member.awaiting_join.is_none() && member.instance.is_none();
    let late = group.members.iter().filter(|(_, member)| is_late(member));
    for id in late.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
        remove(turn, group, &id);
    }
}

/// Tells every member that waits which generation has begun.
fn release_joins(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    let mut for_leader = group.joined_members();
    group.pending_syncs = group.members.keys().cloned().collect();
    let leader = group.leader.clone().unwrap_or_else(|| MemberId::from(""));
    for (id, member) in &mut group.members {
        member.is_new = false;
        if let Some(token) = member.awaiting_join.take() {
            let members = if *id == leader { std::mem::take(&mut for_leader) } else { Vec::new() };
            let reply = JoinReply {
                error: ErrorCode::None,
                generation: group.generation,
                protocol_type: group.protocol_type.clone(),
                protocol_name: group.protocol_name.clone(),
                leader: leader.clone(),
                skip_assignment: false,
                member: id.clone(),
                members,
            };
            turn.reply(token, Reply::Join(reply));
        }
        turn.schedule_member(&group.id, id, millis(member.session_timeout_ms));
    }
}

/// Hands every member that waits its assignment, or `error`.
pub(super) fn release_syncs(turn: &mut Turn<'_>, group: &mut ClassicGroup, error: ErrorCode) {
    for (id, member) in &mut group.members {
        let Some(token) = member.awaiting_sync.take() else { continue };
        let reply = if error.is_error() {
            SyncReply::refused(error)
        } else {
            SyncReply {
                error,
                protocol_type: group.protocol_type.clone(),
                protocol_name: group.protocol_name.clone(),
                assignment: member.assignment.clone(),
            }
        };
        turn.reply(token, Reply::Sync(reply));
        turn.schedule_member(&group.id, id, millis(member.session_timeout_ms));
    }
}

/// Removes a member and whatever it waits for. The caller decides what follows.
pub(super) fn remove(turn: &mut Turn<'_>, group: &mut ClassicGroup, id: &MemberId) {
    turn.cancel_member(&group.id, id);
    if let Some(member) = group.remove(id) {
        dismiss(turn, &member, ErrorCode::UnknownMemberId, MemberId::from(""));
    }
}

/// Answers the requests that a former member has parked.
pub(super) fn dismiss(turn: &mut Turn<'_>, member: &Member, error: ErrorCode, id: MemberId) {
    if let Some(token) = member.awaiting_join {
        turn.reply(token, Reply::Join(JoinReply::refused(error, id)));
    }
    if let Some(token) = member.awaiting_sync {
        turn.reply(token, Reply::Sync(SyncReply::refused(error)));
    }
}

/// A session is over, or an id that was given out has not been used in time.
pub(super) fn member_expired(turn: &mut Turn<'_>, group: &mut ClassicGroup, id: &MemberId) {
    if group.pending_joins.contains(id) {
        group.remove(id);
        complete_if_preparing(turn, group);
        return;
    }
    let Some(member) = group.members.get(id) else { return };
    let waits = member.awaiting_join.is_some() || member.awaiting_sync.is_some();
    if waits && !member.is_new {
        // A parked request proves that the member lives; its release starts the next session.
        return;
    }
    remove(turn, group, id);
    match group.state {
        ClassicState::Stable | ClassicState::CompletingRebalance => {
            prepare_or_complete(turn, group);
        }
        _ => complete_if_preparing(turn, group),
    }
}

/// As Kafka does when a member vanishes: here a delayed first round may be completed early.
fn complete_if_preparing(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    if group.state == ClassicState::PreparingRebalance && group.all_joined() {
        complete(turn, group);
    }
}

/// The time to sync is over: who has not is out, and the others begin again (KAFKA-10284).
pub(super) fn sync_expired(turn: &mut Turn<'_>, group: &mut ClassicGroup) {
    let is_underway =
        matches!(group.state, ClassicState::CompletingRebalance | ClassicState::Stable);
    if !is_underway || group.pending_syncs.is_empty() {
        return;
    }
    for id in std::mem::take(&mut group.pending_syncs) {
        remove(turn, group, &id);
    }
    prepare(turn, group);
}

/// A member has synced; the last one stops the clock.
pub(super) fn sync_received(turn: &mut Turn<'_>, group: &mut ClassicGroup, id: &MemberId) {
    group.pending_syncs.remove(id);
    if group.pending_syncs.is_empty() {
        turn.deadlines.cancel(Timer::Sync(group.id.clone()));
    }
}

/// A client's timeout; a negative one is none.
pub(super) fn millis(timeout_ms: i32) -> u64 {
    u64::try_from(timeout_ms).unwrap_or(0)
}
