//! CreatePartitions (37), versions 0 to 3.
//!
//! Behaviour: gives topics more partitions; each topic on its own. v2 is the compact
//! encoding, v3 may answer THROTTLING_QUOTA_EXCEEDED (KIP-599), of which klamm has none.
//!
//! Where we differ from Apache Kafka: the partitions are usable when the answer is sent.

use std::collections::BTreeSet;

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
    // A topic that is named twice is refused once.
    let mut answered = BTreeSet::new();
    let answers = request.topics.iter().zip(outcomes);
    let results =
        answers.filter(|(topic, _)| answered.insert(&topic.name)).map(|(topic, outcome)| {
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
