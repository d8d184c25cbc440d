//! The tokens of JSON, with Jackson's leniencies and limits.

use std::fmt;

/// Jackson's `StreamReadConstraints`: the deepest nesting and the longest number.
pub(super) const DEPTH_MAX: usize = 1000;
const NUMBER_CHARACTERS_MAX: usize = 1000;

/// Why bytes are not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong, for a reader.
    pub reason: &'static str,
    /// Where, in bytes from the start.
    pub position: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.position)
    }
}

/// A number as written, already checked against the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberText<'a> {
    pub(super) text: &'a str,
    pub(super) is_integer: bool,
}

/// A cursor over the bytes of one value.
#[derive(Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    /// Where the next byte is read.
    pub(super) position: usize,
}

/// Per byte: may it be copied as it is while inside a string?
static PLAIN_IN_STRING: [bool; 256] = {
    let mut table = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = false;
        byte += 1;
    }
    // Jackson writes what lies beyond 16 bits as a pair of escapes.
    let mut byte = 0xF0;
    while byte <= 0xFF {
        table[byte] = false;
        byte += 1;
    }
    table[b'"' as usize] = false;
    table[b'\\' as usize] = false;
    table
};

impl<'a> Lexer<'a> {
    /// Reads `bytes` up to the first that is not UTF-8; what follows cannot be part of a
    /// value, and what follows a value is of no interest.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Lexer<'a> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()])
                .expect("the part before the first error is valid"),
        };
        let position = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Lexer { text, position }
    }

    pub(super) fn error<T>(&self, reason: &'static str) -> Result<T, JsonError> {
        Err(JsonError { reason, position: self.position })
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// The next byte that is not white space, not consumed.
    pub(super) fn peek_token(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.position += 1;
        }
        None
    }

    pub(super) fn expect(&mut self, wanted: u8, reason: &'static str) -> Result<(), JsonError> {
        if self.peek_token() != Some(wanted) {
            return self.error(reason);
        }
        self.position += 1;
        Ok(())
    }

    /// Reads `true`, `false` or `null`.
    pub(super) fn literal(&mut self, word: &'static str) -> Result<(), JsonError> {
        let rest = &self.text[self.position..];
        let follows = rest.as_bytes().get(word.len()).copied().unwrap_or(b' ');
        let ends = !(follows.is_ascii_alphanumeric() || matches!(follows, b'_' | b'$' | 0x80..));
        if !rest.starts_with(word) || !ends {
            return self.error("unrecognised token");
        }
        self.position += word.len();
        Ok(())
    }

    /// Reads a string whose opening quote is next and appends its content to `out`, in the
    /// form in which Jackson writes it, without the quotes.
    pub(super) fn string(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        self.position += 1;
        let bytes = self.text.as_bytes();
        loop {
            let run = bytes[self.position..]
                .iter()
                .position(|&byte| !PLAIN_IN_STRING[usize::from(byte)])
                .unwrap_or(bytes.len() - self.position);
            out.extend_from_slice(&bytes[self.position..self.position + run]);
            self.position += run;
            match self.peek() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(out)?,
                Some(0xF0..) => {
                    let rest = self.text[self.position..].chars().next();
                    let character = rest.expect("a first byte of four begins a character");
                    push_character(out, character);
                    self.position += character.len_utf8();
                }
                Some(_) => return self.error("control character in a string"),
                None => return self.error("the string does not end"),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        let Some(&letter) = self.text.as_bytes().get(self.position + 1) else {
            return self.error("the string does not end");
        };
        match letter {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', letter]),
            b'/' => out.push(b'/'),
            b'b' | b't' | b'n' | b'f' | b'r' => out.extend_from_slice(&[b'\\', letter]),
            b'u' => return self.unicode_escape(out),
            _ => return self.error("unknown escape in a string"),
        }
        self.position += 2;
        Ok(())
    }

    fn unicode_escape(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        let unit = self.code_unit(self.position)?;
        self.position += 6;
        if (0xD800..0xDC00).contains(&unit)
            && let Ok(low @ 0xDC00..0xE000) = self.code_unit(self.position)
        {
            self.position += 6;
            let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            push_character(out, char::from_u32(code).expect("a pair of surrogates is a character"));
            return Ok(());
        }
        match char::from_u32(unit) {
            Some(character) => push_character(out, character),
            // Half a pair: Jackson writes it as an escape again.
            None => out.extend_from_slice(format!("\\u{unit:04X}").as_bytes()),
        }
        Ok(())
    }

    /// The four hexadecimal digits of `\uXXXX` at a position.
    fn code_unit(&self, position: usize) -> Result<u32, JsonError> {
        let digits = self.text.as_bytes().get(position..position + 6).and_then(|escape| {
            let hex = escape.strip_prefix(b"\\u")?;
            hex.iter()
                .try_fold(0_u32, |value, &digit| Some(value * 16 + char::from(digit).to_digit(16)?))
        });
        digits.ok_or(JsonError { reason: "\\u needs four hexadecimal digits", position })
    }

    /// Reads a number; leading zeros are allowed, as Connect sets Jackson up.
    pub(super) fn number(&mut self) -> Result<NumberText<'a>, JsonError> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        if self.digits() == 0 {
            return self.error("expected a digit");
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            is_integer = false;
            self.position += 1;
            if self.digits() == 0 {
                return self.error("decimal point not followed by a digit");
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_integer = false;
            self.position += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.position += 1;
            }
            let digits_start = self.position;
            if self.digits() == 0 {
                return self.error("exponent without a digit");
            }
            // Java's BigDecimal has a 32 bit exponent.
            if self.text[digits_start..self.position].parse::<i32>().is_err() {
                return self.error("exponent out of range");
            }
        }
        if self.position - start > NUMBER_CHARACTERS_MAX {
            return self.error("a number of more than 1000 characters");
        }
        Ok(NumberText { text: &self.text[start..self.position], is_integer })
    }

    fn digits(&mut self) -> usize {
        let start = self.position;
        while let Some(b'0'..=b'9') = self.peek() {
            self.position += 1;
        }
        self.position - start
    }

    /// After a number at the outermost level: white space or the end must follow.
    pub(super) fn end_of_root_number(&self) -> Result<(), JsonError> {
        match self.peek() {
            None | Some(b' ' | b'\t' | b'\n' | b'\r') => Ok(()),
            Some(_) => self.error("expected space after the number"),
        }
    }
}

fn push_character(out: &mut Vec<u8>, character: char) {
    match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\0'..='\u{1f}' => {
            out.extend_from_slice(format!("\\u{:04X}", u32::from(character)).as_bytes());
        }
        '\u{10000}'.. => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04X}").as_bytes());
            }
        }
        _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Appends text as the content of a JSON string, without the quotes.
pub fn escape_text(out: &mut Vec<u8>, text: &str) {
    let mut start = 0;
    for (index, character) in text.char_indices() {
        if !PLAIN_IN_STRING[usize::from(text.as_bytes()[index])] {
            out.extend_from_slice(&text.as_bytes()[start..index]);
            push_character(out, character);
            start = index + character.len_utf8();
        }
    }
    out.extend_from_slice(&text.as_bytes()[start..]);
}

/// The text of a string's content as Jackson writes it. Half surrogate pairs become U+FFFD.
#[must_use]
pub fn unescape(content: &[u8]) -> String {
    match std::str::from_utf8(content) {
        Ok(text) if !text.contains('\\') => text.to_owned(),
        _ => String::from_utf16_lossy(&utf16_units(content)),
    }
}

/// The UTF-16 units of a string's content as Jackson writes it: what Java has in memory.
pub(super) fn utf16_units(content: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(content);
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            continue;
        }
        let unit = match rest.next() {
            Some('b') => 0x08,
            Some('t') => 0x09,
            Some('n') => 0x0A,
            Some('f') => 0x0C,
            Some('r') => 0x0D,
            Some('u') => {
                let digits: String = rest.by_ref().take(4).collect();
                u16::from_str_radix(&digits, 16).unwrap_or(0xFFFD)
            }
            Some(escaped) => u16::try_from(u32::from(escaped)).unwrap_or(0xFFFD),
            None => break,
        };
        units.push(unit);
    }
    units
}
