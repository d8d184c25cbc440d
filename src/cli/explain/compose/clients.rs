//! Services that are clients: what they bootstrap from, by their variables and commands.

use super::project::Project;
use super::service::{Service, Variable};
use crate::cli::explain::text::Place;
use crate::listener::SecurityProtocol;
use crate::listener::reach::Address;

/// Addresses and where they are written.
#[derive(Debug, Clone)]
pub(in crate::cli::explain) struct Bootstrap {
    /// `KAFKA_BOOTSTRAP_SERVERS`, `command`.
    pub(in crate::cli::explain) written: String,
    pub(in crate::cli::explain) addresses: Vec<Address>,
    /// The scalar that holds them.
    pub(in crate::cli::explain) at: Place,
    /// The scalar of a security protocol that belongs to them.
    pub(in crate::cli::explain) security: Option<(SecurityProtocol, Place, String)>,
}

/// Ends of names of variables that hold bootstrap addresses.
const NAMES: &[&str] = &[
    "BOOTSTRAP_SERVERS",
    "BOOTSTRAP_SERVER",
    "BOOTSTRAPSERVERS",
    "BOOTSTRAP_ADDRESS",
    "BOOTSTRAP",
    "BROKERS",
    "BROKER",
    "BROKER_LIST",
    "BROKERLIST",
    "BROKERCONNECT",
    "BROKER_URL",
    "BROKER_ADDRESS",
    "KAFKA_URL",
    "KAFKA_URI",
    "KAFKA_HOST",
    "KAFKA_HOSTS",
    "KAFKA_ADDR",
    "KAFKA_ADDRESS",
    "KAFKA_SERVER",
    "KAFKA_SERVERS",
    "KAFKA_ENDPOINT",
    "KAFKA_CONNECTION",
    "METADATA_BROKER_LIST",
    "KAFKA_PEERS",
];

/// Flags of commands that a bootstrap address follows.
const FLAGS: &[&str] =
    &["--bootstrap-server", "--bootstrap-servers", "--broker-list", "--brokers", "-b"];

/// Keys within a text, such as a configuration in a variable.
const KEYS: &[&str] =
    &["bootstrap.servers", "bootstrap_servers", "bootstrap-servers", "bootstrapServers", "brokers"];

/// The clients that a service is.
pub(super) fn bootstraps(service: &Service, project: &mut Project) -> Vec<Bootstrap> {
    let mut found: Vec<Bootstrap> = Vec::new();
    for variable in &service.environment {
        let addresses = addresses_in(&variable.name, &variable.value);
        if !addresses.is_empty() {
            found.push(Bootstrap {
                written: variable.name.clone(),
                addresses,
                at: variable.written.at.clone(),
                security: security(service, &variable.name),
            });
        }
    }
    for key in ["command", "entrypoint"] {
        let words = service.words(key, project);
        let mut before = String::new();
        for (at, text) in words {
            let mut addresses = flagged(&text);
            if FLAGS.contains(&before.as_str()) {
                addresses.extend(list(&text));
            }
            before.clone_from(&text);
            if !addresses.is_empty() {
                found.push(Bootstrap { written: key.to_owned(), addresses, at, security: None });
            }
        }
    }
    found.dedup_by(|later, first| later.addresses == first.addresses && later.at == first.at);
    found
}

/// The bootstrap addresses that a variable holds.
pub(in crate::cli::explain) fn addresses_in(name: &str, value: &str) -> Vec<Address> {
    if is_bootstrap(name) { list(value) } else { keyed(value) }
}

fn normal(name: &str) -> String {
    name.to_uppercase().replace(['.', '-'], "_")
}

fn is_bootstrap(name: &str) -> bool {
    let name = normal(name);
    NAMES.iter().any(|end| {
        name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    })
}

/// `a:1,b:2`; nothing if any part is no address.
fn list(text: &str) -> Vec<Address> {
    let parts = text.split([',', ' ', ';']).map(str::trim).filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.trim_matches(['"', '\'', '[', ']']));
    parts.map(address).collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn address(text: &str) -> Option<Address> {
    let bare = match text.split_once("://") {
        Some(("http" | "https" | "jdbc" | "redis" | "amqp" | "mongodb", _)) => return None,
        Some((_, rest)) => rest,
        None => text,
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._[]".contains(c);
    let (host, port) = bare.rsplit_once(':')?;
    let is_right = !host.is_empty() && host.chars().all(|c| is_host(c) || c == ':');
    (is_right && port.parse::<u16>().is_ok()).then(|| Address::parse(bare))?
}

/// Addresses behind a key somewhere in a text of several lines or of JSON.
fn keyed(text: &str) -> Vec<Address> {
    let mut found = Vec::new();
    for key in KEYS {
        for (at, _) in text.match_indices(key) {
            let is_start = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            let rest = &text[at + key.len()..];
            let rest = rest.trim_start_matches(['"', '\'']).trim_start();
            let Some(rest) = rest.strip_prefix([':', '=']).filter(|_| is_start) else { continue };
            let rest = rest.trim_start_matches([' ', '"', '\'', '[', '\n', '-']);
            let ends = |c: char| c.is_whitespace() || "\"'];}".contains(c);
            let value = &rest[..rest.find(ends).unwrap_or(rest.len())];
            found.extend(list(value));
        }
    }
    found.dedup();
    found
}

/// Addresses behind a flag somewhere in a shell command.
fn flagged(text: &str) -> Vec<Address> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let value = match word.split_once('=') {
            Some((flag, value)) if FLAGS.contains(&flag) => Some(value),
            _ if FLAGS.contains(word) => words.get(index + 1).copied(),
            _ => None,
        };
        let value = value.map(|value| value.trim_matches(['"', '\'', ';']));
        found.extend(value.map(list).unwrap_or_default());
    }
    found.sort();
    found.dedup();
    found
}

/// The security protocol among the variables that begin like the one of the addresses.
fn security(service: &Service, name: &str) -> Option<(SecurityProtocol, Place, String)> {
    let name = normal(name);
    let common = |other: &str| {
        let other = normal(other);
        name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
    };
    let is_protocol = |it: &&Variable| normal(&it.name).ends_with("SECURITY_PROTOCOL");
    let best = service.environment.iter().filter(is_protocol).max_by_key(|it| common(&it.name))?;
    let protocol = SecurityProtocol::named(&best.value)?;
    (common(&best.name) >= 3).then(|| (protocol, best.written.at.clone(), best.name.clone()))
}
