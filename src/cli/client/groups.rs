//! `klamm groups`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest, GroupId,
    ListGroupsRequest, OffsetCommitRequest, OffsetFetchRequest,
};
use kafka_protocol::protocol::StrBytes;
use serde_json::json;

use super::cluster::{error_code, text, topic_name};
use super::consume::{Start, parse_start, starts};
use super::fetch::{Place, Positions};
use super::member::decode_assignment;
use super::{Client, Common, offsets, output};
use crate::base::ErrorCode;
use crate::cli::exit::Exit;

/// Newest OffsetFetch version for a single group.
const OFFSET_FETCH_VERSION: i16 = 7;
/// DescribeGroups 6 answers with an error where 5 says `Dead`.
const DESCRIBE_GROUPS_VERSION: i16 = 5;
const CONSUMER_GROUP_DESCRIBE: i16 = 69;

/// `klamm groups ...`
#[derive(Debug, Clone, Args)]
pub struct GroupsArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// All groups (what `klamm groups` alone does)
    List,
    /// Members, committed offsets and lag
    Describe {
        /// Its id
        group: String,
    },
    /// Move the committed offsets of a group without members
    Reset {
        /// Its id
        group: String,
        /// Which topic; all that the group has offsets for if not given
        #[arg(long)]
        topic: Option<String>,
        /// Where to: earliest, latest, an offset, or a time as 2026-05-28T11:54:00+09:00
        #[arg(long, value_parser = parse_start)]
        to: Start,
    },
    /// Delete groups without members, with their offsets
    Delete {
        /// Their ids
        #[arg(required = true)]
        groups: Vec<String>,
    },
}

pub(super) async fn run(args: GroupsArgs) -> Result<ExitCode> {
    let mut client = Client::connect(&args.common.bootstrap_server).await?;
    let json = args.common.json;
    match args.action.unwrap_or(Action::List) {
        Action::List => list(&mut client, json).await?,
        Action::Describe { group } => describe(&mut client, &group, json).await?,
        Action::Reset { group, topic, to } => {
            reset(&mut client, &group, topic.as_deref(), to, json).await?;
        }
        Action::Delete { groups } => delete(&mut client, &groups).await?,
    }
    Ok(Exit::Success.into())
}

/// The committed offsets of a group.
pub(super) async fn committed(client: &mut Client, group: &str) -> Result<BTreeMap<Place, i64>> {
    let coordinator = client.coordinator(group).await?;
    let connection = client.broker(coordinator).await?;
    let answer = connection
        .call(OFFSET_FETCH_VERSION, |_| {
            OffsetFetchRequest::default().with_group_id(GroupId(text(group))).with_topics(None)
        })
        .await?;
    let code = error_code(answer.error_code);
    if code.is_error() && code != ErrorCode::GroupIdNotFound {
        bail!("offsets of group `{group}`: {code}");
    }
    let mut offsets = BTreeMap::new();
    for topic in answer.topics {
        for partition in topic.partitions {
            if partition.committed_offset >= 0 {
                let place = (topic.name.to_string(), partition.partition_index);
                offsets.insert(place, partition.committed_offset);
            }
        }
    }
    Ok(offsets)
}

/// Commits positions as a member, or from outside for a group without members.
pub(super) async fn commit(
    client: &mut Client,
    group: &str,
    member: Option<(i32, StrBytes)>,
    positions: &Positions,
) -> Result<()> {
    if positions.is_empty() {
        return Ok(());
    }
    let mut topics: BTreeMap<&str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
    for ((topic, partition), offset) in positions {
        let partition = OffsetCommitRequestPartition::default()
            .with_partition_index(*partition)
            .with_committed_offset(*offset)
            .with_committed_leader_epoch(-1)
            .with_committed_metadata(Some(StrBytes::default()));
        topics.entry(topic).or_default().push(partition);
    }
    let topics = topics
        .into_iter()
        .map(|(topic, partitions)| {
            OffsetCommitRequestTopic::default()
                .with_name(topic_name(topic))
                .with_partitions(partitions)
        })
        .collect();
    let (generation, member_id) = member.unwrap_or_else(|| (-1, StrBytes::default()));
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_generation_id_or_member_epoch(generation)
        .with_member_id(member_id)
        .with_retention_time_ms(-1)
        .with_topics(topics);
    let coordinator = client.coordinator(group).await?;
    let answer = client.broker(coordinator).await?.call(9, |_| request).await?;
    for partition in answer.topics.iter().flat_map(|topic| &topic.partitions) {
        match error_code(partition.error_code) {
            ErrorCode::None => {}
            ErrorCode::UnknownMemberId if generation < 0 => {
                bail!("group `{group}` has members; stop them first")
            }
            code => bail!("commit for group `{group}`: {code}"),
        }
    }
    Ok(())
}

async fn list(client: &mut Client, json: bool) -> Result<()> {
    let mut groups = Vec::new();
    for node in client.nodes() {
        let answer = client.broker(node).await?.call(5, |_| ListGroupsRequest::default()).await?;
        let code = error_code(answer.error_code);
        if code.is_error() {
            bail!("groups of broker {node}: {code}");
        }
        groups.extend(answer.groups);
    }
    groups.sort_by(|a, b| a.group_id.0.cmp(&b.group_id.0));
    if json {
        for group in &groups {
            output::json(&json!({
                "group": group.group_id.to_string(),
                "state": group.group_state.to_string(),
                "protocol_type": group.protocol_type.to_string(),
                "type": group.group_type.to_string(),
            }))?;
        }
        return Ok(());
    }
    if groups.is_empty() {
        output::note("no groups yet; `klamm consume TOPIC --group NAME` makes one");
        return Ok(());
    }
    let rows: Vec<_> = groups
        .iter()
        .map(|group| {
            vec![
                group.group_id.to_string(),
                group.group_state.to_string(),
                group.protocol_type.to_string(),
            ]
        })
        .collect();
    Ok(output::table(&["GROUP", "STATE", "PROTOCOL"], &rows)?)
}

/// A member as both kinds of groups have it.
struct Described {
    id: String,
    client_id: String,
    host: String,
    assignment: Vec<Place>,
}

async fn members(client: &mut Client, group: &str) -> Result<(String, Vec<Described>)> {
    let coordinator = client.coordinator(group).await?;
    let connection = client.broker(coordinator).await?;
    let id = GroupId(text(group));
    let answer = connection
        .call(DESCRIBE_GROUPS_VERSION, |_| {
            DescribeGroupsRequest::default().with_groups(vec![id.clone()])
        })
        .await?;
    let found = answer.groups.into_iter().next().context("no answer for the group")?;
    if &*found.group_state != "Dead" {
        let members = found
            .members
            .into_iter()
            .map(|member| {
                let assignment = decode_assignment(member.member_assignment).unwrap_or_default();
                let (client_id, host) =
                    (member.client_id.to_string(), member.client_host.to_string());
                Described { id: member.member_id.to_string(), client_id, host, assignment }
            })
            .collect();
        return Ok((found.group_state.to_string(), members));
    }
    // Either there is no such group, or it is one of the new kind (KIP-848).
    if !connection.speaks(CONSUMER_GROUP_DESCRIBE) {
        bail!("there is no group `{group}`");
    }
    let answer = connection
        .call(1, |_| ConsumerGroupDescribeRequest::default().with_group_ids(vec![id]))
        .await?;
    let found = answer.groups.into_iter().next().context("no answer for the group")?;
    if error_code(found.error_code).is_error() {
        bail!("there is no group `{group}`");
    }
    let members = found
        .members
        .into_iter()
        .map(|member| {
            let mut assignment = Vec::new();
            for topic in member.assignment.topic_partitions {
                let name = topic.topic_name.to_string();
                assignment
                    .extend(topic.partitions.iter().map(|&partition| (name.clone(), partition)));
            }
            let (client_id, host) = (member.client_id.to_string(), member.client_host.to_string());
            Described { id: member.member_id.to_string(), client_id, host, assignment }
        })
        .collect();
    Ok((found.group_state.to_string(), members))
}

async fn describe(client: &mut Client, group: &str, json: bool) -> Result<()> {
    let (state, members) = members(client, group).await?;
    let mut owners: BTreeMap<Place, &Described> = BTreeMap::new();
    for member in &members {
        for place in &member.assignment {
            owners.insert(place.clone(), member);
        }
    }
    let committed = committed(client, group).await?;
    let mut places: Vec<Place> = committed.keys().chain(owners.keys()).cloned().collect();
    places.sort();
    places.dedup();
    let mut ends: BTreeMap<String, BTreeMap<i32, i64>> = BTreeMap::new();
    for (topic, _) in &places {
        if !ends.contains_key(topic) {
            // The topic may be gone while its offsets are not.
            let offsets = offsets::list(client, topic, offsets::LATEST).await.unwrap_or_default();
            ends.insert(topic.clone(), offsets);
        }
    }
    if !json {
        output::line(&format!(
            "{}  {state}, {} members",
            output::Style::of_stdout().bold(group),
            members.len()
        ))?;
    }
    let mut rows = Vec::new();
    for place in &places {
        let offset = committed.get(place).copied();
        let end = ends.get(&place.0).and_then(|ends| ends.get(&place.1)).copied();
        let lag = offset.zip(end).map(|(offset, end)| end - offset);
        let owner = owners.get(place);
        if json {
            output::json(&json!({
                "group": group, "state": state, "topic": place.0, "partition": place.1,
                "committed": offset, "end": end, "lag": lag,
                "member": owner.map(|member| &member.id),
                "client_id": owner.map(|member| &member.client_id),
                "host": owner.map(|member| &member.host),
            }))?;
            continue;
        }
        let number = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |v| v.to_string());
        rows.push(vec![
            place.0.clone(),
            place.1.to_string(),
            number(offset),
            number(end),
            number(lag),
            owner.map_or_else(|| "-".to_owned(), |member| member.id.clone()),
            owner.map_or_else(|| "-".to_owned(), |member| member.host.clone()),
        ]);
    }
    if json {
        return Ok(());
    }
    Ok(output::table(&["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "HOST"], &rows)?)
}

async fn reset(
    client: &mut Client,
    group: &str,
    topic: Option<&str>,
    to: Start,
    json: bool,
) -> Result<()> {
    let topics: Vec<String> = match topic {
        Some(topic) => vec![topic.to_owned()],
        None => {
            let mut topics: Vec<_> =
                committed(client, group).await?.into_keys().map(|(topic, _)| topic).collect();
            topics.dedup();
            topics
        }
    };
    if topics.is_empty() {
        bail!("group `{group}` has no offsets; name a --topic");
    }
    let mut positions = Positions::new();
    for topic in topics {
        for (partition, offset) in starts(client, &topic, to).await? {
            positions.insert((topic.clone(), partition), offset);
        }
    }
    commit(client, group, None, &positions).await?;
    for ((topic, partition), offset) in &positions {
        if json {
            output::json(&json!({
                "group": group, "topic": topic, "partition": partition, "committed": offset,
            }))?;
        } else {
            output::line(&format!("{topic}-{partition} {offset}"))?;
        }
    }
    Ok(())
}

async fn delete(client: &mut Client, groups: &[String]) -> Result<()> {
    let mut failed = Vec::new();
    for group in groups {
        let coordinator = client.coordinator(group).await?;
        let request = DeleteGroupsRequest::default().with_groups_names(vec![GroupId(text(group))]);
        let answer = client.broker(coordinator).await?.call(2, |_| request).await?;
        let Some(result) = answer.results.first() else { bail!("no answer for {group}") };
        match error_code(result.error_code) {
            ErrorCode::None => output::line(&format!("deleted {group}"))?,
            ErrorCode::NonEmptyGroup => failed.push(format!("{group} has members")),
            ErrorCode::GroupIdNotFound => failed.push(format!("there is no group {group}")),
            code => failed.push(format!("{group}: {code}")),
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("; ")) }
}
