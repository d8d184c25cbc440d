//! Who is let in: one key pair, signature version 4. The place for bucket policies.

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3Result, s3_error};

/// The one key pair.
pub(super) struct KeyPair {
    access_key: String,
    secret_key: SecretKey,
}

impl KeyPair {
    pub(super) fn new(access_key: String, secret_key: String) -> Self {
        Self { access_key, secret_key: SecretKey::from(secret_key) }
    }
}

#[async_trait::async_trait]
impl S3Auth for KeyPair {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.access_key {
            return Ok(self.secret_key.clone());
        }
        Err(s3_error!(
            InvalidAccessKeyId,
            "The AWS Access Key Id you provided does not exist in our records. This endpoint \
             knows one key; klamm prints it when it starts."
        ))
    }
}

/// Whoever signed with the key pair may do everything; nobody else anything.
pub(super) struct OwnerOnly;

#[async_trait::async_trait]
impl S3Access for OwnerOnly {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        match context.credentials() {
            Some(_) => Ok(()),
            None => Err(s3_error!(
                AccessDenied,
                "Access Denied: the request is not signed, and anonymous access is refused"
            )),
        }
    }
}

/// Whether a request is signed with version 2, in its headers or its query.
pub(super) fn is_signature_v2<B>(request: &http::Request<B>) -> bool {
    let authorization = request.headers().get(http::header::AUTHORIZATION);
    let in_header = authorization.is_some_and(|value| value.as_bytes().starts_with(b"AWS "));
    let query = request.uri().query().unwrap_or_default();
    let in_query = query.split('&').any(|pair| pair.starts_with("AWSAccessKeyId="));
    in_header || in_query
}

/// S3's answer to signature version 2.
pub(super) fn signature_v2() -> S3Error {
    s3_error!(
        InvalidRequest,
        "The authorization mechanism you have provided is not supported. Please use \
         AWS4-HMAC-SHA256. (boto3 signs URLs so with Config(signature_version='s3v4').)"
    )
}
