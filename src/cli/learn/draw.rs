//! The picture of a visit: who asked whom, and who was told what.

use super::screen::{Tone, width};
use super::texts::Language;
use super::visit::{End, Fault, Visit};
use crate::cli::client::Endpoint;

/// Columns of an arrow.
const ARROW: usize = 42;

/// One line of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) tone: Tone,
    pub(super) text: String,
}

/// Draws a visit.
pub(super) fn visit(visit: &Visit, language: &Language) -> Vec<Line> {
    let mut lines = vec![there(&visit.bootstrap, language.word("draw-bootstrap"))];
    if let End::Bootstrap(fault) = &visit.end {
        lines[0] = lost(&visit.bootstrap, fault_words(*fault, language));
        return lines;
    }
    for (node, at) in &visit.told {
        let told = language.say("draw-node", &[("node", &node.to_string())]);
        lines.push(back(&format!("{told} {at}"), language.word("draw-told")));
    }
    if visit.told.is_empty() {
        let words = language.word("draw-nobody");
        lines.push(Line { tone: Tone::Bad, ..back(words, language.word("draw-no-leader")) });
        return lines;
    }
    for (node, at) in &visit.told {
        match &visit.end {
            End::Told { node: failed, fault, .. } if failed == node => {
                lines.push(lost(at, fault_words(*fault, language)));
            }
            End::Works => {
                let line = there(at, language.word("draw-works"));
                lines.push(Line { tone: Tone::Good, ..line });
            }
            _ => lines.push(there(at, "")),
        }
    }
    lines
}

/// Why an address did not work, in a few words.
fn fault_words(fault: Fault, language: &Language) -> &'static str {
    language.word(match fault {
        Fault::Refused => "fault-refused",
        Fault::Unresolved => "fault-unresolved",
        Fault::Closed => "fault-closed",
        Fault::Silent => "fault-silent",
    })
}

/// `──────── 127.0.0.1:19092 ────────>  words`
fn there(at: &Endpoint, words: &str) -> Line {
    arrow(Tone::Plain, &format!(" {at} "), '─', ('─', '>'), words)
}

/// The same, and it does not arrive.
fn lost(at: &Endpoint, words: &str) -> Line {
    arrow(Tone::Bad, &format!(" {at} "), '─', ('─', 'x'), words)
}

/// The same in the other direction.
fn back(text: &str, words: &str) -> Line {
    arrow(Tone::Plain, &format!(" {text} "), '─', ('<', '─'), words)
}

fn arrow(tone: Tone, text: &str, shaft: char, ends: (char, char), words: &str) -> Line {
    let rest = ARROW.saturating_sub(width(text) + 2);
    let left: String = std::iter::repeat_n(shaft, rest / 2).collect();
    let right: String = std::iter::repeat_n(shaft, rest - rest / 2).collect();
    let text = format!("{}{left}{text}{right}{}  {words}", ends.0, ends.1);
    Line { tone, text: text.trim_end().to_owned() }
}

/// A line of plain words in a picture.
pub(super) fn note(tone: Tone, text: impl Into<String>) -> Line {
    Line { tone, text: text.into() }
}
