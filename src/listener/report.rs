//! A finding as JSON, and as the lines of a log or a terminal: the same for the broker, `doctor`,
//! `explain` and the console.

use serde::Serialize;

use super::advise::Finding;
use super::catalogue::mistake_of;
use super::problem::{Fix, Syntax};

/// A finding as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingReport {
    /// Its number in the catalogue: `L03`.
    pub id: &'static str,
    /// What the catalogue calls it.
    pub title: &'static str,
    /// The listener it is about, if its name is known.
    pub listener: Option<String>,
    /// What was seen.
    pub evidence: String,
    /// Why that cannot work.
    pub cause: String,
    /// What to do.
    pub fix: FixReport,
    /// Where the catalogue tells it in full.
    pub more: String,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixReport {
    /// In words.
    pub advice: String,
    /// The settings to write.
    pub settings: Vec<SettingReport>,
}

/// A setting to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingReport {
    /// Kafka's name: `advertised.listeners`.
    pub name: String,
    /// What it is to be.
    pub value: String,
    /// Both in the spelling that this user's settings are in.
    pub line: String,
}

impl Fix {
    /// As JSON, in the user's spelling.
    #[must_use]
    pub fn report(&self, syntax: Syntax) -> FixReport {
        let setting = |(name, value): &(String, String)| SettingReport {
            name: name.clone(),
            value: value.clone(),
            line: syntax.assignment(name, value),
        };
        let settings = self.set.iter().map(setting).collect();
        FixReport { advice: self.advice.clone(), settings }
    }
}

impl Finding {
    /// What the catalogue calls it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        mistake_of(self.id).map_or("", |mistake| mistake.title)
    }

    /// As JSON, with the fix in the user's spelling.
    #[must_use]
    pub fn report(&self, syntax: Syntax) -> FindingReport {
        FindingReport {
            id: self.id,
            title: self.title(),
            listener: self.listener.as_ref().map(ToString::to_string),
            evidence: self.evidence.clone(),
            cause: self.cause.clone(),
            fix: self.fix.report(syntax),
            more: mistake_of(self.id).map_or_else(String::new, super::Mistake::more),
        }
    }

    /// A few lines that teach: what it is, what was seen, why it cannot work, what to write.
    #[must_use]
    pub fn lines(&self, syntax: Syntax) -> Vec<String> {
        let mut lines = vec![
            format!("{} {}", self.id, self.title()),
            format!("     seen  {}", self.evidence),
            format!("     why   {}", self.cause),
        ];
        for (index, line) in self.fix.lines(syntax).into_iter().enumerate() {
            let label = if index == 0 { "fix" } else { "" };
            lines.push(format!("     {label:<5} {line}"));
        }
        lines.extend(mistake_of(self.id).map(|it| format!("     more  {}", it.more())));
        lines
    }
}
