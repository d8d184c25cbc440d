//! A member of a consumer group, by the classic protocol with the range assignor.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::consumer_protocol_assignment::TopicPartition;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, GroupId, HeartbeatRequest,
    JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use tokio::time::Instant;

use super::Client;
use super::cluster::{error_code, text, topic_name};
use super::fetch::Place;
use crate::base::ErrorCode;

const SESSION_TIMEOUT_MS: i32 = 10_000;
const REBALANCE_TIMEOUT: Duration = Duration::from_secs(60);
const HEARTBEAT_EVERY: Duration = Duration::from_secs(3);
/// Version of subscriptions and assignments that we write.
const CONSUMER_PROTOCOL_VERSION: i16 = 1;
const ASSIGNOR: &str = "range";
/// Newest versions without reasons and skipped assignments.
const JOIN_GROUP_VERSION: i16 = 7;
const SYNC_GROUP_VERSION: i16 = 5;

/// One membership; after a rebalance the same member with another generation.
#[derive(Debug)]
pub(in crate::cli) struct Member {
    group: String,
    topics: Vec<String>,
    coordinator: i32,
    id: StrBytes,
    generation: i32,
    /// What this member shall read.
    pub(in crate::cli) assignment: Vec<Place>,
    heard: Instant,
}

impl Member {
    pub(in crate::cli) async fn join(
        client: &mut Client,
        group: &str,
        topics: &[String],
    ) -> Result<Member> {
        let mut member = Member {
            group: group.to_owned(),
            topics: topics.to_vec(),
            coordinator: client.coordinator(group).await?,
            id: StrBytes::default(),
            generation: -1,
            assignment: Vec::new(),
            heard: Instant::now(),
        };
        member.rejoin(client).await?;
        Ok(member)
    }

    /// Who speaks, for commits: generation and member id.
    pub(super) fn identity(&self) -> (i32, StrBytes) {
        (self.generation, self.id.clone())
    }

    /// Joins, waits for the others, takes the new assignment.
    pub(super) async fn rejoin(&mut self, client: &mut Client) -> Result<()> {
        loop {
            let joined = self.join_once(client).await?;
            match error_code(joined.error_code) {
                ErrorCode::None => {}
                ErrorCode::MemberIdRequired => {
                    self.id = joined.member_id;
                    continue;
                }
                code => {
                    self.recover(client, code, "join").await?;
                    continue;
                }
            }
            self.id = joined.member_id.clone();
            self.generation = joined.generation_id;
            let assignments = if joined.leader == joined.member_id {
                assign(client, &joined.members).await?
            } else {
                Vec::new()
            };
            match self.sync(client, assignments).await? {
                ErrorCode::None => return Ok(()),
                code => self.recover(client, code, "sync").await?,
            }
        }
    }

    /// Tells the coordinator that this member lives, when it is time to. False: the group
    /// rebalances, rejoin.
    pub(super) async fn heartbeat(&mut self, client: &mut Client) -> Result<bool> {
        if self.heard.elapsed() < HEARTBEAT_EVERY {
            return Ok(true);
        }
        let request = HeartbeatRequest::default()
            .with_group_id(GroupId(text(&self.group)))
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone());
        let answer = client.broker(self.coordinator).await?.call(4, |_| request).await?;
        self.heard = Instant::now();
        match error_code(answer.error_code) {
            ErrorCode::None => Ok(true),
            ErrorCode::RebalanceInProgress => Ok(false),
            code => {
                self.recover(client, code, "heartbeat").await?;
                Ok(false)
            }
        }
    }

    /// Leaves at once, instead of being missed after the session timeout.
    pub(in crate::cli) async fn leave(&self, client: &mut Client) -> Result<()> {
        let request = |version| {
            let request = LeaveGroupRequest::default().with_group_id(GroupId(text(&self.group)));
            if version < 3 {
                request.with_member_id(self.id.clone())
            } else {
                let member = MemberIdentity::default().with_member_id(self.id.clone());
                request.with_members(vec![member])
            }
        };
        client.broker(self.coordinator).await?.call(5, request).await?;
        Ok(())
    }

    async fn join_once(&self, client: &mut Client) -> Result<JoinGroupResponse> {
        let subscription = ConsumerProtocolSubscription::default()
            .with_topics(self.topics.iter().map(|topic| text(topic)).collect());
        let protocol = JoinGroupRequestProtocol::default()
            .with_name(StrBytes::from_static_str(ASSIGNOR))
            .with_metadata(encode(&subscription)?);
        let request = JoinGroupRequest::default()
            .with_group_id(GroupId(text(&self.group)))
            .with_session_timeout_ms(SESSION_TIMEOUT_MS)
            .with_rebalance_timeout_ms(REBALANCE_TIMEOUT.as_millis() as i32)
            .with_member_id(self.id.clone())
            .with_protocol_type(StrBytes::from_static_str("consumer"))
            .with_protocols(vec![protocol]);
        let coordinator = client.broker(self.coordinator).await?;
        coordinator.call_waiting(JOIN_GROUP_VERSION, REBALANCE_TIMEOUT, |_| request).await
    }

    async fn sync(
        &mut self,
        client: &mut Client,
        assignments: Vec<SyncGroupRequestAssignment>,
    ) -> Result<ErrorCode> {
        let request = SyncGroupRequest::default()
            .with_group_id(GroupId(text(&self.group)))
            .with_generation_id(self.generation)
            .with_member_id(self.id.clone())
            .with_protocol_type(Some(StrBytes::from_static_str("consumer")))
            .with_protocol_name(Some(StrBytes::from_static_str(ASSIGNOR)))
            .with_assignments(assignments);
        let coordinator = client.broker(self.coordinator).await?;
        let synced =
            coordinator.call_waiting(SYNC_GROUP_VERSION, REBALANCE_TIMEOUT, |_| request).await?;
        let code = error_code(synced.error_code);
        if !code.is_error() {
            self.assignment = decode_assignment(synced.assignment)?;
            self.heard = Instant::now();
        }
        Ok(code)
    }

    /// What has to happen before joining again.
    async fn recover(&mut self, client: &mut Client, code: ErrorCode, step: &str) -> Result<()> {
        match code {
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
                self.id = StrBytes::default();
                self.generation = -1;
            }
            ErrorCode::RebalanceInProgress => {}
            code if code.is_retriable() => {
                tokio::time::sleep(Duration::from_millis(100)).await;
                self.coordinator = client.coordinator(&self.group).await?;
            }
            code => bail!("cannot {step} group `{}`: {code}", self.group),
        }
        Ok(())
    }
}

/// The range assignor: per topic, members in the order of their ids get consecutive partitions,
/// the first ones one more where it does not divide.
async fn assign(
    client: &mut Client,
    members: &[JoinGroupResponseMember],
) -> Result<Vec<SyncGroupRequestAssignment>> {
    let mut readers: BTreeMap<String, Vec<StrBytes>> = BTreeMap::new();
    let mut shares: BTreeMap<StrBytes, BTreeMap<String, Vec<i32>>> = BTreeMap::new();
    for member in members {
        shares.entry(member.member_id.clone()).or_default();
        let subscription: ConsumerProtocolSubscription = decode(member.metadata.clone())?;
        for topic in subscription.topics {
            readers.entry(topic.to_string()).or_default().push(member.member_id.clone());
        }
    }
    for (topic, mut members) in readers {
        members.sort();
        let partitions: Vec<i32> =
            client.leaders(&topic, true).await?.iter().map(|leader| leader.partition).collect();
        let (each, more) = (partitions.len() / members.len(), partitions.len() % members.len());
        let mut rest = partitions.as_slice();
        for (index, member) in members.into_iter().enumerate() {
            let (share, left) = rest.split_at(each + usize::from(index < more));
            rest = left;
            shares.entry(member).or_default().insert(topic.clone(), share.to_vec());
        }
    }
    shares
        .into_iter()
        .map(|(member, topics)| {
            let assigned = topics
                .into_iter()
                .map(|(topic, partitions)| {
                    TopicPartition::default()
                        .with_topic(topic_name(&topic))
                        .with_partitions(partitions)
                })
                .collect();
            let assignment =
                ConsumerProtocolAssignment::default().with_assigned_partitions(assigned);
            Ok(SyncGroupRequestAssignment::default()
                .with_member_id(member)
                .with_assignment(encode(&assignment)?))
        })
        .collect()
}

pub(super) fn decode_assignment(bytes: Bytes) -> Result<Vec<Place>> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let assignment: ConsumerProtocolAssignment = decode(bytes)?;
    let mut places = Vec::new();
    for topic in assignment.assigned_partitions {
        let name = topic.topic.to_string();
        places.extend(topic.partitions.iter().map(|&partition| (name.clone(), partition)));
    }
    Ok(places)
}

fn encode(message: &impl Encodable) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    bytes.put_i16(CONSUMER_PROTOCOL_VERSION);
    message.encode(&mut bytes, CONSUMER_PROTOCOL_VERSION)?;
    Ok(bytes.freeze())
}

fn decode<M: Decodable>(mut bytes: Bytes) -> Result<M> {
    ensure!(bytes.len() >= 2, "a member's metadata is too short");
    let version = bytes.get_i16().clamp(0, 3);
    M::decode(&mut bytes, version).context("a member's metadata cannot be read")
}
