//! A client's way: to the address that it was given, and on to the addresses that it is told.

use super::dial::{Landing, Unknown, Why, dial};
use super::fault::{Fault, FaultKind};
use super::model::{Address, Standpoint, World};
use crate::listener::SecurityProtocol;

/// How often an address may lead to another door of the same broker.
const DOORS_MAX: usize = 4;

/// What became of a client's way.
#[derive(Debug, Clone)]
pub(super) struct Journey {
    pub(super) from: Standpoint,
    pub(super) bootstrap: Option<Address>,
    /// The broker and the door that it came in by.
    pub(super) entry: Option<(usize, usize)>,
    /// What it was told, broker by broker.
    pub(super) told: Vec<Address>,
    /// Why it does not work.
    pub(super) fault: Option<Fault>,
    /// What could not be known.
    pub(super) unknown: Option<(Address, Unknown)>,
}

impl Journey {
    pub(super) fn works(&self) -> bool {
        self.fault.is_none() && self.unknown.is_none()
    }
}

/// The way of a client that was given this address.
pub(super) fn journey(
    world: &World,
    from: Standpoint,
    bootstrap: &Address,
    security: Option<SecurityProtocol>,
) -> Journey {
    let mut journey = Journey {
        from,
        bootstrap: Some(bootstrap.clone()),
        entry: None,
        told: Vec::new(),
        fault: None,
        unknown: None,
    };
    match dial(world, from, bootstrap) {
        Landing::Door { broker, door } => {
            journey.entry = Some((broker, door));
            let protocol = world.brokers[broker].doors()[door].protocol;
            if let Some(kind) = security.and_then(|asked| tls_differs(asked, protocol)) {
                journey.fault = Some(Fault::at_door(kind, from, Some(bootstrap), broker, door));
                return journey;
            }
            ask(world, &mut journey, broker, door);
        }
        Landing::Nowhere(why) => journey.fault = Some(Fault::at_start(world, from, bootstrap, why)),
        Landing::Unknown(unknown) => journey.unknown = Some((bootstrap.clone(), unknown)),
    }
    journey
}

/// The way of a client that has come in by a door, by whatever address.
pub(super) fn from_door(world: &World, from: Standpoint, broker: usize, door: usize) -> Journey {
    let entry = Some((broker, door));
    let mut journey =
        Journey { from, bootstrap: None, entry, told: Vec::new(), fault: None, unknown: None };
    ask(world, &mut journey, broker, door);
    journey
}

fn tls_differs(asked: SecurityProtocol, offered: SecurityProtocol) -> Option<FaultKind> {
    let is_tls =
        |it: SecurityProtocol| matches!(it, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl);
    match (is_tls(asked), is_tls(offered)) {
        (true, false) => Some(FaultKind::TlsOnPlain),
        (false, true) => Some(FaultKind::PlainOnTls),
        _ => None,
    }
}

/// Asks for metadata at a door, and dials every address of the answer.
fn ask(world: &World, journey: &mut Journey, broker: usize, door: usize) {
    let name = &world.brokers[broker].doors()[door].name;
    let cluster = world.brokers[broker].cluster;
    for (index, other) in world.brokers.iter().enumerate() {
        if other.cluster != cluster {
            continue;
        }
        if other.listeners.is_err() {
            let kind = FaultKind::DoesNotStart;
            keep(journey, Fault::of_broker(kind, journey.from, index));
            continue;
        }
        let same = other.doors().iter().position(|it| it.name == *name);
        let Some(told) = same.and_then(|door| other.told(door)) else {
            let mut fault = Fault::at_door(FaultKind::Hidden, journey.from, None, broker, door);
            fault.other = Some(index);
            fault.bootstrap.clone_from(&journey.bootstrap);
            keep(journey, fault);
            continue;
        };
        journey.told.push(told.clone());
        if let Some(door) = same {
            follow(world, journey, (index, door), told);
        }
    }
}

/// Dials an address of the answer. It may lead to another door of the same broker, where the
/// client will be told that door's address.
fn follow(world: &World, journey: &mut Journey, asked: (usize, usize), told: Address) {
    let (broker, mut door) = asked;
    let mut address = told;
    for _ in 0..DOORS_MAX {
        match dial(world, journey.from, &address) {
            Landing::Door { broker: landed, door: other } if landed == broker => {
                if other == door {
                    return;
                }
                door = other;
                let Some(next) = world.brokers[broker].told(door) else { return };
                address = next;
            }
            Landing::Unknown(Unknown::Program { .. }) => return,
            Landing::Unknown(unknown) => {
                journey.unknown.get_or_insert((address, unknown));
                return;
            }
            Landing::Nowhere(why) => {
                let mut fault = Fault::told(journey.from, (broker, door), address, &why);
                let is_outside = world.outside.is_some() && journey.from == Standpoint::Machine;
                if is_outside && fault.kind == FaultKind::ToldForeignName {
                    fault.kind = FaultKind::ToldPrivateName;
                }
                keep(journey, fault);
                return;
            }
            Landing::Door { broker: landed, .. } => {
                let mut fault =
                    Fault::at_door(FaultKind::AnotherBroker, journey.from, None, broker, door);
                fault.told = Some(address);
                fault.other = Some(landed);
                keep(journey, fault);
                return;
            }
        }
    }
}

fn keep(journey: &mut Journey, mut fault: Fault) {
    if fault.bootstrap.is_none() {
        fault.bootstrap.clone_from(&journey.bootstrap);
    }
    journey.fault.get_or_insert(fault);
}

impl Fault {
    fn at_door(
        kind: FaultKind,
        from: Standpoint,
        bootstrap: Option<&Address>,
        broker: usize,
        door: usize,
    ) -> Fault {
        Fault {
            bootstrap: bootstrap.cloned(),
            door: Some(door),
            ..Fault::of_broker(kind, from, broker)
        }
    }

    /// The address that the client was given does not work.
    fn at_start(world: &World, from: Standpoint, bootstrap: &Address, why: Why) -> Fault {
        let (kind, broker, door) = match why {
            Why::BoundToLoopback { broker, door } => {
                (FaultKind::BoundToLoopback, Some(broker), Some(door))
            }
            Why::NothingListens { at: Standpoint::At(place), .. } => {
                let there = world.brokers.iter().position(|it| it.place == Some(place));
                let is_refused = there.is_some_and(|it| world.brokers[it].listeners.is_err());
                let kind =
                    if is_refused { FaultKind::DoesNotStart } else { FaultKind::NothingThere };
                (kind, there, None)
            }
            Why::OwnLoopback => (FaultKind::BootstrapIsOwnLoopback, None, None),
            Why::NotPublished | Why::PublishedForMachineOnly | Why::NothingListens { .. } => {
                (FaultKind::NothingThere, None, None)
            }
            Why::OtherNetwork { .. } => (FaultKind::BootstrapOnOtherNetwork, None, None),
            Why::NoSuchName | Why::Wildcard => (FaultKind::BootstrapUnknown, None, None),
        };
        let mut fault = Fault::of_broker(kind, from, broker.unwrap_or(0));
        fault.bootstrap = Some(bootstrap.clone());
        fault.door = door;
        fault.why = Some(why);
        fault
    }

    /// An address that the client was told does not work.
    pub(super) fn told(from: Standpoint, at: (usize, usize), told: Address, why: &Why) -> Fault {
        let kind = match why {
            Why::Wildcard => FaultKind::ToldWildcard,
            _ if looks_like_id(&told.host) => FaultKind::ToldContainerId,
            Why::OwnLoopback => FaultKind::ToldLoopback,
            Why::OtherNetwork { .. } | Why::NoSuchName => FaultKind::ToldForeignName,
            Why::BoundToLoopback { .. } => FaultKind::BoundToLoopback,
            Why::NotPublished | Why::PublishedForMachineOnly | Why::NothingListens { .. } => {
                FaultKind::ToldOtherPort
            }
        };
        let mut fault = Fault::at_door(kind, from, None, at.0, at.1);
        fault.told = Some(told);
        fault.why = Some(why.clone());
        fault
    }
}

/// Whether a host is the id that a container gets for a name.
pub(super) fn looks_like_id(host: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    host.starts_with("<id of ") || (host.len() == 12 && host.bytes().all(is_hex))
}
