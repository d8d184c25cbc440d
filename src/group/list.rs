//! What tools are shown of the groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::classic_group::{ClassicGroup, Member};
use super::classic_state::ClassicState;
use super::command::ListGroups;
use super::reply::{DescribeReply, DescribedMember, ListedGroup};
use crate::base::{ErrorCode, GroupId, MemberId};

/// Kafka's name of the only kind of group this coordinator has.
const CLASSIC: &str = "classic";

/// One group with its members; a group that is not there is `Dead`.
pub(super) fn describe(groups: &BTreeMap<GroupId, ClassicGroup>, id: &GroupId) -> DescribeReply {
    let Some(group) = groups.get(id) else {
        return DescribeReply {
            error: ErrorCode::GroupIdNotFound,
            state: ClassicState::Dead,
            protocol_type: Arc::from(""),
            protocol_name: Arc::from(""),
            members: Vec::new(),
        };
    };
    let protocol_name = match group.state {
        // Between generations there is no protocol to speak of.
        ClassicState::Stable => group.protocol_name.clone().unwrap_or_default(),
        _ => Arc::from(""),
    };
    let members = group.members.iter().map(|(id, member)| described(id, member, &protocol_name));
    DescribeReply {
        error: ErrorCode::None,
        state: group.state,
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        members: members.collect(),
        protocol_name,
    }
}

fn described(id: &MemberId, member: &Member, protocol_name: &str) -> DescribedMember {
    let metadata =
        if protocol_name.is_empty() { Bytes::new() } else { member.metadata(protocol_name) };
    DescribedMember {
        member: id.clone(),
        instance: member.instance.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        metadata,
        assignment: member.assignment.clone(),
    }
}

/// The groups that pass the filter, by id.
pub(super) fn list(
    groups: &BTreeMap<GroupId, ClassicGroup>,
    filter: &ListGroups,
) -> Vec<ListedGroup> {
    let is_type_asked = filter.types.is_empty()
        || filter.types.iter().any(|name| name.trim().eq_ignore_ascii_case(CLASSIC));
    let is_state_asked = |state: ClassicState| {
        filter.states.is_empty()
            || filter.states.iter().any(|name| name.trim().eq_ignore_ascii_case(state.name()))
    };
    let asked = groups.values().filter(|group| is_type_asked && is_state_asked(group.state));
    let listed = asked.map(|group| ListedGroup {
        group: group.id.clone(),
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        state: group.state,
        group_type: CLASSIC,
    });
    listed.collect()
}
