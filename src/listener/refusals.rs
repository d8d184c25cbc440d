//! What is said about a listener that is refused, and the usual ways to get it right.

use super::parse::{Entry, EntryError, MapError, parse_entry};
use super::problem::{Fix, Problem};
use super::types::SecurityProtocol;
use super::validate::{LISTENERS, MAP};

pub(super) const ENTRY_SHAPE: &str = "NAME://HOST:PORT, HOST may be empty (every interface), a name, an IPv4 \
                           address or an IPv6 address in brackets; PORT 0 to 65535";

/// The beginning that Kafka gives to all texts about a list it cannot read.
pub(super) fn creating(parts: &[&str]) -> String {
    format!("Error creating broker listeners from '[{}]'", parts.join(", "))
}

pub(super) fn map_problem(text: &str, error: &MapError) -> Problem {
    let protocols = SecurityProtocol::ALL.map(SecurityProtocol::name).join(", ");
    let allowed = format!("NAME:PROTOCOL, with PROTOCOL one of {protocols}");
    let (reason, advice) = match error {
        MapError::NoColon(entry) => (
            format!("Error parsing configuration property '{MAP}': no colon in {entry}"),
            format!("Write {entry}:PLAINTEXT instead of {entry}."),
        ),
        MapError::NoName(entry) => (
            "The provided listener name is null or empty string".to_owned(),
            format!("Put a listener name before the colon of {entry}."),
        ),
        MapError::Protocol(protocol) => (
            format!("Invalid security protocol `{protocol}` defined in {MAP}"),
            "For a listener without encryption and login, write PLAINTEXT.".to_owned(),
        ),
    };
    Problem::new(MAP, text, reason).allowed(allowed).fix(Fix::advice(advice))
}

pub(super) fn entry_problem(
    setting: &str,
    parts: &[&str],
    part: &str,
    error: &EntryError,
) -> Problem {
    let (cause, fix) = match error {
        EntryError::Shape => (
            format!("Unable to parse {part} to a broker endpoint"),
            shape_fix(setting, parts, part),
        ),
        EntryError::NoName => (
            "The provided listener name is null or empty string".to_owned(),
            Fix::advice("Put a name before ://").and_set(setting, format!("PLAINTEXT{part}")),
        ),
        EntryError::Port(digits) => (
            format!("For input string: \"{digits}\""),
            Fix::advice("Write a port from 0 (any free port) to 65535."),
        ),
    };
    let reason = format!("{}: {cause}", creating(parts));
    Problem::new(setting, &parts.join(","), reason).allowed(ENTRY_SHAPE).fix(fix)
}

/// The usual ways to get the shape wrong.
fn shape_fix(setting: &str, parts: &[&str], part: &str) -> Fix {
    let replaced = |with: &str| {
        let all: Vec<&str> = parts.iter().map(|it| if *it == part { with } else { it }).collect();
        all.join(",")
    };
    let before_comment = part.split_once(" #").map(|(value, _)| value.trim_end());
    let advice = |text: &str| Fix::advice(text);
    if let Some(value) = before_comment.filter(|value| parse_entry(value).is_ok()) {
        return advice(
            "A comment must stand on a line of its own; here it became part of the value:",
        )
        .and_set(setting, replaced(value));
    }
    let unquoted = part.trim_matches(['"', '\'']);
    if unquoted != part && parse_entry(unquoted).is_ok() {
        return advice("Without the quotes:").and_set(setting, replaced(unquoted));
    }
    let scheme = if part.contains("://") { part.to_owned() } else { format!("PLAINTEXT://{part}") };
    if scheme != part && parse_entry(&scheme).is_ok() {
        return advice("Put the listener's name in front:").and_set(setting, replaced(&scheme));
    }
    let with_port = format!("{}:9092", scheme.trim_end_matches('/'));
    if parse_entry(&with_port).is_ok() {
        return advice("Add the port:").and_set(setting, replaced(&with_port));
    }
    let short = scheme.trim_end_matches(|c: char| !c.is_ascii_digit());
    if parse_entry(short).is_ok() {
        return advice("Nothing may follow the port:").and_set(setting, replaced(short));
    }
    advice("Write each listener as NAME://HOST:PORT, for instance PLAINTEXT://localhost:9092.")
}

pub(super) fn unsupported(parts: &[&str], entry: &Entry, protocol: SecurityProtocol) -> Problem {
    let reason = format!(
        "Listener {} has the security protocol {protocol}; this version of klamm serves PLAINTEXT \
         only, and does not serve {protocol} in plain text in its stead.",
        entry.name
    );
    let fix = Fix::advice(format!(
        "Take {} out of {LISTENERS}, or map it to PLAINTEXT in {MAP} and set \
         security.protocol=PLAINTEXT in its clients.",
        entry.name
    ));
    Problem::new(LISTENERS, &parts.join(","), reason).allowed("PLAINTEXT").fix(fix)
}
