//! The conditions of a statement.

use std::net::IpAddr;

use chrono::DateTime;
use serde_json::Value;

use super::Context;
use super::parse::{PolicyError, refusal, texts};
use super::pattern::Pattern;

/// One key of one operator: `"StringLike": {"s3:prefix": ["a/*"]}`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    test: Test,
    negated: bool,
    /// `…IfExists`: a key that the request does not have is no obstacle.
    if_exists: bool,
    quantifier: Quantifier,
    /// In lower case.
    pub(super) key: String,
    wanted: Vec<String>,
}

/// How several values of a key count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    /// The key has one value.
    Single,
    /// `ForAnyValue:`
    Any,
    /// `ForAllValues:`; holds without any value, too.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Equal,
    EqualAnyCase,
    Like,
    Number(Order),
    Date(Order),
    Bool,
    Address,
    /// Whether the key is missing.
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Same,
    Less,
    LessOrSame,
    Greater,
    GreaterOrSame,
}

/// Keys that stand alone; the others end with a name (`s3:RequestObjectTag/team`).
const KEYS: [&str; 34] = [
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:referer",
    "aws:securetransport",
    "aws:sourceip",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "s3:authtype",
    "s3:delimiter",
    "s3:if-match",
    "s3:if-none-match",
    "s3:locationconstraint",
    "s3:max-keys",
    "s3:object-lock-mode",
    "s3:prefix",
    "s3:requestobjecttagkeys",
    "s3:signatureage",
    "s3:signatureversion",
    "s3:versionid",
    "s3:x-amz-acl",
    "s3:x-amz-content-sha256",
    "s3:x-amz-copy-source",
    "s3:x-amz-grant-full-control",
    "s3:x-amz-grant-read",
    "s3:x-amz-grant-read-acp",
    "s3:x-amz-grant-write",
    "s3:x-amz-grant-write-acp",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-storage-class",
];

const KEY_PREFIXES: [&str; 4] = [
    "s3:existingobjecttag/",
    "s3:requestobjecttag/",
    "s3:x-amz-server-side-encryption-",
    "aws:principaltag/",
];

/// Conditions on these tell callers apart.
const CALLER_KEYS: [&str; 5] =
    ["aws:sourceip", "aws:principalarn", "aws:principalaccount", "aws:userid", "aws:username"];

impl Condition {
    /// Reads `Condition`.
    pub(super) fn read_all(value: &Value) -> Result<Vec<Self>, PolicyError> {
        let operators = value.as_object().ok_or_else(|| refusal("Invalid Condition"))?;
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            let invalid = || refusal(format!("Invalid Condition type : {operator}"));
            let (quantifier, name) = match operator.split_once(':') {
                Some(("ForAnyValue", name)) => (Quantifier::Any, name),
                Some(("ForAllValues", name)) => (Quantifier::All, name),
                Some(_) => return Err(invalid()),
                None => (Quantifier::Single, operator.as_str()),
            };
            let (name, if_exists) = match name.strip_suffix("IfExists") {
                Some(name) => (name, true),
                None => (name, false),
            };
            let (test, negated) = operator_of(name).ok_or_else(invalid)?;
            for (key, wanted) in keys.as_object().ok_or_else(invalid)? {
                let key = known_key(key)?;
                let wanted = texts(wanted).ok_or_else(invalid)?;
                conditions.push(Self { test, negated, if_exists, quantifier, key, wanted });
            }
        }
        Ok(conditions)
    }

    /// Whether the condition holds of a request.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let values = context.get(&self.key).map_or(&[] as &[String], Vec::as_slice);
        if self.test == Test::Null {
            let wants_missing = self.wanted.iter().any(|text| text.eq_ignore_ascii_case("true"));
            return values.is_empty() == wants_missing;
        }
        if values.is_empty() {
            // Of a missing key every negation holds.
            return self.if_exists || self.negated || self.quantifier == Quantifier::All;
        }
        let holds = |value: &String| {
            let matches = self.wanted.iter().any(|wanted| self.test.matches(wanted, value));
            matches != self.negated
        };
        match self.quantifier {
            Quantifier::All => values.iter().all(holds),
            Quantifier::Single | Quantifier::Any => values.iter().any(holds),
        }
    }

    /// Whether it is about who calls, and lets not everybody pass.
    pub(super) fn narrows_the_caller(&self) -> bool {
        let everybody = ["*", "0.0.0.0/0", "::/0"];
        !self.negated
            && CALLER_KEYS.contains(&self.key.as_str())
            && !self.wanted.iter().any(|wanted| everybody.contains(&wanted.as_str()))
    }
}

fn operator_of(name: &str) -> Option<(Test, bool)> {
    use Order::{Greater, GreaterOrSame, Less, LessOrSame, Same};
    Some(match name {
        "StringEquals" => (Test::Equal, false),
        "StringNotEquals" => (Test::Equal, true),
        "StringEqualsIgnoreCase" => (Test::EqualAnyCase, false),
        "StringNotEqualsIgnoreCase" => (Test::EqualAnyCase, true),
        // ARNs are compared with wildcards by both of their operators.
        "StringLike" | "ArnEquals" | "ArnLike" => (Test::Like, false),
        "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => (Test::Like, true),
        "NumericEquals" => (Test::Number(Same), false),
        "NumericNotEquals" => (Test::Number(Same), true),
        "NumericLessThan" => (Test::Number(Less), false),
        "NumericLessThanEquals" => (Test::Number(LessOrSame), false),
        "NumericGreaterThan" => (Test::Number(Greater), false),
        "NumericGreaterThanEquals" => (Test::Number(GreaterOrSame), false),
        "DateEquals" => (Test::Date(Same), false),
        "DateNotEquals" => (Test::Date(Same), true),
        "DateLessThan" => (Test::Date(Less), false),
        "DateLessThanEquals" => (Test::Date(LessOrSame), false),
        "DateGreaterThan" => (Test::Date(Greater), false),
        "DateGreaterThanEquals" => (Test::Date(GreaterOrSame), false),
        "Bool" => (Test::Bool, false),
        "IpAddress" => (Test::Address, false),
        "NotIpAddress" => (Test::Address, true),
        "Null" => (Test::Null, false),
        _ => return None,
    })
}

fn known_key(key: &str) -> Result<String, PolicyError> {
    let lower = key.to_ascii_lowercase();
    for prefix in KEY_PREFIXES {
        if lower.starts_with(prefix) {
            // The name of a tag keeps its case.
            return Ok(format!("{prefix}{}", &key[prefix.len()..]));
        }
    }
    if KEYS.contains(&lower.as_str()) {
        return Ok(lower);
    }
    Err(refusal(format!("Policy has an invalid condition key - {key}")))
}

impl Test {
    fn matches(self, wanted: &str, value: &str) -> bool {
        match self {
            Test::Equal => wanted == value,
            Test::EqualAnyCase => wanted.to_lowercase() == value.to_lowercase(),
            Test::Like => Pattern::new(wanted).matches(value),
            Test::Bool => wanted.eq_ignore_ascii_case(value),
            Test::Number(order) => match (wanted.parse::<f64>(), value.parse::<f64>()) {
                (Ok(wanted), Ok(value)) => order.holds(value.partial_cmp(&wanted)),
                _ => false,
            },
            Test::Date(order) => match (seconds(wanted), seconds(value)) {
                (Some(wanted), Some(value)) => order.holds(value.partial_cmp(&wanted)),
                _ => false,
            },
            Test::Address => in_network(wanted, value),
            Test::Null => unreachable!("`holds` answers it without values"),
        }
    }
}

impl Order {
    fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        let Some(ordering) = ordering else { return false };
        match self {
            Order::Same => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::LessOrSame => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrSame => ordering.is_ge(),
        }
    }
}

/// A date of ISO 8601, or seconds since 1970.
fn seconds(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds);
    }
    let full = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    let time = DateTime::parse_from_rfc3339(&full).ok()?;
    u32::try_from(time.timestamp()).ok().map(f64::from)
}

/// Whether an address lies in `10.0.0.0/8`, or is the one that is named.
fn in_network(network: &str, address: &str) -> bool {
    let (base, bits) = network.split_once('/').unwrap_or((network, ""));
    let (Ok(base), Ok(address)) = (base.parse::<IpAddr>(), address.parse::<IpAddr>()) else {
        return false;
    };
    let (base, address, width) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            (u128::from(base.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let bits: u32 = if bits.is_empty() { width } else { bits.parse().unwrap_or(width) };
    let shift = width.saturating_sub(bits);
    base.checked_shr(shift).unwrap_or(0) == address.checked_shr(shift).unwrap_or(0)
}
