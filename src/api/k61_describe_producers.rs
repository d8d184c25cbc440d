//! DescribeProducers (61), version 0.
//!
//! Behaviour (KIP-664): the idempotent producers that a partition remembers, by id.
//!
//! Where we differ from Apache Kafka: producers are listed by id, where Kafka lists them in the
//! order of a hash table.

use std::borrow::Cow;

use super::admin::NOT_HOSTED;
use super::ctx::Ctx;
use crate::base::{ErrorCode, ProducerId};
use crate::broker::{Topic, error_code_of};
use crate::cluster::validate_topic_name;
use crate::log;
use crate::wire::messages::DescribeProducersRequest;
use crate::wire::messages::describe_producers_response::{
    DescribeProducersResponse, PartitionResponse, ProducerState, TopicResponse,
};

/// Answers DescribeProducers.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: DescribeProducersRequest<'a>,
) -> DescribeProducersResponse<'a> {
    let known = ctx.broker().topics().load();
    let topics = request.topics.into_iter().map(|wanted| {
        let topic = match known.by_name(&wanted.name) {
            Some(topic) => Ok(&**topic),
            None => Err(missing(&wanted.name)),
        };
        let describe = |index: &i32| describe(ctx, topic.clone(), *index);
        let partitions = wanted.partition_indexes.iter().map(describe).collect();
        TopicResponse { name: wanted.name, partitions }
    });
    DescribeProducersResponse { topics: topics.collect(), ..DescribeProducersResponse::default() }
}

/// Why there is no such topic.
fn missing(name: &str) -> (ErrorCode, Option<String>) {
    match validate_topic_name(name) {
        Ok(()) => (ErrorCode::UnknownTopicOrPartition, Some(NOT_HOSTED.to_owned())),
        Err(text) => (ErrorCode::InvalidTopicException, Some(text)),
    }
}

fn describe(
    ctx: &Ctx<'_>,
    topic: Result<&Topic, (ErrorCode, Option<String>)>,
    index: i32,
) -> PartitionResponse<'static> {
    let producers = topic.and_then(|topic| {
        let partition = topic.partition(index).ok_or((ErrorCode::UnknownTopicOrPartition, None))?;
        let all = |producers: &log::Producers| {
            producers.iter().map(|(id, state)| producer(id, state)).collect::<Vec<_>>()
        };
        partition
            .with(ctx.broker().now(), |replica| all(replica.producers()))
            .map_err(|error| (error_code_of(&error), None))
    });
    let named = PartitionResponse { partition_index: index, ..PartitionResponse::default() };
    match producers {
        Ok(active_producers) => PartitionResponse { active_producers, ..named },
        Err((error, text)) => PartitionResponse {
            error_code: error.code(),
            error_message: text.map(Cow::Owned),
            ..named
        },
    }
}

fn producer(id: ProducerId, state: &log::ProducerState) -> ProducerState {
    ProducerState {
        producer_id: id.0,
        producer_epoch: i32::from(state.epoch.0),
        last_sequence: state.last_batch().map_or(-1, |batch| batch.last_sequence),
        last_timestamp: state.last_timestamp_ms,
        coordinator_epoch: state.coordinator_epoch,
        current_txn_start_offset: state.transaction_first_offset.map_or(-1, |offset| offset.0),
    }
}
