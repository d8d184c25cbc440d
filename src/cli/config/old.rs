//! Settings of older Kafka versions: accepted, each with a line that says what became of it.

use std::collections::BTreeMap;

use super::problem::Note;
use super::settings::{Origin, Settings};
use crate::cluster::{Retired, broker_key, retired};

/// Takes old settings out, puts in what they mean today, and says so.
pub(super) fn settle_old_settings(settings: &mut Settings, notes: &mut Vec<Note>) {
    let old: Vec<(String, Retired)> = settings
        .iter()
        .filter(|(name, _)| broker_key(name).is_none())
        .filter_map(|(name, _)| Some((name.to_owned(), retired(name)?)))
        .collect();
    advertised_host(settings, notes);
    let mut dropped: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, retired) in old {
        let Some(setting) = settings.remove(&name) else { continue };
        let shown = shown(&name, &setting.origin);
        match retired {
            Retired::Dropped(why) => dropped.entry(why).or_default().push(shown),
            Retired::Renamed(new) if settings.get(new).is_some() => {
                notes.push(Note::info(format!("{shown}: not used, {new} is set.")));
            }
            Retired::Renamed(new) => {
                notes.push(Note::info(format!("{shown}: read as {new}, its name today.")));
                let from = Origin::Derived(format!("from {}", setting.origin));
                settings.set(new, &setting.value, from);
            }
            Retired::AdvertisedHost | Retired::AdvertisedPort => {}
        }
    }
    for (why, names) in dropped {
        notes.push(Note::info(format!("{}: not needed, {why}.", names.join(", "))));
    }
    broker_id(settings, notes);
}

/// `broker.id` is `node.id` where that is not set.
fn broker_id(settings: &mut Settings, notes: &mut Vec<Note>) {
    let Some(setting) = settings.get("broker.id").cloned() else { return };
    let is_id = setting.value.parse::<i32>().is_ok_and(|id| id >= 0);
    if !is_id || settings.get("node.id").is_some() {
        return;
    }
    let shown = shown("broker.id", &setting.origin);
    notes.push(Note::info(format!("{shown}: read as node.id, its name since Kafka 3.")));
    let from = Origin::Derived(format!("from {}", setting.origin));
    settings.set("node.id", &setting.value, from);
}

/// `advertised.host.name` and `advertised.port`, gone since Kafka 3, become a listener.
fn advertised_host(settings: &mut Settings, notes: &mut Vec<Note>) {
    let host = settings.get("advertised.host.name").cloned();
    let port = settings.get("advertised.port").cloned();
    let Some(setting) = host.as_ref().or(port.as_ref()) else { return };
    let origin = setting.origin.clone();
    if settings.get("advertised.listeners").is_some() {
        notes.push(Note::info(format!("{origin}: not used, advertised.listeners is set.")));
        return;
    }
    let host = host.map_or_else(|| "localhost".to_owned(), |it| it.value);
    let port = port.map_or_else(|| "9092".to_owned(), |it| it.value);
    let listener = format!("PLAINTEXT://{host}:{port}");
    notes.push(Note::info(format!(
        "{origin}: read as advertised.listeners={listener}, its name today."
    )));
    settings.set("advertised.listeners", &listener, Origin::Derived(format!("from {origin}")));
}

fn shown(name: &str, origin: &Origin) -> String {
    match origin {
        Origin::Environment(variable) => variable.clone(),
        Origin::File { .. } => name.to_owned(),
        _ => format!("{name} ({origin})"),
    }
}
