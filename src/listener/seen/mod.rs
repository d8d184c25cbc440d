//! What the broker saw of its clients, and what it makes of that.
//!
//! Connections report what is new about them as [`Event`]s. They become one story per client (the
//! address it came from, what it calls itself, the listener it used), and the stories of those who
//! were told an address and never did anything there become findings. Owns the stories, in
//! bounded memory; judges with what is known about the settings and the machine ([`Ground`]).
//!
//! A client that works is never in a finding, and neither is another one at its address on the
//! same listener: what one of them can reach, the others can. A finding about clients that work
//! after all is withdrawn.
//!
//! Knows nothing of sockets and clocks: times come in.

mod event;
mod judge;
mod place;
mod reach;
mod report;
mod story;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use self::story::{Key, Story};
use super::advise::Finding;
use crate::base::Now;

pub use self::event::{Asked, Event, FirstBytes};
pub use self::judge::{Ground, Judgement};
pub use self::place::Place;
pub use self::report::{
    BrokerReport, ClientReport, ClientState, ListenerReport, RaisedReport, Report, StoryLine,
};

/// Stories that are kept; the one that was quiet for longest makes room.
const CLIENTS_MAX: usize = 256;
/// Addresses that are remembered as working.
const WORKS_MAX: usize = 1024;
/// Findings that are kept; the oldest makes room.
const RAISED_MAX: usize = 256;

/// Names a client's story for as long as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u32);

/// What came of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handled {
    /// Whose story it is in.
    pub client: ClientId,
    /// Whether there may be something to judge now, or soon.
    pub is_news: bool,
}

/// A finding, who showed it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// What is wrong.
    pub finding: Finding,
    /// Where the clients came from.
    pub address: IpAddr,
    /// On which listener, by its place in [`Listeners::all`](super::Listeners::all).
    pub listener: usize,
    /// The clients that showed it.
    pub clients: Vec<ClientId>,
    /// When it was raised.
    pub at: Now,
    /// When somebody at that address worked on that listener after all.
    pub withdrawn: Option<Now>,
}

/// All stories, and what was made of them.
#[derive(Debug, Default)]
pub struct Seen {
    stories: BTreeMap<ClientId, Story>,
    ids: BTreeMap<Key, ClientId>,
    last_id: u32,
    /// From which addresses which listeners' clients work.
    works: BTreeSet<(IpAddr, usize)>,
    raised: Vec<Raised>,
    /// The listeners whose advertised address was to be tried at least once.
    tried: BTreeSet<usize>,
}

impl Seen {
    /// Takes an event of a connection from `address` that came in on `listener`. With its first
    /// event a connection has no client yet; the one that is returned belongs to all that follow.
    pub fn handle(
        &mut self,
        now: Now,
        address: IpAddr,
        listener: usize,
        client: Option<ClientId>,
        event: Event<'_>,
    ) -> Handled {
        let address = address.to_canonical();
        let id = client.unwrap_or_else(|| {
            let client_id = match event {
                Event::Introduced { client_id } => client_id.to_owned(),
                _ => String::new(),
            };
            let id = self.client(now, Key { address, listener, client_id });
            if let Some(story) = self.stories.get_mut(&id) {
                story.connected(now);
            }
            id
        });
        if let Event::Worked { .. } = event {
            self.works_from(now, address, listener);
        }
        let works = self.works.contains(&(address, listener));
        // A story that had to make room is over; what its connections still do is not told.
        let is_news = self.stories.get_mut(&id).is_some_and(|story| {
            story.handle(now, event);
            story.is_open_question(works)
        });
        Handled { client: id, is_news }
    }

    /// The story of a key: the one there is, or a new one.
    fn client(&mut self, now: Now, key: Key) -> ClientId {
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        if self.stories.len() >= CLIENTS_MAX {
            self.forget_one();
        }
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let id = ClientId(self.last_id);
        self.ids.insert(key.clone(), id);
        self.stories.insert(id, Story::new(key, now));
        id
    }

    /// Forgets who was quiet for longest, preferably one that is gone.
    fn forget_one(&mut self) {
        let oldest = self
            .stories
            .iter()
            .min_by_key(|(_, story)| (story.connections_open > 0, story.last_seen.monotonic));
        let Some(id) = oldest.map(|(id, _)| *id) else { return };
        if let Some(story) = self.stories.remove(&id) {
            self.ids.remove(&story.key);
        }
    }

    /// Whoever is at `address` can reach what this listener's clients are told.
    fn works_from(&mut self, now: Now, address: IpAddr, listener: usize) {
        if self.works.len() >= WORKS_MAX {
            self.works.pop_first();
        }
        if !self.works.insert((address, listener)) {
            return;
        }
        for raised in &mut self.raised {
            let is_theirs = raised.address == address && raised.listener == listener;
            if is_theirs && judge::is_about_reach(raised.finding.id) && raised.withdrawn.is_none() {
                raised.withdrawn = Some(now);
            }
        }
    }
}
