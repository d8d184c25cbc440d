//! What S3 answers about features that were never set up on a bucket. Setting them up is
//! refused by name (`unbuilt`); that they are off is the truth and may be asked for.

use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::endpoint::{Endpoint, OWNER, check_version, owner};
use super::errors::{blocking, custom};

/// Handlers that answer the default output of a bucket that exists.
macro_rules! nothing_set {
    ($($name:ident: $input:ty => $output:ty;)*) => {$(
        pub(super) async fn $name(
            endpoint: &Endpoint,
            request: S3Request<$input>,
        ) -> S3Result<S3Response<$output>> {
            endpoint.bucket_of(&request.input.bucket).await?;
            Ok(S3Response::new(<$output>::default()))
        }
    )*};
}

/// Handlers that answer S3's "there is none" for a bucket that exists.
macro_rules! none_set {
    ($($name:ident: $input:ty => $output:ty, $code:literal, $message:literal;)*) => {$(
        pub(super) async fn $name(
            endpoint: &Endpoint,
            request: S3Request<$input>,
        ) -> S3Result<S3Response<$output>> {
            endpoint.bucket_of(&request.input.bucket).await?;
            Err(custom($code, StatusCode::NOT_FOUND, $message))
        }
    )*};
}

nothing_set! {
    accelerate: GetBucketAccelerateConfigurationInput => GetBucketAccelerateConfigurationOutput;
    logging: GetBucketLoggingInput => GetBucketLoggingOutput;
    notifications: GetBucketNotificationConfigurationInput
        => GetBucketNotificationConfigurationOutput;
    analytics: ListBucketAnalyticsConfigurationsInput => ListBucketAnalyticsConfigurationsOutput;
    tiering: ListBucketIntelligentTieringConfigurationsInput
        => ListBucketIntelligentTieringConfigurationsOutput;
    inventories: ListBucketInventoryConfigurationsInput => ListBucketInventoryConfigurationsOutput;
    metrics: ListBucketMetricsConfigurationsInput => ListBucketMetricsConfigurationsOutput;
    // Versioning was never enabled: S3 answers nothing.
    versioning: GetBucketVersioningInput => GetBucketVersioningOutput;
    delete_lifecycle: DeleteBucketLifecycleInput => DeleteBucketLifecycleOutput;
    delete_replication: DeleteBucketReplicationInput => DeleteBucketReplicationOutput;
    delete_website: DeleteBucketWebsiteInput => DeleteBucketWebsiteOutput;
    delete_encryption: DeleteBucketEncryptionInput => DeleteBucketEncryptionOutput;
}

none_set! {
    lifecycle: GetBucketLifecycleConfigurationInput => GetBucketLifecycleConfigurationOutput,
        "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist";
    replication: GetBucketReplicationInput => GetBucketReplicationOutput,
        "ReplicationConfigurationNotFoundError", "The replication configuration was not found";
    website: GetBucketWebsiteInput => GetBucketWebsiteOutput,
        "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration";
    object_lock: GetObjectLockConfigurationInput => GetObjectLockConfigurationOutput,
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket";
}

impl Endpoint {
    async fn bucket_of(&self, bucket: &str) -> S3Result<()> {
        let bucket = bucket.to_owned();
        blocking(&self.store, move |store| store.head_bucket(&bucket)).await
    }
}

pub(super) async fn request_payment(
    endpoint: &Endpoint,
    request: S3Request<GetBucketRequestPaymentInput>,
) -> S3Result<S3Response<GetBucketRequestPaymentOutput>> {
    endpoint.bucket_of(&request.input.bucket).await?;
    let payer = Some(Payer::from_static(Payer::BUCKET_OWNER));
    Ok(S3Response::new(GetBucketRequestPaymentOutput { payer }))
}

/// S3 says this of every bucket since 2023. The bytes on disk are plain.
pub(super) async fn encryption(
    endpoint: &Endpoint,
    request: S3Request<GetBucketEncryptionInput>,
) -> S3Result<S3Response<GetBucketEncryptionOutput>> {
    endpoint.bucket_of(&request.input.bucket).await?;
    let by_default = ServerSideEncryptionByDefault {
        kms_master_key_id: None,
        sse_algorithm: ServerSideEncryption::from_static(ServerSideEncryption::AES256),
    };
    let rules = vec![ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(by_default),
        bucket_key_enabled: Some(false),
    }];
    let configuration = Some(ServerSideEncryptionConfiguration { rules });
    Ok(S3Response::new(GetBucketEncryptionOutput {
        server_side_encryption_configuration: configuration,
    }))
}

fn owners_grants() -> Vec<Grant> {
    let grantee = Grantee {
        display_name: Some(OWNER.to_owned()),
        email_address: None,
        id: Some(OWNER.to_owned()),
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    let permission = Some(Permission::from_static(Permission::FULL_CONTROL));
    vec![Grant { grantee: Some(grantee), permission }]
}

/// Everything is the owner's.
pub(super) async fn bucket_acl(
    endpoint: &Endpoint,
    request: S3Request<GetBucketAclInput>,
) -> S3Result<S3Response<GetBucketAclOutput>> {
    endpoint.bucket_of(&request.input.bucket).await?;
    let grants = Some(owners_grants());
    Ok(S3Response::new(GetBucketAclOutput { grants, owner: Some(owner()) }))
}

pub(super) async fn object_acl(
    endpoint: &Endpoint,
    request: S3Request<GetObjectAclInput>,
) -> S3Result<S3Response<GetObjectAclOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    let (bucket, key) = (input.bucket, input.key);
    blocking(&endpoint.store, move |store| store.open(&bucket, &key)).await?;
    let grants = Some(owners_grants());
    Ok(S3Response::new(GetObjectAclOutput { grants, owner: Some(owner()), request_charged: None }))
}

/// Giving everything to the owner changes nothing; anything else S3 refuses in a bucket
/// whose ACLs are off, which they are in every new bucket.
fn check_acl(acl: Option<&str>, has_more: bool) -> S3Result<()> {
    match acl {
        Some("private" | "bucket-owner-full-control") if !has_more => Ok(()),
        _ => Err(s3_error!(
            AccessControlListNotSupported,
            "The bucket does not allow ACLs. Bucket policies do what ACLs did."
        )),
    }
}

pub(super) async fn put_bucket_acl(
    endpoint: &Endpoint,
    request: S3Request<PutBucketAclInput>,
) -> S3Result<S3Response<PutBucketAclOutput>> {
    let input = request.input;
    endpoint.bucket_of(&input.bucket).await?;
    let has_more = input.access_control_policy.is_some();
    check_acl(input.acl.as_ref().map(BucketCannedACL::as_str), has_more)?;
    Ok(S3Response::new(PutBucketAclOutput::default()))
}

pub(super) async fn put_object_acl(
    endpoint: &Endpoint,
    request: S3Request<PutObjectAclInput>,
) -> S3Result<S3Response<PutObjectAclOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    let (bucket, key) = (input.bucket, input.key);
    blocking(&endpoint.store, move |store| store.open(&bucket, &key)).await?;
    let has_more = input.access_control_policy.is_some();
    check_acl(input.acl.as_ref().map(ObjectCannedACL::as_str), has_more)?;
    Ok(S3Response::new(PutObjectAclOutput::default()))
}
