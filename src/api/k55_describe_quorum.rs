//! DescribeQuorum (55), versions 0 to 2.
//!
//! Behaviour (KIP-595): who keeps the metadata log and how far they have it. This node is the
//! whole quorum, and always up to date. Any other partition is UNKNOWN_TOPIC_OR_PARTITION.
//! - v1 (KIP-836): when each was last seen. v2 (KIP-853): directories, and where voters listen.
//!
//! Where we differ from Apache Kafka: there is no controller to connect to, so the voter is
//! named without a listener.

use std::borrow::Cow;

use super::admin::NOT_HOSTED;
use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::cluster::METADATA_TOPIC;
use crate::wire::messages::DescribeQuorumRequest;
use crate::wire::messages::describe_quorum_request;
use crate::wire::messages::describe_quorum_response::{
    DescribeQuorumResponse, Node, PartitionData, ReplicaState, TopicData,
};

/// Answers DescribeQuorum.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: DescribeQuorumRequest<'a>,
) -> DescribeQuorumResponse<'a> {
    if !is_about_metadata(&request) {
        let topics = request.topics.into_iter().map(unknown).collect();
        return DescribeQuorumResponse { topics, ..DescribeQuorumResponse::default() };
    }
    let node = ctx.broker().node_id().0;
    let status = ctx.broker().metadata().status();
    let now = ctx.broker().now().wall_ms;
    let voter = ReplicaState {
        replica_id: node,
        log_end_offset: status.end.0,
        last_fetch_timestamp: now,
        last_caught_up_timestamp: now,
        ..ReplicaState::default()
    };
    let partition = PartitionData {
        leader_id: node,
        leader_epoch: status.leader_epoch.0,
        high_watermark: status.end.0,
        current_voters: vec![voter],
        ..PartitionData::default()
    };
    let topic =
        TopicData { topic_name: Cow::Borrowed(METADATA_TOPIC), partitions: vec![partition] };
    DescribeQuorumResponse {
        topics: vec![topic],
        nodes: vec![Node { node_id: node, listeners: Vec::new() }],
        ..DescribeQuorumResponse::default()
    }
}

fn is_about_metadata(request: &DescribeQuorumRequest<'_>) -> bool {
    let [topic] = &*request.topics else { return false };
    topic.topic_name == METADATA_TOPIC
        && matches!(&*topic.partitions, [partition] if partition.partition_index == 0)
}

fn unknown(topic: describe_quorum_request::TopicData<'_>) -> TopicData<'_> {
    let partitions = topic.partitions.iter().map(|partition| PartitionData {
        partition_index: partition.partition_index,
        error_code: ErrorCode::UnknownTopicOrPartition.code(),
        error_message: Some(Cow::Borrowed(NOT_HOSTED)),
        ..PartitionData::default()
    });
    TopicData { partitions: partitions.collect(), topic_name: topic.topic_name }
}
