//! A refused setting and the way out, in the spelling that the user uses.

use std::fmt;

/// How the user writes settings: decides how a fix is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Syntax {
    /// `advertised.listeners=...` in a file.
    #[default]
    Properties,
    /// `KAFKA_ADVERTISED_LISTENERS=...` in the environment.
    Environment,
    /// `--advertised-listeners ...` on the command line.
    Flags,
}

impl Syntax {
    /// A setting's name in this spelling.
    #[must_use]
    pub fn name(self, setting: &str) -> String {
        match self {
            Syntax::Properties => setting.to_owned(),
            Syntax::Environment => {
                let name = setting.to_uppercase();
                let name = name.replace('_', "__").replace('-', "___").replace('.', "_");
                if name.starts_with("KLAMM_") { name } else { format!("KAFKA_{name}") }
            }
            Syntax::Flags => match setting {
                "listeners" | "advertised.listeners" => format!("--{}", setting.replace('.', "-")),
                _ => format!("--set {setting}"),
            },
        }
    }

    /// A setting with its value in this spelling.
    #[must_use]
    pub fn assignment(self, setting: &str, value: &str) -> String {
        let name = self.name(setting);
        let separator = if self == Syntax::Flags && !name.starts_with("--set") { ' ' } else { '=' };
        format!("{name}{separator}{value}")
    }
}

/// A way out: settings to write, or advice where no value can be named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fix {
    /// What to do, in words.
    pub advice: String,
    /// The settings to write, each with its value.
    pub set: Vec<(String, String)>,
}

impl Fix {
    /// Words only.
    pub fn advice(advice: impl Into<String>) -> Self {
        Fix { advice: advice.into(), set: Vec::new() }
    }

    /// Words, and a setting to write.
    #[must_use]
    pub fn and_set(mut self, setting: &str, value: impl Into<String>) -> Self {
        self.set.push((setting.to_owned(), value.into()));
        self
    }

    /// The lines to show.
    #[must_use]
    pub fn lines(&self, syntax: Syntax) -> Vec<String> {
        let advice = (!self.advice.is_empty()).then(|| self.advice.clone());
        let set = self.set.iter().map(|(setting, value)| syntax.assignment(setting, value));
        advice.into_iter().chain(set).collect()
    }
}

/// A setting that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The number in the catalogue of listener mistakes, where it has one: `L11`.
    pub id: Option<&'static str>,
    /// The setting.
    pub setting: String,
    /// What it was given; empty if it is missing.
    pub value: String,
    /// What is wrong, in Kafka's own sentence where Kafka has one.
    pub reason: String,
    /// What would be allowed.
    pub allowed: String,
    /// How to get there.
    pub fix: Fix,
}

impl Problem {
    pub(super) fn new(setting: &str, value: &str, reason: impl Into<String>) -> Self {
        Problem {
            id: None,
            setting: setting.to_owned(),
            value: value.to_owned(),
            reason: reason.into(),
            allowed: String::new(),
            fix: Fix::default(),
        }
    }

    pub(super) fn id(mut self, id: &'static str) -> Self {
        self.id = Some(id);
        self
    }

    pub(super) fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = allowed.into();
        self
    }

    pub(super) fn fix(mut self, fix: Fix) -> Self {
        self.fix = fix;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}
