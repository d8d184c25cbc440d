//! Changes of the cluster as records of Kafka's metadata log, and back.
//!
//! Written are the records of `metadata.version` 30 (Kafka 4.3) as its controller writes them;
//! read is every record that Kafka's own log may hold.

use std::borrow::Cow;

use crate::base::{LeaderEpoch, NodeId, PartitionIndex, Uuid};
use crate::cluster::{Change, ConfigResource, PartitionImage};
use crate::wire::records::{
    ConfigRecord, FeatureLevelRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord,
    ProducerIdsRecord, RemoveTopicRecord, TopicRecord,
};
use crate::wire::{Error, MetadataType, encode_metadata};

/// Kafka's numbers for kinds of resources (`ConfigResource.Type`).
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// `LeaderConstants.NO_LEADER_CHANGE`.
const NO_LEADER_CHANGE: i32 = -2;

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    /// The only replica of every partition.
    pub(super) node: NodeId,
    /// The epoch of its registration.
    pub(super) broker_epoch: i64,
    /// The directory that holds the replicas.
    pub(super) directory: Uuid,
}

/// The value of the record that stands for a change.
pub(super) fn encode(change: &Change, writer: Writer) -> Vec<u8> {
    let encoded = match change {
        Change::AddTopic { name, id } => {
            encode_metadata(&TopicRecord { name: Cow::Borrowed(name.as_str()), topic_id: *id }, 0)
        }
        Change::SetPartition { topic, index, partition } => {
            encode_metadata(&partition_record(*topic, *index, *partition, writer), 2)
        }
        Change::ChangePartition { topic, index, leader_changed } => {
            let leader = if *leader_changed { writer.node.0 } else { NO_LEADER_CHANGE };
            let record = PartitionChangeRecord {
                partition_id: index.0,
                topic_id: *topic,
                leader,
                ..PartitionChangeRecord::default()
            };
            encode_metadata(&record, 2)
        }
        Change::RemoveTopic { id } => encode_metadata(&RemoveTopicRecord { topic_id: *id }, 0),
        Change::SetConfig { resource, name, value } => {
            encode_metadata(&config_record(resource, name, value.as_deref()), 0)
        }
        Change::TakeProducerIds { next } => {
            let record = ProducerIdsRecord {
                broker_id: writer.node.0,
                broker_epoch: writer.broker_epoch,
                next_producer_id: *next,
            };
            encode_metadata(&record, 0)
        }
        Change::SetFeature { name, level } => {
            let record = FeatureLevelRecord { name: Cow::Borrowed(name), feature_level: *level };
            encode_metadata(&record, 0)
        }
    };
    value(encoded)
}

/// The value of any metadata record of ours.
pub(super) fn encode_record<'a>(record: &impl MetadataType<'a>, version: i16) -> Vec<u8> {
    value(encode_metadata(record, version))
}

fn value(encoded: Result<Vec<u8>, Error>) -> Vec<u8> {
    encoded.expect("names and values were checked against Kafka's limits when they came in")
}

fn partition_record(
    topic_id: Uuid,
    index: PartitionIndex,
    partition: PartitionImage,
    writer: Writer,
) -> PartitionRecord {
    PartitionRecord {
        partition_id: index.0,
        topic_id,
        replicas: vec![writer.node.0],
        isr: vec![writer.node.0],
        leader: writer.node.0,
        leader_epoch: partition.leader_epoch.0,
        partition_epoch: partition.partition_epoch,
        directories: vec![writer.directory],
        ..PartitionRecord::default()
    }
}

fn config_record<'a>(
    resource: &'a ConfigResource,
    name: &'a str,
    value: Option<&'a str>,
) -> ConfigRecord<'a> {
    let (resource_type, resource_name) = match resource {
        ConfigResource::Topic(name) => (TOPIC, Cow::Borrowed(name.as_str())),
        ConfigResource::DefaultBroker => (BROKER, Cow::Borrowed("")),
        ConfigResource::Broker(node) => (BROKER, Cow::Owned(node.to_string())),
        ConfigResource::Other(kind, name) => (*kind, Cow::Borrowed(name.as_str())),
    };
    ConfigRecord {
        resource_type,
        resource_name,
        name: Cow::Borrowed(name),
        value: value.map(Cow::Borrowed),
    }
}

/// The change that a record stands for; `None` for one that changes nothing here: registrations,
/// access rules, quotas.
pub(super) fn change_of(record: MetadataRecord<'_>) -> Option<Change> {
    Some(match record {
        MetadataRecord::Topic(record) => {
            Change::AddTopic { name: record.name.as_ref().into(), id: record.topic_id }
        }
        MetadataRecord::Partition(record) => Change::SetPartition {
            topic: record.topic_id,
            index: PartitionIndex(record.partition_id),
            partition: PartitionImage {
                leader_epoch: LeaderEpoch(record.leader_epoch),
                partition_epoch: record.partition_epoch,
            },
        },
        MetadataRecord::PartitionChange(record) => Change::ChangePartition {
            topic: record.topic_id,
            index: PartitionIndex(record.partition_id),
            leader_changed: record.leader != NO_LEADER_CHANGE,
        },
        MetadataRecord::RemoveTopic(record) => Change::RemoveTopic { id: record.topic_id },
        MetadataRecord::Config(record) => Change::SetConfig {
            resource: resource(record.resource_type, &record.resource_name),
            name: record.name.into_owned(),
            value: record.value.map(Cow::into_owned),
        },
        MetadataRecord::ProducerIds(record) => {
            Change::TakeProducerIds { next: record.next_producer_id }
        }
        MetadataRecord::FeatureLevel(record) => {
            Change::SetFeature { name: record.name.into_owned(), level: record.feature_level }
        }
        _ => return None,
    })
}

fn resource(kind: i8, name: &str) -> ConfigResource {
    match (kind, name) {
        (TOPIC, name) => ConfigResource::Topic(name.into()),
        (BROKER, "") => ConfigResource::DefaultBroker,
        (BROKER, name) => match name.parse() {
            Ok(node) => ConfigResource::Broker(NodeId(node)),
            Err(_) => ConfigResource::Other(kind, name.to_owned()),
        },
        (kind, name) => ConfigResource::Other(kind, name.to_owned()),
    }
}
