//! What a worker is told when it starts.

use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;

use super::records::Properties;
use crate::connect::Clock;
use crate::connect::config::Surroundings;

/// What a worker is told when it starts.
#[derive(Clone)]
pub struct Options {
    /// `worker_id`: host and port of its REST interface.
    pub worker_id: String,
    /// What connectors find around them.
    pub surroundings: Surroundings,
    /// The worker's settings that reach connectors, see [`with_worker_defaults`].
    pub defaults: Properties,
    /// Reads time.
    pub clock: Clock,
    /// How much is said.
    pub log_levels: Arc<dyn LogLevels>,
}

impl Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("worker_id", &self.worker_id).finish_non_exhaustive()
    }
}

/// How much is said, and how that is changed.
pub trait LogLevels: Debug + Send + Sync {
    /// The level now.
    fn root(&self) -> LoggerLevel;

    /// Changes it to `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    fn set_root(&self, level: &str, now_ms: i64);
}

/// How much a logger says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoggerLevel {
    /// `INFO`
    pub level: String,
    /// When it was changed, in milliseconds since 1970.
    pub last_modified: Option<i64>,
}

/// A connector's properties with the worker's where they count: its converters, each with all
/// that belongs to it, where the connector names none; its settings of consumers
/// (`consumer.*`) where the connector has no `consumer.override.*`.
#[must_use]
pub fn with_worker_defaults(properties: &Properties, worker: &Properties) -> Properties {
    let mut all = properties.clone();
    for converter in CONVERTERS {
        if properties.contains_key(converter) || !worker.contains_key(converter) {
            continue;
        }
        all.retain(|key, _| !belongs_to(key, converter));
        let own = worker.iter().filter(|(key, _)| belongs_to(key, converter));
        all.extend(own.map(|(key, value)| (key.clone(), value.clone())));
    }
    for (key, value) in worker {
        if let Some(setting) = key.strip_prefix("consumer.") {
            all.entry(format!("consumer.override.{setting}")).or_insert_with(|| value.clone());
        }
    }
    all
}

const CONVERTERS: [&str; 3] = ["key.converter", "value.converter", "header.converter"];

fn belongs_to(key: &str, converter: &str) -> bool {
    key.strip_prefix(converter).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a setting of a worker's file reaches connectors.
#[must_use]
pub fn is_default_for_connectors(key: &str) -> bool {
    key.starts_with("consumer.") || CONVERTERS.iter().any(|converter| belongs_to(key, converter))
}

#[cfg(test)]
mod tests {
    use super::{Properties, with_worker_defaults};

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    const WORKER: &[(&str, &str)] = &[
        ("value.converter", "JsonConverter"),
        ("value.converter.schemas.enable", "true"),
        ("consumer.auto.offset.reset", "latest"),
    ];

    #[test]
    fn a_connector_without_converter_has_the_workers() {
        let own = properties(&[("name", "a"), ("value.converter.schemas.enable", "false")]);
        let all = with_worker_defaults(&own, &properties(WORKER));
        assert_eq!(all["value.converter"], "JsonConverter");
        assert_eq!(all["value.converter.schemas.enable"], "true");
        assert_eq!(all["consumer.override.auto.offset.reset"], "latest");
    }

    #[test]
    fn a_converter_of_its_own_knows_nothing_of_the_workers() {
        let own = properties(&[
            ("value.converter", "StringConverter"),
            ("consumer.override.auto.offset.reset", "earliest"),
        ]);
        assert_eq!(with_worker_defaults(&own, &properties(WORKER)), own);
    }
}
