//! DeleteGroups (42), versions 0 to 2.
//!
//! Behaviour: forgets groups and their offsets. A group with members is 68 NON_EMPTY_GROUP,
//! one that is not there 69 GROUP_ID_NOT_FOUND. A group named twice is answered once.
//!
//! Where we differ from Apache Kafka: nowhere known.

use std::borrow::Cow;

use super::ctx::Ctx;
use crate::base::{ErrorCode, GroupId};
use crate::group::{Command, Reply};
use crate::wire::messages::delete_groups_response::DeletableGroupResult;
use crate::wire::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

/// Answers DeleteGroups.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: DeleteGroupsRequest<'a>,
) -> DeleteGroupsResponse<'a> {
    let mut results: Vec<DeletableGroupResult<'_>> = Vec::with_capacity(request.groups_names.len());
    for (index, id) in request.groups_names.iter().enumerate() {
        if request.groups_names[..index].contains(id) {
            continue;
        }
        let command = Command::DeleteGroup(GroupId::from(&**id));
        let error = match ctx.broker().ask_group(id, command).await {
            Ok(Reply::DeleteGroup(error)) | Err(error) => error,
            Ok(_) => ErrorCode::UnknownServerError,
        };
        let group_id = Cow::Owned(id.to_string());
        results.push(DeletableGroupResult { group_id, error_code: error.code() });
    }
    DeleteGroupsResponse { results, ..DeleteGroupsResponse::default() }
}
