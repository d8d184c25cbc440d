//! OffsetDelete (47), version 0.
//!
//! Behaviour: forgets offsets of topics that the group does not read (KIP-496). A topic that
//! a live consumer group reads is 86 GROUP_SUBSCRIBED_TO_TOPIC; a live group of another
//! protocol type refuses all (68); a group that is not there is 69. Topics and partitions
//! that do not exist are refused one by one (3).
//!
//! Where we differ from Apache Kafka: nowhere known.

use super::ctx::Ctx;
use crate::base::{ErrorCode, GroupId, TopicName, Uuid};
use crate::group::{Command, DeleteOffsets, DeleteOffsetsReply, Reply, TopicPartitions};
use crate::wire::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use crate::wire::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

/// Answers OffsetDelete.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: OffsetDeleteRequest<'a>,
) -> OffsetDeleteResponse<'a> {
    let topics = existing(ctx, &request);
    let group = GroupId::from(&*request.group_id);
    let command = Command::DeleteOffsets(DeleteOffsets { group, topics: topics.clone() });
    let reply = match ctx.broker().ask_group(&request.group_id, command).await {
        Ok(Reply::DeleteOffsets(reply)) => reply,
        Ok(_) => refused(ErrorCode::UnknownServerError),
        Err(error) => refused(error),
    };
    if reply.error.is_error() {
        return OffsetDeleteResponse {
            error_code: reply.error.code(),
            ..OffsetDeleteResponse::default()
        };
    }
    let answers = topics.iter().zip(&reply.topics).zip(request.topics);
    let topics = answers.map(|((known, answer), asked)| {
        let error = |partition: i32| match known.partitions.contains(&partition) {
            true => *answer,
            false => ErrorCode::UnknownTopicOrPartition,
        };
        let partitions = asked.partitions.iter().map(|asked| OffsetDeleteResponsePartition {
            partition_index: asked.partition_index,
            error_code: error(asked.partition_index).code(),
        });
        OffsetDeleteResponseTopic { partitions: partitions.collect(), name: asked.name }
    });
    OffsetDeleteResponse { topics: topics.collect(), ..OffsetDeleteResponse::default() }
}

/// The topics asked for, in order, with only those of their partitions that exist.
fn existing(ctx: &Ctx<'_>, request: &OffsetDeleteRequest<'_>) -> Vec<TopicPartitions> {
    let known = ctx.broker().topics().load();
    let topics = request.topics.iter().map(|asked| {
        let topic = known.by_name(&asked.name);
        let exists =
            |partition: i32| topic.is_some_and(|topic| topic.partition(partition).is_some());
        let partitions = asked.partitions.iter().map(|partition| partition.partition_index);
        TopicPartitions {
            topic: TopicName::from(&*asked.name),
            topic_id: Uuid::ZERO,
            partitions: partitions.filter(|&partition| exists(partition)).collect(),
        }
    });
    topics.collect()
}

fn refused(error: ErrorCode) -> DeleteOffsetsReply {
    DeleteOffsetsReply { error, topics: Vec::new() }
}
