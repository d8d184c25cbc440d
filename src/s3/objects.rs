//! Requests on one object: put, get, head, delete.

use std::ops::Range as Bytes;

use http::StatusCode;
use http::header::HeaderMap;
use s3s::dto::{
    ChecksumMode, ChecksumType, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, DeletedObject, Error as DeleteError, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, PutObjectInput, PutObjectOutput, Range, StreamingBlob,
    Timestamp,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::access::Permit;
use super::attributes;
use super::checksum::Algorithm;
use super::conditions::{self, ReadConditions, Verdict, etag, whole_seconds};
use super::endpoint::{Endpoint, check_version};
use super::errors::{blocking, custom};
use super::receive::{Expected, receive};
use super::send::FileStream;
use super::store::{Checksums, Condition, Error, Object, ObjectMeta};

/// Objects of one `DeleteObjects` request, as in S3.
const DELETE_MAX: usize = 1000;

pub(super) async fn put(
    endpoint: &Endpoint,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let S3Request { input, headers, trailing_headers, .. } = request;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let mut meta = attributes::read(&headers)?;
    let mut expected = Expected::new(&headers, input.content_length, trailing_headers)?;
    let wanted = input.checksum_algorithm.as_ref();
    expected.claims.want(wanted.and_then(|name| Algorithm::from_name(name.as_str())));
    let condition = conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref());
    let (bucket, key) = (input.bucket, input.key);
    {
        // Before the body is sent: the client waits for "100 Continue".
        let bucket = bucket.clone();
        blocking(&endpoint.store, move |store| store.head_bucket(&bucket)).await?;
    }
    let received = receive(&endpoint.store, input.body, expected).await?;
    meta.key.clone_from(&key);
    meta.etag = received.etag;
    meta.checksums = received.checksums;
    let confirmed = attributes::of_write(&meta);
    let mut output = PutObjectOutput { e_tag: Some(etag(&meta.etag)), ..Default::default() };
    set_checksums!(output, meta.checksums);
    if !meta.checksums.is_empty() {
        output.checksum_type = Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT));
    }
    let temp = received.temp;
    blocking(&endpoint.store, move |store| store.commit(&bucket, &key, temp, &meta, &condition))
        .await?;
    Ok(S3Response::with_headers(output, confirmed))
}

/// What part of an object a request is about.
struct Selected {
    bytes: Bytes<u64>,
    /// Not the whole object: 206.
    is_partial: bool,
    /// The place of the part that was asked for among the object's parts.
    part: Option<usize>,
}

/// The `Range` or the part that was asked for.
fn select(object: &Object, range: Option<Range>, part: Option<i32>) -> S3Result<Selected> {
    let size = object.size;
    match (range, part) {
        (None, None) => Ok(Selected { bytes: 0..size, is_partial: false, part: None }),
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter"
        )),
        (Some(range), None) => {
            // A suffix of an empty object is satisfiable nowhere, and `check` lets it pass.
            let checked = range.check(size).ok().filter(|_| size > 0);
            let bytes = checked.ok_or_else(|| unsatisfiable(size))?;
            Ok(Selected { bytes, is_partial: true, part: None })
        }
        (None, Some(number)) => {
            let wanted = u32::try_from(number).unwrap_or(0);
            if object.meta.parts.is_empty() && wanted == 1 {
                return Ok(Selected { bytes: 0..size, is_partial: size > 0, part: None });
            }
            let mut start = 0;
            for (index, part) in object.meta.parts.iter().enumerate() {
                if part.number == wanted {
                    let bytes = start..start + part.size;
                    return Ok(Selected { bytes, is_partial: true, part: Some(index) });
                }
                start += part.size;
            }
            Err(custom(
                "InvalidPartNumber",
                StatusCode::RANGE_NOT_SATISFIABLE,
                "The requested partnumber is not satisfiable",
            ))
        }
    }
}

fn unsatisfiable(size: u64) -> S3Error {
    let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
    let mut headers = HeaderMap::new();
    attributes::insert(&mut headers, "content-range", &format!("bytes */{size}"));
    attributes::insert(&mut headers, "content-type", "application/xml");
    error.set_headers(headers);
    error
}

/// 304 tells what a cache needs to keep its copy.
fn refuse(verdict: Verdict, object: &Object) -> S3Result<()> {
    match verdict {
        Verdict::Proceed => Ok(()),
        Verdict::Failed(header) => Err(conditions::failed(header)),
        Verdict::NotModified => {
            let mut headers = HeaderMap::new();
            let etag = format!("\"{}\"", object.meta.etag);
            attributes::insert(&mut headers, "etag", &etag);
            for name in ["cache-control", "expires"] {
                if let Some(value) = object.meta.headers.get(name) {
                    attributes::insert(&mut headers, name, value);
                }
            }
            let mut error = conditions::not_modified();
            error.set_headers(headers);
            Err(error)
        }
    }
}

/// Stored headers, overridden by the `response-*` parameters of the request.
macro_rules! response_headers {
    ($meta:expr, $input:expr) => {{
        let mut headers = attributes::of_object($meta);
        let overrides = [
            ("content-type", &$input.response_content_type),
            ("content-language", &$input.response_content_language),
            ("cache-control", &$input.response_cache_control),
            ("content-disposition", &$input.response_content_disposition),
            ("content-encoding", &$input.response_content_encoding),
        ];
        for (name, value) in overrides {
            if let Some(value) = value {
                attributes::insert(&mut headers, name, value);
            }
        }
        if let Some(expires) = &$input.response_expires {
            let mut text = Vec::new();
            if expires.format(s3s::dto::TimestampFormat::HttpDate, &mut text).is_ok() {
                let text = String::from_utf8_lossy(&text);
                attributes::insert(&mut headers, "expires", &text);
            }
        }
        headers
    }};
}

/// What GET and HEAD answer alike.
macro_rules! describe {
    ($output:expr, $object:expr, $selected:expr, $mode:expr) => {
        let (bytes, size) = (&$selected.bytes, $object.size);
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_length = i64::try_from(bytes.end - bytes.start).ok();
        $output.e_tag = Some(etag(&$object.meta.etag));
        $output.last_modified = Some(Timestamp::from(whole_seconds($object.modified)));
        if $selected.is_partial {
            let (first, last) = (bytes.start, bytes.end.saturating_sub(1));
            $output.content_range = Some(format!("bytes {first}-{last}/{size}"));
        }
        // Checksums are of the whole object, or of the part that was asked for.
        let is_whole = bytes.end - bytes.start == size;
        let part =
            $selected.part.filter(|_| !is_whole).and_then(|index| $object.meta.parts.get(index));
        if $mode.as_ref().is_some_and(is_enabled) && (is_whole || part.is_some()) {
            let checksums = part.map_or(&$object.meta.checksums, |part| &part.checksums);
            set_checksums!($output, checksums);
            $output.checksum_type = checksum_type(&$object.meta);
        }
    };
}

pub(super) async fn get(
    endpoint: &Endpoint,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let permit = Permit::of(&request.extensions);
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    check_version(input.version_id.as_deref())?;
    let conditions = ReadConditions {
        if_match: input.if_match.clone(),
        if_none_match: input.if_none_match.clone(),
        if_modified_since: input.if_modified_since.clone(),
        if_unmodified_since: input.if_unmodified_since.clone(),
    };
    let key_md5 = input.sse_customer_key_md5.clone();
    let (range, part) = (input.range, input.part_number);
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let opened = blocking(&endpoint.store, move |store| {
        let object = store.open(&bucket, &key)?;
        let checked = refuse(conditions.judge(&object.meta.etag, object.modified), &object)
            .and_then(|()| attributes::check_customer_key(&object.meta, key_md5.as_deref()))
            .and_then(|()| select(&object, range, part));
        let selected = match checked {
            Ok(selected) => selected,
            Err(error) => return Ok(Err(error)),
        };
        let file = object.file.try_clone();
        let stream = file.and_then(|file| FileStream::open(file, selected.bytes.clone()));
        let stream =
            stream.map_err(|source| Error::Io { action: "read", path: key.into(), source })?;
        Ok(Ok((object, selected, stream)))
    });
    let (object, selected, stream) =
        opened.await.map_err(|error| permit.hide_absence(&input.key, error))??;
    let mut output = GetObjectOutput::default();
    describe!(output, object, selected, input.checksum_mode);
    output.body = Some(StreamingBlob::new(stream));
    let headers = response_headers!(&object.meta, input);
    Ok(S3Response::with_headers(output, headers))
}

pub(super) async fn head(
    endpoint: &Endpoint,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let permit = Permit::of(&request.extensions);
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    check_version(input.version_id.as_deref())?;
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let opened = blocking(&endpoint.store, move |store| store.open(&bucket, &key)).await;
    let object = opened.map_err(|error| permit.hide_absence(&input.key, error))?;
    let conditions = ReadConditions {
        if_match: input.if_match.clone(),
        if_none_match: input.if_none_match.clone(),
        if_modified_since: input.if_modified_since.clone(),
        if_unmodified_since: input.if_unmodified_since.clone(),
    };
    refuse(conditions.judge(&object.meta.etag, object.modified), &object)?;
    attributes::check_customer_key(&object.meta, input.sse_customer_key_md5.as_deref())?;
    let selected = select(&object, input.range, input.part_number)?;
    let mut output = HeadObjectOutput::default();
    describe!(output, object, selected, input.checksum_mode);
    let headers = response_headers!(&object.meta, input);
    let mut response = S3Response::with_headers(output, headers);
    if selected.is_partial {
        response.status = Some(StatusCode::PARTIAL_CONTENT);
    }
    Ok(response)
}

pub(super) async fn delete(
    endpoint: &Endpoint,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    check_version(input.version_id.as_deref())?;
    check_delete_conditions(
        input.if_match_size.is_some() || input.if_match_last_modified_time.is_some(),
    )?;
    let condition = conditions::of_write(input.if_match.as_ref(), None);
    let (bucket, key) = (input.bucket, input.key);
    blocking(&endpoint.store, move |store| store.delete(&bucket, &key, &condition)).await?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

/// S3 has these two in directory buckets only.
fn check_delete_conditions(has_size_or_time: bool) -> S3Result<()> {
    if has_size_or_time {
        return Err(s3_error!(
            NotImplemented,
            "Deleting by size or by time of last modification is not implemented"
        ));
    }
    Ok(())
}

pub(super) async fn delete_many(
    endpoint: &Endpoint,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let permit = Permit::of(&request.extensions);
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let quiet = input.delete.quiet.unwrap_or(false);
    let objects = input.delete.objects;
    if objects.is_empty() || objects.len() > DELETE_MAX {
        return Err(S3Error::with_message(
            S3ErrorCode::MalformedXML,
            "A request deletes 1 to 1000 objects",
        ));
    }
    let bucket = input.bucket;
    let outcome = blocking(&endpoint.store, move |store| {
        store.head_bucket(&bucket)?;
        let mut outcome = Vec::with_capacity(objects.len());
        for object in objects {
            let allowed = permit.check("s3:DeleteObject", Some(&object.key)).and_then(|()| {
                check_delete_conditions(
                    object.size.is_some() || object.last_modified_time.is_some(),
                )
            });
            let version = object.version_id.as_deref();
            let result = allowed.and_then(|()| check_version(version)).and_then(|()| {
                let if_match = object.e_tag.as_ref().map(|etag| etag.value().to_owned());
                let condition = Condition { if_match, if_none_match: None };
                store.delete(&bucket, &object.key, &condition).map_err(S3Error::from)
            });
            outcome.push((object.key, result));
        }
        Ok(outcome)
    });
    let mut deleted = Vec::new();
    let mut errors = Vec::new();
    for (key, result) in outcome.await? {
        match result {
            Ok(()) if quiet => {}
            Ok(()) => deleted.push(DeletedObject { key: Some(key), ..Default::default() }),
            Err(error) => errors.push(DeleteError {
                code: Some(error.code().as_str().to_owned()),
                key: Some(key),
                message: error.message().map(str::to_owned),
                version_id: None,
            }),
        }
    }
    let (deleted, errors) = (Some(deleted), Some(errors));
    Ok(S3Response::new(DeleteObjectsOutput { deleted, errors, request_charged: None }))
}

/// How the object's checksum was made of it; `None` if it has none.
pub(super) fn checksum_type(meta: &ObjectMeta) -> Option<ChecksumType> {
    let name = if meta.checksum_is_composite {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    };
    (!meta.checksums.is_empty()).then(|| ChecksumType::from_static(name))
}

/// One of an object's checksums, for its field of an answer.
pub(super) fn checksum(checksums: &Checksums, name: &str) -> Option<String> {
    checksums.get(name).cloned()
}

fn is_enabled(mode: &ChecksumMode) -> bool {
    mode.as_str() == ChecksumMode::ENABLED
}
