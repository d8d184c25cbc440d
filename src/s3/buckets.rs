//! Requests on buckets.

use std::sync::Arc;

use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsInput, ListBucketsOutput, Timestamp,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::endpoint::{Endpoint, owner};
use super::errors::blocking;

const BUCKETS_MAX: usize = 10_000;

pub(super) async fn create(
    endpoint: &Endpoint,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let input = request.input;
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(s3_error!(NotImplemented, "Object lock is not implemented"));
    }
    let bucket = input.bucket;
    let location = format!("/{bucket}");
    blocking(&endpoint.store, move |store| store.create_bucket(&bucket)).await?;
    Ok(S3Response::new(CreateBucketOutput { location: Some(location) }))
}

pub(super) async fn head(
    endpoint: &Endpoint,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let bucket = request.input.bucket;
    blocking(&endpoint.store, move |store| store.head_bucket(&bucket)).await?;
    let bucket_region = Some(endpoint.region.to_string());
    Ok(S3Response::new(HeadBucketOutput { bucket_region, ..Default::default() }))
}

pub(super) async fn delete(
    endpoint: &Endpoint,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let bucket = request.input.bucket;
    blocking(&endpoint.store, move |store| store.delete_bucket(&bucket)).await?;
    Ok(S3Response::new(DeleteBucketOutput::default()))
}

pub(super) async fn list(
    endpoint: &Endpoint,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let input = request.input;
    let region: Arc<str> = Arc::clone(&endpoint.region);
    let prefix = input.prefix.clone().unwrap_or_default();
    let after = input.continuation_token.unwrap_or_default();
    let max = input.max_buckets.map_or(BUCKETS_MAX, |max| usize::try_from(max).unwrap_or(0));
    let elsewhere = input.bucket_region.is_some_and(|wanted| wanted != *region);
    let all = blocking(&endpoint.store, |store| store.buckets()).await?;
    let mut found = all
        .into_iter()
        .filter(|bucket| !elsewhere && bucket.name.starts_with(&prefix) && bucket.name > after)
        .peekable();
    let buckets: Vec<Bucket> = found
        .by_ref()
        .take(max)
        .map(|bucket| Bucket {
            bucket_region: Some(region.to_string()),
            creation_date: Some(Timestamp::from(bucket.created)),
            name: Some(bucket.name),
        })
        .collect();
    let last = buckets.last().and_then(|bucket| bucket.name.clone());
    let continuation_token = last.filter(|_| found.peek().is_some());
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        continuation_token,
        owner: Some(owner()),
        prefix: input.prefix,
    }))
}

pub(super) async fn location(
    endpoint: &Endpoint,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let bucket = request.input.bucket;
    blocking(&endpoint.store, move |store| store.head_bucket(&bucket)).await?;
    // For us-east-1 S3 answers an empty constraint.
    let constraint = Some(endpoint.region.to_string()).filter(|region| region != "us-east-1");
    let location_constraint = constraint.map(BucketLocationConstraint::from);
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
}
