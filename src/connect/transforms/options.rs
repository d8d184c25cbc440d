//! The settings of one transform or predicate, read with Kafka's texts.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Something wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionError {
    /// The setting, without its prefix.
    pub name: String,
    /// In Kafka's words.
    pub message: String,
}

/// The settings of one transform or predicate.
#[derive(Debug)]
pub struct Options<'a> {
    /// What follows `transforms.<alias>.`, and the values.
    values: BTreeMap<&'a str, &'a str>,
    /// What stands before the names in messages.
    prefix: String,
    known: RefCell<BTreeSet<String>>,
    errors: RefCell<Vec<OptionError>>,
}

impl<'a> Options<'a> {
    /// These settings; `prefix` is `transforms.<alias>.`.
    #[must_use]
    pub fn new(values: BTreeMap<&'a str, &'a str>, prefix: impl Into<String>) -> Options<'a> {
        Options {
            values,
            prefix: prefix.into(),
            known: RefCell::default(),
            errors: RefCell::default(),
        }
    }

    /// What was wrong.
    #[must_use]
    pub fn errors(&self) -> Vec<OptionError> {
        self.errors.borrow().clone()
    }

    /// The settings that nobody has asked for, and those that somebody has.
    #[must_use]
    pub fn unknown(&self) -> (Vec<&'a str>, BTreeSet<String>) {
        let known = self.known.borrow().clone();
        let unknown = self.values.keys().copied().filter(|name| !known.contains(*name));
        (unknown.collect(), known)
    }

    pub(super) fn refuse(&self, name: &str, message: impl Into<String>) {
        let error = OptionError { name: name.to_owned(), message: message.into() };
        self.errors.borrow_mut().push(error);
    }

    /// `Invalid value <value> for configuration <name>: <reason>`
    pub(super) fn invalid(&self, name: &str, value: &str, reason: &str) {
        let key = format!("{}{name}", self.prefix);
        self.refuse(name, format!("Invalid value {value} for configuration {key}: {reason}"));
    }

    /// The text of a setting, trimmed, if it is there.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.known.borrow_mut().insert(name.to_owned());
        self.values.get(name).map(|value| value.trim())
    }

    /// The text of a setting that must be there.
    pub(super) fn required(&self, name: &str) -> &'a str {
        self.text(name).unwrap_or_else(|| {
            let key = format!("{}{name}", self.prefix);
            self.refuse(
                name,
                format!("Missing required configuration \"{key}\" which has no default value."),
            );
            ""
        })
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        elements(self.text(name).unwrap_or(""))
    }

    /// A list that must be there and have elements.
    pub(super) fn required_list(&self, name: &str) -> Vec<String> {
        let value = self.required(name);
        let list = elements(value);
        if list.is_empty() && self.values.contains_key(name) {
            let key = format!("{}{name}", self.prefix);
            let text = "must not be empty. Valid values include: any non-empty value";
            self.refuse(name, format!("Configuration '{key}' {text}"));
        }
        list
    }

    pub(super) fn bool(&self, name: &str, default: bool) -> bool {
        match self.text(name).map(str::to_ascii_lowercase).as_deref() {
            None => default,
            Some("true") => true,
            Some("false") => false,
            Some(other) => {
                self.invalid(name, other, "Expected value to be either true or false");
                default
            }
        }
    }

    pub(super) fn one_of(&self, name: &str, value: &str, allowed: &[&str]) {
        if !allowed.contains(&value) {
            let allowed = allowed.join(", ");
            self.invalid(name, value, &format!("String must be one of: {allowed}"));
        }
    }

    /// A regular expression over the whole text, as Java's `matches`.
    pub(super) fn pattern(&self, name: &str, refusal: &str) -> Option<regex_lite::Regex> {
        let text = self.required(name);
        match regex_lite::Regex::new(&format!("^(?:{text})$")) {
            Ok(regex) => Some(regex),
            Err(_) => {
                self.invalid(name, text, &format!("{refusal}{text}"));
                None
            }
        }
    }
}

fn elements(value: &str) -> Vec<String> {
    let elements = value.split(',').map(|element| element.trim().to_owned());
    elements.filter(|element| !element.is_empty()).collect()
}
