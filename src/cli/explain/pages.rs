//! The catalogue in the terminal: the list, and each mistake in full, from `docs/LISTENERS.md`.

use std::fmt::Write;

use super::show::Page;
use crate::listener::{CATALOGUE, Mistake};

const DOCUMENT: &str = include_str!("../../../docs/LISTENERS.md");

/// The mistake that an argument such as `L03` or `l3` names.
pub(super) fn named(argument: &str) -> Option<&'static Mistake> {
    let number = argument.strip_prefix(['L', 'l'])?;
    let number: usize = number.parse().ok().filter(|_| number.len() <= 2)?;
    CATALOGUE.iter().find(|mistake| mistake.id == format!("L{number:02}"))
}

/// All mistakes, a line each.
pub(super) fn list(page: &Page) -> String {
    let mut out = format!("{}\n\n", page.bold("The ways in which clients fail to connect"));
    for mistake in &CATALOGUE {
        let _ = writeln!(out, "  {}  {}", page.bold(mistake.id), mistake.title);
    }
    out.push('\n');
    out.push_str(&page.wrapped(
        "",
        "klamm explain L03 tells one of them in full; klamm explain FILE says which of them a \
         compose file, a server.properties, a manifest or an error message has.",
    ));
    out
}

/// A mistake in full.
pub(super) fn mistake(page: &Page, mistake: &Mistake) -> String {
    let mut out = format!("{}  {}\n", page.bold(mistake.id), page.bold(mistake.title));
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in section(mistake.id).lines() {
        if line.starts_with("```") {
            out.push_str(&flushed(page, &mut paragraph));
            if !is_code {
                out.push('\n');
            }
            is_code = !is_code;
        } else if is_code {
            let _ = writeln!(out, "      {line}");
        } else if line.is_empty() {
            out.push_str(&flushed(page, &mut paragraph));
        } else {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    out.push_str(&flushed(page, &mut paragraph));
    out
}

/// A mistake for programs: its paragraphs by their headings.
pub(super) fn json(mistake: &Mistake) -> String {
    let text = section(mistake.id);
    let mut parts = serde_json::Map::new();
    for paragraph in text.split("\n**").map(|it| it.trim_start_matches("**")) {
        if let Some((heading, body)) = paragraph.split_once(".** ") {
            let name = heading.to_lowercase().replace(' ', "_");
            parts.insert(name, body.trim().into());
        }
    }
    let mut whole = serde_json::json!({ "id": mistake.id, "title": mistake.title });
    if let Some(object) = whole.as_object_mut() {
        object.extend(parts);
    }
    format!("{whole:#}\n")
}

/// The text below the heading of a mistake.
fn section(id: &str) -> &'static str {
    let heading = format!("\n## {id} ");
    let Some(start) = DOCUMENT.find(&heading) else { return "" };
    let body = DOCUMENT[start + 1..].split_once('\n').map_or("", |(_, body)| body);
    let end = body.find("\n## ").unwrap_or(body.len());
    let body = &body[..end];
    body.rfind("\n<a id=").map_or(body, |at| &body[..at])
}

/// A paragraph with its heading on a line of its own.
fn flushed(page: &Page, paragraph: &mut String) -> String {
    let text = std::mem::take(paragraph);
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let plain = |text: &str| text.replace('`', "");
    match text.strip_prefix("**").and_then(|text| text.split_once(".** ")) {
        Some((heading, body)) => {
            format!("\n  {}\n{}", page.bold(heading), page.wrapped("    ", &plain(body)))
        }
        None => format!("\n{}", page.wrapped("    ", &plain(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_in_full() {
        for it in &CATALOGUE {
            let text = mistake(&Page::plain(80), it);
            for heading in ["What you see", "Why", "What to do", "Who finds it"] {
                assert!(text.contains(heading), "{}: {heading}\n{text}", it.id);
            }
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
            assert!(!text.contains("**") && !text.contains("<a id"), "{text}");
        }
    }

    #[test]
    fn a_mistake_is_named_in_any_spelling() {
        let id = |text| named(text).map(|it| it.id);
        assert_eq!(id("L03"), Some("L03"));
        assert_eq!(id("l3"), Some("L03"));
        assert_eq!(id("L21"), Some("L21"));
        assert_eq!(id("L22"), None);
        assert_eq!(id("L"), None);
        assert_eq!(id("listeners.yml"), None);
    }
}
