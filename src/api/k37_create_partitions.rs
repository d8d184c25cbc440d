//! CreatePartitions (37), versions 0 to 3.
//!
//! Behaviour: gives topics more partitions; each topic on its own. v2 is the compact
//! encoding, v3 may answer THROTTLING_QUOTA_EXCEEDED (KIP-599), of which klamm has none.
//!
//! Where we differ from Apache Kafka: the partitions are usable when the answer is sent.

use super::admin::error;
use super::ctx::Ctx;
use crate::broker::topics::NewPartitions;
use crate::wire::messages::CreatePartitionsRequest;
use crate::wire::messages::create_partitions_request::CreatePartitionsTopic;
use crate::wire::messages::create_partitions_response::{
    CreatePartitionsResponse, CreatePartitionsTopicResult,
};

/// Answers CreatePartitions.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: CreatePartitionsRequest<'a>,
) -> CreatePartitionsResponse<'a> {
    let wanted: Vec<NewPartitions<'_>> = request.topics.iter().map(new_partitions).collect();
    let outcomes = ctx.broker().create_partitions(&wanted, request.validate_only);
    let results = request.topics.iter().zip(outcomes).map(|(topic, outcome)| {
        let (error_code, error_message) = error(outcome);
        CreatePartitionsTopicResult { name: topic.name.clone(), error_code, error_message }
    });
    CreatePartitionsResponse { results: results.collect(), ..CreatePartitionsResponse::default() }
}

fn new_partitions<'t>(topic: &'t CreatePartitionsTopic<'_>) -> NewPartitions<'t> {
    let assignments = topic.assignments.as_ref().map(|assignments| {
        assignments.iter().map(|assignment| assignment.broker_ids.clone()).collect()
    });
    NewPartitions { topic: &topic.name, count: topic.count, assignments }
}
