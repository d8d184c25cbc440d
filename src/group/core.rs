//! The coordinator of one partition of `__consumer_offsets`.

use std::collections::BTreeMap;

use super::classic_group::ClassicGroup;
use super::command::{Command, GroupConfig};
use super::deadlines::{Deadlines, Timer};
use super::durable::Durable;
use super::record::Record;
use super::reply::Reply;
use super::{expiry, join, list, membership, offsets, rebalance, sync};
use crate::base::{Core, Deadline, GroupId, MemberId, Now, Output, Token};

/// The groups whose ids hash to one partition of `__consumer_offsets`.
///
/// Recovery: [`Core::apply`] every record of the partition, then [`GroupCore::loaded`].
#[derive(Debug)]
pub struct GroupCore {
    config: GroupConfig,
    durable: Durable,
    groups: BTreeMap<GroupId, ClassicGroup>,
    deadlines: Deadlines,
}

/// Everything a command may touch besides the group it is about.
pub(super) struct Turn<'a> {
    pub(super) now: Now,
    pub(super) config: &'a GroupConfig,
    pub(super) durable: &'a mut Durable,
    pub(super) deadlines: &'a mut Deadlines,
    output: &'a mut Output<Record, Reply>,
}

impl Turn<'_> {
    /// Answers whoever waits behind `token`.
    pub(super) fn reply(&mut self, token: Token, reply: Reply) {
        self.output.replies.push((token, reply));
    }

    /// Emits a record and applies it at once.
    pub(super) fn write(&mut self, record: Record) {
        self.durable.apply(&record);
        self.output.records.push(record);
    }

    /// How many records this turn has emitted so far.
    pub(super) fn records_written(&self) -> usize {
        self.output.records.len()
    }

    /// Lets `member` live for another `timeout_ms`.
    pub(super) fn schedule_member(&mut self, group: &GroupId, member: &MemberId, timeout_ms: u64) {
        let timer = Timer::Member(group.clone(), member.clone());
        self.deadlines.set(timer, self.now.after_ms(timeout_ms));
    }

    /// The member's session no longer runs.
    pub(super) fn cancel_member(&mut self, group: &GroupId, member: &MemberId) {
        self.deadlines.cancel(Timer::Member(group.clone(), member.clone()));
    }

    /// Looks for expired offsets and groups within one check interval.
    pub(super) fn schedule_expiry(&mut self) {
        let interval_ms = self.config.offsets_retention_check_interval_ms;
        self.deadlines.set_at_latest(Timer::Expiry, self.now.after_ms(interval_ms));
    }
}

impl GroupCore {
    /// A coordinator of no groups.
    #[must_use]
    pub fn new(config: GroupConfig) -> GroupCore {
        GroupCore {
            config,
            durable: Durable::default(),
            groups: BTreeMap::new(),
            deadlines: Deadlines::default(),
        }
    }

    /// All records have been applied: the groups come to life and their sessions begin to run
    /// (`GroupMetadataManager.onLoaded`).
    pub fn loaded(&mut self, now: Now, output: &mut Output<Record, Reply>) {
        self.groups.clear();
        for (id, value) in &self.durable.groups {
            let group = ClassicGroup::from_value(id.clone(), value, now);
            self.groups.insert(id.clone(), group);
        }
        for id in self.durable.offsets.keys() {
            if !self.groups.contains_key(id) {
                self.groups.insert(id.clone(), ClassicGroup::new(id.clone(), now));
            }
        }
        let (mut turn, groups) = self.turn(now, output);
        for group in groups.values_mut() {
            rebalance::resume_sessions(&mut turn, group);
        }
        if !groups.is_empty() {
            turn.schedule_expiry();
        }
    }

    /// Whether this coordinator has nothing to remember.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.groups.is_empty()
    }

    fn turn<'a>(
        &'a mut self,
        now: Now,
        output: &'a mut Output<Record, Reply>,
    ) -> (Turn<'a>, &'a mut BTreeMap<GroupId, ClassicGroup>) {
        let GroupCore { config, durable, groups, deadlines } = self;
        (Turn { now, config, durable, deadlines, output }, groups)
    }

    fn fire(&mut self, now: Now, timer: Timer, output: &mut Output<Record, Reply>) {
        let (mut turn, groups) = self.turn(now, output);
        match timer {
            Timer::Expiry => expiry::expire(&mut turn, groups),
            Timer::Member(id, member) => {
                if let Some(group) = groups.get_mut(&id) {
                    rebalance::member_expired(&mut turn, group, &member);
                }
            }
            Timer::Join(id) => {
                if let Some(group) = groups.get_mut(&id) {
                    rebalance::join_expired(&mut turn, group);
                }
            }
            Timer::Sync(id) => {
                if let Some(group) = groups.get_mut(&id) {
                    rebalance::sync_expired(&mut turn, group);
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> (&Durable, &BTreeMap<GroupId, ClassicGroup>, &Deadlines) {
        (&self.durable, &self.groups, &self.deadlines)
    }
}

impl Core for GroupCore {
    type Command = Command;
    type Reply = Reply;
    type Record = Record;

    fn handle(
        &mut self,
        now: Now,
        token: Token,
        command: Command,
        output: &mut Output<Record, Reply>,
    ) {
        let (mut turn, groups) = self.turn(now, output);
        match command {
            Command::Join(command) => join::join(&mut turn, groups, token, command),
            Command::Sync(command) => sync::sync(&mut turn, groups, token, command),
            Command::Heartbeat(command) => {
                let error = membership::heartbeat(&mut turn, groups, &command);
                turn.reply(token, Reply::Heartbeat(error));
            }
            Command::Leave(command) => {
                let reply = membership::leave(&mut turn, groups, &command);
                turn.reply(token, Reply::Leave(reply));
            }
            Command::Commit(command) => {
                let reply = offsets::commit(&mut turn, groups, &command);
                turn.reply(token, Reply::Commit(reply));
            }
            Command::Fetch(command) => {
                let reply = offsets::fetch(turn.durable, &command);
                turn.reply(token, Reply::Fetch(reply));
            }
            Command::DeleteOffsets(command) => {
                let reply = offsets::delete(&mut turn, groups, &command);
                turn.reply(token, Reply::DeleteOffsets(reply));
            }
            Command::DeleteGroup(id) => {
                let error = offsets::delete_group(&mut turn, groups, &id);
                turn.reply(token, Reply::DeleteGroup(error));
            }
            Command::Describe(id) => {
                turn.reply(token, Reply::Describe(list::describe(groups, &id)));
            }
            Command::List(filter) => turn.reply(token, Reply::List(list::list(groups, &filter))),
            Command::TopicsDeleted(topics) => {
                offsets::topics_deleted(&mut turn, &topics);
                turn.reply(token, Reply::TopicsDeleted);
            }
        }
        // A delay of zero is over at once.
        self.on_deadline(now, output);
    }

    fn on_deadline(&mut self, now: Now, output: &mut Output<Record, Reply>) {
        while let Some(timer) = self.deadlines.take_due(now) {
            self.fire(now, timer, output);
        }
    }

    fn next_deadline(&self) -> Option<Deadline> {
        self.deadlines.next()
    }

    fn apply(&mut self, record: &Record) {
        self.durable.apply(record);
    }
}
