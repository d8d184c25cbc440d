//! What people read: the table of who connects from where, the findings, the diff.

use std::io::{self, IsTerminal};

use serde_json::{Value, json};

use super::When;
use super::reading::Diagnosis;
use super::text::Sources;
use super::verdict::Verdict;
use crate::cli::wrap::wrap;
use crate::listener::Syntax;
use crate::listener::reach::{Row, Verdict as Answer};

/// Narrower than this nothing is readable, wider nobody reads.
const WIDTH: std::ops::RangeInclusive<usize> = 60..=120;

/// The terminal, or the file in its place.
pub(super) struct Page {
    width: usize,
    colour: bool,
}

impl Page {
    pub(super) fn new(when: When) -> Page {
        let is_terminal = io::stdout().is_terminal();
        let colour = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none(),
        };
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let asked = rustix::termios::tcgetwinsize(io::stdout()).ok();
        let asked = asked.map(|size| usize::from(size.ws_col)).filter(|width| *width > 0);
        let width = asked.or(columns).unwrap_or(80);
        Page { width: width.clamp(*WIDTH.start(), *WIDTH.end()), colour }
    }

    #[cfg(test)]
    pub(super) fn plain(width: usize) -> Page {
        Page { width, colour: false }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn red(&self, text: &str) -> String {
        self.paint("31", text)
    }

    /// A mistake's number and name.
    pub(super) fn heading(&self, id: &str, title: &str) -> String {
        format!("{}  {}\n", self.paint("1;31", id), self.bold(title))
    }

    /// Text in lines that fit, all but the first indented.
    pub(super) fn wrapped(&self, label: &str, text: &str) -> String {
        let indent = label.chars().count();
        let mut out = String::new();
        for (index, line) in wrap(text, self.width.saturating_sub(indent)).iter().enumerate() {
            if index == 0 {
                out.push_str(label);
            } else {
                out.push_str(&" ".repeat(indent));
            }
            out.push_str(line);
            out.push('\n');
        }
        out
    }
}

/// Everything about a file.
pub(super) fn verdict(page: &Page, sources: &Sources, verdict: &Verdict) -> String {
    let name = sources.path(0).display().to_string();
    let mut out = format!("{}  {}\n\n", page.bold(&name), page.dim(&verdict.summary));
    out.push_str(&table(page, &verdict.rows));
    for note in &verdict.notes {
        out.push_str(&page.dim(&page.wrapped("note  ", note)));
    }
    if !verdict.notes.is_empty() {
        out.push('\n');
    }
    if verdict.diagnoses.is_empty() {
        out.push_str(&page.paint("1;32", "Nothing is wrong here."));
        out.push('\n');
        return out;
    }
    for (diagnosis, lines) in verdict.diagnoses.iter().zip(&verdict.lines) {
        out.push_str(&finding(page, diagnosis, lines));
        out.push('\n');
    }
    out.push_str(&difference(page, verdict));
    out.push_str(&more(page, verdict));
    out
}

fn more(page: &Page, verdict: &Verdict) -> String {
    let mut ids: Vec<&str> = verdict.diagnoses.iter().map(|it| it.finding.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let commands: Vec<String> = ids.iter().map(|id| format!("klamm explain {id}")).collect();
    page.dim(&page.wrapped("more: ", &commands.join(", ")))
}

const HEAD: [&str; 5] = ["WHO", "CONNECTS TO", "LISTENER", "IS SENT TO", "WORKS"];

/// The table; what does not work has its reason in a line below. Where the page is too narrow the
/// listener stands below the address that leads to it, and then the addresses that are told too.
fn table(page: &Page, rows: &[Row]) -> String {
    let mut cells: Vec<Vec<Vec<String>>> = rows.iter().map(cells).collect();
    let mut head = HEAD.to_vec();
    let mut widths = widths(&head, &cells);
    for narrower in [listener_below, told_below] {
        if widths.iter().sum::<usize>() + 2 * (widths.len() - 1) <= page.width {
            break;
        }
        head.remove(2);
        cells = cells.into_iter().map(narrower).collect();
        widths = self::widths(&head, &cells);
    }
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head: Vec<String> = head.into_iter().map(str::to_owned).collect();
    let mut out = format!("{}\n", page.bold(&line(&head)));
    for (row, cells) in rows.iter().zip(&cells) {
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let part: Vec<String> =
                cells.iter().map(|cell| cell.get(at).cloned().unwrap_or_default()).collect();
            out.push_str(&painted(page, row, &line(&part), at == 0));
            out.push('\n');
        }
        out.push_str(&reason(page, row));
    }
    out.push('\n');
    out
}

fn reason(page: &Page, row: &Row) -> String {
    if row.reason.is_empty() {
        return String::new();
    }
    let id = row.id.filter(|_| row.is_expected).map_or(String::new(), |id| format!("{id}: "));
    let text = page.wrapped("  └ ", &format!("{id}{}", row.reason));
    let text = text.trim_end();
    let painted = match (row.verdict, row.is_expected) {
        (Answer::No, true) => page.red(text),
        (Answer::Depends, true) => page.paint("33", text),
        _ => page.dim(text),
    };
    format!("{painted}\n")
}

fn widths(head: &[&str], rows: &[Vec<Vec<String>>]) -> Vec<usize> {
    let cell = |cell: &Vec<String>| cell.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let column = |at: usize| rows.iter().map(|row| cell(&row[at])).max().unwrap_or(0);
    head.iter().enumerate().map(|(at, name)| name.len().max(column(at))).collect()
}

/// The listener below the address.
fn listener_below(mut cells: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let listener = cells.remove(2);
    cells[1]
        .extend(listener.into_iter().filter(|name| name != "-").map(|name| format!("  {name}")));
    cells
}

/// The line of a row, with the verdict at its end in its colour.
fn painted(page: &Page, row: &Row, text: &str, is_first: bool) -> String {
    let word = row.verdict.word();
    let body = text.strip_suffix(word).filter(|_| is_first);
    let Some(body) = body else { return text.to_owned() };
    let code = match (row.verdict, row.is_expected) {
        (Answer::Yes, _) => "1;32",
        (Answer::No, true) => "1;31",
        (Answer::Depends, true) => "1;33",
        _ => "2",
    };
    format!("{body}{}", page.paint(code, word))
}

/// The cells of a row, each with its lines.
fn cells(row: &Row) -> Vec<Vec<String>> {
    let list = |text: &str| -> Vec<String> {
        let parts: Vec<&str> = text.split(',').collect();
        let last = parts.len() - 1;
        let comma = |(at, part): (usize, &&str)| {
            if at < last { format!("{part},") } else { (*part).to_owned() }
        };
        parts.iter().enumerate().map(comma).collect()
    };
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    vec![
        vec![row.who.clone()],
        list(&row.bootstrap),
        vec![dash(row.listener.as_ref().map(ToString::to_string).unwrap_or_default())],
        list(&dash(row.told.join(","))),
        vec![row.verdict.word().to_owned()],
    ]
}

/// Where it is sent, below the address too.
fn told_below(mut cells: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let told = cells.remove(2);
    cells[1].extend(told.into_iter().filter(|told| told != "-").map(|told| format!("  → {told}")));
    cells
}

/// A finding: what was seen, why it matters, what to write.
fn finding(page: &Page, diagnosis: &Diagnosis, lines: &[String]) -> String {
    let it = &diagnosis.finding;
    let mut out = page.heading(it.id, it.title());
    out.push_str(&page.wrapped("     seen  ", &it.evidence));
    out.push_str(&page.wrapped("     why   ", &it.cause));
    let advice =
        if it.fix.advice.is_empty() { "Only you know what is meant." } else { &it.fix.advice };
    out.push_str(&page.wrapped("     fix   ", advice));
    for line in lines {
        out.push_str(&format!("             {line}\n"));
    }
    out
}

fn difference(page: &Page, verdict: &Verdict) -> String {
    if verdict.diff.is_empty() {
        return String::new();
    }
    let heading = match verdict.left.is_empty() {
        true => "The file as it would be right:".to_owned(),
        false => format!("What can be corrected here; {} is left to you:", verdict.left.join(", ")),
    };
    let mut out = format!("{}\n\n", page.bold(&heading));
    for line in verdict.diff.lines() {
        let code = match line.as_bytes().first() {
            _ if line.starts_with("---") || line.starts_with("+++") => "1",
            Some(b'+') => "32",
            Some(b'-') => "31",
            Some(b'@') => "36",
            _ => "",
        };
        out.push_str(&if code.is_empty() { line.to_owned() } else { page.paint(code, line) });
        out.push('\n');
    }
    out.push('\n');
    out
}

/// Everything about a file, for programs.
pub(super) fn json(verdict: &Verdict) -> String {
    let rows: Vec<Value> = verdict
        .rows
        .iter()
        .map(|row| {
            json!({
                "who": row.who,
                "bootstrap": row.bootstrap,
                "listener": row.listener.as_ref().map(ToString::to_string),
                "sent_to": row.told,
                "works": row.verdict.word(),
                "reason": row.reason,
                "expected": row.is_expected,
                "id": row.id,
            })
        })
        .collect();
    let findings: Vec<Value> = verdict
        .diagnoses
        .iter()
        .zip(&verdict.lines)
        .map(|(diagnosis, lines)| {
            let mut report = json!(diagnosis.finding.report(Syntax::Properties));
            report["fix"]["lines"] = json!(lines);
            report
        })
        .collect();
    let whole = json!({
        "format": verdict.format.word(),
        "summary": verdict.summary,
        "connections": rows,
        "findings": findings,
        "notes": verdict.notes,
        "diff": verdict.diff,
        "left": verdict.left,
    });
    format!("{whole:#}\n")
}
