//! The headers that S3 keeps with an object and gives back with it.
//!
//! They are kept as they were sent and echoed as they were kept. Encryption, storage class
//! and ACL are such labels here: the bytes on disk are the object's bytes.

use std::collections::BTreeMap;

use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use s3s::{S3Result, s3_error};

use super::errors::custom;
use super::store::ObjectMeta;

const USER_PREFIX: &str = "x-amz-meta-";

/// S3's limit for all of `x-amz-meta-*`, names and values.
const USER_BYTES_MAX: usize = 2048;

/// Tags of one object, as in S3.
const TAGS_MAX: usize = 10;

/// Kept and sent with every GET and HEAD.
const CONTENT: [&str; 7] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    "x-amz-website-redirect-location",
];

/// Kept, sent with GET and HEAD, and confirmed in the answer to a write.
const ENCRYPTION: [&str; 6] = [
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-bucket-key-enabled",
    CUSTOMER_ALGORITHM,
    CUSTOMER_KEY_MD5,
];

const CUSTOMER_ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const CUSTOMER_KEY_MD5: &str = "x-amz-server-side-encryption-customer-key-md5";
const STORAGE_CLASS: &str = "x-amz-storage-class";

/// Kept; S3 tells them only when asked for the ACL.
const ACCESS: [&str; 6] = [
    "x-amz-acl",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
];

/// Belong to object lock, which is not built.
const LOCK: [&str; 3] = [
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-object-lock-legal-hold",
];

/// What a write's headers say of the object to be: attributes, user metadata, tags.
pub(super) fn read(headers: &HeaderMap) -> S3Result<ObjectMeta> {
    if LOCK.iter().any(|name| headers.contains_key(*name)) {
        return Err(s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration"));
    }
    if headers.contains_key("x-amz-write-offset-bytes") {
        return Err(s3_error!(NotImplemented, "Appending to objects is not implemented"));
    }
    let mut meta = ObjectMeta::default();
    for name in CONTENT.iter().chain(&ENCRYPTION).chain(&ACCESS).chain(&[STORAGE_CLASS]) {
        if let Some(value) = headers.get(*name) {
            let value = text(value);
            let value = if *name == "content-encoding" { without_chunked(&value) } else { value };
            if !value.is_empty() {
                meta.headers.insert((*name).to_owned(), value);
            }
        }
    }
    for name in headers.keys() {
        if let Some(user) = name.as_str().strip_prefix(USER_PREFIX) {
            // S3 joins a header that was sent twice.
            let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
            meta.user.insert(user.to_owned(), values.join(","));
        }
    }
    check_user_metadata(&meta)?;
    if let Some(tagging) = headers.get("x-amz-tagging") {
        meta.tags = parse_tagging(&text(tagging))?;
    }
    Ok(meta)
}

fn check_user_metadata(meta: &ObjectMeta) -> S3Result<()> {
    let size: usize = meta.user.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > USER_BYTES_MAX {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size of 2048 bytes"
        ));
    }
    Ok(())
}

/// What GET and HEAD say of an object beyond size, ETag and time.
pub(super) fn of_object(meta: &ObjectMeta) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // S3's default, also for files put there by hand.
    insert(&mut headers, "content-type", "binary/octet-stream");
    for name in CONTENT.iter().chain(&ENCRYPTION) {
        if let Some(value) = meta.headers.get(*name) {
            insert(&mut headers, name, value);
        }
    }
    if let Some(class) = meta.headers.get(STORAGE_CLASS).filter(|class| *class != "STANDARD") {
        insert(&mut headers, STORAGE_CLASS, class);
    }
    for (name, value) in &meta.user {
        insert(&mut headers, &format!("{USER_PREFIX}{name}"), value);
    }
    if !meta.tags.is_empty() {
        insert(&mut headers, "x-amz-tagging-count", &meta.tags.len().to_string());
    }
    if !meta.parts.is_empty() {
        insert(&mut headers, "x-amz-mp-parts-count", &meta.parts.len().to_string());
    }
    headers
}

/// What the answer to a write confirms.
pub(super) fn of_write(meta: &ObjectMeta) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in ENCRYPTION {
        if let Some(value) = meta.headers.get(name) {
            insert(&mut headers, name, value);
        }
    }
    headers
}

/// Sets a header that was once received; one that cannot be sent is left out.
pub(super) fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}

/// The storage class, as listings and attributes name it.
pub(super) fn storage_class(meta: &ObjectMeta) -> &str {
    meta.headers.get(STORAGE_CLASS).map_or("STANDARD", String::as_str)
}

/// An object kept with a customer's key is only given to who names the key again.
pub(super) fn check_customer_key(meta: &ObjectMeta, key_md5: Option<&str>) -> S3Result<()> {
    match (meta.headers.get(CUSTOMER_KEY_MD5), key_md5) {
        (Some(kept), Some(given)) if kept != given => {
            Err(s3_error!(AccessDenied, "The key is not the one the object was stored with."))
        }
        (Some(_), None) => Err(s3_error!(
            InvalidRequest,
            "The object was stored using a form of Server Side Encryption. The correct \
             parameters must be provided to retrieve the object."
        )),
        (None, Some(_)) => Err(s3_error!(
            InvalidRequest,
            "The encryption parameters are not applicable to this object."
        )),
        _ => Ok(()),
    }
}

/// Tags as in `x-amz-tagging`: a query string.
pub(super) fn parse_tagging(text: &str) -> S3Result<Vec<(String, String)>> {
    let mut tags = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decode(name), decode(value)) else {
            return Err(s3_error!(InvalidArgument, "The header x-amz-tagging is not a query."));
        };
        tags.push((name, value));
    }
    check_tags(&tags)?;
    Ok(tags)
}

/// S3's limits on tags.
pub(super) fn check_tags(tags: &[(String, String)]) -> S3Result<()> {
    if tags.len() > TAGS_MAX {
        return Err(custom(
            "BadRequest",
            StatusCode::BAD_REQUEST,
            "Object tags cannot be greater than 10",
        ));
    }
    check_tag_names(tags)
}

/// S3's limits on names and values of tags, also of a bucket's.
pub(super) fn check_tag_names(tags: &[(String, String)]) -> S3Result<()> {
    let mut seen = BTreeMap::new();
    for (name, value) in tags {
        if name.is_empty() || name.chars().count() > 128 {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > 256 {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if seen.insert(name, ()).is_some() {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(())
}

/// Undoes the percent encoding of a query.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &tail[2..];
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).trim().to_owned()
}

/// `aws-chunked` says how the request was sent, not what the object is.
fn without_chunked(value: &str) -> String {
    if !value.contains("aws-chunked") {
        return value.to_owned();
    }
    let encodings = value.split(',').map(str::trim);
    let kept: Vec<&str> =
        encodings.filter(|encoding| !encoding.is_empty() && *encoding != "aws-chunked").collect();
    kept.join(", ")
}

/// The attributes of a copy: the source's or those given. Encryption, storage class and
/// ACL are never the source's.
pub(super) fn copied(
    source: &ObjectMeta,
    given: ObjectMeta,
    replaces_metadata: bool,
    replaces_tags: bool,
) -> ObjectMeta {
    let mut meta = given;
    if !replaces_metadata {
        meta.headers.retain(|name, _| !CONTENT.contains(&name.as_str()));
        let content = source.headers.iter().filter(|(name, _)| CONTENT.contains(&name.as_str()));
        meta.headers.extend(content.map(|(name, value)| (name.clone(), value.clone())));
        meta.user.clone_from(&source.user);
    }
    if !replaces_tags {
        meta.tags.clone_from(&source.tags);
    }
    meta
}
