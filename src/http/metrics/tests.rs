//! The text, and what is made of groups.

use std::collections::BTreeMap;

use super::broker::Ends;
use super::exposition::{Exposition, Kind};
use super::groups::{self, Group};
use crate::base::{GroupId, Offset, TopicName, Uuid};
use crate::group::{PartitionOffset, TopicOffsets};

#[test]
fn a_family_is_its_head_and_its_samples() {
    let mut page = Exposition::default();
    let mut family = page.family("a", Kind::Gauge, "Some help.");
    family.sample(&[("group", "a \"quoted\" \\ name\nof two lines"), ("b", "")], -1);
    family.sample(&[], 0.5);
    page.family("b_total", Kind::Counter, "None.");
    assert_eq!(
        page.into_text(),
        "# HELP a Some help.\n# TYPE a gauge\n\
         a{group=\"a \\\"quoted\\\" \\\\ name\\nof two lines\",b=\"\"} -1\na 0.5\n\
         # HELP b_total None.\n# TYPE b_total counter\n"
    );
}

/// What is written of a group that has committed `committed` of topic `t`, whose partitions end at
/// `ends`; without partitions there is no such topic.
fn group_lines(committed: &[(i32, i64)], ends: &[i64]) -> Vec<String> {
    let partition_offset = |&(partition, offset): &(i32, i64)| PartitionOffset {
        offset: Offset(offset),
        ..PartitionOffset::unknown(partition)
    };
    let topic = TopicName::from("t");
    let partitions: Vec<_> = committed.iter().map(partition_offset).collect();
    let topics = vec![TopicOffsets { topic: topic.clone(), topic_id: Uuid::ZERO, partitions }];
    let group = Group { id: GroupId::from("g"), members: 2, topics };
    let partitions: BTreeMap<_, _> = (0..).zip(ends.iter().map(|end| Offset(*end))).collect();
    let known = (!ends.is_empty()).then_some((topic, partitions));
    let mut page = Exposition::default();
    groups::write(&mut page, &[group], &known.into_iter().collect::<Ends>());
    let text = page.into_text();
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn a_partition_without_a_commit_has_no_lag() {
    let expected = [
        "kafka_consumergroup_members{consumergroup=\"g\"} 2",
        "kafka_consumergroup_current_offset{consumergroup=\"g\",topic=\"t\",partition=\"0\"} 7",
        "kafka_consumergroup_current_offset{consumergroup=\"g\",topic=\"t\",partition=\"1\"} -1",
        "kafka_consumergroup_lag{consumergroup=\"g\",topic=\"t\",partition=\"0\"} 3",
        "kafka_consumergroup_lag{consumergroup=\"g\",topic=\"t\",partition=\"1\"} -1",
        "kafka_consumergroup_current_offset_sum{consumergroup=\"g\",topic=\"t\"} 7",
        "kafka_consumergroup_lag_sum{consumergroup=\"g\",topic=\"t\"} 3",
    ];
    assert_eq!(group_lines(&[(0, 7)], &[10, 4]), expected);
}

#[test]
fn a_topic_that_is_gone_is_not_shown() {
    assert_eq!(group_lines(&[(0, 7)], &[]).len(), 1);
}
