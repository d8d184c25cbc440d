//! What a text is, by what stands in it.

use super::reading::Format;
use super::yaml;

/// The format of a text: YAML with services or kinds, settings, or else what a client said.
pub(super) fn detect(text: &str) -> Format {
    if let Ok(documents) = yaml::parse(text) {
        let is_kubernetes =
            |node: &yaml::Node| node.get("kind").is_some() && (node.get("apiVersion").is_some());
        if documents.iter().any(|node| is_kubernetes(node)) {
            return Format::K8s;
        }
        let is_service = |node: &yaml::Node| {
            ["image", "build", "extends", "ports", "environment"]
                .iter()
                .any(|key| node.get(key).is_some())
        };
        let is_compose = |node: &yaml::Node| {
            node.get("services").is_some_and(yaml::Node::is_mapping)
                || node.get("include").is_some()
                || node.entries().iter().any(|(_, value)| is_service(value))
        };
        if documents.iter().any(|node| is_compose(node)) {
            return Format::Compose;
        }
    }
    if is_properties(text) { Format::Properties } else { broken(text) }
}

/// Every line is a setting or a comment, and one of them is Kafka's.
fn is_properties(text: &str) -> bool {
    let known = ["listeners", "listener.", "broker.id", "node.id", "process.roles", "zookeeper."];
    let known = [&known[..], &["log.dirs", "advertised.", "num.", "offsets.topic.", "controller."]]
        .concat();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with(['#', '!'])).collect();
    let is_setting = |line: &&str| {
        line.split_once(['=', ':']).is_some_and(|(key, _)| {
            let is_word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            !key.trim().is_empty() && key.trim().chars().all(is_word)
        })
    };
    let settings = lines.iter().filter(|line| is_setting(line)).count();
    settings * 2 > lines.len()
        && lines.iter().any(|line| known.iter().any(|it| line.starts_with(it)))
}

/// YAML that cannot be read is still a compose file or a manifest, and its reader says where it
/// is wrong.
fn broken(text: &str) -> Format {
    let has = |start: &str| text.lines().any(|line| line.starts_with(start));
    if has("services:") {
        Format::Compose
    } else if has("apiVersion:") && has("kind:") {
        Format::K8s
    } else {
        Format::Error
    }
}
