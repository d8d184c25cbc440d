//! What is wrong with a configuration, all of it, and what was quietly changed.

use std::fmt;

use super::settings::{Origin, Settings};
use crate::cluster::{ConfigError, broker_key};
use crate::listener;

/// A refused setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The number in the catalogue of listener mistakes, if it has one.
    pub id: Option<&'static str>,
    /// The setting; empty if it is about the whole.
    pub setting: String,
    /// What it was given.
    pub value: String,
    /// Where it was given.
    pub origin: Option<Origin>,
    /// What is wrong, in Kafka's words where it has some.
    pub reason: String,
    /// What would be allowed.
    pub allowed: String,
    /// How to get there: lines to read or to copy.
    pub fix: Vec<String>,
}

impl Problem {
    /// A problem that is not about one setting.
    pub fn whole(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Problem {
            id: None,
            setting: String::new(),
            value: String::new(),
            origin: None,
            reason: reason.into(),
            allowed: String::new(),
            fix: vec![fix.into()],
        }
    }

    pub(super) fn of_error(error: &ConfigError, settings: &Settings) -> Self {
        let mut problem = Problem::whole(error.reason.clone(), "");
        problem.fix.clear();
        if error.name.is_empty() {
            return problem;
        }
        let setting = settings.get(&error.name);
        problem.reason = error.to_string();
        problem.setting.clone_from(&error.name);
        problem.value = setting.map_or_else(|| error.value.clone(), |it| it.value.clone());
        problem.origin = setting.map(|it| it.origin.clone());
        if let Some(broker_key) = broker_key(&error.name) {
            problem.allowed = broker_key.key.allowed();
            let syntax = problem.origin.as_ref().and_then(Origin::syntax).unwrap_or_default();
            if let Some(default) = broker_key.key.default.filter(|text| !text.is_empty()) {
                let assignment = syntax.assignment(&error.name, default);
                problem.fix.push(format!("{assignment}   (the default)"));
            }
        }
        problem
    }

    pub(super) fn of_listener(problem: listener::Problem, settings: &Settings) -> Self {
        let setting = settings.get(&problem.setting);
        let origin = setting.map(|it| it.origin.clone());
        let own = origin.as_ref().and_then(Origin::syntax);
        Problem {
            id: problem.id,
            value: problem.value,
            fix: problem.fix.lines(own.unwrap_or_else(|| settings.syntax())),
            setting: problem.setting,
            origin,
            reason: problem.reason,
            allowed: problem.allowed,
        }
    }
}

impl fmt::Display for Problem {
    /// A heading line, then indented `what`, `allowed`, `fix`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.map_or_else(String::new, |id| format!("  [{id}]"));
        if self.setting.is_empty() {
            writeln!(f, "{}{id}", self.reason)?;
        } else {
            let value = if self.value.is_empty() { "(not set)" } else { &self.value };
            write!(f, "{} = {value}", self.setting)?;
            if let Some(origin) = &self.origin {
                write!(f, "   (from {origin})")?;
            }
            writeln!(f, "{id}")?;
            writeln!(f, "     what     {}", self.reason)?;
        }
        if !self.allowed.is_empty() {
            writeln!(f, "     allowed  {}", self.allowed)?;
        }
        for (index, line) in self.fix.iter().enumerate() {
            let label = if index == 0 { "fix" } else { "" };
            writeln!(f, "     {label:<8} {line}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a configuration. Exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// At least one.
    pub problems: Vec<Problem>,
    /// What else there is to say about the settings.
    pub notes: Vec<Note>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        writeln!(f, "{count} {noun} with the configuration; nothing was started.")?;
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "\n{:>3}  {problem}", index + 1)?;
        }
        if !self.notes.is_empty() {
            writeln!(f)?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// How loud a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// Something to know.
    Note,
    /// Something that is probably not meant.
    Warning,
}

/// A line about something that was accepted, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How loud.
    pub kind: NoteKind,
    /// The line.
    pub text: String,
}

impl Note {
    pub(super) fn info(text: impl Into<String>) -> Self {
        Note { kind: NoteKind::Note, text: text.into() }
    }

    pub(super) fn warning(text: impl Into<String>) -> Self {
        Note { kind: NoteKind::Warning, text: text.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            NoteKind::Note => write!(f, "note: {}", self.text),
            NoteKind::Warning => write!(f, "warning: {}", self.text),
        }
    }
}
