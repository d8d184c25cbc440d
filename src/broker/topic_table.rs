//! Which topics there are, and the partitions that serve them.
//!
//! Readers take a snapshot and never wait; a change makes a new table. The truth on
//! disk is the metadata log, this is what it amounts to.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

use super::partition::Partition;
use crate::base::{PartitionIndex, TopicId, TopicName, TopicPartition};
use crate::cluster::LogConfig;

/// Topics that clients may read and not write.
pub const INTERNAL_TOPICS: [&str; 3] =
    ["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// A topic, as it is right now.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Its name.
    pub name: TopicName,
    /// Its identity.
    pub id: TopicId,
    /// Its settings after overrides and defaults.
    pub config: Arc<LogConfig>,
    /// Its partitions, by number.
    pub partitions: Vec<Arc<Partition>>,
}

impl Topic {
    /// The partition with this number.
    #[must_use]
    pub fn partition(&self, index: i32) -> Option<&Arc<Partition>> {
        self.partitions.get(usize::try_from(index).ok()?)
    }

    /// Whether it is one of Kafka's own (`Topic.isInternal`).
    #[must_use]
    pub fn is_internal(&self) -> bool {
        INTERNAL_TOPICS.contains(&self.name.as_str())
    }

    /// The name of the partition with this number.
    #[must_use]
    pub fn topic_partition(&self, index: i32) -> TopicPartition {
        TopicPartition { topic: self.name.clone(), partition: PartitionIndex(index) }
    }
}

/// A snapshot of all topics.
#[derive(Debug, Clone, Default)]
pub struct Topics {
    by_name: BTreeMap<TopicName, Arc<Topic>>,
    by_id: HashMap<TopicId, Arc<Topic>>,
}

impl Topics {
    /// The topic with this name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_name.get(name)
    }

    /// The topic with this id.
    #[must_use]
    pub fn by_id(&self, id: TopicId) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// All topics, ordered by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Topic>> {
        self.by_name.values()
    }

    /// Adds a topic, or replaces the one with its id.
    pub fn insert(&mut self, topic: Topic) {
        let topic = Arc::new(topic);
        self.by_id.insert(topic.id, topic.clone());
        self.by_name.insert(topic.name.clone(), topic);
    }

    /// Removes a topic and hands it out.
    pub fn remove(&mut self, id: TopicId) -> Option<Arc<Topic>> {
        let topic = self.by_id.remove(&id)?;
        self.by_name.remove(&topic.name);
        Some(topic)
    }
}

/// The current snapshot, and the lock that changes are made under.
#[derive(Debug, Default)]
pub struct TopicTable {
    current: ArcSwap<Topics>,
    changing: Mutex<()>,
    changed: watch::Sender<()>,
}

impl TopicTable {
    /// The topics as they are now.
    #[must_use]
    pub fn load(&self) -> Guard<Arc<Topics>> {
        self.current.load()
    }

    /// Replaces the topics by what `change` makes of them. Changes exclude each other.
    pub fn change<T>(&self, change: impl FnOnce(&mut Topics) -> T) -> T {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut topics = Topics::clone(&self.current.load());
        let result = change(&mut topics);
        self.current.store(Arc::new(topics));
        self.changed.send_replace(());
        result
    }

    /// Tells of every change to come, for those who wait for a topic.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
