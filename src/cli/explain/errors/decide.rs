//! From where and how a client failed to the mistake.

use std::net::IpAddr;

use super::sight::{Failure, Sighting, Stage};
use crate::listener::reach::Address;

/// Ports from here on are given out at random by Linux and by Docker.
const RANDOM_PORTS: u16 = 32_768;

/// A mistake that it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli::explain) struct Candidate {
    pub(in crate::cli::explain) id: &'static str,
    /// When it is this one; empty for the likeliest.
    pub(in crate::cli::explain) condition: String,
    pub(in crate::cli::explain) cause: String,
    pub(in crate::cli::explain) check: String,
}

impl Candidate {
    pub(super) fn sure(id: &'static str, cause: &str, check: &str) -> Candidate {
        Candidate { id, condition: String::new(), cause: cause.to_owned(), check: check.to_owned() }
    }

    pub(super) fn when(mut self, condition: &str) -> Candidate {
        condition.clone_into(&mut self.condition);
        self
    }
}

/// The sighting that says most: one past the bootstrap, with an address; a line that only says
/// that the client gave up says least.
pub(super) fn most_telling(sightings: &[Sighting]) -> Option<&Sighting> {
    let weight = |it: &Sighting| {
        let stage = match it.stage {
            Stage::Told(Some(_)) => 4,
            Stage::Told(None) => 3,
            Stage::Bootstrap => 2,
            Stage::Unknown => 1,
        };
        let address = if it.address.is_some() { 10 } else { 0 };
        let failure = i32::from(it.failure != Failure::Failed);
        address + stage * 2 + failure
    };
    // Of equal ones the first.
    sightings.iter().rev().max_by_key(|it| weight(it))
}

/// What it may be, the likeliest first.
pub(super) fn decide(all: &[Sighting], telling: &Sighting) -> Vec<Candidate> {
    let Some(address) = &telling.address else { return without_address(telling) };
    let ipv6 = ipv6_only(all, telling);
    match telling.stage {
        Stage::Told(_) if ipv6 => vec![ipv6_first(address), loopback(address)],
        Stage::Bootstrap | Stage::Unknown if ipv6 => {
            vec![ipv6_first(address), nothing_there(address)]
        }
        Stage::Told(_) => told(address, telling.failure),
        Stage::Bootstrap => bootstrap(address, telling.failure),
        Stage::Unknown => unknown(address, telling.failure),
    }
}

fn without_address(telling: &Sighting) -> Vec<Candidate> {
    let gave_up = "The client gave up after a time without saying at which address it failed.";
    let past = Candidate::sure(
        "L03",
        "The client did not come to the topic's leader in time. Mostly it was told an address that \
         leads nowhere from where it stands; it says the same if it reached no broker at all.",
        "Compare advertised.listeners of the broker with where the client runs. Log lines of the \
         client from before this one name the address: node 1 or higher. klamm doctor HOST:PORT \
         shows what a client is told.",
    );
    let before = Candidate::sure(
        "L01",
        gave_up,
        "Is the broker up, and is bootstrap.servers right, port included? klamm doctor HOST:PORT \
         says. Log lines of the client from before this one name the address.",
    );
    let name = Candidate::sure(
        "L04",
        "The client was told a name that does not resolve where it runs.",
        "klamm doctor HOST:PORT, or a more talkative log of the client, shows the name. Give the \
         broker a listener that is advertised under a name or an address that this client \
         resolves.",
    );
    match telling.stage {
        Stage::Told(_) if telling.failure == Failure::Resolve => vec![
            name,
            Candidate::sure(
                "L05",
                "The broker advertises the id of its container.",
                "Set advertised.listeners on the broker.",
            )
            .when("the name is twelve hexadecimal digits"),
            Candidate::sure(
                "L10",
                "The name leads into the network of Kubernetes.",
                "A listener that is advertised as localhost and the forwarded port.",
            )
            .when("the name ends in .svc or .cluster.local"),
        ],
        Stage::Told(_) => {
            vec![
                past,
                before.when("no broker was reached at all; earlier lines then name a node -1"),
            ]
        }
        _ => vec![before, past.when("earlier lines name a node with a number of 0 or more")],
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn is_private(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(_)) | Err(_) => false,
    }
}

/// `::1` was refused, and no line says the same of `127.0.0.1`.
fn ipv6_only(all: &[Sighting], telling: &Sighting) -> bool {
    let dialled = |it: &Sighting, part: &str| {
        it.dialled.as_deref().is_some_and(|text| text.contains(part))
            || it.address.as_ref().is_some_and(|address| address.host == part)
            || it.line.contains(&format!("[{part}]"))
    };
    dialled(telling, "::1") && !all.iter().any(|it| it.line.contains("127.0.0.1"))
}

fn ipv6_first(address: &Address) -> Candidate {
    Candidate::sure(
        "L06",
        "localhost is ::1 first here, and the port is open on IPv4 only. Many clients go on to \
         127.0.0.1 and work; the line is then only noise.",
        &format!(
            "Use 127.0.0.1:{} in place of localhost, or set broker.address.family=v4 \
             (librdkafka), or bind both families.",
            address.port
        ),
    )
}

fn nothing_there(address: &Address) -> Candidate {
    Candidate::sure(
        "L01",
        "Nobody answers at the bootstrap address: no broker was asked yet, so \
         advertised.listeners has nothing to do with it.",
        &format!(
            "Is the broker up (docker ps, its log)? Does it listen on {}? From the machine: is \
             the port published? From a container: localhost is that container itself, use the \
             broker's service name.",
            address.port
        ),
    )
}

fn loopback(address: &Address) -> Candidate {
    Candidate::sure(
        "L03",
        "The broker told the client localhost. That is right for clients on the broker's \
         machine; in a container localhost is the container itself.",
        &format!(
            "Give the broker a listener that is advertised under the name that containers use, \
             and bootstrap from that one; {address} stays for the machine. Or, if the broker \
             runs on the machine itself, advertise host.docker.internal."
        ),
    )
    .when("the client runs in a container")
}

fn bootstrap(address: &Address, failure: Failure) -> Vec<Candidate> {
    if failure == Failure::Resolve {
        return vec![Candidate::sure(
            "L01",
            "The bootstrap name does not resolve where the client runs: no broker was asked yet.",
            &format!(
                "Is {} spelt right? A compose service name is known to containers of its network \
                 only; on the machine use localhost and the published port.",
                address.host
            ),
        )];
    }
    let mut candidates = vec![nothing_there(address)];
    candidates.push(
        Candidate::sure(
            "L02",
            "The broker listens on the loopback interface of its own container.",
            "listeners=PLAINTEXT://0.0.0.0:9092, and what clients are told in \
             advertised.listeners.",
        )
        .when("the broker is up in a container, and listeners names localhost or 127.0.0.1"),
    );
    if failure == Failure::Disconnected {
        candidates.push(
            Candidate::sure(
                "L16",
                "The listener speaks TLS and the client does not.",
                "Compare security.protocol with the listener's protocol.",
            )
            .when("the broker is up and the listener speaks TLS"),
        );
    }
    candidates
}

fn told(address: &Address, failure: Failure) -> Vec<Candidate> {
    let host = address.host.as_str();
    let is_id = host.len() == 12 && host.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    if is_id {
        return vec![Candidate::sure(
            "L05",
            "The broker advertises the id of its container, because nothing says what to \
             advertise.",
            "Set advertised.listeners (KAFKA_ADVERTISED_LISTENERS) on the broker to what its \
             clients can resolve.",
        )];
    }
    if host.parse::<IpAddr>().is_ok_and(|it| it.is_unspecified()) {
        return vec![Candidate::sure(
            "L11",
            "The broker advertises 0.0.0.0, which is no address: each client connects to itself.",
            "Set advertised.listeners on the broker to a name or an address.",
        )];
    }
    if host.ends_with(".svc") || host.contains(".svc.") {
        return vec![Candidate::sure(
            "L10",
            "The broker's answer leads into the network of Kubernetes, past the port forward or \
             the tunnel.",
            "Give the broker a listener that is advertised as localhost:PORT and forward that \
             port; or run the client in the cluster.",
        )];
    }
    let is_cloud = host.ends_with(".internal") && !host.starts_with("host.docker");
    if is_cloud || (host.starts_with("ip-") && host.matches('-').count() >= 4) || is_private(host) {
        return vec![Candidate::sure(
            "L09",
            "The broker advertises what it is called inside its own network; the client is \
             outside.",
            "Give the broker a listener for clients outside, advertised as its public name or \
             address.",
        )];
    }
    if is_loopback(host) {
        return told_loopback(address);
    }
    if failure == Failure::Resolve {
        return vec![Candidate::sure(
            "L04",
            "The broker told the client a name that does not resolve where the client runs. \
             Service names of a compose file exist on the compose network only.",
            &format!(
                "For a client on the machine: a listener that is advertised as \
                 localhost:<published port>, in place of {address}. An entry in /etc/hosts only \
                 hides it."
            ),
        )];
    }
    vec![
        Candidate::sure(
            "L07",
            "The broker told the client a port at which it cannot be reached: a port was \
             published or forwarded under another number, or the listener is bound to another \
             one.",
            "Compare the port in advertised.listeners with the published one (docker ps) and \
             with listeners.",
        ),
        nothing_there(address).when("the broker has gone since it answered"),
    ]
}

fn told_loopback(address: &Address) -> Vec<Candidate> {
    let mut own = loopback(address);
    own.condition.clear();
    if address.port >= RANDOM_PORTS {
        let mapped = Candidate::sure(
            "L08",
            "The broker told the client a port that Docker mapped at random on the machine. In a \
             sibling container localhost is that container itself.",
            "Give the broker's container a further listener with a network alias (withListener \
             in Testcontainers) and bootstrap from that.",
        );
        return vec![mapped, own.when("the port is one that somebody chose")];
    }
    vec![
        own,
        Candidate::sure(
            "L07",
            "The port is published under another number than the broker advertises.",
            "Publish it under the same number, or advertise the published one: \
             advertised.listeners=PLAINTEXT://localhost:<published port>.",
        )
        .when("the client runs on the machine that runs the broker's container"),
        Candidate::sure(
            "L18",
            "Nothing but localhost is advertised.",
            "Give the broker a listener that is advertised as a name or an address of its \
             machine.",
        )
        .when("the client, or another broker, runs on another machine"),
    ]
}

/// The words do not say whether it was the first address.
fn unknown(address: &Address, failure: Failure) -> Vec<Candidate> {
    let first = bootstrap(address, failure);
    let second = told(address, failure);
    let given = format!("{address} is what the client was given (bootstrap.servers)");
    let sent = format!("the client was given another address than {address}");
    let host = address.host.as_str();
    // Nobody writes a container id, a cloud's private name or a pod into bootstrap.servers.
    let is_odd = second.first().is_some_and(|it| ["L05", "L08", "L10", "L11"].contains(&it.id))
        || host.ends_with(".internal");
    let (mut likely, other) = if is_odd { (second, first) } else { (first, second) };
    likely.truncate(1);
    let condition = if is_odd { given } else { sent };
    likely.extend(other.into_iter().take(1).map(|it| it.when(&condition)));
    likely
}
