//! The world as values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::listener::problem::Problem;
use crate::listener::types::{Listener, Listeners, write_host_port};
use crate::listener::validate::ListenerSettings;

/// Names by which a container reaches the machine that it runs on.
pub const MACHINE_NAMES: [&str; 3] =
    ["host.docker.internal", "gateway.docker.internal", "host.containers.internal"];

/// What another machine calls the one that runs the containers or the broker.
pub const THIS_MACHINE: &str = "<this machine>";

/// Everything that was read: who runs where, under which names, behind which ports.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Containers, or pods.
    pub places: Vec<Place>,
    /// The brokers, each in one of the places or on the machine itself.
    pub brokers: Vec<Broker>,
    /// Programs that say which broker they bootstrap from, or that wait for one.
    pub clients: Vec<Client>,
    /// Whether brokers without a place run on this very machine (a properties file) and clients
    /// in containers are only a possibility.
    pub is_bare: bool,
    /// What people call the machine's standpoint if it is not this machine.
    pub outside: Option<&'static str>,
}

/// A host or a name, and a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// A name or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Puts the two together.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Address { host: host.into(), port }
    }

    /// Reads `host:port`, also behind a scheme and with brackets; without a port it is 9092.
    #[must_use]
    pub fn parse(text: &str) -> Option<Address> {
        let text = text.trim();
        let text = text.rsplit_once("://").map_or(text, |(_, rest)| rest);
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (text, 9092),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:%<> ".contains(c);
        let is_right = !host.is_empty() && host.chars().all(is_host);
        is_right.then(|| Address::new(host, port))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_host_port(f, &self.host, self.port)
    }
}

/// A container or a pod: something with a loopback interface of its own.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// What people call it.
    pub name: String,
    /// What others resolve it by, and where.
    pub names: Vec<Name>,
    /// The networks it is in.
    pub networks: BTreeSet<String>,
    /// Its ports that the machine forwards.
    pub published: Vec<Published>,
    /// Whether it uses the machine's own network.
    pub shares_machine: bool,
    /// The place whose network it uses, loopback and all.
    pub inside: Option<usize>,
    /// Names that are written into its hosts file.
    pub hosts: BTreeMap<String, String>,
    /// Whether one of its networks has members that were not read.
    pub has_strangers: bool,
    /// Whether it only stands for those that were not read.
    pub is_imagined: bool,
}

/// A name of a place on a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// The network that resolves it.
    pub network: String,
    /// What its ports lead to; without any, ports are the place's own.
    pub ports: Vec<(u16, u16)>,
}

/// A port of the machine, or of a load balancer, that leads into a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The address it is bound to; none is every one.
    pub host_ip: Option<String>,
    /// The port outside; `None` is any free one.
    pub host_port: Option<u16>,
    /// The port inside.
    pub container_port: u16,
}

impl Published {
    /// Whether other machines reach it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.host_ip.as_deref().is_some_and(crate::listener::table::is_loopback)
    }
}

/// A broker with what it was told to listen on.
#[derive(Debug, Clone)]
pub struct Broker {
    /// Where it runs; `None`: on the machine itself.
    pub place: Option<usize>,
    /// What people call it.
    pub name: String,
    /// Brokers of the same number are one cluster.
    pub cluster: usize,
    /// What an absent advertised host becomes.
    pub hostname: String,
    /// The settings as they are in force.
    pub settings: ListenerSettings,
    /// What they make, or why the broker refuses them.
    pub listeners: Result<Listeners, Vec<Problem>>,
}

impl Broker {
    /// The doors that clients use.
    #[must_use]
    pub fn doors(&self) -> &[Listener] {
        self.listeners.as_ref().map_or(&[], |listeners| listeners.all.as_slice())
    }

    /// What clients of this door are told.
    #[must_use]
    pub fn told(&self, door: usize) -> Option<Address> {
        let door = self.doors().get(door)?;
        let told = door.advertised.as_ref()?;
        let host = told.host.as_deref().filter(|host| !host.trim().is_empty());
        let port = if told.port == 0 { door.bind.port } else { told.port };
        Some(Address::new(host.unwrap_or(&self.hostname), port))
    }
}

/// A program that wants to reach Kafka.
#[derive(Debug, Clone)]
pub struct Client {
    /// Where it runs.
    pub place: usize,
    /// Where its addresses are written: `KAFKA_BOOTSTRAP_SERVERS`.
    pub written: String,
    /// What it bootstraps from; empty if it only waits for a broker.
    pub addresses: Vec<Address>,
    /// The broker it waits for.
    pub waits_for: Option<usize>,
    /// What it was told of TLS and SASL.
    pub security: Option<crate::listener::SecurityProtocol>,
}

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standpoint {
    /// In a place.
    At(usize),
    /// On the machine that runs the containers, or the broker.
    Machine,
    /// On any other machine.
    Elsewhere,
}

impl World {
    /// What people call a standpoint.
    #[must_use]
    pub fn name(&self, from: Standpoint) -> String {
        match from {
            Standpoint::At(place) => self.places[place].name.clone(),
            Standpoint::Machine => self.outside.unwrap_or("this machine").to_owned(),
            Standpoint::Elsewhere => "another machine".to_owned(),
        }
    }

    /// Where a broker runs.
    #[must_use]
    pub fn home(&self, broker: usize) -> Standpoint {
        self.brokers[broker].place.map_or(Standpoint::Machine, Standpoint::At)
    }

    /// The place whose loopback interface this one uses, and whether that is the machine's.
    pub(super) fn namespace(&self, place: usize) -> Standpoint {
        let mut at = place;
        for _ in 0..self.places.len() {
            match self.places[at].inside {
                Some(other) => at = other,
                None => break,
            }
        }
        if self.places[at].shares_machine { Standpoint::Machine } else { Standpoint::At(at) }
    }

    /// The name by which `from` knows a place, if they share a network.
    #[must_use]
    pub fn known_as(&self, from: usize, place: usize) -> Option<&Name> {
        let networks = match self.namespace(from) {
            Standpoint::At(at) => &self.places[at].networks,
            _ => return None,
        };
        self.places[place].names.iter().find(|name| networks.contains(&name.network))
    }
}
