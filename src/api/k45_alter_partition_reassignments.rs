//! AlterPartitionReassignments (45), versions 0 and 1.
//!
//! Behaviour (KIP-455): moves partitions to other brokers, or with null stops a move. There is
//! one broker: what is on it stays on it, and nothing is ever under way.
//! - v1 (KIP-860): the client may forbid that the number of replicas changes.
//!
//! Where we differ from Apache Kafka: nowhere that we know of.

use super::admin::error;
use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::Refusal;
use crate::broker::topics::check_replicas;
use crate::wire::messages::AlterPartitionReassignmentsRequest;
use crate::wire::messages::alter_partition_reassignments_request::ReassignableTopic;
use crate::wire::messages::alter_partition_reassignments_response::{
    AlterPartitionReassignmentsResponse, ReassignablePartitionResponse, ReassignableTopicResponse,
};

/// Answers AlterPartitionReassignments.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: AlterPartitionReassignmentsRequest<'a>,
) -> AlterPartitionReassignmentsResponse<'a> {
    let responses = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let (index, replicas) = (partition.partition_index, partition.replicas.as_deref());
            let outcome = reassign(ctx, &topic, index, replicas);
            let (error_code, error_message) = error(outcome);
            ReassignablePartitionResponse { partition_index: index, error_code, error_message }
        });
        ReassignableTopicResponse { partitions: partitions.collect(), name: topic.name.clone() }
    });
    AlterPartitionReassignmentsResponse {
        error_message: None,
        responses: responses.collect(),
        ..AlterPartitionReassignmentsResponse::default()
    }
}

fn reassign(
    ctx: &Ctx<'_>,
    topic: &ReassignableTopic<'_>,
    index: i32,
    replicas: Option<&[i32]>,
) -> Result<(), Refusal> {
    let unknown = |text| Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, text));
    let topics = ctx.broker().topics().load();
    let name = &topic.name;
    let Some(known) = topics.by_name(name) else {
        return unknown(format!("Unable to find a topic named {name}."));
    };
    if known.partition(index).is_none() {
        return unknown(format!("Unable to find partition {name}:{index}."));
    }
    match replicas {
        Some(replicas) => check_replicas(replicas, ctx.broker().node_id(), None),
        None => Err(Refusal::code(ErrorCode::NoReassignmentInProgress)),
    }
}
