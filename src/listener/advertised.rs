//! What to bind, and which address a client is told.

use std::fmt;

use super::types::{Endpoint, Listeners, write_host_port};
use crate::base::NodeId;

/// A socket to bind: the listener's place in [`Listeners::all`], and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// Index into [`Listeners::all`].
    pub listener: usize,
    /// Where; port 0 takes any free one, an absent host every interface (dual stack).
    pub endpoint: Endpoint,
}

/// The sockets to bind, in the order of the listeners.
#[must_use]
pub fn plan(listeners: &Listeners) -> Vec<Bind> {
    let bind =
        |(listener, it): (usize, &super::Listener)| Bind { listener, endpoint: it.bind.clone() };
    listeners.all.iter().enumerate().map(bind).collect()
}

/// An address as a client is told it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdvertisedEndpoint {
    /// A name or an address, never empty, IPv6 without brackets.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
}

impl fmt::Display for AdvertisedEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_host_port(f, &self.host, self.port)
    }
}

/// What each listener's clients are told, after the ports are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advertised {
    endpoints: Vec<Option<AdvertisedEndpoint>>,
}

impl Advertised {
    /// The address of `node` for clients that came in on this listener, an index into
    /// [`Listeners::all`]. `None`: the node does not advertise this listener
    /// (LISTENER_NOT_FOUND).
    #[must_use]
    pub fn endpoint(&self, _node: NodeId, listener: usize) -> Option<&AdvertisedEndpoint> {
        self.endpoints.get(listener)?.as_ref()
    }

    /// All addresses in the order of the listeners.
    pub fn endpoints(&self) -> impl Iterator<Item = Option<&AdvertisedEndpoint>> {
        self.endpoints.iter().map(Option::as_ref)
    }
}

/// Resolves what could not be known from the settings (`ListenerInfo`): a missing host becomes
/// this machine's name, port 0 the port that was bound.
///
/// `bound` holds the bound ports in the order of [`Listeners::all`].
#[must_use]
pub fn advertised(listeners: &Listeners, bound: &[u16], hostname: &str) -> Advertised {
    assert_eq!(listeners.all.len(), bound.len(), "a bound port for each listener");
    let resolve = |(listener, port): (&super::Listener, &u16)| {
        let told = listener.advertised.as_ref()?;
        let host = told.host.as_deref().filter(|host| !host.trim().is_empty());
        Some(AdvertisedEndpoint {
            host: host.unwrap_or(hostname).to_owned(),
            port: if told.port == 0 { *port } else { told.port },
        })
    };
    Advertised { endpoints: listeners.all.iter().zip(bound).map(resolve).collect() }
}
