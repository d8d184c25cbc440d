//! What a connection tells the doorkeeper: each kind of thing once.
//!
//! Beside the requests themselves, so that it costs a connection that works one load and one
//! comparison per request, and eight bytes as long as it lives.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::ctx::ConnectionContext;
use crate::listener::seen::{Asked, ClientId, Event, FirstBytes};
use crate::wire::RequestHead;
use crate::wire::api::ApiKey;

/// It has introduced itself.
const INTRODUCED: u32 = 1;
/// It has sent a request of a client that came to an address it was told. Nothing more is asked.
const WORKS: u32 = 2;
/// It is klamm itself, and nobody's story.
const OWN: u32 = 4;
/// Its first bytes were no request.
const NO_KAFKA: u32 = 8;
/// Its Metadata requests are counted from this bit on.
const ASKED_ONCE: u32 = 1 << 8;
/// Metadata requests that are told; who asks as often has been understood.
const ASKED_MAX: u32 = 64;

/// What is known of a connection's client.
#[derive(Debug, Default)]
pub(super) struct Visit {
    said: AtomicU32,
    /// Its [`ClientId`]; 0: none yet.
    client: AtomicU32,
}

impl ConnectionContext {
    /// Looks at a request that is about to be answered.
    pub(super) fn on_request(&self, head: &RequestHead<'_>) {
        let said = self.visit.said.load(Ordering::Relaxed);
        if said & (WORKS | OWN) != 0 {
            return;
        }
        if said & INTRODUCED == 0 {
            let client_id = head.client_id.as_deref().unwrap_or("");
            if self.broker.doorkeeper().is_check(client_id) {
                self.say(OWN);
                return;
            }
            self.say(INTRODUCED);
            self.tell(Event::Introduced { client_id });
        }
        if is_for_told_addresses(head.key) {
            self.say(WORKS);
            self.tell(Event::Worked { request: head.key.name() });
        }
    }

    /// A Metadata request was answered, with this listener's address if it has one.
    pub(super) fn on_told(&self, is_advertised: bool, asked: Asked) {
        let said = self.visit.said.load(Ordering::Relaxed);
        let count = said / ASKED_ONCE + 1;
        if said & (WORKS | OWN) != 0 || count > ASKED_MAX {
            return;
        }
        self.visit.said.fetch_add(ASKED_ONCE, Ordering::Relaxed);
        self.tell(if is_advertised { Event::Told { asked, count } } else { Event::NotAdvertised });
    }

    /// The client has named its software.
    pub(super) fn on_software(&self, name: &str, version: &str) {
        if self.visit.said.load(Ordering::Relaxed) & OWN == 0 {
            self.tell(Event::Software { name, version });
        }
    }

    /// A request that is not served in this version.
    pub(super) fn on_unsupported(&self, request: &'static str, version: i16) {
        self.tell(Event::Unsupported { request, version });
    }

    /// The bytes that are next cannot be read as a request. Only the first of a connection say
    /// what the client is.
    pub fn on_unreadable(&self, bytes: &[u8]) {
        if self.visit.said.load(Ordering::Relaxed) == 0 {
            self.say(NO_KAFKA);
            self.tell(Event::NoKafka(FirstBytes::of(bytes)));
        }
    }

    /// The connection has ended.
    pub fn on_closed(&self) {
        if self.visit.said.load(Ordering::Relaxed) & OWN == 0 {
            self.tell(Event::Closed);
        }
    }

    fn say(&self, what: u32) {
        self.visit.said.fetch_or(what, Ordering::Relaxed);
    }

    fn tell(&self, event: Event<'_>) {
        let address: IpAddr = self.peer.ip();
        let known = self.visit.client.load(Ordering::Relaxed);
        let known = (known != 0).then_some(ClientId(known));
        let client = self.broker.doorkeeper().handle(address, self.listener, known, event);
        self.visit.client.store(client.0, Ordering::Relaxed);
    }
}

/// Whether clients send this to an address that they were told, be it the leader's, the
/// coordinator's, the controller's or each broker's. What may go to any broker, the one they
/// bootstrap from included, proves nothing.
fn is_for_told_addresses(key: ApiKey) -> bool {
    !matches!(
        key,
        ApiKey::ApiVersions
            | ApiKey::Metadata
            | ApiKey::FindCoordinator
            | ApiKey::InitProducerId
            | ApiKey::DescribeCluster
            | ApiKey::DescribeConfigs
            | ApiKey::DescribeAcls
            | ApiKey::DescribeQuorum
            | ApiKey::DescribeTopicPartitions
            | ApiKey::ListConfigResources
    )
}
