//! What a handler may know about who asks.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use super::table::Api;
use super::visit::Visit;
use crate::broker::Broker;
use crate::listener::AdvertisedEndpoint;
use crate::wire::RequestHead;

/// The name and version that a client gives in ApiVersions (KIP-511).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSoftware {
    /// For example `librdkafka`.
    pub name: String,
    /// For example `2.12.1`.
    pub version: String,
}

/// One connection, for as long as it lives.
#[derive(Debug)]
pub struct ConnectionContext {
    /// The broker behind the listener.
    pub broker: Arc<Broker>,
    /// Position of the listener that the connection came in on. Every address that a
    /// response names is the one advertised for this listener.
    pub listener: usize,
    /// Where the client connected from.
    pub peer: SocketAddr,
    software: OnceLock<ClientSoftware>,
    pub(super) visit: Visit,
}

impl ConnectionContext {
    /// A connection from `peer` that came in on `listener`.
    #[must_use]
    pub fn new(broker: Arc<Broker>, listener: usize, peer: SocketAddr) -> Self {
        let (software, visit) = (OnceLock::new(), Visit::default());
        ConnectionContext { broker, listener, peer, software, visit }
    }

    /// Remembers what the client says it is; the first word stands.
    pub fn introduce(&self, software: ClientSoftware) {
        if self.software.set(software).is_ok()
            && let Some(software) = self.software.get()
        {
            self.on_software(&software.name, &software.version);
        }
    }

    /// What the client said it is, if it has.
    #[must_use]
    pub fn software(&self) -> Option<&ClientSoftware> {
        self.software.get()
    }
}

/// One request, as its handler sees it.
#[derive(Debug)]
pub struct Ctx<'a> {
    /// The connection that it came on.
    pub connection: &'a ConnectionContext,
    /// Key, version, correlation id and client id.
    pub head: RequestHead<'a>,
    /// The request after its header, not yet decoded.
    pub(super) body: &'a [u8],
    /// The row of the table that answers it.
    pub(super) api: &'static Api,
}

impl Ctx<'_> {
    /// The broker.
    #[must_use]
    pub fn broker(&self) -> &Arc<Broker> {
        &self.connection.broker
    }

    /// The version of the request, and so of its response.
    #[must_use]
    pub fn version(&self) -> i16 {
        self.head.version
    }

    /// The client id of the request header; empty when the client sent none.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.head.client_id.as_deref().unwrap_or("")
    }

    /// Where the client connected from, as Java prints it: `/127.0.0.1`.
    #[must_use]
    pub fn client_host(&self) -> String {
        match self.connection.peer.ip().to_canonical() {
            IpAddr::V4(address) => format!("/{address}"),
            IpAddr::V6(address) => {
                // Java leaves no group of zeros out.
                let groups = address.segments().map(|group| format!("{group:x}"));
                format!("/{}", groups.join(":"))
            }
        }
    }

    /// The address of this broker as it is advertised to who came in on this listener;
    /// `None` when the listener is not advertised.
    #[must_use]
    pub fn endpoint(&self) -> Option<&AdvertisedEndpoint> {
        let broker = self.broker();
        broker.advertised().endpoint(broker.node_id(), self.connection.listener)
    }
}
