//! What Kafka's tools ask of a cluster, where one broker is the whole of it.

use std::borrow::Cow;

use klamm::wire::messages::alter_partition_reassignments_request::{
    ReassignablePartition, ReassignableTopic,
};
use klamm::wire::messages::create_acls_request::AclCreation;
use klamm::wire::messages::delete_acls_request::DeleteAclsFilter;
use klamm::wire::messages::elect_leaders_request::TopicPartitions;
use klamm::wire::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use klamm::wire::messages::{
    AlterPartitionReassignmentsRequest, CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest,
    DescribeProducersRequest, ElectLeadersRequest, ListConfigResourcesRequest,
    ListPartitionReassignmentsRequest, OffsetForLeaderEpochRequest, describe_producers_request,
};

use super::probe::Probe;

pub(crate) fn tools(probe: &mut Probe) {
    let (topic, _) = probe.topic("tools", 2, &[]);
    let unknown = probe.own("unknown");
    elections(probe, &topic, &unknown);
    reassignments(probe, &topic, &unknown);
    epochs(probe, &topic);
    acls(probe);
    let asked = |name: &str| describe_producers_request::TopicRequest {
        name: Cow::Owned(name.to_owned()),
        partition_indexes: vec![0],
    };
    let request = DescribeProducersRequest { topics: vec![asked(&topic), asked(&unknown)] };
    probe.ask("t", 0, "producers", &request);
    let request = ListConfigResourcesRequest { resource_types: vec![4] };
    probe.ask("t", 1, "brokers", &request);
    let request = ListConfigResourcesRequest { resource_types: vec![3] };
    probe.ask("t", 1, "a kind that has no settings", &request);
}

/// Of everybody on everything, without an authorizer.
fn acls(probe: &mut Probe) {
    for version in 1..=3 {
        let any = DescribeAclsRequest {
            resource_type_filter: 1,
            pattern_type_filter: if version == 1 { 3 } else { 1 },
            operation: 1,
            permission_type: 1,
            ..DescribeAclsRequest::default()
        };
        probe.ask("t", version, "acls", &any);
        let acl = AclCreation {
            resource_type: 2,
            resource_name: "a".into(),
            principal: "User:a".into(),
            host: "*".into(),
            operation: 3,
            permission_type: 3,
            ..AclCreation::default()
        };
        let request = CreateAclsRequest { creations: vec![acl] };
        probe.ask("t", version, "an acl", &request);
        let filter = DeleteAclsFilter {
            resource_type_filter: 2,
            operation: 1,
            permission_type: 1,
            ..DeleteAclsFilter::default()
        };
        let request = DeleteAclsRequest { filters: vec![filter] };
        probe.ask("t", version, "no acls", &request);
    }
}

fn elections(probe: &mut Probe, topic: &str, unknown: &str) {
    for version in 0..=2 {
        let of = |name: &str| TopicPartitions {
            topic: Cow::Owned(name.to_owned()),
            partitions: vec![0, 7],
        };
        let request = ElectLeadersRequest {
            topic_partitions: Some(vec![of(topic), of(unknown)]),
            ..ElectLeadersRequest::default()
        };
        probe.ask("t", version, "preferred leaders", &request);
    }
}

fn reassignments(probe: &mut Probe, topic: &str, unknown: &str) {
    let moved = |partition_index, replicas: Option<Vec<i32>>| ReassignablePartition {
        partition_index,
        replicas,
    };
    for version in 0..=1 {
        let of = |name: &str, partitions| ReassignableTopic {
            name: Cow::Owned(name.to_owned()),
            partitions,
        };
        let here = vec![moved(0, Some(vec![1])), moved(1, None), moved(7, None)];
        let topics = vec![of(topic, here), of(unknown, vec![moved(0, None)])];
        let request = AlterPartitionReassignmentsRequest {
            topics,
            ..AlterPartitionReassignmentsRequest::default()
        };
        probe.ask("t", version, "reassign", &request);
        let elsewhere = vec![of(topic, vec![moved(0, Some(vec![5]))])];
        let request = AlterPartitionReassignmentsRequest {
            topics: elsewhere,
            ..AlterPartitionReassignmentsRequest::default()
        };
        probe.ask("t", version, "to a broker that is not there", &request);
    }
    probe.ask("t", 0, "all", &ListPartitionReassignmentsRequest::default());
}

/// Of a partition that nobody has written to.
fn epochs(probe: &mut Probe, topic: &str) {
    for version in 2..=4 {
        let of = |current_leader_epoch, leader_epoch| OffsetForLeaderPartition {
            partition: 0,
            current_leader_epoch,
            leader_epoch,
        };
        for (current, asked) in [(-1, 0), (0, 0), (-1, -1), (-1, 5), (-7, 0), (5, 0)] {
            let topics = vec![OffsetForLeaderTopic {
                topic: Cow::Owned(topic.to_owned()),
                partitions: vec![of(current, asked)],
            }];
            let request =
                OffsetForLeaderEpochRequest { topics, ..OffsetForLeaderEpochRequest::default() };
            probe.ask("t", version, &format!("epoch {asked} as of {current}"), &request);
        }
    }
}
