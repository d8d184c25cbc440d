//! OffsetCommit (8), versions 2 to 10.
//!
//! Behaviour: stores how far a group has read. Topics and partitions that do not exist are
//! refused one by one (3); the group's refusals (22, 25, 27, 69, 82) are told for every
//! partition that does exist. Metadata has a limit (12, `offset.metadata.max.bytes`).
//! - v2 to v4: an explicit retention time; after that `offsets.retention.minutes` (KIP-211).
//! - v6: the leader epoch of the last record read (KIP-320).
//! - v7: static members (KIP-345).
//! - v9: an unknown group is 69 GROUP_ID_NOT_FOUND; before, 22 ILLEGAL_GENERATION (KIP-848).
//! - v10: topics by id; an unknown id is 100 UNKNOWN_TOPIC_ID (KIP-848).
//!
//! Where we differ from Apache Kafka: a commit of any number of partitions is stored; Kafka
//! refuses one whose records do not fit one batch of a mebibyte.

use std::borrow::Cow;
use std::sync::Arc;

use super::ctx::Ctx;
use crate::base::{ErrorCode, Generation, GroupId, LeaderEpoch, MemberId, Offset};
use crate::broker::{Topic, Topics};
use crate::group::{Command, CommitOffsets, CommitReply, CommittedTopic, OffsetToCommit, Reply};
use crate::wire::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use crate::wire::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use crate::wire::messages::{OffsetCommitRequest, OffsetCommitResponse};

/// The first version that names topics by id.
const TOPIC_IDS_SINCE: i16 = 10;

/// The first version in which an unknown group is told as such.
const GROUP_ID_NOT_FOUND_SINCE: i16 = 9;

/// Answers OffsetCommit.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: OffsetCommitRequest<'a>,
) -> OffsetCommitResponse<'a> {
    let (command, mut answers) = plan(ctx, &request);
    if !command.topics.is_empty() {
        let group = command.group.clone();
        let reply = match ctx.broker().ask_group(group.as_str(), Command::Commit(command)).await {
            Ok(Reply::Commit(reply)) => reply,
            Ok(_) => CommitReply { error: ErrorCode::UnknownServerError, topics: Vec::new() },
            Err(error) => CommitReply { error, topics: Vec::new() },
        };
        fill(ctx.version(), &mut answers, &reply);
    }
    let topics = request.topics.into_iter().zip(answers).map(|(topic, answers)| {
        let partitions = topic.partitions.iter().zip(answers);
        OffsetCommitResponseTopic {
            name: topic.name,
            topic_id: topic.topic_id,
            partitions: partitions
                .map(|(partition, answer)| OffsetCommitResponsePartition {
                    partition_index: partition.partition_index,
                    error_code: answer.unwrap_or_default().code(),
                })
                .collect(),
        }
    });
    OffsetCommitResponse { topics: topics.collect(), ..OffsetCommitResponse::default() }
}

/// Per topic and partition asked for: the refusal, or `None` where the group is to answer.
type Answers = Vec<Vec<Option<ErrorCode>>>;

fn plan(ctx: &Ctx<'_>, request: &OffsetCommitRequest<'_>) -> (CommitOffsets, Answers) {
    let topics = ctx.broker().topics().load();
    let by_id = ctx.version() >= TOPIC_IDS_SINCE;
    let mut answers = Vec::with_capacity(request.topics.len());
    let mut commits = Vec::with_capacity(request.topics.len());
    for asked in &request.topics {
        let known = find(&topics, asked, by_id);
        let refusal = |partition: &OffsetCommitRequestPartition<'_>| match &known {
            Err(error) => Some(*error),
            Ok(topic) => match topic.partition(partition.partition_index) {
                Some(_) => None,
                None => Some(ErrorCode::UnknownTopicOrPartition),
            },
        };
        let refusals: Vec<_> = asked.partitions.iter().map(refusal).collect();
        if let Ok(topic) = known {
            let accepted = asked.partitions.iter().zip(&refusals);
            let accepted = accepted.filter(|(_, refusal)| refusal.is_none());
            let partitions: Vec<_> = accepted.map(|(partition, _)| to_commit(partition)).collect();
            if !partitions.is_empty() {
                commits.push(CommittedTopic {
                    topic: topic.name.clone(),
                    topic_id: topic.id,
                    partitions,
                });
            }
        }
        answers.push(refusals);
    }
    let command = CommitOffsets {
        group: GroupId::from(&*request.group_id),
        member: MemberId::from(&*request.member_id),
        instance: request.group_instance_id.as_deref().map(Arc::from),
        generation: Generation(request.generation_id_or_member_epoch),
        retention_ms: (request.retention_time_ms != -1).then_some(request.retention_time_ms),
        topics: commits,
    };
    (command, answers)
}

fn find<'t>(
    topics: &'t Topics,
    asked: &OffsetCommitRequestTopic<'_>,
    by_id: bool,
) -> Result<&'t Arc<Topic>, ErrorCode> {
    if by_id {
        topics.by_id(asked.topic_id).ok_or(ErrorCode::UnknownTopicId)
    } else {
        topics.by_name(&asked.name).ok_or(ErrorCode::UnknownTopicOrPartition)
    }
}

fn to_commit(partition: &OffsetCommitRequestPartition<'_>) -> OffsetToCommit {
    OffsetToCommit {
        partition: partition.partition_index,
        offset: Offset(partition.committed_offset),
        leader_epoch: LeaderEpoch(partition.committed_leader_epoch),
        metadata: partition
            .committed_metadata
            .as_ref()
            .map_or_else(|| Arc::from(""), |metadata: &Cow<'_, str>| Arc::from(&**metadata)),
    }
}

/// Puts the group's answers where nothing was refused before.
fn fill(version: i16, answers: &mut Answers, reply: &CommitReply) {
    let error = match reply.error {
        ErrorCode::GroupIdNotFound if version < GROUP_ID_NOT_FOUND_SINCE => {
            ErrorCode::IllegalGeneration
        }
        error => error,
    };
    let mut per_partition = reply.topics.iter().flatten();
    for answer in answers.iter_mut().flatten().filter(|answer| answer.is_none()) {
        *answer = if error.is_error() {
            Some(error)
        } else {
            Some(per_partition.next().copied().unwrap_or(ErrorCode::UnknownServerError))
        };
    }
}
