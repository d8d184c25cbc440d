//! The whole verdict: everybody's way, and the mistakes that keep out somebody who is meant to
//! get in. That a machine or a container cannot connect is no mistake as long as nothing in the
//! file asks for it.

use super::brokers;
use super::dial::Unknown;
use super::fault::{Fault, FaultKind};
use super::journey::{Journey, from_door, journey};
use super::model::{Address, Published, Standpoint, THIS_MACHINE, World};
use crate::listener::ListenerName;
use crate::listener::table::is_loopback;

/// Whether somebody gets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It works.
    Yes,
    /// It does not.
    No,
    /// It depends on what was not read: a resolver, a route.
    Depends,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Yes => "yes",
            Verdict::No => "no",
            Verdict::Depends => "depends",
        }
    }
}

/// Somebody's way through the world.
#[derive(Debug, Clone)]
pub struct Row {
    /// Who.
    pub who: String,
    /// The address that it is given.
    pub bootstrap: String,
    /// The listener that it comes in on.
    pub listener: Option<ListenerName>,
    /// Where it is sent.
    pub told: Vec<String>,
    /// Whether it gets through.
    pub verdict: Verdict,
    /// Why not, or on what it depends.
    pub reason: String,
    /// Whether somebody means it to get through.
    pub is_expected: bool,
    /// The number of the mistake that keeps it out.
    pub id: Option<&'static str>,
}

/// Everybody's way, and the mistakes.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// The ways.
    pub rows: Vec<Row>,
    /// What keeps out somebody who is meant to get in.
    pub faults: Vec<Fault>,
}

/// Judges a world.
#[must_use]
pub fn judge(world: &World) -> Judgement {
    let mut judge = Judge { world, rows: Vec::new(), faults: Vec::new() };
    for (index, broker) in world.brokers.iter().enumerate() {
        if broker.listeners.is_err() {
            judge.fault(Fault::of_broker(FaultKind::DoesNotStart, Standpoint::Machine, index), "");
        }
    }
    let mut clusters: Vec<usize> = world.brokers.iter().map(|broker| broker.cluster).collect();
    clusters.sort_unstable();
    clusters.dedup();
    for cluster in &clusters {
        judge.machine(*cluster);
    }
    for client in 0..world.clients.len() {
        judge.client(client);
    }
    for cluster in &clusters {
        judge.imagined(*cluster);
        judge.elsewhere(*cluster);
    }
    for fault in brokers::among_themselves(world) {
        judge.fault(fault, "");
    }
    Judgement { rows: judge.rows, faults: judge.faults }
}

struct Judge<'a> {
    world: &'a World,
    rows: Vec<Row>,
    faults: Vec<Fault>,
}

/// An address that leads in from outside.
struct Way {
    address: Option<Address>,
    shown: String,
    broker: usize,
    door: usize,
    is_open: bool,
}

impl Judge<'_> {
    /// Adds a mistake, or another one whom it keeps out.
    fn fault(&mut self, fault: Fault, who: &str) {
        let is_same = |it: &&mut Fault| {
            it.kind == fault.kind
                && it.broker == fault.broker
                && it.door == fault.door
                && it.told == fault.told
                && (it.door.is_some() || it.bootstrap == fault.bootstrap)
        };
        let who = (!who.is_empty()).then(|| who.to_owned());
        if let Some(same) = self.faults.iter_mut().find(is_same) {
            same.who.extend(who.filter(|who| !same.who.contains(who)));
            return;
        }
        let mut fault = fault;
        fault.who.extend(who);
        self.faults.push(fault);
    }

    fn row(&mut self, who: &str, shown: &str, journey: &Journey, is_expected: bool) {
        let world = self.world;
        let listener =
            journey.entry.map(|(broker, door)| world.brokers[broker].doors()[door].name.clone());
        let (verdict, reason) = match (&journey.fault, &journey.unknown) {
            (Some(fault), _) => (Verdict::No, fault.reason(world)),
            (None, Some((address, unknown))) => {
                (Verdict::Depends, condition(world, journey.from, address, unknown))
            }
            (None, None) => (Verdict::Yes, String::new()),
        };
        let row = Row {
            who: who.to_owned(),
            bootstrap: shown.to_owned(),
            listener,
            told: journey.told.iter().map(ToString::to_string).collect(),
            verdict,
            reason,
            is_expected,
            id: journey.fault.as_ref().map(Fault::id),
        };
        // Several ways to the same end are one row.
        let is_same = |last: &&mut Row| {
            let key = |it: &Row| (it.who.clone(), it.listener.clone(), it.told.clone());
            key(last) == key(&row) && last.reason == row.reason && !row.told.is_empty()
        };
        match self.rows.last_mut().filter(is_same) {
            Some(last) => last.bootstrap = format!("{},{}", last.bootstrap, row.bootstrap),
            None => self.rows.push(row),
        }
    }

    /// Programs on the machine: through published ports, or straight to a broker that uses the
    /// machine's network.
    fn machine(&mut self, cluster: usize) {
        let ways = ways(self.world, cluster);
        let here = self.world.name(Standpoint::Machine);
        let journeys: Vec<Journey> =
            ways.iter().map(|way| self.way_in(Standpoint::Machine, way)).collect();
        let gets_in = journeys.iter().any(|journey| journey.fault.is_none());
        for (way, journey) in ways.iter().zip(&journeys) {
            let is_meant = !gets_in || journey.fault.is_none();
            self.row(&here, &way.shown, journey, is_meant);
        }
        self.refused(cluster, &here);
        if gets_in {
            return;
        }
        let starts = |it: &super::model::Broker| it.cluster == cluster && it.listeners.is_ok();
        if !self.world.brokers.iter().any(starts) {
            return;
        }
        // Of several doors that do not work, the one that tells localhost is meant for here.
        let is_local = |it: &&Journey| it.told.first().is_some_and(|told| is_loopback(&told.host));
        let chosen = journeys.iter().find(is_local).or_else(|| journeys.first());
        if let Some(fault) = chosen.and_then(|journey| journey.fault.clone()) {
            self.fault(fault, &here);
        } else if !self.serves_a_client(cluster)
            && let Some(fault) = brokers::not_published(self.world, cluster)
        {
            let shown = fault.bootstrap.as_ref().map_or_else(String::new, ToString::to_string);
            let journey = Journey {
                from: Standpoint::Machine,
                bootstrap: fault.bootstrap.clone(),
                entry: None,
                told: Vec::new(),
                fault: Some(fault.clone()),
                unknown: None,
            };
            self.row(&here, &shown, &journey, true);
            self.fault(fault, &here);
        }
    }

    /// Whether one of the clients that were read gets through: the cluster is of use to somebody.
    fn serves_a_client(&self, cluster: usize) -> bool {
        let world = self.world;
        world.clients.iter().any(|client| {
            let from = Standpoint::At(client.place);
            client.addresses.iter().any(|address| {
                let journey = journey(world, from, address, client.security);
                let own = journey.entry.map(|(broker, _)| world.brokers[broker].cluster);
                journey.works() && own == Some(cluster)
            })
        })
    }

    /// The ports of brokers that do not start lead nowhere.
    fn refused(&mut self, cluster: usize, here: &str) {
        let world = self.world;
        for (index, broker) in world.brokers.iter().enumerate() {
            if broker.cluster != cluster || broker.listeners.is_ok() {
                continue;
            }
            let fault = Fault::of_broker(FaultKind::DoesNotStart, Standpoint::Machine, index);
            let published = broker.place.map(|place| world.places[place].published.as_slice());
            let first = published.and_then(|list| list.iter().find_map(|it| it.host_port));
            let shown = match (first, broker.place) {
                (Some(port), _) => format!("localhost:{port}"),
                (None, None) => "localhost".to_owned(),
                (None, Some(_)) => broker.name.clone(),
            };
            let journey = Journey {
                from: Standpoint::Machine,
                bootstrap: None,
                entry: None,
                told: Vec::new(),
                fault: Some(fault),
                unknown: None,
            };
            self.row(here, &shown, &journey, true);
        }
    }

    fn way_in(&self, from: Standpoint, way: &Way) -> Journey {
        match &way.address {
            Some(address) => journey(self.world, from, address, None),
            None => from_door(self.world, from, way.broker, way.door),
        }
    }

    /// A program in a container that says where it bootstraps from.
    fn client(&mut self, index: usize) {
        let world = self.world;
        let client = &world.clients[index];
        let from = Standpoint::At(client.place);
        let name = world.name(from);
        let tried: Vec<Journey> = client
            .addresses
            .iter()
            .map(|address| journey(world, from, address, client.security))
            .collect();
        if tried.is_empty() {
            self.waiting(index);
            return;
        }
        let shown: Vec<String> = client.addresses.iter().map(ToString::to_string).collect();
        let best = tried
            .iter()
            .find(|journey| journey.works())
            .or_else(|| tried.iter().find(|journey| journey.fault.is_none()))
            .or_else(|| tried.iter().find(|journey| journey.entry.is_some()))
            .unwrap_or(&tried[0]);
        self.row(&name, &shown.join(","), best, true);
        if let Some(mut fault) = best.fault.clone() {
            if fault.kind == FaultKind::DoesNotStart {
                return;
            }
            fault.client = Some(index);
            self.fault(fault, &name);
        }
    }

    /// A program that waits for a broker and does not say how it connects: any door will do.
    fn waiting(&mut self, index: usize) {
        let world = self.world;
        let client = &world.clients[index];
        let Some(broker) = client.waits_for else { return };
        let from = Standpoint::At(client.place);
        let Some((shown, best)) = best_door(world, from, broker) else { return };
        let name = world.name(from);
        self.row(&name, &shown, &best, true);
        if let Some(mut fault) = best.fault {
            fault.client = Some(index);
            self.fault(fault, &name);
        }
    }

    /// Containers that were not read.
    fn imagined(&mut self, cluster: usize) {
        let world = self.world;
        let first = world.brokers.iter().position(|it| it.cluster == cluster);
        let Some(broker) = first.filter(|it| world.brokers[*it].listeners.is_ok()) else { return };
        for (index, place) in world.places.iter().enumerate().filter(|(_, it)| it.is_imagined) {
            let from = Standpoint::At(index);
            if let Some((shown, best)) = best_door(world, from, broker) {
                self.row(&place.name, &shown, &best, false);
            }
        }
    }

    fn elsewhere(&mut self, cluster: usize) {
        if self.world.outside.is_some() {
            return;
        }
        let ways = ways(self.world, cluster);
        let tried: Vec<(String, Journey)> = ways
            .iter()
            .filter(|way| way.is_open)
            .map(|way| {
                let port = way.address.as_ref().map(|address| address.port);
                let shown = match (port, &way.address) {
                    (_, Some(address)) if !is_loopback(&address.host) => address.to_string(),
                    (Some(port), _) => format!("{THIS_MACHINE}:{port}"),
                    (None, _) => format!("{THIS_MACHINE}:?"),
                };
                (shown, from_door(self.world, Standpoint::Elsewhere, way.broker, way.door))
            })
            .collect();
        let best = tried
            .iter()
            .find(|(_, journey)| journey.works())
            .or_else(|| tried.iter().find(|(_, journey)| journey.fault.is_none()))
            .or_else(|| tried.first());
        if let Some((shown, journey)) = best {
            self.row("another machine", shown, journey, false);
        }
    }
}

/// The ways from the machine to the doors of a cluster.
fn ways(world: &World, cluster: usize) -> Vec<Way> {
    let mut ways = Vec::new();
    for (index, broker) in world.brokers.iter().enumerate() {
        if broker.cluster != cluster {
            continue;
        }
        let home = broker.place.map_or(Standpoint::Machine, |place| world.namespace(place));
        for (door, listener) in broker.doors().iter().enumerate() {
            let port = listener.bind.port;
            match home {
                Standpoint::At(place) => {
                    let is_it = |it: &&Published| it.container_port == port;
                    let published = world.places[place].published.iter().filter(is_it);
                    ways.extend(published.map(|it| through(it, index, door)));
                }
                _ => {
                    let own = broker.hostname.clone();
                    let host = match listener.bind.host.as_deref() {
                        None | Some("0.0.0.0" | "::") => "localhost".to_owned(),
                        Some(host) if is_loopback(host) => host.to_owned(),
                        Some(_) => own,
                    };
                    let is_open = !listener.bind.host.as_deref().is_some_and(is_loopback);
                    let address = Address::new(host, port);
                    let shown = address.to_string();
                    let address = Some(address);
                    ways.push(Way { address, shown, broker: index, door, is_open });
                }
            }
        }
    }
    ways
}

fn through(published: &Published, broker: usize, door: usize) -> Way {
    let host = match published.host_ip.as_deref() {
        Some(ip) if !is_loopback(ip) && ip != "0.0.0.0" && ip != "::" => THIS_MACHINE,
        _ => "localhost",
    };
    let named = published.host_ip.as_deref().filter(|ip| ip.starts_with('<')).unwrap_or(host);
    let address = published.host_port.map(|port| Address::new(named, port));
    let port = published.host_port.map_or_else(|| "(any)".to_owned(), |port| port.to_string());
    let shown = format!("{named}:{port}");
    Way { address, shown, broker, door, is_open: published.is_open() }
}

/// The way of a container through the door that suits it best.
fn best_door(world: &World, from: Standpoint, broker: usize) -> Option<(String, Journey)> {
    let Standpoint::At(place) = from else { return None };
    let home = world.brokers[broker].place?;
    let name = world.known_as(place, home)?;
    let tried: Vec<(String, Journey)> = world.brokers[broker]
        .doors()
        .iter()
        .map(|door| {
            let inner = door.bind.port;
            let outer = name.ports.iter().find(|(_, it)| *it == inner).map_or(inner, |it| it.0);
            let address = Address::new(name.text.as_str(), outer);
            (address.to_string(), journey(world, from, &address, None))
        })
        .collect();
    let best = tried
        .iter()
        .position(|(_, journey)| journey.works())
        .or_else(|| tried.iter().position(|(_, journey)| journey.fault.is_none()))
        .or_else(|| tried.iter().position(|(_, journey)| journey.entry.is_some()))
        .unwrap_or(0);
    tried.into_iter().nth(best)
}

/// The address at which a container gets through to a broker, if there is one.
pub(super) fn door_for(world: &World, from: Standpoint, broker: usize) -> Option<Address> {
    let (shown, journey) = best_door(world, from, broker)?;
    journey.fault.is_none().then(|| Address::parse(&shown))?
}

/// On what it depends, in half a line.
fn condition(world: &World, from: Standpoint, address: &Address, unknown: &Unknown) -> String {
    let who = match from {
        Standpoint::Elsewhere => "that machine".to_owned(),
        from => world.name(from),
    };
    match unknown {
        Unknown::Name => format!("if {who} resolves {} to the broker", address.host),
        Unknown::Route => format!("if {} is the broker's machine, seen from {who}", address.host),
        Unknown::Program { place } => {
            format!(
                "{} is no broker; what it does with Kafka is not in here",
                world.places[*place].name
            )
        }
        Unknown::Machine => {
            format!("if a broker on this machine listens on the port {}", address.port)
        }
        Unknown::MachineName => format!(
            "with Docker Desktop; Linux needs extra_hosts \"{}:host-gateway\"",
            address.host
        ),
    }
}
