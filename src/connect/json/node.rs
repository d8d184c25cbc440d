//! JSON as a tree, for records that carry their schema.

use super::lexer::{DEPTH_MAX, JsonError, Lexer};
use super::number::wrapped_integer;

/// A value, with as much of its text as Connect looks at later.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number without point and exponent, as written.
    Integer(Box<str>),
    /// A number with point or exponent, as written.
    Decimal(Box<str>),
    /// The content of a string in the form in which Jackson writes it.
    Text(Box<[u8]>),
    /// `[…]`
    Array(Vec<Node>),
    /// `{…}`; each name once, as it came first, with its last value.
    Object(Vec<(Box<[u8]>, Node)>),
}

impl Node {
    /// The member of an object. Names are in the form in which Jackson writes them.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&Node> {
        match self {
            Node::Object(members) => {
                members.iter().find(|(key, _)| &**key == name).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Node::Null
    }

    /// Jackson's name of the kind of node.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Null => "NULL",
            Node::Bool(_) => "BOOLEAN",
            Node::Integer(_) | Node::Decimal(_) => "NUMBER",
            Node::Text(_) => "STRING",
            Node::Array(_) => "ARRAY",
            Node::Object(_) => "OBJECT",
        }
    }

    /// `JsonNode.longValue`: decimals are cut, what is no number is 0.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the bits that Java keeps, too")]
    pub fn long_value(&self) -> i64 {
        match self {
            Node::Integer(text) => wrapped_integer(text),
            Node::Decimal(text) => text.parse::<f64>().unwrap_or(0.0) as i64,
            _ => 0,
        }
    }

    /// `JsonNode.doubleValue`: what is no number is 0.
    #[must_use]
    pub fn double_value(&self) -> f64 {
        match self {
            Node::Integer(text) | Node::Decimal(text) => text.parse().unwrap_or(0.0),
            _ => 0.0,
        }
    }
}

/// Reads the first JSON value of `input`; `None` if there is nothing.
///
/// # Errors
/// If Jackson would refuse the input.
pub fn parse_node(input: &[u8]) -> Result<Option<Node>, JsonError> {
    let mut lexer = Lexer::new(input);
    match lexer.peek_token() {
        None if lexer.position < input.len() => lexer.error("invalid UTF-8"),
        None => Ok(None),
        Some(b'-' | b'0'..=b'9') => {
            let node = value(&mut lexer, 0)?;
            lexer.end_of_root_number()?;
            Ok(Some(node))
        }
        Some(_) => value(&mut lexer, 0).map(Some),
    }
}

fn value(lexer: &mut Lexer<'_>, depth: usize) -> Result<Node, JsonError> {
    if depth > DEPTH_MAX {
        return lexer.error("nested more than 1000 deep");
    }
    match lexer.peek_token() {
        Some(b'"') => string(lexer).map(Node::Text),
        Some(b'{') => object(lexer, depth),
        Some(b'[') => array(lexer, depth),
        Some(b'-' | b'0'..=b'9') => {
            let number = lexer.number()?;
            let text = number.text.into();
            Ok(if number.is_integer { Node::Integer(text) } else { Node::Decimal(text) })
        }
        Some(b't') => lexer.literal("true").map(|()| Node::Bool(true)),
        Some(b'f') => lexer.literal("false").map(|()| Node::Bool(false)),
        Some(b'n') => lexer.literal("null").map(|()| Node::Null),
        Some(_) => lexer.error("expected a value"),
        None => lexer.error("the value does not end"),
    }
}

fn string(lexer: &mut Lexer<'_>) -> Result<Box<[u8]>, JsonError> {
    let mut content = Vec::new();
    lexer.string(&mut content)?;
    Ok(content.into_boxed_slice())
}

fn array(lexer: &mut Lexer<'_>, depth: usize) -> Result<Node, JsonError> {
    lexer.position += 1;
    let mut elements = Vec::new();
    if lexer.peek_token() == Some(b']') {
        lexer.position += 1;
        return Ok(Node::Array(elements));
    }
    loop {
        elements.push(value(lexer, depth + 1)?);
        match lexer.peek_token() {
            Some(b',') => lexer.position += 1,
            Some(b']') => {
                lexer.position += 1;
                return Ok(Node::Array(elements));
            }
            _ => return lexer.error("expected a comma or the end of the array"),
        }
    }
}

fn object(lexer: &mut Lexer<'_>, depth: usize) -> Result<Node, JsonError> {
    lexer.position += 1;
    let mut members: Vec<(Box<[u8]>, Node)> = Vec::new();
    if lexer.peek_token() == Some(b'}') {
        lexer.position += 1;
        return Ok(Node::Object(members));
    }
    loop {
        if lexer.peek_token() != Some(b'"') {
            return lexer.error("expected a field name in double quotes");
        }
        let name = string(lexer)?;
        lexer.expect(b':', "expected a colon after the field name")?;
        let node = value(lexer, depth + 1)?;
        match members.iter_mut().find(|(key, _)| *key == name) {
            Some((_, first)) => *first = node,
            None => members.push((name, node)),
        }
        match lexer.peek_token() {
            Some(b',') => lexer.position += 1,
            Some(b'}') => {
                lexer.position += 1;
                return Ok(Node::Object(members));
            }
            _ => return lexer.error("expected a comma or the end of the object"),
        }
    }
}

impl Node {
    /// Writes the value as it was read, without white space.
    pub fn write_plain(&self, out: &mut Vec<u8>) {
        match self {
            Node::Null => out.extend_from_slice(b"null"),
            Node::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Node::Integer(text) | Node::Decimal(text) => out.extend_from_slice(text.as_bytes()),
            Node::Text(content) => write_quoted(out, content),
            Node::Array(elements) => {
                out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    element.write_plain(out);
                }
                out.push(b']');
            }
            Node::Object(members) => {
                out.push(b'{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_quoted(out, name);
                    out.push(b':');
                    member.write_plain(out);
                }
                out.push(b'}');
            }
        }
    }
}

/// Appends the content of a string between quotes.
pub fn write_quoted(out: &mut Vec<u8>, content: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(content);
    out.push(b'"');
}
