//! Deployments, StatefulSets and pods: the container that matters, its environment, its pods.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::name;
use super::objects::{Object, full, texts};
use crate::cli::explain::compose::Dialect;
use crate::cli::explain::text::Place as At;
use crate::cli::explain::yaml::Node;
use crate::listener::reach::Name;

/// The pods of one workload that are looked at.
const PODS_MAX: usize = 9;

/// A variable of the container.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) at: At,
}

/// A workload with its first container that is a broker or has variables.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
    labels: BTreeMap<String, String>,
    image: String,
    pub(super) variables: Vec<Variable>,
    exports: Vec<(String, String)>,
    pub(super) ports: Vec<(String, u16)>,
    replicas: usize,
    service_name: Option<String>,
    pub(super) has_no_service_links: bool,
    /// Where the last item of `env` is written.
    pub(super) env_last: Option<Range<usize>>,
    /// Where the image is written.
    pub(super) image_at: usize,
    /// Where `containers` is written.
    pub(super) containers_at: usize,
}

/// `export NAME=VALUE` in the command of a container.
static EXPORT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"export\s+(KAFKA_\w+)="?([^\s";&]+)"?"#).ok());

/// Reads a workload; `None` for any other object.
pub(super) fn read(object: &Object, objects: &[Object]) -> Option<Workload> {
    let template = match object.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicaSet" => {
            object.node.at(&["spec", "template"])?
        }
        "Pod" => object.node.as_ref(),
        _ => return None,
    };
    let spec = template.get("spec")?;
    let containers = spec.get("containers")?;
    let is_broker = |node: &&Node| {
        node.text_at(&["image"]).is_some_and(|image| Dialect::of_image(image).is_some())
    };
    let list = || containers.items().iter().map(AsRef::as_ref);
    let container = list().find(is_broker).or_else(|| list().next())?;
    let env = container.get("env");
    let replicas = object.node.text_at(&["spec", "replicas"]);
    Some(Workload {
        kind: object.kind.clone(),
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        labels: texts(template.at(&["metadata", "labels"])),
        image: container.text_at(&["image"]).unwrap_or_default().to_owned(),
        variables: variables(container, objects),
        exports: exports(container),
        ports: ports(container),
        replicas: replicas.and_then(|it| it.parse().ok()).unwrap_or(1),
        service_name: object.node.text_at(&["spec", "serviceName"]).map(str::to_owned),
        has_no_service_links: spec.text_at(&["enableServiceLinks"]) == Some("false"),
        env_last: env.and_then(|node| Some(node.items().last()?.range.clone())),
        image_at: container.get("image").map_or(0, |node| node.range.start),
        containers_at: containers.range.start,
    })
}

/// The variables of a container, those of config maps first.
fn variables(container: &Node, objects: &[Object]) -> Vec<Variable> {
    let mut found = Vec::new();
    for source in container.get("envFrom").map_or(&[][..], |node| node.items()) {
        let Some(map) = source.text_at(&["configMapRef", "name"]) else { continue };
        let object = objects.iter().find(|it| it.kind == "ConfigMap" && it.name == map);
        let data = object.and_then(|it| it.node.get("data"));
        for (key, value) in data.map(Node::entries).unwrap_or_default() {
            found.extend(variable(key.text(), value.text(), value.range.clone()));
        }
    }
    for item in container.get("env").map_or(&[][..], |node| node.items()) {
        let value = item.get("value");
        let referred = item.text_at(&["valueFrom", "fieldRef", "fieldPath"]).map(field);
        let text = value.and_then(Node::text).map(str::to_owned).or(referred);
        let range = value.map_or(0..0, |node| node.range.clone());
        found.extend(variable(item.text_at(&["name"]), text.as_deref(), range));
    }
    found
}

/// What the container's command exports before it starts Kafka.
fn exports(container: &Node) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Some(regex) = EXPORT.as_ref() else { return found };
    for key in ["command", "args"] {
        for item in container.get(key).map_or(&[][..], |node| node.items()) {
            for captures in regex.captures_iter(item.text().unwrap_or("")) {
                found.push((captures[1].to_owned(), captures[2].to_owned()));
            }
        }
    }
    found
}

/// The container's ports by name.
fn ports(container: &Node) -> Vec<(String, u16)> {
    let list = container.get("ports").map_or(&[][..], |node| node.items());
    list.iter()
        .filter_map(|port| {
            let number = port.text_at(&["containerPort"])?.parse().ok()?;
            Some((port.text_at(&["name"]).unwrap_or_default().to_owned(), number))
        })
        .collect()
}

fn variable(name: Option<&str>, value: Option<&str>, range: Range<usize>) -> Option<Variable> {
    Some(Variable { name: name?.to_owned(), value: value?.to_owned(), at: At { file: 0, range } })
}

/// What a field of the pod is, as far as it can be known before there is one.
fn field(path: &str) -> String {
    match path {
        "metadata.name" => "$(HOSTNAME)".to_owned(),
        "metadata.namespace" => "$(NAMESPACE)".to_owned(),
        "status.hostIP" | "spec.nodeName" => "node.of.the.pod".to_owned(),
        _ => "$(POD_IP_OF_THE_POD)".to_owned(),
    }
}

impl Workload {
    /// Whose image it is, with its tag.
    pub(super) fn dialect(&self) -> Option<(Dialect, String)> {
        Dialect::of_image(&self.image).map(|(dialect, tag)| (dialect, tag.to_owned()))
    }

    /// The names of its pods, as far as they can be known.
    pub(super) fn pods(&self) -> Vec<String> {
        match self.kind.as_str() {
            "StatefulSet" => {
                (0..self.replicas.min(PODS_MAX)).map(|it| format!("{}-{it}", self.name)).collect()
            }
            _ => vec![self.name.clone()],
        }
    }

    pub(super) fn is_chosen_by(&self, service: &Object) -> bool {
        let selector = texts(service.node.at(&["spec", "selector"]));
        !selector.is_empty()
            && service.namespace == self.namespace
            && selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// What a pod of a StatefulSet is called in the DNS, and its own address.
    pub(super) fn pod_names(&self, pod: &str) -> Vec<Name> {
        let mut names = vec![name(pod_ip(pod), Vec::new())];
        if let Some(service) = self.service_name.as_deref().filter(|_| self.kind == "StatefulSet") {
            let all = full(&format!("{pod}.{service}"), &self.namespace);
            names.extend(all.into_iter().map(|text| name(text, Vec::new())));
        }
        names
    }

    /// The environment of a pod, with what refers to the pod filled in.
    pub(super) fn environment(&self, pod: &str) -> Vec<(String, String)> {
        let mut known: Vec<(String, String)> = vec![
            ("HOSTNAME".to_owned(), pod.to_owned()),
            ("NAMESPACE".to_owned(), self.namespace.clone()),
            ("POD_IP_OF_THE_POD".to_owned(), pod_ip(pod)),
        ];
        let ordinal = pod.rsplit('-').next().unwrap_or("0").to_owned();
        let own = self.variables.iter().map(|it| (it.name.clone(), it.value.clone()));
        for (name, value) in own.chain(self.exports.iter().cloned()) {
            let mut value = value.replace("${HOSTNAME##*-}", &ordinal);
            value = value.replace("${POD_NAME##*-}", &ordinal);
            for (other, text) in &known {
                for form in [format!("$({other})"), format!("${{{other}}}"), format!("${other}")] {
                    value = value.replace(&form, text);
                }
            }
            known.retain(|(it, _)| *it != name);
            known.push((name, value));
        }
        known
    }
}

/// A name in place of a pod's address, which nobody knows beforehand.
fn pod_ip(pod: &str) -> String {
    format!("address-of-{pod}")
}
