//! Brokers, topics and partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::exposition::{Exposition, Kind};
use crate::base::{Offset, TopicName};
use crate::broker::{Broker, Partition, Topic};

/// Where the partitions of each topic end, by number.
pub(super) type Ends = BTreeMap<TopicName, BTreeMap<i32, Offset>>;

/// A partition that could be read.
struct Row {
    topic: TopicName,
    partition: i32,
    start: Offset,
    end: Offset,
    size_bytes: u64,
}

pub(super) fn write(page: &mut Exposition, broker: &Broker) -> Ends {
    let topics = broker.topics().load();
    let rows: Vec<Row> = topics.iter().flat_map(|topic| rows(broker, topic)).collect();
    brokers(page, broker);
    let mut family =
        page.family("kafka_topic_partitions", Kind::Gauge, "Number of partitions of the topic.");
    for topic in topics.iter() {
        family.sample(&[("topic", topic.name.as_str())], topic.partitions.len());
    }
    partitions(page, broker, &rows);
    let mut ends = Ends::new();
    for row in rows {
        ends.entry(row.topic).or_default().insert(row.partition, row.end);
    }
    ends
}

fn rows(broker: &Broker, topic: &Topic) -> Vec<Row> {
    let now = broker.now();
    let row = |partition: &Arc<Partition>| {
        // One that is being deleted, or that the disk refuses, has nothing to show.
        let (offsets, size_bytes) =
            partition.with(now, |replica| (replica.offsets(), replica.size_bytes())).ok()?;
        Some(Row {
            topic: topic.name.clone(),
            partition: partition.name().partition.0,
            start: offsets.log_start,
            end: offsets.high_watermark,
            size_bytes,
        })
    };
    topic.partitions.iter().filter_map(row).collect()
}

fn brokers(page: &mut Exposition, broker: &Broker) {
    page.family("kafka_brokers", Kind::Gauge, "Number of brokers in the cluster.").sample(&[], 1);
    let id = broker.node_id().to_string();
    let mut endpoints = broker.advertised().endpoints().flatten();
    let address = endpoints.next().map(ToString::to_string).unwrap_or_default();
    page.family("kafka_broker_info", Kind::Gauge, "Always 1; the labels describe the broker.")
        .sample(&[("id", &id), ("address", &address)], 1);
}

/// What a partition's value is made of.
type Value = fn(&Row, leader: i32) -> i64;

/// Metrics of each partition, as kafka_exporter has them; the log's size as jmx_exporter has it.
const OF_PARTITIONS: [(&str, &str, Value); 8] = [
    ("kafka_topic_partition_current_offset", "The offset after the last record.", |row, _| {
        row.end.0
    }),
    ("kafka_topic_partition_oldest_offset", "The offset of the first record.", |row, _| {
        row.start.0
    }),
    ("kafka_topic_partition_leader", "The broker that leads.", |_, leader| i64::from(leader)),
    ("kafka_topic_partition_replicas", "Number of replicas.", |_, _| 1),
    ("kafka_topic_partition_in_sync_replica", "Number of replicas that are in sync.", |_, _| 1),
    ("kafka_topic_partition_leader_is_preferred", "1 if the preferred replica leads.", |_, _| 1),
    ("kafka_topic_partition_under_replicated_partition", "1 if replicas are missing.", |_, _| 0),
    ("kafka_log_log_size", "Bytes of the partition's log.", |row, _| {
        i64::try_from(row.size_bytes).unwrap_or(i64::MAX)
    }),
];

fn partitions(page: &mut Exposition, broker: &Broker, rows: &[Row]) {
    for (name, help, value) in OF_PARTITIONS {
        let mut family = page.family(name, Kind::Gauge, help);
        for row in rows {
            let partition = row.partition.to_string();
            let labels = [("topic", row.topic.as_str()), ("partition", &partition)];
            family.sample(&labels, value(row, broker.node_id().0));
        }
    }
}
