//! One client's story, as facts.

use std::net::IpAddr;
use std::time::Duration;

use super::event::{Asked, Event, FirstBytes};
use crate::base::{Deadline, Now};

/// Who a story is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) address: IpAddr,
    /// Place in `Listeners::all`.
    pub(super) listener: usize,
    /// Empty: it has none, or never got to say.
    pub(super) client_id: String,
}

/// How sure it is that a client cannot reach what it was told; the less, the more it takes to
/// speak of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// It may well reach it.
    Doubtful,
    /// It would take an unusual network.
    Likely,
    /// It cannot.
    Sure,
}

/// Whether a story is complete enough to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ripe {
    Now,
    At(Deadline),
    Not,
}

/// A working client comes back within milliseconds. This long, an open connection that was told
/// an address says that the client does not come, or wants nothing.
const QUIET_SURE: Duration = Duration::from_secs(5);
/// The same where the client may be able to come and merely be idle.
const QUIET_LIKELY: Duration = Duration::from_secs(10);
/// Who is told where its topic's leader is, and leaves after this long without going there,
/// has failed rather than been curious.
const STAYED: Duration = Duration::from_secs(1);
/// As many Metadata requests on one connection are retries.
const RETRIES: u32 = 3;
/// The same where the client may be able to come, over at least this long.
const RETRIES_DOUBTFUL: u32 = 5;
const RETRIES_DOUBTFUL_OVER: Duration = Duration::from_secs(3);

/// A time without interruption in which the client held a connection on which it was told an
/// address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spell {
    pub(super) began: Now,
    /// The last request for metadata.
    pub(super) last: Now,
    /// Requests for metadata.
    pub(super) asked: u32,
    /// Requests for metadata that named topics which exist.
    pub(super) asked_topics: u32,
    /// Most requests for metadata on one connection.
    pub(super) retries: u32,
    pub(super) ended: Option<Now>,
}

/// What is known of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Story {
    pub(super) key: Key,
    pub(super) software: Option<(String, String)>,
    pub(super) first_seen: Now,
    pub(super) last_seen: Now,
    pub(super) connections_opened: u32,
    pub(super) connections_open: u32,
    /// Connections that ended without a word.
    pub(super) silent: u32,
    /// Requests for metadata of its whole life.
    pub(super) metadata_requests: u32,
    pub(super) told_first: Option<Now>,
    pub(super) spell: Option<Spell>,
    pub(super) not_advertised: Option<Now>,
    pub(super) worked: Option<(Now, &'static str)>,
    pub(super) no_kafka: Option<(Now, FirstBytes)>,
    pub(super) no_kafka_count: u32,
    pub(super) unsupported: Option<(Now, &'static str, i16)>,
    pub(super) closed_last: Option<Now>,
    /// Whether what it was told has been judged; nothing new can come of it then.
    pub(super) is_judged: bool,
    /// Whether the first bytes, or the listener that is not advertised, are still to be told.
    pub(super) is_untold: bool,
}

impl Story {
    pub(super) fn new(key: Key, now: Now) -> Self {
        Story {
            key,
            software: None,
            first_seen: now,
            last_seen: now,
            connections_opened: 0,
            connections_open: 0,
            silent: 0,
            metadata_requests: 0,
            told_first: None,
            spell: None,
            not_advertised: None,
            worked: None,
            no_kafka: None,
            no_kafka_count: 0,
            unsupported: None,
            closed_last: None,
            is_judged: false,
            is_untold: false,
        }
    }

    pub(super) fn connected(&mut self, now: Now) {
        self.last_seen = now;
        self.connections_opened += 1;
        self.connections_open += 1;
    }

    pub(super) fn handle(&mut self, now: Now, event: Event<'_>) {
        self.last_seen = now;
        match event {
            Event::Introduced { .. } => {}
            Event::Software { name, version } => {
                self.software = Some((name.to_owned(), version.to_owned()));
            }
            Event::Told { asked, count } => self.told(now, asked, count),
            Event::NotAdvertised => {
                self.metadata_requests += 1;
                if self.not_advertised.is_none() {
                    self.not_advertised = Some(now);
                    self.is_untold = true;
                }
            }
            Event::Worked { request } => {
                self.worked.get_or_insert((now, request));
                self.spell = None;
            }
            Event::NoKafka(bytes) => {
                self.no_kafka_count += 1;
                if self.no_kafka.is_none_or(|(_, before)| before != bytes) {
                    self.no_kafka = Some((now, bytes));
                    self.is_untold = true;
                }
            }
            Event::Unsupported { request, version } => {
                self.unsupported = Some((now, request, version));
            }
            Event::Closed => self.closed(now),
        }
    }

    fn told(&mut self, now: Now, asked: Asked, count: u32) {
        self.metadata_requests += 1;
        self.told_first.get_or_insert(now);
        let fresh =
            Spell { began: now, last: now, asked: 0, asked_topics: 0, retries: 0, ended: None };
        let spell = match &mut self.spell {
            Some(spell) if spell.ended.is_none() => spell,
            spell => spell.insert(fresh),
        };
        spell.last = now;
        spell.asked += 1;
        spell.asked_topics += u32::from(asked == Asked::Topics);
        spell.retries = spell.retries.max(count);
    }

    fn closed(&mut self, now: Now) {
        self.connections_open = self.connections_open.saturating_sub(1);
        self.closed_last = Some(now);
        let said_nothing = self.metadata_requests == 0
            && self.worked.is_none()
            && self.no_kafka.is_none()
            && self.unsupported.is_none()
            && self.key.client_id.is_empty();
        self.silent += u32::from(said_nothing);
        if self.connections_open == 0
            && let Some(spell) = &mut self.spell
        {
            spell.ended.get_or_insert(now);
        }
    }

    /// Whether a judgement can come of it now or later.
    pub(super) fn is_open_question(&self, works: bool) -> bool {
        let waits = self.spell.is_some() && !self.is_judged && !works;
        self.is_untold || waits
    }

    /// When enough was seen to say that the client did not come, if it is so sure that it cannot.
    pub(super) fn ripe(&self, certainty: Certainty, now: Now) -> Ripe {
        let Some(spell) = &self.spell else { return Ripe::Not };
        let since = |delay: Duration| {
            let deadline = Deadline(spell.began.monotonic.saturating_add(delay));
            if now.has_reached(deadline) { Ripe::Now } else { Ripe::At(deadline) }
        };
        let stayed = spell.ended.map(|ended| ended.monotonic.saturating_sub(spell.began.monotonic));
        let wants_topics = spell.asked_topics > 0;
        match (certainty, stayed) {
            (Certainty::Sure, _) if spell.retries >= RETRIES => Ripe::Now,
            (Certainty::Sure, Some(stayed)) if wants_topics && stayed >= STAYED => Ripe::Now,
            (Certainty::Sure, None) => since(QUIET_SURE),
            (Certainty::Likely, _) if wants_topics && spell.retries >= RETRIES => since(STAYED),
            (Certainty::Likely, None) if wants_topics => since(QUIET_LIKELY),
            (Certainty::Doubtful, _) if spell.asked_topics >= RETRIES_DOUBTFUL => {
                let over = spell.last.monotonic.saturating_sub(spell.began.monotonic);
                if over >= RETRIES_DOUBTFUL_OVER { Ripe::Now } else { Ripe::Not }
            }
            _ => Ripe::Not,
        }
    }
}
