//! Listing the objects of a bucket, both versions of the request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as TOKEN;
use s3s::dto::{
    ChecksumAlgorithm, CommonPrefix, EncodingType, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass, Timestamp,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::attributes;
use super::conditions::{etag, whole_seconds};
use super::endpoint::{Endpoint, owner};
use super::errors::blocking;
use super::objects::checksum_type;
use super::store::{ListEntry, ListPage, ListQuery};

/// S3 never lists more at once.
pub(super) const PAGE_MAX: i32 = 1000;

pub(super) async fn v1(
    endpoint: &Endpoint,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let max = page_size(input.max_keys)?;
    let query = ListQuery {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
        after: input.marker.clone().filter(|marker| !marker.is_empty()),
        max: page_entries(max),
    };
    let encoder = Encoder::new(input.encoding_type.as_ref())?;
    let has_delimiter = query.delimiter.is_some();
    let page = read_page(endpoint, input.bucket.clone(), query).await?;
    // Without a delimiter the last key is the marker, and S3 leaves this out.
    let last = page.entries.last().filter(|_| page.truncated && has_delimiter);
    let next_marker = last.map(|entry| encoder.encode(entry.name()));
    let truncated = page.truncated;
    let (contents, common_prefixes) = split(page, &encoder, true);
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(encoder.encode(input.prefix.as_deref().unwrap_or_default())),
        marker: Some(encoder.encode(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(max),
        is_truncated: Some(truncated),
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: encoder.encode_given(input.delimiter.as_deref()),
        next_marker,
        encoding_type: input.encoding_type,
        request_charged: None,
    }))
}

pub(super) async fn v2(
    endpoint: &Endpoint,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let max = page_size(input.max_keys)?;
    let token = input.continuation_token.as_deref().map(decode_token).transpose()?;
    let start_after = input.start_after.clone().filter(|after| !after.is_empty());
    let query = ListQuery {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
        after: token.or(start_after),
        max: page_entries(max),
    };
    let encoder = Encoder::new(input.encoding_type.as_ref())?;
    let page = read_page(endpoint, input.bucket.clone(), query).await?;
    let truncated = page.truncated;
    let last = page.entries.last().filter(|_| truncated);
    let next_continuation_token = last.map(|entry| TOKEN.encode(entry.name()));
    let key_count = i32::try_from(page.entries.len()).unwrap_or(PAGE_MAX);
    let with_owner = input.fetch_owner.unwrap_or(false);
    let (contents, common_prefixes) = split(page, &encoder, with_owner);
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encoder.encode(input.prefix.as_deref().unwrap_or_default())),
        max_keys: Some(max),
        key_count: Some(key_count),
        continuation_token: input.continuation_token,
        is_truncated: Some(truncated),
        next_continuation_token,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: encoder.encode_given(input.delimiter.as_deref()),
        encoding_type: input.encoding_type,
        start_after: input.start_after.as_deref().map(|after| encoder.encode(after)),
        request_charged: None,
    }))
}

/// Reads a page; of no entries, only looks whether the bucket is there.
pub(super) async fn read_page(
    endpoint: &Endpoint,
    bucket: String,
    query: ListQuery,
) -> S3Result<ListPage> {
    blocking(&endpoint.store, move |store| {
        if query.max == 0 {
            store.head_bucket(&bucket)?;
            return Ok(ListPage::default());
        }
        store.list(&bucket, &query)
    })
    .await
}

/// The page size that was asked for, within S3's limit.
pub(super) fn page_size(max: Option<i32>) -> S3Result<i32> {
    match max {
        Some(max) if max < 0 => {
            Err(s3_error!(InvalidArgument, "The maximum of a page must not be negative"))
        }
        max => Ok(max.unwrap_or(PAGE_MAX).min(PAGE_MAX)),
    }
}

/// The same as the store counts.
pub(super) fn page_entries(max: i32) -> usize {
    usize::try_from(max).unwrap_or(0)
}

fn decode_token(token: &str) -> S3Result<String> {
    let decoded = TOKEN.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// The two kinds of entries, as S3 lists them.
pub(super) fn split(
    page: ListPage,
    encoder: &Encoder,
    with_owner: bool,
) -> (Vec<Object>, Vec<CommonPrefix>) {
    let mut contents = Vec::new();
    let mut prefixes = Vec::new();
    for entry in page.entries {
        match entry {
            ListEntry::Prefix(prefix) => {
                prefixes.push(CommonPrefix { prefix: Some(encoder.encode(&prefix)) });
            }
            ListEntry::Object { key, size, modified, meta } => {
                let class = attributes::storage_class(&meta).to_owned();
                let algorithms = meta.checksums.keys();
                let algorithms = algorithms
                    .map(|name| ChecksumAlgorithm::from(name.to_ascii_uppercase()))
                    .collect();
                contents.push(Object {
                    checksum_algorithm: Some(algorithms),
                    checksum_type: checksum_type(&meta),
                    e_tag: Some(etag(&meta.etag)),
                    key: Some(encoder.encode(&key)),
                    last_modified: Some(Timestamp::from(whole_seconds(modified))),
                    owner: with_owner.then(owner),
                    restore_status: None,
                    size: i64::try_from(size).ok(),
                    storage_class: Some(ObjectStorageClass::from(class)),
                });
            }
        }
    }
    (contents, prefixes)
}

/// Writes keys as the request asks: XML cannot carry every character.
pub(super) struct Encoder {
    url: bool,
}

impl Encoder {
    pub(super) fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified")),
        }
    }

    /// A parameter as the answer repeats it; an empty one counts as none.
    pub(super) fn encode_given(&self, text: Option<&str>) -> Option<String> {
        text.filter(|text| !text.is_empty()).map(|text| self.encode(text))
    }

    pub(super) fn encode(&self, text: &str) -> String {
        if !self.url {
            return text.to_owned();
        }
        url_encode(text)
    }
}

/// Percent encoding of all but unreserved characters and the slash.
pub(super) fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b'*' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
