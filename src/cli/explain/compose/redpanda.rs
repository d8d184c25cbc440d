//! Redpanda, whose addresses are flags: `--kafka-addr`, `--advertise-kafka-addr`.

use std::collections::BTreeMap;

use super::images::{BrokerSettings, Dialect};

/// The flag that sets a setting.
pub(super) fn flag(setting: &str) -> Option<&'static str> {
    match setting {
        "listeners" => Some("--kafka-addr"),
        "advertised.listeners" => Some("--advertise-kafka-addr"),
        _ => None,
    }
}

/// The value of a flag in a command.
pub(super) fn value_of(words: &[String], flag: &str) -> Option<String> {
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    words.iter().enumerate().find_map(|(index, word)| match word.split_once('=') {
        Some((name, value)) if name == flag => Some(value.to_owned()),
        _ if *word == flag => words.get(index + 1).map(|value| (*value).to_owned()),
        _ => None,
    })
}

/// Redpanda's settings, in Kafka's words.
pub(super) fn settings(words: &[String]) -> BrokerSettings {
    let bound = value_of(words, "--kafka-addr").unwrap_or_else(|| "0.0.0.0:9092".to_owned());
    let bound = named(&bound);
    let told = value_of(words, "--advertise-kafka-addr").map(|told| named(&told));
    let names: Vec<&str> = bound.iter().map(|(name, _)| name.as_str()).collect();
    let map: Vec<String> = names.iter().map(|name| format!("{name}:PLAINTEXT")).collect();
    let mut values = BTreeMap::from([
        ("listener.security.protocol.map".to_owned(), map.join(",")),
        ("inter.broker.listener.name".to_owned(), names.first().copied().unwrap_or("").to_owned()),
        ("listeners".to_owned(), joined(&bound)),
    ]);
    if let Some(told) = told {
        values.insert("advertised.listeners".to_owned(), joined(&told));
    }
    BrokerSettings { dialect: Dialect::Redpanda, values, variables: BTreeMap::new(), has_own: true }
}

/// Entries with their names; one without is called KAFKA.
fn named(list: &str) -> Vec<(String, String)> {
    list.split(',')
        .map(|entry| match entry.trim().split_once("://") {
            Some((name, address)) => (name.to_uppercase(), address.to_owned()),
            None => ("KAFKA".to_owned(), entry.trim().to_owned()),
        })
        .collect()
}

fn joined(entries: &[(String, String)]) -> String {
    let entry = |(name, address): &(String, String)| format!("{name}://{address}");
    entries.iter().map(entry).collect::<Vec<_>>().join(",")
}
