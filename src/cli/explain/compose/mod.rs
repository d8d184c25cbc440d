//! A compose file: services, images, networks and ports, as a world to judge.

mod clients;
mod edit;
mod extra;
mod images;
mod interpolate;
mod ports;
mod project;
mod redpanda;
mod refuse;
mod service;

use std::collections::{BTreeMap, BTreeSet};

use self::clients::Bootstrap;
pub(super) use self::clients::addresses_in;
pub(super) use self::extra::too_many_copies;
pub(super) use self::images::{BrokerSettings, Dialect};
use self::project::Project;
pub(super) use self::refuse::refusals;
use self::service::{Block, Service};
use super::reading::{Diagnosis, Reading};
use super::text::{Change, Place as At, Sources};
use crate::listener::reach::{self, Broker, Edit, Name, Place, World};
use crate::listener::{ListenerName, ListenerSettings, Listeners, Problem};

/// A compose file, read, with what is needed to change it.
pub(super) struct Compose {
    world: World,
    notes: Vec<String>,
    extra: Vec<Diagnosis>,
    services: Vec<Service>,
    blocks: Vec<Option<Block>>,
    brokers: Vec<OwnBroker>,
    clients: Vec<Option<Bootstrap>>,
    commands: Vec<Vec<(At, String)>>,
}

/// A broker with the service that runs it.
struct OwnBroker {
    service: usize,
    settings: BrokerSettings,
}

/// Reads a compose file that is in the sources.
pub(super) fn read(
    sources: &mut Sources,
    file: usize,
    environment: &BTreeMap<String, String>,
) -> Result<Compose, String> {
    let mut project = Project::read(sources, file, environment)?;
    let services = std::mem::take(&mut project.services);
    let mut compose = Compose {
        world: World::default(),
        notes: Vec::new(),
        extra: Vec::new(),
        blocks: services.iter().map(|service| service.block(&project)).collect(),
        commands: services.iter().map(|it| it.words("command", &mut project)).collect(),
        services,
        brokers: Vec::new(),
        clients: Vec::new(),
    };
    compose.places(&mut project);
    compose.find_brokers(&mut project);
    compose.find_clients(&mut project);
    compose.strangers();
    compose.extra = extra::find(&compose, &mut project);
    compose.notes.extend(extra::half_kept(&compose, &mut project));
    for name in &project.unset {
        compose.notes.push(format!("the variable {name} is not set; it is taken to be empty"));
    }
    compose.notes.extend(project.missing.iter().map(|it| format!("cannot be read: {it}")));
    Ok(compose)
}

impl Compose {
    fn places(&mut self, project: &mut Project) {
        let index: BTreeMap<String, usize> =
            self.services.iter().enumerate().map(|(at, it)| (it.name.clone(), at)).collect();
        for service in &self.services {
            let mut place = Place { name: service.name.clone(), ..Place::default() };
            place.published = service.ports.iter().map(|port| port.published.clone()).collect();
            let mode = service.text("network_mode", project).unwrap_or_default();
            place.shares_machine = mode == "host";
            place.inside = mode.strip_prefix("service:").and_then(|name| index.get(name)).copied();
            let joined = match mode.is_empty() {
                true => networks(service, project),
                false => BTreeMap::new(),
            };
            place.has_strangers =
                joined.keys().any(|name| project.external_networks.contains(name));
            for (network, aliases) in joined {
                let own = [
                    Some(service.name.clone()),
                    service.text("container_name", project),
                    service.text("hostname", project),
                    Some(id_of(&service.name)),
                ];
                for text in own.into_iter().flatten().chain(aliases) {
                    place.names.push(Name { text, network: network.clone(), ports: Vec::new() });
                }
                place.networks.insert(network);
            }
            let hosts = service.pairs("extra_hosts", project);
            place.hosts = service::plain_pairs(hosts);
            for (link, _) in service.pairs("links", project) {
                if let Some((name, alias)) = link.split_once(':') {
                    place.hosts.insert(alias.to_owned(), name.to_owned());
                }
            }
            self.world.places.push(place);
        }
    }

    fn find_brokers(&mut self, project: &mut Project) {
        for index in 0..self.services.len() {
            let Some((dialect, tag)) = images::broker_of(&self.services[index], project) else {
                continue;
            };
            let service = &self.services[index];
            let words: Vec<String> =
                self.commands[index].iter().map(|(_, text)| text.clone()).collect();
            let environment: Vec<(String, String)> = service
                .environment
                .iter()
                .map(|variable| (variable.name.clone(), variable.value.clone()))
                .collect();
            let settings = match dialect {
                Dialect::Redpanda => redpanda::settings(&words),
                _ => BrokerSettings::of_environment(dialect, &environment, &words),
            };
            if !settings.is_broker() {
                continue;
            }
            let published = service.ports.iter().find_map(|port| {
                let is_kafka = (9090..=9099).contains(&port.published.container_port);
                port.published.host_port.filter(|_| is_kafka)
            });
            let mut problems = refusals(&settings, &tag, &environment, &service.name, published);
            let own = settings.listener_settings();
            if problems.is_empty() {
                problems = refuse::of_kafka(&own);
            }
            let hostname = match self.world.places[index].shares_machine {
                true => reach::THIS_MACHINE.to_owned(),
                false => service.text("hostname", project).unwrap_or_else(|| id_of(&service.name)),
            };
            let cluster = self.cluster(&settings, index);
            self.world.brokers.push(Broker {
                place: Some(index),
                name: service.name.clone(),
                cluster,
                hostname,
                listeners: listeners(&own, problems, dialect),
                settings: own,
            });
            self.brokers.push(OwnBroker { service: index, settings });
        }
    }

    /// Brokers of one ZooKeeper, of one quorum, or with the same seed are one cluster.
    fn cluster(&self, settings: &BrokerSettings, own: usize) -> usize {
        let key = |settings: &BrokerSettings| {
            let names = ["zookeeper.connect", "controller.quorum.voters"];
            let also = ["controller.quorum.bootstrap.servers"];
            let found = names.iter().chain(&also).find_map(|name| settings.get(name));
            let is_alone = |text: &str| text.contains("@localhost") || text.contains("@127.0.0.1");
            found.filter(|text| !is_alone(text)).map(sorted)
        };
        let wanted = key(settings);
        let same =
            self.brokers.iter().position(|it| wanted.is_some() && key(&it.settings) == wanted);
        let both_redpanda = self.brokers.iter().position(|it| {
            it.settings.dialect == Dialect::Redpanda && settings.dialect == Dialect::Redpanda
        });
        let same = same.or(both_redpanda);
        same.map_or(own, |broker| self.world.brokers[broker].cluster)
    }

    fn find_clients(&mut self, project: &mut Project) {
        for index in 0..self.services.len() {
            if self.brokers.iter().any(|broker| broker.service == index) {
                continue;
            }
            let service = &self.services[index];
            let found = clients::bootstraps(service, project);
            let waits_for =
                service.pairs("depends_on", project).into_iter().find_map(|(name, _)| {
                    let is_it = |it: &OwnBroker| self.services[it.service].name == name;
                    self.brokers.iter().position(is_it)
                });
            let is_silent = found.is_empty();
            for bootstrap in found {
                self.world.clients.push(reach::Client {
                    place: index,
                    written: bootstrap.written.clone(),
                    addresses: bootstrap.addresses.clone(),
                    waits_for: None,
                    security: bootstrap.security.as_ref().map(|(protocol, ..)| *protocol),
                });
                self.clients.push(Some(bootstrap));
            }
            if is_silent && waits_for.is_some() {
                self.world.clients.push(reach::Client {
                    place: index,
                    written: "depends_on".to_owned(),
                    addresses: Vec::new(),
                    waits_for,
                    security: None,
                });
                self.clients.push(None);
            }
        }
    }

    /// A container that is not in the file, for every network of a broker.
    fn strangers(&mut self) {
        let mut networks: BTreeSet<String> = BTreeSet::new();
        for broker in &self.world.brokers {
            if let Some(place) = broker.place {
                networks.extend(self.world.places[place].networks.iter().cloned());
            }
        }
        let is_one = networks.len() == 1;
        for network in networks {
            let name = match is_one {
                true => "another container".to_owned(),
                false => format!("another container in {network}"),
            };
            self.world.places.push(Place {
                name,
                networks: BTreeSet::from([network]),
                has_strangers: true,
                is_imagined: true,
                ..Place::default()
            });
        }
    }
}

impl Reading for Compose {
    fn parts(&self) -> (&World, &[String], &[Diagnosis]) {
        (&self.world, &self.notes, &self.extra)
    }

    fn spelt(&self, broker: usize, setting: &str, value: &str) -> String {
        let settings = &self.brokers[broker].settings;
        if setting == edit::HEALTH_CHECK {
            return format!("test: {value}");
        }
        match (settings.dialect, redpanda::flag(setting)) {
            (Dialect::Redpanda, Some(flag)) => format!("{flag} {value}"),
            (Dialect::Redpanda, None) => String::new(),
            _ => {
                let own = settings.variables.get(setting).cloned();
                let name = own.unwrap_or_else(|| settings.dialect.variable(setting));
                format!("{name}: {value}")
            }
        }
    }

    fn changes(&self, sources: &Sources, edits: &[Edit]) -> Option<Vec<Change>> {
        edit::changes(self, sources, edits)
    }

    fn summary(&self) -> String {
        let services = self.services.len();
        let brokers = self.brokers.len();
        let plural = |count: usize, noun: &str| match count {
            1 => format!("1 {noun}"),
            count => format!("{count} {noun}s"),
        };
        format!("compose file, {}, {}", plural(services, "service"), plural(brokers, "broker"))
    }
}

/// What the broker's settings make; Redpanda's nodes find one another by other means.
fn listeners(
    settings: &ListenerSettings,
    problems: Vec<Problem>,
    dialect: Dialect,
) -> Result<Listeners, Vec<Problem>> {
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut listeners = settings.listeners()?;
    if dialect == Dialect::Redpanda {
        listeners.inter_broker = ListenerName::normalised("RPC");
    }
    Ok(listeners)
}

/// What a container is called that nobody gave a host name: its id, which only itself knows.
fn id_of(service: &str) -> String {
    format!("<id of {service}>")
}

fn sorted(list: &str) -> String {
    let mut parts: Vec<&str> = list.split(',').map(str::trim).collect();
    parts.sort_unstable();
    parts.join(",")
}

/// The networks of a service with the names that it has there besides its own.
fn networks(service: &Service, project: &mut Project) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for layer in &service.layers {
        let Some(node) = layer.node.get("networks") else { continue };
        for item in node.items() {
            found.extend(item.text().map(|name| (name.to_owned(), Vec::new())));
        }
        for (name, network) in node.entries() {
            let Some(name) = name.text() else { continue };
            let aliases = network.get("aliases").map_or(&[][..], |it| it.items());
            let mut names: Vec<String> = aliases
                .iter()
                .filter_map(|alias| alias.text())
                .map(|alias| project.replaced(alias))
                .collect();
            for key in ["ipv4_address", "ipv6_address"] {
                names.extend(network.text_at(&[key]).map(|address| project.replaced(address)));
            }
            found.insert(name.to_owned(), names);
        }
    }
    if found.is_empty() {
        found.insert("default".to_owned(), Vec::new());
    }
    found
}
