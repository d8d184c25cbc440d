//! Heartbeat (12), versions 0 to 4.
//!
//! Behaviour: keeps a member's session alive; 27 REBALANCE_IN_PROGRESS tells it to join
//! again, 22 that a generation has begun without it, 25 that it is no member any more, 82
//! that another took its place.
//! - v3: static members (KIP-345).
//!
//! Where we differ from Apache Kafka: nowhere known.

use std::sync::Arc;

use super::ctx::Ctx;
use crate::base::{ErrorCode, Generation, GroupId, MemberId};
use crate::group::{Command, Heartbeat, Reply};
use crate::wire::messages::{HeartbeatRequest, HeartbeatResponse};

/// Answers Heartbeat.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: HeartbeatRequest<'a>,
) -> HeartbeatResponse {
    let command = Command::Heartbeat(Heartbeat {
        group: GroupId::from(&*request.group_id),
        member: MemberId::from(&*request.member_id),
        instance: request.group_instance_id.as_deref().map(Arc::from),
        generation: Generation(request.generation_id),
    });
    let error = match ctx.broker().ask_group(&request.group_id, command).await {
        Ok(Reply::Heartbeat(error)) | Err(error) => error,
        Ok(_) => ErrorCode::UnknownServerError,
    };
    HeartbeatResponse { error_code: error.code(), ..HeartbeatResponse::default() }
}
