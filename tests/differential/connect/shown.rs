//! An answer as a line: status, path of the location, headers that matter, JSON with sorted keys;
//! without what is each worker's own.

use serde_json::{Map, Value};

use crate::support::http::Answer;

/// Groups of settings that are Connect's own; others belong to the connector.
const OWN_GROUPS: [&str; 4] = ["Common", "Transforms", "Predicates", "Error Handling"];

/// Those that browsers go by.
const HEADERS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "access-control-max-age",
    "vary",
];

pub(super) fn shown(answer: &Answer) -> String {
    let mut words = vec![answer.status.to_string()];
    if let Some(location) = answer.header("location") {
        let path = location.splitn(4, '/').nth(3).unwrap_or_default();
        words.push(format!("/{path}"));
    }
    let of_browsers = answer.header(HEADERS[0]).map_or(&HEADERS[..0], |_| &HEADERS[..]);
    for name in of_browsers {
        words.extend(answer.header(name).map(|value| format!("{name}={}", in_order(value))));
    }
    // Connect's refusals of a method do not name the others.
    let allow = answer.header("allow").filter(|_| answer.status == 200);
    words.extend(allow.map(|methods| format!("allow={}", in_order(methods))));
    let content_type = answer.header("content-type").filter(|it| *it != "application/json");
    words.extend(content_type.map(|value| format!("content-type={value}")));
    match serde_json::from_str(&answer.body) {
        Ok(value) => words.push(plain(value).to_string()),
        Err(_) => words.extend((!answer.body.is_empty()).then(|| in_order(&answer.body))),
    }
    words.join(" ")
}

/// The elements of a header's list in alphabetical order.
fn in_order(list: &str) -> String {
    let mut elements: Vec<&str> = list.split(',').map(str::trim).collect();
    elements.sort_unstable();
    elements.join(",")
}

fn plain(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(String, Value)> = object.into_iter().collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            let entries = entries.into_iter().map(|(key, value)| {
                let value = own(&key, value);
                (key, value)
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(elements) => {
            // Settings of a connector: those that are Connect's own.
            let is_connectors = elements.iter().any(|it| is_definition(it) && is_own(it));
            let is_left_out = |it: &Value| is_connectors && is_definition(it) && !is_own(it);
            let elements = elements.into_iter().filter(|it| !is_left_out(it)).map(plain);
            Value::Array(elements.collect())
        }
        other => other,
    }
}

/// Replaces what differs from worker to worker.
fn own(key: &str, value: Value) -> Value {
    match (key, value) {
        ("commit" | "documentation" | "kafka_cluster_id" | "worker_id" | "trace", _)
        | ("last_modified", Value::Number(_)) => Value::from(format!("({key})")),
        // Those that this worker has classes for.
        ("recommended_values", _) => Value::Array(Vec::new()),
        ("groups", Value::Array(groups)) => {
            let is_own = |group: &Value| group.as_str().is_some_and(|it| OWN_GROUPS.contains(&it));
            Value::Array(groups.into_iter().filter(is_own).collect())
        }
        // Connect keeps tasks in a hash map, and shows them as they come.
        ("tasks", Value::Array(tasks)) => {
            let mut tasks: Vec<Value> = tasks.into_iter().map(plain).collect();
            tasks.sort_by_key(Value::to_string);
            Value::Array(tasks)
        }
        ("message", Value::String(text)) => Value::String(sorted(&text)),
        (_, value) => plain(value),
    }
}

/// The errors of a configuration in alphabetical order: the connector's own come as it likes.
fn sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > 2 && lines[0].ends_with("error(s):") {
        let last = lines.len() - 1;
        lines[1..last].sort_unstable();
    }
    lines.join("\n")
}

/// A setting in a list of settings.
fn definition(element: &Value) -> &Value {
    element.get("definition").unwrap_or(element)
}

fn is_definition(element: &Value) -> bool {
    definition(element).get("display_name").is_some()
}

/// Whether it is one of Connect's own.
fn is_own(element: &Value) -> bool {
    let group = definition(element).get("group").and_then(Value::as_str);
    group.is_some_and(|group| OWN_GROUPS.contains(&group))
}
