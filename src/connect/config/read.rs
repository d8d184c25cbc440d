//! Values out of a map of properties, and everything that is wrong with them.

use std::collections::BTreeMap;
use std::fmt;

use super::Surroundings;
use super::keys::{self, Key, Kind, PREFIXES, Support};

/// One thing that is wrong with a connector's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting.
    pub key: String,
    /// In Kafka Connect's words where it has some.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

/// Reads settings, remembers what is wrong with them.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    properties: &'a BTreeMap<String, String>,
    has_cluster: bool,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Checks every value that is there against the table.
    pub(super) fn new(
        properties: &'a BTreeMap<String, String>,
        surroundings: &Surroundings,
    ) -> Reader<'a> {
        let mut reader = Reader {
            properties,
            has_cluster: surroundings.has_cluster,
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        for (name, value) in properties {
            match keys::find(name) {
                Some(key) => reader.check(key, value),
                None => reader.unknown(name),
            }
        }
        for key in keys::all().filter(|key| key.is_required) {
            if !properties.contains_key(key.name) {
                let name = key.name;
                reader.refuse(
                    name,
                    format!(
                        "Missing required configuration \"{name}\" which has no default value."
                    ),
                );
            }
        }
        reader
    }

    fn unknown(&mut self, name: &str) {
        let family = PREFIXES.iter().find(|(prefix, _, _)| name.starts_with(prefix));
        if let Some((_, support, _)) = family {
            if let Support::NoEffect(why) = support
                && !(self.has_cluster && name.contains(".override."))
            {
                self.warnings.push(format!("{name} has no effect: {why}"));
            }
            return;
        }
        let hint = match keys::nearest(name) {
            Some(known) => format!("; did you mean {known}?"),
            None => String::new(),
        };
        self.warnings.push(format!("{name} is no setting of the S3 sink and is ignored{hint}"));
    }

    fn check(&mut self, key: &'static Key, raw: &str) {
        if let Err(reason) = check_value(key, raw) {
            let shown = if key.kind == Kind::Password { "[hidden]" } else { raw.trim() };
            let name = key.name;
            self.refuse(name, format!("Invalid value {shown} for configuration {name}: {reason}"));
            return;
        }
        let value = raw.trim();
        match key.support {
            Support::Built => {}
            Support::NoEffect(why) => {
                if key.default.is_none_or(|default| !value.eq_ignore_ascii_case(default)) {
                    self.warnings.push(format!("{} has no effect: {why}", key.name));
                }
            }
            Support::Only(built) => {
                if !built.iter().any(|one| one.eq_ignore_ascii_case(value)) {
                    self.not_built(key, value, built);
                }
            }
        }
    }

    fn not_built(&mut self, key: &Key, value: &str, built: &[&str]) {
        let shown = if key.kind == Kind::Password { "[hidden]" } else { value };
        let remedy = match built {
            [""] => "leave it out".to_owned(),
            _ => format!("built: {}", built.join(", ")),
        };
        self.problems.push(Problem {
            key: key.name.to_owned(),
            message: format!("{}={shown} is not built into klamm yet", key.name),
            remedy: Some(remedy),
        });
    }

    pub(super) fn refuse(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push(Problem { key: key.to_owned(), message: message.into(), remedy: None });
    }

    pub(super) fn refuse_with(&mut self, key: &str, message: String, remedy: impl Into<String>) {
        let remedy = Some(remedy.into());
        self.problems.push(Problem { key: key.to_owned(), message, remedy });
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    /// Whether the file has the setting.
    pub(super) fn has(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    /// Whether records come from a cluster behind a network.
    pub(super) fn has_cluster(&self) -> bool {
        self.has_cluster
    }

    /// Every setting of the file.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a String, &'a String)> {
        self.properties.iter()
    }

    /// The settings whose names begin with `prefix`: what follows it, and the value.
    pub(super) fn with_prefix(&self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let after = move |(name, value): (&'a String, &'a String)| {
            Some((name.strip_prefix(prefix)?, value.as_str()))
        };
        self.properties.iter().filter_map(after)
    }

    /// The value as it stands, or the default; not trimmed.
    pub(super) fn raw(&self, name: &str) -> &'a str {
        let default = keys::find(name).and_then(|key| key.default).unwrap_or("");
        self.properties.get(name).map_or(default, String::as_str)
    }

    pub(super) fn text(&self, name: &str) -> &'a str {
        self.raw(name).trim()
    }

    /// A text that is there and not blank.
    pub(super) fn some_text(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A number that has passed the table's check; 0 where it has not.
    pub(super) fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    pub(super) fn bool(&self, name: &str) -> bool {
        self.text(name).eq_ignore_ascii_case("true")
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.text(name)
            .split(',')
            .map(|element| element.trim().to_owned())
            .filter(|element| !element.is_empty())
            .collect()
    }

    /// The last part of a class name: `TimeBasedPartitioner`.
    pub(super) fn simple_class(&self, name: &str) -> &'a str {
        let class = self.text(name);
        class.rsplit('.').next().unwrap_or(class)
    }
}

/// Kafka's `ConfigDef.parseType` and validators.
fn check_value(key: &Key, raw: &str) -> Result<(), String> {
    let value = raw.trim();
    match key.kind {
        Kind::Text | Kind::Raw | Kind::Password | Kind::List => Ok(()),
        Kind::Class if value.is_empty() && key.default != Some("") => {
            Err(format!("Class {value} could not be found."))
        }
        Kind::Class => Ok(()),
        Kind::Bool if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => {
            Ok(())
        }
        Kind::Bool => Err("Expected value to be either true or false".to_owned()),
        Kind::Int(min, max) => {
            let number: i32 = value.parse().map_err(|_| not_a_number("INT"))?;
            within(i64::from(number), min, max)
        }
        Kind::Long(min, max) => {
            let number: i64 = value.parse().map_err(|_| not_a_number("LONG"))?;
            within(number, min, max)
        }
        Kind::OneOf(allowed) if allowed.contains(&value) => Ok(()),
        Kind::OneOfAnyCase(allowed)
            if allowed.iter().any(|one| one.eq_ignore_ascii_case(value)) =>
        {
            Ok(())
        }
        // Connect itself has other words for it (`ConfigDef.ValidString`) than the connector.
        Kind::OneOf(allowed) if keys::is_of_connect(key.name) => {
            Err(format!("String must be one of: {}", allowed.join(", ")))
        }
        Kind::OneOf(allowed) | Kind::OneOfAnyCase(allowed) => {
            Err(format!("Value must be one of: [{}]", allowed.join(", ")))
        }
    }
}

fn not_a_number(kind: &str) -> String {
    format!("Not a number of type {kind}")
}

fn within(number: i64, min: i64, max: i64) -> Result<(), String> {
    const PART_SIZE_MIN: i64 = 5_242_880;
    if number < min && min == PART_SIZE_MIN {
        return Err("Part size must be at least: 5242880 bytes (5MB)".to_owned());
    }
    if number < min {
        return Err(format!("Value must be at least {min}"));
    }
    if number > max {
        return Err(format!("Value must be no more than {max}"));
    }
    Ok(())
}
