//! IncrementalAlterConfigs and AlterConfigs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ConfigTarget, topic_log_config};
use crate::base::{ErrorCode, NodeId};
use crate::broker::metadata::State;
use crate::broker::{Broker, Refusal, Topic};
use crate::cluster::{
    Change, ConfigKey, ConfigResource, ConfigType, LogConfig, UpdateMode, broker_key, default_of,
    split_list, topic_key, validate_topic_name,
};

/// What is to be done with a setting (`AlterConfigOp.OpType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigOperation {
    /// Give it this value.
    Set,
    /// Forget it.
    Delete,
    /// Add the entries to its list.
    Append,
    /// Take the entries out of its list.
    Subtract,
}

/// One step of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigStep<'a> {
    /// The setting.
    pub name: &'a str,
    /// What is to be done with it.
    pub operation: ConfigOperation,
    /// The value; only [`ConfigOperation::Delete`] needs none.
    pub value: Option<&'a str>,
}

impl Broker {
    /// Changes settings of a topic, of the broker or of all brokers: all of them or none.
    ///
    /// # Errors
    /// What Kafka refuses, with its code and text.
    pub fn alter_configs(
        &self,
        target: ConfigTarget<'_>,
        steps: &[ConfigStep<'_>],
        validate_only: bool,
    ) -> Result<(), Refusal> {
        check_steps(steps)?;
        let mut state = self.metadata().lock();
        let resource = self.check_target(&state, target, steps)?;
        let old = state.image().config(&resource).clone();
        let mut new = old.clone();
        for step in steps {
            self.take_step(&resource, &mut new, step)?;
        }
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
        let operation = ConfigOperation::Set;
        let set = configs.iter().map(|&(name, value)| ConfigStep { name, operation, value });
        let steps: Vec<ConfigStep<'_>> = set.collect();
        check_steps(&steps)?;
        let mut state = self.metadata().lock();
        let resource = self.check_target(&state, target, &steps)?;
        let old = state.image().config(&resource).clone();
        let owned = |step: &ConfigStep<'_>| Some((step.name.to_owned(), step.value?.to_owned()));
        let new = steps.iter().filter_map(owned).collect();
        self.put(&mut state, resource, &old, new, validate_only)
    }

    /// Checks that the resource exists and that its settings may be changed at all.
    fn check_target(
        &self,
        state: &State,
        target: ConfigTarget<'_>,
        steps: &[ConfigStep<'_>],
    ) -> Result<ConfigResource, Refusal> {
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
            ConfigTarget::Broker(name) => {
                let resource = broker_resource(name, self.node_id())?;
                check_dynamic(steps, resource == ConfigResource::DefaultBroker)?;
                Ok(resource)
            }
        }
    }

    fn take_step(
        &self,
        resource: &ConfigResource,
        settings: &mut BTreeMap<String, String>,
        step: &ConfigStep<'_>,
    ) -> Result<(), Refusal> {
        let value = step.value.unwrap_or_default();
        let name = step.name;
        let (word, is_append) = match step.operation {
            ConfigOperation::Set => {
                settings.insert(name.to_owned(), value.to_owned());
                return Ok(());
            }
            ConfigOperation::Delete => {
                settings.remove(name);
                return Ok(());
            }
            ConfigOperation::Append => ("APPEND", true),
            ConfigOperation::Subtract => ("SUBTRACT", false),
        };
        let key = key_of(resource, name);
        if key.is_none_or(|key| key.kind != ConfigType::List) {
            return Err(Refusal::new(
                ErrorCode::InvalidConfig,
                format!("Can't {word} to key {name} because its type is not LIST."),
            ));
        }
        let current = match settings.get(name) {
            Some(own) => own.clone(),
            None => self.inherited(resource, name).unwrap_or_default(),
        };
        let mut entries = split_list(&current);
        for entry in split_list(value) {
            if !is_append {
                entries.retain(|known| *known != entry);
            } else if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        settings.insert(name.to_owned(), entries.join(","));
        Ok(())
    }

    /// What a list has before anyone has changed it.
    fn inherited(&self, resource: &ConfigResource, name: &str) -> Option<String> {
        let broker_name = match resource {
            ConfigResource::Topic(_) => topic_key(name)?.synonyms.first().map(|first| first.name),
            _ => Some(name),
        };
        let set = broker_name.and_then(|name| {
            let set = self.config().values.get(name).map(String::as_str);
            set.or_else(|| default_of(self.config().profile, name))
        });
        set.or_else(|| key_of(resource, name)?.default).map(str::to_owned)
    }

    /// Checks the settings as a whole, writes down what is new, and lets it take effect.
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
            ConfigResource::Topic(_) => topic_log_config(state.log_defaults(), &new)?,
            _ => {
                check_min_insync_replicas(&resource, &changes)?;
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

fn key_of(resource: &ConfigResource, name: &str) -> Option<&'static ConfigKey> {
    match resource {
        ConfigResource::Topic(_) => topic_key(name).map(|topic_key| &topic_key.key),
        _ => broker_key(name).map(|broker_key| &broker_key.key),
    }
}

/// Checks the request before anything is looked up (`ConfigAdminManager.preprocess`).
fn check_steps(steps: &[ConfigStep<'_>]) -> Result<(), Refusal> {
    let invalid = |text: String| Err(Refusal::new(ErrorCode::InvalidRequest, text));
    let mut names = BTreeSet::new();
    if !steps.iter().all(|step| names.insert(step.name)) {
        return invalid("Error due to duplicate config keys".to_owned());
    }
    let has_no_value =
        |step: &&ConfigStep<'_>| step.value.is_none() && step.operation != ConfigOperation::Delete;
    let without: Vec<&str> = steps.iter().filter(has_no_value).map(|step| step.name).collect();
    if !without.is_empty() {
        return invalid(format!("Null value not supported for : {}", without.join(",")));
    }
    Ok(())
}

/// Which settings of a broker can be changed while it runs (`DynamicBrokerConfig.validate`).
fn check_dynamic(steps: &[ConfigStep<'_>], for_all: bool) -> Result<(), Refusal> {
    let listed = |text: &str, is_wrong: &dyn Fn(&str) -> bool| {
        let wrong: Vec<&str> =
            steps.iter().map(|step| step.name).filter(|name| is_wrong(name)).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let text = format!("{text}: [{}]", wrong.join(", "));
        Err(Refusal::new(ErrorCode::InvalidRequest, text))
    };
    listed("Cannot update these configs dynamically", &|name| {
        broker_key(name).is_some_and(|key| key.update == UpdateMode::ReadOnly)
    })?;
    if for_all {
        let text = "Cannot update these configs at default cluster level, broker id must be \
                    specified";
        listed(text, &|name| {
            name.starts_with("listener.name.")
                || broker_key(name).is_some_and(|key| key.update == UpdateMode::PerBroker)
        })?;
    }
    Ok(())
}

/// `eligible.leader.replicas.version` keeps `min.insync.replicas` at the level of the cluster.
fn check_min_insync_replicas(resource: &ConfigResource, changes: &[Change]) -> Result<(), Refusal> {
    let text = changes.iter().find_map(|change| match change {
        Change::SetConfig { name, value, .. } if name == "min.insync.replicas" => {
            match (resource, value) {
                (ConfigResource::Broker(_), _) => {
                    Some("Broker-level min.insync.replicas cannot be altered while ELR is enabled.")
                }
                (_, None) => Some(
                    "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
                ),
                _ => None,
            }
        }
        _ => None,
    });
    match text {
        Some(text) => Err(Refusal::new(ErrorCode::InvalidConfig, text)),
        None => Ok(()),
    }
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
