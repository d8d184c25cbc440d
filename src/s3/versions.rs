//! `ListObjectVersions` of a bucket whose versioning was never enabled: every object has the
//! one version `null`.

use s3s::dto::{
    DeleteMarkerEntry, ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion,
    ObjectVersionStorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use super::endpoint::{Endpoint, owner};
use super::list::{Encoder, page_entries, page_size, read_page, split};
use super::store::ListQuery;

pub(super) async fn list(
    endpoint: &Endpoint,
    request: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let input = request.input;
    endpoint.check_owner(input.expected_bucket_owner.as_deref())?;
    let max = page_size(input.max_keys)?;
    let query = ListQuery {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().filter(|delimiter| !delimiter.is_empty()),
        after: input.key_marker.clone().filter(|marker| !marker.is_empty()),
        max: page_entries(max),
    };
    let encoder = Encoder::new(input.encoding_type.as_ref())?;
    let page = read_page(endpoint, input.bucket.clone(), query).await?;
    let truncated = page.truncated;
    let last = page.entries.last().filter(|_| truncated);
    let next_key_marker = last.map(|entry| encoder.encode(entry.name()));
    let next_version_id_marker = next_key_marker.as_ref().map(|_| "null".to_owned());
    let (contents, common_prefixes) = split(page, &encoder, true);
    let versions = contents.into_iter().map(|object| ObjectVersion {
        checksum_algorithm: object.checksum_algorithm,
        checksum_type: object.checksum_type,
        e_tag: object.e_tag,
        is_latest: Some(true),
        key: object.key,
        last_modified: object.last_modified,
        owner: Some(owner()),
        restore_status: None,
        size: object.size,
        storage_class: object
            .storage_class
            .map(|class| ObjectVersionStorageClass::from(class.as_str().to_owned())),
        version_id: Some("null".to_owned()),
    });
    Ok(S3Response::new(ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: Some(encoder.encode(input.prefix.as_deref().unwrap_or_default())),
        key_marker: Some(encoder.encode(input.key_marker.as_deref().unwrap_or_default())),
        version_id_marker: input.version_id_marker,
        max_keys: Some(max),
        is_truncated: Some(truncated),
        next_key_marker,
        next_version_id_marker,
        versions: Some(versions.collect()),
        delete_markers: Some(Vec::<DeleteMarkerEntry>::new()),
        common_prefixes: Some(common_prefixes),
        delimiter: encoder.encode_given(input.delimiter.as_deref()),
        encoding_type: input.encoding_type,
        request_charged: None,
    }))
}
