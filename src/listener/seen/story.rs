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
    /// It cannot, and may want nothing but metadata.
    Sure,
    /// It does, and works with another broker there.
    Known,
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
/// As many requests for metadata on one connection are retries.
const RETRIES: u32 = 3;
/// Who comes again within this time has not begun anew. librdkafka bootstraps again and again,
/// with pauses of up to ten seconds.
const RETURNS: Duration = Duration::from_secs(30);
/// Requests for the metadata of topics this close together are retries; tools that look now and
/// then leave longer pauses.
const BURST_PAUSE: Duration = Duration::from_secs(3);
/// Retries, and over which time, that say that a client fails which may be able to come.
const BURST_LIKELY: (u32, Duration) = (3, Duration::from_secs(1));
const BURST_DOUBTFUL: (u32, Duration) = (5, Duration::from_secs(3));

/// A time in which the client kept coming and was told an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spell {
    /// The first request for metadata.
    pub(super) began: Now,
    /// The last one.
    last: Now,
    /// Since when it has had a connection on which it was told, without interruption.
    open_since: Now,
    /// When the last of those ended; `None` as long as there is one.
    ended: Option<Now>,
    /// Requests for metadata.
    pub(super) asked: u32,
    /// Most requests for metadata on one connection.
    retries: u32,
    topics: TopicRequests,
}

/// Requests for metadata that named topics which exist.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TopicRequests {
    count: u32,
    first: Now,
    last: Now,
    /// How many of them, and since when, came in quick succession.
    burst: u32,
    burst_began: Now,
}

impl Spell {
    fn new(now: Now) -> Self {
        let topics = TopicRequests { count: 0, first: now, last: now, burst: 0, burst_began: now };
        Spell { began: now, last: now, open_since: now, ended: None, asked: 0, retries: 0, topics }
    }

    fn told(&mut self, now: Now, asked: Asked, count: u32) {
        if self.ended.take().is_some() {
            self.open_since = now;
        }
        self.last = now;
        self.asked += 1;
        self.retries = self.retries.max(count);
        if asked == Asked::Topics {
            self.topics.add(now);
        }
    }

    fn is_over(&self, now: Now) -> bool {
        self.ended.is_some_and(|ended| between(ended, now) > RETURNS)
    }
}

impl TopicRequests {
    fn add(&mut self, now: Now) {
        if self.count == 0 {
            self.first = now;
        }
        if self.burst == 0 || between(self.last, now) > BURST_PAUSE {
            self.burst = 0;
            self.burst_began = now;
        }
        self.count += 1;
        self.burst += 1;
        self.last = now;
    }

    fn is_burst(&self, (count, over): (u32, Duration)) -> bool {
        self.burst >= count && between(self.burst_began, self.last) >= over
    }
}

fn between(earlier: Now, later: Now) -> Duration {
    later.monotonic.saturating_sub(earlier.monotonic)
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
        let spell = match &mut self.spell {
            Some(spell) if !spell.is_over(now) => spell,
            spell => spell.insert(Spell::new(now)),
        };
        spell.told(now, asked, count);
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

    /// Whether the client's library asks no more than who the brokers are where it bootstraps, then
    /// hangs up and goes to them, whatever it is used for. It shows a failure by staying away.
    fn always_comes_back(&self) -> bool {
        let names = ["kafka-python", "aiokafka"];
        let software = self.software.as_ref().map_or("", |(name, _)| name);
        names.iter().any(|it| software.starts_with(it) || self.key.client_id.starts_with(it))
    }

    /// When enough was seen to say that the client did not come, if it is so sure that it cannot.
    pub(super) fn ripe(&self, certainty: Certainty, now: Now) -> Ripe {
        let Some(spell) = &self.spell else { return Ripe::Not };
        let since = |moment: Now, delay: Duration| {
            let deadline = Deadline(moment.monotonic.saturating_add(delay));
            if now.has_reached(deadline) { Ripe::Now } else { Ripe::At(deadline) }
        };
        let open_for = |delay: Duration| match spell.ended {
            Some(_) => Ripe::Not,
            None => since(spell.open_since, delay),
        };
        let topics = &spell.topics;
        let came_again = topics.count > 1 && between(topics.first, topics.last) >= STAYED / 2;
        let stayed = spell.ended.is_some_and(|it| between(spell.open_since, it) >= STAYED);
        match certainty {
            Certainty::Known => Ripe::Now,
            Certainty::Sure if spell.retries >= RETRIES || came_again => Ripe::Now,
            Certainty::Sure if topics.count > 0 && stayed => Ripe::Now,
            Certainty::Sure if self.always_comes_back() => since(spell.last, QUIET_SURE),
            Certainty::Sure => open_for(QUIET_SURE),
            Certainty::Likely if topics.is_burst(BURST_LIKELY) => Ripe::Now,
            Certainty::Likely if topics.count > 0 => open_for(QUIET_LIKELY),
            Certainty::Doubtful if topics.is_burst(BURST_DOUBTFUL) => Ripe::Now,
            Certainty::Likely | Certainty::Doubtful => Ripe::Not,
        }
    }
}
