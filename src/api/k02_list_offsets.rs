//! ListOffsets (2), versions 1 to 11.
//!
//! Behaviour: an offset by time, or by one of the special timestamps.
//! - v2: isolation level; read_committed sees up to the last stable offset.
//! - v4: the client's leader epoch is checked, the offset's epoch is returned.
//! - v7 (KIP-734): -3, the record with the largest timestamp.
//! - v8 (KIP-405): -4, the earliest offset on local disks: the same as -2 without tiers.
//! - v9: -5, the latest tiered offset: always -1 here.
//! - v10: a timeout for tiered look-ups, of no effect here.
//! - v11 (KIP-1023): -6, the earliest pending upload: always -1 here.
//!
//! The answer is exact to the record, inside compressed batches too; ties give the
//! earliest offset; no such record is offset -1 and timestamp -1.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ctx::Ctx;
use crate::base::{ErrorCode, Now, Offset};
use crate::broker::{Partition, error_code_of};
use crate::storage::{self, Replica, TimestampOffset};
use crate::wire::messages::ListOffsetsRequest;
use crate::wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use crate::wire::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsResponse, ListOffsetsTopicResponse,
};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

const READ_COMMITTED: i8 = 1;

/// The first version that can tell a leader epoch.
const LEADER_EPOCH_SINCE: i16 = 4;

/// Answers ListOffsets.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: ListOffsetsRequest<'a>,
) -> ListOffsetsResponse<'a> {
    let now = ctx.broker().now();
    let topics = ctx.broker().topics().load();
    let committed_only = request.isolation_level == READ_COMMITTED;
    let answer = |topic: &str, wanted: &ListOffsetsPartition| {
        if !is_known_timestamp(wanted.timestamp, ctx.version()) {
            return Err(ErrorCode::UnsupportedVersion);
        }
        let topic = topics.by_name(topic).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let partition =
            topic.partition(wanted.partition_index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        find(partition, wanted, committed_only, now)
    };
    let mut topics = Vec::new();
    for (name, partitions) in by_topic(request.topics) {
        let mut answers = Vec::with_capacity(partitions.len());
        for (index, wanted) in partitions {
            let found = match &*wanted {
                [wanted] => answer(&name, wanted),
                _ => Err(ErrorCode::InvalidRequest),
            };
            answers.push(response(ctx.version(), index, found));
        }
        topics.push(ListOffsetsTopicResponse { partitions: answers, name });
    }
    ListOffsetsResponse { topics, ..ListOffsetsResponse::default() }
}

/// What is asked of each partition, each topic and partition once. One that is named twice is
/// INVALID_REQUEST; a topic without partitions is left out.
type ByTopic<'a> = BTreeMap<Cow<'a, str>, BTreeMap<i32, Vec<ListOffsetsPartition>>>;

fn by_topic(topics: Vec<ListOffsetsTopic<'_>>) -> ByTopic<'_> {
    let mut by_topic = ByTopic::new();
    for topic in topics.into_iter().filter(|topic| !topic.partitions.is_empty()) {
        let partitions = by_topic.entry(topic.name).or_default();
        for partition in topic.partitions {
            partitions.entry(partition.partition_index).or_default().push(partition);
        }
    }
    by_topic
}

/// Whether a version knows a special timestamp.
fn is_known_timestamp(timestamp: i64, version: i16) -> bool {
    match timestamp {
        LATEST | EARLIEST | 0.. => true,
        MAX_TIMESTAMP => version >= 7,
        EARLIEST_LOCAL => version >= 8,
        LATEST_TIERED => version >= 9,
        EARLIEST_PENDING_UPLOAD => version >= 11,
        _ => false,
    }
}

/// An offset, the timestamp of its record and its leader epoch; -1 where there is none.
struct Found {
    offset: Offset,
    timestamp: i64,
    leader_epoch: i32,
}

fn find(
    partition: &Partition,
    wanted: &ListOffsetsPartition,
    committed_only: bool,
    now: Now,
) -> Result<Found, ErrorCode> {
    partition.check_leader_epoch(wanted.current_leader_epoch)?;
    let nothing = Found { offset: Offset::NONE, timestamp: -1, leader_epoch: -1 };
    let epoch = partition.leader_epoch().0;
    let at = |offset| Found { offset, timestamp: -1, leader_epoch: epoch };
    let offsets = partition.offsets(now).map_err(|error| error_code_of(&error))?;
    let end = if committed_only { offsets.last_stable } else { offsets.high_watermark };
    match wanted.timestamp {
        LATEST => Ok(at(end)),
        EARLIEST | EARLIEST_LOCAL => Ok(at(offsets.log_start)),
        MAX_TIMESTAMP => by_time(partition, end, now, Replica::offset_of_max_timestamp),
        LATEST_TIERED | EARLIEST_PENDING_UPLOAD => Ok(nothing),
        timestamp => {
            by_time(partition, end, now, |replica| replica.offset_for_timestamp(timestamp))
        }
    }
}

fn by_time(
    partition: &Partition,
    end: Offset,
    now: Now,
    look_up: impl FnOnce(&mut Replica) -> Result<Option<TimestampOffset>, storage::Error>,
) -> Result<Found, ErrorCode> {
    let found = partition
        .with(now, look_up)
        .and_then(|found| found)
        .map_err(|error| error_code_of(&error))?;
    Ok(match found {
        Some(found) if found.offset < end => Found {
            offset: found.offset,
            timestamp: found.timestamp,
            leader_epoch: found.leader_epoch.0,
        },
        _ => Found { offset: Offset::NONE, timestamp: -1, leader_epoch: -1 },
    })
}

fn response(
    version: i16,
    partition_index: i32,
    found: Result<Found, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    match found {
        Ok(found) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: ErrorCode::None.code(),
            timestamp: found.timestamp,
            offset: found.offset.0,
            leader_epoch: if version < LEADER_EPOCH_SINCE { -1 } else { found.leader_epoch },
        },
        Err(error) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: error.code(),
            ..ListOffsetsPartitionResponse::default()
        },
    }
}
