//! Where a connection ends: names, networks, published ports, sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::model::{Address, MACHINE_NAMES, Published, Standpoint, THIS_MACHINE, World};
use crate::listener::table::is_loopback;

/// Where a connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    /// At a door of a broker.
    Door {
        /// The broker.
        broker: usize,
        /// The door.
        door: usize,
    },
    /// Nowhere.
    Nowhere(Why),
    /// What was read does not say.
    Unknown(Unknown),
}

/// Why a connection cannot come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The name is somebody's on a network that the client is not in.
    OtherNetwork {
        /// Whose name it is.
        place: usize,
    },
    /// Nobody has this name.
    NoSuchName,
    /// The client's own loopback interface, where nothing listens.
    OwnLoopback,
    /// The machine forwards no such port.
    NotPublished,
    /// The machine forwards the port, but to other machines it is closed.
    PublishedForMachineOnly,
    /// The place is right, but nothing listens on the port there.
    NothingListens {
        /// The place, or the machine.
        at: Standpoint,
        /// The port inside.
        port: u16,
    },
    /// The broker listens on its own loopback interface only.
    BoundToLoopback {
        /// The broker.
        broker: usize,
        /// The door.
        door: usize,
    },
    /// `0.0.0.0` is no address: the client connects to itself.
    Wildcard,
}

/// Why it cannot be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// A name that only a resolver knows.
    Name,
    /// An address that was not seen.
    Route,
    /// A place that runs something else than a broker.
    Program {
        /// The place.
        place: usize,
    },
    /// A name of the machine that Docker Desktop gives, and Linux only where it is asked for.
    MachineName,
    /// A port of the machine that no container here publishes: what else runs there was not read.
    Machine,
}

/// From where a connection comes to the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry<'a> {
    /// By this address or name of the loopback interface.
    Loopback(&'a str),
    Here,
    Abroad,
}

/// How a connection comes into a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way<'a> {
    /// By this address or name of the loopback interface.
    Loopback(&'a str),
    Network,
}

/// Where a connection from here to there ends.
pub(super) fn dial(world: &World, from: Standpoint, to: &Address) -> Landing {
    let from = match from {
        Standpoint::At(place) => world.namespace(place),
        other => other,
    };
    let host = to.host.to_lowercase();
    if host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified()) {
        return Landing::Nowhere(Why::Wildcard);
    }
    if is_loopback(&host) {
        return own_loopback(world, from, &host, to.port);
    }
    match from {
        Standpoint::At(place) => from_place(world, place, &host, to.port),
        Standpoint::Machine | Standpoint::Elsewhere => from_machine(world, from, &host, to.port),
    }
}

fn own_loopback(world: &World, from: Standpoint, host: &str, port: u16) -> Landing {
    let way = Way::Loopback(host);
    match from {
        Standpoint::At(place) => match socket(world, Standpoint::At(place), port, way) {
            Landing::Nowhere(Why::NothingListens { .. }) => Landing::Nowhere(Why::OwnLoopback),
            other => other,
        },
        Standpoint::Machine => into_machine(world, port, Entry::Loopback(host)),
        Standpoint::Elsewhere => Landing::Nowhere(Why::OwnLoopback),
    }
}

fn from_place(world: &World, place: usize, host: &str, port: u16) -> Landing {
    let here = &world.places[place];
    if let Some(target) = here.hosts.get(host) {
        if target == "host-gateway" {
            return match into_machine(world, port, Entry::Here) {
                Landing::Nowhere(Why::NotPublished) => Landing::Unknown(Unknown::Machine),
                other => other,
            };
        }
        return dial(world, Standpoint::At(place), &Address::new(target.as_str(), port));
    }
    let mut elsewhere = None;
    for (index, other) in world.places.iter().enumerate() {
        let matching = other.names.iter().filter(|name| name.text.eq_ignore_ascii_case(host));
        for name in matching {
            elsewhere = Some(index);
            if !here.networks.contains(&name.network) {
                continue;
            }
            let inner = name.ports.iter().find(|(outer, _)| *outer == port);
            let port = match (name.ports.is_empty(), inner) {
                (true, _) => port,
                (false, Some((_, inner))) => *inner,
                (false, None) => {
                    let at = Standpoint::At(index);
                    return Landing::Nowhere(Why::NothingListens { at, port });
                }
            };
            return socket(world, world.namespace(index), port, Way::Network);
        }
    }
    if let Some(place) = elsewhere {
        return Landing::Nowhere(Why::OtherNetwork { place });
    }
    if MACHINE_NAMES.contains(&host) {
        return match into_machine(world, port, Entry::Here) {
            Landing::Door { .. } => Landing::Unknown(Unknown::MachineName),
            Landing::Nowhere(Why::NotPublished) => Landing::Unknown(Unknown::Machine),
            other => other,
        };
    }
    outside(host, here.has_strangers || world.brokers.is_empty())
}

fn from_machine(world: &World, from: Standpoint, host: &str, port: u16) -> Landing {
    if host == THIS_MACHINE || (host.starts_with('<') && !host.starts_with("<id of ")) {
        let is_abroad = from == Standpoint::Elsewhere;
        return into_machine(world, port, if is_abroad { Entry::Abroad } else { Entry::Here });
    }
    let owner = world
        .places
        .iter()
        .position(|place| place.names.iter().any(|name| name.text.eq_ignore_ascii_case(host)));
    let is_local =
        |name: &str| !name.contains('.') || name.ends_with(".svc") || name.contains(".svc.");
    if let Some(place) = owner.filter(|_| is_local(host)) {
        return Landing::Nowhere(Why::OtherNetwork { place });
    }
    if is_local(host) && host.contains(".svc") {
        return Landing::Nowhere(Why::NoSuchName);
    }
    outside(host, true)
}

/// A connection to a port of the machine itself.
fn into_machine(world: &World, port: u16, entry: Entry<'_>) -> Landing {
    for (index, place) in world.places.iter().enumerate() {
        let is_it = |it: &&Published| it.host_port == Some(port);
        if let Some(published) = place.published.iter().find(is_it) {
            if entry == Entry::Abroad && !published.is_open() {
                return Landing::Nowhere(Why::PublishedForMachineOnly);
            }
            return socket(world, Standpoint::At(index), published.container_port, Way::Network);
        }
    }
    let way = match entry {
        Entry::Loopback(host) => Way::Loopback(host),
        Entry::Here | Entry::Abroad => Way::Network,
    };
    match socket(world, Standpoint::Machine, port, way) {
        Landing::Nowhere(Why::NothingListens { .. }) if !world.is_bare => {
            Landing::Nowhere(Why::NotPublished)
        }
        other => other,
    }
}

/// Who listens on a port of a place.
fn socket(world: &World, at: Standpoint, port: u16, way: Way<'_>) -> Landing {
    let mut refused = None;
    let mut has_broker = false;
    for (index, broker) in world.brokers.iter().enumerate() {
        let home = match broker.place {
            Some(place) => world.namespace(place),
            None => Standpoint::Machine,
        };
        if home != at {
            continue;
        }
        has_broker = true;
        for (door, listener) in broker.doors().iter().enumerate() {
            if listener.bind.port != port {
                continue;
            }
            let bind = listener.bind.host.as_deref().unwrap_or_default();
            match way {
                Way::Network if is_loopback(bind) => {
                    refused = Some(Why::BoundToLoopback { broker: index, door });
                }
                Way::Loopback(host) if !hears(bind, host) => {}
                Way::Network | Way::Loopback(_) => return Landing::Door { broker: index, door },
            }
        }
    }
    if let Some(why) = refused {
        return Landing::Nowhere(why);
    }
    match at {
        Standpoint::At(place) if !has_broker && way == Way::Network => {
            Landing::Unknown(Unknown::Program { place })
        }
        at => Landing::Nowhere(Why::NothingListens { at, port }),
    }
}

/// Whether a socket that is bound so takes connections to this loopback address or name. A name
/// that it is bound to may stand for any address.
fn hears(bind: &str, host: &str) -> bool {
    let Ok(bound) = bind.parse::<IpAddr>() else { return true };
    let is_dialled = match host.parse::<IpAddr>() {
        Ok(address) => bound == address,
        Err(_) => bound == Ipv4Addr::LOCALHOST || bound == Ipv6Addr::LOCALHOST,
    };
    bound.is_unspecified() || is_dialled
}

fn outside(host: &str, has_strangers: bool) -> Landing {
    if host.parse::<IpAddr>().is_ok() {
        return Landing::Unknown(Unknown::Route);
    }
    if host.starts_with('<') {
        return Landing::Nowhere(Why::NoSuchName);
    }
    if has_strangers || host.contains('.') {
        return Landing::Unknown(Unknown::Name);
    }
    Landing::Nowhere(Why::NoSuchName)
}
