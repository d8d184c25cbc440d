//! What images and versions refuse before Kafka itself looks at its settings.

use super::images::{BrokerSettings, Dialect};
use crate::listener::{Fix, ListenerSettings, Problem, bound_names};

/// The cluster id that examples use; any 16 bytes in base64 would do.
const CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qk";

/// Everything that the image refuses. `service` is the broker's name, `published` the port of the
/// machine that leads to its clients' listener.
pub(in crate::cli::explain) fn refusals(
    settings: &BrokerSettings,
    tag: &str,
    environment: &[(String, String)],
    service: &str,
    published: Option<u16>,
) -> Vec<Problem> {
    let has = |setting: &str| settings.get(setting).is_some_and(|value| !value.is_empty());
    let mut problems = Vec::new();
    let told = match published {
        Some(port) => format!("PLAINTEXT://localhost:{port}"),
        None => format!("PLAINTEXT://{service}:9092"),
    };
    let is_confluent = settings.dialect == Dialect::Confluent;
    if is_confluent && settings.is_broker() && !has("advertised.listeners") {
        let fix =
            Fix::advice("Say what clients are to be told:").and_set("advertised.listeners", told);
        problems.push(refused(
            "advertised.listeners",
            "",
            "KAFKA_ADVERTISED_LISTENERS is required: without it the image ends at once",
            fix,
        ));
    }
    if is_confluent && !has("zookeeper.connect") && !has("process.roles") {
        problems.push(refused(
            "process.roles",
            "",
            "Neither KAFKA_PROCESS_ROLES nor KAFKA_ZOOKEEPER_CONNECT is set, and the image \
             demands one of them",
            kraft(settings, "Let the broker be its own controller:"),
        ));
    }
    let has_cluster_id =
        environment.iter().any(|(name, value)| name == "CLUSTER_ID" && !value.is_empty());
    if is_confluent && has("process.roles") && !has_cluster_id {
        let fix = Fix::advice("Give the cluster a fixed id:").and_set("CLUSTER_ID", CLUSTER_ID);
        problems.push(refused(
            "CLUSTER_ID",
            "",
            "CLUSTER_ID environment variable not set: with KAFKA_PROCESS_ROLES the image demands \
             it",
            fix,
        ));
    }
    if settings.dialect == Dialect::Apache
        && settings.has_own
        && !has("process.roles")
        && !has("zookeeper.connect")
    {
        problems.push(refused(
            "process.roles",
            "",
            "As soon as one KAFKA_ variable is set, the image leaves its own configuration out; \
             then process.roles is missing, and Kafka ends at once",
            kraft(settings, "Say the rest too, for a broker that is its own controller:"),
        ));
    }
    problems.extend(controller_wildcard(settings, tag));
    problems
}

fn refused(setting: &str, value: &str, reason: &str, fix: Fix) -> Problem {
    Problem {
        id: None,
        setting: setting.to_owned(),
        value: value.to_owned(),
        reason: reason.to_owned(),
        allowed: String::new(),
        fix,
    }
}

/// The settings of a broker that is its own controller.
fn kraft(settings: &BrokerSettings, advice: &str) -> Fix {
    let listeners = settings.get("listeners").unwrap_or("PLAINTEXT://:9092");
    let mut port = 9093_u16;
    while listeners.contains(&format!(":{port}")) {
        port += 1;
    }
    let id = settings.get("node.id").or_else(|| settings.get("broker.id")).unwrap_or("1");
    let mut fix = Fix::advice(advice);
    let mut set = |setting: &str, value: String| {
        if settings.get(setting).is_none_or(|old| old != value) {
            fix = std::mem::take(&mut fix).and_set(setting, value);
        }
    };
    set("node.id", id.to_owned());
    set("process.roles", "broker,controller".to_owned());
    set("controller.quorum.voters", format!("{id}@localhost:{port}"));
    set("controller.listener.names", "CONTROLLER".to_owned());
    if !bound_names(listeners).iter().any(|name| name == "CONTROLLER") {
        set("listeners", format!("{listeners},CONTROLLER://:{port}"));
    }
    let map = settings.get("listener.security.protocol.map");
    let mut map: Vec<String> = match map {
        Some(map) => map.split(',').map(|entry| entry.trim().to_owned()).collect(),
        None => bound_names(listeners).iter().map(|name| format!("{name}:PLAINTEXT")).collect(),
    };
    if !map.iter().any(|entry| entry.starts_with("CONTROLLER:")) {
        map.push("CONTROLLER:PLAINTEXT".to_owned());
    }
    set("listener.security.protocol.map", map.join(","));
    fix
}

/// Kafka 3.9.0 takes what its controller listener is bound to for what it advertises
/// (KAFKA-18281); 3.9.1 does not.
fn controller_wildcard(settings: &BrokerSettings, tag: &str) -> Option<Problem> {
    let version = tag.split('-').next().unwrap_or(tag);
    let is_it = match settings.dialect {
        Dialect::Apache | Dialect::Bitnami => version == "3.9.0",
        Dialect::Confluent => version == "7.9.0",
        _ => false,
    };
    let listeners = settings.get("listeners")?;
    let told = settings.get("advertised.listeners").unwrap_or("");
    let controllers = settings.get("controller.listener.names")?;
    let name = controllers.split(',').map(str::trim).find(|name| {
        listeners.contains(&format!("{name}://0.0.0.0:")) && !told.contains(&format!("{name}://"))
    })?;
    if !is_it {
        return None;
    }
    let bound = listeners.replace(&format!("{name}://0.0.0.0:"), &format!("{name}://:"));
    let mut problem = refused(
        "listeners",
        listeners,
        "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP \
         address. Kafka 3.9.0 says so of the controller's listener, which is not advertised at \
         all",
        Fix::advice("Leave the host out, which means the same, or take 3.9.1 (7.9.1):")
            .and_set("listeners", bound),
    );
    problem.id = Some("L12");
    Some(problem)
}

/// What Kafka itself refuses.
pub(in crate::cli::explain) fn of_kafka(settings: &ListenerSettings) -> Vec<Problem> {
    settings.listeners().err().unwrap_or_default()
}
