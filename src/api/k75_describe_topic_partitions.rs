//! DescribeTopicPartitions (75), version 0 (KIP-966).
//!
//! Behaviour: topics in the order of their names, as many partitions as the client and
//! `max.request.partition.size.limit` allow, and a cursor for the rest. Without topics: all
//! of them. A cursor must name one of the topics asked for.
//!
//! Where we differ from Apache Kafka: nowhere that we know of.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::admin::TOPIC_OPERATIONS;
use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::{Topic, Topics};
use crate::cluster::validate_topic_name;
use crate::wire::messages::DescribeTopicPartitionsRequest;
use crate::wire::messages::describe_topic_partitions_request::TopicRequest;
use crate::wire::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponse, DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic,
};

/// Answers DescribeTopicPartitions.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: DescribeTopicPartitionsRequest<'a>,
) -> DescribeTopicPartitionsResponse<'a> {
    let topics = ctx.broker().topics().load();
    let cursor = request.cursor.as_ref();
    let from = cursor.map_or("", |cursor| &*cursor.topic_name);
    let first_partition = cursor.map_or(0, |cursor| cursor.partition_index);
    let asked: BTreeSet<&str> = match request.topics.is_empty() {
        true => topics.iter().map(|topic| topic.name.as_str()).collect(),
        false => request.topics.iter().map(|topic| &*topic.name).collect(),
    };
    let names: Vec<&str> = asked.range(from..).copied().collect();
    let cursor_is_missing =
        cursor.is_some() && !request.topics.is_empty() && names.first() != Some(&from);
    if cursor_is_missing || first_partition < 0 {
        return invalid(request.topics);
    }
    let limit = request
        .response_partition_limit
        .min(ctx.broker().config().max_request_partition_size_limit)
        .max(1);
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut page = Page { ctx, left: limit, topics: Vec::new(), next: None };
    for name in names {
        let first = if name == from { first_partition } else { 0 };
        page.add(&topics, name, usize::try_from(first).unwrap_or(0));
        if page.next.is_some() {
            break;
        }
    }
    DescribeTopicPartitionsResponse {
        topics: page.topics,
        next_cursor: page.next,
        ..DescribeTopicPartitionsResponse::default()
    }
}

fn invalid(asked: Vec<TopicRequest<'_>>) -> DescribeTopicPartitionsResponse<'_> {
    let refused = asked.into_iter().map(|topic| DescribeTopicPartitionsResponseTopic {
        error_code: ErrorCode::InvalidRequest.code(),
        name: Some(topic.name),
        ..DescribeTopicPartitionsResponseTopic::default()
    });
    DescribeTopicPartitionsResponse {
        topics: refused.collect(),
        ..DescribeTopicPartitionsResponse::default()
    }
}

/// An answer that fills up.
struct Page<'c, 'a> {
    ctx: &'c Ctx<'a>,
    /// Partitions that still fit.
    left: usize,
    topics: Vec<DescribeTopicPartitionsResponseTopic<'static>>,
    next: Option<Cursor<'static>>,
}

impl Page<'_, '_> {
    fn add(&mut self, topics: &Topics, name: &str, first: usize) {
        let owned = || Cow::Owned(name.to_owned());
        if self.left == 0 {
            self.next = Some(Cursor { topic_name: owned(), partition_index: 0 });
            return;
        }
        let Some(topic) = topics.by_name(name) else {
            let error = match validate_topic_name(name) {
                Ok(()) => ErrorCode::UnknownTopicOrPartition,
                Err(_) => ErrorCode::InvalidTopicException,
            };
            self.topics.push(DescribeTopicPartitionsResponseTopic {
                error_code: error.code(),
                name: Some(owned()),
                topic_authorized_operations: TOPIC_OPERATIONS,
                ..DescribeTopicPartitionsResponseTopic::default()
            });
            return;
        };
        let end = first.saturating_add(self.left).min(topic.partitions.len());
        let shown = first.min(end)..end;
        self.left -= shown.len();
        if end < topic.partitions.len() {
            let partition_index = i32::try_from(end).unwrap_or(i32::MAX);
            self.next = Some(Cursor { topic_name: owned(), partition_index });
        }
        self.topics.push(DescribeTopicPartitionsResponseTopic {
            error_code: ErrorCode::None.code(),
            name: Some(owned()),
            topic_id: topic.id,
            is_internal: topic.is_internal(),
            partitions: shown.map(|index| self.partition(topic, index)).collect(),
            topic_authorized_operations: TOPIC_OPERATIONS,
        });
    }

    fn partition(&self, topic: &Topic, index: usize) -> DescribeTopicPartitionsResponsePartition {
        let node = self.ctx.broker().node_id().0;
        let partition = &topic.partitions[index];
        let (error, leader_id) = match self.ctx.endpoint() {
            Some(_) => (ErrorCode::None, node),
            None => (ErrorCode::ListenerNotFound, -1),
        };
        DescribeTopicPartitionsResponsePartition {
            error_code: error.code(),
            partition_index: partition.name().partition.0,
            leader_id,
            leader_epoch: partition.leader_epoch().0,
            replica_nodes: vec![node],
            isr_nodes: vec![node],
            eligible_leader_replicas: Some(Vec::new()),
            last_known_elr: Some(Vec::new()),
            offline_replicas: if leader_id < 0 { vec![node] } else { Vec::new() },
        }
    }
}
