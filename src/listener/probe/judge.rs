//! From facts to findings, in the order of a client's way: bootstrap, told, reached, used.

use super::super::types::{Endpoint, ListenerName};
use super::super::{Finding, Fix};
use super::facts::{Door, Place, Survey, Told};
use super::names::{self, Kind};
use super::{bootstrap, cluster, told, views};

/// How far on its way a client comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing of Kafka is reached at the address that the user named.
    Bootstrap,
    /// An address that brokers tell does not lead to them.
    Told,
    /// Something else speaks there than was asked for.
    Stranger,
    /// A broker turns the client away.
    Refused,
    /// Everything is reached, and something does not work.
    Cluster,
}

/// A finding, and what it means for the client that looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What is wrong. Its id is of the catalogue, or `TLS`, `SASL` or `KAFKA` for what is no
    /// matter of addresses.
    pub finding: Finding,
    /// Where it stops a client.
    pub stage: Stage,
    /// Whether it does stop one; else clients come around it.
    pub blocks: bool,
}

/// Everything that is wrong, what blocks first. `places` are where else clients stand.
#[must_use]
pub fn judge(survey: &Survey, places: &[Place]) -> Vec<Diagnosis> {
    let it = Look { survey };
    let mut found = bootstrap::findings(&it);
    found.extend(told::findings(&it));
    found.extend(cluster::findings(&it));
    found.extend(views::findings(&it, places));
    let mut merged: Vec<Diagnosis> = Vec::new();
    for diagnosis in found {
        let same = merged.iter_mut().find(|known| {
            known.finding.id == diagnosis.finding.id
                && known.stage == diagnosis.stage
                && known.blocks == diagnosis.blocks
                && known.finding.cause == diagnosis.finding.cause
                && known.finding.fix.advice == diagnosis.finding.fix.advice
        });
        match same {
            Some(known) => merge(&mut known.finding, diagnosis.finding),
            None => merged.push(diagnosis),
        }
    }
    merged.sort_by_key(|diagnosis| !diagnosis.blocks);
    merged
}

/// Brokers with the same trouble share a finding.
fn merge(known: &mut Finding, other: Finding) {
    if !known.evidence.contains(&other.evidence) {
        known.evidence.push_str("; ");
        known.evidence.push_str(&other.evidence);
    }
    if known.listener != other.listener {
        known.listener = None;
    }
}

/// The facts, and what all rules ask of them.
pub(super) struct Look<'a> {
    pub(super) survey: &'a Survey,
}

impl Look<'_> {
    /// The bootstrap address that led in.
    pub(super) fn entrance(&self) -> Option<&Door> {
        self.survey.bootstrap.iter().find(|door| door.is_open())
    }

    /// The same as text, for settings.
    pub(super) fn entrance_address(&self) -> String {
        self.entrance().map_or_else(String::new, |door| door.endpoint.to_string())
    }

    /// Whether the client came in over its own loopback: a published port, a tunnel, or a
    /// broker on the same machine.
    pub(super) fn came_by_loopback(&self) -> bool {
        self.entrance().is_some_and(|door| names::kind(door.host()) == Kind::Loopback)
    }

    /// The listener whose clients are told this address by this broker.
    pub(super) fn listener_of(&self, told: &Told) -> Option<ListenerName> {
        self.survey.settings.get(&told.node)?.listener_of(&told.door.endpoint)
    }

    /// Lets the broker tell another address to the clients of this listener.
    pub(super) fn tell(&self, fix: Fix, told: &Told, instead: &str) -> Fix {
        let settings = self.survey.settings.get(&told.node);
        let list = settings.and_then(|it| it.advertised_instead(&told.door.endpoint, instead));
        match list {
            Some(list) => fix.and_set("advertised.listeners", list),
            None => fix.and_set("advertised.listeners", format!("PLAINTEXT://{instead}")),
        }
    }

    /// Adds a listener for those who need another address, unless there is one already.
    pub(super) fn add_listener(&self, advice: &str, told: &Told, name: &str, host: &str) -> Fix {
        let Some(settings) = self.survey.settings.get(&told.node) else {
            return super::settings::without_settings(Fix::advice(advice), name, host);
        };
        let wants_local = names::kind(host) == Kind::Loopback;
        match settings.suitable(&told.door.endpoint, wants_local) {
            Some(other) => {
                Fix::advice("There is a listener that tells such an address; in the client:")
                    .and_set("bootstrap.servers", other.to_string())
            }
            None => settings.with_listener(Fix::advice(advice), &told.door.endpoint, name, host),
        }
    }

    /// Whether an address is one of those that the user named.
    pub(super) fn is_bootstrap(&self, endpoint: &Endpoint) -> bool {
        self.survey.bootstrap.iter().any(|door| door.endpoint == *endpoint)
    }

    /// What is said of a broker's address.
    pub(super) fn diagnosis(&self, told: &Told, stage: Stage, draft: Draft) -> Diagnosis {
        let evidence =
            format!("broker {} is told as {}: {}", told.node, told.door.endpoint, draft.evidence);
        draft.into_diagnosis(self.listener_of(told), evidence, stage)
    }
}

/// A finding in the making: what differs between rules.
pub(super) struct Draft {
    pub(super) id: &'static str,
    /// What is behind the address, to follow its name.
    pub(super) evidence: String,
    pub(super) cause: String,
    pub(super) fix: Fix,
    pub(super) blocks: bool,
}

impl Draft {
    /// One that stops clients.
    pub(super) fn new(
        id: &'static str,
        evidence: impl Into<String>,
        cause: &str,
        fix: Fix,
    ) -> Self {
        Draft { id, evidence: evidence.into(), cause: cause.to_owned(), fix, blocks: true }
    }

    /// One that clients come around.
    pub(super) fn harmless(mut self) -> Self {
        self.blocks = false;
        self
    }

    pub(super) fn into_diagnosis(
        self,
        listener: Option<ListenerName>,
        evidence: String,
        stage: Stage,
    ) -> Diagnosis {
        let Draft { id, cause, fix, blocks, .. } = self;
        Diagnosis { finding: Finding { id, listener, evidence, cause, fix }, stage, blocks }
    }
}

/// Whether two addresses name the same host.
pub(super) fn same_host(one: &Endpoint, other: &Endpoint) -> bool {
    let host = |it: &Endpoint| it.host.as_deref().unwrap_or("").to_lowercase();
    host(one) == host(other)
}
