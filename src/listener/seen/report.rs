//! What `GET /api/listeners` says, and what the console's page is made of. `docs/CONSOLE.md`
//! describes every field.

use std::net::IpAddr;

use serde::Serialize;

use super::event::FirstBytes;
use super::judge::Ground;
use super::place::Place;
use super::story::Story;
use super::{ClientId, Raised, Seen};
use crate::base::Now;
use crate::listener::advise::advise;
use crate::listener::report::FindingReport;
use crate::listener::types::Endpoint;
use crate::listener::{Syntax, table};

/// Listeners, the clients that came to them, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// When it was made, in milliseconds since 1970, as are all times.
    pub now_ms: i64,
    /// This broker and its machine.
    pub broker: BrokerReport,
    /// In the order of the settings.
    pub listeners: Vec<ListenerReport>,
    /// The latest first.
    pub clients: Vec<ClientReport>,
    /// What clients ran into, the latest first.
    pub findings: Vec<RaisedReport>,
}

/// This broker and its machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokerReport {
    /// `node.id`.
    pub node_id: i32,
    /// The cluster's id.
    pub cluster_id: String,
    /// The machine's name.
    pub hostname: String,
    /// Whether it runs in a container.
    pub inside_container: bool,
}

/// A listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListenerReport {
    /// Its name, upper case.
    pub name: String,
    /// How it is secured: `PLAINTEXT`.
    pub protocol: &'static str,
    /// Where it listens, with the real port; `*` for every interface.
    pub bound: String,
    /// What its clients are told; null if it is not advertised.
    pub advertised: Option<String>,
    /// Who can reach what they are told, in words.
    pub reachable_by: String,
    /// Clients in [`Report::clients`] that used it.
    pub clients: usize,
    /// Connections of those that are open.
    pub connections_open: u32,
    /// What its settings make likely to go wrong; nobody need have run into it.
    pub advice: Vec<FindingReport>,
}

/// A client and its story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientReport {
    /// Names it as long as the process lives.
    pub id: u32,
    /// Where it came from.
    pub address: IpAddr,
    /// Where that is, seen from the broker.
    pub place: Place,
    /// The same in words.
    pub place_text: &'static str,
    /// What it calls itself; null if it does not say.
    pub client_id: Option<String>,
    /// Its library and version, if it says: `librdkafka 2.12.1`.
    pub software: Option<String>,
    /// The listener that it came in on.
    pub listener: String,
    /// How far it got.
    pub state: ClientState,
    /// What it was told; null if it was told nothing.
    pub told: Option<String>,
    /// How often it asked for metadata (not counted any more once it works).
    pub metadata_requests: u32,
    /// Connections of its whole life.
    pub connections_opened: u32,
    /// Connections that are open.
    pub connections_open: u32,
    /// When its first connection came.
    pub first_seen_ms: i64,
    /// When it last did something for the first time.
    pub last_seen_ms: i64,
    /// What happened, in order.
    pub story: Vec<StoryLine>,
    /// The ids of the findings about it that stand.
    pub findings: Vec<&'static str>,
}

/// How far a client got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientState {
    /// It connected and said nothing: a port check.
    Silent,
    /// It does not speak Kafka's protocol, or no version of it that is served.
    Stranger,
    /// It asked, and has done nothing else so far. A tool that lists topics stays here.
    Asked,
    /// It was told an address and cannot reach it.
    Lost,
    /// It came to the address that it was told and works.
    Works,
}

/// One step of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoryLine {
    /// When.
    pub at_ms: i64,
    /// What, in a sentence without a full stop.
    pub text: String,
}

/// A finding about clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RaisedReport {
    /// What is wrong.
    #[serde(flatten)]
    pub finding: FindingReport,
    /// Where the clients came from.
    pub address: IpAddr,
    /// Their ids in [`Report::clients`], unless their stories had to make room.
    pub clients: Vec<u32>,
    /// When it was raised.
    pub raised_at_ms: i64,
    /// When a client at that address worked after all; null as long as it stands.
    pub withdrawn_at_ms: Option<i64>,
}

impl Raised {
    /// As it is shown.
    #[must_use]
    pub fn report(&self, syntax: Syntax) -> RaisedReport {
        RaisedReport {
            finding: self.finding.report(syntax),
            address: self.address,
            clients: self.clients.iter().map(|id| id.0).collect(),
            raised_at_ms: self.at.wall_ms,
            withdrawn_at_ms: self.withdrawn.map(|at| at.wall_ms),
        }
    }
}

impl Seen {
    /// Everything, as it is shown.
    #[must_use]
    pub fn report(
        &self,
        now: Now,
        broker: BrokerReport,
        ground: &Ground<'_>,
        syntax: Syntax,
    ) -> Report {
        let mut stories: Vec<_> = self.stories.iter().collect();
        stories.sort_by_key(|(id, story)| (story.last_seen.monotonic, **id));
        Report {
            now_ms: now.wall_ms,
            broker,
            listeners: self.listeners(ground, syntax),
            clients: stories
                .into_iter()
                .rev()
                .map(|(id, it)| self.client_report(*id, it, ground))
                .collect(),
            findings: self.raised.iter().rev().map(|raised| raised.report(syntax)).collect(),
        }
    }

    fn listeners(&self, ground: &Ground<'_>, syntax: Syntax) -> Vec<ListenerReport> {
        let advice = advise(ground.listeners, ground.facts);
        let row = |(index, listener): (usize, &crate::listener::Listener)| {
            let port = ground.bound.get(index).copied().unwrap_or(listener.bind.port);
            let host = listener.bind.host.clone().or_else(|| Some("*".to_owned()));
            let told = ground.told(index);
            let of_listener = || self.stories.values().filter(|it| it.key.listener == index);
            let own = advice.iter().filter(|it| it.listener.as_ref() == Some(&listener.name));
            ListenerReport {
                name: listener.name.to_string(),
                protocol: listener.protocol.name(),
                bound: Endpoint { host, port }.to_string(),
                advertised: told.map(ToString::to_string),
                reachable_by: table::reachable_by(listener, port, told, ground.facts),
                clients: of_listener().count(),
                connections_open: of_listener().map(|it| it.connections_open).sum(),
                advice: own.map(|finding| finding.report(syntax)).collect(),
            }
        };
        ground.listeners.all.iter().enumerate().map(row).collect()
    }

    fn client_report(&self, id: ClientId, story: &Story, ground: &Ground<'_>) -> ClientReport {
        let stands = |it: &&Raised| it.withdrawn.is_none() && it.clients.contains(&id);
        let findings: Vec<_> = self.raised.iter().filter(stands).map(|it| it.finding.id).collect();
        let place = story.place(ground.facts);
        let told = story.told_first.and_then(|_| ground.told(story.key.listener));
        let listener = &ground.listeners.all[story.key.listener];
        let software = story.software.as_ref();
        ClientReport {
            id: id.0,
            address: story.key.address,
            place,
            place_text: place.text(ground.facts),
            client_id: Some(story.key.client_id.clone()).filter(|id| !id.is_empty()),
            software: software.map(|(name, version)| format!("{name} {version}")),
            listener: listener.name.to_string(),
            state: state(story, &findings),
            told: told.map(ToString::to_string),
            metadata_requests: story.metadata_requests,
            connections_opened: story.connections_opened,
            connections_open: story.connections_open,
            first_seen_ms: story.first_seen.wall_ms,
            last_seen_ms: story.last_seen.wall_ms,
            story: lines(story, ground),
            findings,
        }
    }
}

fn state(story: &Story, findings: &[&str]) -> ClientState {
    let is_stranger = story.no_kafka.is_some() || story.unsupported.is_some();
    if story.worked.is_some() {
        ClientState::Works
    } else if is_stranger && story.metadata_requests == 0 {
        ClientState::Stranger
    } else if !findings.is_empty() {
        ClientState::Lost
    } else if story.silent == story.connections_opened {
        ClientState::Silent
    } else {
        ClientState::Asked
    }
}

fn lines(story: &Story, ground: &Ground<'_>) -> Vec<StoryLine> {
    let listener = &ground.listeners.all[story.key.listener].name;
    let mut lines = Vec::new();
    let mut add = |at: Option<Now>, text: String| {
        lines.extend(at.map(|at| StoryLine { at_ms: at.wall_ms, text }));
    };
    add(Some(story.first_seen), format!("connected to {listener} from {}", story.key.address));
    if let Some((at, bytes)) = story.no_kafka {
        let what = match bytes {
            FirstBytes::Tls => "a TLS hello".to_owned(),
            FirstBytes::Http(method) => format!("the HTTP request {method}"),
            FirstBytes::Unknown => "bytes that are no Kafka request".to_owned(),
        };
        add(Some(at), format!("sent {what}{}", often(story.no_kafka_count)));
    }
    if let Some((at, request, version)) = story.unsupported {
        add(Some(at), format!("sent {request} in version {version}, which is not served"));
    }
    if let Some(told) = ground.told(story.key.listener) {
        let times = often(story.metadata_requests);
        add(story.told_first, format!("asked for metadata{times} and was told {told}"));
    }
    add(story.not_advertised, format!("asked for metadata: {listener} is not advertised"));
    if let Some((at, request)) = story.worked {
        add(Some(at), format!("came back and sent {request}: it works"));
    }
    let gone = story.closed_last.filter(|_| story.connections_open == 0);
    let without = if story.silent == story.connections_opened { " without a word" } else { "" };
    add(gone, format!("closed its last connection{without}{}", often(story.silent)));
    lines.sort_by_key(|line: &StoryLine| line.at_ms);
    lines
}

fn often(count: u32) -> String {
    if count > 1 { format!(" ({count} times)") } else { String::new() }
}
