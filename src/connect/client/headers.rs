//! The headers that say how an object is to be stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, HeaderName, IF_NONE_MATCH};
use md5::{Digest as _, Md5};

use super::Header;
use super::answer::broken;
use crate::connect::object_store::{ObjectAttributes, StoreError};

/// Type, ACL and encryption: where an object or an upload begins.
pub(super) fn headers_of(attributes: &ObjectAttributes) -> Vec<Header<'_>> {
    let named = [
        (CONTENT_TYPE, &attributes.content_type),
        (HeaderName::from_static("x-amz-acl"), &attributes.canned_acl),
        (
            HeaderName::from_static("x-amz-server-side-encryption"),
            &attributes.server_side_encryption,
        ),
        (
            HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id"),
            &attributes.kms_key_id,
        ),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
}

/// Where an object becomes visible.
pub(super) fn condition_of(attributes: &ObjectAttributes) -> Option<Header<'_>> {
    attributes.if_none_match.then_some((IF_NONE_MATCH, "*"))
}

/// `s3.sse.customer.key`: S3 encrypts with it and forgets it, so it goes with every request on
/// the object (SSE-C).
pub(super) struct CustomerKey {
    key: String,
    md5: String,
}

impl CustomerKey {
    /// A key in base64.
    pub(super) fn new(key: &str) -> Result<Self, StoreError> {
        let bytes = STANDARD.decode(key);
        let bytes = bytes.map_err(|_| broken("s3.sse.customer.key is not base64".to_owned()))?;
        Ok(Self { key: key.to_owned(), md5: STANDARD.encode(Md5::digest(bytes)) })
    }

    pub(super) fn headers(&self) -> [Header<'_>; 3] {
        let name = HeaderName::from_static;
        [
            (name("x-amz-server-side-encryption-customer-algorithm"), "AES256"),
            (name("x-amz-server-side-encryption-customer-key"), &self.key),
            (name("x-amz-server-side-encryption-customer-key-md5"), &self.md5),
        ]
    }
}
