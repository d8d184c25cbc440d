//! `path.format`: a pattern in Joda's letters, and what people write instead.
//!
//! Many files carry `!{timestamp:yyyy}`, the prefix language of Amazon Data Firehose. To the
//! connector that means nothing: inside single quotes it is literal text, outside it is refused.

use crate::connect::time::{PathPattern, PatternError};

/// A pattern as it will be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathFormat {
    pub(super) pattern: PathPattern,
    /// The same in Joda's letters, if `!{timestamp:…}` was expanded.
    pub(super) expanded_to: Option<String>,
}

const EXPRESSION: &str = "!{timestamp:";

/// Compiles a pattern; expands `!{timestamp:…}` unless `is_strict`.
pub(super) fn compile(text: &str, is_strict: bool) -> Result<PathFormat, PatternError> {
    let is_foreign = !is_strict && text.contains(EXPRESSION);
    if let Some(joda) = is_foreign.then(|| expand(text)).flatten() {
        let pattern = PathPattern::compile(&joda)?;
        return Ok(PathFormat { pattern, expanded_to: Some(joda) });
    }
    Ok(PathFormat { pattern: PathPattern::compile(text)?, expanded_to: None })
}

/// `'year=!{timestamp:yyyy}/m'` -> `'year='yyyy'/m'`, written the way people write it.
/// `None` if an expression does not end or uses letters that Joda reads differently.
fn expand(text: &str) -> Option<String> {
    let unquoted = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .filter(|inner| !inner.contains('\''))
        .unwrap_or(text);
    let mut joda = String::new();
    let mut rest = unquoted;
    while let Some(start) = rest.find(EXPRESSION) {
        quote_into(&mut joda, &rest[..start]);
        let after = &rest[start + EXPRESSION.len()..];
        let (pattern, tail) = after.split_once('}')?;
        if !pattern.chars().all(|letter| !letter.is_alphabetic() || "yMdHms".contains(letter)) {
            return None;
        }
        joda.push_str(pattern);
        rest = tail;
    }
    quote_into(&mut joda, rest);
    Some(joda)
}

/// Quotes runs of letters; everything else is literal in Joda without quotes.
fn quote_into(joda: &mut String, literal: &str) {
    let mut in_quotes = false;
    for character in literal.chars() {
        if character == '\'' {
            continue;
        }
        if character.is_ascii_alphabetic() != in_quotes {
            let stays = in_quotes && (character.is_ascii_digit() || "_-.".contains(character));
            if !stays {
                joda.push('\'');
                in_quotes = !in_quotes;
            }
        }
        joda.push(character);
    }
    if in_quotes {
        joda.push('\'');
    }
}
