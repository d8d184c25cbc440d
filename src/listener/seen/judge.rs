//! From stories to findings.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::place::Place;
use super::reach::{Reach, Told, reach};
use super::story::{Certainty, Ripe, Story};
use super::wording;
use super::{CLIENTS_MAX, ClientId, RAISED_MAX, Raised, Seen};
use crate::base::{Deadline, NodeId, Now};
use crate::listener::advertised::{Advertised, AdvertisedEndpoint};
use crate::listener::advise::Finding;
use crate::listener::facts::Facts;
use crate::listener::types::Listeners;

/// What stories are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The listeners.
    pub listeners: &'a Listeners,
    /// What their clients are told.
    pub advertised: &'a Advertised,
    /// The port that each is bound to.
    pub bound: &'a [u16],
    /// What is known about the machine.
    pub facts: &'a Facts,
}

impl Ground<'_> {
    pub(super) fn told(&self, listener: usize) -> Option<&AdvertisedEndpoint> {
        self.advertised.endpoint(NodeId(0), listener)
    }
}

/// What came of looking at all stories.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// Findings that were not there before.
    pub raised: Vec<Raised>,
    /// Addresses that have to be tried from here before more can be said; the answers belong
    /// into [`Facts::answers`].
    pub ask: BTreeSet<AdvertisedEndpoint>,
    /// When to look again, if nothing happens before.
    pub next: Option<Deadline>,
}

/// Whether a mistake is that clients cannot reach what they are told.
pub(super) fn is_about_reach(id: &str) -> bool {
    !matches!(id, "L14" | "L15" | "L16" | "L17")
}

/// What is to be done about one story.
enum Verdict {
    Raise(&'static str),
    /// The address has to be tried from here, once the story is ripe for that.
    Try(AdvertisedEndpoint, Ripe),
    Wait(Deadline),
    /// Nothing now; more events may change that.
    Open,
    /// Nothing, whatever else the client does.
    Fine,
}

impl Seen {
    /// Looks at every story in which there is something to judge.
    pub fn judge(&mut self, now: Now, ground: &Ground<'_>) -> Judgement {
        let mut judgement = Judgement::default();
        let mut found: Vec<(ClientId, Finding)> = Vec::new();
        let tried = &mut self.tried;
        for (id, story) in &mut self.stories {
            let works = self.works.contains(&(story.key.address, story.key.listener));
            if !story.is_open_question(works) {
                continue;
            }
            if story.is_untold {
                story.is_untold = false;
                found.extend(untold(story, ground).map(|finding| (*id, finding)));
            }
            if works || story.is_judged || story.spell.is_none() {
                continue;
            }
            match verdict(story, now, ground) {
                // Once for each listener even before anybody is quiet: a client that is sent to
                // another broker works there, and is never heard of again.
                Verdict::Try(endpoint, _) if tried.insert(story.key.listener) => {
                    judgement.ask.insert(endpoint);
                }
                Verdict::Try(_, Ripe::At(deadline)) | Verdict::Wait(deadline) => {
                    let next = judgement.next.map_or(deadline, |next| next.min(deadline));
                    judgement.next = Some(next);
                }
                Verdict::Try(_, Ripe::Not) | Verdict::Open => {}
                Verdict::Try(endpoint, Ripe::Now) => {
                    judgement.ask.insert(endpoint);
                }
                Verdict::Raise(mistake) => {
                    let finding = wording::unreachable(mistake, story, now, ground);
                    story.is_judged = true;
                    found.push((*id, finding));
                }
                Verdict::Fine => story.is_judged = true,
            }
        }
        for (id, finding) in found {
            judgement.raised.extend(self.raise(now, id, finding));
        }
        judgement
    }

    /// Keeps a finding; returns it unless the same was raised before for the same address.
    fn raise(&mut self, now: Now, client: ClientId, finding: Finding) -> Option<Raised> {
        let key = &self.stories.get(&client)?.key;
        let (address, listener): (IpAddr, usize) = (key.address, key.listener);
        let before = self.raised.iter_mut().find(|it| {
            it.address == address && it.listener == listener && it.finding.id == finding.id
        });
        if let Some(before) = before {
            if !before.clients.contains(&client) && before.clients.len() < CLIENTS_MAX {
                before.clients.push(client);
            }
            return None;
        }
        if self.raised.len() >= RAISED_MAX {
            self.raised.remove(0);
        }
        let clients = vec![client];
        let raised = Raised { finding, address, listener, clients, at: now, withdrawn: None };
        self.raised.push(raised.clone());
        Some(raised)
    }
}

/// What needs no waiting: bytes that are no Kafka request, a listener that is not advertised.
fn untold<'a>(story: &'a Story, ground: &'a Ground<'_>) -> impl Iterator<Item = Finding> + use<> {
    let no_kafka = story.no_kafka.and_then(|(_, bytes)| wording::no_kafka(bytes, story, ground));
    let hidden = story.not_advertised.map(|_| wording::not_advertised(story, ground));
    no_kafka.into_iter().chain(hidden)
}

fn verdict(story: &Story, now: Now, ground: &Ground<'_>) -> Verdict {
    let (address, listener) = (story.key.address, story.key.listener);
    let Some(endpoint) = ground.told(listener) else { return Verdict::Fine };
    let told = Told {
        host: &endpoint.host,
        port: endpoint.port,
        bound: ground.bound.get(listener).copied().unwrap_or(endpoint.port),
        answer: ground.facts.answers.get(&endpoint.to_string()),
    };
    let doubt = match reach(address, told, ground.facts) {
        Reach::Can => return Verdict::Fine,
        Reach::Doubt(doubt) => doubt,
        Reach::Ask => return Verdict::Try(endpoint.clone(), story.ripe(Certainty::Sure, now)),
    };
    match story.ripe(doubt.certainty, now) {
        Ripe::Now => Verdict::Raise(doubt.id),
        Ripe::At(deadline) => Verdict::Wait(deadline),
        Ripe::Not => Verdict::Open,
    }
}

impl Story {
    pub(super) fn place(&self, facts: &Facts) -> Place {
        Place::of(self.key.address, facts)
    }
}
