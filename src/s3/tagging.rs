//! Object tags, ACLs as they were given, and `GetObjectAttributes`.

use s3s::dto::{
    Checksum, DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectAttributesInput,
    GetObjectAttributesOutput, GetObjectAttributesParts, GetObjectTaggingInput,
    GetObjectTaggingOutput, ObjectPart, PutObjectTaggingInput, PutObjectTaggingOutput,
    StorageClass, Tag, Timestamp,
};
use s3s::{S3Request, S3Response, S3Result};

use super::attributes;
use super::conditions::{etag, whole_seconds};
use super::endpoint::{Endpoint, check_version};
use super::errors::blocking;
use super::list::page_size;
use super::objects::{checksum, checksum_type};
use super::store::{ObjectMeta, PartMeta};

pub(super) async fn get(
    endpoint: &Endpoint,
    request: S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    check_version(input.version_id.as_deref())?;
    let (bucket, key) = (input.bucket, input.key);
    let object = blocking(&endpoint.store, move |store| store.open(&bucket, &key)).await?;
    let tags = object.meta.tags.into_iter();
    let tag_set = tags.map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect();
    Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: None }))
}

pub(super) async fn put(
    endpoint: &Endpoint,
    request: S3Request<PutObjectTaggingInput>,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    check_version(input.version_id.as_deref())?;
    let given = input.tagging.tag_set.into_iter();
    let tags: Vec<(String, String)> =
        given.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect();
    attributes::check_tags(&tags)?;
    let (bucket, key) = (input.bucket, input.key);
    let change = move |meta: &mut ObjectMeta| meta.tags = tags;
    blocking(&endpoint.store, move |store| store.update_meta(&bucket, &key, change)).await?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub(super) async fn delete(
    endpoint: &Endpoint,
    request: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    check_version(input.version_id.as_deref())?;
    let (bucket, key) = (input.bucket, input.key);
    let change = |meta: &mut ObjectMeta| meta.tags.clear();
    blocking(&endpoint.store, move |store| store.update_meta(&bucket, &key, change)).await?;
    Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
}

pub(super) async fn attributes(
    endpoint: &Endpoint,
    request: S3Request<GetObjectAttributesInput>,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    check_version(input.version_id.as_deref())?;
    let max_parts = page_size(input.max_parts)?;
    let (bucket, key) = (input.bucket, input.key);
    let object = blocking(&endpoint.store, move |store| store.open(&bucket, &key)).await?;
    attributes::check_customer_key(&object.meta, input.sse_customer_key_md5.as_deref())?;
    let meta = &object.meta;
    // Clients send them one by one or in one header, with commas.
    let asked = input.object_attributes.iter().flat_map(|names| names.as_str().split(','));
    let asked: Vec<&str> = asked.map(str::trim).collect();
    let asks = |name: &str| asked.contains(&name);
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(Timestamp::from(whole_seconds(object.modified))),
        ..Default::default()
    };
    if asks("ETag") {
        output.e_tag = Some(etag(&meta.etag));
    }
    if asks("ObjectSize") {
        output.object_size = i64::try_from(object.size).ok();
    }
    if asks("StorageClass") {
        let class = attributes::storage_class(meta).to_owned();
        output.storage_class = Some(StorageClass::from(class));
    }
    if asks("Checksum") && !meta.checksums.is_empty() {
        let mut checksums = Checksum { checksum_type: checksum_type(meta), ..Default::default() };
        set_checksums!(checksums, meta.checksums);
        output.checksum = Some(checksums);
    }
    if asks("ObjectParts") && !meta.parts.is_empty() {
        let marker = input.part_number_marker.unwrap_or(0);
        output.object_parts = Some(parts(&meta.parts, marker, max_parts));
    }
    Ok(S3Response::new(output))
}

fn parts(all: &[PartMeta], marker: i32, max: i32) -> GetObjectAttributesParts {
    let mut rest = all.iter().filter(|part| i64::from(part.number) > i64::from(marker));
    let listed: Vec<ObjectPart> = rest
        .by_ref()
        .take(usize::try_from(max).unwrap_or(0))
        .map(|part| {
            let mut listed = ObjectPart {
                part_number: i32::try_from(part.number).ok(),
                size: i64::try_from(part.size).ok(),
                ..Default::default()
            };
            set_checksums!(listed, part.checksums);
            listed
        })
        .collect();
    GetObjectAttributesParts {
        is_truncated: Some(rest.next().is_some()),
        max_parts: Some(max),
        next_part_number_marker: listed.last().and_then(|part| part.part_number),
        part_number_marker: Some(marker),
        // S3 lists the parts only if they have checksums.
        parts: all.iter().any(|part| !part.checksums.is_empty()).then_some(listed),
        total_parts_count: i32::try_from(all.len()).ok(),
    }
}
