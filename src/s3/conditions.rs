//! Conditional requests on an object that is read. Pure.
//!
//! Conditions on writes are checked by the store, within the change.

use std::time::SystemTime;

use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::store::Condition;

/// The four conditional headers, or those of a copy's source.
#[derive(Debug, Clone, Default)]
pub(super) struct ReadConditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

/// What the conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Proceed,
    NotModified,
    /// With the header that did not hold.
    Failed(&'static str),
}

impl ReadConditions {
    /// RFC 9110 13.2.2, which S3 follows: an ETag condition that holds or fails decides over
    /// the time of the same direction.
    pub(super) fn judge(&self, etag: &str, modified: SystemTime) -> Verdict {
        let modified = Timestamp::from(whole_seconds(modified));
        if let Some(condition) = &self.if_match {
            if !matches(condition, etag) {
                return Verdict::Failed("If-Match");
            }
        } else if self.if_unmodified_since.as_ref().is_some_and(|since| modified > *since) {
            return Verdict::Failed("If-Unmodified-Since");
        }
        if let Some(condition) = &self.if_none_match {
            if matches(condition, etag) {
                return Verdict::NotModified;
            }
        } else if self.if_modified_since.as_ref().is_some_and(|since| modified <= *since) {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }

    /// For a copy's source: everything that does not hold is a failure.
    pub(super) fn judge_source(&self, etag: &str, modified: SystemTime) -> S3Result<()> {
        match self.judge(etag, modified) {
            Verdict::Proceed => Ok(()),
            Verdict::NotModified => Err(failed("x-amz-copy-source-If-None-Match")),
            Verdict::Failed(header) => Err(failed(header)),
        }
    }
}

/// 412, naming the header.
pub(super) fn failed(header: &str) -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold: {header}"
    )
}

/// 304.
pub(super) fn not_modified() -> S3Error {
    S3Error::new(S3ErrorCode::NotModified)
}

/// The conditions of a write.
pub(super) fn of_write(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> Condition {
    let text = |condition: &ETagCondition| match condition {
        ETagCondition::Any => "*".to_owned(),
        ETagCondition::ETag(etag) => etag.value().to_owned(),
    };
    Condition { if_match: if_match.map(text), if_none_match: if_none_match.map(text) }
}

/// An ETag as S3 sends it.
pub(super) fn etag(value: &str) -> ETag {
    ETag::Strong(value.to_owned())
}

/// HTTP dates have no fractions.
pub(super) fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(since.as_secs())
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}
