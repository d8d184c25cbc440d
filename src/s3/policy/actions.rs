//! Which permissions an operation needs, as AWS's table of actions has it.

use super::pattern::Pattern;

/// Whether an action is on a bucket or on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::s3) enum Scope {
    Bucket,
    Object,
}

/// The permission that an operation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::s3) struct Needed {
    /// `s3:PutObject`
    pub(in crate::s3) action: &'static str,
    pub(in crate::s3) scope: Scope,
}

use Scope::{Bucket, Object};

/// The permission of an operation by S3's name of it; `None` for one that nobody but the
/// owner is let near.
pub(in crate::s3) fn needed(operation: &str) -> Option<Needed> {
    let renamed = RENAMED.iter().find(|(name, _)| *name == operation).map(|(_, action)| *action);
    let action = renamed.unwrap_or(operation);
    ACTIONS
        .iter()
        .find(|(name, _)| name.strip_prefix("s3:") == Some(action))
        .map(|&(action, scope)| Needed { action, scope })
}

/// Whether a policy may name this action.
pub(super) fn is_action(pattern: &Pattern) -> bool {
    let text = pattern.as_str();
    if text == "*" {
        return true;
    }
    let has_wildcard = text.contains(['*', '?']);
    let prefix = text.get(..3).unwrap_or_default();
    prefix.eq_ignore_ascii_case("s3:")
        && if has_wildcard {
            ACTIONS.iter().any(|(name, _)| pattern.matches_any_case(name))
        } else {
            ACTIONS.iter().any(|(name, _)| name.eq_ignore_ascii_case(text))
        }
}

/// What an action is on; `None` for a pattern that may be both.
pub(super) fn scope_of(pattern: &Pattern) -> Option<Scope> {
    let mut scopes =
        ACTIONS.iter().filter(|(name, _)| pattern.matches_any_case(name)).map(|(_, scope)| *scope);
    let first = scopes.next()?;
    scopes.all(|scope| scope == first).then_some(first)
}

/// Operations whose permission has another name.
const RENAMED: [(&str, &str); 34] = [
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("HeadBucket", "ListBucket"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("ListBuckets", "ListAllMyBuckets"),
    ("ListParts", "ListMultipartUploadParts"),
    ("HeadObject", "GetObject"),
    ("CopyObject", "PutObject"),
    ("CreateMultipartUpload", "PutObject"),
    ("UploadPart", "PutObject"),
    ("UploadPartCopy", "PutObject"),
    ("CompleteMultipartUpload", "PutObject"),
    ("PostObject", "PutObject"),
    ("DeleteObjects", "DeleteObject"),
    ("GetBucketCors", "GetBucketCORS"),
    ("PutBucketCors", "PutBucketCORS"),
    ("DeleteBucketCors", "PutBucketCORS"),
    ("DeleteBucketTagging", "PutBucketTagging"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("DeleteBucketOwnershipControls", "PutBucketOwnershipControls"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("GetBucketReplication", "GetReplicationConfiguration"),
    ("PutBucketReplication", "PutReplicationConfiguration"),
    ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
];

/// Every action of S3 on buckets and objects.
const ACTIONS: [(&str, Scope); 73] = [
    ("s3:ListAllMyBuckets", Bucket),
    ("s3:CreateBucket", Bucket),
    ("s3:DeleteBucket", Bucket),
    ("s3:ListBucket", Bucket),
    ("s3:ListBucketVersions", Bucket),
    ("s3:ListBucketMultipartUploads", Bucket),
    ("s3:GetBucketLocation", Bucket),
    ("s3:GetBucketVersioning", Bucket),
    ("s3:PutBucketVersioning", Bucket),
    ("s3:GetBucketPolicy", Bucket),
    ("s3:PutBucketPolicy", Bucket),
    ("s3:DeleteBucketPolicy", Bucket),
    ("s3:GetBucketPolicyStatus", Bucket),
    ("s3:GetBucketAcl", Bucket),
    ("s3:PutBucketAcl", Bucket),
    ("s3:GetBucketCORS", Bucket),
    ("s3:PutBucketCORS", Bucket),
    ("s3:GetBucketTagging", Bucket),
    ("s3:PutBucketTagging", Bucket),
    ("s3:GetBucketPublicAccessBlock", Bucket),
    ("s3:PutBucketPublicAccessBlock", Bucket),
    ("s3:GetBucketOwnershipControls", Bucket),
    ("s3:PutBucketOwnershipControls", Bucket),
    ("s3:GetEncryptionConfiguration", Bucket),
    ("s3:PutEncryptionConfiguration", Bucket),
    ("s3:GetLifecycleConfiguration", Bucket),
    ("s3:PutLifecycleConfiguration", Bucket),
    ("s3:GetReplicationConfiguration", Bucket),
    ("s3:PutReplicationConfiguration", Bucket),
    ("s3:GetAccelerateConfiguration", Bucket),
    ("s3:PutAccelerateConfiguration", Bucket),
    ("s3:GetBucketNotification", Bucket),
    ("s3:PutBucketNotification", Bucket),
    ("s3:GetBucketObjectLockConfiguration", Bucket),
    ("s3:PutBucketObjectLockConfiguration", Bucket),
    ("s3:GetBucketLogging", Bucket),
    ("s3:PutBucketLogging", Bucket),
    ("s3:GetBucketRequestPayment", Bucket),
    ("s3:PutBucketRequestPayment", Bucket),
    ("s3:GetBucketWebsite", Bucket),
    ("s3:PutBucketWebsite", Bucket),
    ("s3:DeleteBucketWebsite", Bucket),
    ("s3:GetAnalyticsConfiguration", Bucket),
    ("s3:PutAnalyticsConfiguration", Bucket),
    ("s3:GetInventoryConfiguration", Bucket),
    ("s3:PutInventoryConfiguration", Bucket),
    ("s3:GetMetricsConfiguration", Bucket),
    ("s3:PutMetricsConfiguration", Bucket),
    ("s3:GetObject", Object),
    ("s3:GetObjectVersion", Object),
    ("s3:GetObjectAttributes", Object),
    ("s3:GetObjectVersionAttributes", Object),
    ("s3:GetObjectAcl", Object),
    ("s3:GetObjectVersionAcl", Object),
    ("s3:GetObjectTagging", Object),
    ("s3:GetObjectVersionTagging", Object),
    ("s3:GetObjectTorrent", Object),
    ("s3:GetObjectRetention", Object),
    ("s3:GetObjectLegalHold", Object),
    ("s3:PutObject", Object),
    ("s3:PutObjectAcl", Object),
    ("s3:PutObjectVersionAcl", Object),
    ("s3:PutObjectTagging", Object),
    ("s3:PutObjectVersionTagging", Object),
    ("s3:PutObjectRetention", Object),
    ("s3:PutObjectLegalHold", Object),
    ("s3:BypassGovernanceRetention", Object),
    ("s3:DeleteObject", Object),
    ("s3:DeleteObjectVersion", Object),
    ("s3:DeleteObjectTagging", Object),
    ("s3:AbortMultipartUpload", Object),
    ("s3:ListMultipartUploadParts", Object),
    ("s3:RestoreObject", Object),
];
