//! DescribeConfigs (32), versions 1 to 4.
//!
//! Behaviour: the settings of topics and brokers, where each comes from, and on request what
//! else is set for it. An empty broker name asks for what is set for all brokers.
//! - v1 (KIP-226): sources and synonyms. v3 (KIP-569): types and documentation.
//!
//! Where we differ from Apache Kafka: only topics and brokers have settings; loggers, groups
//! and client metrics are refused with INVALID_REQUEST. Brokers' settings come without
//! documentation, topics' with our own. A setting that was set in another unit
//! (`log.retention.hours`) shows the topic's value in the topic's unit, as in Kafka; klamm's
//! own settings are not shown.

use std::borrow::Cow;

use super::admin::target;
use super::ctx::Ctx;
use crate::broker::Refusal;
use crate::cluster::{ConfigType, Described};
use crate::wire::messages::DescribeConfigsRequest;
use crate::wire::messages::describe_configs_request::DescribeConfigsResource;
use crate::wire::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResponse, DescribeConfigsResult,
    DescribeConfigsSynonym,
};

/// Answers DescribeConfigs.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: DescribeConfigsRequest<'a>,
) -> DescribeConfigsResponse<'a> {
    let detail = Detail {
        with_synonyms: request.include_synonyms,
        with_documentation: request.include_documentation,
    };
    let results = request.resources.into_iter().map(|resource| {
        let described = describe(ctx, &resource);
        let named = DescribeConfigsResult {
            resource_type: resource.resource_type,
            resource_name: resource.resource_name,
            ..DescribeConfigsResult::default()
        };
        match described {
            Ok(entries) => {
                let configs = entries.into_iter().map(|entry| detail.result(entry)).collect();
                DescribeConfigsResult { configs, ..named }
            }
            Err(refusal) => DescribeConfigsResult {
                error_code: refusal.code.code(),
                error_message: refusal.message.map(Cow::Owned),
                ..named
            },
        }
    });
    DescribeConfigsResponse { results: results.collect(), ..DescribeConfigsResponse::default() }
}

fn describe(
    ctx: &Ctx<'_>,
    resource: &DescribeConfigsResource<'_>,
) -> Result<Vec<Described>, Refusal> {
    let target = target(resource.resource_type, &resource.resource_name)?;
    let keys = resource.configuration_keys.as_ref().filter(|keys| !keys.is_empty());
    let wanted: Option<Vec<&str>> = keys.map(|keys| keys.iter().map(|key| &**key).collect());
    ctx.broker().describe_configs(target, wanted.as_deref())
}

/// What the client wants to know beside the value.
struct Detail {
    with_synonyms: bool,
    with_documentation: bool,
}

impl Detail {
    fn result(&self, entry: Described) -> DescribeConfigsResourceResult<'static> {
        let synonyms = if self.with_synonyms { entry.synonyms } else { Vec::new() };
        let synonyms = synonyms.into_iter().map(|synonym| DescribeConfigsSynonym {
            name: synonym.name.into(),
            value: synonym.value.map(Cow::Owned),
            source: synonym.source.code(),
        });
        let documentation = entry.documentation.filter(|_| self.with_documentation);
        DescribeConfigsResourceResult {
            name: entry.name.into(),
            value: entry.value.map(Cow::Owned),
            read_only: entry.is_read_only,
            config_source: entry.source.code(),
            is_sensitive: entry.is_sensitive,
            synonyms: synonyms.collect(),
            config_type: entry.kind.map_or(0, ConfigType::code),
            documentation: documentation.map(Cow::Borrowed),
        }
    }
}
