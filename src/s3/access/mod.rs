//! Who is let in, and to what: signature version 4 by one of the known key pairs, then the
//! policies of the user and of the bucket.

mod context;
mod permit;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, StatusCode};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3Result, s3_error};

use super::endpoint::is_built;
use super::errors::{blocking, custom};
use super::policy::{Context, Policy, Scope, needed};
use super::store::{BucketSettings, Error, Store};
use super::users::User;

pub(super) use permit::Permit;

/// The key pairs that are let in.
pub(super) struct Keys {
    owner_access_key: String,
    owner_secret_key: SecretKey,
    users: Vec<Arc<User>>,
}

/// The address a request came from, among its extensions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Who signed the form that a PUT was made of, among its extensions.
#[derive(Debug, Clone)]
pub(super) struct Posted(pub(super) Caller);

/// Whose request it is.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// May do everything that no policy denies.
    Owner,
    /// May do what a policy allows.
    User(Arc<User>),
    /// The request is not signed.
    Anonymous,
}

impl Keys {
    pub(super) fn new(access_key: String, secret_key: String, users: Vec<User>) -> Self {
        let users = users.into_iter().map(Arc::new).collect();
        Self { owner_access_key: access_key, owner_secret_key: SecretKey::from(secret_key), users }
    }

    /// The secret of an access key, and whose it is.
    pub(super) fn find(&self, access_key: &str) -> S3Result<(&SecretKey, Caller)> {
        if access_key == self.owner_access_key {
            return Ok((&self.owner_secret_key, Caller::Owner));
        }
        match self.users.iter().find(|user| user.access_key == access_key) {
            Some(user) => Ok((&user.secret_key, Caller::User(Arc::clone(user)))),
            None => Err(s3_error!(
                InvalidAccessKeyId,
                "The AWS Access Key Id you provided does not exist in our records. klamm prints \
                 its key when it starts; klamm.s3.users names further ones."
            )),
        }
    }

    fn caller(&self, access_key: &str) -> Option<Caller> {
        self.find(access_key).ok().map(|(_, caller)| caller)
    }
}

/// Gives out the secret that belongs to an access key.
pub(super) struct Authentication(pub(super) Arc<Keys>);

#[async_trait::async_trait]
impl S3Auth for Authentication {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0.find(access_key).map(|(secret, _)| secret.clone())
    }
}

type ReadPolicy = (Arc<BucketSettings>, Arc<Policy>);

/// Asks the policies.
pub(super) struct Authorization {
    keys: Arc<Keys>,
    store: Arc<Store>,
    /// The policies of buckets as they were last read, with the settings they were read from.
    policies: Mutex<BTreeMap<String, ReadPolicy>>,
}

impl Authorization {
    pub(super) fn new(keys: Arc<Keys>, store: Arc<Store>) -> Self {
        Self { keys, store, policies: Mutex::default() }
    }

    /// The settings of a bucket; `None` if there is no such bucket.
    async fn settings(&self, bucket: &str) -> S3Result<Option<Arc<BucketSettings>>> {
        if let Some(settings) = self.store.known_settings(bucket) {
            return Ok(Some(settings));
        }
        let bucket = bucket.to_owned();
        blocking(&self.store, move |store| match store.settings(&bucket) {
            Err(Error::NoSuchBucket) => Ok(None),
            settings => settings.map(Some),
        })
        .await
    }

    fn policy(&self, bucket: &str, settings: &Arc<BucketSettings>) -> Option<Arc<Policy>> {
        let text = settings.policy.as_deref()?;
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, policy)) = policies.get(bucket)
            && Arc::ptr_eq(known, settings)
        {
            return Some(Arc::clone(policy));
        }
        // It was checked when it was put.
        let policy = Arc::new(Policy::of_bucket(text, bucket).ok()?);
        policies.insert(bucket.to_owned(), (Arc::clone(settings), Arc::clone(&policy)));
        Some(policy)
    }

    /// What the caller may do in a bucket; `None` if there is no such bucket.
    async fn permit(
        &self,
        caller: &Caller,
        bucket: &str,
        context: &Arc<Context>,
    ) -> S3Result<Option<Permit>> {
        let Some(settings) = self.settings(bucket).await? else { return Ok(None) };
        Ok(Some(Permit {
            caller: caller.clone(),
            bucket: bucket.to_owned(),
            policy: self.policy(bucket, &settings),
            is_restricted: settings.public_access_block.is_some_and(|block| block.restrict_buckets),
            context: Arc::clone(context),
        }))
    }

    /// Adds the tags of the object in place, for policies that look at them.
    async fn with_object_tags(&self, permit: Permit, key: &str) -> S3Result<Permit> {
        if !permit.policy.as_ref().is_some_and(|policy| policy.reads_object_tags()) {
            return Ok(permit);
        }
        let (bucket, key) = (permit.bucket.clone(), key.to_owned());
        let opened = blocking(&self.store, move |store| match store.open(&bucket, &key) {
            Err(Error::NoSuchKey) => Ok(None),
            object => object.map(|object| Some(object.meta.tags)),
        });
        let mut context = Context::clone(&permit.context);
        for (name, value) in opened.await?.unwrap_or_default() {
            context.insert(format!("s3:existingobjecttag/{name}"), vec![value]);
        }
        Ok(Permit { context: Arc::new(context), ..permit })
    }

    /// Copying reads the source.
    async fn check_source(
        &self,
        caller: &Caller,
        headers: &HeaderMap,
        context: &Arc<Context>,
    ) -> S3Result<()> {
        let Some((bucket, key)) = context::copy_source(headers) else { return Ok(()) };
        let Some(permit) = self.permit(caller, &bucket, context).await? else {
            return Err(Error::NoSuchBucket.into());
        };
        let permit = self.with_object_tags(permit, &key).await?;
        permit.check("s3:GetObject", Some(&key))
    }
}

#[async_trait::async_trait]
impl S3Access for Authorization {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        let posted = request.extensions_mut().get::<Posted>().cloned();
        let caller = match (posted, request.credentials()) {
            (Some(Posted(caller)), None) => caller,
            (_, None) => Caller::Anonymous,
            (_, Some(pair)) => self.keys.caller(&pair.access_key).unwrap_or(Caller::Anonymous),
        };
        let operation = request.s3_op().name().to_owned();
        if !is_built(&operation) {
            // Before its body is looked at. A form has become a PUT before.
            return Err(match caller {
                Caller::Anonymous => denied(),
                _ => s3_error!(NotImplemented, "{operation} is not implemented by this endpoint."),
            });
        }
        let context = Arc::new(context::of_request(&caller, request));
        let bucket = request.s3_path().get_bucket_name().unwrap_or_default().to_owned();
        let key = request.s3_path().as_object().map(|(_, key)| key.to_owned());
        let permit = match self.permit(&caller, &bucket, &context).await {
            Ok(Some(permit)) => permit,
            _ if matches!(caller, Caller::Owner) => Permit::of_owner(),
            Ok(None) if bucket.is_empty() || operation == "CreateBucket" => {
                Permit { bucket, policy: None, ..Permit::of_nobody(caller.clone(), &context) }
            }
            Ok(None) => return Err(Error::NoSuchBucket.into()),
            Err(error) => return Err(error),
        };
        let permit = match &key {
            Some(key) => self.with_object_tags(permit, key).await?,
            None => permit,
        };
        request.extensions_mut().insert(permit.clone());
        if matches!(caller, Caller::Owner) && permit.policy.is_none() {
            return Ok(());
        }
        check_operation(&permit, &operation, key.as_deref(), request.headers())?;
        if matches!(operation.as_str(), "CopyObject" | "UploadPartCopy") {
            self.check_source(&caller, request.headers(), &context).await?;
        }
        Ok(())
    }
}

/// All permissions that can be told from the head of a request.
fn check_operation(
    permit: &Permit,
    operation: &str,
    key: Option<&str>,
    headers: &HeaderMap,
) -> S3Result<()> {
    // The keys stand in the body, and are checked one by one.
    if operation == "DeleteObjects" {
        return Ok(());
    }
    // The owner cannot be locked out of the policy itself.
    let is_of_policy =
        matches!(operation, "GetBucketPolicy" | "PutBucketPolicy" | "DeleteBucketPolicy");
    if is_of_policy && matches!(permit.caller, Caller::Owner) {
        return Ok(());
    }
    let Some(needed) = needed(operation) else {
        return if matches!(permit.caller, Caller::Owner) { Ok(()) } else { Err(denied()) };
    };
    let key = key.filter(|_| needed.scope == Scope::Object);
    permit.check(needed.action, key)?;
    if operation == "GetObjectAttributes" {
        permit.check("s3:GetObject", key)?;
    }
    if matches!(operation, "PutObject" | "CopyObject" | "CreateMultipartUpload") {
        if headers.contains_key("x-amz-tagging") {
            permit.check("s3:PutObjectTagging", key)?;
        }
        if headers.keys().any(|name| context::is_acl(name.as_str())) {
            permit.check("s3:PutObjectAcl", key)?;
        }
    }
    Ok(())
}

fn denied() -> S3Error {
    s3_error!(AccessDenied, "Access Denied")
}

/// Whether a request is signed with version 2, in its headers or its query.
pub(super) fn is_signature_v2<B>(request: &http::Request<B>) -> bool {
    let authorization = request.headers().get(http::header::AUTHORIZATION);
    let in_header = authorization.is_some_and(|value| value.as_bytes().starts_with(b"AWS "));
    let query = request.uri().query().unwrap_or_default();
    let in_query = query.split('&').any(|pair| pair.starts_with("AWSAccessKeyId="));
    in_header || in_query
}

/// S3's limit for the life of a presigned URL: a week.
const EXPIRES_SECONDS_MAX: u64 = 7 * 24 * 60 * 60;

/// What every presigned URL has.
const QUERY_FIELDS: [&str; 6] = [
    "X-Amz-Algorithm=",
    "X-Amz-Credential=",
    "X-Amz-Signature=",
    "X-Amz-Date=",
    "X-Amz-SignedHeaders=",
    "X-Amz-Expires=",
];

/// Refuses a presigned URL that lacks something, or lives too long.
pub(super) fn check_presigned<B>(request: &http::Request<B>) -> S3Result<()> {
    let query = request.uri().query().unwrap_or_default();
    let has = |field: &str| query.split('&').any(|pair| pair.starts_with(field));
    if query.contains("X-Amz-Signature=") && !QUERY_FIELDS.iter().all(|field| has(field)) {
        return Err(bad_query(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, \
             X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and \
             X-Amz-Expires parameters.",
        ));
    }
    let expires = query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Expires="));
    match expires.map(str::parse::<u64>) {
        None | Some(Ok(..=EXPIRES_SECONDS_MAX)) => Ok(()),
        Some(Ok(_)) => {
            Err(bad_query("X-Amz-Expires must be less than a week (in seconds) that is 604800"))
        }
        Some(Err(_)) => Err(bad_query("X-Amz-Expires should be a non-negative number")),
    }
}

fn bad_query(message: &str) -> S3Error {
    custom("AuthorizationQueryParametersError", StatusCode::BAD_REQUEST, message)
}

/// S3's answer to signature version 2.
pub(super) fn signature_v2() -> S3Error {
    s3_error!(
        InvalidRequest,
        "The authorization mechanism you have provided is not supported. Please use \
         AWS4-HMAC-SHA256. (boto3 signs URLs so with Config(signature_version='s3v4').)"
    )
}
