//! The policy of a form: until when, and with which fields, it may be posted. Pure.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::SystemTime;

use s3s::dto::{Timestamp, TimestampFormat};
use s3s::{S3Result, s3_error};
use serde_json::Value;

/// What a policy asks of a field.
#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Equals(String, String),
    StartsWith(String, String),
}

/// A policy that was read.
#[derive(Debug)]
pub(super) struct Policy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
    /// Of the file, in bytes.
    pub(super) length: RangeInclusive<u64>,
}

impl Policy {
    /// Reads the document.
    pub(super) fn parse(document: &[u8]) -> S3Result<Self> {
        let invalid = |what: &str| s3_error!(InvalidPolicyDocument, "Invalid Policy: {what}");
        let document: Value =
            serde_json::from_slice(document).map_err(|_| invalid("Invalid JSON."))?;
        let expiration = document
            .get("expiration")
            .ok_or_else(|| invalid("Policy missing expiration."))?
            .as_str()
            .and_then(|text| Timestamp::parse(TimestampFormat::DateTime, text).ok())
            .ok_or_else(|| {
                invalid("Invalid 'expiration' value: it must be a time as 2030-01-31T12:00:00Z")
            })?;
        let conditions = document
            .get("conditions")
            .and_then(Value::as_array)
            .ok_or_else(|| invalid("Policy missing conditions."))?;
        let mut policy = Self { expiration, conditions: Vec::new(), length: 0..=u64::MAX };
        for condition in conditions {
            policy.add(condition).ok_or_else(|| {
                invalid(&format!(
                    "Invalid Condition: {condition}; a condition is {{\"field\": \"value\"}}, \
                     [\"eq\", \"$field\", \"value\"], [\"starts-with\", \"$field\", \"value\"] \
                     or [\"content-length-range\", min, max]"
                ))
            })?;
        }
        Ok(policy)
    }

    fn add(&mut self, condition: &Value) -> Option<()> {
        if let Some(fields) = condition.as_object() {
            for (field, value) in fields {
                let equals = Condition::Equals(field.to_lowercase(), value.as_str()?.to_owned());
                self.conditions.push(equals);
            }
            return Some(());
        }
        let [operator, first, second] = condition.as_array()?.as_slice() else { return None };
        let operator = operator.as_str()?.to_lowercase();
        if operator == "content-length-range" {
            let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
            self.length = number(first)?..=number(second)?;
            return (self.length.start() <= self.length.end()).then_some(());
        }
        let field = first.as_str()?.strip_prefix('$')?.to_lowercase();
        let value = second.as_str()?.to_owned();
        self.conditions.push(match operator.as_str() {
            "eq" => Condition::Equals(field, value),
            "starts-with" => Condition::StartsWith(field, value),
            _ => return None,
        });
        Some(())
    }

    /// Refuses a form that comes too late or that differs from what its maker signed.
    pub(super) fn check(
        &self,
        fields: &BTreeMap<String, String>,
        bucket: &str,
        now: SystemTime,
    ) -> S3Result<()> {
        let refused = |why: &str| s3_error!(AccessDenied, "Invalid according to Policy: {why}");
        if Timestamp::from(now) > self.expiration {
            return Err(refused("Policy expired."));
        }
        for condition in &self.conditions {
            let (Condition::Equals(field, _) | Condition::StartsWith(field, _)) = condition;
            let given = match field.as_str() {
                "bucket" => bucket,
                field => fields.get(field).map_or("", String::as_str),
            };
            let (holds, operator, value) = match condition {
                Condition::Equals(_, value) => (given == value, "eq", value),
                Condition::StartsWith(_, value) => {
                    (starts_with(field, given, value), "starts-with", value)
                }
            };
            if !holds {
                return Err(refused(&format!(
                    "Policy Condition failed: [\"{operator}\", \"${field}\", \"{value}\"]"
                )));
            }
        }
        let is_named = |name: &str| {
            self.conditions.iter().any(|condition| {
                let (Condition::Equals(field, _) | Condition::StartsWith(field, _)) = condition;
                field == name
            })
        };
        match fields.keys().find(|name| !is_exempt(name) && !is_named(name)) {
            Some(extra) => Err(refused(&format!("Extra input fields: {extra}"))),
            None => Ok(()),
        }
    }
}

/// A list of content types begins so in each of them.
fn starts_with(field: &str, given: &str, value: &str) -> bool {
    match field {
        "content-type" => given.split(',').all(|each| each.trim_start().starts_with(value)),
        _ => given.starts_with(value),
    }
}

/// Fields that no condition need name.
fn is_exempt(name: &str) -> bool {
    matches!(name, "policy" | "x-amz-signature" | "submit") || name.starts_with("x-ignore-")
}
