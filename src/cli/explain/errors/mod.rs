//! What a client or a broker printed: which of the catalogue's mistakes it tells of.
//!
//! The one question that decides most: did the client fail at the address that it was given, or
//! at one that the broker told it? Every client's text answers it (node -1, `/bootstrap`,
//! `seed 0`, `bootstrap-0` against the broker's own number), and none explains it.

mod decide;
mod sight;
mod signs;

use serde_json::json;

use self::decide::{Candidate, decide};
use self::sight::{Sighting, Stage, sightings};
use super::show::Page;
use crate::listener::{Finding, Fix, Syntax};

/// The longest line that is shown as evidence.
const EVIDENCE_CHARS_MAX: usize = 240;

/// What was understood of a text.
#[derive(Debug, Clone)]
pub(super) struct Explained {
    /// Whose words they are.
    pub(super) client: Option<&'static str>,
    /// Where it failed, in a sentence.
    pub(super) story: String,
    /// The likeliest first; the others with the condition under which they are it.
    pub(super) candidates: Vec<Candidate>,
    /// The line that tells most.
    pub(super) evidence: String,
}

/// Reads a text; `None` if nothing in it is known.
pub(super) fn explain(text: &str) -> Option<Explained> {
    let sightings = sightings(text);
    let sign = signs::find(text);
    let (candidates, evidence) = match sign {
        Some((candidates, line)) => (candidates, line),
        None => {
            let telling = decide::most_telling(&sightings)?;
            (decide(&sightings, telling), telling.line.clone())
        }
    };
    let client = sight::client(text);
    let story = decide::most_telling(&sightings).map_or_else(String::new, story);
    let evidence = evidence.trim().chars().take(EVIDENCE_CHARS_MAX).collect();
    Some(Explained { client, story, candidates, evidence })
}

fn story(sighting: &Sighting) -> String {
    let at = sighting.address.as_ref().map_or_else(|| "a broker".to_owned(), ToString::to_string);
    match &sighting.stage {
        Stage::Bootstrap => {
            format!(
                "The client failed at {at}, the address that it was given: it has not spoken to \
                 a broker yet."
            )
        }
        Stage::Told(Some(node)) => format!(
            "The client has reached a broker, which told it that node {node} is at {at}; there \
             it failed."
        ),
        Stage::Told(None) => {
            format!("The client has reached a broker, which sent it to {at}; there it failed.")
        }
        Stage::Unknown => format!("The client failed at {at}."),
    }
}

impl Explained {
    /// The likeliest mistake, as the broker would report it.
    pub(super) fn finding(&self) -> Option<Finding> {
        let first = self.candidates.first()?;
        Some(Finding {
            id: first.id,
            listener: None,
            evidence: self.evidence.clone(),
            cause: first.cause.clone(),
            fix: Fix::advice(first.check.clone()),
        })
    }

    pub(super) fn show(&self, page: &Page) -> String {
        let mut out = String::new();
        if let Some(client) = self.client {
            out.push_str(&page.dim(&format!("The words are those of {client}.")));
            out.push('\n');
        }
        if !self.story.is_empty() {
            out.push_str(&page.wrapped("", &self.story));
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let Some(finding) = self.finding() else { return out };
        out.push_str(&page.heading(finding.id, finding.title()));
        out.push_str(&page.wrapped("     seen   ", &finding.evidence));
        out.push_str(&page.wrapped("     why    ", &finding.cause));
        out.push_str(&page.wrapped("     check  ", &finding.fix.advice));
        for other in &self.candidates[1..] {
            let title = crate::listener::mistake_of(other.id).map_or("", |it| it.title);
            out.push('\n');
            out.push_str(&format!("or {}  {}\n", page.bold(other.id), page.bold(title)));
            out.push_str(&page.wrapped("     if     ", &other.condition));
            out.push_str(&page.wrapped("     check  ", &other.check));
        }
        let mut ids: Vec<&str> = self.candidates.iter().map(|it| it.id).collect();
        ids.dedup();
        let commands: Vec<String> = ids.iter().map(|id| format!("klamm explain {id}")).collect();
        out.push('\n');
        out.push_str(&page.dim(&page.wrapped("more: ", &commands.join(", "))));
        out
    }

    pub(super) fn json(&self) -> String {
        let finding = self.finding().map(|it| it.report(Syntax::Properties));
        let others: Vec<serde_json::Value> = self.candidates.iter().skip(1).map(|it| {
            json!({ "id": it.id, "if": it.condition, "cause": it.cause, "check": it.check })
        }).collect();
        let whole = json!({
            "format": "error",
            "client": self.client,
            "story": self.story,
            "findings": finding.into_iter().collect::<Vec<_>>(),
            "alternatives": others,
        });
        format!("{whole:#}\n")
    }
}
