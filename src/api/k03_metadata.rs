//! Metadata (3), versions 0 to 13.
//!
//! Behaviour: who the brokers are, and who leads which partition. The addresses are those of
//! the listener that the connection came in on.
//! - v0: an empty list asks for all topics; from v1 on null does, and an empty list for none.
//! - v4: the client says whether a missing topic may be made. Older ones always may.
//! - v6: a leader that the listener does not show is LISTENER_NOT_FOUND, before that
//!   LEADER_NOT_AVAILABLE.
//! - v7 (KIP-320): leader epochs. v8 (KIP-430): permissions, where they are asked for.
//! - v10 (KIP-516): topic ids in the answer; v12: in the request too. v10 and v11 with a topic
//!   id or without a name are refused with an empty list of brokers.
//! - v11: permissions on the cluster are gone (KIP-700). v13: an error for the whole answer,
//!   which a single broker never has (KIP-1102).
//!
//! Where we differ from Apache Kafka: a topic that is made on demand is in this very answer,
//! where Kafka says UNKNOWN_TOPIC_OR_PARTITION first and has the client ask again
//! (`klamm.topic.creation.wait=false` for Kafka's way); if it is refused, the answer says why.
//! The controller is this broker, where Kafka names any.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::admin::{CLUSTER_OPERATIONS, OPERATIONS_OMITTED, TOPIC_OPERATIONS};
use super::ctx::Ctx;
use crate::base::{ErrorCode, Uuid};
use crate::broker::Topic;
use crate::cluster::{METADATA_TOPIC, validate_topic_name};
use crate::listener::seen::Asked;
use crate::wire::messages::MetadataRequest;
use crate::wire::messages::metadata_request::MetadataRequestTopic;
use crate::wire::messages::metadata_response::{
    MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};

/// Answers Metadata.
pub(super) fn handle<'a>(ctx: &Ctx<'a>, request: MetadataRequest<'a>) -> MetadataResponse<'a> {
    let wanted = match request.topics {
        Some(topics) if ctx.version() == 0 && topics.is_empty() => None,
        topics => topics,
    };
    let has_id = |topic: &MetadataRequestTopic<'_>| topic.topic_id != Uuid::ZERO;
    if ctx.version() < 12
        && let Some(topics) = &wanted
        && topics.iter().any(|topic| topic.name.is_none() || has_id(topic))
    {
        return invalid(topics);
    }
    let names_topics = wanted.is_some();
    let look = Look { ctx, with_operations: request.include_topic_authorized_operations };
    let topics = match wanted {
        None => {
            let topics = ctx.broker().topics().load();
            topics.iter().map(|topic| look.topic(topic)).collect()
        }
        Some(wanted) => look.topics(wanted, request.allow_auto_topic_creation),
    };
    let cluster_authorized_operations = match request.include_cluster_authorized_operations {
        true => CLUSTER_OPERATIONS,
        false => OPERATIONS_OMITTED,
    };
    let brokers = brokers(ctx).into_iter().collect::<Vec<_>>();
    ctx.connection.on_told(!brokers.is_empty(), asked(names_topics, &topics));
    MetadataResponse {
        brokers,
        cluster_id: Some(Cow::Owned(ctx.broker().cluster_id().to_owned())),
        controller_id: ctx.broker().node_id().0,
        topics,
        cluster_authorized_operations,
        ..MetadataResponse::default()
    }
}

/// Whether the client wants something of a topic: it named one, and there it is.
fn asked(names_topics: bool, topics: &[MetadataResponseTopic<'_>]) -> Asked {
    let is_found = |topic: &MetadataResponseTopic<'_>| topic.error_code == ErrorCode::None.code();
    if names_topics && topics.iter().any(is_found) { Asked::Topics } else { Asked::Anything }
}

fn brokers(ctx: &Ctx<'_>) -> Option<MetadataResponseBroker<'static>> {
    let endpoint = ctx.endpoint()?;
    Some(MetadataResponseBroker {
        node_id: ctx.broker().node_id().0,
        host: Cow::Owned(endpoint.host.clone()),
        port: i32::from(endpoint.port),
        rack: ctx.broker().config().rack.clone().map(Cow::Owned),
    })
}

/// What Kafka answers to a request that it cannot read a topic from.
fn invalid<'a>(topics: &[MetadataRequestTopic<'a>]) -> MetadataResponse<'a> {
    let refused = |topic: &MetadataRequestTopic<'a>| MetadataResponseTopic {
        error_code: ErrorCode::InvalidRequest.code(),
        name: Some(topic.name.clone().unwrap_or_default()),
        topic_id: topic.topic_id,
        ..MetadataResponseTopic::default()
    };
    MetadataResponse { topics: topics.iter().map(refused).collect(), ..Default::default() }
}

struct Look<'c, 'a> {
    ctx: &'c Ctx<'a>,
    with_operations: bool,
}

impl<'a> Look<'_, 'a> {
    fn topics(
        &self,
        wanted: Vec<MetadataRequestTopic<'a>>,
        may_create: bool,
    ) -> Vec<MetadataResponseTopic<'a>> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::with_capacity(wanted.len());
        for topic in wanted {
            if !seen.insert((topic.topic_id, topic.name.clone())) {
                continue;
            }
            found.push(match topic.name {
                Some(name) if topic.topic_id == Uuid::ZERO => self.by_name(name, may_create),
                _ => self.by_id(topic.topic_id),
            });
        }
        found
    }

    fn by_id(&self, id: Uuid) -> MetadataResponseTopic<'a> {
        match self.ctx.broker().topics().load().by_id(id) {
            Some(topic) => self.topic(topic),
            None => MetadataResponseTopic {
                error_code: ErrorCode::UnknownTopicId.code(),
                name: None,
                topic_id: id,
                ..MetadataResponseTopic::default()
            },
        }
    }

    fn by_name(&self, name: Cow<'a, str>, may_create: bool) -> MetadataResponseTopic<'a> {
        let broker = self.ctx.broker();
        if let Some(topic) = broker.topics().load().by_name(&name) {
            return self.topic(topic);
        }
        let mut error = match validate_topic_name(&name) {
            Ok(()) => ErrorCode::UnknownTopicOrPartition,
            Err(_) => ErrorCode::InvalidTopicException,
        };
        let config = broker.config();
        let is_wanted = may_create && config.auto_create_topics_enable;
        if is_wanted && error == ErrorCode::UnknownTopicOrPartition {
            match broker.auto_create_topic(&name) {
                Ok(()) if config.topic_creation_wait => {
                    if let Some(topic) = broker.topics().load().by_name(&name) {
                        return self.topic(topic);
                    }
                }
                Ok(()) => {}
                // Kafka's own log of metadata is nobody's topic.
                Err(_) if name == METADATA_TOPIC => {}
                Err(refusal) => error = refusal.code,
            }
        }
        MetadataResponseTopic {
            error_code: error.code(),
            name: Some(name),
            topic_authorized_operations: self.operations(),
            ..MetadataResponseTopic::default()
        }
    }

    fn topic(&self, topic: &Topic) -> MetadataResponseTopic<'a> {
        let node = self.ctx.broker().node_id().0;
        let (error, leader_id) = match self.ctx.endpoint() {
            Some(_) => (ErrorCode::None, node),
            None if self.ctx.version() >= 6 => (ErrorCode::ListenerNotFound, -1),
            None => (ErrorCode::LeaderNotAvailable, -1),
        };
        let partition =
            |partition: &std::sync::Arc<crate::broker::Partition>| MetadataResponsePartition {
                error_code: error.code(),
                partition_index: partition.name().partition.0,
                leader_id,
                leader_epoch: partition.leader_epoch().0,
                replica_nodes: vec![node],
                isr_nodes: vec![node],
                offline_replicas: if leader_id < 0 { vec![node] } else { Vec::new() },
            };
        MetadataResponseTopic {
            error_code: ErrorCode::None.code(),
            name: Some(Cow::Owned(topic.name.as_str().to_owned())),
            topic_id: topic.id,
            is_internal: topic.is_internal(),
            partitions: topic.partitions.iter().map(partition).collect(),
            topic_authorized_operations: self.operations(),
        }
    }

    /// The permissions on a topic, be it there or not.
    fn operations(&self) -> i32 {
        if self.with_operations { TOPIC_OPERATIONS } else { OPERATIONS_OMITTED }
    }
}
