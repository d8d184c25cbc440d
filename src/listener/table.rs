//! The table that is shown at start: listener, bound to, advertised as, who can reach it.

use std::net::IpAddr;

use super::advertised::{Advertised, AdvertisedEndpoint};
use super::facts::Facts;
use super::types::{Endpoint, Listener, Listeners};
use crate::base::NodeId;

/// The lines of the table, the head first; the columns are aligned.
#[must_use]
pub fn table(
    listeners: &Listeners,
    bound: &[u16],
    advertised: &Advertised,
    facts: &Facts,
) -> Vec<String> {
    let head = ["LISTENER", "BOUND TO", "ADVERTISED AS", "WHO CAN REACH IT"].map(str::to_owned);
    let mut rows = vec![head];
    for (index, (listener, port)) in listeners.all.iter().zip(bound).enumerate() {
        let bind = Endpoint { host: Some(bind_host(&listener.bind)), port: *port };
        let told = advertised.endpoint(NodeId(0), index);
        rows.push([
            listener.name.to_string(),
            bind.to_string(),
            told.map_or_else(|| "-".to_owned(), ToString::to_string),
            reachable_by(listener, *port, told, facts),
        ]);
    }
    align(&rows)
}

fn bind_host(bind: &Endpoint) -> String {
    bind.host.clone().unwrap_or_else(|| "*".to_owned())
}

/// Who can reach what a listener's clients are told, in words.
pub(super) fn reachable_by(
    listener: &Listener,
    bound: u16,
    told: Option<&AdvertisedEndpoint>,
    facts: &Facts,
) -> String {
    let Some(told) = told else {
        return "nobody: it is not in advertised.listeners".to_owned();
    };
    let here = if facts.inside_container { "inside this container" } else { "on this machine" };
    if listener.bind.host.as_deref().is_some_and(is_loopback) {
        return format!("clients {here}");
    }
    if is_loopback(&told.host) {
        if facts.inside_container {
            return format!("clients on the host, with -p {}:{bound}", told.port);
        }
        return format!("clients {here}");
    }
    match told.host.parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() => "nobody: it is no address".to_owned(),
        Ok(address) => format!("machines with a route to {address}"),
        Err(_) => format!("machines that resolve {}", told.host),
    }
}

/// Whether a host means the machine that asks.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn align<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
