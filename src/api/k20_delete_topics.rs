//! DeleteTopics (20), versions 1 to 6.
//!
//! Behaviour: deletes topics by name, from v6 on also by id (KIP-516). A topic that is meant
//! twice, by name or by name and id, is refused and stays.
//! - v3: TOPIC_DELETION_DISABLED with `delete.topic.enable=false`, before that INVALID_REQUEST.
//! - v5: error texts (KIP-599).
//!
//! What groups have committed for a topic is forgotten with it.
//!
//! Where we differ from Apache Kafka: Kafka's own topics, in which klamm keeps the state of
//! groups, are refused with INVALID_TOPIC_EXCEPTION; the topic is gone when the answer is sent.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::admin::error;
use super::ctx::Ctx;
use crate::base::{ErrorCode, TopicName, Uuid};
use crate::broker::Refusal;
use crate::broker::topics::TopicRef;
use crate::wire::messages::DeleteTopicsRequest;
use crate::wire::messages::delete_topics_request::DeleteTopicState;
use crate::wire::messages::delete_topics_response::{DeletableTopicResult, DeleteTopicsResponse};

/// Answers DeleteTopics.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: DeleteTopicsRequest<'a>,
) -> DeleteTopicsResponse<'a> {
    let response = delete_all(ctx, request);
    let deleted = response.responses.iter().filter(|topic| topic.error_code == 0);
    let names: Vec<_> =
        deleted.filter_map(|topic| Some(TopicName::from(topic.name.as_deref()?))).collect();
    if !names.is_empty() {
        ctx.broker().forget_offsets_of(&names).await;
    }
    response
}

fn delete_all<'a>(ctx: &Ctx<'a>, request: DeleteTopicsRequest<'a>) -> DeleteTopicsResponse<'a> {
    let named = |name| DeleteTopicState { name: Some(name), topic_id: Uuid::ZERO };
    let topics: Vec<DeleteTopicState<'a>> = match ctx.version() {
        ..6 => request.topic_names.into_iter().map(named).collect(),
        _ => request.topics,
    };
    let mut count: BTreeMap<(Uuid, Option<&str>), usize> = BTreeMap::new();
    for topic in &topics {
        *count.entry((topic.topic_id, topic.name.as_deref())).or_default() += 1;
    }
    let meant: Vec<TopicRef<'_>> =
        topics.iter().filter_map(|topic| reference(topic).ok()).collect();
    let twice = ctx.broker().topics_named_twice(&meant);
    // A topic that is named twice is refused once.
    let mut answered = BTreeSet::new();
    let is_first = |topic: &&DeleteTopicState<'_>| {
        answered.insert((topic.topic_id, topic.name.as_deref().map(str::to_owned)))
    };
    let responses = topics.iter().filter(is_first).map(|topic| {
        let outcome = match count[&(topic.topic_id, topic.name.as_deref())] {
            1 => delete(ctx, topic, &twice),
            _ if topic.name.is_some() => invalid("Duplicate topic name."),
            _ => invalid("Duplicate topic id."),
        };
        response(topic, outcome)
    });
    DeleteTopicsResponse { responses: responses.collect(), ..DeleteTopicsResponse::default() }
}

type Deleted = (Cow<'static, str>, Uuid);

fn delete(
    ctx: &Ctx<'_>,
    topic: &DeleteTopicState<'_>,
    twice: &BTreeSet<Uuid>,
) -> Result<Deleted, Refusal> {
    let reference = reference(topic)?;
    let broker = ctx.broker();
    let topics = broker.topics().load();
    let found = match reference {
        TopicRef::Name(name) => topics.by_name(name),
        TopicRef::Id(id) => topics.by_id(id),
    };
    if found.is_some_and(|topic| twice.contains(&topic.id)) {
        return invalid("The provided topic name maps to an ID that was already supplied.");
    }
    match broker.delete_topic(reference) {
        Err(refusal) if refusal.code == ErrorCode::TopicDeletionDisabled && ctx.version() < 3 => {
            Err(Refusal::code(ErrorCode::InvalidRequest))
        }
        outcome => outcome.map(|(name, id)| (Cow::Owned(name.as_str().to_owned()), id)),
    }
}

fn reference<'t>(topic: &'t DeleteTopicState<'_>) -> Result<TopicRef<'t>, Refusal> {
    match (&topic.name, topic.topic_id) {
        (None, Uuid::ZERO) => invalid("Neither topic name nor id were specified."),
        (None, id) => Ok(TopicRef::Id(id)),
        (Some(name), Uuid::ZERO) => Ok(TopicRef::Name(name)),
        (Some(_), _) => invalid("You may not specify both topic name and topic id."),
    }
}

fn invalid<T>(text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(ErrorCode::InvalidRequest, text))
}

fn response<'a>(
    topic: &DeleteTopicState<'a>,
    outcome: Result<Deleted, Refusal>,
) -> DeletableTopicResult<'a> {
    match outcome {
        Ok((name, topic_id)) => {
            DeletableTopicResult { name: Some(name), topic_id, ..DeletableTopicResult::default() }
        }
        Err(refusal) => {
            let (error_code, error_message) = error(Err(refusal));
            let (name, topic_id) = (topic.name.clone(), topic.topic_id);
            DeletableTopicResult { name, topic_id, error_code, error_message }
        }
    }
}
