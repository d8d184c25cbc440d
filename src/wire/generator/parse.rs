//! Reads the message tables. Their grammar is in `definitions/README.md`.
//!
//! A table that does not follow the grammar stops the build with its line.

use std::str::SplitWhitespace;

/// A range of versions; empty if `low > high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) low: i16,
    pub(crate) high: i16,
}

impl Versions {
    pub(crate) const NONE: Versions = Versions { low: 0, high: -1 };

    fn parse(text: &str) -> Versions {
        let number =
            |t: &str| t.parse::<i16>().unwrap_or_else(|_| panic!("not a version range: {text}"));
        if text == "none" || text == "-" {
            Versions::NONE
        } else if let Some(low) = text.strip_suffix('+') {
            Versions { low: number(low), high: i16::MAX }
        } else if let Some((low, high)) = text.split_once('-') {
            Versions { low: number(low), high: number(high) }
        } else {
            Versions { low: number(text), high: number(text) }
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.low > self.high
    }

    /// The versions that are in both.
    pub(crate) fn within(self, other: Versions) -> Versions {
        let both = Versions { low: self.low.max(other.low), high: self.high.min(other.high) };
        if both.is_empty() { Versions::NONE } else { both }
    }

    /// The smallest range that holds both.
    pub(crate) fn hull(self, other: Versions) -> Versions {
        if self.is_empty() {
            other
        } else if other.is_empty() {
            self
        } else {
            Versions { low: self.low.min(other.low), high: self.high.max(other.high) }
        }
    }

    pub(crate) fn contains(self, version: i16) -> bool {
        self.low <= version && version <= self.high
    }
}

/// A field's type as the tables write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// `bool`, `int8` to `int64`, `uint16`, `uint32`, `float64`, `uuid`.
    Fixed(&'static str),
    Text,
    Bytes,
    Records,
    Struct(String),
    Array(Box<Type>),
}

const FIXED: &[&str] =
    &["bool", "int8", "int16", "int32", "int64", "uint16", "uint32", "float64", "uuid"];

impl Type {
    fn parse(text: &str) -> Type {
        if let Some(item) = text.strip_prefix("[]") {
            return Type::Array(Box::new(Type::parse(item)));
        }
        if let Some(fixed) = FIXED.iter().find(|fixed| **fixed == text) {
            return Type::Fixed(fixed);
        }
        match text {
            "string" => Type::Text,
            "bytes" => Type::Bytes,
            "records" => Type::Records,
            _ => {
                assert!(text.starts_with(char::is_uppercase), "not a type: {text}");
                Type::Struct(text.to_owned())
            }
        }
    }
}

/// One line of a table, with the lines below it that are indented further.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) versions: Versions,
    pub(crate) nullable: Versions,
    pub(crate) tag: Option<u32>,
    pub(crate) tagged: Versions,
    /// Overrides the message's flexible versions.
    pub(crate) flexible: Option<Versions>,
    pub(crate) default: Option<String>,
    pub(crate) ignorable: bool,
    /// The line's words after the name, for the documentation.
    pub(crate) words: String,
    pub(crate) fields: Vec<Field>,
}

/// A struct used by several fields.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

/// A message: request, response, header or record.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) versions: Versions,
    pub(crate) flexible: Versions,
    /// The record type.
    pub(crate) key: Option<i16>,
    pub(crate) listeners: Vec<String>,
    pub(crate) latest_unstable: bool,
    pub(crate) fields: Vec<Field>,
    pub(crate) shared: Vec<Shared>,
}

/// One file of tables.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// Key and name, if the file describes an API.
    pub(crate) api: Option<(i16, String)>,
    pub(crate) messages: Vec<Message>,
}

/// Reads one file.
pub(crate) fn parse(text: &str) -> Tables {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| ((line.len() - line.trim_start().len()) / 2, line.trim()))
        .collect();
    let mut tables = Tables::default();
    let mut rest = lines.as_slice();
    while let Some((&(depth, line), below)) = rest.split_first() {
        assert_eq!(depth, 0, "a message expected: {line}");
        let (body, after) = split_block(below, 0);
        let mut words = line.split_whitespace();
        let kind = word(&mut words, line);
        if kind == "api" {
            let key = word(&mut words, line).parse().expect("an API key is a number");
            tables.api = Some((key, word(&mut words, line).to_owned()));
        } else {
            tables.messages.push(parse_message(kind, words, line, body));
        }
        rest = after;
    }
    tables
}

type Lines<'t> = &'t [(usize, &'t str)];

/// The lines deeper than `depth`, and what follows them.
fn split_block<'t>(lines: Lines<'t>, depth: usize) -> (Lines<'t>, Lines<'t>) {
    let end = lines.iter().position(|(d, _)| *d <= depth).unwrap_or(lines.len());
    lines.split_at(end)
}

fn word<'t>(words: &mut SplitWhitespace<'t>, line: &str) -> &'t str {
    words.next().unwrap_or_else(|| panic!("a word is missing: {line}"))
}

fn parse_message(
    kind: &str,
    mut words: SplitWhitespace<'_>,
    line: &str,
    body: Lines<'_>,
) -> Message {
    let mut message = Message {
        kind: kind.to_owned(),
        name: word(&mut words, line).to_owned(),
        versions: Versions::parse(word(&mut words, line)),
        flexible: Versions::NONE,
        key: None,
        listeners: Vec::new(),
        latest_unstable: false,
        fields: Vec::new(),
        shared: Vec::new(),
    };
    while let Some(option) = words.next() {
        match option {
            "flexible" => message.flexible = Versions::parse(word(&mut words, line)),
            "key" => message.key = Some(word(&mut words, line).parse().expect("a record type")),
            "listeners" => {
                message.listeners = word(&mut words, line).split(',').map(str::to_owned).collect();
            }
            "latest-unstable" => message.latest_unstable = true,
            _ => panic!("unknown word {option}: {line}"),
        }
    }
    let mut rest = body;
    while let Some((&(depth, line), below)) = rest.split_first() {
        let (inner, after) = split_block(below, depth);
        if let Some(shared) = line.strip_prefix("struct ") {
            let name = word(&mut shared.split_whitespace(), line).to_owned();
            message.shared.push(Shared { name, fields: parse_fields(inner) });
        } else {
            message.fields.push(parse_field(line, inner));
        }
        rest = after;
    }
    message
}

fn parse_fields(lines: Lines<'_>) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut rest = lines;
    while let Some((&(depth, line), below)) = rest.split_first() {
        let (inner, after) = split_block(below, depth);
        fields.push(parse_field(line, inner));
        rest = after;
    }
    fields
}

fn parse_field(line: &str, inner: Lines<'_>) -> Field {
    let mut words = line.split_whitespace();
    let name = word(&mut words, line).to_owned();
    let mut field = Field {
        words: line[name.len()..].trim().to_owned(),
        name,
        ty: Type::parse(word(&mut words, line)),
        versions: Versions::parse(word(&mut words, line)),
        nullable: Versions::NONE,
        tag: None,
        tagged: Versions::NONE,
        flexible: None,
        default: None,
        ignorable: false,
        fields: parse_fields(inner),
    };
    while let Some(option) = words.next() {
        match option {
            "nullable" => field.nullable = Versions::parse(word(&mut words, line)),
            "tag" => field.tag = Some(word(&mut words, line).parse().expect("a tag is a number")),
            "tagged" => field.tagged = Versions::parse(word(&mut words, line)),
            "flexible" => field.flexible = Some(Versions::parse(word(&mut words, line))),
            // The extractor wrote some of Python's literals.
            "default" => {
                field.default = Some(word(&mut words, line).to_lowercase().replace("none", "null"))
            }
            "entity" => {
                word(&mut words, line);
            }
            "ignorable" => field.ignorable = true,
            "key" | "zero-copy" => {}
            _ => panic!("unknown word {option}: {line}"),
        }
    }
    if field.versions.is_empty() {
        field.versions = field.tagged;
    }
    field
}
