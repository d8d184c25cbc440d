//! Settings while the broker runs: what is in effect and where it comes from
//! (`ConfigHelper`, `DynamicBrokerConfig`), and changing it (`ConfigAdminManager`,
//! `ConfigurationControlManager`).
//!
//! A setting of a topic comes from the topic, else from the broker setting behind it; one of
//! the broker from the broker, the default for all brokers, the start of the process, or
//! Kafka's table of defaults, in this order.

mod alter;
mod describe;

use std::collections::BTreeMap;

use super::Refusal;
use crate::base::ErrorCode;
use crate::cluster::{ConfigType, LogConfig};

pub use self::alter::{ConfigOperation, ConfigStep};

/// Whose settings a client asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigTarget<'a> {
    /// A topic's.
    Topic(&'a str),
    /// A broker's by its number; empty: the default of all brokers.
    Broker(&'a str),
}

/// Where a value comes from (`DescribeConfigsResponse.ConfigSource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigSource {
    /// Set for the topic.
    DynamicTopic,
    /// Set for this broker while it runs.
    DynamicBroker,
    /// Set for all brokers while they run.
    DynamicDefaultBroker,
    /// Set when the broker started.
    StaticBroker,
    /// Not set.
    Default,
}

/// A value that is or would be in effect, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSynonym {
    /// The setting that has it.
    pub name: String,
    /// The value; none where it must not be shown.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: ConfigSource,
}

/// A setting as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: String,
    /// The value in effect; none where there is none, or it must not be shown.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: ConfigSource,
    /// Whether it can be changed while the broker runs.
    pub is_read_only: bool,
    /// Whether its value must not be shown.
    pub is_sensitive: bool,
    /// Everything that is set for it.
    pub synonyms: Vec<ConfigSynonym>,
    /// Its type; none for a name that nobody knows.
    pub kind: Option<ConfigType>,
    /// What it does.
    pub documentation: Option<&'static str>,
}

/// A topic's settings: its own on top of the broker's.
///
/// # Errors
/// INVALID_CONFIG with Kafka's text.
pub(super) fn topic_log_config(
    defaults: &LogConfig,
    overrides: &BTreeMap<String, String>,
) -> Result<LogConfig, Refusal> {
    let config = LogConfig::from_overrides(defaults, overrides)?;
    let is_tiered = overrides.get("remote.storage.enable").map(|value| value.trim());
    if is_tiered.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Refusal::new(
            ErrorCode::InvalidConfig,
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured \
             with remote log storage.",
        ));
    }
    Ok(config)
}
