//! The operations that are built; every other one answers `NotImplemented` by its name.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::store::Store;
use super::{buckets, configuration, copy, defaults, list, multipart, objects, tagging, versions};

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

        /// The operations of [`Endpoint`], as its methods are called.
        const BUILT: &[&str] = &[$(stringify!($name)),*];
    };
}

/// Whether an operation is built, by S3's name for it.
pub(super) fn is_built(operation: &str) -> bool {
    let mut name = String::with_capacity(operation.len() + 8);
    for letter in operation.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    BUILT.contains(&name.as_str())
}

operations! {
    create_bucket: CreateBucketInput => CreateBucketOutput = buckets::create;
    head_bucket: HeadBucketInput => HeadBucketOutput = buckets::head;
    delete_bucket: DeleteBucketInput => DeleteBucketOutput = buckets::delete;
    list_buckets: ListBucketsInput => ListBucketsOutput = buckets::list;
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput = buckets::location;
    get_bucket_policy: GetBucketPolicyInput => GetBucketPolicyOutput
        = configuration::get_policy;
    put_bucket_policy: PutBucketPolicyInput => PutBucketPolicyOutput
        = configuration::put_policy;
    delete_bucket_policy: DeleteBucketPolicyInput => DeleteBucketPolicyOutput
        = configuration::delete_policy;
    get_bucket_policy_status: GetBucketPolicyStatusInput => GetBucketPolicyStatusOutput
        = configuration::policy_status;
    get_bucket_cors: GetBucketCorsInput => GetBucketCorsOutput = configuration::get_cors;
    put_bucket_cors: PutBucketCorsInput => PutBucketCorsOutput = configuration::put_cors;
    delete_bucket_cors: DeleteBucketCorsInput => DeleteBucketCorsOutput
        = configuration::delete_cors;
    get_bucket_tagging: GetBucketTaggingInput => GetBucketTaggingOutput = configuration::get_tags;
    put_bucket_tagging: PutBucketTaggingInput => PutBucketTaggingOutput = configuration::put_tags;
    delete_bucket_tagging: DeleteBucketTaggingInput => DeleteBucketTaggingOutput
        = configuration::delete_tags;
    get_public_access_block: GetPublicAccessBlockInput => GetPublicAccessBlockOutput
        = configuration::get_access_block;
    put_public_access_block: PutPublicAccessBlockInput => PutPublicAccessBlockOutput
        = configuration::put_access_block;
    delete_public_access_block: DeletePublicAccessBlockInput => DeletePublicAccessBlockOutput
        = configuration::delete_access_block;
    get_bucket_ownership_controls: GetBucketOwnershipControlsInput
        => GetBucketOwnershipControlsOutput = configuration::get_ownership;
    put_bucket_ownership_controls: PutBucketOwnershipControlsInput
        => PutBucketOwnershipControlsOutput = configuration::put_ownership;
    delete_bucket_ownership_controls: DeleteBucketOwnershipControlsInput
        => DeleteBucketOwnershipControlsOutput = configuration::delete_ownership;
    get_bucket_accelerate_configuration: GetBucketAccelerateConfigurationInput
        => GetBucketAccelerateConfigurationOutput = defaults::accelerate;
    get_bucket_acl: GetBucketAclInput => GetBucketAclOutput = defaults::bucket_acl;
    put_bucket_acl: PutBucketAclInput => PutBucketAclOutput = defaults::put_bucket_acl;
    get_object_acl: GetObjectAclInput => GetObjectAclOutput = defaults::object_acl;
    put_object_acl: PutObjectAclInput => PutObjectAclOutput = defaults::put_object_acl;
    get_bucket_encryption: GetBucketEncryptionInput => GetBucketEncryptionOutput
        = defaults::encryption;
    delete_bucket_encryption: DeleteBucketEncryptionInput => DeleteBucketEncryptionOutput
        = defaults::delete_encryption;
    get_bucket_lifecycle_configuration: GetBucketLifecycleConfigurationInput
        => GetBucketLifecycleConfigurationOutput = defaults::lifecycle;
    delete_bucket_lifecycle: DeleteBucketLifecycleInput => DeleteBucketLifecycleOutput
        = defaults::delete_lifecycle;
    get_bucket_logging: GetBucketLoggingInput => GetBucketLoggingOutput = defaults::logging;
    get_bucket_notification_configuration: GetBucketNotificationConfigurationInput
        => GetBucketNotificationConfigurationOutput = defaults::notifications;
    get_bucket_replication: GetBucketReplicationInput => GetBucketReplicationOutput
        = defaults::replication;
    delete_bucket_replication: DeleteBucketReplicationInput => DeleteBucketReplicationOutput
        = defaults::delete_replication;
    get_bucket_request_payment: GetBucketRequestPaymentInput => GetBucketRequestPaymentOutput
        = defaults::request_payment;
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput
        = defaults::versioning;
    get_bucket_website: GetBucketWebsiteInput => GetBucketWebsiteOutput = defaults::website;
    delete_bucket_website: DeleteBucketWebsiteInput => DeleteBucketWebsiteOutput
        = defaults::delete_website;
    get_object_lock_configuration: GetObjectLockConfigurationInput
        => GetObjectLockConfigurationOutput = defaults::object_lock;
    list_bucket_analytics_configurations: ListBucketAnalyticsConfigurationsInput
        => ListBucketAnalyticsConfigurationsOutput = defaults::analytics;
    list_bucket_intelligent_tiering_configurations:
        ListBucketIntelligentTieringConfigurationsInput
        => ListBucketIntelligentTieringConfigurationsOutput = defaults::tiering;
    list_bucket_inventory_configurations: ListBucketInventoryConfigurationsInput
        => ListBucketInventoryConfigurationsOutput = defaults::inventories;
    list_bucket_metrics_configurations: ListBucketMetricsConfigurationsInput
        => ListBucketMetricsConfigurationsOutput = defaults::metrics;
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
    list_object_versions: ListObjectVersionsInput => ListObjectVersionsOutput = versions::list;
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
