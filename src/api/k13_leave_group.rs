//! LeaveGroup (13), versions 0 to 5.
//!
//! Behaviour: removes members; who is left begins a new generation. Also how tools remove
//! the members of others.
//! - v3: several members at once, static ones by their instance id alone (KIP-345).
//! - v5: a reason, for people (KIP-800).
//!
//! Where we differ from Apache Kafka: a sync that the leaving member has parked is answered
//! (25); Kafka never answers it.

use std::borrow::Cow;
use std::sync::Arc;

use super::ctx::Ctx;
use crate::base::{ErrorCode, GroupId, MemberId};
use crate::group::{Command, LeaveGroup, LeaveReply, LeavingMember, Reply};
use crate::wire::messages::leave_group_request::MemberIdentity;
use crate::wire::messages::leave_group_response::MemberResponse;
use crate::wire::messages::{LeaveGroupRequest, LeaveGroupResponse};

/// The first version in which several members can leave.
const BATCH_SINCE: i16 = 3;

/// Answers LeaveGroup.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: LeaveGroupRequest<'a>,
) -> LeaveGroupResponse<'a> {
    let is_batch = ctx.version() >= BATCH_SINCE;
    let leaving = if is_batch {
        request.members
    } else {
        vec![MemberIdentity { member_id: request.member_id, ..MemberIdentity::default() }]
    };
    let members = leaving.iter().map(|member| LeavingMember {
        member: MemberId::from(&*member.member_id),
        instance: member.group_instance_id.as_deref().map(Arc::from),
    });
    let command = Command::Leave(LeaveGroup {
        group: GroupId::from(&*request.group_id),
        members: members.collect(),
    });
    let reply = match ctx.broker().ask_group(&request.group_id, command).await {
        Ok(Reply::Leave(reply)) => reply,
        Ok(_) => LeaveReply { error: ErrorCode::UnknownServerError, members: Vec::new() },
        Err(error) => LeaveReply { error, members: Vec::new() },
    };
    if is_batch { batch(leaving, reply) } else { single(&reply) }
}

/// The answer of older versions: the member's error is the whole.
fn single<'a>(reply: &LeaveReply) -> LeaveGroupResponse<'a> {
    let error = match reply.members.first() {
        Some(error) if !reply.error.is_error() => *error,
        _ => reply.error,
    };
    LeaveGroupResponse { error_code: error.code(), ..LeaveGroupResponse::default() }
}

fn batch<'a>(leaving: Vec<MemberIdentity<'a>>, reply: LeaveReply) -> LeaveGroupResponse<'a> {
    let members = leaving.into_iter().zip(reply.members).map(|(member, error)| MemberResponse {
        member_id: Cow::Owned(member.member_id.into_owned()),
        group_instance_id: member.group_instance_id,
        error_code: error.code(),
    });
    LeaveGroupResponse {
        error_code: reply.error.code(),
        members: members.collect(),
        ..LeaveGroupResponse::default()
    }
}
