//! What the tests themselves ask of a broker, through the `rdkafka` crate.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;

use crate::process::PATIENCE;

/// Waits until a broker answers Metadata.
pub(crate) fn until_ready(bootstrap: &str) -> Result<()> {
    let consumer: BaseConsumer = config(bootstrap).create()?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match consumer.fetch_metadata(None, Duration::from_secs(1)) {
            Ok(metadata) if !metadata.brokers().is_empty() => return Ok(()),
            Err(error) if Instant::now() > deadline => bail!("{bootstrap}: {error}"),
            _ => {}
        }
    }
}

/// Creates a topic.
pub(crate) fn create_topic(bootstrap: &str, topic: &str, partitions: i32) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = config(bootstrap).create()?;
    let topics = [NewTopic::new(topic, partitions, TopicReplication::Fixed(1))];
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let [result] = runtime
        .block_on(admin.create_topics(&topics, &options))?
        .try_into()
        .ok()
        .context("one topic, one result")?;
    result.map_err(|(topic, error)| anyhow::anyhow!("create {topic}: {error}"))?;
    Ok(())
}

/// Connects quickly, also to a broker that has just been restarted.
pub(crate) fn config(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set("reconnect.backoff.ms", "10")
        .set("reconnect.backoff.max.ms", "50")
        .set("log_level", "0");
    config
}

/// Writes `count` records to partition 0 of `topic` with a producer id.
pub(crate) fn produce_idempotently(bootstrap: &str, topic: &str, count: usize) -> Result<()> {
    let producer: BaseProducer = config(bootstrap).set("enable.idempotence", "true").create()?;
    for n in 0..count {
        let value = format!("idempotent {n}");
        let record = BaseRecord::<(), _>::to(topic).partition(0).payload(&value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(PATIENCE)?;
    Ok(())
}

/// The next record of an assigned consumer.
pub(crate) fn next<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Result<BorrowedMessage<'_>> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // `poll` also returns without a record, and early, after an event of another kind.
        match consumer.poll(Duration::from_secs(1)) {
            Some(message) => return Ok(message?),
            None if Instant::now() > deadline => bail!("no record within {PATIENCE:?}"),
            None => {}
        }
    }
}

/// Every value of a partition, as JSON.
pub(crate) fn values(bootstrap: &str, topic: &str, partition: i32) -> Result<Vec<Value>> {
    let consumer: BaseConsumer = config(bootstrap).set("group.id", "values").create()?;
    let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Beginning)?;
    consumer.assign(&list)?;
    let mut values = Vec::new();
    for _ in low..high {
        values.push(serde_json::from_slice(next(&consumer)?.payload().context("a value")?)?);
    }
    Ok(values)
}
