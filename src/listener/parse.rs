//! Kafka's syntax of listener lists and of the protocol map
//! (`SocketServerConfigs.listenerListToEndPoints`, `EndPoint`).

use std::collections::BTreeMap;

use super::types::{ListenerName, SecurityProtocol};

/// An entry of a listener list as it is written, before anything is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The text as written.
    pub(super) text: String,
    /// The name in normal form.
    pub(super) name: ListenerName,
    /// The host without brackets; `None` if it is empty.
    pub(super) host: Option<String>,
    /// The port as written; Kafka takes any 32 bit number here and fails later.
    pub(super) port: i32,
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntryError {
    /// It is not `name://host:port`.
    Shape,
    /// It has no name.
    NoName,
    /// The port is no 32 bit number; these are its digits.
    Port(String),
}

/// Reads `name://host:port`. The name ends at the last `://`; the host takes letters, digits,
/// `-%._:` and may stand in brackets; nothing may follow the port.
pub(super) fn parse_entry(text: &str) -> Result<Entry, EntryError> {
    let (name, rest) = text.rsplit_once("://").ok_or(EntryError::Shape)?;
    let rest = rest.strip_prefix('[').unwrap_or(rest);
    let (host, port) = rest.rsplit_once(':').ok_or(EntryError::Shape)?;
    let host = host.strip_suffix(']').unwrap_or(host);
    let host_char = |c: char| c.is_ascii_alphanumeric() || "-%._:".contains(c);
    let digits = port.strip_prefix('-').unwrap_or(port);
    let is_port = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_port || !host.chars().all(host_char) {
        return Err(EntryError::Shape);
    }
    if name.trim().is_empty() {
        return Err(EntryError::NoName);
    }
    Ok(Entry {
        text: text.to_owned(),
        name: ListenerName::normalised(name),
        host: (!host.is_empty()).then(|| host.to_owned()),
        port: port.parse().map_err(|_| EntryError::Port(port.to_owned()))?,
    })
}

/// The entries of a comma list, trimmed; empty ones are kept for the caller to judge.
pub(super) fn split(text: &str) -> Vec<&str> {
    let text = text.trim();
    if text.is_empty() { Vec::new() } else { text.split(',').map(str::trim).collect() }
}

/// Why an entry of the protocol map cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MapError {
    /// There is no colon in it.
    NoColon(String),
    /// The name before the colon is empty.
    NoName(String),
    /// The protocol is none of Kafka's four.
    Protocol(String),
}

/// Reads `NAME:PROTOCOL,...`. Each entry is split at its last colon, the last of equal names
/// wins, empty entries are dropped. The readable entries, and what is wrong with the others.
pub(super) fn read_protocol_map(
    text: &str,
) -> (BTreeMap<ListenerName, SecurityProtocol>, Vec<MapError>) {
    let mut map = BTreeMap::new();
    let mut errors = Vec::new();
    for entry in split(text).into_iter().filter(|entry| !entry.is_empty()) {
        let Some((name, protocol)) = entry.rsplit_once(':') else {
            errors.push(MapError::NoColon(entry.to_owned()));
            continue;
        };
        if name.trim().is_empty() {
            errors.push(MapError::NoName(entry.to_owned()));
            continue;
        }
        match SecurityProtocol::named(protocol.trim()) {
            Some(protocol) => {
                map.insert(ListenerName::normalised(name.trim()), protocol);
            }
            None => errors.push(MapError::Protocol(protocol.trim().to_owned())),
        }
    }
    (map, errors)
}

/// The readable entries of a protocol map.
#[must_use]
pub fn parse_protocol_map(text: &str) -> BTreeMap<ListenerName, SecurityProtocol> {
    read_protocol_map(text).0
}
