//! ElectLeaders (43), versions 0 to 2.
//!
//! Behaviour: has partitions led by their preferred replica (KIP-183) or, where they have no
//! leader, by any (KIP-460, v1). With one broker every partition that exists is led by it, so
//! the answer is ELECTION_NOT_NEEDED; where all partitions are asked for, Kafka leaves those out.
//!
//! Where we differ from Apache Kafka: nowhere that we know of.

use std::borrow::Cow;

use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::Topics;
use crate::wire::messages::ElectLeadersRequest;
use crate::wire::messages::elect_leaders_request::TopicPartitions;
use crate::wire::messages::elect_leaders_response::{
    ElectLeadersResponse, PartitionResult, ReplicaElectionResult,
};

const UNCLEAN: i8 = 1;

const NOT_NEEDED: &str = "Leader election not needed for topic partition.";

/// Answers ElectLeaders.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: ElectLeadersRequest<'a>,
) -> ElectLeadersResponse<'a> {
    if !(0..=UNCLEAN).contains(&request.election_type) {
        return unknown_election_type(&request);
    }
    let known = ctx.broker().topics().load();
    let replica_election_results = match request.topic_partitions {
        None => known
            .iter()
            .map(|topic| ReplicaElectionResult {
                topic: Cow::Owned(topic.name.as_str().to_owned()),
                partition_result: Vec::new(),
            })
            .collect(),
        Some(wanted) => wanted.into_iter().map(|topic| elect(&known, topic)).collect(),
    };
    ElectLeadersResponse { replica_election_results, ..ElectLeadersResponse::default() }
}

fn elect<'a>(known: &Topics, wanted: TopicPartitions<'a>) -> ReplicaElectionResult<'a> {
    let topic = known.by_name(&wanted.topic);
    let partition_result = wanted.partitions.into_iter().map(|partition_id| {
        let (error, text) = match topic {
            None => (
                ErrorCode::UnknownTopicOrPartition,
                Some(format!("No such topic as {}", wanted.topic)),
            ),
            Some(topic) if topic.partition(partition_id).is_none() => (
                ErrorCode::UnknownTopicOrPartition,
                Some(format!("No such partition as {}-{partition_id}", wanted.topic)),
            ),
            Some(_) => (ErrorCode::ElectionNotNeeded, Some(NOT_NEEDED.to_owned())),
        };
        let error_message = text.map(Cow::Owned);
        PartitionResult { partition_id, error_code: error.code(), error_message }
    });
    ReplicaElectionResult {
        partition_result: partition_result.collect(),
        topic: wanted.topic.clone(),
    }
}

/// A refusal is repeated for every partition.
fn unknown_election_type<'a>(request: &ElectLeadersRequest<'a>) -> ElectLeadersResponse<'a> {
    let error_code = ErrorCode::InvalidRequest.code();
    let text = format!("Unknown election type {}", request.election_type);
    let wanted = request.topic_partitions.iter().flatten();
    let results = wanted.map(|topic| ReplicaElectionResult {
        topic: topic.topic.clone(),
        partition_result: topic
            .partitions
            .iter()
            .map(|partition| PartitionResult {
                partition_id: *partition,
                error_code,
                error_message: Some(Cow::Owned(text.clone())),
            })
            .collect(),
    });
    let replica_election_results = results.collect();
    ElectLeadersResponse { error_code, replica_election_results, ..Default::default() }
}
