//! DeleteTopics.

use std::collections::BTreeSet;

use crate::base::{ErrorCode, TopicId, TopicName};
use crate::broker::metadata::State;
use crate::broker::{Broker, INTERNAL_TOPICS, Refusal};
use crate::cluster::Change;

/// A topic by name or by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicRef<'a> {
    /// By name.
    Name(&'a str),
    /// By id.
    Id(TopicId),
}

impl Broker {
    /// Deletes a topic, its settings and its files. Gives its name and id.
    ///
    /// # Errors
    /// TOPIC_DELETION_DISABLED, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID;
    /// INVALID_TOPIC_EXCEPTION for a topic in which klamm itself keeps something.
    pub fn delete_topic(&self, topic: TopicRef<'_>) -> Result<(TopicName, TopicId), Refusal> {
        if !self.config().delete_topic_enable {
            return Err(Refusal::code(ErrorCode::TopicDeletionDisabled));
        }
        let mut state = self.metadata().lock();
        let (name, id) = find(&state, topic)?;
        if INTERNAL_TOPICS.contains(&name.as_str()) {
            return Err(Refusal::new(
                ErrorCode::InvalidTopicException,
                format!("klamm keeps its own state in {name}; it cannot be deleted"),
            ));
        }
        let now = self.now();
        state.commit(vec![Change::RemoveTopic { id }], now)?;
        let removed = self.topics().change(|topics| topics.remove(id));
        // Still under the lock: a new topic of this name needs the directories out of its way.
        for partition in removed.iter().flat_map(|topic| &topic.partitions) {
            if let Err(error) = partition.delete(now) {
                tracing::error!(partition = %partition.name(), %error, "files were left behind");
            }
        }
        Ok((name, id))
    }

    /// The names of the topics that are meant, where more than one of the references mean the
    /// same topic.
    #[must_use]
    pub fn topics_named_twice(&self, topics: &[TopicRef<'_>]) -> BTreeSet<TopicId> {
        let state = self.metadata().lock();
        let mut seen = BTreeSet::new();
        let ids = topics.iter().filter_map(|topic| find(&state, *topic).ok());
        ids.filter(|(_, id)| !seen.insert(*id)).map(|(_, id)| id).collect()
    }
}

fn find(state: &State, topic: TopicRef<'_>) -> Result<(TopicName, TopicId), Refusal> {
    match topic {
        TopicRef::Name(name) => match state.image().topic(name) {
            Some(topic) => Ok((name.into(), topic.id)),
            None => Err(Refusal::code(ErrorCode::UnknownTopicOrPartition)),
        },
        TopicRef::Id(id) => match state.image().topic_name(id) {
            Some(name) => Ok((name.clone(), id)),
            None => Err(Refusal::code(ErrorCode::UnknownTopicId)),
        },
    }
}
