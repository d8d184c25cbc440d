//! What CreateTopics, AlterConfigs and IncrementalAlterConfigs do to settings, as functions:
//! the old ones and the wishes in, the new ones or a refusal out. A refusal changes nothing.
//! Codes and texts are those of a running Kafka 4.3.1.

use std::collections::{BTreeMap, BTreeSet};

use super::broker_config::BrokerConfig;
use super::broker_keys::{UpdateMode, broker_key};
use super::config_key::{ConfigError, ConfigKey, ConfigType};
use super::log_config::LogConfig;
use super::topic_config::topic_key;
use crate::base::ErrorCode;

/// What to do with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlterOperation {
    /// Give it this value.
    Set,
    /// Take the override away.
    Delete,
    /// Put entries at the end of a list, those that are there already left out.
    Append,
    /// Take entries out of a list.
    Subtract,
}

impl AlterOperation {
    /// The operation of a number on the wire.
    #[must_use]
    pub fn from_code(code: i8) -> Option<AlterOperation> {
        match code {
            0 => Some(AlterOperation::Set),
            1 => Some(AlterOperation::Delete),
            2 => Some(AlterOperation::Append),
            3 => Some(AlterOperation::Subtract),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            AlterOperation::Set => "SET",
            AlterOperation::Delete => "DELETE",
            AlterOperation::Append => "APPEND",
            AlterOperation::Subtract => "SUBTRACT",
        }
    }
}

/// A wish of IncrementalAlterConfigs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alteration<'a> {
    /// The setting.
    pub name: &'a str,
    /// What to do.
    pub operation: AlterOperation,
    /// With what; ignored by [`AlterOperation::Delete`].
    pub value: Option<&'a str>,
}

/// A refusal as the client gets it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AlterError {
    /// The error.
    pub code: ErrorCode,
    /// Kafka's text.
    pub message: String,
}

impl AlterError {
    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        AlterError { code, message: message.into() }
    }
}

/// The overrides of a topic: name and value, as text.
pub type Overrides = BTreeMap<String, String>;

/// Checks the overrides of a topic that is made or altered
/// (`ControllerConfigurationValidator.validate`): names first, then values, then what must agree.
/// Returns the settings that the topic then has.
pub fn validate_topic(
    overrides: &Overrides,
    defaults: &LogConfig,
) -> Result<LogConfig, AlterError> {
    let refuse = |error: ConfigError| AlterError::new(ErrorCode::InvalidConfig, error.to_string());
    if let Some(unknown) = overrides.keys().find(|name| topic_key(name).is_none()) {
        let message = format!("Unknown topic config name: {unknown}");
        return Err(AlterError::new(ErrorCode::InvalidConfig, message));
    }
    let config = LogConfig::from_overrides(defaults, overrides).map_err(refuse)?;
    let remote = overrides.get("remote.storage.enable").map(|text| text.trim());
    if remote.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Err(AlterError::new(
            ErrorCode::InvalidConfig,
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured \
             with remote log storage.",
        ));
    }
    Ok(config)
}

/// The overrides of CreateTopics and AlterConfigs, which carry values that may be null.
pub fn topic_overrides<'a>(
    configs: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> Result<Overrides, AlterError> {
    let mut overrides = Overrides::new();
    let mut nulls = Vec::new();
    for (name, value) in configs {
        match value {
            Some(value) => drop(overrides.insert(name.to_owned(), value.to_owned())),
            None => nulls.push(name),
        }
    }
    if nulls.is_empty() {
        return Ok(overrides);
    }
    let message = format!("Null value not supported for topic configs: {}", nulls.join(","));
    Err(AlterError::new(ErrorCode::InvalidConfig, message))
}

/// IncrementalAlterConfigs on a topic: its overrides afterwards and the settings they make.
pub fn alter_topic(
    overrides: &Overrides,
    alterations: &[Alteration<'_>],
    defaults: &LogConfig,
) -> Result<(Overrides, LogConfig), AlterError> {
    check_alterations(alterations)?;
    let key = |name: &str| topic_key(name).map(|topic_key| topic_key.key);
    let altered = apply(overrides, alterations, &key)?;
    let config = validate_topic(&altered, defaults)?;
    Ok((altered, config))
}

/// Which broker settings are altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerScope {
    /// Those of one broker.
    Broker,
    /// The defaults of all brokers, the resource without a name.
    AllBrokers,
}

/// IncrementalAlterConfigs on a broker: the dynamic settings of that scope afterwards. Names that
/// Kafka does not know are kept, as Kafka does.
pub fn alter_broker(
    dynamic: &Overrides,
    alterations: &[Alteration<'_>],
    scope: BrokerScope,
) -> Result<Overrides, AlterError> {
    check_alterations(alterations)?;
    let key = |name: &str| broker_key(name).map(|broker_key| broker_key.key);
    let altered = apply(dynamic, alterations, &key)?;
    check_update_modes(&altered, scope)?;
    for (name, text) in &altered {
        let parsed = key(name).map_or(Ok(()), |key| key.parse(text).map(|_| ()));
        parsed.map_err(|error| AlterError::new(ErrorCode::InvalidRequest, error.to_string()))?;
    }
    check_min_insync(alterations, scope)?;
    Ok(altered)
}

/// With eligible leader replicas, which 4.3 switches on, `min.insync.replicas` is the cluster's.
fn check_min_insync(alterations: &[Alteration<'_>], scope: BrokerScope) -> Result<(), AlterError> {
    let wish = alterations.iter().find(|alteration| alteration.name == "min.insync.replicas");
    let message = match (wish.map(|wish| wish.operation), scope) {
        (Some(_), BrokerScope::Broker) => {
            "Broker-level min.insync.replicas cannot be altered while ELR is enabled."
        }
        (Some(AlterOperation::Delete), BrokerScope::AllBrokers) => {
            "Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
        }
        _ => return Ok(()),
    };
    Err(AlterError::new(ErrorCode::InvalidConfig, message))
}

/// Whether the broker can take these dynamic settings on while it runs.
fn check_update_modes(altered: &Overrides, scope: BrokerScope) -> Result<(), AlterError> {
    let with = |mode: &dyn Fn(UpdateMode, &str) -> bool| -> Vec<&str> {
        let update = |name: &str| match broker_key(name) {
            Some(key) => Some(key.update),
            None => name.starts_with("listener.name.").then_some(UpdateMode::PerBroker),
        };
        let names = altered.keys().map(String::as_str);
        names.filter(|name| update(name).is_some_and(|update| mode(update, name))).collect()
    };
    // `SslConfigs.RECONFIGURABLE_CONFIGS`.
    let is_security = |name: &str| {
        name.starts_with("ssl.keystore.")
            || name.starts_with("ssl.truststore.")
            || name == "ssl.key.password"
    };
    let refusals = [
        (with(&|mode, _| mode == UpdateMode::ReadOnly), "Cannot update these configs dynamically"),
        (
            with(&|mode, name| mode == UpdateMode::PerBroker && is_security(name)),
            "These security configs can be dynamically updated only per-listener using the \
             listener prefix",
        ),
        (
            with(&|mode, _| mode == UpdateMode::PerBroker && scope == BrokerScope::AllBrokers),
            "Cannot update these configs at default cluster level, broker id must be specified",
        ),
    ];
    for (names, reason) in refusals {
        if !names.is_empty() {
            let message = format!("{reason}: [{}]", names.join(", "));
            return Err(AlterError::new(ErrorCode::InvalidRequest, message));
        }
    }
    Ok(())
}

/// What is refused before any resource is looked up: a name twice, a missing value
/// (`ConfigAdminManager.preprocess`).
pub fn check_alterations(alterations: &[Alteration<'_>]) -> Result<(), AlterError> {
    let mut seen = BTreeSet::new();
    if !alterations.iter().all(|alteration| seen.insert(&alteration.name)) {
        return Err(AlterError::new(
            ErrorCode::InvalidRequest,
            "Error due to duplicate config keys",
        ));
    }
    let nulls: Vec<&str> = alterations
        .iter()
        .filter(|it| it.operation != AlterOperation::Delete && it.value.is_none())
        .map(|it| it.name)
        .collect();
    if nulls.is_empty() {
        return Ok(());
    }
    let message = format!("Null value not supported for : {}", nulls.join(","));
    Err(AlterError::new(ErrorCode::InvalidRequest, message))
}

/// Applies the wishes one after another.
fn apply(
    overrides: &Overrides,
    alterations: &[Alteration<'_>],
    key: &dyn Fn(&str) -> Option<ConfigKey>,
) -> Result<Overrides, AlterError> {
    let mut altered = overrides.clone();
    for Alteration { name, operation, value } in alterations {
        let value = value.unwrap_or("");
        match operation {
            AlterOperation::Set => drop(altered.insert((*name).to_owned(), value.to_owned())),
            AlterOperation::Delete => drop(altered.remove(*name)),
            AlterOperation::Append | AlterOperation::Subtract => {
                let key = key(name).filter(|key| key.kind == ConfigType::List);
                let Some(key) = key else {
                    let verb = operation.name();
                    let message =
                        format!("Can't {verb} to key {name} because its type is not LIST.");
                    return Err(AlterError::new(ErrorCode::InvalidConfig, message));
                };
                let text = altered.get(*name).map(String::as_str).or(key.default).unwrap_or("");
                let entries = combined(text, value, *operation);
                altered.insert((*name).to_owned(), entries);
            }
        }
    }
    Ok(altered)
}

fn combined(text: &str, value: &str, operation: AlterOperation) -> String {
    let mut entries: Vec<&str> = text.split(',').filter(|entry| !entry.is_empty()).collect();
    for entry in value.split(',') {
        match operation {
            AlterOperation::Append if entries.contains(&entry) => {}
            AlterOperation::Append => entries.push(entry),
            _ => entries.retain(|kept| *kept != entry),
        }
    }
    entries.join(",")
}

impl BrokerConfig {
    /// The settings with what was set while the broker runs: one broker's own values win over
    /// the defaults of all, these over what it was started with.
    pub fn with_dynamic(&self, dynamic: &DynamicConfig) -> Result<BrokerConfig, Vec<ConfigError>> {
        let mut values = self.values.clone();
        for layer in [&dynamic.all_brokers, &dynamic.broker] {
            values.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        let config = BrokerConfig::from_values(&values)?;
        Ok(BrokerConfig { values: self.values.clone(), ..config })
    }
}

/// Broker settings that were set while the broker runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DynamicConfig {
    /// Of this broker, DYNAMIC_BROKER_CONFIG.
    pub broker: Overrides,
    /// Of all brokers, DYNAMIC_DEFAULT_BROKER_CONFIG.
    pub all_brokers: Overrides,
}
