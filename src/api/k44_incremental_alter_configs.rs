//! IncrementalAlterConfigs (44), versions 0 and 1.
//!
//! Behaviour (KIP-339): sets, deletes, extends and shortens settings of topics and brokers.
//! The changes of one resource are made together or not at all; each resource is on its own.
//! A broker's settings hold at once for every topic that has none of its own.
//!
//! Where we differ from Apache Kafka: only topics and brokers have settings; loggers, groups
//! and client metrics are refused with INVALID_REQUEST. Of the brokers' settings only those
//! behind topic settings have an effect while klamm runs; the others are kept and shown.

use super::admin::{error, named_once, target};
use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::Refusal;
use crate::cluster::{AlterOperation, Alteration};
use crate::wire::messages::IncrementalAlterConfigsRequest;
use crate::wire::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig,
};
use crate::wire::messages::incremental_alter_configs_response::{
    AlterConfigsResourceResponse, IncrementalAlterConfigsResponse,
};

/// Answers IncrementalAlterConfigs.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: IncrementalAlterConfigsRequest<'a>,
) -> IncrementalAlterConfigsResponse<'a> {
    let resources = &request.resources;
    let responses = resources.iter().map(|resource| {
        let (error_code, error_message) = error(alter(ctx, resource, &request));
        AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
        }
    });
    let responses = responses.collect();
    IncrementalAlterConfigsResponse { responses, ..IncrementalAlterConfigsResponse::default() }
}

fn alter(
    ctx: &Ctx<'_>,
    resource: &AlterConfigsResource<'_>,
    request: &IncrementalAlterConfigsRequest<'_>,
) -> Result<(), Refusal> {
    let all = request.resources.iter().map(|other| (other.resource_type, &other.resource_name));
    named_once((resource.resource_type, &resource.resource_name), all)?;
    let target = target(resource.resource_type, &resource.resource_name)?;
    let steps: Result<Vec<Alteration<'_>>, Refusal> = resource.configs.iter().map(step).collect();
    ctx.broker().alter_configs(target, &steps?, request.validate_only)
}

fn step<'c>(config: &'c AlterableConfig<'_>) -> Result<Alteration<'c>, Refusal> {
    let Some(operation) = AlterOperation::from_code(config.config_operation) else {
        let text = format!("Unknown operations type {}", config.config_operation);
        return Err(Refusal::new(ErrorCode::InvalidRequest, text));
    };
    Ok(Alteration { name: &config.name, operation, value: config.value.as_deref() })
}
