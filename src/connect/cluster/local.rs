//! This process's own broker as the sink's cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::config_log::BrokerConfigLog;
use super::{Cluster, ConfigLog, Offsets};
use crate::base::{
    ErrorCode, Generation, GroupId, LeaderEpoch, MemberId, Offset, TopicId, TopicName,
    TopicPartition,
};
use crate::broker::Broker;
use crate::connect::config::SinkConfig;
use crate::connect::source::Source;
use crate::connect::source_local::LocalSource;
use crate::group::{
    Command, CommitOffsets, CommittedTopic, DeleteOffsets, FetchOffsets, OffsetToCommit, Reply,
    TopicPartitions,
};

/// A broker in this process.
pub struct LocalCluster {
    broker: Arc<Broker>,
    config_log: BrokerConfigLog,
}

impl LocalCluster {
    /// The cluster of this broker.
    #[must_use]
    pub fn new(broker: Arc<Broker>) -> LocalCluster {
        LocalCluster { config_log: BrokerConfigLog::new(broker.clone()), broker }
    }

    async fn ask(&self, group: &str, command: Command) -> Result<Reply, ErrorCode> {
        self.broker.ask_group(group, command).await
    }

    async fn fetch(&self, group: &str) -> Result<Offsets<Offset>, String> {
        let fetch = FetchOffsets { group: GroupId::from(group), topics: None };
        let reply = match self.ask(group, Command::Fetch(fetch)).await {
            Ok(Reply::Fetch(reply)) => reply,
            // Before the first commit of anybody there is no topic for offsets.
            Err(ErrorCode::NotCoordinator) => return Ok(BTreeMap::new()),
            Ok(_) => return Err(ErrorCode::UnknownServerError.to_string()),
            Err(error) => return Err(error.to_string()),
        };
        let offsets = reply.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                (TopicPartition::new(topic.topic.clone(), partition.partition), partition.offset)
            })
        });
        Ok(offsets.filter(|(_, offset)| *offset >= Offset::ZERO).collect())
    }

    async fn commit(&self, group: &str, offsets: &Offsets<Offset>) -> Result<(), String> {
        let mut topics: BTreeMap<TopicName, CommittedTopic> = BTreeMap::new();
        for (name, offset) in offsets {
            let topic_id = self.topic_id(name)?;
            let topic = topics.entry(name.topic.clone()).or_insert_with(|| CommittedTopic {
                topic: name.topic.clone(),
                topic_id,
                partitions: Vec::new(),
            });
            topic.partitions.push(OffsetToCommit {
                partition: name.partition.0,
                offset: *offset,
                leader_epoch: LeaderEpoch::NONE,
                metadata: Arc::from(""),
            });
        }
        let commit = CommitOffsets {
            group: GroupId::from(group),
            member: MemberId::from(""),
            instance: None,
            generation: Generation::NONE,
            retention_ms: None,
            topics: topics.into_values().collect(),
        };
        let error = match self.ask(group, Command::Commit(commit)).await {
            Ok(Reply::Commit(reply)) if reply.error.is_error() => reply.error,
            Ok(Reply::Commit(reply)) => reply
                .topics
                .iter()
                .flatten()
                .copied()
                .find(|error| error.is_error())
                .unwrap_or(ErrorCode::None),
            Ok(_) => ErrorCode::UnknownServerError,
            Err(error) => error,
        };
        checked(error)
    }

    /// The id of a partition's topic.
    fn topic_id(&self, name: &TopicPartition) -> Result<TopicId, String> {
        let topics = self.broker.topics().load();
        topics
            .by_name(name.topic.as_str())
            .filter(|topic| topic.partition(name.partition.0).is_some())
            .map(|topic| topic.id)
            .ok_or_else(|| ErrorCode::UnknownTopicOrPartition.to_string())
    }

    async fn forget(&self, group: &str, partitions: &[&TopicPartition]) -> Result<(), String> {
        let mut topics: BTreeMap<TopicName, TopicPartitions> = BTreeMap::new();
        for name in partitions {
            let topic_id = self.topic_id(name)?;
            let topic = topics.entry(name.topic.clone()).or_insert_with(|| TopicPartitions {
                topic: name.topic.clone(),
                topic_id,
                partitions: Vec::new(),
            });
            topic.partitions.push(name.partition.0);
        }
        let topics = topics.into_values().collect();
        let delete = DeleteOffsets { group: GroupId::from(group), topics };
        match self.ask(group, Command::DeleteOffsets(delete)).await {
            Ok(Reply::DeleteOffsets(reply)) => {
                checked(reply.error)?;
                reply.topics.iter().try_for_each(|error| checked(*error))
            }
            Ok(_) => checked(ErrorCode::UnknownServerError),
            Err(error) => checked(error),
        }
    }
}

fn checked(error: ErrorCode) -> Result<(), String> {
    if error.is_error() { Err(error.to_string()) } else { Ok(()) }
}

impl Cluster for LocalCluster {
    fn id(&self) -> String {
        self.broker.cluster_id().to_owned()
    }

    fn source(&self, config: &SinkConfig, task: usize) -> Box<dyn Source> {
        Box::new(LocalSource::new(self.broker.clone(), config, task))
    }

    fn committed<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<Offsets<Offset>, String>> {
        self.fetch(group).boxed()
    }

    fn alter<'a>(
        &'a self,
        group: &'a str,
        offsets: &'a Offsets<Option<Offset>>,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let known: Offsets<Offset> = offsets
                .iter()
                .filter_map(|(name, offset)| Some((name.clone(), (*offset)?)))
                .collect();
            let forgotten: Vec<&TopicPartition> = offsets
                .iter()
                .filter(|(_, offset)| offset.is_none())
                .map(|(name, _)| name)
                .collect();
            if !known.is_empty() {
                self.commit(group, &known).await?;
            }
            if !forgotten.is_empty() {
                self.forget(group, &forgotten).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn delete_group<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let error = match self.ask(group, Command::DeleteGroup(GroupId::from(group))).await {
                Ok(Reply::DeleteGroup(error)) | Err(error) => error,
                Ok(_) => ErrorCode::UnknownServerError,
            };
            match error {
                ErrorCode::GroupIdNotFound | ErrorCode::NotCoordinator => Ok(()),
                error => checked(error),
            }
        }
        .boxed()
    }

    fn config_log(&self) -> Option<&dyn ConfigLog> {
        Some(&self.config_log)
    }
}
