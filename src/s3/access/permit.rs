//! What a caller may do in one bucket.

use std::sync::Arc;

use http::Extensions;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::Caller;
use crate::s3::policy::{Context, Decision, Policy, Question};

/// Everything that decides about a request's permissions; lies among its extensions.
#[derive(Debug, Clone)]
pub(in crate::s3) struct Permit {
    pub(super) caller: Caller,
    pub(super) bucket: String,
    /// The bucket's.
    pub(super) policy: Option<Arc<Policy>>,
    /// `RestrictPublicBuckets`: the policy lets in nobody who does not sign.
    pub(super) is_restricted: bool,
    pub(super) context: Arc<Context>,
}

impl Permit {
    /// The owner's, where no policy is.
    pub(super) fn of_owner() -> Self {
        Self::of_nobody(Caller::Owner, &Arc::default())
    }

    /// A caller's who is in no bucket.
    pub(super) fn of_nobody(caller: Caller, context: &Arc<Context>) -> Self {
        let context = Arc::clone(context);
        Self { caller, bucket: String::new(), policy: None, is_restricted: false, context }
    }

    /// The permit of the request that these extensions are of.
    pub(in crate::s3) fn of(extensions: &Extensions) -> Self {
        // `check` runs before every operation; without it nothing is allowed.
        extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self::of_nobody(Caller::Anonymous, &Arc::default()))
    }

    /// Refuses unless the action is allowed, on an object or else on the bucket.
    pub(in crate::s3) fn check(&self, action: &str, key: Option<&str>) -> S3Result<()> {
        let resource = match key {
            Some(key) => format!("arn:aws:s3:::{}/{key}", self.bucket),
            None if self.bucket.is_empty() => "*".to_owned(),
            None => format!("arn:aws:s3:::{}", self.bucket),
        };
        let (user, identity) = match &self.caller {
            Caller::Owner | Caller::Anonymous => (None, None),
            Caller::User(user) => (Some(user.name.as_str()), user.policy.as_deref()),
        };
        let user = if matches!(self.caller, Caller::Owner) { Some(OWNER_NAME) } else { user };
        let question = Question { user, action, resource: &resource, context: &self.context };
        let ask = |policy: Option<&Policy>| {
            policy.map_or(Decision::NotMentioned, |policy| policy.decide(&question))
        };
        let by_bucket = match ask(self.policy.as_deref()) {
            Decision::Allowed if user.is_none() && self.is_restricted => Decision::NotMentioned,
            decision => decision,
        };
        match (&self.caller, ask(identity), by_bucket) {
            (_, Decision::Denied, _) => Err(self.refusal(
                action,
                &resource,
                "with an explicit deny in an identity-based policy",
            )),
            (_, _, Decision::Denied) => Err(self.refusal(
                action,
                &resource,
                "with an explicit deny in a resource-based policy",
            )),
            (Caller::Owner, ..) | (_, Decision::Allowed, _) | (_, _, Decision::Allowed) => Ok(()),
            _ => Err(self.refusal(
                action,
                &resource,
                &format!(
                    "because no identity-based policy and no bucket policy allows the {action} \
                     action"
                ),
            )),
        }
    }

    /// Who may not list the bucket is not told that a key is missing.
    pub(in crate::s3) fn hide_absence(&self, key: &str, error: S3Error) -> S3Error {
        if *error.code() != S3ErrorCode::NoSuchKey {
            return error;
        }
        // As if the bucket were listed by that key.
        let mut context = Context::clone(&self.context);
        context.insert("s3:prefix".to_owned(), vec![key.to_owned()]);
        let lister = Self { context: Arc::new(context), ..self.clone() };
        match lister.check("s3:ListBucket", None) {
            Ok(()) => error,
            Err(refusal) => refusal,
        }
    }

    fn refusal(&self, action: &str, resource: &str, why: &str) -> S3Error {
        let who = match &self.caller {
            Caller::Anonymous => {
                return s3_error!(
                    AccessDenied,
                    "Access Denied: the request is not signed, and it is not allowed to \
                     everybody to perform: {action} on resource: \"{resource}\""
                );
            }
            Caller::Owner => "arn:aws:iam::000000000000:root".to_owned(),
            Caller::User(user) => format!("arn:aws:iam::000000000000:user/{}", user.name),
        };
        s3_error!(
            AccessDenied,
            "User: {who} is not authorized to perform: {action} on resource: \"{resource}\" {why}"
        )
    }
}

/// No user of the users file is called so: the name of the owner in policies.
const OWNER_NAME: &str = "root";
