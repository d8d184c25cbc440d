//! Consumer groups: members, committed offsets, lag.

use std::collections::BTreeMap;

use super::broker::Ends;
use super::exposition::{Exposition, Kind};
use crate::base::{GroupId, Offset};
use crate::broker::Broker;
use crate::group::{Command, FetchOffsets, ListGroups, Reply, TopicOffsets};

/// A group as it was when asked.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Its id.
    pub(super) id: GroupId,
    /// Number of its members.
    pub(super) members: usize,
    /// What it has committed.
    pub(super) topics: Vec<TopicOffsets>,
}

/// All groups, those without members too.
pub(super) async fn gather(broker: &Broker) -> Vec<Group> {
    // No coordinator, no groups.
    let listed = broker.list_groups(&ListGroups::default()).await.unwrap_or_default();
    let mut groups = Vec::with_capacity(listed.len());
    for listed in listed {
        let id = listed.group;
        let members = match broker.ask_group(id.as_str(), Command::Describe(id.clone())).await {
            Ok(Reply::Describe(described)) => described.members.len(),
            _ => 0,
        };
        let fetch = FetchOffsets { group: id.clone(), topics: None };
        let topics = match broker.ask_group(id.as_str(), Command::Fetch(fetch)).await {
            Ok(Reply::Fetch(fetched)) => fetched.topics,
            _ => Vec::new(),
        };
        groups.push(Group { id, members, topics });
    }
    groups
}

/// A group's place in a partition; -1 stands for what is not known, as in kafka_exporter.
struct Row<'a> {
    group: &'a str,
    topic: &'a str,
    partition: String,
    offset: i64,
    lag: i64,
}

pub(super) fn write(page: &mut Exposition, groups: &[Group], ends: &Ends) {
    let mut family =
        page.family("kafka_consumergroup_members", Kind::Gauge, "Number of members of the group.");
    for group in groups {
        family.sample(&[("consumergroup", group.id.as_str())], group.members);
    }
    let rows: Vec<Row<'_>> = groups.iter().flat_map(|group| rows(group, ends)).collect();
    of_partitions(
        page,
        "kafka_consumergroup_current_offset",
        "The committed offset.",
        &rows,
        |it| it.offset,
    );
    of_partitions(
        page,
        "kafka_consumergroup_lag",
        "Records from the committed offset to the end of the log; -1 if nothing is committed.",
        &rows,
        |it| it.lag,
    );
    of_topics(page, "kafka_consumergroup_current_offset_sum", "The sum over partitions.", &rows, {
        |it| it.offset
    });
    of_topics(page, "kafka_consumergroup_lag_sum", "The sum over partitions.", &rows, |it| it.lag);
}

/// A row for every partition of each topic that the group has committed anything of.
fn rows<'a>(group: &'a Group, ends: &'a Ends) -> impl Iterator<Item = Row<'a>> {
    let known = group.topics.iter().filter_map(|topic| Some((topic, ends.get(&topic.topic)?)));
    known.flat_map(move |(topic, ends)| {
        let committed: BTreeMap<i32, Offset> =
            topic.partitions.iter().map(|it| (it.partition, it.offset)).collect();
        ends.iter().map(move |(partition, end)| {
            let offset = committed.get(partition).copied().filter(|it| *it >= Offset::ZERO);
            Row {
                group: group.id.as_str(),
                topic: topic.topic.as_str(),
                partition: partition.to_string(),
                offset: offset.map_or(-1, |offset| offset.0),
                lag: offset.map_or(-1, |offset| end.since(offset).max(0)),
            }
        })
    })
}

fn of_partitions(
    page: &mut Exposition,
    name: &'static str,
    help: &str,
    rows: &[Row<'_>],
    value: fn(&Row<'_>) -> i64,
) {
    let mut family = page.family(name, Kind::Gauge, help);
    for row in rows {
        let labels =
            [("consumergroup", row.group), ("topic", row.topic), ("partition", &row.partition)];
        family.sample(&labels, value(row));
    }
}

fn of_topics(
    page: &mut Exposition,
    name: &'static str,
    help: &str,
    rows: &[Row<'_>],
    value: fn(&Row<'_>) -> i64,
) {
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for row in rows {
        // What is not known does not count.
        *sums.entry((row.group, row.topic)).or_default() += value(row).max(0);
    }
    let mut family = page.family(name, Kind::Gauge, help);
    for ((group, topic), sum) in sums {
        family.sample(&[("consumergroup", group), ("topic", topic)], sum);
    }
}
