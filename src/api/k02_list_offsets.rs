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

use std::collections::BTreeMap;

use super::ctx::Ctx;
use crate::base::{ErrorCode, Now, Offset};
use crate::broker::{Partition, error_code_of};
use crate::wire::messages::ListOffsetsRequest;
use crate::wire::messages::list_offsets_request::ListOffsetsPartition;
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
        let partition =
            topics.by_name(topic).and_then(|topic| topic.partition(wanted.partition_index));
        let found = match partition {
            None => Err(ErrorCode::UnknownTopicOrPartition),
            Some(partition) => find(partition, wanted, ctx.version(), committed_only, now),
        };
        response(ctx.version(), wanted.partition_index, found)
    };
    let topics = request
        .topics
        .into_iter()
        .map(|topic| ListOffsetsTopicResponse {
            partitions: once_each(&topic.partitions, |wanted| answer(&topic.name, wanted)),
            name: topic.name,
        })
        .collect();
    ListOffsetsResponse { topics, ..ListOffsetsResponse::default() }
}

/// Answers each partition once; one that is named twice is INVALID_REQUEST.
fn once_each(
    wanted: &[ListOffsetsPartition],
    answer: impl Fn(&ListOffsetsPartition) -> ListOffsetsPartitionResponse,
) -> Vec<ListOffsetsPartitionResponse> {
    let mut times: BTreeMap<i32, usize> = BTreeMap::new();
    for partition in wanted {
        *times.entry(partition.partition_index).or_default() += 1;
    }
    let mut answers = Vec::with_capacity(times.len());
    for partition in wanted {
        match times.remove(&partition.partition_index) {
            None => {}
            Some(1) => answers.push(answer(partition)),
            Some(_) => answers.push(ListOffsetsPartitionResponse {
                partition_index: partition.partition_index,
                error_code: ErrorCode::InvalidRequest.code(),
                ..ListOffsetsPartitionResponse::default()
            }),
        }
    }
    answers
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
    version: i16,
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
        EARLIEST => Ok(at(offsets.log_start)),
        MAX_TIMESTAMP if version >= 7 => {
            by_time(partition, end, now, |replica| replica.offset_of_max_timestamp())
        }
        EARLIEST_LOCAL if version >= 8 => Ok(at(offsets.log_start)),
        LATEST_TIERED if version >= 9 => Ok(nothing),
        EARLIEST_PENDING_UPLOAD if version >= 11 => Ok(nothing),
        timestamp if timestamp >= 0 => {
            by_time(partition, end, now, |replica| replica.offset_for_timestamp(timestamp))
        }
        _ => Err(ErrorCode::UnsupportedVersion),
    }
}

fn by_time(
    partition: &Partition,
    end: Offset,
    now: Now,
    look_up: impl FnOnce(
        &mut crate::storage::Replica,
    ) -> Result<Option<crate::storage::TimestampOffset>, crate::storage::Error>,
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
