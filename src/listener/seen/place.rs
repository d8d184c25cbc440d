//! Where a client stands, seen from the broker.

use std::net::IpAddr;

use serde::Serialize;

use crate::listener::facts::Facts;

/// Where a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On this machine, or in this container.
    Here,
    /// Behind the gateway of this container: the host, or whoever reaches its published ports.
    Host,
    /// In a container beside this one, or in one on this machine.
    Container,
    /// Anywhere else.
    Elsewhere,
}

impl Place {
    /// Where the client at `address` stands.
    #[must_use]
    pub fn of(address: IpAddr, facts: &Facts) -> Place {
        let address = address.to_canonical();
        if facts.is_here(address) {
            return Place::Here;
        }
        if facts.inside_container && facts.gateway == Some(address) {
            return Place::Host;
        }
        let mut networks = facts.networks.iter().filter(|network| network.contains(address));
        let is_beside =
            networks.any(|network| facts.inside_container || network.leads_to_containers());
        if is_beside { Place::Container } else { Place::Elsewhere }
    }

    /// In words, to follow "from 172.18.0.5, ".
    #[must_use]
    pub fn text(self, facts: &Facts) -> &'static str {
        match self {
            Place::Here if facts.inside_container => "inside this container",
            Place::Here => "on this machine",
            Place::Host => "the host of this container or somebody who comes through it",
            Place::Container => "another container",
            Place::Elsewhere => "another machine",
        }
    }
}
