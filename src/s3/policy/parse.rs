//! Policy documents from JSON, refused with S3's texts.

use serde_json::{Map, Value};

use super::actions::{Scope, is_action, scope_of};
use super::condition::Condition;
use super::pattern::Pattern;
use super::{Chosen, Effect, Policy, Principals, Statement, Who};

/// S3's limit for a bucket's policy.
const POLICY_BYTES_MAX: usize = 20 * 1024;

/// What is wrong with a policy, in S3's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(in crate::s3) struct PolicyError(pub(super) String);

pub(super) fn refusal(text: impl Into<String>) -> PolicyError {
    PolicyError(text.into())
}

/// Reads a bucket's policy, or a user's if no bucket is named.
pub(super) fn parse(text: &str, bucket: Option<&str>) -> Result<Policy, PolicyError> {
    if text.len() > POLICY_BYTES_MAX {
        return Err(refusal("Policy exceeds the maximum allowed document size."));
    }
    let document: Value = serde_json::from_str(text).map_err(|_| not_json())?;
    let document = document.as_object().ok_or_else(not_json)?;
    for name in document.keys() {
        if !matches!(name.as_str(), "Version" | "Id" | "Statement") {
            return Err(refusal(format!("Unknown field {name}")));
        }
    }
    if let Some(version) = document.get("Version")
        && !matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))
    {
        return Err(refusal("The policy must contain a valid version string"));
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement) => vec![statement],
        None => return Err(refusal("Missing required field Statement")),
    };
    if statements.is_empty() {
        return Err(refusal("Could not parse the policy: Statement is empty!"));
    }
    let parsed: Result<Vec<Statement>, PolicyError> =
        statements.into_iter().map(|value| statement(value, bucket)).collect();
    Ok(Policy { statements: parsed? })
}

fn not_json() -> PolicyError {
    refusal("Policies must be valid JSON and the first byte must be '{'")
}

fn statement(value: &Value, bucket: Option<&str>) -> Result<Statement, PolicyError> {
    let fields = value.as_object().ok_or_else(|| refusal("Statement is not an object"))?;
    const FIELDS: [&str; 9] = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(refusal(format!("Unknown field {name}")));
    }
    let effect = match fields.get("Effect") {
        Some(Value::String(text)) if text == "Allow" => Effect::Allow,
        Some(Value::String(text)) if text == "Deny" => Effect::Deny,
        Some(other) => return Err(refusal(format!("Invalid effect: {other}"))),
        None => return Err(refusal("Missing required field Effect")),
    };
    let principals = match (fields.get("Principal"), fields.get("NotPrincipal"), bucket) {
        (None, None, None) => None,
        (Some(principal), None, Some(_)) => Some(Principals::In(principals(principal)?)),
        (None, Some(principal), Some(_)) => Some(Principals::NotIn(principals(principal)?)),
        (None, None, Some(_)) => return Err(refusal("Missing required field Principal")),
        (_, _, None) => return Err(refusal("Policy document should not specify a principal.")),
        _ => return Err(refusal("Principal and NotPrincipal cannot be used together")),
    };
    let actions = chosen(fields, "Action", "NotAction")?;
    let resources = chosen(fields, "Resource", "NotResource")?;
    check_actions(&actions)?;
    check_resources(&resources, bucket)?;
    if bucket.is_some() {
        check_scopes(&actions, &resources)?;
    }
    let conditions = match fields.get("Condition") {
        Some(conditions) => Condition::read_all(conditions)?,
        None => Vec::new(),
    };
    Ok(Statement { effect, principals, actions, resources, conditions })
}

fn principals(value: &Value) -> Result<Vec<Who>, PolicyError> {
    let invalid = || refusal("Invalid principal in policy");
    match value {
        Value::String(text) if text == "*" => Ok(vec![Who::Anyone]),
        Value::Object(kinds) if !kinds.is_empty() => {
            let mut found = Vec::new();
            for (kind, names) in kinds {
                for name in texts(names).ok_or_else(invalid)? {
                    found.push(match kind.as_str() {
                        "AWS" => principal(&name).ok_or_else(invalid)?,
                        "Service" | "Federated" | "CanonicalUser" => Who::Nobody,
                        _ => return Err(invalid()),
                    });
                }
            }
            Ok(found)
        }
        _ => Err(invalid()),
    }
}

fn principal(name: &str) -> Option<Who> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit());
    if name == "*" {
        return Some(Who::Anyone);
    }
    if is_account(name) {
        return Some(Who::AnyUser);
    }
    let mut pieces = name.strip_prefix("arn:aws:")?.splitn(4, ':');
    let (service, _region) = (pieces.next()?, pieces.next()?);
    let (_account, who) = (pieces.next()?, pieces.next()?);
    match (service, who.split_once('/')) {
        ("iam", None) if who == "root" => Some(Who::AnyUser),
        ("iam", Some(("user" | "role", path))) => {
            let name = path.rsplit('/').next()?;
            (!name.is_empty()).then(|| Who::Named(name.to_owned()))
        }
        // The session of an assumed role counts as the role.
        ("sts", Some(("assumed-role", path))) => {
            path.split('/').next().map(|role| Who::Named(role.to_owned()))
        }
        _ => None,
    }
}

fn chosen(fields: &Map<String, Value>, yes: &str, no: &str) -> Result<Chosen, PolicyError> {
    let patterns = |value: &Value| {
        let texts = texts(value).filter(|texts| !texts.is_empty());
        let texts =
            texts.ok_or_else(|| refusal(format!("Policy has invalid {}", yes.to_lowercase())))?;
        Ok(texts.iter().map(|text| Pattern::new(text)).collect())
    };
    match (fields.get(yes), fields.get(no)) {
        (Some(value), None) => Ok(Chosen::In(patterns(value)?)),
        (None, Some(value)) => Ok(Chosen::NotIn(patterns(value)?)),
        (None, None) => Err(refusal(format!("Missing required field {yes}"))),
        (Some(_), Some(_)) => Err(refusal(format!("{yes} and {no} cannot be used together"))),
    }
}

fn check_actions(actions: &Chosen) -> Result<(), PolicyError> {
    let (Chosen::In(patterns) | Chosen::NotIn(patterns)) = actions;
    if patterns.iter().all(is_action) { Ok(()) } else { Err(refusal("Policy has invalid action")) }
}

/// A bucket's policy is about that bucket and its objects.
fn check_resources(resources: &Chosen, bucket: Option<&str>) -> Result<(), PolicyError> {
    let (Chosen::In(patterns) | Chosen::NotIn(patterns)) = resources;
    let is_valid = |pattern: &Pattern| {
        let text = pattern.as_str();
        let Some(bucket) = bucket else { return text == "*" || text.starts_with("arn:aws:s3:") };
        let Some(path) = text.strip_prefix("arn:aws:s3:::") else { return false };
        let name = path.split('/').next().unwrap_or_default();
        // `bucket*` is about the bucket and all its objects.
        Pattern::new(name).matches(bucket)
    };
    if patterns.iter().all(is_valid) { Ok(()) } else { Err(refusal("Policy has invalid resource")) }
}

/// `s3:PutObject` on a bucket's own ARN never happens: S3 refuses such a statement.
fn check_scopes(actions: &Chosen, resources: &Chosen) -> Result<(), PolicyError> {
    let (Chosen::In(actions), Chosen::In(resources)) = (actions, resources) else { return Ok(()) };
    let names_object = resources.iter().any(|pattern| pattern.as_str().contains('/'));
    let names_bucket = resources.iter().any(|pattern| !pattern.as_str().contains('/'));
    let may_be_object =
        names_object || resources.iter().any(|pattern| pattern.as_str().ends_with('*'));
    let applies = |pattern: &Pattern| match scope_of(pattern) {
        Some(Scope::Bucket) => names_bucket,
        Some(Scope::Object) => may_be_object,
        None => true,
    };
    if actions.iter().all(applies) {
        Ok(())
    } else {
        Err(refusal("Action does not apply to any resource(s) in statement"))
    }
}

/// One text or a list of them.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Bool(flag) => Some(vec![flag.to_string()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Array(values) => {
            let texts = values.iter().map(|value| texts(value).and_then(|mut it| it.pop()));
            texts.collect()
        }
        _ => None,
    }
}
