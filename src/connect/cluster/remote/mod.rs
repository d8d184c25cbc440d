//! Any Kafka cluster, by librdkafka: every task is a member of the connector's group, as in Kafka
//! Connect, so that several processes, and Connect itself, share the partitions.

mod client_config;
mod config_log;
mod dead_letters;
mod source;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionList;

use self::client_config::ClientSettings;
pub use self::client_config::user_and_password;
use self::config_log::RemoteConfigLog;
use self::dead_letters::DeadLetterQueue;
use self::source::RemoteSource;
use super::{Cluster, ConfigLog, Offsets};
use crate::base::{Offset, TopicPartition};
use crate::connect::config::SinkConfig;
use crate::connect::source::Source;

/// How long a question to the cluster may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A cluster that is reached over the network.
pub struct RemoteCluster {
    settings: ClientSettings,
    id: String,
    /// Where a distributed worker remembers its connectors.
    config_log: Option<RemoteConfigLog>,
}

impl RemoteCluster {
    /// The cluster that a worker's properties name, once it has answered; blocks. Also what the
    /// properties say that has no effect.
    ///
    /// # Errors
    /// Properties that librdkafka cannot follow, a cluster that does not answer.
    pub fn connect(
        worker: &BTreeMap<String, String>,
    ) -> Result<(RemoteCluster, Vec<String>), String> {
        let (settings, warnings) = ClientSettings::of_worker(worker)?;
        let consumer: BaseConsumer = settings.base().create().map_err(of_kafka)?;
        let id = consumer.client().fetch_cluster_id(PATIENCE);
        let id = id.ok_or_else(|| {
            format!("no answer from bootstrap.servers={}", settings.bootstrap_servers())
        })?;
        let config_log = RemoteConfigLog::of_worker(worker, settings.base())?;
        Ok((RemoteCluster { settings, id, config_log }, warnings))
    }

    /// Checks the `consumer.override.*` of a connector.
    ///
    /// # Errors
    /// What librdkafka cannot follow.
    pub fn check(&self, config: &SinkConfig) -> Result<(), String> {
        self.settings.of_connector(config).map(|_| ())
    }

    /// A consumer that is no member of the group.
    fn of_group(&self, group: &str) -> Result<BaseConsumer, String> {
        let mut config = self.settings.base();
        config.set("group.id", group);
        config.create().map_err(of_kafka)
    }
}

fn of_kafka(error: KafkaError) -> String {
    error.to_string()
}

/// Does what blocks where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string()))
}

/// As librdkafka writes it.
fn list(
    offsets: impl IntoIterator<Item = (TopicPartition, Offset)>,
) -> Result<TopicPartitionList, String> {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        let offset = rdkafka::Offset::Offset(offset.0);
        list.add_partition_offset(partition.topic.as_str(), partition.partition.0, offset)
            .map_err(of_kafka)?;
    }
    Ok(list)
}

/// The offsets that are known.
fn known(list: &TopicPartitionList) -> Offsets<Offset> {
    let elements = list.elements();
    let known = elements.iter().filter_map(|element| match element.offset() {
        rdkafka::Offset::Offset(offset) if offset >= 0 => {
            Some((TopicPartition::new(element.topic(), element.partition()), Offset(offset)))
        }
        _ => None,
    });
    known.collect()
}

impl Cluster for RemoteCluster {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn source(&self, config: &SinkConfig, task: usize) -> Box<dyn Source> {
        let dead_letters = DeadLetterQueue::new(self.settings.base());
        let settings = self.settings.of_connector(config);
        Box::new(RemoteSource::new(settings, dead_letters, config, task))
    }

    fn committed<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<Offsets<Offset>, String>> {
        async move {
            let consumer = self.of_group(group)?;
            blocking(move || {
                let metadata = consumer.fetch_metadata(None, PATIENCE).map_err(of_kafka)?;
                let mut all = TopicPartitionList::new();
                for topic in metadata.topics() {
                    for partition in topic.partitions() {
                        all.add_partition(topic.name(), partition.id());
                    }
                }
                let committed = consumer.committed_offsets(all, PATIENCE).map_err(of_kafka)?;
                Ok(known(&committed))
            })
            .await
        }
        .boxed()
    }

    fn alter<'a>(
        &'a self,
        group: &'a str,
        offsets: &'a Offsets<Option<Offset>>,
    ) -> BoxFuture<'a, Result<(), String>> {
        async move {
            if offsets.values().any(Option::is_none) {
                return Err("librdkafka cannot forget the offset of one partition; \
                            DELETE forgets all"
                    .to_owned());
            }
            let consumer = self.of_group(group)?;
            let offsets =
                offsets.iter().filter_map(|(name, offset)| Some((name.clone(), (*offset)?)));
            let offsets = list(offsets)?;
            blocking(move || consumer.commit(&offsets, CommitMode::Sync).map_err(of_kafka)).await
        }
        .boxed()
    }

    fn delete_group<'a>(&'a self, group: &'a str) -> BoxFuture<'a, Result<(), String>> {
        async move {
            let admin: AdminClient<DefaultClientContext> =
                self.settings.base().create().map_err(of_kafka)?;
            let options = AdminOptions::new().request_timeout(Some(PATIENCE));
            let results = admin.delete_groups(&[group], &options).await.map_err(of_kafka)?;
            for result in results {
                match result {
                    Ok(_) | Err((_, RDKafkaErrorCode::GroupIdNotFound)) => {}
                    Err((_, error)) => return Err(error.to_string()),
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn config_log(&self) -> Option<&dyn ConfigLog> {
        self.config_log.as_ref().map(|log| log as &dyn ConfigLog)
    }
}
