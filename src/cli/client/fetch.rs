//! Reading records from partitions, each from where the reader stands.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::{BrokerId, FetchRequest};

use super::cluster::{error_code, topic_name};
use super::{Client, offsets, output};
use crate::base::ErrorCode;
use crate::record::{Batches, Record};

/// Newest Fetch version that names topics.
const FETCH_VERSION: i16 = 12;
/// Bytes asked for at once, and of each partition.
const FETCH_BYTES_MAX: i32 = 32 << 20;
const PARTITION_BYTES_MAX: i32 = 1 << 20;
/// What a batch may take after decompression.
const BATCH_BYTES_MAX: usize = 256 << 20;

/// A topic and a partition of it.
pub(in crate::cli) type Place = (String, i32);

/// Where the reader stands in every partition: the offset of the next record.
pub(in crate::cli) type Positions = BTreeMap<Place, i64>;

/// What became of one round over all brokers.
#[derive(Debug, Default)]
pub(in crate::cli) struct Round {
    /// Whether `handle` asked to stop.
    pub(in crate::cli) stopped: bool,
    /// Whether every partition has been read to its end.
    pub(in crate::cli) at_end: bool,
}

/// Fetches once from every leader, waits up to `wait` where nothing new is there, and hands each
/// record to `handle` until that returns false. `positions` moves along.
pub(in crate::cli) async fn round(
    client: &mut Client,
    positions: &mut Positions,
    wait: Duration,
    handle: &mut dyn FnMut(&str, i32, &Record<'_>) -> Result<bool>,
) -> Result<Round> {
    let mut result = Round { stopped: false, at_end: true };
    for (node, places) in places_by_leader(client, positions).await? {
        let request = request(&places, positions, wait);
        let fetched =
            client.broker(node).await?.call_waiting(FETCH_VERSION, wait, |_| request).await?;
        let code = error_code(fetched.error_code);
        if code.is_error() {
            bail!("fetch from broker {node}: {code}");
        }
        for topic in &fetched.responses {
            for partition in &topic.partitions {
                let place = (topic.topic.to_string(), partition.partition_index);
                let Some(position) = positions.get_mut(&place) else { continue };
                match error_code(partition.error_code) {
                    ErrorCode::None => {
                        result.stopped = !take(&place, partition, position, handle)?;
                        result.at_end &= *position >= partition.high_watermark;
                    }
                    ErrorCode::OffsetOutOfRange => {
                        let first = partition_start(client, &place).await?;
                        output::note(&format!(
                            "{}-{}: offset {position} is gone, going on from {first}",
                            place.0, place.1
                        ));
                        positions.insert(place, first);
                        result.at_end = false;
                    }
                    code if code.is_retriable() => {
                        result.at_end = false;
                        client.forget_leaders();
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    code => bail!("fetch from {}-{}: {code}", place.0, place.1),
                }
                if result.stopped {
                    return Ok(result);
                }
            }
        }
    }
    Ok(result)
}

/// Hands over the records of one partition from `position` on; false if `handle` has enough.
fn take(
    place: &Place,
    partition: &PartitionData,
    position: &mut i64,
    handle: &mut dyn FnMut(&str, i32, &Record<'_>) -> Result<bool>,
) -> Result<bool> {
    let bytes = partition.records.as_deref().unwrap_or_default();
    for batch in Batches::new(bytes) {
        let batch = batch?;
        let context = || format!("{}-{}, batch at {}", place.0, place.1, batch.header.base_offset);
        batch.verify_crc().with_context(context)?;
        if !batch.header.attributes.is_control() {
            for record in &batch.records(BATCH_BYTES_MAX).with_context(context)? {
                let record = record.with_context(context)?;
                if record.offset.0 < *position {
                    continue;
                }
                *position = record.offset.0 + 1;
                if !handle(&place.0, place.1, &record)? {
                    return Ok(false);
                }
            }
        }
        // Past the batch, also where compaction has removed its last records.
        *position = (*position).max(batch.header.next_offset().0);
    }
    Ok(true)
}

fn request(places: &[Place], positions: &Positions, wait: Duration) -> FetchRequest {
    let mut topics: BTreeMap<&str, Vec<FetchPartition>> = BTreeMap::new();
    for place in places {
        let partition = FetchPartition::default()
            .with_partition(place.1)
            .with_current_leader_epoch(-1)
            .with_last_fetched_epoch(-1)
            .with_log_start_offset(-1)
            .with_fetch_offset(positions.get(place).copied().unwrap_or(0))
            .with_partition_max_bytes(PARTITION_BYTES_MAX);
        topics.entry(&place.0).or_default().push(partition);
    }
    let topics = topics
        .into_iter()
        .map(|(topic, partitions)| {
            FetchTopic::default().with_topic(topic_name(topic)).with_partitions(partitions)
        })
        .collect();
    FetchRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_max_wait_ms(i32::try_from(wait.as_millis()).unwrap_or(i32::MAX))
        .with_min_bytes(1)
        .with_max_bytes(FETCH_BYTES_MAX)
        .with_session_epoch(-1)
        .with_topics(topics)
}

async fn places_by_leader(
    client: &mut Client,
    positions: &Positions,
) -> Result<BTreeMap<i32, Vec<Place>>> {
    let mut by_leader: BTreeMap<i32, Vec<Place>> = BTreeMap::new();
    let topics: std::collections::BTreeSet<&str> =
        positions.keys().map(|(topic, _)| topic.as_str()).collect();
    for topic in topics {
        for leader in client.recent_leaders(topic).await? {
            let place = (topic.to_owned(), leader.partition);
            if positions.contains_key(&place) {
                by_leader.entry(leader.node).or_default().push(place);
            }
        }
    }
    Ok(by_leader)
}

async fn partition_start(client: &mut Client, place: &Place) -> Result<i64> {
    let starts = offsets::list(client, &place.0, offsets::EARLIEST).await?;
    starts.get(&place.1).copied().context("the partition has gone")
}
