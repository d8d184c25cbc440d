//! The topic in which a distributed worker remembers its connectors (`config.storage.topic`), on
//! the cluster. Read once, when the worker starts.

use std::collections::BTreeMap;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{PATIENCE, of_kafka};
use crate::connect::cluster::ConfigLog;

/// A topic of one partition.
pub(super) struct RemoteConfigLog {
    client: ClientConfig,
    topic: String,
    /// For a topic that is not there yet.
    replication_factor: i32,
}

const TOPIC: &str = "config.storage.topic";
const REPLICATION_FACTOR: &str = "config.storage.replication.factor";

impl RemoteConfigLog {
    /// What a worker's file says; nothing in that of a standalone worker.
    pub(super) fn of_worker(
        worker: &BTreeMap<String, String>,
        client: ClientConfig,
    ) -> Result<Option<RemoteConfigLog>, String> {
        let Some(topic) = worker.get(TOPIC).map(|topic| topic.trim().to_owned()) else {
            return Ok(None);
        };
        let factor = worker.get(REPLICATION_FACTOR).map_or("3", |text| text.trim());
        let replication_factor = factor.parse().ok().filter(|it| *it > 0 || *it == -1);
        let Some(replication_factor) = replication_factor else {
            return Err(format!(
                "Invalid value {factor} for configuration {REPLICATION_FACTOR}: Value must be -1 \
                 to use the Kafka cluster default, or greater than 0"
            ));
        };
        Ok(Some(RemoteConfigLog { client, topic, replication_factor }))
    }

    /// The first and the last offset; nothing without a topic.
    fn bounds(&self, consumer: &BaseConsumer) -> Result<Option<(i64, i64)>, String> {
        let metadata = consumer.fetch_metadata(Some(&self.topic), PATIENCE).map_err(of_kafka)?;
        if metadata.topics().iter().all(|topic| topic.partitions().is_empty()) {
            return Ok(None);
        }
        consumer.fetch_watermarks(&self.topic, 0, PATIENCE).map(Some).map_err(of_kafka)
    }

    fn consumer(&self) -> Result<BaseConsumer, String> {
        let mut config = self.client.clone();
        config
            // A consumer must name a group; this one joins and commits nothing.
            .set("group.id", format!("{}-reader", self.topic))
            .set("allow.auto.create.topics", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed");
        config.create().map_err(of_kafka)
    }

    fn read_all(&self, apply: &mut dyn FnMut(&str, Option<&[u8]>)) -> Result<(), String> {
        let consumer = self.consumer()?;
        let Some((first, end)) = self.bounds(&consumer)? else { return Ok(()) };
        let mut from = TopicPartitionList::new();
        let start = rdkafka::Offset::Offset(first);
        from.add_partition_offset(&self.topic, 0, start).map_err(of_kafka)?;
        consumer.assign(&from).map_err(of_kafka)?;
        let mut next = first;
        while next < end {
            let message = match consumer.poll(PATIENCE) {
                Some(Ok(message)) => message,
                // Markers of transactions take offsets too.
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) => return Err(of_kafka(error)),
                None => return Err(format!("no answer while {} is read", self.topic)),
            };
            next = message.offset() + 1;
            if let Some(key) = message.key().and_then(|key| std::str::from_utf8(key).ok()) {
                apply(key, message.payload());
            }
        }
        Ok(())
    }

    async fn append_all(&self, records: &[(String, Option<Vec<u8>>)]) -> Result<(), String> {
        self.make_topic().await?;
        let mut config = self.client.clone();
        config.set("acks", "all").set("enable.idempotence", "true");
        let producer: FutureProducer = config.create().map_err(of_kafka)?;
        for (key, value) in records {
            let mut record = FutureRecord::<str, [u8]>::to(&self.topic).partition(0).key(key);
            record.payload = value.as_deref();
            producer.send(record, PATIENCE).await.map_err(|(error, _)| of_kafka(error))?;
        }
        Ok(())
    }

    async fn make_topic(&self) -> Result<(), String> {
        if self.bounds(&self.consumer()?)?.is_some() {
            return Ok(());
        }
        let admin: AdminClient<DefaultClientContext> = self.client.create().map_err(of_kafka)?;
        let replication = TopicReplication::Fixed(self.replication_factor);
        let topic = NewTopic::new(&self.topic, 1, replication).set("cleanup.policy", "compact");
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        let made = admin.create_topics(&[topic], &options).await.map_err(of_kafka)?;
        match made.into_iter().next() {
            None | Some(Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
            Some(Err((topic, error))) => Err(format!("cannot make {topic}: {error}")),
        }
    }
}

impl ConfigLog for RemoteConfigLog {
    fn read(&self, apply: &mut dyn FnMut(&str, Option<&[u8]>)) -> Result<(), String> {
        block_in_place(|| self.read_all(apply))
    }

    fn append(&self, records: &[(String, Option<Vec<u8>>)]) -> Result<(), String> {
        block_in_place(|| Handle::current().block_on(self.append_all(records)))
    }
}
