//! The cluster's history, step by step.

use super::*;
use crate::base::{LeaderEpoch, PartitionIndex, TopicName, Uuid};

const ID: Uuid = Uuid([7; 16]);

fn add(image: &mut ClusterImage, name: &str, id: Uuid, partitions: i32) {
    image.apply(Change::AddTopic { name: name.into(), id }).unwrap();
    for index in 0..partitions {
        set_partition(image, id, index).unwrap();
    }
}

fn set_partition(image: &mut ClusterImage, topic: Uuid, index: i32) -> Result<(), ImageError> {
    let partition = PartitionImage::default();
    image.apply(Change::SetPartition { topic, index: PartitionIndex(index), partition })
}

fn set(image: &mut ClusterImage, resource: ConfigResource, value: Option<&str>) {
    let (name, value) = ("retention.ms".to_owned(), value.map(str::to_owned));
    image.apply(Change::SetConfig { resource, name, value }).unwrap();
}

#[test]
fn a_topic_is_found_by_name_and_by_id_until_it_is_removed() {
    let mut image = ClusterImage::default();
    add(&mut image, "clicks", ID, 3);
    assert_eq!(image.topic("clicks").unwrap().partitions.len(), 3);
    assert_eq!(image.topic_name(ID).unwrap().as_str(), "clicks");
    set(&mut image, ConfigResource::Topic("clicks".into()), Some("5"));
    image.apply(Change::RemoveTopic { id: ID }).unwrap();
    assert_eq!(image, ClusterImage::default());
}

#[test]
fn names_that_differ_in_dot_and_underscore_collide() {
    let mut image = ClusterImage::default();
    add(&mut image, "a.b", ID, 1);
    assert_eq!(image.colliding_topic("a_b").map(TopicName::as_str), Some("a.b"));
    assert_eq!(image.colliding_topic("a.b"), None);
    assert_eq!(image.colliding_topic("ab"), None);
    image.apply(Change::RemoveTopic { id: ID }).unwrap();
    assert_eq!(image.colliding_topic("a_b"), None);
}

#[test]
fn partitions_come_in_order() {
    let mut image = ClusterImage::default();
    add(&mut image, "clicks", ID, 1);
    let refused = set_partition(&mut image, ID, 2).unwrap_err();
    assert_eq!(refused.to_string(), "topic clicks has no partition before partition 2");
    assert!(set_partition(&mut image, ID, -1).is_err());
    let refused = set_partition(&mut image, Uuid::ZERO, 0).unwrap_err();
    assert_eq!(refused, ImageError::UnknownTopic(Uuid::ZERO));
}

#[test]
fn a_new_leader_is_a_new_epoch() {
    let mut image = ClusterImage::default();
    add(&mut image, "clicks", ID, 1);
    for leader_changed in [true, false, true] {
        let index = PartitionIndex(0);
        image.apply(Change::ChangePartition { topic: ID, index, leader_changed }).unwrap();
    }
    let partition = image.topic("clicks").unwrap().partitions[0];
    assert_eq!(partition, PartitionImage { leader_epoch: LeaderEpoch(2), partition_epoch: 3 });
}

#[test]
fn a_setting_without_a_value_is_as_if_never_set() {
    let mut image = ClusterImage::default();
    set(&mut image, ConfigResource::DefaultBroker, Some("5"));
    assert_eq!(image.config(&ConfigResource::DefaultBroker)["retention.ms"], "5");
    set(&mut image, ConfigResource::DefaultBroker, None);
    set(&mut image, ConfigResource::DefaultBroker, None);
    assert_eq!(image, ClusterImage::default());
}

#[test]
fn topic_names_are_refused_in_kafkas_words() {
    let refused = |name: &str| validate_topic_name(name).unwrap_err();
    assert_eq!(refused(""), "Topic name is invalid: the empty string is not allowed");
    assert_eq!(refused(".."), "Topic name is invalid: '..' is not allowed");
    assert_eq!(
        refused("a b"),
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII \
         alphanumerics, '.', '_' and '-'"
    );
    let long = "x".repeat(250);
    assert_eq!(
        refused(&long),
        format!(
            "Topic name is invalid: the length of '{long}' is longer than the max allowed length \
             249"
        )
    );
    assert_eq!(validate_topic_name(&long[1..]), Ok(()));
    assert_eq!(validate_topic_name("A.z_0-9"), Ok(()));
}
