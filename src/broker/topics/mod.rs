//! Making, growing and deleting topics, with Kafka's checks in Kafka's order and words
//! (`ControllerApis`, `ReplicationControlManager`).
//!
//! A topic is there as soon as the call returns: the change is in the metadata log and the
//! table of topics has it. On disk a partition begins with its first record.

mod assignment;
mod create;
mod delete;
mod grow;

use std::sync::Arc;

use super::metadata::State;
use super::{Broker, OFFSETS_TOPIC, Partition, Topic};
use crate::base::{LeaderEpoch, TopicId, TopicName, TopicPartition};
use crate::cluster::{ConfigResource, LogConfig};

pub use self::assignment::Assignment;
pub(crate) use self::assignment::check_replicas;
pub use self::create::{CreatedTopic, NewTopic};
pub use self::delete::TopicRef;
pub use self::grow::NewPartitions;

/// Partitions that one request may make (`MAX_PARTITIONS_PER_BATCH`).
const PARTITIONS_PER_REQUEST_MAX: usize = 10_000;
const TOO_MANY_PARTITIONS: &str = "Excessively large number of partitions per request.";

impl Broker {
    /// Puts all topics of the metadata log into the topic table.
    pub(super) fn load_topics(&self) {
        let state = self.metadata().lock();
        self.topics().change(|topics| {
            for (name, image) in state.image().topics() {
                let config = self.topic_config(&state, name);
                let partitions = (0..).zip(&image.partitions).map(|(index, partition)| {
                    self.new_partition(name, image.id, index, partition.leader_epoch, &config)
                });
                let partitions = partitions.collect();
                topics.insert(Topic {
                    name: name.clone(),
                    id: image.id,
                    config: config.clone(),
                    partitions,
                });
            }
        });
    }

    /// Makes the internal topics that are not there yet, so that the first group does not have
    /// to wait for them.
    pub(super) fn make_internal_topics(&self) {
        if self.topics().load().by_name(OFFSETS_TOPIC).is_none()
            && let Err(refusal) = self.auto_create_topic(OFFSETS_TOPIC)
        {
            let reason = refusal.message.unwrap_or_else(|| refusal.code.to_string());
            tracing::warn!(topic = OFFSETS_TOPIC, reason, "an internal topic could not be made");
        }
    }

    /// A topic's settings. Should they not hold together any more, after the broker's have
    /// changed, then without its own.
    pub(super) fn topic_config(&self, state: &State, name: &TopicName) -> Arc<LogConfig> {
        let overrides = state.image().config(&ConfigResource::Topic(name.clone()));
        if overrides.is_empty() {
            return state.log_defaults().clone();
        }
        match LogConfig::from_overrides(state.log_defaults(), overrides) {
            Ok(config) => Arc::new(config),
            Err(error) => {
                tracing::warn!(topic = %name, %error, "the topic's settings do not hold");
                state.log_defaults().clone()
            }
        }
    }

    fn new_partition(
        &self,
        name: &TopicName,
        id: TopicId,
        index: i32,
        leader_epoch: LeaderEpoch,
        config: &Arc<LogConfig>,
    ) -> Arc<Partition> {
        let partition = TopicPartition::new(name.clone(), index);
        Partition::new(partition, id, leader_epoch, config.clone(), self.home().clone())
    }
}
