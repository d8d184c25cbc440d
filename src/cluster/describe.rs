//! What DescribeConfigs answers, as values (`ConfigHelper`, `ConfigHelperUtils`).

use std::collections::BTreeMap;

use super::alter::{DynamicConfig, Overrides};
use super::broker_config::BrokerConfig;
use super::broker_keys::{BrokerKey, UpdateMode, broker_key, broker_keys, klamm_keys};
use super::config_key::{ConfigKey, ConfigType};
use super::differences::default_of;
use super::topic_config::{TOPIC_KEYS, TopicKey};

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "Kafka's own names")]
pub enum ConfigSource {
    DynamicTopic,
    DynamicBroker,
    DynamicDefaultBroker,
    StaticBroker,
    Default,
}

impl ConfigSource {
    /// The number on the wire.
    #[must_use]
    pub fn code(self) -> i8 {
        match self {
            ConfigSource::DynamicTopic => 1,
            ConfigSource::DynamicBroker => 2,
            ConfigSource::DynamicDefaultBroker => 3,
            ConfigSource::StaticBroker => 4,
            ConfigSource::Default => 5,
        }
    }
}

/// A setting as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its value; `None` if it has none or must not be shown.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// Its type; `None`: Kafka does not know the setting.
    pub kind: Option<ConfigType>,
    /// Whether it is a secret.
    pub is_sensitive: bool,
    /// Whether it can be changed while the broker runs.
    pub is_read_only: bool,
    /// Every place that has a value for it, the strongest first.
    pub synonyms: Vec<DescribedSynonym>,
    /// What it does; `None` where Kafka says nothing either.
    pub documentation: Option<&'static str>,
}

/// A place that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedSynonym {
    /// The setting.
    pub name: String,
    /// Its value there; `None` if it must not be shown.
    pub value: Option<String>,
    /// The place.
    pub source: ConfigSource,
}

/// All settings of a topic, by name.
#[must_use]
pub fn describe_topic(
    overrides: &Overrides,
    broker: &BrokerConfig,
    dynamic: &DynamicConfig,
) -> Vec<Described> {
    let places = Places { broker, dynamic };
    let shown = TOPIC_KEYS.iter().filter(|topic| topic.key.default.is_some());
    shown.map(|topic| describe_topic_key(topic, overrides, &places)).collect()
}

fn describe_topic_key(topic: &TopicKey, overrides: &Overrides, places: &Places<'_>) -> Described {
    let name = topic.key.name;
    let names: Vec<&str> = topic.synonyms.iter().map(|synonym| synonym.name).collect();
    let own = overrides.get(name).map(|value| DescribedSynonym {
        name: name.to_owned(),
        value: Some(value.clone()),
        source: ConfigSource::DynamicTopic,
    });
    let behind = names.first().map(|first| places.synonyms(first, &names, false));
    let synonyms: Vec<DescribedSynonym> =
        own.into_iter().chain(behind.into_iter().flatten()).collect();
    let text = overrides.get(name).cloned().unwrap_or_else(|| places.topic_default(topic));
    Described {
        name: name.to_owned(),
        value: Some(shown(&topic.key, &text)),
        source: synonyms.first().map_or(ConfigSource::Default, |first| first.source),
        kind: Some(topic.key.kind),
        is_sensitive: false,
        is_read_only: false,
        synonyms,
        documentation: Some(topic.documentation),
    }
}

/// All settings of a broker, by name; klamm's own are left out, as no Kafka tool knows them.
#[must_use]
pub fn describe_broker(broker: &BrokerConfig, dynamic: &DynamicConfig) -> Vec<Described> {
    let places = Places { broker, dynamic };
    let is_klamms = |name: &str| klamm_keys().any(|key| key.key.name == name);
    let known = broker_keys()
        .filter(|key| !key.is_internal && !is_klamms(key.key.name))
        .map(|key| (key.key.name.to_owned(), describe_broker_key(key, &places)));
    let mut described: BTreeMap<String, Described> = known.collect();
    let layers = [
        (&dynamic.broker, ConfigSource::DynamicBroker),
        (&dynamic.all_brokers, ConfigSource::DynamicDefaultBroker),
    ];
    for (layer, source) in layers {
        for name in layer.keys() {
            described.entry(name.clone()).or_insert_with(|| describe_unknown(name, source));
        }
    }
    described.into_values().collect()
}

/// The defaults of all brokers, the resource without a name: only what was set.
#[must_use]
pub fn describe_all_brokers(dynamic: &DynamicConfig) -> Vec<Described> {
    let source = ConfigSource::DynamicDefaultBroker;
    let describe = |(name, value): (&String, &String)| {
        let Some(key) = broker_key(name) else { return describe_unknown(name, source) };
        let value = (!key.key.is_sensitive()).then(|| value.clone());
        let synonym = DescribedSynonym { name: name.clone(), value: value.clone(), source };
        Described {
            value: value.map(|text| shown(&key.key, &text)),
            synonyms: vec![synonym],
            kind: Some(key.key.kind),
            is_sensitive: key.key.is_sensitive(),
            is_read_only: key.update == UpdateMode::ReadOnly,
            ..describe_unknown(name, source)
        }
    };
    dynamic.all_brokers.iter().map(describe).collect()
}

fn describe_broker_key(key: &BrokerKey, places: &Places<'_>) -> Described {
    let name = key.key.name;
    let names = broker_synonyms(name);
    let synonyms = places.synonyms(name, &names, key.key.is_sensitive());
    let text = places.effective(name).filter(|_| !key.key.is_sensitive());
    Described {
        name: name.to_owned(),
        value: text.map(|text| shown(&key.key, &text)),
        source: synonyms.first().map_or(ConfigSource::Default, |first| first.source),
        kind: Some(key.key.kind),
        is_sensitive: key.key.is_sensitive(),
        is_read_only: key.update == UpdateMode::ReadOnly,
        synonyms,
        documentation: None,
    }
}

/// Kafka hides the value of what it does not know: it might be a password.
fn describe_unknown(name: &str, source: ConfigSource) -> Described {
    let synonym = DescribedSynonym { name: name.to_owned(), value: None, source };
    Described {
        name: name.to_owned(),
        value: None,
        source,
        kind: None,
        is_sensitive: true,
        is_read_only: true,
        synonyms: vec![synonym],
        documentation: None,
    }
}

/// The text of a value as Kafka prints it after parsing: without the blanks around it.
fn shown(key: &ConfigKey, text: &str) -> String {
    key.parse(text).map_or_else(|_| text.to_owned(), |value| value.to_string())
}

/// The settings that mean the same, the strongest first (`DynamicBrokerConfig.brokerConfigSynonyms`).
fn broker_synonyms(name: &str) -> Vec<&str> {
    match name {
        "log.roll.ms" | "log.roll.hours" => vec!["log.roll.ms", "log.roll.hours"],
        "log.roll.jitter.ms" | "log.roll.jitter.hours" => {
            vec!["log.roll.jitter.ms", "log.roll.jitter.hours"]
        }
        "log.flush.interval.ms" => vec!["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
        "log.retention.ms" | "log.retention.minutes" | "log.retention.hours" => {
            vec!["log.retention.ms", "log.retention.minutes", "log.retention.hours"]
        }
        _ => vec![name],
    }
}

struct Places<'a> {
    broker: &'a BrokerConfig,
    dynamic: &'a DynamicConfig,
}

impl Places<'_> {
    /// Every place that has one of `names`, by place. What stands before the first one that is
    /// called `name` is left out, as Kafka does: with `log.retention.minutes` alone, retention.ms
    /// is described as a default.
    fn synonyms(&self, name: &str, names: &[&str], is_secret: bool) -> Vec<DescribedSynonym> {
        let sources = [
            ConfigSource::DynamicBroker,
            ConfigSource::DynamicDefaultBroker,
            ConfigSource::StaticBroker,
            ConfigSource::Default,
        ];
        let all = sources.into_iter().flat_map(|source| {
            names.iter().filter_map(move |name| {
                let value = self.at(source, name)?;
                let value = (!is_secret).then_some(value);
                Some(DescribedSynonym { name: (*name).to_owned(), value, source })
            })
        });
        all.skip_while(|synonym| synonym.name != name).collect()
    }

    fn at(&self, source: ConfigSource, name: &str) -> Option<String> {
        match source {
            ConfigSource::DynamicTopic => None,
            ConfigSource::DynamicBroker => self.dynamic.broker.get(name).cloned(),
            ConfigSource::DynamicDefaultBroker => self.dynamic.all_brokers.get(name).cloned(),
            // Kafka sets both names of the node's id as soon as one is set.
            ConfigSource::StaticBroker if matches!(name, "node.id" | "broker.id") => {
                Some(self.broker.node_id.to_string())
            }
            ConfigSource::StaticBroker => self.broker.values.get(name).cloned(),
            ConfigSource::Default if name == "node.id" => None,
            ConfigSource::Default => default_of(self.broker.profile, name).map(str::to_owned),
        }
    }

    fn effective(&self, name: &str) -> Option<String> {
        let sources = [
            ConfigSource::DynamicBroker,
            ConfigSource::DynamicDefaultBroker,
            ConfigSource::StaticBroker,
            ConfigSource::Default,
        ];
        sources.into_iter().find_map(|source| self.at(source, name))
    }

    /// What a topic without an override has: the strongest broker setting behind it in its unit.
    fn topic_default(&self, topic: &TopicKey) -> String {
        let set = topic.synonyms.iter().find_map(|synonym| {
            let text = self
                .at(ConfigSource::DynamicBroker, synonym.name)
                .or_else(|| self.at(ConfigSource::DynamicDefaultBroker, synonym.name))
                .or_else(|| self.at(ConfigSource::StaticBroker, synonym.name))?;
            let number = text.trim().parse::<i64>().ok().filter(|_| synonym.factor != 1);
            Some(number.map_or(text, |it| it.saturating_mul(synonym.factor).to_string()))
        });
        set.unwrap_or_else(|| topic.key.default.unwrap_or_default().to_owned())
    }
}
