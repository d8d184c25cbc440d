//! One classic group in memory: its members and the round it is in.
//!
//! Volatile: after a restart it is rebuilt from the last generation written, and whoever
//! was waiting asks again. Computes and keeps its parts consistent; decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::classic_state::ClassicState;
use super::command::Protocol;
use super::durable::{GroupValue, MemberValue};
use super::reply::JoinedMember;
use super::subscription;
use crate::base::{ErrorCode, Generation, GroupId, MemberId, Now, Token, TopicName};

/// The protocol type of consumers, whose subscriptions the coordinator can read.
pub(super) const CONSUMER: &str = "consumer";

/// A member of a classic group.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) instance: Option<Arc<str>>,
    pub(super) client_id: Arc<str>,
    pub(super) client_host: Arc<str>,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Bytes,
    /// The join that waits for the generation to begin.
    pub(super) awaiting_join: Option<Token>,
    /// The sync that waits for the leader's assignment.
    pub(super) awaiting_sync: Option<Token>,
    /// Has not been told of a generation yet: a parked join does not keep it alive.
    pub(super) is_new: bool,
}

impl Member {
    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        let found = self.protocols.iter().find(|offered| &*offered.name == protocol);
        found.map(|protocol| protocol.metadata.clone()).unwrap_or_default()
    }

    fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|offered| &*offered.name == protocol)
    }
}

/// How an empty group waits for more members (`group.initial.rebalance.delay.ms`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InitialDelay {
    /// How long this step waits.
    pub(super) delay_ms: u64,
    /// How long later steps may wait together.
    pub(super) remaining_ms: u64,
}

/// A classic group (`ClassicGroup`).
#[derive(Debug, Clone)]
pub(super) struct ClassicGroup {
    pub(super) id: GroupId,
    pub(super) state: ClassicState,
    pub(super) previous_state: ClassicState,
    pub(super) state_timestamp_ms: Option<i64>,
    pub(super) protocol_type: Option<Arc<str>>,
    pub(super) protocol_name: Option<Arc<str>>,
    pub(super) generation: Generation,
    pub(super) leader: Option<MemberId>,
    pub(super) members: BTreeMap<MemberId, Member>,
    pub(super) static_members: BTreeMap<Arc<str>, MemberId>,
    /// Ids that were given out and not used yet (KIP-394).
    pub(super) pending_joins: BTreeSet<MemberId>,
    /// Members of this generation that have not synced yet.
    pub(super) pending_syncs: BTreeSet<MemberId>,
    /// What the members of a consumer group subscribe to; `None`: not known.
    pub(super) subscribed_topics: Option<BTreeSet<TopicName>>,
    /// While the initial rebalance is delayed.
    pub(super) initial_delay: Option<InitialDelay>,
    /// Somebody came during the initial delay: wait once more.
    pub(super) member_added: bool,
}

impl ClassicGroup {
    /// A group that nobody has joined yet.
    pub(super) fn new(id: GroupId, now: Now) -> ClassicGroup {
        ClassicGroup {
            id,
            state: ClassicState::Empty,
            previous_state: ClassicState::Dead,
            state_timestamp_ms: Some(now.wall_ms),
            protocol_type: None,
            protocol_name: None,
            generation: Generation(0),
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_joins: BTreeSet::new(),
            pending_syncs: BTreeSet::new(),
            subscribed_topics: None,
            initial_delay: None,
            member_added: false,
        }
    }

    /// The group as its last record has it.
    pub(super) fn from_value(id: GroupId, value: &GroupValue, now: Now) -> ClassicGroup {
        let mut group = ClassicGroup::new(id, now);
        group.state_timestamp_ms = value.state_timestamp_ms;
        group.generation = value.generation;
        group.protocol_type =
            (!value.protocol_type.is_empty()).then(|| value.protocol_type.clone());
        group.protocol_name = value.protocol_name.clone();
        group.leader = value.leader.clone();
        for member in &value.members {
            if let Some(instance) = &member.instance {
                group.static_members.insert(instance.clone(), member.member.clone());
            }
            group.members.insert(member.member.clone(), loaded_member(value, member));
        }
        if !group.members.is_empty() {
            group.state = ClassicState::Stable;
        }
        group.subscribed_topics = group.compute_subscribed_topics();
        group
    }

    /// What is written when this generation is complete.
    pub(super) fn to_value(&self) -> GroupValue {
        let members = self.members.iter().map(|(id, member)| MemberValue {
            member: id.clone(),
            instance: member.instance.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            rebalance_timeout_ms: member.rebalance_timeout_ms,
            session_timeout_ms: member.session_timeout_ms,
            subscription: self.metadata_of(member),
            assignment: member.assignment.clone(),
        });
        GroupValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol_name: self.protocol_name.clone(),
            leader: self.leader.clone(),
            state_timestamp_ms: self.state_timestamp_ms,
            members: members.collect(),
        }
    }

    /// What is written when a group is made that has no generation yet.
    pub(super) fn fresh_value(&self) -> GroupValue {
        GroupValue {
            protocol_type: Arc::from(""),
            generation: Generation(0),
            protocol_name: None,
            leader: None,
            state_timestamp_ms: self.state_timestamp_ms,
            members: Vec::new(),
        }
    }

    /// Goes to another state.
    pub(super) fn transition(&mut self, to: ClassicState, now: Now) {
        assert!(to.may_follow(self.state), "{}: {to} cannot follow {}", self.id, self.state);
        self.previous_state = self.state;
        self.state = to;
        self.state_timestamp_ms = Some(now.wall_ms);
    }

    pub(super) fn is_leader(&self, member: &MemberId) -> bool {
        self.leader.as_ref() == Some(member)
    }

    /// Whether `member` is one, and the one its instance id stands for.
    pub(super) fn validate_member(
        &self,
        member: &MemberId,
        instance: Option<&Arc<str>>,
    ) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            match self.static_members.get(instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(known) if known != member => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }

    /// Whether a member that offers `protocols` can take part.
    pub(super) fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.state == ClassicState::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|protocol| self.all_support(&protocol.name))
    }

    fn all_support(&self, protocol: &str) -> bool {
        self.members.values().all(|member| member.supports(protocol))
    }

    /// The protocol that most members like best among those that all support.
    pub(super) fn elect_protocol(&self) -> Option<Arc<str>> {
        let mut votes: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member.protocols.iter().find(|offered| self.all_support(&offered.name))?;
            *votes.entry(&vote.name).or_default() += 1;
        }
        let most = votes.values().copied().max()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.clone())
    }

    /// Adds a member; the first one leads and sets the protocol type.
    pub(super) fn add(&mut self, id: MemberId, member: Member, protocol_type: &Arc<str>) {
        if let Some(instance) = &member.instance {
            let known = self.static_members.insert(instance.clone(), id.clone());
            assert!(known.is_none(), "a static member is added once and then replaced");
        }
        if self.members.is_empty() {
            self.protocol_type = Some(protocol_type.clone());
        }
        if self.leader.is_none() {
            self.leader = Some(id.clone());
        }
        self.pending_joins.remove(&id);
        self.members.insert(id, member);
    }

    /// Removes a member, or an id that was given out; another member leads if it led.
    pub(super) fn remove(&mut self, id: &MemberId) -> Option<Member> {
        self.pending_joins.remove(id);
        self.pending_syncs.remove(id);
        let removed = self.members.remove(id);
        if let Some(instance) = removed.as_ref().and_then(|member| member.instance.as_ref()) {
            self.static_members.remove(instance);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        removed
    }

    /// Gives the place of a static member to its next incarnation.
    pub(super) fn replace_static(&mut self, instance: &Arc<str>, old: &MemberId, new: &MemberId) {
        let mut member = self.members.remove(old).expect("a static member's id is a member");
        member.awaiting_join = None;
        member.awaiting_sync = None;
        member.is_new = false;
        if self.pending_syncs.remove(old) {
            self.pending_syncs.insert(new.clone());
        }
        if self.is_leader(old) {
            self.leader = Some(new.clone());
        }
        self.members.insert(new.clone(), member);
        self.static_members.insert(instance.clone(), new.clone());
    }

    pub(super) fn joins_awaited(&self) -> usize {
        self.members.values().filter(|member| member.awaiting_join.is_some()).count()
    }

    /// Whether nobody is missing from the next generation.
    pub(super) fn all_joined(&self) -> bool {
        self.pending_joins.is_empty()
            && self.members.values().all(|member| member.awaiting_join.is_some())
    }

    /// How long a rebalance waits: as long as the most patient member says.
    pub(super) fn rebalance_timeout_ms(&self) -> u64 {
        let timeouts = self.members.values().map(|member| member.rebalance_timeout_ms);
        u64::try_from(timeouts.max().unwrap_or(0)).unwrap_or(0)
    }

    /// Makes sure that a member leads that has joined; false if none has.
    pub(super) fn elect_joined_leader(&mut self) -> bool {
        let joined = |member: &Member| member.awaiting_join.is_some();
        let Some(leader) = &self.leader else { return false };
        if self.members.get(leader).is_some_and(joined) {
            return true;
        }
        let next = self.members.iter().find(|(_, member)| joined(member));
        match next.map(|(id, _)| id.clone()) {
            Some(id) => {
                self.leader = Some(id);
                true
            }
            None => false,
        }
    }

    /// Begins the next generation: with a protocol, or empty.
    pub(super) fn begin_generation(&mut self, now: Now) {
        self.generation.0 = self.generation.0.wrapping_add(1).max(0);
        self.protocol_name = self.elect_protocol();
        self.subscribed_topics = self.compute_subscribed_topics();
        self.pending_syncs.clear();
        let next = if self.members.is_empty() {
            ClassicState::Empty
        } else {
            ClassicState::CompletingRebalance
        };
        self.transition(next, now);
    }

    fn metadata_of(&self, member: &Member) -> Bytes {
        self.protocol_name.as_ref().map(|name| member.metadata(name)).unwrap_or_default()
    }

    /// The members with their subscriptions, as the leader needs them.
    pub(super) fn joined_members(&self) -> Vec<JoinedMember> {
        let joined = self.members.iter().map(|(id, member)| JoinedMember {
            member: id.clone(),
            instance: member.instance.clone(),
            metadata: self.metadata_of(member),
        });
        joined.collect()
    }

    pub(super) fn is_consumer_group(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Whether a member reads `topic`; a consumer group that cannot be read may read all.
    pub(super) fn is_subscribed_to(&self, topic: &TopicName) -> bool {
        match &self.subscribed_topics {
            Some(topics) => topics.contains(topic),
            None => self.is_consumer_group(),
        }
    }

    fn compute_subscribed_topics(&self) -> Option<BTreeSet<TopicName>> {
        if !self.is_consumer_group() {
            return None;
        }
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(subscription::topics(&self.metadata_of(member))?);
        }
        Some(topics)
    }
}

fn loaded_member(group: &GroupValue, value: &MemberValue) -> Member {
    // Values of version 0 have no rebalance timeout; Kafka takes the session's.
    let rebalance_timeout_ms = match value.rebalance_timeout_ms {
        -1 => value.session_timeout_ms,
        timeout => timeout,
    };
    let protocol = Protocol {
        name: group.protocol_name.clone().unwrap_or_default(),
        metadata: value.subscription.clone(),
    };
    Member {
        instance: value.instance.clone(),
        client_id: value.client_id.clone(),
        client_host: value.client_host.clone(),
        rebalance_timeout_ms,
        session_timeout_ms: value.session_timeout_ms,
        protocols: vec![protocol],
        assignment: value.assignment.clone(),
        awaiting_join: None,
        awaiting_sync: None,
        is_new: false,
    }
}
