//! CreateTopics (19), versions 2 to 7.
//!
//! Behaviour: makes topics; each is made or refused on its own.
//! - v4: -1 partitions or replicas are the broker's defaults (KIP-464).
//! - v5: the answer holds partitions, replicas and settings (KIP-525).
//! - v7 (KIP-516): and the topic's id.
//!
//! Where we differ from Apache Kafka: the topic is usable when the answer is sent, so that
//! the timeout has no effect; the text of a failing disk is our own.

use std::collections::BTreeSet;

use super::admin::error;
use super::ctx::Ctx;
use crate::broker::topics::{Assignment, CreatedTopic, NewTopic};
use crate::wire::messages::CreateTopicsRequest;
use crate::wire::messages::create_topics_request::CreatableTopic;
use crate::wire::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult, CreateTopicsResponse,
};

/// Answers CreateTopics.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: CreateTopicsRequest<'a>,
) -> CreateTopicsResponse<'a> {
    let wanted: Vec<NewTopic<'_>> = request.topics.iter().map(new_topic).collect();
    let outcomes = ctx.broker().create_topics(&wanted, request.validate_only);
    // A topic that is named twice is refused once.
    let mut answered = BTreeSet::new();
    let answers = request.topics.iter().zip(outcomes);
    let topics =
        answers.filter(|(topic, _)| answered.insert(&topic.name)).map(|(topic, outcome)| {
            let named = CreatableTopicResult { name: topic.name.clone(), ..Default::default() };
            match outcome {
                Ok(created) => CreatableTopicResult {
                    error_message: None,
                    ..created_topic(ctx, created, named)
                },
                Err(refusal) => {
                    let (error_code, error_message) = error(Err(refusal));
                    CreatableTopicResult { error_code, error_message, ..named }
                }
            }
        });
    CreateTopicsResponse { topics: topics.collect(), ..CreateTopicsResponse::default() }
}

fn new_topic<'t>(topic: &'t CreatableTopic<'_>) -> NewTopic<'t> {
    let assignments = topic.assignments.iter().map(|assignment| Assignment {
        partition: assignment.partition_index,
        replicas: assignment.broker_ids.clone(),
    });
    let configs = topic.configs.iter();
    NewTopic {
        name: &topic.name,
        partitions: topic.num_partitions,
        replication_factor: topic.replication_factor,
        assignments: assignments.collect(),
        configs: configs.map(|config| (&*config.name, config.value.as_deref())).collect(),
    }
}

fn created_topic<'a>(
    ctx: &Ctx<'_>,
    created: CreatedTopic,
    named: CreatableTopicResult<'a>,
) -> CreatableTopicResult<'a> {
    if ctx.version() < 5 {
        return named;
    }
    let entries = ctx.broker().describe_topic_overrides(&created.overrides);
    let configs = entries.into_iter().map(|entry| CreatableTopicConfigs {
        name: entry.name.into(),
        value: entry.value.map(Into::into),
        read_only: entry.is_read_only,
        config_source: entry.source.code(),
        is_sensitive: entry.is_sensitive,
    });
    CreatableTopicResult {
        topic_id: created.id,
        num_partitions: created.partitions,
        replication_factor: created.replication_factor,
        configs: Some(configs.collect()),
        ..named
    }
}
