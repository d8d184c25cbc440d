//! Calls the coordinators when something is due, and sleeps while nothing is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::base::{Deadline, Now};
use crate::broker::Broker;

/// When each coordinator wants to be called.
///
/// A deadline that moves away is not moved here: the task wakes once too often and learns
/// the new one. So a heartbeat, which only ever moves deadlines away, costs a comparison.
#[derive(Debug, Default)]
pub(super) struct Timers {
    set: Mutex<Set>,
    sooner: Notify,
}

#[derive(Debug, Default)]
struct Set {
    by_time: BTreeSet<(Deadline, usize)>,
    by_shard: BTreeMap<usize, Deadline>,
}

impl Timers {
    /// Coordinator `shard` wants to be called at `deadline`, if at all.
    pub(super) fn set(&self, shard: usize, deadline: Option<Deadline>) {
        let Some(deadline) = deadline else { return };
        let mut set = self.lock();
        let known = set.by_shard.get(&shard).copied();
        if known.is_some_and(|known| known <= deadline) {
            return;
        }
        if let Some(known) = known {
            set.by_time.remove(&(known, shard));
        }
        let was_first = set.by_time.first().is_none_or(|(first, _)| deadline < *first);
        set.by_shard.insert(shard, deadline);
        set.by_time.insert((deadline, shard));
        drop(set);
        if was_first {
            self.sooner.notify_one();
        }
    }

    pub(super) fn first(&self) -> Option<Deadline> {
        self.lock().by_time.first().map(|(deadline, _)| *deadline)
    }

    /// Takes the coordinators that are due.
    pub(super) fn take_due(&self, now: Now) -> Vec<usize> {
        let mut set = self.lock();
        let mut due = Vec::new();
        while let Some(&(deadline, shard)) = set.by_time.first()
            && now.has_reached(deadline)
        {
            set.by_time.pop_first();
            set.by_shard.remove(&shard);
            due.push(shard);
        }
        due
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs for as long as the broker lives; wakes only when something is due.
pub(in crate::broker) async fn run(broker: Arc<Broker>) {
    let timers = &broker.groups().timers;
    loop {
        let Some(deadline) = timers.first() else {
            timers.sooner.notified().await;
            continue;
        };
        let wait = deadline.0.saturating_sub(broker.now().monotonic);
        tokio::select! {
            () = tokio::time::sleep(wait) => call_due(&broker),
            () = timers.sooner.notified() => {}
        }
    }
}

fn call_due(broker: &Broker) {
    let groups = broker.groups();
    let now = broker.now();
    let due = groups.timers.take_due(now);
    let Some(shards) = groups.shards(broker) else { return };
    for index in due {
        let Some(shard) = shards.list.get(index).filter(|shard| shard.is_loaded()) else {
            continue;
        };
        groups.timers.set(index, shard.on_deadline(now));
    }
}
