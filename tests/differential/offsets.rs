//! Committing, fetching and deleting offsets.

use std::borrow::Cow;

use klamm::base::Uuid;
use klamm::wire::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use klamm::wire::messages::offset_delete_request::{
    OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use klamm::wire::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use klamm::wire::messages::{
    JoinGroupRequest, OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest,
    OffsetFetchResponse,
};

use super::groups::{heartbeat, join, leave, member, old_sync, settled, subscription, sync};
use super::groups::{protocols, while_rebalancing};
use super::probe::Probe;

/// Commits partition 0 of a topic, as a tool does.
fn commit<'a>(group: &'a str, topic: &'a str, offset: i64) -> OffsetCommitRequest<'a> {
    OffsetCommitRequest {
        group_id: Cow::Borrowed(group),
        topics: vec![committed(topic, &[(0, offset)])],
        ..OffsetCommitRequest::default()
    }
}

fn committed<'a>(topic: &'a str, offsets: &[(i32, i64)]) -> OffsetCommitRequestTopic<'a> {
    let partitions =
        offsets.iter().map(|&(partition_index, committed_offset)| OffsetCommitRequestPartition {
            partition_index,
            committed_offset,
            committed_metadata: Some(Cow::Borrowed("note")),
            ..OffsetCommitRequestPartition::default()
        });
    OffsetCommitRequestTopic {
        name: Cow::Borrowed(topic),
        partitions: partitions.collect(),
        ..OffsetCommitRequestTopic::default()
    }
}

/// Fetches in the old shape; no topics ask for everything.
fn fetch<'a>(group: &'a str, topics: Option<&[(&'a str, &[i32])]>) -> OffsetFetchRequest<'a> {
    let topics = topics.map(|topics| {
        let topics = topics.iter().map(|(name, partitions)| OffsetFetchRequestTopic {
            name: Cow::Borrowed(name),
            partition_indexes: partitions.to_vec(),
        });
        topics.collect()
    });
    OffsetFetchRequest { group_id: Cow::Borrowed(group), topics, ..OffsetFetchRequest::default() }
}

fn fetch_groups<'a>(groups: Vec<OffsetFetchRequestGroup<'a>>) -> OffsetFetchRequest<'a> {
    OffsetFetchRequest { groups, ..OffsetFetchRequest::default() }
}

fn of_group<'a>(
    group: &'a str,
    topics: Option<Vec<OffsetFetchRequestTopics<'a>>>,
) -> OffsetFetchRequestGroup<'a> {
    OffsetFetchRequestGroup {
        group_id: Cow::Borrowed(group),
        topics,
        ..OffsetFetchRequestGroup::default()
    }
}

fn by_name<'a>(name: &'a str, partitions: &[i32]) -> OffsetFetchRequestTopics<'a> {
    OffsetFetchRequestTopics {
        name: Cow::Borrowed(name),
        partition_indexes: partitions.to_vec(),
        ..OffsetFetchRequestTopics::default()
    }
}

fn by_id<'a>(topic_id: Uuid, partitions: &[i32]) -> OffsetFetchRequestTopics<'a> {
    OffsetFetchRequestTopics {
        topic_id,
        partition_indexes: partitions.to_vec(),
        ..OffsetFetchRequestTopics::default()
    }
}

pub(crate) fn offsets(probe: &mut Probe) {
    let (topic, id) = probe.topic("offsets", 2, &[]);
    let group = probe.group("offsets");
    let unknown = probe.own("unknown");
    probe.note("nothing is committed");
    for version in [1, 2, 5, 7] {
        probe.ask("a", version, "the topic", &fetch(&group, Some(&[(&topic, &[0, 1, 9])])));
        probe.ask("a", version, "no topic", &fetch(&group, Some(&[])));
        if version >= 2 {
            probe.ask("a", version, "everything", &fetch(&group, None));
        }
    }
    probe.note("commits from outside, in every version that differs");
    for version in [2, 3, 5, 6, 7, 8, 9] {
        probe.ask("a", version, "5", &commit(&group, &topic, 5));
        probe.ask("a", version, "an unknown topic", &commit(&group, &unknown, 5));
        let mixed = OffsetCommitRequest {
            topics: vec![committed(&topic, &[(0, 5), (2, 6), (1, 7)])],
            ..commit(&group, &topic, 0)
        };
        probe.ask("a", version, "one partition too many", &mixed);
        let generation =
            OffsetCommitRequest { generation_id_or_member_epoch: 3, ..commit(&group, &topic, 5) };
        probe.ask("a", version, "in a generation", &generation);
        let nowhere =
            OffsetCommitRequest { generation_id_or_member_epoch: 3, ..commit(&unknown, &topic, 5) };
        probe.ask("a", version, "in a generation of an unknown group", &nowhere);
        let as_member =
            OffsetCommitRequest { member_id: Cow::Borrowed("x"), ..commit(&group, &topic, 5) };
        probe.ask("a", version, "as an unknown member", &as_member);
    }
    let nothing = OffsetCommitRequest { topics: Vec::new(), ..commit(&group, &topic, 5) };
    probe.ask("a", 8, "nothing", &nothing);
    let anonymous = probe.group("anonymous");
    probe.ask("a", 8, "a negative offset", &commit(&anonymous, &topic, -5));
    probe.ask("a", 8, "to a group without a name", &commit("", &topic, 5));
    limits(probe, &group, &topic);
    probe.note("what was committed");
    for version in [1, 2, 5, 7] {
        probe.ask("a", version, "the topic", &fetch(&group, Some(&[(&topic, &[0, 1, 9])])));
        probe.ask("a", version, "another", &fetch(&group, Some(&[(&unknown, &[0])])));
    }
    let stable = OffsetFetchRequest { require_stable: true, ..fetch(&group, None) };
    probe.ask("a", 7, "everything, stable", &stable);
    probe.ask("a", 7, "of no group", &fetch("", Some(&[(&topic, &[0])])));
    let several = vec![
        of_group(&group, Some(vec![by_name(&topic, &[0]), by_name(&unknown, &[0])])),
        of_group(&unknown, Some(vec![by_name(&topic, &[0])])),
        of_group(&unknown, None),
        of_group(&anonymous, None),
        of_group("", None),
    ];
    probe.ask("a", 8, "several groups", &fetch_groups(several.clone()));
    probe.ask("a", 9, "several groups", &fetch_groups(several));
    probe.note("topics by id");
    let by_ids = |id: Uuid, offset| OffsetCommitRequestTopic {
        topic_id: id,
        name: Cow::Borrowed(""),
        ..committed("", &[(0, offset), (5, offset)])
    };
    let request = OffsetCommitRequest {
        topics: vec![by_ids(id, 8), by_ids(Uuid([7; 16]), 8)],
        ..commit(&group, "", 0)
    };
    probe.ask("a", 10, "8", &request);
    let topics = vec![by_id(id, &[0, 1, 9]), by_id(Uuid([7; 16]), &[0])];
    probe.ask("a", 10, "by id", &fetch_groups(vec![of_group(&group, Some(topics))]));
    probe.ask("a", 10, "everything", &fetch_groups(vec![of_group(&group, None)]));
    probe.ask("a", 9, "everything", &fetch_groups(vec![of_group(&group, None)]));
}

fn limits(probe: &mut Probe, group: &str, topic: &str) {
    for length in [4096, 4097] {
        let mut request = commit(group, topic, 6);
        let note = "é".repeat(length);
        request.topics[0].partitions[0].committed_metadata = Some(Cow::Owned(note));
        probe.ask("a", 8, &format!("with {length} characters of metadata"), &request);
    }
    let mut request = commit(group, topic, 7);
    request.topics[0].partitions[0].committed_metadata = None;
    probe.ask("a", 8, "without metadata", &request);
}

pub(crate) fn members(probe: &mut Probe) {
    let (topic, _) = probe.topic("read", 1, &[]);
    let (other, _) = probe.topic("other", 1, &[]);
    let group = probe.group("members");
    let delete = |topics: &[(&'static str, &str)]| OffsetDeleteRequest {
        group_id: Cow::Owned(group.clone()),
        topics: topics
            .iter()
            .map(|(_, name)| OffsetDeleteRequestTopic {
                name: Cow::Owned((*name).to_owned()),
                partitions: [0, 4]
                    .map(|partition_index| OffsetDeleteRequestPartition { partition_index })
                    .to_vec(),
            })
            .collect(),
    };
    probe.ask("x", 0, "of an unknown group", &delete(&[("", &topic)]));
    probe.ask("x", 8, "from outside", &commit(&group, &other, 1));
    let reads = JoinGroupRequest {
        protocols: {
            let mut protocols = protocols(&["range"]);
            protocols[0].metadata = Cow::Owned(subscription(&topic));
            protocols
        },
        ..join(&group, "")
    };
    let first = member(&probe.ask("a", 3, "joins", &reads));
    let as_member = |generation: i32, offset: i64| OffsetCommitRequest {
        member_id: Cow::Borrowed(&first),
        generation_id_or_member_epoch: generation,
        ..commit(&group, &topic, offset)
    };
    probe.note("before the assignment");
    probe.ask("a", 8, "as member", &as_member(1, 1));
    probe.ask("x", 8, "from outside", &commit(&group, &topic, 1));
    probe.ask("a", 3, "syncs", &old_sync(sync(&group, &first, 1, &[(&first, b"all")])));
    probe.note("as a stable member");
    probe.ask("a", 8, "as member", &as_member(1, 2));
    probe.ask("a", 8, "of another generation", &as_member(2, 2));
    probe.ask("a", 8, "without a generation", &as_member(-1, 2));
    probe.ask("x", 8, "from outside", &commit(&group, &topic, 1));
    let fenced =
        OffsetCommitRequest { group_instance_id: Some(Cow::Borrowed("i")), ..as_member(1, 2) };
    probe.ask("a", 8, "as an unknown instance", &fenced);
    probe.ask("x", 0, "of a live group", &delete(&[("", &topic), ("", &other), ("", "none")]));
    probe.note("while a rebalance is prepared");
    probe.send("b", 3, &reads);
    while_rebalancing(probe, &group, &first);
    probe.ask("a", 8, "as member", &as_member(1, 3));
    probe.ask("x", 8, "from outside", &commit(&group, &topic, 1));
    probe.ask(
        "a",
        3,
        "joins",
        &JoinGroupRequest { member_id: Cow::Borrowed(&first), ..reads.clone() },
    );
    let second = member(&probe.hear::<JoinGroupRequest<'_>>("b", 3, "has joined"));
    probe.ask("a", 8, "as member", &as_member(2, 4));
    probe.ask("a", 4, "beats", &heartbeat(&group, &first, 2));
    probe.ask("x", 5, "removes both", &leave(&group, &[(&first, None), (&second, None)]));
    probe.note("after all have left");
    probe.ask("a", 8, "as member", &as_member(3, 4));
    probe.ask("x", 8, "from outside", &commit(&group, &topic, 9));
    probe.ask("x", 7, "everything", &fetch(&group, Some(&[(&topic, &[0]), (&other, &[0])])));
    probe.ask("x", 0, "of an empty group", &delete(&[("", &topic)]));
    probe.ask("x", 0, "nothing", &delete(&[]));
    probe.ask("x", 7, "what is left", &fetch(&group, None));
    connect(probe, &other);
}

/// What a group has committed goes with the topic.
pub(crate) fn deleted(probe: &mut Probe) {
    let (topic, _) = probe.topic("doomed", 2, &[]);
    let (other, _) = probe.topic("kept", 1, &[]);
    let group = probe.group("readers");
    probe.ask("x", 8, "of both", &commit(&group, &topic, 1));
    probe.ask("x", 8, "of both", &commit(&group, &other, 2));
    probe.delete_topic(&topic);
    probe.wait_until("the offset is forgotten", |probe| {
        let body = probe.ask_quietly(5, &fetch(&group, Some(&[(&topic, &[0])])));
        body.read::<OffsetFetchResponse<'_>>().topics[0].partitions[0].committed_offset == -1
    });
    probe.ask("x", 7, "everything", &fetch(&group, None));
    probe.ask("x", 8, "of the topic that is gone", &commit(&group, &topic, 3));
    probe.topic("doomed", 1, &[]);
    probe.ask("x", 7, "of its successor", &fetch(&group, Some(&[(&topic, &[0])])));
}

/// A group whose members do not say what they read.
fn connect(probe: &mut Probe, topic: &str) {
    probe.note("a group of another type");
    let group = probe.group("connect");
    let request = JoinGroupRequest { protocol_type: Cow::Borrowed("connect"), ..join(&group, "") };
    let id = member(&probe.ask("c", 3, "joins", &request));
    probe.ask("c", 3, "syncs", &old_sync(sync(&group, &id, 1, &[(&id, b"all")])));
    let request = OffsetDeleteRequest {
        group_id: Cow::Borrowed(&group),
        topics: vec![OffsetDeleteRequestTopic {
            name: Cow::Borrowed(topic),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
        }],
    };
    probe.ask("x", 0, "of it", &request);
    let nameless = OffsetDeleteRequest { group_id: Cow::Borrowed(""), ..request.clone() };
    probe.ask("x", 0, "of no group", &nameless);
    let consumers = probe.group("consumers");
    settled(probe, "d", &consumers);
    let unsubscribed = OffsetDeleteRequest { group_id: Cow::Borrowed(&consumers), ..request };
    probe.ask("x", 0, "of a topic that nobody reads", &unsubscribed);
}
