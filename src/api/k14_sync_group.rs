//! SyncGroup (14), versions 0 to 5.
//!
//! Behaviour: the leader hands in the assignment, everybody gets their own; the answer
//! comes when the leader's has. A member that the leader forgot gets an empty one.
//! - v3: static members (KIP-345).
//! - v5: protocol type and name must be given, and be the group's (23, KIP-559).
//!
//! Where we differ from Apache Kafka: a sync that is sent again from another connection
//! releases the earlier one (27); Kafka never answers it.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::ctx::Ctx;
use crate::base::{ErrorCode, Generation, GroupId, MemberId};
use crate::group::{Command, Reply, SyncGroup};
use crate::wire::messages::{SyncGroupRequest, SyncGroupResponse};

/// The first version in which protocol type and name are mandatory.
const PROTOCOL_SINCE: i16 = 5;

/// Answers SyncGroup.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: SyncGroupRequest<'a>,
) -> SyncGroupResponse<'a> {
    let names_protocol = request.protocol_type.is_some() && request.protocol_name.is_some();
    if ctx.version() >= PROTOCOL_SINCE && !names_protocol {
        return refused(ErrorCode::InconsistentGroupProtocol);
    }
    let command = Command::Sync(command(&request));
    match ctx.broker().ask_group(&request.group_id, command).await {
        Ok(Reply::Sync(reply)) => SyncGroupResponse {
            error_code: reply.error.code(),
            protocol_type: reply.protocol_type.map(|name| Cow::Owned(name.to_string())),
            protocol_name: reply.protocol_name.map(|name| Cow::Owned(name.to_string())),
            assignment: Cow::Owned(reply.assignment.to_vec()),
            ..SyncGroupResponse::default()
        },
        Ok(_) => refused(ErrorCode::UnknownServerError),
        Err(error) => refused(error),
    }
}

fn command(request: &SyncGroupRequest<'_>) -> SyncGroup {
    let assignments = request.assignments.iter().map(|given| {
        (MemberId::from(&*given.member_id), Bytes::copy_from_slice(&given.assignment))
    });
    SyncGroup {
        group: GroupId::from(&*request.group_id),
        member: MemberId::from(&*request.member_id),
        instance: request.group_instance_id.as_deref().map(Arc::from),
        generation: Generation(request.generation_id),
        protocol_type: request.protocol_type.as_deref().map(Arc::from),
        protocol_name: request.protocol_name.as_deref().map(Arc::from),
        assignments: assignments.collect(),
    }
}

fn refused<'a>(error: ErrorCode) -> SyncGroupResponse<'a> {
    SyncGroupResponse { error_code: error.code(), ..SyncGroupResponse::default() }
}
