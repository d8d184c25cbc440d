//! Copying an object, or a range of one into a part.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range as Bytes;

use md5::{Digest, Md5};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource,
    MetadataDirective, Range, TaggingDirective, Timestamp, UploadPartCopyInput,
    UploadPartCopyOutput,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::attributes;
use super::checksum::{self, Algorithm};
use super::conditions::{ReadConditions, etag, whole_seconds};
use super::endpoint::{Endpoint, check_version};
use super::errors::blocking;
use super::multipart::part_number;
use super::objects::{checksum, checksum_type};
use super::store::{Checksums, Condition, Error, ObjectMeta, PartMeta, TempFile, hex};

/// S3 copies no larger object, or range, in one request.
const COPY_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

const BUFFER_BYTES: usize = 256 * 1024;

/// Bucket and key of a copy's source.
fn source_of(source: CopySource) -> S3Result<(String, String)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            check_version(version_id.as_deref())?;
            Ok((bucket.into(), key.into()))
        }
        _ => Err(s3_error!(NotImplemented, "Copying from access points is not implemented")),
    }
}

pub(super) async fn object(
    endpoint: &Endpoint,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let S3Request { input, headers, .. } = request;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    endpoint.check_owner(input.expected_source_bucket_owner.as_deref())?;
    let (from_bucket, from_key) = source_of(input.copy_source)?;
    let replaces_metadata =
        input.metadata_directive.is_some_and(|it| it.as_str() == MetadataDirective::REPLACE);
    let replaces_tags =
        input.tagging_directive.is_some_and(|it| it.as_str() == TaggingDirective::REPLACE);
    let given = attributes::read(&headers)?;
    let changes = replaces_metadata || !given.headers.is_empty();
    if from_bucket == input.bucket && from_key == input.key && !changes {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself \
             without changing the object's metadata, storage class, website redirect location \
             or encryption attributes."
        ));
    }
    let algorithm = wanted_algorithm(input.checksum_algorithm.as_ref().map(|it| it.as_str()))?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    let key_md5 = input.copy_source_sse_customer_key_md5;
    let (bucket, key) = (input.bucket, input.key);
    let copied = blocking(&endpoint.store, move |store| {
        let mut source = store.open(&from_bucket, &from_key)?;
        store.head_bucket(&bucket)?;
        let checked = conditions
            .judge_source(&source.meta.etag, source.modified)
            .and_then(|()| attributes::check_customer_key(&source.meta, key_md5.as_deref()))
            .and_then(|()| check_size(source.size));
        if let Err(error) = checked {
            return Ok(Err(error));
        }
        let mut temp = store.temp_file()?;
        let mut meta = attributes::copied(&source.meta, given, replaces_metadata, replaces_tags);
        meta.key.clone_from(&key);
        copy_all(&mut source.file, &mut temp, source.size, &source.meta, &mut meta, algorithm)
            .map_err(|source| Error::Io { action: "copy", path: from_key.into(), source })?;
        let committed = store.commit(&bucket, &key, temp, &meta, &Condition::default())?;
        Ok(Ok((meta, committed)))
    });
    let (meta, committed) = copied.await??;
    let mut result = CopyObjectResult {
        e_tag: Some(etag(&meta.etag)),
        last_modified: Some(Timestamp::from(whole_seconds(committed.modified))),
        checksum_type: checksum_type(&meta),
        ..Default::default()
    };
    set_checksums!(result, meta.checksums);
    let output = CopyObjectOutput { copy_object_result: Some(result), ..Default::default() };
    Ok(S3Response::with_headers(output, attributes::of_write(&meta)))
}

fn wanted_algorithm(name: Option<&str>) -> S3Result<Option<Algorithm>> {
    let Some(name) = name else { return Ok(None) };
    let algorithm = Algorithm::from_name(name);
    algorithm.map(Some).ok_or_else(|| {
        s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported: {name}")
    })
}

fn check_size(size: u64) -> S3Result<()> {
    if size > COPY_BYTES_MAX {
        return Err(s3_error!(
            InvalidRequest,
            "The specified copy source is larger than the maximum allowable size for a copy \
             source: 5368709120"
        ));
    }
    Ok(())
}

/// Leaves the bytes to the kernel if nothing new must be known of them.
fn copy_all(
    source: &mut File,
    temp: &mut TempFile,
    size: u64,
    from: &ObjectMeta,
    to: &mut ObjectMeta,
    algorithm: Option<Algorithm>,
) -> io::Result<()> {
    let has_checksum = !from.checksums.is_empty() && !from.checksum_is_composite;
    let is_md5 = !from.etag.contains('-');
    if is_md5 && algorithm.is_none_or(|it| has_checksum && from.checksums.contains_key(it.name())) {
        io::copy(source, &mut temp.file)?;
        to.etag.clone_from(&from.etag);
        if has_checksum {
            to.checksums.clone_from(&from.checksums);
        }
        return Ok(());
    }
    let kept = from.checksums.keys().find_map(|name| Algorithm::from_name(name));
    let (etag, checksums) = copy_range(source, temp, 0..size, algorithm.or(kept))?;
    (to.etag, to.checksums) = (etag, checksums);
    Ok(())
}

/// Copies and hashes; returns the MD5 in hexadecimal and the checksum.
fn copy_range(
    source: &mut File,
    temp: &mut TempFile,
    bytes: Bytes<u64>,
    algorithm: Option<Algorithm>,
) -> io::Result<(String, Checksums)> {
    source.seek(SeekFrom::Start(bytes.start))?;
    let mut limited = source.take(bytes.end - bytes.start);
    let mut md5 = Md5::new();
    let mut hasher = checksum::hasher(algorithm);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let length = limited.read(&mut buffer)?;
        if length == 0 {
            return Ok((hex(&md5.finalize()), checksum::finish(hasher)));
        }
        md5.update(&buffer[..length]);
        hasher.update(&buffer[..length]);
        temp.file.write_all(&buffer[..length])?;
    }
}

pub(super) async fn part(
    endpoint: &Endpoint,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    endpoint.check_owner(input.expected_source_bucket_owner.as_deref())?;
    let number = part_number(input.part_number)?;
    let (from_bucket, from_key) = source_of(input.copy_source)?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    let key_md5 = input.copy_source_sse_customer_key_md5;
    let range = input.copy_source_range;
    let (bucket, key, id) = (input.bucket, input.key, input.upload_id);
    let copied = blocking(&endpoint.store, move |store| {
        let upload = store.upload(&bucket, &key, &id)?;
        let mut source = store.open(&from_bucket, &from_key)?;
        let checked = conditions
            .judge_source(&source.meta.etag, source.modified)
            .and_then(|()| attributes::check_customer_key(&source.meta, key_md5.as_deref()))
            .and_then(|()| source_range(range.as_deref(), source.size))
            .and_then(|bytes| check_size(bytes.end - bytes.start).map(|()| bytes));
        let bytes = match checked {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error)),
        };
        let size = bytes.end - bytes.start;
        let mut temp = store.temp_file()?;
        let algorithm = upload.checksum_algorithm.as_deref().and_then(Algorithm::from_name);
        let (etag, checksums) = copy_range(&mut source.file, &mut temp, bytes, algorithm)
            .map_err(|source| Error::Io { action: "copy", path: from_key.into(), source })?;
        let part = PartMeta { number, size, etag, checksums, ..PartMeta::default() };
        let modified = store.put_part(&bucket, &key, &id, temp, part.clone())?;
        Ok(Ok((part, modified, upload)))
    });
    let (part, modified, upload) = copied.await??;
    let mut result = CopyPartResult {
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(Timestamp::from(whole_seconds(modified))),
        ..Default::default()
    };
    set_checksums!(result, part.checksums);
    let output = UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() };
    Ok(S3Response::with_headers(output, attributes::of_write(&upload.meta)))
}

/// `x-amz-copy-source-range` names first and last byte, both within the source.
fn source_range(range: Option<&str>, size: u64) -> S3Result<Bytes<u64>> {
    let Some(range) = range else { return Ok(0..size) };
    let invalid = || -> S3Error {
        s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where \
             first and last are the zero-based offsets of the first and last bytes to copy"
        )
    };
    match Range::parse(range).map_err(|_| invalid())? {
        Range::Int { first, last: Some(last) } if last < size => Ok(first..last + 1),
        Range::Int { last: Some(_), .. } => Err(s3_error!(
            InvalidRange,
            "Range specified is not valid for source object of size: {size}"
        )),
        _ => Err(invalid()),
    }
}
