//! Where partitions begin and end, and where a point in time lies.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId, ListOffsetsRequest};

use super::Client;
use super::cluster::{error_code, topic_name};
use crate::base::ErrorCode;

/// The offset after the last record.
pub(super) const LATEST: i64 = -1;
/// The offset of the first record.
pub(super) const EARLIEST: i64 = -2;

/// One offset per partition of a topic: for `timestamp`, in milliseconds since 1970, the first
/// record at or after it, or else the end.
pub(super) async fn list(
    client: &mut Client,
    topic: &str,
    timestamp: i64,
) -> Result<BTreeMap<i32, i64>> {
    let mut by_node: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for leader in client.leaders(topic, false).await? {
        by_node.entry(leader.node).or_default().push(leader.partition);
    }
    let mut offsets = BTreeMap::new();
    for (node, partitions) in by_node {
        let asked = partitions
            .iter()
            .map(|&partition| {
                ListOffsetsPartition::default()
                    .with_partition_index(partition)
                    .with_current_leader_epoch(-1)
                    .with_timestamp(timestamp)
            })
            .collect();
        let topics =
            vec![ListOffsetsTopic::default().with_name(topic_name(topic)).with_partitions(asked)];
        let answer = client
            .broker(node)
            .await?
            .call(10, |_| {
                ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_topics(topics)
            })
            .await?;
        for partition in answer.topics.iter().flat_map(|topic| &topic.partitions) {
            match error_code(partition.error_code) {
                ErrorCode::None => offsets.insert(partition.partition_index, partition.offset),
                code => bail!("offsets of {topic}-{}: {code}", partition.partition_index),
            };
        }
    }
    if timestamp >= 0 && offsets.values().any(|&offset| offset < 0) {
        let ends = Box::pin(list(client, topic, LATEST)).await?;
        for (partition, offset) in &mut offsets {
            if *offset < 0 {
                *offset = ends.get(partition).copied().unwrap_or(0);
            }
        }
    }
    Ok(offsets)
}
