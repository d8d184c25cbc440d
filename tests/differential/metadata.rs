//! Metadata.

use std::borrow::Cow;

use klamm::base::Uuid;
use klamm::wire::messages::metadata_request::MetadataRequestTopic;
use klamm::wire::messages::{MetadataRequest, MetadataResponse};

use super::probe::{Body, Probe};

fn ask<'a>(topics: &[(Option<&'a str>, Uuid)]) -> MetadataRequest<'a> {
    let topics = topics.iter().map(|(name, topic_id)| MetadataRequestTopic {
        topic_id: *topic_id,
        name: name.map(Cow::Borrowed),
    });
    MetadataRequest {
        topics: Some(topics.collect()),
        allow_auto_topic_creation: false,
        ..MetadataRequest::default()
    }
}

/// The cluster's id and the epochs of leaders are a broker's own.
fn shown(body: &Body) -> String {
    let mut answer = body.read::<MetadataResponse<'_>>();
    answer.cluster_id = answer.cluster_id.map(|_| Cow::Borrowed("CLUSTER"));
    answer.topics.sort_by_key(|topic| topic.topic_id == Uuid([7; 16]));
    format!("{answer:?}")
}

pub(crate) fn metadata(probe: &mut Probe) {
    let (topic, id) = probe.topic("known", 2, &[]);
    let unknown = probe.own("unknown");
    for version in 0..=13 {
        // Before version 4 a client cannot forbid that topics are made.
        let request = |topics: &[(Option<&'static str>, Uuid)]| MetadataRequest {
            allow_auto_topic_creation: version < 4,
            ..ask(topics)
        };
        let known = MetadataRequest {
            allow_auto_topic_creation: version < 4,
            ..ask(&[(Some(&topic), Uuid::ZERO)])
        };
        probe.ask_about("m", version, "a topic", &known, shown);
        if version >= 4 {
            let none = ask(&[(Some(&unknown), Uuid::ZERO)]);
            probe.ask_about("m", version, "an unknown topic", &none, shown);
            let bad = ask(&[(Some("bad name"), Uuid::ZERO), (Some(""), Uuid::ZERO)]);
            probe.ask_about("m", version, "illegal names", &bad, shown);
        }
        if version >= 1 {
            probe.ask_about("m", version, "no topics", &request(&[]), shown);
        }
        if version >= 10 {
            let by_id = ask(&[(None, id), (None, Uuid([7; 16]))]);
            probe.ask_about("m", version, "by id", &by_id, shown);
            let both = ask(&[(Some(&topic), id)]);
            probe.ask_about("m", version, "by name and id", &both, shown);
        }
        if version >= 8 {
            let operations = MetadataRequest {
                include_topic_authorized_operations: true,
                include_cluster_authorized_operations: version <= 10,
                ..ask(&[(Some(&topic), Uuid::ZERO)])
            };
            probe.ask_about("m", version, "operations", &operations, shown);
        }
        let twice = MetadataRequest {
            allow_auto_topic_creation: version < 4,
            ..ask(&[(Some(&topic), Uuid::ZERO), (Some(&topic), Uuid::ZERO)])
        };
        probe.ask_about("m", version, "a topic twice", &twice, shown);
    }
}
