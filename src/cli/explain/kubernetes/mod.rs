//! Kubernetes manifests: pods, the services that lead to them, and Strimzi's `Kafka`.
//!
//! Pods are the places, the cluster's DNS is the one network, and what a NodePort or a load
//! balancer opens is published to those outside.

mod edit;
mod objects;
mod strimzi;
mod workload;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::objects::Object;
use self::workload::Workload;
use super::compose::{BrokerSettings, Dialect, addresses_in, refusals, too_many_copies};
use super::reading::{Diagnosis, Reading};
use super::text::{Change, Place as At, Sources};
use super::yaml;
use crate::listener::reach::{self, Broker, Edit, Name, Place, Published, World};
use crate::listener::{Finding, Fix, ListenerSettings};

/// The network that all pods are in.
const CLUSTER: &str = "cluster";

/// Manifests, read.
pub(super) struct Kubernetes {
    world: World,
    notes: Vec<String>,
    extra: Vec<Diagnosis>,
    brokers: Vec<OwnBroker>,
    /// Where each client's addresses are written.
    clients: Vec<At>,
    summary: String,
}

/// A broker with where its settings are written.
struct OwnBroker {
    settings: BrokerSettings,
    source: Written,
}

/// How a broker's settings are written.
enum Written {
    /// In the environment of a container.
    Environment(Rc<Workload>),
    /// In Strimzi's list of listeners.
    Strimzi(Vec<strimzi::Entry>),
}

/// Reads manifests that are in the sources.
pub(super) fn read(sources: &Sources, file: usize) -> Result<Kubernetes, String> {
    let documents = yaml::parse(sources.text(file)).map_err(|error| {
        format!("line {}, column {}: {}", error.line, error.column, error.reason)
    })?;
    let objects = objects::all(&documents);
    let mut it = Kubernetes {
        world: World { outside: Some("a client outside"), ..World::default() },
        notes: Vec::new(),
        extra: Vec::new(),
        brokers: Vec::new(),
        clients: Vec::new(),
        summary: String::new(),
    };
    let services: Vec<&Object> = objects.iter().filter(|it| it.kind == "Service").collect();
    let mut workloads = Vec::new();
    for object in &objects {
        if let Some(workload) = workload::read(object, &objects) {
            workloads.push(Rc::new(workload));
        }
    }
    for workload in &workloads {
        it.pods(workload, &services);
    }
    for object in objects.iter().filter(|it| it.kind == "Kafka") {
        it.strimzi(object, &objects);
    }
    for (index, broker) in it.brokers.iter().enumerate() {
        if matches!(broker.source, Written::Environment(_)) {
            it.extra.extend(too_many_copies(&it.world, index, &broker.settings));
        }
    }
    for workload in &workloads {
        it.client(workload);
    }
    it.world.places.push(Place {
        name: "another pod".to_owned(),
        networks: BTreeSet::from([CLUSTER.to_owned()]),
        has_strangers: true,
        is_imagined: true,
        ..Place::default()
    });
    let plural = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    it.summary = format!(
        "Kubernetes, {}, {}",
        plural(objects.len(), "object"),
        plural(it.brokers.len(), "broker")
    );
    if !it.world.brokers.is_empty() {
        it.notes.push(
            "kubectl port-forward carries one connection to one address: a client behind it works \
             only with a listener that is advertised as localhost and the forwarded port (L10)"
                .to_owned(),
        );
    }
    Ok(it)
}

impl Kubernetes {
    /// The pods of a workload, each a broker if its image is one.
    fn pods(&mut self, workload: &Rc<Workload>, services: &[&Object]) {
        let chosen: Vec<&&Object> =
            services.iter().filter(|service| workload.is_chosen_by(service)).collect();
        let dialect = workload.dialect();
        let pods = if dialect.is_some() {
            workload.pods()
        } else {
            workload.pods().into_iter().take(1).collect()
        };
        for pod in pods {
            let mut place = Place {
                name: if dialect.is_some() { pod.clone() } else { workload.name.clone() },
                networks: BTreeSet::from([CLUSTER.to_owned()]),
                shares_machine: false,
                ..Place::default()
            };
            for service in &chosen {
                place.names.extend(objects::names(service, &workload.ports));
                place.published.extend(published(service, &workload.ports));
            }
            place.names.extend(workload.pod_names(&pod));
            let index = self.world.places.len();
            self.world.places.push(place);
            if let Some((dialect, tag)) = &dialect {
                self.broker(workload, &pod, index, *dialect, tag);
                self.service_links(workload, *dialect, services);
            }
        }
    }

    fn broker(
        &mut self,
        workload: &Rc<Workload>,
        pod: &str,
        place: usize,
        dialect: Dialect,
        tag: &str,
    ) {
        let environment = workload.environment(pod);
        let settings = BrokerSettings::of_environment(dialect, &environment, &[]);
        if !settings.is_broker() {
            return;
        }
        let service = self.world.places[place].names.first();
        let service = service.map_or_else(|| pod.to_owned(), |name| name.text.clone());
        let own = settings.listener_settings();
        let mut problems = refusals(&settings, tag, &environment, &service, None);
        if problems.is_empty() {
            problems = own.listeners().err().unwrap_or_default();
        }
        let listeners = match problems.is_empty() {
            true => own.listeners(),
            false => Err(problems),
        };
        let hostname = match workload.kind.as_str() {
            "StatefulSet" | "Pod" => pod.to_owned(),
            _ => format!("<id of {}>", workload.name),
        };
        let cluster = self.cluster(&settings, place);
        self.world.brokers.push(Broker {
            place: Some(place),
            name: pod.to_owned(),
            cluster,
            hostname,
            settings: own,
            listeners,
        });
        self.brokers
            .push(OwnBroker { settings, source: Written::Environment(Rc::clone(workload)) });
    }

    fn cluster(&self, settings: &BrokerSettings, own: usize) -> usize {
        let key = |settings: &BrokerSettings| {
            let names = ["zookeeper.connect", "controller.quorum.voters"];
            let found = names.iter().find_map(|name| settings.get(name));
            found.filter(|text| !text.contains("@localhost")).map(str::to_owned)
        };
        let wanted = key(settings);
        let same =
            self.brokers.iter().position(|it| wanted.is_some() && key(&it.settings) == wanted);
        same.map_or(own, |broker| self.world.brokers[broker].cluster)
    }

    /// Kubernetes tells every pod of every service by variables: a service called kafka sets
    /// KAFKA_PORT, which Confluent's image refuses.
    fn service_links(&mut self, workload: &Rc<Workload>, dialect: Dialect, services: &[&Object]) {
        let is_called_kafka =
            |it: &&&Object| it.name == "kafka" && it.namespace == workload.namespace;
        let is_told = self.extra.iter().any(|it| it.finding.evidence.contains("KAFKA_PORT"));
        if dialect != Dialect::Confluent
            || workload.has_no_service_links
            || !services.iter().any(|it| is_called_kafka(&it))
            || is_told
            || self.brokers.is_empty()
        {
            return;
        }
        let broker = self.brokers.len().saturating_sub(1);
        let fix = Fix::advice("Do without those variables, or give the service another name:")
            .and_set(edit::SERVICE_LINKS, "false");
        self.extra.push(Diagnosis {
            edits: super::reading::set_edits(broker, &fix),
            finding: Finding {
                id: "L01",
                listener: None,
                evidence: format!(
                    "{} ends at once: the service kafka makes Kubernetes set KAFKA_PORT in every \
                     pod, and the image says \"port is deprecated. Please use \
                     KAFKA_ADVERTISED_LISTENERS instead.\"",
                    workload.name
                ),
                cause: "Nothing listens anywhere: every client is refused.".to_owned(),
                fix,
            },
        });
    }

    fn strimzi(&mut self, object: &Object, objects: &[Object]) {
        let read = strimzi::read(object, objects);
        let place = self.world.places.len();
        self.world.places.push(read.place);
        let settings = BrokerSettings {
            dialect: Dialect::Kafka,
            values: std::collections::BTreeMap::new(),
            variables: std::collections::BTreeMap::new(),
            has_own: true,
        };
        let own: ListenerSettings = read.settings;
        let listeners = match read.problems.is_empty() {
            true => own.listeners(),
            false => Err(read.problems),
        };
        self.world.brokers.push(Broker {
            place: Some(place),
            name: object.name.clone(),
            cluster: place,
            hostname: object.name.clone(),
            settings: own,
            listeners,
        });
        self.brokers.push(OwnBroker { settings, source: Written::Strimzi(read.entries) });
        self.notes.extend(read.notes);
    }

    /// A workload that says where it bootstraps from.
    fn client(&mut self, workload: &Rc<Workload>) {
        if workload.dialect().is_some() {
            return;
        }
        let Some(place) = self.world.places.iter().position(|it| it.name == workload.name) else {
            return;
        };
        for variable in &workload.variables {
            let addresses = addresses_in(&variable.name, &variable.value);
            if addresses.is_empty() {
                continue;
            }
            self.world.clients.push(reach::Client {
                place,
                written: variable.name.clone(),
                addresses,
                waits_for: None,
                security: None,
            });
            self.clients.push(variable.at.clone());
        }
    }
}

/// The ports that a service opens to those outside.
fn published(service: &Object, ports: &[(String, u16)]) -> Vec<Published> {
    let (host, is_node) = match service.service_type.as_str() {
        "NodePort" => ("<node>", true),
        "LoadBalancer" => ("<load balancer>", false),
        _ => return Vec::new(),
    };
    objects::service_ports(service, ports)
        .into_iter()
        .map(|port| Published {
            host_ip: Some(host.to_owned()),
            host_port: if is_node { port.node } else { Some(port.outer) },
            container_port: port.inner,
        })
        .collect()
}

/// A name in the cluster's DNS.
fn name(text: String, ports: Vec<(u16, u16)>) -> Name {
    Name { text, network: CLUSTER.to_owned(), ports }
}

impl Reading for Kubernetes {
    fn parts(&self) -> (&World, &[String], &[Diagnosis]) {
        (&self.world, &self.notes, &self.extra)
    }

    fn spelt(&self, broker: usize, setting: &str, value: &str) -> String {
        let own = &self.brokers[broker];
        match &own.source {
            Written::Strimzi(_) => format!("port: {value}"),
            Written::Environment(_) if setting == edit::SERVICE_LINKS => {
                format!("{setting}: {value}")
            }
            Written::Environment(_) => {
                let name = own.settings.variables.get(setting).cloned();
                let name = name.unwrap_or_else(|| own.settings.dialect.variable(setting));
                format!("{name}: {value}")
            }
        }
    }

    fn changes(&self, sources: &Sources, edits: &[Edit]) -> Option<Vec<Change>> {
        edit::changes(self, sources, edits)
    }

    fn summary(&self) -> String {
        self.summary.clone()
    }
}
