//! Java's `.properties` syntax (`java.util.Properties.load`), exactly: comments, continued lines,
//! the three separators, escapes.

/// A key and a value with the line where the key stands, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// Where it stands.
    pub line: usize,
}

/// A line that cannot be read; Java knows only this one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: Malformed \\uxxxx encoding.")]
pub struct PropertiesError {
    /// Where it stands.
    pub line: usize,
}

/// Reads a file's text. Keys may repeat; the last one wins, as the caller applies them in order.
pub fn parse(text: &str) -> Result<Vec<Property>, PropertiesError> {
    let mut properties = Vec::new();
    for (line, logical) in logical_lines(text) {
        let (key, value) = split(&logical);
        let unescaped = |text: &str| unescape(text).ok_or(PropertiesError { line });
        properties.push(Property { key: unescaped(key)?, value: unescaped(value)?, line });
    }
    Ok(properties)
}

/// Bytes as Java reads them, ISO 8859-1, unless they are UTF-8, which is what people write.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Lines without comments and blank ones, continued lines joined.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in natural_lines(text).into_iter().enumerate() {
        let line = line.trim_start_matches(is_blank);
        let is_comment = line.starts_with(['#', '!']);
        // A continued line without text begins anew: a blank line or a comment ends it.
        let is_begin = open.as_ref().is_none_or(|(_, joined)| joined.is_empty());
        if is_begin && (line.is_empty() || is_comment) {
            open = None;
            continue;
        }
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        let continues = backslashes % 2 == 1;
        let kept = if continues { &line[..line.len() - 1] } else { line };
        let (_, joined) = open.get_or_insert_with(|| (index + 1, String::new()));
        joined.push_str(kept);
        if !continues {
            lines.extend(open.take());
        }
    }
    lines.extend(open);
    lines
}

/// `\n`, `\r` and `\r\n` end a line.
fn natural_lines(text: &str) -> Vec<&str> {
    let ended = text.strip_suffix('\n').or_else(|| text.strip_suffix('\r')).unwrap_or(text);
    ended
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .flat_map(|line| line.split('\r'))
        .collect()
}

/// The key ends at the first `=`, `:` or blank that is not escaped; blanks around one `=` or
/// `:` belong to neither side.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let ends = |(index, c): (usize, char)| {
        let is_end = !escaped && (is_blank(c) || c == '=' || c == ':');
        escaped = c == '\\' && !escaped;
        is_end.then_some(index)
    };
    let Some(end) = line.char_indices().find_map(ends) else { return (line, "") };
    let rest = line[end..].trim_start_matches(is_blank);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (&line[..end], rest.trim_start_matches(is_blank))
}

fn unescape(text: &str) -> Option<String> {
    let mut chars = text.chars();
    let mut escaped_units = Vec::new();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        if c != '\\' {
            flush(&mut escaped_units, &mut out);
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let is_hex = digits.len() == 4 && digits.bytes().all(|it| it.is_ascii_hexdigit());
                escaped_units.push(is_hex.then(|| u16::from_str_radix(&digits, 16).ok())??);
            }
            Some(escape) => {
                flush(&mut escaped_units, &mut out);
                out.push(match escape {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    'f' => '\u{c}',
                    other => other,
                });
            }
            None => {}
        }
    }
    flush(&mut escaped_units, &mut out);
    Some(out)
}

/// Two escapes may be the halves of one character.
fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.push_str(&String::from_utf16_lossy(units));
    units.clear();
}
