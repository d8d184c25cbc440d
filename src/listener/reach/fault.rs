//! What keeps a client out, in words.

use super::dial::Why;
use super::model::{Address, Standpoint, World};
use crate::listener::SecurityProtocol;

/// The kinds of mistakes that can be seen in what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// The broker refuses its settings.
    DoesNotStart,
    /// Nothing listens at the address that the client was given.
    NothingThere,
    /// The client was given a name that nobody has.
    BootstrapUnknown,
    /// The client was given a name of a network that it is not in.
    BootstrapOnOtherNetwork,
    /// The client was given its own loopback interface.
    BootstrapIsOwnLoopback,
    /// A port is published, but leads to where nothing listens; or it is not published at all.
    NotPublished,
    /// The broker listens on its own loopback interface only.
    BoundToLoopback,
    /// The client is told localhost, which is itself.
    ToldLoopback,
    /// The client is told a name that it cannot resolve.
    ToldForeignName,
    /// A client outside is told a name of the inside.
    ToldPrivateName,
    /// The client is told a container id.
    ToldContainerId,
    /// The client is told a port where nothing of Kafka is.
    ToldOtherPort,
    /// The client is told `0.0.0.0`.
    ToldWildcard,
    /// The client is told an address where another broker is.
    AnotherBroker,
    /// A broker does not advertise the listener that the client came in on.
    Hidden,
    /// A broker is told localhost to reach another one.
    BrokersToldLoopback,
    /// A client with TLS at a door without.
    TlsOnPlain,
    /// A client without TLS at a door with it.
    PlainOnTls,
}

/// A mistake, and whom it keeps out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// Where the first one stands whom it keeps out.
    pub from: Standpoint,
    /// All whom it keeps out, as people call them.
    pub who: Vec<String>,
    /// The address that the client was given.
    pub bootstrap: Option<Address>,
    /// The client in the world's list, if it is one of them.
    pub client: Option<usize>,
    /// The broker that it is about.
    pub broker: usize,
    /// The door that it is about.
    pub door: Option<usize>,
    /// The address that the client was told.
    pub told: Option<Address>,
    /// The broker that is there instead, or that lacks the door.
    pub other: Option<usize>,
    /// Where the connection ended.
    pub why: Option<Why>,
}

impl Fault {
    pub(super) fn of_broker(kind: FaultKind, from: Standpoint, broker: usize) -> Fault {
        Fault {
            kind,
            from,
            who: Vec::new(),
            bootstrap: None,
            client: None,
            broker,
            door: None,
            told: None,
            other: None,
            why: None,
        }
    }

    /// The number in the catalogue.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self.kind {
            FaultKind::DoesNotStart
            | FaultKind::NothingThere
            | FaultKind::BootstrapUnknown
            | FaultKind::BootstrapOnOtherNetwork
            | FaultKind::BootstrapIsOwnLoopback
            | FaultKind::NotPublished => "L01",
            FaultKind::ToldLoopback => "L03",
            FaultKind::BoundToLoopback => "L02",
            FaultKind::ToldForeignName => "L04",
            FaultKind::ToldPrivateName => "L09",
            FaultKind::ToldContainerId => "L05",
            FaultKind::ToldOtherPort => "L07",
            FaultKind::ToldWildcard => "L11",
            FaultKind::AnotherBroker => "L19",
            FaultKind::Hidden => "L14",
            FaultKind::BrokersToldLoopback => "L18",
            FaultKind::TlsOnPlain => "L15",
            FaultKind::PlainOnTls => "L16",
        }
    }

    /// The name of the listener that it is about.
    #[must_use]
    pub fn listener(&self, world: &World) -> Option<crate::listener::ListenerName> {
        let door = self.door?;
        world.brokers.get(self.broker)?.doors().get(door).map(|door| door.name.clone())
    }

    /// Why it does not work, in half a line.
    #[must_use]
    pub fn reason(&self, world: &World) -> String {
        let who = match self.from {
            _ if self.who.len() > 1 => "each of them".to_owned(),
            Standpoint::At(place) if world.places[place].is_imagined => {
                if world.outside.is_some() { "that pod" } else { "that container" }.to_owned()
            }
            Standpoint::Elsewhere => "that machine".to_owned(),
            from => world.name(from),
        };
        let broker = world.brokers.get(self.broker).map_or("the broker", |it| it.name.as_str());
        let told = self.told.as_ref();
        let host = told.or(self.bootstrap.as_ref()).map_or("", |it| it.host.as_str());
        let port = told.or(self.bootstrap.as_ref()).map_or(0, |it| it.port);
        match self.kind {
            FaultKind::DoesNotStart => format!("{broker} refuses its settings and ends at once"),
            FaultKind::NotPublished => format!("no published port leads to {broker}'s port {port}"),
            FaultKind::NothingThere => self.nothing_there(host, port),
            FaultKind::BootstrapUnknown => format!("nobody here is called {host}"),
            FaultKind::BootstrapOnOtherNetwork => {
                format!("{who} shares no network with {host}")
            }
            FaultKind::BootstrapIsOwnLoopback | FaultKind::ToldLoopback => {
                format!("to {who}, {host} is itself")
            }
            FaultKind::BrokersToldLoopback => format!("to {who}, {host} is {who} itself"),
            FaultKind::BoundToLoopback => format!("{broker} listens on its own loopback only"),
            FaultKind::ToldPrivateName => format!("{host} is a name inside the cluster only"),
            FaultKind::ToldForeignName => match &self.why {
                Some(Why::OtherNetwork { place }) => {
                    let place = &world.places[*place];
                    let network = place.networks.iter().next().map_or("default", String::as_str);
                    format!("{host} is a name in the network {network} only")
                }
                _ => format!("nobody here is called {host}"),
            },
            FaultKind::ToldContainerId => "that is the id of a container, not a name".to_owned(),
            FaultKind::ToldOtherPort => self.other_port(world, host, port),
            FaultKind::ToldWildcard => format!("{host} is no address: {who} connects to itself"),
            FaultKind::AnotherBroker => {
                let other = self.other.map_or("another broker", |it| &world.brokers[it].name);
                format!("that is {other}, not {broker}")
            }
            FaultKind::Hidden => {
                let other = self.other.map_or("another broker", |it| &world.brokers[it].name);
                let listener = self.listener(world).map(|it| it.to_string()).unwrap_or_default();
                format!("{other} has no listener {listener}")
            }
            FaultKind::TlsOnPlain => "the client speaks TLS, the listener does not".to_owned(),
            FaultKind::PlainOnTls => "the listener speaks TLS, the client does not".to_owned(),
        }
    }

    fn nothing_there(&self, host: &str, port: u16) -> String {
        match &self.why {
            Some(Why::NotPublished) => format!("no container publishes the port {port}"),
            Some(Why::PublishedForMachineOnly) => {
                format!("the port {port} is published for this machine only")
            }
            Some(Why::NothingListens { port: inner, .. }) if *inner != port => {
                format!("that leads to the port {inner} of {host}, where nothing listens")
            }
            _ => format!("{host} does not listen on the port {port}"),
        }
    }

    fn other_port(&self, world: &World, host: &str, port: u16) -> String {
        match &self.why {
            Some(Why::NotPublished) => format!("no container publishes the port {port}"),
            Some(Why::PublishedForMachineOnly) => {
                format!("the port {port} is published for this machine only")
            }
            Some(Why::NothingListens { at, port: inner }) => {
                let at = match at {
                    Standpoint::At(place) => world.places[*place].name.clone(),
                    _ => host.to_owned(),
                };
                format!("{at} does not listen on the port {inner}")
            }
            _ => format!("nothing of Kafka is at {host}:{port}"),
        }
    }

    /// What was seen, in a sentence without an end.
    #[must_use]
    pub fn evidence(&self, world: &World) -> String {
        let who = listed(&self.who);
        let (connects, is, comes) = match self.who.len() > 1 {
            true => ("connect", "are", "come"),
            false => ("connects", "is", "comes"),
        };
        let broker = world.brokers.get(self.broker).map_or("the broker", |it| it.name.as_str());
        let bootstrap = self.bootstrap.as_ref().map_or_else(String::new, ToString::to_string);
        let told = self.told.as_ref().map_or_else(String::new, ToString::to_string);
        let listener = self.listener(world).map(|it| it.to_string()).unwrap_or_default();
        match (self.kind, self.told.is_some()) {
            (FaultKind::DoesNotStart, _) => format!("{broker} refuses its settings"),
            (FaultKind::NotPublished, _) => format!(
                "{broker} tells clients of {listener} {told}, but no published port leads there"
            ),
            (FaultKind::BrokersToldLoopback, _) => {
                format!("{who} {is} told to find {broker} at {told} ({listener})")
            }
            (FaultKind::Hidden, _) => {
                format!("{who} {comes} in on {listener}; {}", self.reason(world))
            }
            (FaultKind::TlsOnPlain | FaultKind::PlainOnTls, _) => format!(
                "{who} {connects} to {bootstrap}, the listener {listener} of {broker}; {}",
                self.reason(world)
            ),
            (_, true) => {
                let by = match bootstrap.is_empty() {
                    true => format!("{comes} in on {listener}"),
                    false => format!("{connects} to {bootstrap} ({listener})"),
                };
                format!("{who} {by} and {is} sent to {told}; {}", self.reason(world))
            }
            (_, false) => format!("{who} {connects} to {bootstrap}; {}", self.reason(world)),
        }
    }

    /// What follows from it.
    #[must_use]
    pub fn cause(&self, world: &World) -> &'static str {
        match self.kind {
            FaultKind::NothingThere if world.outside.is_some() => {
                "The connection is refused before any Kafka is spoken. A service listens on the \
                 ports that it names, whatever the pod's own ports are."
            }
            FaultKind::DoesNotStart => "Nothing listens anywhere: every client is refused.",
            FaultKind::NothingThere => {
                "The connection is refused before any Kafka is spoken. Published ports count on \
                 the machine only; between containers the broker's own ports do."
            }
            FaultKind::BootstrapUnknown => {
                "The name does not resolve, so the client never finds a broker."
            }
            FaultKind::BootstrapOnOtherNetwork => {
                "Containers resolve each other's names only within a common network."
            }
            FaultKind::BootstrapIsOwnLoopback => {
                "In a container localhost is that container, not the machine and not the broker."
            }
            FaultKind::NotPublished => {
                "Without a published port nobody outside the containers can connect."
            }
            FaultKind::BoundToLoopback => {
                "That is the container's own loopback: nothing outside can reach it, a published \
                 port neither."
            }
            FaultKind::ToldLoopback => {
                "The first connection works, then the client follows the broker's answer to its \
                 own container, where nothing listens."
            }
            FaultKind::ToldPrivateName => {
                "The first connection works, then the client outside is sent to a name of the \
                 inside."
            }
            FaultKind::ToldForeignName => {
                "The first connection works, then the client fails to resolve the name it was told."
            }
            FaultKind::ToldContainerId => {
                "Nothing says what to advertise, so the broker advertises its own host name, and \
                 that changes with every container."
            }
            FaultKind::ToldOtherPort => {
                "The first connection works, then the client follows the broker's answer to a \
                 port where that broker is not."
            }
            FaultKind::ToldWildcard => "Every client that is told so connects to itself.",
            FaultKind::AnotherBroker => {
                "What is meant for one broker goes to another, which answers with odd errors such \
                 as NOT_LEADER_OR_FOLLOWER, or with data of its own."
            }
            FaultKind::Hidden => {
                "Partitions that it leads have no address: LISTENER_NOT_FOUND, or endless retries."
            }
            FaultKind::BrokersToldLoopback => {
                "Each broker dials itself: replicas never catch up, and the cluster stays \
                 incomplete."
            }
            FaultKind::TlsOnPlain => {
                "The broker takes the TLS hello for the length of a request and hangs up: the \
                 client sees a disconnect, the broker logs an invalid receive."
            }
            FaultKind::PlainOnTls => {
                "The broker answers with a TLS alert, which the client takes for the length of a \
                 response, or hangs up."
            }
        }
    }

    /// The security setting that would fit the door.
    #[must_use]
    pub fn fitting_security(&self, world: &World) -> Option<SecurityProtocol> {
        let door = self.door?;
        world.brokers.get(self.broker)?.doors().get(door).map(|door| door.protocol)
    }
}

/// `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
