//! What is set on a bucket as a whole and takes effect: policy, CORS rules, tags, the block of
//! public access, ownership.

use std::sync::Arc;

use http::StatusCode;
use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::attributes::check_tag_names;
use super::cors;
use super::endpoint::Endpoint;
use super::errors::{blocking, custom};
use super::policy::Policy;
use super::store::{BucketSettings, PublicAccessBlock};

/// Tags of one bucket, as in S3.
const TAGS_MAX: usize = 50;

/// Without ACLs: S3's default for a new bucket.
const OWNER_ENFORCED: &str = "BucketOwnerEnforced";

impl Endpoint {
    /// The settings of a bucket.
    pub(super) async fn settings(
        &self,
        bucket: &str,
        owner: Option<&str>,
    ) -> S3Result<Arc<BucketSettings>> {
        self.check_owner(owner)?;
        let bucket = bucket.to_owned();
        blocking(&self.store, move |store| store.settings(&bucket)).await
    }

    async fn change(
        &self,
        bucket: String,
        owner: Option<&str>,
        change: impl FnOnce(&mut BucketSettings) + Send + 'static,
    ) -> S3Result<()> {
        self.check_owner(owner)?;
        blocking(&self.store, move |store| store.change_settings(&bucket, change)).await
    }
}

/// S3's answer to a request for something that was never set.
fn not_set(code: &'static str, message: &str) -> S3Error {
    custom(code, StatusCode::NOT_FOUND, message)
}

pub(super) async fn get_policy(
    endpoint: &Endpoint,
    request: S3Request<GetBucketPolicyInput>,
) -> S3Result<S3Response<GetBucketPolicyOutput>> {
    let input = request.input;
    let settings = endpoint.settings(&input.bucket, input.expected_bucket_owner.as_deref()).await?;
    let policy = settings.policy.clone();
    if policy.is_none() {
        return Err(not_set("NoSuchBucketPolicy", "The bucket policy does not exist"));
    }
    let mut response = S3Response::new(GetBucketPolicyOutput { policy });
    super::attributes::insert(&mut response.headers, "content-type", "application/json");
    Ok(response)
}

pub(super) async fn put_policy(
    endpoint: &Endpoint,
    request: S3Request<PutBucketPolicyInput>,
) -> S3Result<S3Response<PutBucketPolicyOutput>> {
    let input = request.input;
    let owner = input.expected_bucket_owner.as_deref();
    let settings = endpoint.settings(&input.bucket, owner).await?;
    let policy = Policy::of_bucket(&input.policy, &input.bucket)
        .map_err(|error| s3_error!(MalformedPolicy, "{error}"))?;
    let blocks = settings.public_access_block.is_some_and(|block| block.block_policy);
    if blocks && policy.is_public() {
        return Err(s3_error!(
            AccessDenied,
            "The policy makes the bucket public, and public policies are blocked by the \
             BlockPublicPolicy setting in S3 Block Public Access."
        ));
    }
    let text = input.policy;
    endpoint.change(input.bucket, owner, |settings| settings.policy = Some(text)).await?;
    Ok(S3Response::new(PutBucketPolicyOutput::default()))
}

pub(super) async fn delete_policy(
    endpoint: &Endpoint,
    request: S3Request<DeleteBucketPolicyInput>,
) -> S3Result<S3Response<DeleteBucketPolicyOutput>> {
    let input = request.input;
    let owner = input.expected_bucket_owner.as_deref();
    endpoint.change(input.bucket, owner, |settings| settings.policy = None).await?;
    Ok(S3Response::new(DeleteBucketPolicyOutput::default()))
}

pub(super) async fn policy_status(
    endpoint: &Endpoint,
    request: S3Request<GetBucketPolicyStatusInput>,
) -> S3Result<S3Response<GetBucketPolicyStatusOutput>> {
    let input = request.input;
    let settings = endpoint.settings(&input.bucket, input.expected_bucket_owner.as_deref()).await?;
    let Some(text) = &settings.policy else {
        return Err(not_set("NoSuchBucketPolicy", "The bucket policy does not exist"));
    };
    let is_public = Policy::of_bucket(text, &input.bucket).is_ok_and(|policy| policy.is_public());
    let policy_status = Some(PolicyStatus { is_public: Some(is_public) });
    Ok(S3Response::new(GetBucketPolicyStatusOutput { policy_status }))
}

pub(super) async fn get_cors(
    endpoint: &Endpoint,
    request: S3Request<GetBucketCorsInput>,
) -> S3Result<S3Response<GetBucketCorsOutput>> {
    let input = request.input;
    let settings = endpoint.settings(&input.bucket, input.expected_bucket_owner.as_deref()).await?;
    if settings.cors.is_empty() {
        return Err(not_set("NoSuchCORSConfiguration", "The CORS configuration does not exist"));
    }
    let cors_rules = Some(settings.cors.iter().map(cors::rule_as_given).collect());
    Ok(S3Response::new(GetBucketCorsOutput { cors_rules }))
}

pub(super) async fn put_cors(
    endpoint: &Endpoint,
    request: S3Request<PutBucketCorsInput>,
) -> S3Result<S3Response<PutBucketCorsOutput>> {
    let input = request.input;
    let rules = cors::check_rules(input.cors_configuration.cors_rules)?;
    let owner = input.expected_bucket_owner.as_deref();
    endpoint.change(input.bucket, owner, |settings| settings.cors = rules).await?;
    Ok(S3Response::new(PutBucketCorsOutput::default()))
}

pub(super) async fn delete_cors(
    endpoint: &Endpoint,
    request: S3Request<DeleteBucketCorsInput>,
) -> S3Result<S3Response<DeleteBucketCorsOutput>> {
    let input = request.input;
    let owner = input.expected_bucket_owner.as_deref();
    endpoint.change(input.bucket, owner, |settings| settings.cors.clear()).await?;
    Ok(S3Response::new(DeleteBucketCorsOutput::default()))
}

pub(super) async fn get_tags(
    endpoint: &Endpoint,
    request: S3Request<GetBucketTaggingInput>,
) -> S3Result<S3Response<GetBucketTaggingOutput>> {
    let input = request.input;
    let settings = endpoint.settings(&input.bucket, input.expected_bucket_owner.as_deref()).await?;
    if settings.tags.is_empty() {
        return Err(not_set("NoSuchTagSet", "The TagSet does not exist"));
    }
    let tags = settings.tags.iter().cloned();
    let tag_set = tags.map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect();
    Ok(S3Response::new(GetBucketTaggingOutput { tag_set }))
}

pub(super) async fn put_tags(
    endpoint: &Endpoint,
    request: S3Request<PutBucketTaggingInput>,
) -> S3Result<S3Response<PutBucketTaggingOutput>> {
    let input = request.input;
    let given = input.tagging.tag_set.into_iter();
    let tags: Vec<(String, String)> =
        given.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect();
    if tags.len() > TAGS_MAX {
        let message = "Bucket tag count cannot be greater than 50";
        return Err(custom("BadRequest", StatusCode::BAD_REQUEST, message));
    }
    check_tag_names(&tags)?;
    let owner = input.expected_bucket_owner.as_deref();
    endpoint.change(input.bucket, owner, |settings| settings.tags = tags).await?;
    Ok(S3Response::new(PutBucketTaggingOutput::default()))
}

pub(super) async fn delete_tags(
    endpoint: &Endpoint,
    request: S3Request<DeleteBucketTaggingInput>,
) -> S3Result<S3Response<DeleteBucketTaggingOutput>> {
    let input = request.input;
    let owner = input.expected_bucket_owner.as_deref();
    endpoint.change(input.bucket, owner, |settings| settings.tags.clear()).await?;
    Ok(S3Response::new(DeleteBucketTaggingOutput::default()))
}

pub(super) async fn get_access_block(
    endpoint: &Endpoint,
    request: S3Request<GetPublicAccessBlockInput>,
) -> S3Result<S3Response<GetPublicAccessBlockOutput>> {
    let input = request.input;
    let settings = endpoint.settings(&input.bucket, input.expected_bucket_owner.as_deref()).await?;
    let Some(block) = settings.public_access_block else {
        return Err(not_set(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ));
    };
    let configuration = PublicAccessBlockConfiguration {
        block_public_acls: Some(block.block_acls),
        ignore_public_acls: Some(block.ignore_acls),
        block_public_policy: Some(block.block_policy),
        restrict_public_buckets: Some(block.restrict_buckets),
    };
    let public_access_block_configuration = Some(configuration);
    Ok(S3Response::new(GetPublicAccessBlockOutput { public_access_block_configuration }))
}

pub(super) async fn put_access_block(
    endpoint: &Endpoint,
    request: S3Request<PutPublicAccessBlockInput>,
) -> S3Result<S3Response<PutPublicAccessBlockOutput>> {
    let input = request.input;
    let given = input.public_access_block_configuration;
    let block = PublicAccessBlock {
        block_acls: given.block_public_acls.unwrap_or(false),
        ignore_acls: given.ignore_public_acls.unwrap_or(false),
        block_policy: given.block_public_policy.unwrap_or(false),
        restrict_buckets: given.restrict_public_buckets.unwrap_or(false),
    };
    let owner = input.expected_bucket_owner.as_deref();
    let change = move |settings: &mut BucketSettings| settings.public_access_block = Some(block);
    endpoint.change(input.bucket, owner, change).await?;
    Ok(S3Response::new(PutPublicAccessBlockOutput::default()))
}

pub(super) async fn delete_access_block(
    endpoint: &Endpoint,
    request: S3Request<DeletePublicAccessBlockInput>,
) -> S3Result<S3Response<DeletePublicAccessBlockOutput>> {
    let input = request.input;
    let owner = input.expected_bucket_owner.as_deref();
    let change = |settings: &mut BucketSettings| settings.public_access_block = None;
    endpoint.change(input.bucket, owner, change).await?;
    Ok(S3Response::new(DeletePublicAccessBlockOutput::default()))
}

pub(super) async fn get_ownership(
    endpoint: &Endpoint,
    request: S3Request<GetBucketOwnershipControlsInput>,
) -> S3Result<S3Response<GetBucketOwnershipControlsOutput>> {
    let input = request.input;
    let settings = endpoint.settings(&input.bucket, input.expected_bucket_owner.as_deref()).await?;
    let Some(ownership) = settings.ownership.clone() else {
        return Err(not_set(
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        ));
    };
    let object_ownership = ObjectOwnership::from(ownership);
    let rules = vec![OwnershipControlsRule { object_ownership }];
    let ownership_controls = Some(OwnershipControls { rules });
    Ok(S3Response::new(GetBucketOwnershipControlsOutput { ownership_controls }))
}

pub(super) async fn put_ownership(
    endpoint: &Endpoint,
    request: S3Request<PutBucketOwnershipControlsInput>,
) -> S3Result<S3Response<PutBucketOwnershipControlsOutput>> {
    let input = request.input;
    let rules = input.ownership_controls.rules;
    let known = [OWNER_ENFORCED, "BucketOwnerPreferred", "ObjectWriter"];
    let ownership = match rules.as_slice() {
        [rule] if known.contains(&rule.object_ownership.as_str()) => {
            rule.object_ownership.as_str().to_owned()
        }
        _ => return Err(s3_error!(MalformedXML, "There must be one rule of a known ownership")),
    };
    let owner = input.expected_bucket_owner.as_deref();
    let change = |settings: &mut BucketSettings| settings.ownership = Some(ownership);
    endpoint.change(input.bucket, owner, change).await?;
    Ok(S3Response::new(PutBucketOwnershipControlsOutput::default()))
}

pub(super) async fn delete_ownership(
    endpoint: &Endpoint,
    request: S3Request<DeleteBucketOwnershipControlsInput>,
) -> S3Result<S3Response<DeleteBucketOwnershipControlsOutput>> {
    let input = request.input;
    let owner = input.expected_bucket_owner.as_deref();
    let change = |settings: &mut BucketSettings| settings.ownership = None;
    endpoint.change(input.bucket, owner, change).await?;
    Ok(S3Response::new(DeleteBucketOwnershipControlsOutput::default()))
}
