//! Compose's variables: `$NAME`, `${NAME:-default}` and their relatives.

use std::collections::BTreeMap;

/// How deep a default may hold variables of its own.
const DEPTH_MAX: usize = 8;

/// The text with its variables replaced; those that nothing sets are collected.
pub(super) fn interpolate(
    text: &str,
    variables: &BTreeMap<String, String>,
    unset: &mut Vec<String>,
) -> String {
    replace(text, variables, unset, DEPTH_MAX)
}

fn replace(
    text: &str,
    variables: &BTreeMap<String, String>,
    unset: &mut Vec<String>,
    depth: usize,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if rest.starts_with('{') {
            let Some(end) = closing(rest) else {
                out.push('$');
                continue;
            };
            let inside = &rest[1..end];
            rest = &rest[end + 1..];
            if depth > 0 {
                out.push_str(&braced(inside, variables, unset, depth));
            }
        } else {
            let length = name_length(rest);
            if length == 0 {
                out.push('$');
                continue;
            }
            out.push_str(&value(&rest[..length], variables, unset));
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
    out
}

fn name_length(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

/// Where the brace at the start is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn value(name: &str, variables: &BTreeMap<String, String>, unset: &mut Vec<String>) -> String {
    if let Some(value) = variables.get(name) {
        return value.clone();
    }
    if !unset.iter().any(|it| it == name) {
        unset.push(name.to_owned());
    }
    String::new()
}

fn braced(
    inside: &str,
    variables: &BTreeMap<String, String>,
    unset: &mut Vec<String>,
    depth: usize,
) -> String {
    let (name, operator) = inside.split_at(name_length(inside));
    let set = variables.get(name);
    let not_empty = set.filter(|value| !value.is_empty());
    let mut other = |text: &str| replace(text, variables, unset, depth - 1);
    if let Some(default) = operator.strip_prefix(":-") {
        return not_empty.cloned().unwrap_or_else(|| other(default));
    }
    if let Some(default) = operator.strip_prefix('-') {
        return set.cloned().unwrap_or_else(|| other(default));
    }
    if let Some(replacement) = operator.strip_prefix(":+") {
        return not_empty.map_or_else(String::new, |_| other(replacement));
    }
    if let Some(replacement) = operator.strip_prefix('+') {
        return set.map_or_else(String::new, |_| other(replacement));
    }
    value(name, variables, unset)
}

/// The variables of a `.env` file or an `env_file`, each with the bytes of its value.
pub(super) fn env_file(text: &str) -> Vec<(String, String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let body = line.trim_end();
        let trimmed = body.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let trimmed = trimmed.strip_prefix("export ").unwrap_or(trimmed);
        let Some((name, value)) = trimmed.split_once('=') else { continue };
        let begin = at + body.len() - value.len();
        let lead = value.len() - value.trim_start().len();
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (inner, skip) = match quote {
            Some(quote) => (value[1..].split(quote).next().unwrap_or(""), 1),
            None => (value.split(" #").next().unwrap_or("").trim_end(), 0),
        };
        let begin = begin + lead + skip;
        found.push((name.trim().to_owned(), inner.to_owned(), begin..begin + inner.len()));
    }
    found
}
