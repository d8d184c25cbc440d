//! What is due when: a small set of named timers.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Deadline, GroupId, MemberId, Now};

/// A timer; setting it again moves it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A member's session, or the time within which a member has to use its new id.
    Member(GroupId, MemberId),
    /// A rebalance waits no longer for members to join.
    Join(GroupId),
    /// A generation waits no longer for members to sync.
    Sync(GroupId),
    /// Offsets and empty groups may have become too old.
    Expiry,
}

/// All timers of one coordinator.
#[derive(Debug, Clone, Default)]
pub(super) struct Deadlines {
    by_time: BTreeSet<(Deadline, Timer)>,
    by_timer: BTreeMap<Timer, Deadline>,
}

impl Deadlines {
    /// Sets or moves `timer`.
    pub(super) fn set(&mut self, timer: Timer, deadline: Deadline) {
        if let Some(old) = self.by_timer.insert(timer.clone(), deadline) {
            self.by_time.remove(&(old, timer.clone()));
        }
        self.by_time.insert((deadline, timer));
    }

    /// Sets `timer` unless it is set to something sooner.
    pub(super) fn set_at_latest(&mut self, timer: Timer, deadline: Deadline) {
        if self.by_timer.get(&timer).is_none_or(|&old| old > deadline) {
            self.set(timer, deadline);
        }
    }

    /// Forgets `timer`.
    pub(super) fn cancel(&mut self, timer: Timer) {
        if let Some(old) = self.by_timer.remove(&timer) {
            self.by_time.remove(&(old, timer));
        }
    }

    /// The earliest moment at which something is due.
    pub(super) fn next(&self) -> Option<Deadline> {
        self.by_time.first().map(|(deadline, _)| *deadline)
    }

    /// Takes the earliest timer that is due at `now`.
    pub(super) fn take_due(&mut self, now: Now) -> Option<Timer> {
        if !now.has_reached(self.next()?) {
            return None;
        }
        let (_, timer) = self.by_time.pop_first()?;
        self.by_timer.remove(&timer);
        Some(timer)
    }

    /// The timers that are set, for tests of invariants.
    #[cfg(test)]
    pub(super) fn timers(&self) -> impl Iterator<Item = &Timer> {
        assert_eq!(self.by_time.len(), self.by_timer.len(), "both maps hold the same timers");
        self.by_timer.keys()
    }
}
