//! Policies: who may do what, in the language of AWS's IAM. Pure.
//!
//! A bucket's policy says it of everybody (`Principal`), a user's of that user. The answer
//! to a request is AWS's: an explicit `Deny` anywhere wins, then an `Allow` anywhere, else it is
//! refused; the owner needs no `Allow`. There are no accounts here, so the account id in an
//! ARN is not looked at.
//!
//! Knows nothing of HTTP or the disk: a request is an action, a resource and a context of
//! condition keys.

mod actions;
mod condition;
mod parse;
mod pattern;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use condition::Condition;
use pattern::Pattern;

pub(super) use actions::{Scope, needed};
pub(super) use parse::PolicyError;

/// A policy document that has been checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq)]
struct Statement {
    effect: Effect,
    /// `None` in a user's policy: it is about that user.
    principals: Option<Principals>,
    actions: Chosen,
    resources: Chosen,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Chosen {
    In(Vec<Pattern>),
    NotIn(Vec<Pattern>),
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Principals {
    In(Vec<Who>),
    NotIn(Vec<Who>),
}

/// One principal of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    /// `*`
    Anyone,
    /// An account's id or its `:root`: whoever signs.
    AnyUser,
    /// The last piece of a user's or role's ARN.
    Named(String),
    /// A service or a federation: nobody here.
    Nobody,
}

/// What a policy says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// A statement allows it and none denies it.
    Allowed,
    /// A statement denies it.
    Denied,
    /// No statement is about it.
    NotMentioned,
}

/// The values of condition keys, by their names in lower case.
pub(super) type Context = BTreeMap<String, Vec<String>>;

/// One request, as policies see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// The user's name; `None` if the request is not signed.
    pub(super) user: Option<&'a str>,
    /// `s3:PutObject`
    pub(super) action: &'a str,
    /// `arn:aws:s3:::bucket/key`
    pub(super) resource: &'a str,
    pub(super) context: &'a Context,
}

impl Policy {
    /// Reads the policy of a bucket.
    ///
    /// # Errors
    /// What S3 refuses with `MalformedPolicy`.
    pub(super) fn of_bucket(text: &str, bucket: &str) -> Result<Self, PolicyError> {
        parse::parse(text, Some(bucket))
    }

    /// Reads the policy of a user, which names no principals.
    ///
    /// # Errors
    /// What IAM refuses.
    pub(super) fn of_user(text: &str) -> Result<Self, PolicyError> {
        parse::parse(text, None)
    }

    /// What the policy says of a request.
    pub(super) fn decide(&self, question: &Question<'_>) -> Decision {
        let mut decision = Decision::NotMentioned;
        for statement in &self.statements {
            if statement.is_about(question) {
                match statement.effect {
                    Effect::Deny => return Decision::Denied,
                    Effect::Allow => decision = Decision::Allowed,
                }
            }
        }
        decision
    }

    /// Whether somebody may do something without a condition that tells callers apart, as
    /// S3's "is public" means it.
    pub(super) fn is_public(&self) -> bool {
        self.statements.iter().any(|statement| {
            let anyone = match &statement.principals {
                Some(Principals::In(principals)) => principals.contains(&Who::Anyone),
                Some(Principals::NotIn(_)) => true,
                None => false,
            };
            let narrowed = statement.conditions.iter().any(Condition::narrows_the_caller);
            statement.effect == Effect::Allow && anyone && !narrowed
        })
    }

    /// Whether a condition looks at the tags of the object in place.
    pub(super) fn reads_object_tags(&self) -> bool {
        let mut conditions = self.statements.iter().flat_map(|statement| &statement.conditions);
        conditions.any(|condition| condition.key.starts_with("s3:existingobjecttag/"))
    }
}

impl Statement {
    fn is_about(&self, question: &Question<'_>) -> bool {
        let (user, context) = (question.user.unwrap_or_default(), question.context);
        self.principals.as_ref().is_none_or(|principals| principals.include(question.user))
            && self.actions.include(|pattern| pattern.matches_any_case(question.action))
            && self.resources.include(|pattern| pattern.with_user(user).matches(question.resource))
            && self.conditions.iter().all(|condition| condition.holds(context))
    }
}

impl Chosen {
    fn include(&self, matches: impl Fn(&Pattern) -> bool) -> bool {
        match self {
            Chosen::In(patterns) => patterns.iter().any(matches),
            Chosen::NotIn(patterns) => !patterns.iter().any(matches),
        }
    }
}

impl Principals {
    fn include(&self, user: Option<&str>) -> bool {
        let matches = |who: &Who| match who {
            Who::Anyone => true,
            Who::AnyUser => user.is_some(),
            Who::Named(name) => user == Some(name),
            Who::Nobody => false,
        };
        match self {
            Principals::In(principals) => principals.iter().any(matches),
            Principals::NotIn(principals) => !principals.iter().any(matches),
        }
    }
}
