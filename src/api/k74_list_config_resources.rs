//! ListConfigResources (74), versions 0 and 1.
//!
//! Behaviour: the names of what has settings.
//! - v0 (KIP-714): subscriptions of client metrics, of which klamm has none.
//! - v1 (KIP-1142): any kinds; an empty list asks for all. A kind that Kafka does not list is
//!   UNSUPPORTED_VERSION.
//!
//! Where we differ from Apache Kafka: groups and client metrics have no settings.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::admin::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC};
use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::wire::messages::ListConfigResourcesRequest;
use crate::wire::messages::list_config_resources_response::{
    ConfigResource, ListConfigResourcesResponse,
};

const LISTED: [i8; 5] = [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP];

/// Answers ListConfigResources.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: ListConfigResourcesRequest,
) -> ListConfigResourcesResponse<'a> {
    let wanted: BTreeSet<i8> = match &*request.resource_types {
        _ if ctx.version() == 0 => BTreeSet::from([CLIENT_METRICS]),
        [] => BTreeSet::from(LISTED),
        wanted => wanted.iter().copied().collect(),
    };
    if !wanted.iter().all(|kind| LISTED.contains(kind)) {
        let error_code = ErrorCode::UnsupportedVersion.code();
        return ListConfigResourcesResponse { error_code, ..Default::default() };
    }
    let resources = wanted.into_iter().flat_map(|kind| names(ctx, kind));
    ListConfigResourcesResponse { config_resources: resources.collect(), ..Default::default() }
}

fn names(ctx: &Ctx<'_>, resource_type: i8) -> Vec<ConfigResource<'static>> {
    let named = |name: String| ConfigResource { resource_name: Cow::Owned(name), resource_type };
    match resource_type {
        TOPIC => {
            let topics = ctx.broker().topics().load();
            topics.iter().map(|topic| named(topic.name.as_str().to_owned())).collect()
        }
        BROKER | BROKER_LOGGER => vec![named(ctx.broker().node_id().to_string())],
        _ => Vec::new(),
    }
}
