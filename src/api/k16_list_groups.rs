//! ListGroups (16), versions 0 to 5.
//!
//! Behaviour: the groups of this broker.
//! - v4: filter by state, in any case, and the state of each (KIP-518).
//! - v5: filter by type, in any case, and the type of each (KIP-848).
//!
//! Where we differ from Apache Kafka: groups are ordered by id; Kafka's order is arbitrary.

use std::borrow::Cow;

use super::ctx::Ctx;
use crate::group::ListGroups;
use crate::wire::messages::list_groups_response::ListedGroup;
use crate::wire::messages::{ListGroupsRequest, ListGroupsResponse};

/// Answers ListGroups.
pub(super) async fn handle<'a>(
    ctx: &'a Ctx<'a>,
    request: ListGroupsRequest<'a>,
) -> ListGroupsResponse<'a> {
    let filter = ListGroups {
        states: request.states_filter.into_iter().map(Cow::into_owned).collect(),
        types: request.types_filter.into_iter().map(Cow::into_owned).collect(),
    };
    match ctx.broker().list_groups(&filter).await {
        Ok(groups) => {
            let groups = groups.iter().map(|group| ListedGroup {
                group_id: Cow::Owned(group.group.to_string()),
                protocol_type: Cow::Owned(group.protocol_type.to_string()),
                group_state: Cow::Borrowed(group.state.name()),
                group_type: Cow::Borrowed(group.group_type),
            });
            ListGroupsResponse { groups: groups.collect(), ..ListGroupsResponse::default() }
        }
        Err(error) => {
            ListGroupsResponse { error_code: error.code(), ..ListGroupsResponse::default() }
        }
    }
}
