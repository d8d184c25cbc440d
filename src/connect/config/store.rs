//! Where objects go, how they are stored, and what happens when that fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::credentials::{self, CredentialsProvider};
use super::read::Reader;
use super::{Credentials, Surroundings};
use crate::connect::object_store::ObjectAttributes;

/// Where objects go.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// Scheme, host and port; `None` is AWS in the region.
    pub endpoint: Option<String>,
    /// Whether the endpoint is klamm's own.
    pub is_own_endpoint: bool,
    /// `s3.region`
    pub region: String,
    /// `s3.bucket.name`
    pub bucket: String,
    /// `s3.path.style.access.enabled`
    pub path_style: bool,
    /// `s3.wan.mode`: AWS's accelerated endpoint of the bucket.
    pub wan_mode: bool,
    /// Keys from the file (or of klamm's own endpoint); `None`: the provider's.
    pub credentials: Option<Credentials>,
    /// Who is asked for credentials.
    pub provider: CredentialsProvider,
    /// `s3.proxy.*`
    pub proxy: Option<Proxy>,
    /// `s3.sse.customer.key`: 32 bytes in base64, sent with every object (SSE-C).
    pub customer_key: Option<String>,
    /// `s3.send.digest`: `Content-MD5` with every part.
    pub sends_digest: bool,
    /// `s3.http.send.expect.continue`: `Expect: 100-continue` with every part.
    pub expects_continue: bool,
    /// Whether a bucket that does not exist is made.
    pub create_bucket: bool,
}

impl std::fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreConfig")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket", &self.bucket)
            .field("path_style", &self.path_style)
            .field("provider", &self.provider)
            .field("create_bucket", &self.create_bucket)
            .finish_non_exhaustive()
    }
}

/// `s3.proxy.*`: an HTTP proxy on the way to the endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// `http://proxy:3128`
    pub url: String,
    /// `s3.proxy.user`, or the user of the URL.
    pub user: Option<String>,
    /// `s3.proxy.password`
    pub password: Option<String>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How failed calls to S3 are repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// `s3.part.retries`: attempts per call.
    pub attempts_max: u32,
    /// `s3.retry.backoff.ms`: the first pause between them; doubled each time.
    pub call_backoff_ms: u64,
    /// `retry.backoff.ms`: the pause before records are read again.
    pub redelivery_backoff_ms: u64,
}

/// `s3.object.tagging`: every object gets `startOffset`, `endOffset`, `recordCount` and these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagging {
    /// `s3.object.tagging.key.value.pairs`
    pub pairs: Vec<(String, String)>,
    /// `s3.object.behavior.on.tagging.error=fail`
    pub fails: bool,
}

/// Reads where objects go.
pub(super) fn store(read: &mut Reader<'_>, surroundings: &Surroundings) -> StoreConfig {
    let mut credentials = credentials::pair(read);
    let mut endpoint = read.some_text("store.url").and_then(|url| store_url(read, &url));
    let mut is_own_endpoint = false;
    let wan_mode = read.bool("s3.wan.mode");
    if endpoint.is_none()
        && credentials.is_none()
        && !wan_mode
        && !read.has("store.url")
        && let Some(own) = &surroundings.own_endpoint
    {
        endpoint = Some(own.url.clone());
        credentials = Some(own.credentials.clone());
        is_own_endpoint = true;
    }
    let path_style = read.bool("s3.path.style.access.enabled");
    if wan_mode && path_style {
        read.refuse_with(
            "s3.wan.mode",
            "Both accelerate mode and path style access are being enabled either of which can be set as true at once.".to_owned(),
            "s3.path.style.access.enabled=false",
        );
    }
    let create = read.text("klamm.bucket.create");
    StoreConfig {
        endpoint,
        is_own_endpoint,
        region: read.text("s3.region").to_owned(),
        bucket: read.text("s3.bucket.name").to_owned(),
        path_style,
        wan_mode,
        credentials,
        provider: credentials::provider(read, surroundings),
        proxy: proxy(read),
        customer_key: customer_key(read),
        sends_digest: read.bool("s3.send.digest"),
        expects_continue: read.bool("s3.http.send.expect.continue"),
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

fn proxy(read: &mut Reader<'_>) -> Option<Proxy> {
    let url = read.some_text("s3.proxy.url")?;
    let authority = url.split_once("://").map(|(_, authority)| authority);
    if !url.starts_with("http://") && !url.starts_with("https://")
        || authority.is_none_or(str::is_empty)
    {
        read.refuse_with(
            "s3.proxy.url",
            format!("Invalid value {url} for configuration s3.proxy.url: no protocol: {url}"),
            "for example http://proxy:3128",
        );
        return None;
    }
    Some(Proxy {
        user: read.some_text("s3.proxy.user"),
        password: read.some_text("s3.proxy.password"),
        url,
    })
}

/// SSE-C goes with AES256 only, and with a key of the right length.
fn customer_key(read: &mut Reader<'_>) -> Option<String> {
    const KEY: &str = "s3.sse.customer.key";
    let key = read.some_text(KEY)?;
    if read.text("s3.ssea.name") != "AES256" {
        read.warn(format!("{KEY} has no effect: it goes with s3.ssea.name=AES256"));
        return None;
    }
    if STANDARD.decode(&key).map_or(0, |key| key.len()) != 32 {
        read.refuse(
            KEY,
            format!(
                "Invalid value [hidden] for configuration {KEY}: 32 bytes in base64 are needed"
            ),
        );
        return None;
    }
    Some(key)
}

/// How objects are stored, beside their bytes.
pub(super) fn attributes(read: &mut Reader<'_>, store: &StoreConfig) -> ObjectAttributes {
    let algorithm = read.some_text("s3.ssea.name");
    let is_kms = algorithm.as_deref().is_some_and(|name| name.starts_with("aws:kms"));
    let kms_key_id = read.some_text("s3.sse.kms.key.id");
    if kms_key_id.is_some() && !is_kms {
        read.warn("s3.sse.kms.key.id has no effect: it goes with s3.ssea.name=aws:kms");
    }
    ObjectAttributes {
        canned_acl: read.some_text("s3.acl.canned"),
        // With a customer's key the algorithm is named in the customer's headers instead.
        server_side_encryption: algorithm.filter(|_| store.customer_key.is_none()),
        kms_key_id: kms_key_id.filter(|_| is_kms),
        ..ObjectAttributes::default()
    }
}

/// Reads how often failed calls are repeated.
pub(super) fn retry(read: &Reader<'_>) -> RetrySettings {
    let millis = |name| u64::try_from(read.number(name)).unwrap_or(0);
    RetrySettings {
        attempts_max: u32::try_from(read.number("s3.part.retries")).unwrap_or(0).max(1),
        call_backoff_ms: millis("s3.retry.backoff.ms"),
        redelivery_backoff_ms: millis("retry.backoff.ms"),
    }
}

/// Reads `s3.object.tagging*`.
pub(super) fn tagging(read: &mut Reader<'_>) -> Option<Tagging> {
    const PAIRS: &str = "s3.object.tagging.key.value.pairs";
    let mut pairs = Vec::new();
    for pair in read.list(PAIRS) {
        match pair.split_once(':') {
            Some((key, value)) => pairs.push((key.to_owned(), value.to_owned())),
            None => read.refuse_with(
                PAIRS,
                format!(
                    "Invalid value {pair} for configuration {PAIRS}: no colon between key and value"
                ),
                "for example team:data,env:dev",
            ),
        }
    }
    if !read.bool("s3.object.tagging") {
        if !pairs.is_empty() {
            read.warn(format!("{PAIRS} has no effect without s3.object.tagging=true"));
        }
        return None;
    }
    let fails = read.text("s3.object.behavior.on.tagging.error").eq_ignore_ascii_case("fail");
    Some(Tagging { pairs, fails })
}
