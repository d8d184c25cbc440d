//! Multipart uploads.

use std::time::{Duration, UNIX_EPOCH};

use md5::{Digest, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CommonPrefix, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, Initiator, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part,
    StorageClass, Timestamp, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::attributes;
use super::checksum::{self, Algorithm};
use super::conditions::{self, etag};
use super::endpoint::{Endpoint, OWNER, owner};
use super::errors::blocking;
use super::list::{Encoder, page_size};
use super::objects::{checksum, checksum_type};
use super::receive::{Expected, receive};
use super::store::{
    Checksums, ChosenPart, Error, ListQuery, ObjectMeta, PartMeta, Upload, UploadSummary, hex,
};

const PART_NUMBER_MAX: u32 = 10_000;

pub(super) async fn create(
    endpoint: &Endpoint,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let S3Request { input, headers, .. } = request;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let mut meta = attributes::read(&headers)?;
    meta.key.clone_from(&input.key);
    let algorithm = input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str);
    let kind = input.checksum_type.as_ref().map(ChecksumType::as_str);
    let (algorithm, is_full_object) = checksum_of_upload(algorithm, kind)?;
    let confirmed = attributes::of_write(&meta);
    let upload = Upload {
        key: input.key.clone(),
        initiated_ms: 0,
        checksum_algorithm: algorithm.map(|algorithm| algorithm.name().to_owned()),
        checksum_is_full_object: is_full_object,
        meta,
    };
    let bucket = input.bucket.clone();
    let id = blocking(&endpoint.store, move |store| store.create_upload(&bucket, upload)).await?;
    let output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: algorithm.map(algorithm_name),
        checksum_type: algorithm.map(|_| type_name(is_full_object)),
        ..Default::default()
    };
    Ok(S3Response::with_headers(output, confirmed))
}

/// The algorithm of an upload, and whether its checksum is one of all bytes.
fn checksum_of_upload(
    algorithm: Option<&str>,
    kind: Option<&str>,
) -> S3Result<(Option<Algorithm>, bool)> {
    let Some(name) = algorithm else {
        return match kind {
            None => Ok((None, false)),
            Some(_) => Err(s3_error!(
                InvalidRequest,
                "The x-amz-checksum-type header can only be used with the \
                 x-amz-checksum-algorithm header."
            )),
        };
    };
    let algorithm = Algorithm::from_name(name).ok_or_else(|| {
        s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported: {name}")
    })?;
    let is_full_object = match kind {
        None => algorithm == Algorithm::Crc64Nvme,
        Some(kind) => kind == ChecksumType::FULL_OBJECT,
    };
    let possible =
        if is_full_object { algorithm.combines() } else { algorithm != Algorithm::Crc64Nvme };
    if !possible {
        let kind = type_name(is_full_object);
        return Err(s3_error!(
            InvalidRequest,
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            kind.as_str(),
            algorithm.name()
        ));
    }
    Ok((Some(algorithm), is_full_object))
}

fn algorithm_name(algorithm: Algorithm) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from(algorithm.name().to_ascii_uppercase())
}

fn type_name(is_full_object: bool) -> ChecksumType {
    ChecksumType::from_static(if is_full_object {
        ChecksumType::FULL_OBJECT
    } else {
        ChecksumType::COMPOSITE
    })
}

/// A part number S3 takes.
pub(super) fn part_number(number: i32) -> S3Result<u32> {
    u32::try_from(number).ok().filter(|number| (1..=PART_NUMBER_MAX).contains(number)).ok_or_else(
        || {
            s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive"
            )
        },
    )
}

pub(super) async fn upload_part(
    endpoint: &Endpoint,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let S3Request { input, headers, trailing_headers, .. } = request;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let number = part_number(input.part_number)?;
    let mut expected = Expected::new(&headers, input.content_length, trailing_headers)?;
    let (bucket, key, id) = (input.bucket, input.key, input.upload_id);
    let upload = {
        let (bucket, key, id) = (bucket.clone(), key.clone(), id.clone());
        blocking(&endpoint.store, move |store| store.upload(&bucket, &key, &id)).await?
    };
    expected.claims.want(upload.checksum_algorithm.as_deref().and_then(Algorithm::from_name));
    let received = receive(&endpoint.store, input.body, expected).await?;
    let part = PartMeta {
        number,
        size: received.size,
        etag: received.etag,
        checksums: received.checksums,
        ..PartMeta::default()
    };
    let mut output = UploadPartOutput { e_tag: Some(etag(&part.etag)), ..Default::default() };
    set_checksums!(output, part.checksums);
    let temp = received.temp;
    blocking(&endpoint.store, move |store| store.put_part(&bucket, &key, &id, temp, part)).await?;
    Ok(S3Response::with_headers(output, attributes::of_write(&upload.meta)))
}

pub(super) async fn complete(
    endpoint: &Endpoint,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let S3Request { input, headers, .. } = request;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let chosen = chosen_parts(input.multipart_upload.and_then(|upload| upload.parts))?;
    let claims = Claimed {
        size: input.mpu_object_size.and_then(|size| u64::try_from(size).ok()),
        checksums: claimed_checksums(&headers),
    };
    let condition = conditions::of_write(input.if_match.as_ref(), input.if_none_match.as_ref());
    let (bucket, key, id) = (input.bucket.clone(), input.key.clone(), input.upload_id);
    let completed = blocking(&endpoint.store, move |store| {
        let (upload, parts) = match store.choose_parts(&bucket, &key, &id, &chosen) {
            // Completed before, and the client did not get the answer.
            Err(Error::NoSuchUpload) => {
                let object = store.open(&bucket, &key).map_err(|_| Error::NoSuchUpload)?;
                if object.meta.upload_id.as_ref() != Some(&id) {
                    return Err(Error::NoSuchUpload);
                }
                return Ok(Ok(object.meta));
            }
            chosen => chosen?,
        };
        let meta = object_of_parts(upload, parts, &id);
        if let Err(error) = claims.check(&meta) {
            return Ok(Err(error));
        }
        store.complete_upload(&bucket, &id, meta.clone(), &condition)?;
        Ok(Ok(meta))
    });
    let meta = completed.await??;
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let encoder = Encoder::new(Some(&s3s::dto::EncodingType::from_static("url")))?;
    let location = format!("http://{host}/{}/{}", input.bucket, encoder.encode(&input.key));
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        location: Some(location),
        e_tag: Some(etag(&meta.etag)),
        checksum_type: checksum_type(&meta),
        ..Default::default()
    };
    set_checksums!(output, meta.checksums);
    Ok(S3Response::with_headers(output, attributes::of_write(&meta)))
}

fn chosen_parts(parts: Option<Vec<CompletedPart>>) -> S3Result<Vec<ChosenPart>> {
    let parts = parts.filter(|parts| !parts.is_empty()).ok_or_else(|| {
        S3Error::with_message(
            S3ErrorCode::MalformedXML,
            "The request must name at least one part of the upload",
        )
    })?;
    let mut chosen = Vec::with_capacity(parts.len());
    for part in parts {
        let claimed = [
            ("crc32", part.checksum_crc32),
            ("crc32c", part.checksum_crc32c),
            ("crc64nvme", part.checksum_crc64nvme),
            ("sha1", part.checksum_sha1),
            ("sha256", part.checksum_sha256),
        ];
        let claimed = claimed.into_iter();
        chosen.push(ChosenPart {
            number: part_number(part.part_number.unwrap_or(0))?,
            etag: part.e_tag.map(s3s::dto::ETag::into_value),
            checksums: claimed.filter_map(|(name, it)| Some((name.to_owned(), it?))).collect(),
        });
    }
    Ok(chosen)
}

fn claimed_checksums(headers: &http::HeaderMap) -> Checksums {
    let named = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-checksum-")?;
        Algorithm::from_name(name)?;
        Some((name.to_owned(), value.to_str().ok()?.to_owned()))
    });
    named.collect()
}

/// What a client says the completed object is.
struct Claimed {
    size: Option<u64>,
    checksums: Checksums,
}

impl Claimed {
    fn check(&self, meta: &ObjectMeta) -> S3Result<()> {
        let size: u64 = meta.parts.iter().map(|part| part.size).sum();
        if self.size.is_some_and(|claimed| claimed != size) {
            return Err(s3_error!(
                InvalidRequest,
                "The provided 'x-amz-mp-object-size' header value does not match what was \
                 computed: {size}"
            ));
        }
        for (name, claimed) in &self.checksums {
            let without_count = |value: &str| value.split('-').next().map(str::to_owned);
            let computed = meta.checksums.get(name).and_then(|value| without_count(value));
            if computed != without_count(claimed) {
                return Err(s3_error!(
                    BadDigest,
                    "The {} you specified did not match the calculated checksum.",
                    name.to_ascii_lowercase()
                ));
            }
        }
        Ok(())
    }
}

fn object_of_parts(upload: Upload, parts: Vec<PartMeta>, id: &str) -> ObjectMeta {
    let mut md5 = Md5::new();
    for part in &parts {
        md5.update(digest_bytes(&part.etag));
    }
    let mut meta = upload.meta;
    meta.etag = format!("{}-{}", hex(&md5.finalize()), parts.len());
    meta.upload_id = Some(id.to_owned());
    meta.checksum_is_composite = !upload.checksum_is_full_object;
    if let Some(algorithm) = upload.checksum_algorithm.as_deref().and_then(Algorithm::from_name) {
        let value = checksum::of_parts(algorithm, &parts, meta.checksum_is_composite);
        meta.checksums.extend(value.map(|value| (algorithm.name().to_owned(), value)));
    }
    meta.checksum_is_composite &= !meta.checksums.is_empty();
    meta.parts = parts;
    meta
}

/// The bytes of a hexadecimal MD5 of ours.
fn digest_bytes(etag: &str) -> Vec<u8> {
    (0..etag.len() / 2)
        .filter_map(|index| u8::from_str_radix(etag.get(2 * index..2 * index + 2)?, 16).ok())
        .collect()
}

pub(super) async fn abort(
    endpoint: &Endpoint,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let (bucket, key, id) = (input.bucket, input.key, input.upload_id);
    blocking(&endpoint.store, move |store| store.abort_upload(&bucket, &key, &id)).await?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

pub(super) async fn list_parts(
    endpoint: &Endpoint,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let max = page_size(input.max_parts)?;
    let marker = input.part_number_marker.unwrap_or(0);
    let (bucket, key, id) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
    let listed = blocking(&endpoint.store, move |store| store.parts(&bucket, &key, &id));
    let (upload, all) = listed.await?;
    let mut rest = all.into_iter().filter(|part| i64::from(part.number) > i64::from(marker));
    let parts: Vec<Part> =
        rest.by_ref().take(usize::try_from(max).unwrap_or(0)).map(listed_part).collect();
    let algorithm = upload.checksum_algorithm.as_deref().and_then(Algorithm::from_name);
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_algorithm: algorithm.map(algorithm_name),
        checksum_type: algorithm.map(|_| type_name(upload.checksum_is_full_object)),
        initiator: Some(initiator()),
        owner: Some(owner()),
        is_truncated: Some(rest.next().is_some()),
        max_parts: Some(max),
        part_number_marker: Some(marker),
        next_part_number_marker: parts.last().and_then(|part| part.part_number).or(Some(0)),
        parts: Some(parts),
        storage_class: Some(storage_class(&upload)),
        ..Default::default()
    }))
}

fn listed_part(part: PartMeta) -> Part {
    let mut listed = Part {
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(time_of(part.modified_ms)),
        part_number: i32::try_from(part.number).ok(),
        size: i64::try_from(part.size).ok(),
        ..Default::default()
    };
    set_checksums!(listed, part.checksums);
    listed
}

pub(super) async fn list_uploads(
    endpoint: &Endpoint,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let max = page_size(input.max_uploads)?;
    let encoder = Encoder::new(input.encoding_type.as_ref())?;
    let bucket = input.bucket.clone();
    let all = blocking(&endpoint.store, move |store| store.uploads(&bucket)).await?;
    let query = ListQuery {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
        after: input.key_marker.clone().filter(|marker| !marker.is_empty()),
        max: usize::try_from(max).unwrap_or(0),
    };
    let id_marker = input.upload_id_marker.clone().filter(|marker| !marker.is_empty());
    let page = page_of_uploads(all, &query, id_marker.as_deref(), &encoder);
    Ok(S3Response::new(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        common_prefixes: Some(page.prefixes),
        delimiter: input.delimiter.as_deref().map(|text| encoder.encode(text)),
        encoding_type: input.encoding_type,
        is_truncated: Some(page.truncated),
        key_marker: input.key_marker.as_deref().map(|text| encoder.encode(text)),
        max_uploads: Some(max),
        next_key_marker: page.last.as_ref().map(|(key, _)| encoder.encode(key)),
        next_upload_id_marker: page.last.and_then(|(_, id)| id),
        prefix: input.prefix.as_deref().map(|text| encoder.encode(text)),
        request_charged: None,
        upload_id_marker: input.upload_id_marker,
        uploads: Some(page.uploads),
    }))
}

#[derive(Default)]
struct UploadsPage {
    uploads: Vec<MultipartUpload>,
    prefixes: Vec<CommonPrefix>,
    truncated: bool,
    /// Key or prefix, and upload id, of the last entry of a page that is not the last.
    last: Option<(String, Option<String>)>,
}

fn page_of_uploads(
    all: Vec<UploadSummary>,
    query: &ListQuery,
    id_marker: Option<&str>,
    encoder: &Encoder,
) -> UploadsPage {
    let mut page = UploadsPage::default();
    let mut last: Option<(String, Option<String>)> = None;
    for UploadSummary { id, upload } in all {
        let key = &upload.key;
        let is_after = match (query.after.as_deref(), id_marker) {
            (None, _) => true,
            (Some(after), None) => key.as_str() > after,
            (Some(after), Some(marker)) => (key.as_str(), id.as_str()) > (after, marker),
        };
        if !key.starts_with(&query.prefix) || !is_after {
            continue;
        }
        let rolled_up = query.roll_up(key).map(str::to_owned);
        if let Some(prefix) = &rolled_up {
            let listed = last.as_ref().is_some_and(|(last, _)| last == prefix);
            if listed || query.after.as_ref().is_some_and(|after| prefix <= after) {
                continue;
            }
        }
        if page.uploads.len() + page.prefixes.len() == query.max {
            page.truncated = true;
            page.last = last;
            break;
        }
        if let Some(prefix) = rolled_up {
            page.prefixes.push(CommonPrefix { prefix: Some(encoder.encode(&prefix)) });
            last = Some((prefix, None));
        } else {
            last = Some((upload.key.clone(), Some(id.clone())));
            page.uploads.push(listed_upload(id, &upload, encoder));
        }
    }
    page
}

fn listed_upload(id: String, upload: &Upload, encoder: &Encoder) -> MultipartUpload {
    let algorithm = upload.checksum_algorithm.as_deref().and_then(Algorithm::from_name);
    MultipartUpload {
        checksum_algorithm: algorithm.map(algorithm_name),
        checksum_type: algorithm.map(|_| type_name(upload.checksum_is_full_object)),
        initiated: Some(time_of(upload.initiated_ms)),
        initiator: Some(initiator()),
        key: Some(encoder.encode(&upload.key)),
        owner: Some(owner()),
        storage_class: Some(storage_class(upload)),
        upload_id: Some(id),
    }
}

fn storage_class(upload: &Upload) -> StorageClass {
    StorageClass::from(attributes::storage_class(&upload.meta).to_owned())
}

fn initiator() -> Initiator {
    Initiator { display_name: Some(OWNER.to_owned()), id: Some(OWNER.to_owned()) }
}

fn time_of(milliseconds: u64) -> Timestamp {
    Timestamp::from(UNIX_EPOCH + Duration::from_millis(milliseconds / 1000 * 1000))
}
