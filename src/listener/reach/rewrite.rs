//! Listener lists as texts with one entry changed: the others stay as they were written.

use crate::listener::parse::{parse_entry, split};
use crate::listener::types::{ListenerName, Listeners};

/// The list with this listener's `host:port` replaced.
pub(super) fn replaced(list: &str, name: &ListenerName, endpoint: &str) -> String {
    let entry = |text: &str| match parse_entry(text) {
        Ok(it) if it.name == *name => format!("{name}://{endpoint}"),
        _ => text.to_owned(),
    };
    split(list).into_iter().map(entry).collect::<Vec<_>>().join(",")
}

/// The list with a further entry, before the controllers' ones.
pub(super) fn inserted(list: &str, listeners: &Listeners, name: &str, endpoint: &str) -> String {
    let is_controller = |text: &str| {
        let name = parse_entry(text).map(|it| it.name);
        name.is_ok_and(|name| listeners.controllers.iter().any(|it| it.name == name))
    };
    let mut entries: Vec<String> = split(list).into_iter().map(str::to_owned).collect();
    entries.retain(|entry| !entry.is_empty());
    let at = entries.iter().position(|entry| is_controller(entry)).unwrap_or(entries.len());
    entries.insert(at, format!("{name}://{endpoint}"));
    entries.join(",")
}

/// The protocol map with a further name; written out where none is set.
pub(super) fn mapped(map: Option<&str>, listeners: &Listeners, name: &str, like: &str) -> String {
    let mut entries: Vec<String> = match map {
        Some(map) => split(map).into_iter().map(str::to_owned).collect(),
        None => {
            let all = listeners.controllers.iter().chain(&listeners.all);
            all.map(|it| format!("{}:{}", it.name, it.protocol)).collect()
        }
    };
    entries.retain(|entry| !entry.is_empty());
    entries.push(format!("{name}:{like}"));
    entries.join(",")
}

/// How the list writes "every interface": with `0.0.0.0`, or with nothing.
pub(super) fn wildcard(list: Option<&str>) -> &'static str {
    match list {
        Some(list) if list.contains("://:") && !list.contains("://0.0.0.0:") => "",
        _ => "0.0.0.0",
    }
}
