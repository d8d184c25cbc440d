//! Whether a client can reach what it is told, by where it stands and what is known here.

use std::net::IpAddr;

use super::place::Place;
use super::story::Certainty;
use crate::listener::advise::looks_like_container_id;
use crate::listener::facts::{Answer, Facts};
use crate::listener::table::is_loopback;

/// Why a client may not reach the address that it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) id: &'static str,
    pub(super) certainty: Certainty,
}

/// What there is to say about an address and a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing speaks against it.
    Can,
    /// It has to be tried from here first.
    Ask,
    Doubt(Doubt),
}

/// The address that a listener's clients are told, and the port that it is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) bound: u16,
    /// What came of trying it from here.
    pub(super) answer: Option<&'a Answer>,
}

fn known(id: &'static str) -> Reach {
    Reach::Doubt(Doubt { id, certainty: Certainty::Known })
}

fn sure(id: &'static str) -> Reach {
    Reach::Doubt(Doubt { id, certainty: Certainty::Sure })
}

fn likely(id: &'static str) -> Reach {
    Reach::Doubt(Doubt { id, certainty: Certainty::Likely })
}

fn doubtful(id: &'static str) -> Reach {
    Reach::Doubt(Doubt { id, certainty: Certainty::Doubtful })
}

/// Whether the client at `address` can reach what it is told.
pub(super) fn reach(address: IpAddr, told: Told<'_>, facts: &Facts) -> Reach {
    let place = Place::of(address, facts);
    if place == Place::Here {
        return from_here(address, told, facts);
    }
    if told.is_unspecified() {
        return sure("L11");
    }
    if is_loopback(told.host) {
        return match place {
            // A published port leads here, if it is the same one.
            Place::Host => doubtful("L07"),
            Place::Container if facts.inside_container && told.port != told.bound => sure("L08"),
            Place::Container => sure("L03"),
            Place::Elsewhere | Place::Here => sure("L18"),
        };
    }
    match told.address() {
        Some(told) => to_address(address, place, told, facts),
        None => to_name(place, told.host),
    }
}

/// A client on this machine sees what this process sees: what was tried from here is the answer.
fn from_here(address: IpAddr, told: Told<'_>, facts: &Facts) -> Reach {
    let Some(answer) = told.answer else { return Reach::Ask };
    match answer {
        // The end of a tunnel is here, and who uses it is not.
        Answer::Me if address.is_loopback() && is_kubernetes_name(told.host) => doubtful("L10"),
        Answer::Me => Reach::Can,
        Answer::Unresolved => sure(unresolved(told.host)),
        Answer::AnotherBroker(_) if told.port == told.bound => known("L19"),
        Answer::AnotherBroker(_) => known("L07"),
        Answer::NoKafka | Answer::Nobody if told.is_here(facts) => sure("L07"),
        Answer::NoKafka | Answer::Nobody if told.address().is_some() => sure("L09"),
        Answer::NoKafka | Answer::Nobody => sure("L19"),
    }
}

fn to_address(client: IpAddr, place: Place, told: IpAddr, facts: &Facts) -> Reach {
    if is_private(told) && !is_private(client) {
        return likely("L09");
    }
    // The container's own address: the host has a route to it on Linux, and nobody else.
    if place == Place::Host && facts.is_here(told) { doubtful("L09") } else { Reach::Can }
}

fn to_name(place: Place, name: &str) -> Reach {
    let id = unresolved(name);
    match (id, place) {
        ("L10", _) => doubtful(id),
        // Containers on one network resolve one another's names and ids.
        (_, Place::Container) => doubtful(id),
        ("L04", _) if name.contains('.') => doubtful(id),
        _ => likely(id),
    }
}

/// Which mistake it is if a name does not resolve.
pub(super) fn unresolved(name: &str) -> &'static str {
    if looks_like_container_id(name) {
        "L05"
    } else if is_kubernetes_name(name) {
        "L10"
    } else if is_cloud_name(name) {
        "L09"
    } else {
        "L04"
    }
}

fn is_kubernetes_name(name: &str) -> bool {
    name.ends_with(".svc") || name.ends_with(".cluster.local")
}

fn is_cloud_name(name: &str) -> bool {
    name.ends_with(".compute.internal")
        || name.ends_with(".ec2.internal")
        || name.ends_with(".google.internal")
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    }
}

impl Told<'_> {
    fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    fn is_unspecified(&self) -> bool {
        self.address().is_some_and(|address| address.is_unspecified())
    }

    /// Whether it is an address, or a name, of this machine.
    fn is_here(&self, facts: &Facts) -> bool {
        let resolved = facts.resolved.get(self.host).map_or(&[][..], Vec::as_slice);
        is_loopback(self.host)
            || self.address().is_some_and(|address| facts.is_here(address))
            || resolved.iter().any(|address| facts.is_here(*address))
    }
}
