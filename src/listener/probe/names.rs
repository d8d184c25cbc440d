//! What a host's name gives away about where it means something.

use std::net::{IpAddr, Ipv4Addr};

use super::super::advise::looks_like_container_id;

/// What kind of a name or address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `localhost`, `127.0.0.1`: whoever asks.
    Loopback,
    /// `0.0.0.0`, `::`: no address at all.
    Wildcard,
    /// Twelve hexadecimal digits: a container's id.
    ContainerId,
    /// A name of a cloud's inside.
    Cloud,
    /// A service of Kubernetes.
    Kubernetes,
    /// One word: a service of a compose file, or a machine of this network.
    Word,
    /// An address that is not routed on the internet.
    Private,
    /// Any other name.
    Name,
    /// Any other address.
    Public,
}

pub(super) fn kind(host: &str) -> Kind {
    if let Ok(address) = host.parse::<IpAddr>() {
        return kind_of_address(address);
    }
    let host = host.trim_end_matches('.').to_lowercase();
    let ends_with = |ends: &[&str]| ends.iter().any(|end| host.ends_with(end));
    if host == "localhost" || host.ends_with(".localhost") {
        Kind::Loopback
    } else if looks_like_container_id(&host) {
        Kind::ContainerId
    } else if ends_with(&[".svc", ".svc.cluster.local", ".cluster.local", ".pod"]) {
        Kind::Kubernetes
    } else if ends_with(&[".internal", ".ec2.internal"]) && !host.ends_with(".docker.internal")
        || host.starts_with("ip-") && !host.contains('.')
    {
        Kind::Cloud
    } else if host.contains('.') {
        Kind::Name
    } else {
        Kind::Word
    }
}

fn kind_of_address(address: IpAddr) -> Kind {
    let private = match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_link_local() || is_shared(address)
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    if address.is_unspecified() {
        Kind::Wildcard
    } else if address.is_loopback() {
        Kind::Loopback
    } else if private {
        Kind::Private
    } else {
        Kind::Public
    }
}

/// 100.64.0.0/10, carriers' and VPNs' own.
fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
}

/// Whether a port is one that systems and Docker give out at random.
pub(super) fn is_random_port(port: u16) -> bool {
    port >= 32_768
}
