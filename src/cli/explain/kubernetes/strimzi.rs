//! Strimzi's `Kafka`: the operator makes the settings, so what can go wrong is little: a port or a
//! name twice, and an address that was overridden.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::objects::{Object, full};
use super::{CLUSTER, name};
use crate::cli::explain::yaml::Node;
use crate::listener::reach::{Place, Published};
use crate::listener::{Fix, ListenerSettings, Problem};

/// Ports that Strimzi keeps for itself.
const RESERVED: [u16; 4] = [9404, 9999, 8080, 8443];

/// A listener with where its port is written.
pub(super) struct Entry {
    pub(super) port: Range<usize>,
}

/// A cluster of Strimzi, one broker standing for all.
pub(super) struct Cluster {
    pub(super) place: Place,
    pub(super) settings: ListenerSettings,
    pub(super) problems: Vec<Problem>,
    pub(super) entries: Vec<Entry>,
    pub(super) notes: Vec<String>,
}

/// The setting that stands for the port of a listener.
pub(super) fn port_setting(index: usize) -> String {
    format!("strimzi.port.{index}")
}

pub(super) fn read(object: &Object, objects: &[Object]) -> Cluster {
    let (cluster, namespace) = (object.name.as_str(), object.namespace.as_str());
    let pool = objects.iter().find(|it| {
        it.kind == "KafkaNodePool"
            && it.node.text_at(&["metadata", "labels", "strimzi.io/cluster"]) == Some(cluster)
    });
    let pod = match pool {
        Some(pool) => format!("{cluster}-{}-0", pool.name),
        None => format!("{cluster}-kafka-0"),
    };
    let told = format!("{pod}.{cluster}-kafka-brokers.{namespace}.svc");
    let mut place = Place {
        name: pod.clone(),
        networks: BTreeSet::from([CLUSTER.to_owned()]),
        ..Place::default()
    };
    let names = full(&format!("{cluster}-kafka-bootstrap"), namespace);
    let brokers = full(&format!("{pod}.{cluster}-kafka-brokers"), namespace);
    place.names = names.into_iter().chain(brokers).map(|text| name(text, Vec::new())).collect();
    let mut it = Cluster {
        place,
        settings: ListenerSettings { take_secured: true, ..ListenerSettings::default() },
        problems: Vec::new(),
        entries: Vec::new(),
        notes: Vec::new(),
    };
    let list = object.node.at(&["spec", "kafka", "listeners"]).map_or(&[][..], |node| node.items());
    let (mut bound, mut advertised, mut map) = (Vec::new(), Vec::new(), Vec::new());
    for listener in list {
        let text = |key: &str| listener.text_at(&[key]);
        let (Some(own), Some(port)) = (text("name"), text("port").and_then(|it| it.parse().ok()))
        else {
            continue;
        };
        let range = listener.get("port").map_or(0..0, |node| node.range.clone());
        it.entries.push(Entry { port: range });
        let kind = text("type").unwrap_or("internal");
        let address = it.address(listener, kind, port, &told);
        bound.push(format!("{own}://:{port}"));
        advertised.push(format!("{own}://{address}"));
        map.push(format!("{own}:{}", protocol(listener)));
        it.check_port(list, own, port);
    }
    it.settings.listeners = Some(bound.join(","));
    it.settings.advertised_listeners = Some(advertised.join(","));
    it.settings.listener_security_protocol_map = Some(map.join(","));
    let first = bound.first().and_then(|entry| entry.split("://").next());
    it.settings.inter_broker_listener_name = first.map(str::to_owned);
    it
}

fn protocol(listener: &Node) -> &'static str {
    let has_tls = listener.text_at(&["tls"]) == Some("true");
    let has_login = listener.text_at(&["authentication", "type"]).is_some_and(|kind| kind != "tls");
    match (has_tls, has_login) {
        (true, true) => "SASL_SSL",
        (true, false) => "SSL",
        (false, true) => "SASL_PLAINTEXT",
        (false, false) => "PLAINTEXT",
    }
}

impl Cluster {
    /// What clients of a listener are told, and how it is reached from outside.
    fn address(&mut self, listener: &Node, kind: &str, port: u16, told: &str) -> String {
        let overridden =
            listener.at(&["configuration", "brokers"]).map_or(&[][..], |it| it.items());
        let first = overridden.first();
        let host = first.and_then(|it| it.text_at(&["advertisedHost"]));
        let own = first.and_then(|it| it.text_at(&["advertisedPort"])?.parse::<u16>().ok());
        let node = first.and_then(|it| it.text_at(&["nodePort"])?.parse::<u16>().ok());
        let node = node.or_else(|| {
            listener.text_at(&["configuration", "bootstrap", "nodePort"])?.parse().ok()
        });
        let (from, outer, outside) = match kind {
            "nodeport" => ("<node>", node, Some("address-of.the.node")),
            "loadbalancer" => ("<load balancer>", Some(port), Some("address-of.the.load-balancer")),
            "ingress" | "route" => ("<ingress>", Some(443), Some("host-of.the.ingress")),
            _ => ("", None, None),
        };
        if let Some(outside) = outside {
            self.place.published.push(Published {
                host_ip: Some(from.to_owned()),
                host_port: outer,
                container_port: port,
            });
            let port = own.or(outer).unwrap_or(port);
            return format!("{}:{port}", host.unwrap_or(outside));
        }
        format!("{}:{}", host.unwrap_or(told), own.unwrap_or(port))
    }

    fn check_port(&mut self, list: &[std::rc::Rc<Node>], own: &str, port: u16) {
        let index = self.entries.len() - 1;
        let taken: BTreeMap<u16, usize> = list
            .iter()
            .enumerate()
            .filter_map(|(at, it)| Some((it.text_at(&["port"])?.parse().ok()?, at)))
            .collect();
        let is_twice = list[..index].iter().any(|it| {
            it.text_at(&["port"]).and_then(|text| text.parse::<u16>().ok()) == Some(port)
        });
        let is_reserved = port < 9092 || RESERVED.contains(&port);
        if !is_twice && !is_reserved {
            return;
        }
        let free =
            (9092..u16::MAX).find(|port| !taken.contains_key(port) && !RESERVED.contains(port));
        let reason = match is_twice {
            true => format!("every listener needs a port of its own, and {own} has {port} too"),
            false => {
                format!("Strimzi takes ports from 9092 on, but for 9404 and 9999; {own} has {port}")
            }
        };
        let fix = Fix::advice("Take a port that is free:")
            .and_set(&port_setting(index), free.unwrap_or(9092).to_string());
        self.problems.push(Problem {
            id: Some("L13"),
            setting: "listeners".to_owned(),
            value: port.to_string(),
            reason,
            allowed: String::new(),
            fix,
        });
    }
}
