//! What is known about the machine: values that the caller gathers.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// What is known about the machine, gathered by the caller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// This machine's name, as clients would be told it.
    pub hostname: String,
    /// The addresses of this machine's interfaces; empty if unknown.
    pub interfaces: Vec<IpAddr>,
    /// The networks that this machine is part of; empty if unknown.
    pub networks: Vec<Network>,
    /// Through whom this machine reaches all others.
    pub gateway: Option<IpAddr>,
    /// Whether this process is what a container was made for, so that its clients are elsewhere.
    pub inside_container: bool,
    /// What the names in the settings resolve to here. A name that was not looked up is absent;
    /// one that does not resolve has no addresses.
    pub resolved: BTreeMap<String, Vec<IpAddr>>,
    /// Who answers at an advertised address (`host:port`), asked from here. One that was not
    /// tried is absent.
    pub answers: BTreeMap<String, Answer>,
}

impl Facts {
    /// Whether an address is one of this machine.
    #[must_use]
    pub fn is_here(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified() || self.interfaces.contains(&address)
    }
}

/// A network that an interface of this machine is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The interface: `eth0`, `docker0`.
    pub interface: String,
    /// Its address; the bits beyond the prefix do not matter.
    pub address: IpAddr,
    /// How many bits of the address are the network's.
    pub prefix: u8,
}

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, differ) = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (32, u128::from(own.to_bits() ^ other.to_bits()))
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => (128, own.to_bits() ^ other.to_bits()),
            _ => return false,
        };
        let host_bits = bits - u32::from(self.prefix).min(bits);
        differ.checked_shr(host_bits).unwrap_or(0) == 0
    }

    /// Whether it is a bridge to containers on this machine.
    #[must_use]
    pub fn leads_to_containers(&self) -> bool {
        ["docker", "br-", "podman", "cni"].iter().any(|it| self.interface.starts_with(it))
    }
}

/// What came of asking at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This broker.
    Me,
    /// Another Kafka broker, of the cluster of this id.
    AnotherBroker(String),
    /// Something that does not speak Kafka, or does not speak at all.
    NoKafka,
    /// Nobody: the connection was refused or went unanswered.
    Nobody,
    /// The name has no address.
    Unresolved,
}
