//! CreateTopics and auto-creation.

use std::collections::{BTreeMap, BTreeSet};

use super::assignment::{Assignment, check_assignments};
use super::{PARTITIONS_PER_REQUEST_MAX, TOO_MANY_PARTITIONS};
use crate::base::{ErrorCode, LeaderEpoch, PartitionIndex, TopicId, TopicName};
use crate::broker::entropy::random_topic_id;
use crate::broker::metadata::State;
use crate::broker::{Broker, OFFSETS_TOPIC, Refusal, Topic, Topics};
use crate::cluster::{
    Change, ConfigResource, LogConfig, METADATA_TOPIC, PartitionImage, validate_topic,
    validate_topic_name,
};

/// A topic that somebody wants.
#[derive(Debug, Clone, Default)]
pub struct NewTopic<'a> {
    /// Its name.
    pub name: &'a str,
    /// -1: `num.partitions`.
    pub partitions: i32,
    /// -1: `default.replication.factor`.
    pub replication_factor: i16,
    /// Replicas by partition; empty: the broker chooses.
    pub assignments: Vec<Assignment>,
    /// Settings; one without a value is refused.
    pub configs: Vec<(&'a str, Option<&'a str>)>,
}

/// A topic that is there now, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its identity; zero where it was only asked whether it could be made.
    pub id: TopicId,
    /// Its partitions.
    pub partitions: i32,
    /// Replicas of each.
    pub replication_factor: i16,
    /// Its own settings.
    pub overrides: BTreeMap<String, String>,
}

/// A topic that has passed the checks.
struct Accepted {
    name: TopicName,
    config: LogConfig,
    created: CreatedTopic,
}

impl Broker {
    /// Makes topics. Each is made or refused on its own; all that are made are made at once.
    pub fn create_topics(
        &self,
        wanted: &[NewTopic<'_>],
        validate_only: bool,
    ) -> Vec<Result<CreatedTopic, Refusal>> {
        let mut state = self.metadata().lock();
        if let Some(refusal) = self.too_many_partitions(wanted) {
            return vec![Err(refusal); wanted.len()];
        }
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for topic in wanted {
            *names.entry(topic.name).or_default() += 1;
        }
        let checked: Vec<Result<Accepted, Refusal>> = wanted
            .iter()
            .map(|topic| match names[topic.name] {
                1 => self.check_new_topic(&state, topic),
                _ => Err(Refusal::new(ErrorCode::InvalidRequest, "Duplicate topic name.")),
            })
            .collect();
        if !validate_only && let Err(refusal) = self.make(&mut state, checked.iter().flatten()) {
            return vec![Err(refusal); wanted.len()];
        }
        let outcome = |mut accepted: Accepted| {
            if validate_only {
                accepted.created.id = TopicId::ZERO;
            }
            accepted.created
        };
        checked.into_iter().map(|checked| checked.map(outcome)).collect()
    }

    /// Makes a topic that somebody has asked about or written to (`auto.create.topics.enable`),
    /// with the settings that an internal topic needs.
    ///
    /// # Errors
    /// As for any topic; that it exists by now is no error.
    pub fn auto_create_topic(&self, name: &str) -> Result<(), Refusal> {
        let config = self.config();
        let segment_bytes = config.offsets_topic_segment_bytes.to_string();
        let wanted = match name {
            OFFSETS_TOPIC => NewTopic {
                name,
                partitions: config.offsets_topic_num_partitions,
                replication_factor: config.offsets_topic_replication_factor,
                configs: vec![
                    ("cleanup.policy", Some("compact")),
                    ("compression.type", Some("producer")),
                    ("segment.bytes", Some(&segment_bytes)),
                ],
                assignments: Vec::new(),
            },
            _ => NewTopic { name, partitions: -1, replication_factor: -1, ..NewTopic::default() },
        };
        match self.create_topics(&[wanted], false).pop() {
            Some(Err(refusal)) if refusal.code != ErrorCode::TopicAlreadyExists => Err(refusal),
            _ => Ok(()),
        }
    }

    fn too_many_partitions(&self, wanted: &[NewTopic<'_>]) -> Option<Refusal> {
        let count = |topic: &NewTopic<'_>| match topic.partitions {
            _ if !topic.assignments.is_empty() => topic.assignments.len(),
            -1 => usize::try_from(self.config().num_partitions).unwrap_or(1),
            partitions => usize::try_from(partitions).unwrap_or(0),
        };
        let total = wanted.iter().map(count).fold(0, usize::saturating_add);
        (total > PARTITIONS_PER_REQUEST_MAX)
            .then(|| Refusal::new(ErrorCode::PolicyViolation, TOO_MANY_PARTITIONS))
    }

    fn check_new_topic(&self, state: &State, topic: &NewTopic<'_>) -> Result<Accepted, Refusal> {
        let name = topic.name;
        if name == METADATA_TOPIC {
            return Err(Refusal::new(
                ErrorCode::InvalidRequest,
                format!("Creation of internal topic {METADATA_TOPIC} is prohibited."),
            ));
        }
        validate_topic_name(name)
            .map_err(|text| Refusal::new(ErrorCode::InvalidTopicException, text))?;
        if let Some(other) = state.image().colliding_topic(name) {
            return Err(Refusal::new(
                ErrorCode::InvalidTopicException,
                format!("Topic '{name}' collides with existing topic: {other}"),
            ));
        }
        if state.image().topic(name).is_some() {
            return Err(Refusal::new(
                ErrorCode::TopicAlreadyExists,
                format!("Topic '{name}' already exists."),
            ));
        }
        let overrides = overrides(&topic.configs)?;
        let config = validate_topic(&overrides, state.log_defaults())?;
        let (partitions, replication_factor) = self.check_size(topic)?;
        let created =
            CreatedTopic { id: random_topic_id(), partitions, replication_factor, overrides };
        Ok(Accepted { name: name.into(), config, created })
    }

    /// The number of partitions and of replicas.
    fn check_size(&self, topic: &NewTopic<'_>) -> Result<(i32, i16), Refusal> {
        let manual = |what: &str| {
            Err(Refusal::new(
                ErrorCode::InvalidRequest,
                format!(
                    "A manual partition assignment was specified, but {what} was not set to -1."
                ),
            ))
        };
        let config = self.config();
        if !topic.assignments.is_empty() {
            return match (topic.replication_factor, topic.partitions) {
                (-1, -1) => check_assignments(&topic.assignments, self.node_id()),
                (-1, _) => manual("numPartitions"),
                _ => manual("replication factor"),
            };
        }
        if topic.replication_factor < -1 || topic.replication_factor == 0 {
            return Err(Refusal::new(
                ErrorCode::InvalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.",
            ));
        }
        if topic.partitions < -1 || topic.partitions == 0 {
            return Err(Refusal::new(
                ErrorCode::InvalidPartitions,
                "Number of partitions was set to an invalid non-positive value.",
            ));
        }
        let or_default = |given: i32, default: i32| if given == -1 { default } else { given };
        let partitions = or_default(topic.partitions, config.num_partitions);
        let replication_factor = match topic.replication_factor {
            -1 => config.default_replication_factor,
            given => given,
        };
        if replication_factor > 1 {
            return Err(Refusal::new(
                ErrorCode::InvalidReplicationFactor,
                format!(
                    "Unable to replicate the partition {replication_factor} time(s): The target \
                     replication factor of {replication_factor} cannot be reached because only 1 \
                     broker(s) are registered or some brokers have all their log directories \
                     cordoned."
                ),
            ));
        }
        Ok((partitions, replication_factor))
    }

    /// Writes the topics down and lets clients see them.
    fn make<'t>(
        &self,
        state: &mut State,
        accepted: impl Iterator<Item = &'t Accepted> + Clone,
    ) -> Result<(), Refusal> {
        state.commit(accepted.clone().flat_map(changes).collect(), self.now())?;
        self.topics().change(|topics: &mut Topics| {
            for topic in accepted {
                topics.insert(self.new_topic(state, topic));
            }
        });
        Ok(())
    }

    fn new_topic(&self, state: &State, topic: &Accepted) -> Topic {
        let config = match topic.created.overrides.is_empty() {
            true => state.log_defaults().clone(),
            false => topic.config.clone().into(),
        };
        let (name, id) = (&topic.name, topic.created.id);
        let partitions = (0..topic.created.partitions)
            .map(|index| self.new_partition(name, id, index, LeaderEpoch(0), &config))
            .collect();
        Topic { name: name.clone(), id, config, partitions }
    }
}

/// The settings by name. Kafka names all that have no value at once.
fn overrides(configs: &[(&str, Option<&str>)]) -> Result<BTreeMap<String, String>, Refusal> {
    let without: BTreeSet<&str> =
        configs.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
    if !without.is_empty() {
        let names = without.into_iter().collect::<Vec<_>>().join(",");
        return Err(Refusal::new(
            ErrorCode::InvalidConfig,
            format!("Null value not supported for topic configs: {names}"),
        ));
    }
    let set = configs.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?)));
    Ok(set.map(|(name, value)| (name, value.to_owned())).collect())
}

/// What the metadata log says about a new topic, in the order of Kafka's controller.
fn changes(topic: &Accepted) -> Vec<Change> {
    let id = topic.created.id;
    let mut changes = vec![Change::AddTopic { name: topic.name.clone(), id }];
    changes.extend(topic.created.overrides.iter().map(|(name, value)| Change::SetConfig {
        resource: ConfigResource::Topic(topic.name.clone()),
        name: name.clone(),
        value: Some(value.clone()),
    }));
    changes.extend((0..topic.created.partitions).map(|index| Change::SetPartition {
        topic: id,
        index: PartitionIndex(index),
        partition: PartitionImage::default(),
    }));
    changes
}
