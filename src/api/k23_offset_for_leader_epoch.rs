//! OffsetForLeaderEpoch (23), versions 2 to 4.
//!
//! Behaviour: where the largest leader epoch that is not above the asked one ends
//! (KIP-101, KIP-320); consumers use it to notice that a log was cut.
//! - v3: the replica id of a follower; nobody follows here.
//! - v4: flexible.

use super::ctx::Ctx;
use crate::base::{ErrorCode, LeaderEpoch, Offset};
use crate::broker::{Partition, error_code_of};
use crate::wire::messages::OffsetForLeaderEpochRequest;
use crate::wire::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use crate::wire::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderEpochResponse, OffsetForLeaderTopicResult,
};

/// Answers OffsetForLeaderEpoch.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: OffsetForLeaderEpochRequest<'a>,
) -> OffsetForLeaderEpochResponse<'a> {
    let topics = ctx.broker().topics().load();
    let answer = |topic: &str, wanted: &OffsetForLeaderPartition| {
        let partition = topics.by_name(topic).and_then(|topic| topic.partition(wanted.partition));
        let found = partition
            .ok_or(ErrorCode::UnknownTopicOrPartition)
            .and_then(|partition| find(ctx, partition, wanted));
        match found {
            Ok((leader_epoch, end_offset)) => EpochEndOffset {
                error_code: ErrorCode::None.code(),
                partition: wanted.partition,
                leader_epoch: leader_epoch.0,
                end_offset: end_offset.0,
            },
            Err(error) => EpochEndOffset {
                error_code: error.code(),
                partition: wanted.partition,
                ..EpochEndOffset::default()
            },
        }
    };
    let topics = request
        .topics
        .into_iter()
        .map(|topic| OffsetForLeaderTopicResult {
            partitions: topic
                .partitions
                .iter()
                .map(|wanted| answer(&topic.topic, wanted))
                .collect(),
            topic: topic.topic,
        })
        .collect();
    OffsetForLeaderEpochResponse { topics, ..OffsetForLeaderEpochResponse::default() }
}

fn find(
    ctx: &Ctx<'_>,
    partition: &Partition,
    wanted: &OffsetForLeaderPartition,
) -> Result<(LeaderEpoch, Offset), ErrorCode> {
    partition.check_leader_epoch(wanted.current_leader_epoch)?;
    let asked = LeaderEpoch(wanted.leader_epoch);
    partition
        .with(ctx.broker().now(), |replica| {
            replica.end_offset_for_epoch(asked, partition.leader_epoch())
        })
        .map_err(|error| error_code_of(&error))
}
