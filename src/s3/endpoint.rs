//! The operations that are built; every other one answers `NotImplemented` by its name.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::store::Store;
use super::{buckets, copy, list, multipart, objects, tagging};

/// Owner of everything; there are no accounts.
pub(super) const OWNER: &str = "klamm";

/// The account id that `x-amz-expected-bucket-owner` must name, if it names one.
const ACCOUNT: &str = "000000000000";

/// The store behind S3's operations.
pub(super) struct Endpoint {
    pub(super) store: Arc<Store>,
    pub(super) region: Arc<str>,
}

impl Endpoint {
    /// Refuses a request that is meant for somebody else's bucket.
    pub(super) fn check_owner(&self, expected: Option<&str>) -> S3Result<()> {
        match expected {
            Some(expected) if expected != ACCOUNT => Err(s3_error!(
                AccessDenied,
                "Access Denied: the bucket belongs to account {ACCOUNT}, not to {expected}"
            )),
            _ => Ok(()),
        }
    }
}

/// The owner as listings name it.
pub(super) fn owner() -> Owner {
    Owner { display_name: Some(OWNER.to_owned()), id: Some(OWNER.to_owned()) }
}

/// There is one version of an object, and its id is `null`.
pub(super) fn check_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null" | "") => Ok(()),
        Some(_) => Err(s3_error!(NotImplemented, "Versioning is not implemented")),
    }
}

macro_rules! operations {
    ($($name:ident: $input:ty => $output:ty = $handler:path;)*) => {
        #[async_trait::async_trait]
        impl S3 for Endpoint {
            $(
                async fn $name(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    $handler(self, request).await
                }
            )*
        }
    };
}

operations! {
    create_bucket: CreateBucketInput => CreateBucketOutput = buckets::create;
    head_bucket: HeadBucketInput => HeadBucketOutput = buckets::head;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput = buckets::delete;
    list_buckets: ListBucketsInput => ListBucketsOutput = buckets::list;
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput = buckets::location;
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput
        = buckets::versioning;
    put_object: PutObjectInput => PutObjectOutput = objects::put;
    get_object: GetObjectInput => GetObjectOutput = objects::get;
    head_object: HeadObjectInput => HeadObjectOutput = objects::head;
    delete_object: DeleteObjectInput => DeleteObjectOutput = objects::delete;
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput = objects::delete_many;
    copy_object: CopyObjectInput => CopyObjectOutput = copy::object;
    get_object_attributes: GetObjectAttributesInput => GetObjectAttributesOutput
        = tagging::attributes;
    get_object_tagging: GetObjectTaggingInput => GetObjectTaggingOutput = tagging::get;
    put_object_tagging: PutObjectTaggingInput => PutObjectTaggingOutput = tagging::put;
    delete_object_tagging: DeleteObjectTaggingInput => DeleteObjectTaggingOutput
        = tagging::delete;
    list_objects: ListObjectsInput => ListObjectsOutput = list::v1;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output = list::v2;
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput
        = multipart::create;
    upload_part: UploadPartInput => UploadPartOutput = multipart::upload_part;
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput = copy::part;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput
        = multipart::complete;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput
        = multipart::abort;
    list_parts: ListPartsInput => ListPartsOutput = multipart::list_parts;
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput
        = multipart::list_uploads;
}
