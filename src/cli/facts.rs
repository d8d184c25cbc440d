//! What is known about this machine: its name, its networks, whether it is a container.
//!
//! Read from Linux's `/proc`; elsewhere the networks stay unknown, and fewer things can be said
//! about a client's address.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use crate::listener::{Facts, Network};

/// What can be told at once. Names are not looked up: that may take seconds.
pub(super) fn gather() -> Facts {
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let trie = fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let v6 = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let (v6_addresses, v6_networks) = v6_networks(&v6);
    let mut interfaces = local_addresses(&trie);
    interfaces.extend(v6_addresses);
    let (mut networks, gateway) = v4_networks(&routes);
    networks.extend(v6_networks);
    Facts {
        hostname: hostname(),
        inside_container: is_program_of_container(),
        interfaces,
        networks,
        gateway,
        ..Facts::default()
    }
}

/// This machine's name, as clients are told it where the settings name no host.
pub(super) fn hostname() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

/// Whether this process is in a container, whatever for. Docker and Podman leave a mark; Podman,
/// systemd-nspawn and LXC set `container`.
pub(super) fn is_in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
        || std::env::var_os("container").is_some_and(|it| !it.is_empty())
        || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

/// Whether this is what a container was made for: its clients are elsewhere then. In a job of CI
/// or a development container klamm runs beside its clients, as on any machine.
fn is_program_of_container() -> bool {
    let init = Some(rustix::process::Pid::INIT);
    let (own, parent) = (rustix::process::getpid(), rustix::process::getppid());
    is_in_container() && (Some(own) == init || parent == init)
}

/// Lines of `/proc/net/route`: interface, destination, gateway, flags, three counters, mask.
/// Addresses are hexadecimal numbers in the machine's byte order.
fn v4_networks(routes: &str) -> (Vec<Network>, Option<IpAddr>) {
    let (mut networks, mut gateway) = (Vec::new(), None);
    for line in routes.lines().skip(1) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let address = |column: usize| {
            let number = u32::from_str_radix(columns.get(column)?, 16).ok()?;
            Some(Ipv4Addr::from(number.to_ne_bytes()))
        };
        let (Some(destination), Some(via), Some(mask)) = (address(1), address(2), address(7))
        else {
            continue;
        };
        if via.is_unspecified() {
            networks.push(Network {
                interface: columns[0].to_owned(),
                address: destination.into(),
                prefix: mask.to_bits().count_ones() as u8,
            });
        } else if mask.is_unspecified() && gateway.is_none() {
            gateway = Some(via.into());
        }
    }
    (networks, gateway)
}

/// `/proc/net/fib_trie` names an address in one line and says in the next that it is local.
fn local_addresses(trie: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut last: Option<Ipv4Addr> = None;
    for line in trie.lines() {
        if let Some((_, address)) = line.split_once("|-- ") {
            last = address.trim().parse().ok();
        } else if line.contains("/32 host LOCAL")
            && let Some(address) = last
            && !found.contains(&IpAddr::V4(address))
        {
            found.push(address.into());
        }
    }
    found
}

/// Lines of `/proc/net/if_inet6`: address, interface number, prefix, scope, flags, interface.
fn v6_networks(table: &str) -> (Vec<IpAddr>, Vec<Network>) {
    let (mut addresses, mut networks) = (Vec::new(), Vec::new());
    for line in table.lines() {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [address, _, prefix, _, _, interface] = columns[..] else { continue };
        let bits = u128::from_str_radix(address, 16).map(Ipv6Addr::from_bits);
        let (Ok(address), Ok(prefix)) = (bits, u8::from_str_radix(prefix, 16)) else { continue };
        addresses.push(address.into());
        // A network of one address holds nobody else.
        if prefix < 128 {
            let (interface, address) = (interface.to_owned(), address.into());
            networks.push(Network { interface, address, prefix });
        }
    }
    (addresses, networks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_tell_networks_and_gateway() {
        if cfg!(target_endian = "big") {
            return;
        }
        let (networks, gateway) = v4_networks(
            "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
             eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
             eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n",
        );
        assert_eq!(gateway, Some("172.18.0.1".parse().unwrap()));
        let expected = ("eth0", "172.18.0.0".parse().unwrap(), 16);
        let [network] = &networks[..] else { panic!("{networks:?}") };
        assert_eq!((network.interface.as_str(), network.address, network.prefix), expected);
    }

    #[test]
    fn the_routing_trie_tells_own_addresses() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n        |-- 172.18.0.0\n           /16 link UNICAST\n\
                    Local:\n        |-- 172.18.0.3\n           /32 host LOCAL\n        |-- \
                    172.18.255.255\n           /32 link BROADCAST\n";
        assert_eq!(local_addresses(trie), ["172.18.0.3".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn ipv6_interfaces_tell_addresses_and_networks() {
        let (addresses, networks) = v6_networks(
            "fd000000000000000000000000000002 04 40 00 82     eth0\n\
             00000000000000000000000000000001 01 80 10 80       lo\n",
        );
        assert_eq!(addresses.len(), 2);
        let [network] = &networks[..] else { panic!("{networks:?}") };
        assert!(network.contains("fd00::99".parse().unwrap()));
        assert!(!network.contains("fd00:0:0:1::99".parse().unwrap()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn loopback_is_here() {
        assert!(gather().is_here("127.0.0.1".parse().unwrap()));
    }
}
