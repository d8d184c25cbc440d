//! The condition keys of a request.

use http::HeaderMap;
use s3s::access::S3AccessContext;

use super::{Caller, Peer, Posted};
use crate::s3::attributes::parse_tagging;
use crate::s3::policy::Context;

/// Headers that are condition keys by their own names.
const HEADERS: [&str; 13] = [
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
    "if-match",
    "if-none-match",
];

const ENCRYPTION_PREFIX: &str = "x-amz-server-side-encryption-";

/// Parameters that are condition keys.
const PARAMETERS: [&str; 3] = ["prefix", "delimiter", "max-keys"];

/// What policies can ask of a request.
pub(super) fn of_request(caller: &Caller, request: &mut S3AccessContext<'_>) -> Context {
    let mut context = Context::new();
    let mut insert = |key: &str, value: String| {
        context.insert(key.to_owned(), vec![value]);
    };
    if let Some(Peer(address)) = request.extensions_mut().get::<Peer>().copied() {
        insert("aws:sourceip", address.ip().to_canonical().to_string());
    }
    insert("aws:securetransport", "false".to_owned());
    let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs().to_string();
    insert("aws:currenttime", now.clone());
    insert("aws:epochtime", now);
    match caller {
        Caller::Anonymous => insert("aws:principaltype", "Anonymous".to_owned()),
        Caller::Owner => insert("aws:principaltype", "Account".to_owned()),
        Caller::User(user) => {
            insert("aws:principaltype", "User".to_owned());
            insert("aws:username", user.name.clone());
            insert("aws:userid", user.name.clone());
            insert("aws:principalarn", format!("arn:aws:iam::000000000000:user/{}", user.name));
        }
    }
    if !matches!(caller, Caller::Anonymous) {
        insert("aws:principalaccount", "000000000000".to_owned());
        insert("s3:signatureversion", "AWS4-HMAC-SHA256".to_owned());
    }
    let is_form = request.extensions_mut().get::<Posted>().is_some();
    let headers = request.headers();
    for (name, key) in [("user-agent", "aws:useragent"), ("referer", "aws:referer")] {
        if let Some(value) = text(headers, name) {
            insert(key, value);
        }
    }
    for name in HEADERS {
        if let Some(value) = text(headers, name) {
            // S3 compares it without the slash that it may begin with.
            let value = value.strip_prefix('/').unwrap_or(&value);
            insert(&format!("s3:{name}"), value.to_owned());
        }
    }
    for name in headers.keys().filter(|name| name.as_str().starts_with(ENCRYPTION_PREFIX)) {
        if let Some(value) = text(headers, name.as_str()) {
            insert(&format!("s3:{name}"), value);
        }
    }
    let query = request.uri().query().unwrap_or_default();
    for (name, value) in query_pairs(query) {
        if PARAMETERS.contains(&name.as_str()) {
            insert(&format!("s3:{name}"), value);
        } else if name == "versionId" {
            insert("s3:versionid", value);
        }
    }
    let is_query_signed = query.contains("X-Amz-Signature=");
    let kind = match is_query_signed {
        _ if is_form => "POST",
        true => "REST-QUERY-STRING",
        false => "REST-HEADER",
    };
    insert("s3:authtype", kind.to_owned());
    add_request_tags(&mut context, headers);
    context
}

fn add_request_tags(context: &mut Context, headers: &HeaderMap) {
    let tags = text(headers, "x-amz-tagging").and_then(|tagging| parse_tagging(&tagging).ok());
    let Some(tags) = tags else { return };
    let names = tags.iter().map(|(name, _)| name.clone()).collect();
    context.insert("s3:requestobjecttagkeys".to_owned(), names);
    for (name, value) in tags {
        context.insert(format!("s3:requestobjecttag/{name}"), vec![value]);
    }
}

/// Bucket and key of `x-amz-copy-source`.
pub(super) fn copy_source(headers: &HeaderMap) -> Option<(String, String)> {
    let source = text(headers, "x-amz-copy-source")?;
    match s3s::dto::CopySource::parse(&source).ok()? {
        s3s::dto::CopySource::Bucket { bucket, key, .. } => Some((bucket.into(), key.into())),
        _ => None,
    }
}

/// Whether a header sets an ACL.
pub(super) fn is_acl(name: &str) -> bool {
    name == "x-amz-acl" || name.starts_with("x-amz-grant-")
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

/// The pairs of a query that can be read.
fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((crate::s3::attributes::decode(name)?, crate::s3::attributes::decode(value)?))
        })
        .collect()
}
