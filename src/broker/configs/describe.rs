//! DescribeConfigs.

use std::collections::{BTreeMap, BTreeSet};

use super::{ConfigEntry, ConfigSource, ConfigSynonym, ConfigTarget};
use crate::base::{ErrorCode, NodeId};
use crate::broker::metadata::State;
use crate::broker::{Broker, Refusal};
use crate::cluster::{
    BrokerKey, ConfigKey, ConfigResource, ConfigType, Profile, TOPIC_KEYS, TopicKey, UpdateMode,
    broker_key, broker_keys, default_of, validate_topic_name,
};

impl Broker {
    /// The settings of a topic or broker, ordered by name, or those of them in `wanted`.
    ///
    /// # Errors
    /// A topic that does not exist, or a broker that this is not.
    pub fn describe_configs(
        &self,
        target: ConfigTarget<'_>,
        wanted: Option<&[&str]>,
    ) -> Result<Vec<ConfigEntry>, Refusal> {
        let state = self.metadata().lock();
        let settings = Settings::new(&state, self.config().profile, self.node_id());
        let mut entries = match target {
            ConfigTarget::Topic(name) => {
                validate_topic_name(name)
                    .map_err(|text| Refusal::new(ErrorCode::InvalidTopicException, text))?;
                if state.image().topic(name).is_none() {
                    return Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, ""));
                }
                let resource = ConfigResource::Topic(name.into());
                settings.topic(state.image().config(&resource))
            }
            ConfigTarget::Broker("") => settings.default_broker(),
            ConfigTarget::Broker(name) => {
                check_broker(name, self.node_id())?;
                settings.broker()
            }
        };
        if let Some(wanted) = wanted {
            entries.retain(|entry| wanted.contains(&entry.name.as_str()));
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    /// The settings of a topic that has these of its own.
    #[must_use]
    pub fn describe_topic_overrides(
        &self,
        overrides: &BTreeMap<String, String>,
    ) -> Vec<ConfigEntry> {
        let state = self.metadata().lock();
        Settings::new(&state, self.config().profile, self.node_id()).topic(overrides)
    }
}

fn check_broker(name: &str, own: NodeId) -> Result<(), Refusal> {
    let text = match name.parse::<i32>() {
        Ok(number) if number == own.0 => return Ok(()),
        Ok(_) => {
            format!("Unexpected broker id, expected {own} or empty string, but received {name}")
        }
        Err(_) => format!("Broker id must be an integer, but it is: {name}"),
    };
    Err(Refusal::new(ErrorCode::InvalidRequest, text))
}

/// Everything that is set, by where it is set.
struct Settings<'s> {
    dynamic: &'s BTreeMap<String, String>,
    dynamic_default: &'s BTreeMap<String, String>,
    at_start: &'s BTreeMap<String, String>,
    profile: Profile,
}

impl<'s> Settings<'s> {
    fn new(state: &'s State, profile: Profile, node: NodeId) -> Self {
        Settings {
            dynamic: state.image().config(&ConfigResource::Broker(node)),
            dynamic_default: state.image().config(&ConfigResource::DefaultBroker),
            at_start: state.static_values(),
            profile,
        }
    }

    /// What a broker setting has on each level, the strongest first.
    fn levels(&self, name: &str) -> [(ConfigSource, Option<&'s str>); 4] {
        let set = |values: &'s BTreeMap<String, String>| values.get(name).map(String::as_str);
        [
            (ConfigSource::DynamicBroker, set(self.dynamic)),
            (ConfigSource::DynamicDefaultBroker, set(self.dynamic_default)),
            (ConfigSource::StaticBroker, set(self.at_start)),
            (ConfigSource::Default, default_of(self.profile, name)),
        ]
    }

    /// Everything that is set for a broker setting, under its own name and under others.
    fn synonyms(&self, name: &str) -> Vec<ConfigSynonym> {
        let names = synonyms(name);
        let mut found = Vec::new();
        for level in 0..4 {
            for &name in names.as_slice() {
                let (source, value) = self.levels(name)[level];
                let key = broker_key(name).map(|broker_key| &broker_key.key);
                if let Some(value) = value {
                    let value = shown(key, value);
                    found.push(ConfigSynonym { name: name.to_owned(), value, source });
                }
            }
        }
        found
    }

    fn topic(&self, overrides: &BTreeMap<String, String>) -> Vec<ConfigEntry> {
        // Kafka hides its internal settings, this one among them.
        let listed = TOPIC_KEYS.iter().filter(|key| !key.key.name.starts_with("internal."));
        listed.map(|key| self.topic_entry(key, overrides)).collect()
    }

    fn topic_entry(
        &self,
        topic_key: &'static TopicKey,
        overrides: &BTreeMap<String, String>,
    ) -> ConfigEntry {
        let key = &topic_key.key;
        let own = overrides.get(key.name).and_then(|value| shown(Some(key), value));
        let first = topic_key.synonyms.first();
        let mut synonyms = first.map(|first| self.synonyms(first.name)).unwrap_or_default();
        if let Some(value) = &own {
            let (name, source) = (key.name.to_owned(), ConfigSource::DynamicTopic);
            synonyms.insert(0, ConfigSynonym { name, value: Some(value.clone()), source });
        }
        ConfigEntry {
            name: key.name.to_owned(),
            source: synonyms.first().map_or(ConfigSource::Default, |first| first.source),
            value: own.or_else(|| self.topic_default(topic_key)),
            is_read_only: false,
            is_sensitive: key.is_sensitive(),
            synonyms,
            kind: Some(key.kind),
            documentation: Some(topic_key.documentation),
        }
    }

    /// What a topic has without a setting of its own: that of the strongest broker setting
    /// that anyone has set, in the topic setting's unit, else Kafka's default.
    fn topic_default(&self, topic_key: &TopicKey) -> Option<String> {
        for synonym in topic_key.synonyms {
            let set = self.levels(synonym.name)[..3].iter().find_map(|(_, value)| *value);
            let Some(value) = set else { continue };
            return match value.trim().parse::<i64>() {
                Ok(number) if synonym.factor != 1 => {
                    Some(number.saturating_mul(synonym.factor).to_string())
                }
                _ => shown(Some(&topic_key.key), value),
            };
        }
        topic_key.key.default.map(str::to_owned)
    }

    fn broker(&self) -> Vec<ConfigEntry> {
        let is_listed = |key: &&BrokerKey| !key.is_internal && !key.key.name.starts_with("klamm.");
        let known = broker_keys().filter(is_listed);
        let mut entries: Vec<ConfigEntry> = known.map(|key| self.broker_entry(key)).collect();
        let dynamic = self.dynamic.keys().chain(self.dynamic_default.keys());
        let unknown: BTreeSet<&String> =
            dynamic.filter(|name| broker_key(name).is_none()).collect();
        entries.extend(unknown.into_iter().map(|name| self.unknown_entry(name)));
        entries
    }

    fn broker_entry(&self, broker_key: &BrokerKey) -> ConfigEntry {
        let key = &broker_key.key;
        let synonyms = self.synonyms(key.name);
        let value = self.levels(key.name).into_iter().find_map(|(_, value)| value);
        ConfigEntry {
            name: key.name.to_owned(),
            value: value.and_then(|value| shown(Some(key), value)),
            source: synonyms.first().map_or(ConfigSource::Default, |first| first.source),
            is_read_only: broker_key.update == UpdateMode::ReadOnly,
            is_sensitive: key.is_sensitive(),
            synonyms,
            kind: Some(key.kind),
            documentation: None,
        }
    }

    /// A name that was set and that nobody knows: it may be a secret, so it is not shown.
    fn unknown_entry(&self, name: &str) -> ConfigEntry {
        let synonyms = self.synonyms(name);
        ConfigEntry {
            name: name.to_owned(),
            value: None,
            source: synonyms.first().map_or(ConfigSource::Default, |first| first.source),
            is_read_only: true,
            is_sensitive: true,
            synonyms,
            kind: None,
            documentation: None,
        }
    }

    /// What is set for all brokers.
    fn default_broker(&self) -> Vec<ConfigEntry> {
        let entry = |name: &String| {
            let mut entry = match broker_key(name) {
                Some(key) => self.broker_entry(key),
                None => self.unknown_entry(name),
            };
            let is_own = |synonym: &ConfigSynonym| {
                synonym.source == ConfigSource::DynamicDefaultBroker && synonym.name == *name
            };
            entry.synonyms.retain(is_own);
            entry.source = ConfigSource::DynamicDefaultBroker;
            entry.value = entry.synonyms.first().and_then(|first| first.value.clone());
            entry
        };
        self.dynamic_default.keys().map(entry).collect()
    }
}

/// The names under which a broker setting may be set (`DynamicBrokerConfig.brokerConfigSynonyms`).
fn synonyms(name: &str) -> Vec<&str> {
    match name {
        "log.retention.ms" => vec![name, "log.retention.minutes", "log.retention.hours"],
        _ => vec![name],
    }
}

/// A value as Kafka prints it: read and written again, or not at all.
fn shown(key: Option<&ConfigKey>, value: &str) -> Option<String> {
    let key = key.filter(|key| !key.is_sensitive())?;
    match (key.kind, key.parse(value)) {
        (ConfigType::Double, _) | (_, Err(_)) => Some(value.trim().to_owned()),
        (_, Ok(parsed)) => Some(parsed.to_string()),
    }
}
