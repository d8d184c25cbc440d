//! IncrementalAlterConfigs and AlterConfigs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ConfigTarget;
use crate::base::{ErrorCode, NodeId};
use crate::broker::metadata::State;
use crate::broker::{Broker, Refusal, Topic};
use crate::cluster::{
    AlterOperation, Alteration, BrokerScope, Change, ConfigResource, LogConfig, alter_broker,
    alter_topic, check_alterations, validate_topic, validate_topic_name,
};

impl Broker {
    /// Changes settings of a topic, of the broker or of all brokers: all of them or none.
    ///
    /// # Errors
    /// What Kafka refuses, with its code and text.
    pub fn alter_configs(
        &self,
        target: ConfigTarget<'_>,
        alterations: &[Alteration<'_>],
        validate_only: bool,
    ) -> Result<(), Refusal> {
        check_alterations(alterations)?;
        let mut state = self.metadata().lock();
        let resource = self.resource(&state, target)?;
        let old = state.image().config(&resource).clone();
        let new = self.altered(&state, &resource, &old, alterations)?;
        self.put(&mut state, resource, &old, new, validate_only)
    }

    /// Replaces all settings of a topic or broker, as AlterConfigs always did.
    ///
    /// # Errors
    /// What Kafka refuses, with its code and text.
    pub fn replace_configs(
        &self,
        target: ConfigTarget<'_>,
        configs: &[(&str, Option<&str>)],
        validate_only: bool,
    ) -> Result<(), Refusal> {
        let operation = AlterOperation::Set;
        let set = configs.iter().map(|&(name, value)| Alteration { name, operation, value });
        let alterations: Vec<Alteration<'_>> = set.collect();
        check_alterations(&alterations)?;
        let mut state = self.metadata().lock();
        let resource = self.resource(&state, target)?;
        let old = state.image().config(&resource).clone();
        let new = self.altered(&state, &resource, &BTreeMap::new(), &alterations)?;
        self.put(&mut state, resource, &old, new, validate_only)
    }

    /// The settings after the changes, checked.
    fn altered(
        &self,
        state: &State,
        resource: &ConfigResource,
        old: &BTreeMap<String, String>,
        alterations: &[Alteration<'_>],
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let scope = match resource {
            ConfigResource::Topic(_) => {
                let (new, _) = alter_topic(old, alterations, state.log_defaults())?;
                return Ok(new);
            }
            ConfigResource::DefaultBroker => BrokerScope::AllBrokers,
            ConfigResource::Broker(_) | ConfigResource::Other(..) => BrokerScope::Broker,
        };
        Ok(alter_broker(old, alterations, scope)?)
    }

    /// The resource that is meant, if it exists.
    fn resource(&self, state: &State, target: ConfigTarget<'_>) -> Result<ConfigResource, Refusal> {
        match target {
            ConfigTarget::Topic(name) => {
                validate_topic_name(name)
                    .map_err(|text| Refusal::new(ErrorCode::InvalidTopicException, text))?;
                if state.image().topic(name).is_none() {
                    return Err(Refusal::new(
                        ErrorCode::UnknownTopicOrPartition,
                        format!("The topic '{name}' does not exist."),
                    ));
                }
                Ok(ConfigResource::Topic(name.into()))
            }
            ConfigTarget::Broker(name) => broker_resource(name, self.node_id()),
        }
    }

    /// Writes down what is new and lets it take effect.
    fn put(
        &self,
        state: &mut State,
        resource: ConfigResource,
        old: &BTreeMap<String, String>,
        new: BTreeMap<String, String>,
        validate_only: bool,
    ) -> Result<(), Refusal> {
        let changes = changes(&resource, old, &new);
        let checked = match &resource {
            ConfigResource::Topic(_) => validate_topic(&new, state.log_defaults())?,
            _ => {
                let checked = state.log_defaults_with(Some((&resource, &new)));
                // Kafka's brokers answer with another code than its controller.
                checked.map_err(|e| Refusal::new(ErrorCode::InvalidRequest, e.to_string()))?
            }
        };
        if validate_only || changes.is_empty() {
            return Ok(());
        }
        state.commit(changes, self.now())?;
        match resource {
            ConfigResource::Topic(name) => {
                let config = match new.is_empty() {
                    true => state.log_defaults().clone(),
                    false => Arc::new(checked),
                };
                self.publish(|topic| (topic.name == name).then(|| config.clone()));
            }
            _ => {
                state.set_log_defaults(checked);
                self.publish(|topic| Some(self.topic_config(state, &topic.name)));
            }
        }
        Ok(())
    }

    /// Gives topics other settings.
    fn publish(&self, config: impl Fn(&Topic) -> Option<Arc<LogConfig>>) {
        let changed: Vec<(Arc<Topic>, Arc<LogConfig>)> = {
            let topics = self.topics().load();
            topics.iter().filter_map(|topic| Some((topic.clone(), config(topic)?))).collect()
        };
        for (topic, config) in &changed {
            for partition in &topic.partitions {
                partition.set_config(config);
            }
        }
        self.topics().change(|topics| {
            for (topic, config) in changed {
                topics.insert(Topic { config, ..Topic::clone(&topic) });
            }
        });
    }
}

/// The broker that is meant; an empty name is all of them.
fn broker_resource(name: &str, own: NodeId) -> Result<ConfigResource, Refusal> {
    let text = match name.parse::<i32>() {
        _ if name.is_empty() => return Ok(ConfigResource::DefaultBroker),
        Ok(number) if number == own.0 => return Ok(ConfigResource::Broker(own)),
        Ok(_) => format!("Unexpected broker id, expected {own}, but received {name}"),
        Err(_) => format!("Node id must be an integer, but it is: {name}"),
    };
    Err(Refusal::new(ErrorCode::InvalidRequest, text))
}

/// What is different now.
fn changes(
    resource: &ConfigResource,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<Change> {
    let set = |name: &String, value: Option<&String>| Change::SetConfig {
        resource: resource.clone(),
        name: name.clone(),
        value: value.cloned(),
    };
    let removed = old.keys().filter(|name| !new.contains_key(*name)).map(|name| set(name, None));
    let changed = new.iter().filter(|(name, value)| old.get(*name) != Some(value));
    removed.chain(changed.map(|(name, value)| set(name, Some(value)))).collect()
}
