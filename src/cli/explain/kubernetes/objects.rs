//! Objects of manifests, and what services make of ports and names.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::name;
use crate::cli::explain::yaml::Node;
use crate::listener::reach::Name;

/// An object with what every kind has.
pub(super) struct Object {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) node: Rc<Node>,
    pub(super) service_type: String,
    pub(super) is_headless: bool,
}

/// All objects of the documents, those of lists too.
pub(super) fn all(documents: &[Rc<Node>]) -> Vec<Object> {
    let mut found = Vec::new();
    for document in documents {
        if document.text_at(&["kind"]) == Some("List") {
            for item in document.get("items").map_or(&[][..], Node::items) {
                found.extend(object(item));
            }
        } else {
            found.extend(object(document));
        }
    }
    found
}

fn object(node: &Rc<Node>) -> Option<Object> {
    let text = |path: &[&str]| node.text_at(path).map(str::to_owned);
    Some(Object {
        kind: text(&["kind"])?,
        name: text(&["metadata", "name"]).unwrap_or_default(),
        namespace: text(&["metadata", "namespace"]).unwrap_or_else(|| "default".to_owned()),
        service_type: text(&["spec", "type"]).unwrap_or_default(),
        is_headless: node.text_at(&["spec", "clusterIP"]) == Some("None"),
        node: Rc::clone(node),
    })
}

/// A port of a service.
pub(super) struct ServicePort {
    pub(super) outer: u16,
    pub(super) inner: u16,
    pub(super) node: Option<u16>,
}

/// The ports of a service; `ports` are the pod's own by name.
pub(super) fn service_ports(service: &Object, ports: &[(String, u16)]) -> Vec<ServicePort> {
    let list = service.node.at(&["spec", "ports"]).map_or(&[][..], |node| node.items());
    list.iter()
        .filter(|port| port.text_at(&["protocol"]).is_none_or(|protocol| protocol == "TCP"))
        .filter_map(|port| {
            let number = |key: &str| port.text_at(&[key])?.parse::<u16>().ok();
            let outer = number("port")?;
            let named = port.text_at(&["targetPort"]).and_then(|target| {
                ports.iter().find(|(name, _)| name == target).map(|(_, port)| *port)
            });
            let inner = number("targetPort").or(named).unwrap_or(outer);
            Some(ServicePort { outer, inner, node: number("nodePort") })
        })
        .collect()
}

/// The names that a service gives to its pods.
pub(super) fn names(service: &Object, ports: &[(String, u16)]) -> Vec<Name> {
    let mapped: Vec<(u16, u16)> = match service.is_headless {
        true => Vec::new(),
        false => service_ports(service, ports).iter().map(|it| (it.outer, it.inner)).collect(),
    };
    full(&service.name, &service.namespace)
        .into_iter()
        .map(|text| name(text, mapped.clone()))
        .collect()
}

/// A name and its longer forms.
pub(super) fn full(name: &str, namespace: &str) -> Vec<String> {
    let base = format!("{name}.{namespace}");
    vec![name.to_owned(), base.clone(), format!("{base}.svc"), format!("{base}.svc.cluster.local")]
}

/// The texts of a mapping.
pub(super) fn texts(node: Option<&Node>) -> BTreeMap<String, String> {
    let entries = node.map(Node::entries).unwrap_or_default();
    let pair =
        |(key, value): (&Node, &Node)| Some((key.text()?.to_owned(), value.text()?.to_owned()));
    entries.into_iter().filter_map(pair).collect()
}
