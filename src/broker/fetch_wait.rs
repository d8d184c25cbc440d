//! How a fetch that found too little waits: it leaves a [`Waiter`] at each of its
//! partitions, and the append that brings records wakes it. Nothing polls.

use std::sync::Arc;

use tokio::sync::Notify;

/// One waiting fetch.
#[derive(Debug, Default)]
pub struct Waiter {
    notify: Notify,
}

impl Waiter {
    /// A waiter that nobody has woken yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Waits until [`Waiter::wake`] was called since the last wait, or is called now.
    pub async fn woken(&self) {
        self.notify.notified().await;
    }

    /// Lets the fetch look again. A call before the wait is not lost.
    pub(super) fn wake(&self) {
        self.notify.notify_one();
    }
}

/// The waiters of one partition.
#[derive(Debug, Default)]
pub(super) struct Waiters(Vec<Arc<Waiter>>);

impl Waiters {
    /// Takes note of `waiter` until the next append.
    pub(super) fn add(&mut self, waiter: &Arc<Waiter>) {
        if !self.0.iter().any(|known| Arc::ptr_eq(known, waiter)) {
            self.0.push(waiter.clone());
        }
    }

    /// Forgets `waiter`, whose fetch has been answered.
    pub(super) fn remove(&mut self, waiter: &Arc<Waiter>) {
        self.0.retain(|known| !Arc::ptr_eq(known, waiter));
    }

    /// Everybody who waits; each must wait anew afterwards.
    pub(super) fn take(&mut self) -> Vec<Arc<Waiter>> {
        std::mem::take(&mut self.0)
    }
}
