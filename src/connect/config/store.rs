//! Where objects go, and what happens when that fails.

use super::read::Reader;
use super::{Credentials, ErrorSettings, RetrySettings, StoreConfig, Surroundings};

pub(super) fn store(read: &mut Reader<'_>, surroundings: &Surroundings) -> StoreConfig {
    let pair = (read.some_text("aws.access.key.id"), read.some_text("aws.secret.access.key"));
    let mut credentials = match pair {
        (Some(access_key_id), Some(secret_access_key)) => {
            Some(Credentials { access_key_id, secret_access_key })
        }
        (None, None) => None,
        _ => {
            read.warn("aws.access.key.id and aws.secret.access.key take effect only together");
            None
        }
    };
    let mut endpoint = read.some_text("store.url").and_then(|url| store_url(read, &url));
    let mut is_own_endpoint = false;
    if endpoint.is_none()
        && credentials.is_none()
        && !read.has("store.url")
        && let Some(own) = &surroundings.own_endpoint
    {
        endpoint = Some(own.url.clone());
        credentials = Some(own.credentials.clone());
        is_own_endpoint = true;
    }
    let create = read.text("klamm.bucket.create");
    StoreConfig {
        endpoint,
        is_own_endpoint,
        region: read.text("s3.region").to_owned(),
        bucket: read.text("s3.bucket.name").to_owned(),
        path_style: read.bool("s3.path.style.access.enabled"),
        credentials,
        create_bucket: create == "true" || (create == "auto" && is_own_endpoint),
    }
}

/// Without a scheme the connector assumes https. `minio:9000` has no scheme either, though
/// Java takes `minio` for one.
fn store_url(read: &mut Reader<'_>, url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let full = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let host = full.strip_prefix("http://").or_else(|| full.strip_prefix("https://"));
    if host.is_none_or(|host| host.is_empty() || host.contains(char::is_whitespace)) {
        read.refuse_with(
            "store.url",
            format!("Invalid value {url} for configuration store.url: not an http or https URL"),
            "for example http://localhost:9000",
        );
        return None;
    }
    if !url.contains("://") {
        read.warn(format!("store.url={url} has no scheme: https://{url} is used; for an endpoint without TLS write http://{url}"));
    }
    Some(full)
}

pub(super) fn errors(read: &Reader<'_>) -> ErrorSettings {
    ErrorSettings {
        skip_bad_records: read.text("errors.tolerance") == "all",
        log: read.bool("errors.log.enable"),
        log_messages: read.bool("errors.log.include.messages"),
        ignore_null_values: read.text("behavior.on.null.values").eq_ignore_ascii_case("ignore"),
    }
}

pub(super) fn retry(read: &Reader<'_>) -> RetrySettings {
    let millis = |name| u64::try_from(read.number(name)).unwrap_or(0);
    RetrySettings {
        attempts_max: u32::try_from(read.number("s3.part.retries")).unwrap_or(0).max(1),
        call_backoff_ms: millis("s3.retry.backoff.ms"),
        redelivery_backoff_ms: millis("retry.backoff.ms"),
    }
}
