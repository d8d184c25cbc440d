//! An answer as a line: status, path of the location, JSON with sorted keys; without what is
//! each worker's own.

use serde_json::{Map, Value};

use crate::support::http::Answer;

/// Groups of settings that are Connect's own; others belong to the connector.
const OWN_GROUPS: [&str; 4] = ["Common", "Transforms", "Predicates", "Error Handling"];

pub(super) fn shown(answer: &Answer) -> String {
    let mut words = vec![answer.status.to_string()];
    if let Some(location) = &answer.location {
        let path = location.splitn(4, '/').nth(3).unwrap_or_default();
        words.push(format!("/{path}"));
    }
    match serde_json::from_str(&answer.body) {
        Ok(value) => words.push(plain(value).to_string()),
        Err(_) => words.extend((!answer.body.is_empty()).then(|| answer.body.clone())),
    }
    words.join(" ")
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
            let elements = elements.into_iter().filter(|it| !is_of_connector(it)).map(plain);
            Value::Array(elements.collect())
        }
        other => other,
    }
}

/// Replaces what differs from worker to worker.
fn own(key: &str, value: Value) -> Value {
    match (key, value) {
        ("commit" | "documentation" | "kafka_cluster_id" | "worker_id", _) => {
            Value::from(format!("({key})"))
        }
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

/// A setting of the connector in a list of settings.
fn is_of_connector(element: &Value) -> bool {
    let definition = element.get("definition").unwrap_or(element);
    let is_definition = definition.get("display_name").is_some();
    let group = definition.get("group").and_then(Value::as_str);
    is_definition && !group.is_some_and(|group| OWN_GROUPS.contains(&group))
}
