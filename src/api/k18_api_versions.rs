//! ApiVersions (18), versions 0 to 4.
//!
//! Behaviour: lists the rows of [`TABLE`]; the first thing every client asks.
//! - v3 (KIP-511): the client gives its name and version. Characters outside
//!   `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?` are refused with INVALID_REQUEST.
//! - Any newer version is answered in version 0 with UNSUPPORTED_VERSION and the range of
//!   this key alone, so that the client can ask again.
//! - v3 (KIP-584): features, finalized ones as Kafka 4.3 has them on a fresh directory.
//! - v4 (KAFKA-17011): features whose minimum is 0 may be named.
//!
//! Produce is listed from version 0 although 3 is the first that is served: librdkafka
//! switches compression off otherwise (KAFKA-18659). Kafka does the same.

use std::borrow::Cow;

use super::call::{self, Outcome};
use super::ctx::{ClientSoftware, Ctx};
use super::table::TABLE;
use crate::base::ErrorCode;
use crate::wire::api::ApiKey;
use crate::wire::messages::ApiVersionsRequest;
use crate::wire::messages::api_versions_response::{
    ApiVersion, ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};
use crate::wire::{Error, Rope};

/// The newest version that is served.
const VERSION_MAX: i16 = 4;

/// Features that clients look at, with the levels of a freshly formatted 4.3.
const FEATURES: &[(&str, i16, i16)] = &[("metadata.version", 7, 30)];

/// Answers ApiVersions.
pub(super) fn handle(ctx: &Ctx<'_>, rope: &mut Rope) -> Result<Outcome, Error> {
    if !(0..=VERSION_MAX).contains(&ctx.version()) {
        return call::respond_in(0, ctx, &unsupported_version(), rope);
    }
    let response = answer(ctx, call::decode(ctx)?);
    call::respond(ctx, &response, rope)
}

fn answer(ctx: &Ctx<'_>, request: ApiVersionsRequest<'_>) -> ApiVersionsResponse<'static> {
    if ctx.version() >= 3 {
        if !is_software_text(&request.client_software_name)
            || !is_software_text(&request.client_software_version)
        {
            return refused(ErrorCode::InvalidRequest, Vec::new());
        }
        ctx.connection.introduce(ClientSoftware {
            name: request.client_software_name.into_owned(),
            version: request.client_software_version.into_owned(),
        });
    }
    let features = FEATURES.iter();
    ApiVersionsResponse {
        api_keys: TABLE.iter().map(row).collect(),
        supported_features: features
            .clone()
            .map(|(name, min, max)| SupportedFeatureKey {
                name: Cow::Borrowed(*name),
                min_version: *min,
                max_version: *max,
            })
            .collect(),
        finalized_features_epoch: 0,
        finalized_features: features
            .map(|(name, _, max)| FinalizedFeatureKey {
                name: Cow::Borrowed(*name),
                max_version_level: *max,
                min_version_level: *max,
            })
            .collect(),
        ..ApiVersionsResponse::default()
    }
}

/// The answer to a version that is not known yet: in version 0, this key alone.
fn unsupported_version() -> ApiVersionsResponse<'static> {
    let own = ApiVersion {
        api_key: ApiKey::ApiVersions.code(),
        min_version: 0,
        max_version: VERSION_MAX,
    };
    refused(ErrorCode::UnsupportedVersion, vec![own])
}

fn refused(error: ErrorCode, api_keys: Vec<ApiVersion>) -> ApiVersionsResponse<'static> {
    ApiVersionsResponse { error_code: error.code(), api_keys, ..ApiVersionsResponse::default() }
}

fn row(api: &super::Api) -> ApiVersion {
    let min_version = if api.key == ApiKey::Produce { 0 } else { *api.versions.start() };
    ApiVersion { api_key: api.key.code(), min_version, max_version: *api.versions.end() }
}

/// `ApiVersionsRequest.SOFTWARE_NAME_VERSION_PATTERN`.
fn is_software_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}
