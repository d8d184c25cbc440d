//! Clients and findings, as the console's first page shows them.

use super::exposition::{Exposition, Kind};
use crate::listener::CATALOGUE;
use crate::listener::seen::{ClientReport, ClientState, RaisedReport, Report};

const STATES: [(ClientState, &str); 5] = [
    (ClientState::Silent, "silent"),
    (ClientState::Stranger, "stranger"),
    (ClientState::Asked, "asked"),
    (ClientState::Lost, "lost"),
    (ClientState::Works, "works"),
];

pub(super) fn write(page: &mut Exposition, report: &Report) {
    let mut family = page.family(
        "klamm_listener_connections",
        Kind::Gauge,
        "Open connections of the clients seen last.",
    );
    for listener in &report.listeners {
        family.sample(&[("listener", &listener.name)], listener.connections_open);
    }
    let mut family = page.family(
        "klamm_listener_clients",
        Kind::Gauge,
        "The clients seen last, by how far they got.",
    );
    for listener in &report.listeners {
        for (state, name) in STATES {
            let is_counted =
                |client: &&ClientReport| client.listener == listener.name && client.state == state;
            let clients = report.clients.iter().filter(is_counted).count();
            family.sample(&[("listener", &listener.name), ("state", name)], clients);
        }
    }
    let mut family = page.family(
        "klamm_listener_findings",
        Kind::Gauge,
        "What clients run into, by its number in the catalogue.",
    );
    for mistake in CATALOGUE {
        let stands =
            |it: &&RaisedReport| it.finding.id == mistake.id && it.withdrawn_at_ms.is_none();
        family.sample(&[("id", mistake.id)], report.findings.iter().filter(stands).count());
    }
}
