//! DescribeGroups (15), versions 0 to 6.
//!
//! Behaviour: state, protocol and members of classic groups. A group that is not there is
//! `Dead`; subscriptions and protocol are told while the group is stable.
//! - v3: the operations the client may do (KIP-430); without an authorizer, all of them.
//! - v4: instance ids (KIP-345).
//! - v6: a group that is not there is also 69 GROUP_ID_NOT_FOUND (KIP-1043).
//!
//! Where we differ from Apache Kafka: nowhere known.

use std::borrow::Cow;

use super::ctx::Ctx;
use crate::base::{ErrorCode, GroupId};
use crate::group::{Command, DescribeReply, Reply};
use crate::wire::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use crate::wire::messages::{DescribeGroupsRequest, DescribeGroupsResponse};

/// The first version that tells that a group is not there.
const NOT_FOUND_SINCE: i16 = 6;

/// READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS as bits of their codes: what
/// `AclEntry.supportedOperations` has for a group.
const ALL_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

/// Answers DescribeGroups.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: DescribeGroupsRequest<'a>,
) -> DescribeGroupsResponse<'a> {
    let mut groups = Vec::with_capacity(request.groups.len());
    for id in request.groups {
        let command = Command::Describe(GroupId::from(&*id));
        let mut group = match ctx.broker().ask_group(&id, command).await {
            Ok(Reply::Describe(reply)) => answer(ctx.version(), id, reply),
            Ok(_) => refused(ErrorCode::UnknownServerError, id),
            Err(error) => refused(error, id),
        };
        if request.include_authorized_operations && group.error_code == 0 {
            group.authorized_operations = ALL_OPERATIONS;
        }
        groups.push(group);
    }
    DescribeGroupsResponse { groups, ..DescribeGroupsResponse::default() }
}

fn answer(version: i16, id: Cow<'_, str>, reply: DescribeReply) -> DescribedGroup<'_> {
    let is_unknown = reply.error.is_error() && version >= NOT_FOUND_SINCE;
    let members = reply.members.iter().map(|member| DescribedGroupMember {
        member_id: Cow::Owned(member.member.to_string()),
        group_instance_id: member.instance.as_ref().map(|id| Cow::Owned(id.to_string())),
        client_id: Cow::Owned(member.client_id.to_string()),
        client_host: Cow::Owned(member.client_host.to_string()),
        member_metadata: Cow::Owned(member.metadata.to_vec()),
        member_assignment: Cow::Owned(member.assignment.to_vec()),
    });
    DescribedGroup {
        error_code: if is_unknown { reply.error.code() } else { 0 },
        error_message: is_unknown.then(|| Cow::Owned(format!("Group {id} not found."))),
        group_state: Cow::Borrowed(reply.state.name()),
        protocol_type: Cow::Owned(reply.protocol_type.to_string()),
        protocol_data: Cow::Owned(reply.protocol_name.to_string()),
        members: members.collect(),
        group_id: id,
        ..DescribedGroup::default()
    }
}

fn refused(error: ErrorCode, id: Cow<'_, str>) -> DescribedGroup<'_> {
    DescribedGroup { error_code: error.code(), group_id: id, ..DescribedGroup::default() }
}
