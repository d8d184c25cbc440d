//! What clients elsewhere make of the addresses that are told, reasoned from names alone.

use super::super::Fix;
use super::super::types::Endpoint;
use super::facts::{Place, Survey, Told};
use super::judge::{Diagnosis, Draft, Look, Stage};
use super::names::{Kind, is_random_port, kind};

/// How a place sees one broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Where the client stands.
    pub place: Place,
    /// The broker.
    pub node: i32,
    /// Where the client is sent.
    pub endpoint: Endpoint,
    /// The catalogue's number if it cannot get there.
    pub id: Option<&'static str>,
    /// What happens, or under which condition it works.
    pub what: &'static str,
}

/// What each place makes of each address that is told.
#[must_use]
pub fn views(survey: &Survey, places: &[Place]) -> Vec<View> {
    let one = |place: Place, told: &Told| {
        let endpoint = told.door.endpoint.clone();
        let (id, what) = view(place, told.door.host(), endpoint.port);
        View { place, node: told.node, endpoint, id, what }
    };
    places.iter().flat_map(|place| survey.told.iter().map(|told| one(*place, told))).collect()
}

fn view(place: Place, host: &str, port: u16) -> (Option<&'static str>, &'static str) {
    match (place, kind(host)) {
        (_, Kind::Wildcard) => (Some("L11"), "no address: it connects to itself"),
        (Place::Host, Kind::Loopback) => (None, "works if the port is published as it is told"),
        (Place::Container, Kind::Loopback) if is_random_port(port) => {
            (Some("L08"), CONTAINER_ITSELF)
        }
        (Place::Container, Kind::Loopback) => (Some("L03"), CONTAINER_ITSELF),
        (Place::OtherMachine, Kind::Loopback) => (Some("L18"), "localhost is that machine itself"),
        (Place::Container, Kind::ContainerId | Kind::Word) => {
            (None, "works on the broker's own Docker network")
        }
        (_, Kind::ContainerId) => (Some("L05"), "a container's id: the name is not known there"),
        (Place::Host, Kind::Word) => {
            (Some("L04"), "a name of the containers' network: not known there")
        }
        (Place::OtherMachine, Kind::Word) => (Some("L04"), "a name without a dot: not known there"),
        (_, Kind::Kubernetes) => (Some("L10"), "a name of Kubernetes: not known there"),
        (_, Kind::Cloud) => (Some("L09"), "a private name of the cloud: not known there"),
        (Place::OtherMachine, Kind::Private) => (None, "works inside that private network only"),
        (_, Kind::Private) => (None, "works with a route to that network"),
        (_, Kind::Public | Kind::Name) => {
            (None, "works where the name resolves and firewalls allow it")
        }
    }
}

const CONTAINER_ITSELF: &str = "localhost is the container itself";

/// A finding for each address that a place cannot use.
pub(super) fn findings(it: &Look<'_>, places: &[Place]) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    for view in views(it.survey, places) {
        let told = it.survey.told.iter().find(|told| told.node == view.node);
        let (Some(id), Some(told)) = (view.id, told) else { continue };
        let evidence = format!("for {} it is out of reach", view.place);
        let draft = Draft::new(id, evidence, cause(id), fix(it, told, view.place));
        found.push(it.diagnosis(told, Stage::Told, draft));
    }
    found
}

fn cause(id: &str) -> &'static str {
    match id {
        "L03" | "L08" | "L18" => {
            "localhost is whoever asks: a client there bootstraps, is told localhost, and looks \
             for the broker at home."
        }
        "L04" | "L05" => {
            "The name exists on the containers' network only: a client there bootstraps, and then \
             the name does not resolve."
        }
        "L11" => "It is no address: each client connects to itself.",
        _ => {
            "The name exists inside that network only: a client there bootstraps, and then it \
              does not resolve."
        }
    }
}

fn fix(it: &Look<'_>, told: &Told, place: Place) -> Fix {
    let (name, host) = match place {
        Place::Host => ("HOST", "localhost"),
        Place::Container => ("DOCKER", "kafka"),
        Place::OtherMachine => ("EXTERNAL", "broker.example.com"),
    };
    let advice = format!(
        "Add a listener for {place}, under a name that is known there (here: {host}), and let \
         clients bootstrap from it:"
    );
    it.add_listener(&advice, told, name, host)
}
