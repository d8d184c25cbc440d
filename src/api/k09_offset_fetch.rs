//! OffsetFetch (9), versions 1 to 10.
//!
//! Behaviour: how far groups have read. What was never committed has offset -1 and no
//! error, also for a group or a topic that does not exist.
//! - v2: null topics ask for everything; an error of the whole group.
//! - v5: leader epochs (KIP-320).
//! - v7: `requireStable` (KIP-447); nothing is pending without transactions.
//! - v8: several groups (KIP-709).
//! - v9: member id and epoch (KIP-848), which a classic group does not look at.
//! - v10: topics by id; an unknown id is 100 UNKNOWN_TOPIC_ID, offsets of topics that are
//!   gone are left out (KIP-848).
//!
//! Where we differ from Apache Kafka: nowhere known.

use std::borrow::Cow;

use super::ctx::Ctx;
use crate::base::{ErrorCode, GroupId, Offset, TopicName, Uuid};
use crate::group::{Command, FetchOffsets, PartitionOffset, Reply, TopicOffsets, TopicPartitions};
use crate::wire::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopics,
};
use crate::wire::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use crate::wire::messages::{OffsetFetchRequest, OffsetFetchResponse};

/// The first version that asks for several groups.
const GROUPS_SINCE: i16 = 8;

/// The first version that names topics by id.
const TOPIC_IDS_SINCE: i16 = 10;

/// The first version with an error of the whole group.
const GROUP_ERROR_SINCE: i16 = 2;

/// Answers OffsetFetch.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: OffsetFetchRequest<'a>,
) -> OffsetFetchResponse<'a> {
    if ctx.version() >= GROUPS_SINCE {
        let mut groups = Vec::with_capacity(request.groups.len());
        for group in request.groups {
            groups.push(fetch(ctx, group).await);
        }
        return OffsetFetchResponse { groups, ..OffsetFetchResponse::default() };
    }
    let topics = request.topics.map(|topics| {
        let topics = topics.into_iter().map(|topic| OffsetFetchRequestTopics {
            name: topic.name,
            topic_id: Uuid::ZERO,
            partition_indexes: topic.partition_indexes,
        });
        topics.collect()
    });
    let group = OffsetFetchRequestGroup {
        group_id: request.group_id,
        topics,
        ..OffsetFetchRequestGroup::default()
    };
    single(ctx.version(), fetch(ctx, group).await)
}

/// The answer for one group, in the shape it has before version 8.
fn single(version: i16, group: OffsetFetchResponseGroup<'_>) -> OffsetFetchResponse<'_> {
    let partition_error = |partition: &OffsetFetchResponsePartitions<'_>| {
        if version < GROUP_ERROR_SINCE && group.error_code != 0 {
            group.error_code
        } else {
            partition.error_code
        }
    };
    let topics = group.topics.into_iter().map(|topic| OffsetFetchResponseTopic {
        name: topic.name,
        partitions: topic
            .partitions
            .into_iter()
            .map(|partition| OffsetFetchResponsePartition {
                error_code: partition_error(&partition),
                partition_index: partition.partition_index,
                committed_offset: partition.committed_offset,
                committed_leader_epoch: partition.committed_leader_epoch,
                metadata: partition.metadata,
            })
            .collect(),
    });
    let topics = topics.collect();
    OffsetFetchResponse { topics, error_code: group.error_code, ..OffsetFetchResponse::default() }
}

async fn fetch<'a>(
    ctx: &Ctx<'_>,
    asked: OffsetFetchRequestGroup<'a>,
) -> OffsetFetchResponseGroup<'a> {
    let by_id = ctx.version() >= TOPIC_IDS_SINCE;
    let mut unknown = Vec::new();
    let topics = asked.topics.map(|topics| resolve(ctx, topics, by_id, &mut unknown));
    let command = FetchOffsets { group: GroupId::from(&*asked.group_id), topics };
    let asks_for = command.topics.clone();
    let reply = ctx.broker().ask_group(&asked.group_id, Command::Fetch(command)).await;
    let (error, found) = match reply {
        Ok(Reply::Fetch(reply)) => (ErrorCode::None, reply.topics),
        Ok(_) => (ErrorCode::UnknownServerError, nothing(asks_for)),
        Err(error) => (error, nothing(asks_for)),
    };
    let mut topics: Vec<_> = found.iter().filter_map(|topic| answer(ctx, topic, by_id)).collect();
    topics.append(&mut unknown);
    OffsetFetchResponseGroup { group_id: asked.group_id, topics, error_code: error.code() }
}

/// Names the topics that were asked for by id; those that are not there are answered at once.
fn resolve<'a>(
    ctx: &Ctx<'_>,
    asked: Vec<OffsetFetchRequestTopics<'a>>,
    by_id: bool,
    unknown: &mut Vec<OffsetFetchResponseTopics<'a>>,
) -> Vec<TopicPartitions> {
    let known = ctx.broker().topics().load();
    let mut topics = Vec::with_capacity(asked.len());
    for topic in asked {
        let partitions = topic.partition_indexes;
        let (name, topic_id) = if !by_id {
            let id = known.by_name(&topic.name).map_or(Uuid::ZERO, |known| known.id);
            (TopicName::from(&*topic.name), id)
        } else if let Some(known) = known.by_id(topic.topic_id) {
            (known.name.clone(), known.id)
        } else {
            let refused =
                partitions.into_iter().map(|partition_index| OffsetFetchResponsePartitions {
                    partition_index,
                    committed_offset: Offset::NONE.0,
                    committed_leader_epoch: -1,
                    metadata: Some(Cow::Borrowed("")),
                    error_code: ErrorCode::UnknownTopicId.code(),
                });
            unknown.push(OffsetFetchResponseTopics {
                topic_id: topic.topic_id,
                partitions: refused.collect(),
                ..OffsetFetchResponseTopics::default()
            });
            continue;
        };
        topics.push(TopicPartitions { topic: name, topic_id, partitions });
    }
    topics
}

/// Version 1 tells an error of the group for each partition that was asked for.
fn nothing(asked: Option<Vec<TopicPartitions>>) -> Vec<TopicOffsets> {
    let topics = asked.unwrap_or_default().into_iter().map(|topic| TopicOffsets {
        topic: topic.topic,
        topic_id: topic.topic_id,
        partitions: topic.partitions.into_iter().map(PartitionOffset::unknown).collect(),
    });
    topics.collect()
}

/// A topic's offsets; by id, a topic that is gone cannot be named.
fn answer<'a>(
    ctx: &Ctx<'_>,
    topic: &TopicOffsets,
    by_id: bool,
) -> Option<OffsetFetchResponseTopics<'a>> {
    let topic_id = if by_id && topic.topic_id == Uuid::ZERO {
        ctx.broker().topics().load().by_name(topic.topic.as_str())?.id
    } else {
        topic.topic_id
    };
    let partitions = topic.partitions.iter().map(|offset| OffsetFetchResponsePartitions {
        partition_index: offset.partition,
        committed_offset: offset.offset.0,
        committed_leader_epoch: offset.leader_epoch.0,
        metadata: Some(Cow::Owned(offset.metadata.to_string())),
        error_code: ErrorCode::None.code(),
    });
    Some(OffsetFetchResponseTopics {
        name: Cow::Owned(topic.topic.to_string()),
        topic_id,
        partitions: partitions.collect(),
    })
}
