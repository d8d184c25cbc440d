//! What the cluster metadata log amounts to: topics, their partitions, settings, features.
//!
//! Changed only by [`ClusterImage::apply`], at run time as in recovery. Knows nothing of how a
//! change is written down, and nothing of the partitions' logs.

use std::collections::BTreeMap;

use super::topic_name::collision_name;
use crate::base::{LeaderEpoch, NodeId, PartitionIndex, TopicId, TopicName};

/// Whose settings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigResource {
    /// A topic's.
    Topic(TopicName),
    /// Those of all brokers that have no setting of their own.
    DefaultBroker,
    /// One broker's.
    Broker(NodeId),
    /// A kind that klamm only keeps: its number and its name.
    Other(i8, String),
}

/// One step of the cluster's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A topic without partitions, which follow.
    AddTopic {
        /// Its name.
        name: TopicName,
        /// Its identity.
        id: TopicId,
    },
    /// The next partition of a topic, or an existing one as it is now.
    SetPartition {
        /// The topic.
        topic: TopicId,
        /// Its number.
        index: PartitionIndex,
        /// What is to be known of it.
        partition: PartitionImage,
    },
    /// A partition has changed its leader, or only its replicas.
    ChangePartition {
        /// The topic.
        topic: TopicId,
        /// Its number.
        index: PartitionIndex,
        /// Whether the leader is another one: its epoch grows.
        leader_changed: bool,
    },
    /// A topic is gone, with its settings.
    RemoveTopic {
        /// Its identity.
        id: TopicId,
    },
    /// A setting; without a value it is as if it had never been set.
    SetConfig {
        /// Whose.
        resource: ConfigResource,
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
    },
    /// Producer ids below this one are taken.
    TakeProducerIds {
        /// The first that is free.
        next: i64,
    },
    /// A feature is at this level.
    SetFeature {
        /// For example `metadata.version`.
        name: String,
        /// The level; 0 turns it off.
        level: i16,
    },
}

/// A partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartitionImage {
    /// How often its leader has changed.
    pub leader_epoch: LeaderEpoch,
    /// How often anything about it has changed.
    pub partition_epoch: i32,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicImage {
    /// Its identity.
    pub id: TopicId,
    /// Its partitions, by number.
    pub partitions: Vec<PartitionImage>,
}

/// A change that does not fit what came before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// A topic id that no topic has.
    #[error("there is no topic with the id {0}")]
    UnknownTopic(TopicId),
    /// A partition that comes before those with smaller numbers.
    #[error("topic {0} has no partition before partition {1}")]
    PartitionGap(TopicName, PartitionIndex),
}

/// Everything, right now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusterImage {
    topics: BTreeMap<TopicName, TopicImage>,
    names: BTreeMap<TopicId, TopicName>,
    /// Topics whose names could collide, by what they must not share.
    collisions: BTreeMap<String, TopicName>,
    configs: BTreeMap<ConfigResource, BTreeMap<String, String>>,
    features: BTreeMap<String, i16>,
    next_producer_id: i64,
}

impl ClusterImage {
    /// The only writer.
    ///
    /// # Errors
    /// A change that does not fit; the image is then as it was.
    pub fn apply(&mut self, change: Change) -> Result<(), ImageError> {
        match change {
            Change::AddTopic { name, id } => self.add_topic(name, id),
            Change::SetPartition { topic, index, partition } => {
                return self.set_partition(topic, index, partition);
            }
            Change::ChangePartition { topic, index, leader_changed } => {
                return self.change_partition(topic, index, leader_changed);
            }
            Change::RemoveTopic { id } => return self.remove_topic(id),
            Change::SetConfig { resource, name, value } => self.set_config(resource, name, value),
            Change::TakeProducerIds { next } => self.next_producer_id = next,
            Change::SetFeature { name, level: 0 } => {
                self.features.remove(&name);
            }
            Change::SetFeature { name, level } => {
                self.features.insert(name, level);
            }
        }
        Ok(())
    }

    /// The topic with this name.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&TopicImage> {
        self.topics.get(name)
    }

    /// The name of the topic with this id.
    #[must_use]
    pub fn topic_name(&self, id: TopicId) -> Option<&TopicName> {
        self.names.get(&id)
    }

    /// All topics by name.
    pub fn topics(&self) -> impl ExactSizeIterator<Item = (&TopicName, &TopicImage)> {
        self.topics.iter()
    }

    /// A topic other than `name` that a topic of this name would collide with.
    #[must_use]
    pub fn colliding_topic(&self, name: &str) -> Option<&TopicName> {
        let other = self.collisions.get(&collision_name(name)?)?;
        (other.as_str() != name).then_some(other)
    }

    /// What has been set for a resource.
    #[must_use]
    pub fn config(&self, resource: &ConfigResource) -> &BTreeMap<String, String> {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        self.configs.get(resource).unwrap_or(NONE)
    }

    /// The features that are on, with their levels.
    #[must_use]
    pub fn features(&self) -> &BTreeMap<String, i16> {
        &self.features
    }

    /// The first producer id that nobody has.
    #[must_use]
    pub fn next_producer_id(&self) -> i64 {
        self.next_producer_id
    }

    fn add_topic(&mut self, name: TopicName, id: TopicId) {
        if let Some(collision) = collision_name(name.as_str()) {
            self.collisions.insert(collision, name.clone());
        }
        self.names.insert(id, name.clone());
        self.topics.insert(name, TopicImage { id, partitions: Vec::new() });
    }

    fn topic_by_id(&mut self, id: TopicId) -> Result<(&TopicName, &mut TopicImage), ImageError> {
        let name = self.names.get(&id).ok_or(ImageError::UnknownTopic(id))?;
        let topic = self.topics.get_mut(name).ok_or(ImageError::UnknownTopic(id))?;
        Ok((name, topic))
    }

    fn set_partition(
        &mut self,
        topic: TopicId,
        index: PartitionIndex,
        partition: PartitionImage,
    ) -> Result<(), ImageError> {
        let (name, topic) = self.topic_by_id(topic)?;
        let gap = || ImageError::PartitionGap(name.clone(), index);
        let at = usize::try_from(index.0).map_err(|_| gap())?;
        let count = topic.partitions.len();
        match topic.partitions.get_mut(at) {
            Some(known) => *known = partition,
            None if at == count => topic.partitions.push(partition),
            None => return Err(gap()),
        }
        Ok(())
    }

    fn change_partition(
        &mut self,
        topic: TopicId,
        index: PartitionIndex,
        leader_changed: bool,
    ) -> Result<(), ImageError> {
        let (name, topic) = self.topic_by_id(topic)?;
        let known = usize::try_from(index.0).ok().and_then(|at| topic.partitions.get_mut(at));
        let partition = known.ok_or_else(|| ImageError::PartitionGap(name.clone(), index))?;
        partition.partition_epoch += 1;
        partition.leader_epoch.0 += i32::from(leader_changed);
        Ok(())
    }

    fn remove_topic(&mut self, id: TopicId) -> Result<(), ImageError> {
        let name = self.names.remove(&id).ok_or(ImageError::UnknownTopic(id))?;
        self.topics.remove(&name);
        if let Some(collision) = collision_name(name.as_str()) {
            self.collisions.remove(&collision);
        }
        self.configs.remove(&ConfigResource::Topic(name));
        Ok(())
    }

    fn set_config(&mut self, resource: ConfigResource, name: String, value: Option<String>) {
        match value {
            Some(value) => {
                self.configs.entry(resource).or_default().insert(name, value);
            }
            None => {
                if let Some(configs) = self.configs.get_mut(&resource) {
                    configs.remove(&name);
                    if configs.is_empty() {
                        self.configs.remove(&resource);
                    }
                }
            }
        }
    }
}
