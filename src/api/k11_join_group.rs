//! JoinGroup (11), versions 0 to 9.
//!
//! Behaviour: becomes a member, or stands ready for the next generation; the answer comes
//! when the generation begins. Only the leader is told who the members are.
//! - v0: the rebalance timeout is the session timeout.
//! - v4: a new dynamic member gets 79 MEMBER_ID_REQUIRED with its id, and joins again with
//!   it (KIP-394).
//! - v5: static members (KIP-345): whoever comes later takes the place, the earlier is
//!   fenced (82).
//! - v7: the protocol type is answered, the protocol may be null (KIP-559).
//! - v8: a reason, for people (KIP-800).
//! - v9: a static leader that comes back may keep its assignment (KIP-814).
//!
//! Where we differ from Apache Kafka: a consumer in whose subscription a length lies is
//! refused (23); 4.3 never answers it. A join that is sent again from another connection
//! releases the earlier one (27); Kafka never answers that either.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::ctx::Ctx;
use crate::base::{ErrorCode, GroupId, MemberId};
use crate::broker::entropy;
use crate::group::{Command, JoinGroup, JoinReply, JoinVersion, Protocol, Reply};
use crate::wire::messages::join_group_response::JoinGroupResponseMember;
use crate::wire::messages::{JoinGroupRequest, JoinGroupResponse};

/// The first version in which the protocol may be null.
const NULL_PROTOCOL_SINCE: i16 = 7;

/// Answers JoinGroup.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: JoinGroupRequest<'a>,
) -> JoinGroupResponse<'a> {
    let command = Command::Join(command(ctx, &request));
    let reply = ctx.broker().ask_group(&request.group_id, command).await;
    let response = match reply {
        Ok(Reply::Join(reply)) => answer(reply),
        Ok(_) => refused(ErrorCode::UnknownServerError, request.member_id),
        Err(error) => refused(error, request.member_id),
    };
    let protocol_name = match response.protocol_name {
        None if ctx.version() < NULL_PROTOCOL_SINCE => Some(Cow::Borrowed("")),
        name => name,
    };
    JoinGroupResponse { protocol_name, ..response }
}

fn command(ctx: &Ctx<'_>, request: &JoinGroupRequest<'_>) -> JoinGroup {
    let protocols = request.protocols.iter().map(|protocol| Protocol {
        name: Arc::from(&*protocol.name),
        metadata: Bytes::copy_from_slice(&protocol.metadata),
    });
    JoinGroup {
        group: GroupId::from(&*request.group_id),
        member: MemberId::from(&*request.member_id),
        instance: request.group_instance_id.as_deref().map(Arc::from),
        client_id: Arc::from(ctx.client_id()),
        client_host: Arc::from(ctx.client_host()),
        fresh_id: Arc::from(entropy::random_uuid_text()),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: match ctx.version() {
            0 => request.session_timeout_ms,
            _ => request.rebalance_timeout_ms,
        },
        protocol_type: Arc::from(&*request.protocol_type),
        protocols: protocols.collect(),
        version: match ctx.version() {
            ..4 => JoinVersion::JoinsAtOnce,
            4..9 => JoinVersion::KnowsItsId,
            _ => JoinVersion::SkipsAssignment,
        },
    }
}

fn answer<'a>(reply: JoinReply) -> JoinGroupResponse<'a> {
    let members = reply.members.iter().map(|member| JoinGroupResponseMember {
        member_id: Cow::Owned(member.member.to_string()),
        group_instance_id: member.instance.as_ref().map(|id| Cow::Owned(id.to_string())),
        metadata: Cow::Owned(member.metadata.to_vec()),
    });
    JoinGroupResponse {
        error_code: reply.error.code(),
        generation_id: reply.generation.0,
        protocol_type: reply.protocol_type.map(|name| Cow::Owned(name.to_string())),
        protocol_name: reply.protocol_name.map(|name| Cow::Owned(name.to_string())),
        leader: Cow::Owned(reply.leader.to_string()),
        skip_assignment: reply.skip_assignment,
        member_id: Cow::Owned(reply.member.to_string()),
        members: members.collect(),
        ..JoinGroupResponse::default()
    }
}

fn refused(error: ErrorCode, member_id: Cow<'_, str>) -> JoinGroupResponse<'_> {
    JoinGroupResponse { error_code: error.code(), member_id, ..JoinGroupResponse::default() }
}
