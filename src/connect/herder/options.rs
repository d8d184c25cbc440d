//! What a worker is told when it starts.

use std::collections::BTreeMap;
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
    /// What connectors find around them; also the worker's settings that reach them.
    pub surroundings: Surroundings,
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
    /// The levels of all loggers that have one of their own, `root` among them.
    fn all(&self) -> BTreeMap<String, LoggerLevel>;

    /// Gives a logger, and those whose names begin with its, one of log4j's levels; tells which
    /// they were.
    fn set(&self, logger: &str, level: &str, now_ms: i64) -> Vec<String>;
}

/// The logger above all others.
pub const ROOT_LOGGER: &str = "root";

/// How much a logger says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoggerLevel {
    /// `INFO`
    pub level: String,
    /// When it was changed, in milliseconds since 1970.
    pub last_modified: Option<i64>,
}

/// A connector's properties with the worker's settings of consumers (`consumer.*`) where it has no
/// `consumer.override.*` of its own. The worker's converters come from [`Surroundings`].
#[must_use]
pub fn with_worker_consumer(properties: &Properties, worker: &Properties) -> Properties {
    let mut all = properties.clone();
    for (key, value) in worker {
        if let Some(setting) = key.strip_prefix("consumer.") {
            all.entry(format!("consumer.override.{setting}")).or_insert_with(|| value.clone());
        }
    }
    all
}

/// Whether a setting of a worker's file reaches connectors.
#[must_use]
pub fn is_default_for_connectors(key: &str) -> bool {
    let converters = ["key.converter", "value.converter", "header.converter"];
    let belongs_to = |converter: &&str| {
        key.strip_prefix(*converter).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    key.starts_with("consumer.") || converters.iter().any(belongs_to)
}

#[cfg(test)]
mod tests {
    use super::{Properties, is_default_for_connectors, with_worker_consumer};

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_workers_consumer_counts_where_the_connector_is_silent() {
        let worker = properties(&[
            ("consumer.auto.offset.reset", "latest"),
            ("consumer.max.poll.records", "7"),
        ]);
        let own = properties(&[("consumer.override.max.poll.records", "9")]);
        let all = with_worker_consumer(&own, &worker);
        assert_eq!(all["consumer.override.auto.offset.reset"], "latest");
        assert_eq!(all["consumer.override.max.poll.records"], "9");
    }

    #[test]
    fn converters_and_consumers_reach_connectors() {
        for key in ["value.converter", "key.converter.schemas.enable", "consumer.client.id"] {
            assert!(is_default_for_connectors(key), "{key}");
        }
        for key in ["bootstrap.servers", "value.converters", "offset.flush.interval.ms"] {
            assert!(!is_default_for_connectors(key), "{key}");
        }
    }
}
