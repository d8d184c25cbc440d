//! FindCoordinator (10), versions 0 to 6.
//!
//! Behaviour: which broker keeps a group; here always this one, named as the listener
//! advertises it that the client came in on. While `__consumer_offsets` does not exist it is
//! made; with `klamm.topic.creation.wait=false` the client is told to come again, as by Kafka
//! (15 COORDINATOR_NOT_AVAILABLE).
//! - v1: key types; groups are 0.
//! - v4: several keys (KIP-699).
//! - v6: share groups (KIP-932).
//!
//! Where we differ from Apache Kafka: transactions (key type 1) are refused (35
//! UNSUPPORTED_VERSION), as the requests of transactions are not served; share groups (2)
//! are 42 INVALID_REQUEST, as Kafka answers where they are switched off.

use std::borrow::Cow;

use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::OFFSETS_TOPIC;
use crate::wire::messages::find_coordinator_response::Coordinator;
use crate::wire::messages::{FindCoordinatorRequest, FindCoordinatorResponse};

/// The first version that asks for several keys.
const BATCH_SINCE: i16 = 4;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

/// Answers FindCoordinator.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: FindCoordinatorRequest<'a>,
) -> FindCoordinatorResponse<'a> {
    let error = find(ctx, request.key_type);
    let is_batch = ctx.version() >= BATCH_SINCE;
    let keys = if is_batch { request.coordinator_keys } else { vec![request.key] };
    // Kafka has no words for what it serves.
    let explained = !matches!(request.key_type, GROUP | SHARE);
    let mut coordinators = keys.into_iter().map(|key| coordinator(ctx, key, error, explained));
    if is_batch {
        let coordinators = coordinators.collect();
        return FindCoordinatorResponse { coordinators, ..FindCoordinatorResponse::default() };
    }
    let only = coordinators.next().unwrap_or_default();
    FindCoordinatorResponse {
        error_code: only.error_code,
        error_message: Some(Cow::Borrowed(message(error))),
        node_id: only.node_id,
        host: only.host,
        port: only.port,
        ..FindCoordinatorResponse::default()
    }
}

/// Whether this broker keeps things of this type.
fn find(ctx: &Ctx<'_>, key_type: i8) -> ErrorCode {
    match key_type {
        GROUP if ctx.broker().topics().load().by_name(OFFSETS_TOPIC).is_some() => ErrorCode::None,
        GROUP => make_topic(ctx),
        TRANSACTION => ErrorCode::UnsupportedVersion,
        _ => ErrorCode::InvalidRequest,
    }
}

/// Makes `__consumer_offsets`.
fn make_topic(ctx: &Ctx<'_>) -> ErrorCode {
    match ctx.broker().auto_create_topic(OFFSETS_TOPIC) {
        Ok(()) if ctx.broker().config().topic_creation_wait => ErrorCode::None,
        _ => ErrorCode::CoordinatorNotAvailable,
    }
}

/// Kafka's words for the code, which it also has for success.
fn message(error: ErrorCode) -> &'static str {
    match error {
        ErrorCode::None => "NONE",
        ErrorCode::CoordinatorNotAvailable => "The coordinator is not available.",
        ErrorCode::UnsupportedVersion => "The version of API is not supported.",
        _ => {
            "This most likely occurs because of a request being malformed by the client library \
             or the message was sent to an incompatible broker. See the broker logs for more \
             details."
        }
    }
}

fn coordinator<'a>(
    ctx: &Ctx<'_>,
    key: Cow<'a, str>,
    error: ErrorCode,
    explained: bool,
) -> Coordinator<'a> {
    let error_code = match (error, ctx.endpoint()) {
        (ErrorCode::None, Some(endpoint)) => {
            return Coordinator {
                key,
                node_id: ctx.broker().node_id().0,
                host: Cow::Owned(endpoint.host.to_string()),
                port: i32::from(endpoint.port),
                ..Coordinator::default()
            };
        }
        // Nobody is told of this listener, so nobody can come back on it.
        (ErrorCode::None, None) => ErrorCode::CoordinatorNotAvailable,
        (error, _) => error,
    };
    let error_message = Some(Cow::Borrowed(if explained { message(error_code) } else { "" }));
    let error_code = error_code.code();
    Coordinator { key, node_id: -1, port: -1, error_code, error_message, ..Coordinator::default() }
}
