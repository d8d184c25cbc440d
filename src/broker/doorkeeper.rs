//! Who came to which listener, what they were told, and whether they came back.
//!
//! Connections report here what is new about them; the judgement is that of
//! [`crate::listener::seen`]. Keeps the lock, the time and what is known about the machine. No
//! event of the hot path comes here: a connection that works has nothing new to say.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::clock::Clock;
use super::entropy::random_uuid_text;
use crate::base::NodeId;
use crate::listener::seen::{BrokerReport, ClientId, Event, Ground, Judgement, Report, Seen};
use crate::listener::{Advertised, Facts, Listeners, Syntax};

/// How the client id begins with which a klamm asks at its advertised addresses who is there.
const CHECK_CLIENT_ID: &str = "klamm-listener-check-";

/// What the doorkeeper knows about the house.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// The port that each listener is bound to.
    pub bound: Vec<u16>,
    /// What is known about the machine.
    pub facts: Facts,
    /// How the user writes settings.
    pub syntax: Syntax,
}

/// Keeps the stories of clients.
#[derive(Debug)]
pub struct Doorkeeper {
    listeners: Listeners,
    advertised: Advertised,
    node_id: NodeId,
    cluster_id: String,
    clock: Clock,
    inner: Mutex<Inner>,
    news: Notify,
    /// The client id with which this klamm asks; who asks with it has come back to itself.
    own_client_id: String,
    own_visits: AtomicU64,
}

#[derive(Debug, Default)]
struct Inner {
    house: House,
    seen: Seen,
}

impl Doorkeeper {
    pub(super) fn new(
        listeners: Listeners,
        advertised: Advertised,
        node_id: NodeId,
        cluster_id: String,
        clock: Clock,
    ) -> Self {
        let bound = listeners.all.iter().map(|listener| listener.bind.port).collect();
        let house = House { bound, ..House::default() };
        let inner = Mutex::new(Inner { house, seen: Seen::default() });
        Doorkeeper {
            listeners,
            advertised,
            node_id,
            cluster_id,
            clock,
            inner,
            news: Notify::new(),
            own_client_id: format!("{CHECK_CLIENT_ID}{}", random_uuid_text()),
            own_visits: AtomicU64::new(0),
        }
    }

    /// Learns what is known about the house.
    pub fn learn(&self, change: impl FnOnce(&mut House)) {
        change(&mut self.lock().house);
    }

    /// What is known about the house.
    #[must_use]
    pub fn house(&self) -> House {
        self.lock().house.clone()
    }

    /// The client id with which to ask who is at an advertised address.
    #[must_use]
    pub fn own_client_id(&self) -> &str {
        &self.own_client_id
    }

    /// How often this broker was asked with [`Doorkeeper::own_client_id`].
    #[must_use]
    pub fn own_visits(&self) -> u64 {
        self.own_visits.load(Ordering::Acquire)
    }

    /// Whether it is a klamm that asks, this one or another, which is nobody's story.
    pub fn is_check(&self, client_id: &str) -> bool {
        if client_id == self.own_client_id {
            self.own_visits.fetch_add(1, Ordering::Release);
        }
        client_id.starts_with(CHECK_CLIENT_ID)
    }

    /// Takes an event of a connection from `address` that came in on `listener`; returns the
    /// client that all its later events belong to.
    pub fn handle(
        &self,
        address: IpAddr,
        listener: usize,
        client: Option<ClientId>,
        event: Event<'_>,
    ) -> ClientId {
        let now = self.clock.now();
        let handled = self.lock().seen.handle(now, address, listener, client, event);
        if handled.is_news {
            self.news.notify_one();
        }
        handled.client
    }

    /// Returns when there may be something to judge, or soon.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// Looks at every story in which there is something to judge.
    #[must_use]
    pub fn judge(&self) -> Judgement {
        let now = self.clock.now();
        let mut inner = self.lock();
        let Inner { house, seen } = &mut *inner;
        seen.judge(now, &self.ground(house))
    }

    /// How long until `judgement` says to look again; `None`: when there is news.
    #[must_use]
    pub fn wait(&self, judgement: &Judgement) -> Option<std::time::Duration> {
        let now = self.clock.now().monotonic;
        judgement.next.map(|deadline| deadline.0.saturating_sub(now))
    }

    /// Everything, as it is shown.
    #[must_use]
    pub fn report(&self) -> Report {
        let now = self.clock.now();
        let inner = self.lock();
        let broker = BrokerReport {
            node_id: self.node_id.0,
            cluster_id: self.cluster_id.clone(),
            hostname: inner.house.facts.hostname.clone(),
            inside_container: inner.house.facts.inside_container,
        };
        inner.seen.report(now, broker, &self.ground(&inner.house), inner.house.syntax)
    }

    fn ground<'a>(&'a self, house: &'a House) -> Ground<'a> {
        Ground {
            listeners: &self.listeners,
            advertised: &self.advertised,
            bound: &house.bound,
            facts: &house.facts,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
