//! AlterConfigs (33), versions 0 to 2.
//!
//! Behaviour: replaces all settings of topics and brokers by those in the request; what is
//! not named is as if never set. Superseded by IncrementalAlterConfigs (44).
//!
//! Where we differ from Apache Kafka: one resource named twice is refused with
//! INVALID_REQUEST, where Kafka never answers; for the rest as key 44.

use super::admin::{error, named_once, target};
use super::ctx::Ctx;
use crate::broker::Refusal;
use crate::wire::messages::AlterConfigsRequest;
use crate::wire::messages::alter_configs_request::AlterConfigsResource;
use crate::wire::messages::alter_configs_response::{
    AlterConfigsResourceResponse, AlterConfigsResponse,
};

/// Answers AlterConfigs.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: AlterConfigsRequest<'a>,
) -> AlterConfigsResponse<'a> {
    let responses = request.resources.iter().map(|resource| {
        let (error_code, error_message) = error(replace(ctx, resource, &request));
        AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
        }
    });
    AlterConfigsResponse { responses: responses.collect(), ..AlterConfigsResponse::default() }
}

fn replace(
    ctx: &Ctx<'_>,
    resource: &AlterConfigsResource<'_>,
    request: &AlterConfigsRequest<'_>,
) -> Result<(), Refusal> {
    let all = request.resources.iter().map(|other| (other.resource_type, &other.resource_name));
    named_once((resource.resource_type, &resource.resource_name), all)?;
    let target = target(resource.resource_type, &resource.resource_name)?;
    let configs = resource.configs.iter();
    let configs: Vec<(&str, Option<&str>)> =
        configs.map(|config| (&*config.name, config.value.as_deref())).collect();
    ctx.broker().replace_configs(target, &configs, request.validate_only)
}
