//! YAML as a tree in which every node knows where it stands in the text.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

/// How deep a document may be nested, aliases and merges included.
const DEPTH_MAX: usize = 100;

/// A value with its place in the text.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Bytes of the text, quotes and indicators included.
    pub(super) range: Range<usize>,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Value {
    Scalar { text: String, style: ScalarStyle },
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

/// A text that is no YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct YamlError {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) reason: String,
}

/// All documents of a text.
pub(super) fn parse(text: &str) -> Result<Vec<Rc<Node>>, YamlError> {
    let mut builder = Builder::new(text);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| YamlError {
            line: error.marker().line(),
            column: error.marker().col() + 1,
            reason: error.info().to_owned(),
        })?;
        builder.event(event, span)?;
    }
    Ok(builder.documents)
}

struct Builder<'a> {
    text: &'a str,
    lines: Vec<usize>,
    anchors: HashMap<usize, Rc<Node>>,
    open: Vec<Open>,
    documents: Vec<Rc<Node>>,
}

struct Open {
    anchor: usize,
    start: usize,
    is_mapping: bool,
    children: Vec<Rc<Node>>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Builder { text, lines, anchors: HashMap::new(), open: Vec::new(), documents: Vec::new() }
    }

    /// A mark counts characters; its line and column are what it is sure of.
    fn byte(&self, mark: Marker) -> usize {
        let start = self.lines.get(mark.line().saturating_sub(1)).copied();
        let start = start.unwrap_or(self.text.len());
        let rest = &self.text[start..];
        let column = rest.char_indices().nth(mark.col()).map_or(rest.len(), |(at, _)| at);
        start + column
    }

    /// The parser's end lies behind blanks and comments that follow.
    fn end_of(&self, range: &Range<usize>, style: ScalarStyle) -> usize {
        let text = &self.text[range.clone()];
        let inside = text.get(1..).unwrap_or("");
        let closed = match style {
            ScalarStyle::SingleQuoted => closing(inside, '\'', None),
            ScalarStyle::DoubleQuoted => closing(inside, '"', Some('\\')),
            _ => None,
        };
        range.start + closed.map_or_else(|| text.trim_end().len(), |at| at + 2)
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let mut range = self.byte(span.start)..self.byte(span.end);
                range.end = self.end_of(&range, style);
                let value = Value::Scalar { text: text.into_owned(), style };
                self.done(anchor, Node { value, range });
            }
            Event::SequenceStart(anchor, _) => self.start(anchor, span, false)?,
            Event::MappingStart(anchor, _) => self.start(anchor, span, true)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| YamlError {
                    line: span.start.line(),
                    column: span.start.col() + 1,
                    reason: "the anchor of this alias contains the alias itself".to_owned(),
                })?;
                self.keep(node);
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, anchor: usize, span: Span, is_mapping: bool) -> Result<(), YamlError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(YamlError {
                line: span.start.line(),
                column: span.start.col() + 1,
                reason: format!("nested deeper than {DEPTH_MAX} levels"),
            });
        }
        let start = self.byte(span.start);
        self.open.push(Open { anchor, start, is_mapping, children: Vec::new() });
        Ok(())
    }

    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let last = open.children.last().map_or(open.start, |node| node.range.end);
        let is_flow = self.text[open.start..].starts_with(['{', '[']);
        let end = if is_flow { self.byte(span.end) } else { last };
        let value = if open.is_mapping {
            let mut children = open.children.into_iter();
            let mut entries = Vec::new();
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                entries.push((key, value));
            }
            Value::Mapping(entries)
        } else {
            Value::Sequence(open.children)
        };
        let range = open.start..end.max(open.start);
        self.done(open.anchor, Node { value, range });
    }

    fn done(&mut self, anchor: usize, node: Node) {
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.keep(node);
    }

    fn keep(&mut self, node: Rc<Node>) {
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.documents.push(node),
        }
    }
}

impl Node {
    /// The text of a scalar; `None` for anything else and for null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, style: ScalarStyle::Plain }
                if matches!(text.as_str(), "" | "~" | "null") =>
            {
                None
            }
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it is written with braces or brackets.
    pub(super) fn is_flow(&self, text: &str) -> bool {
        text[self.range.clone()].starts_with(['{', '['])
    }

    /// The entries of a mapping, those that are merged in included, the own ones last and alone
    /// where both have a key.
    pub(super) fn entries(&self) -> Vec<(&Node, &Node)> {
        self.merged(DEPTH_MAX)
    }

    fn merged(&self, depth: usize) -> Vec<(&Node, &Node)> {
        let Value::Mapping(own) = &self.value else { return Vec::new() };
        let mut all: Vec<(&Node, &Node)> = Vec::new();
        for (_, value) in own.iter().filter(|(key, _)| key.text() == Some("<<")) {
            if depth == 0 {
                break;
            }
            match &value.value {
                // Of several, the first that has a key wins.
                Value::Sequence(list) => {
                    for it in list.iter().rev() {
                        overlay(&mut all, it.merged(depth - 1));
                    }
                }
                _ => overlay(&mut all, value.merged(depth - 1)),
            }
        }
        let own = own.iter().filter(|(key, _)| key.text() != Some("<<"));
        overlay(&mut all, own.map(|(key, value)| (key.as_ref(), value.as_ref())).collect());
        all
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().into_iter().find(|(it, _)| it.text() == Some(key)).map(|(_, value)| value)
    }

    /// The value behind several keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text behind several keys.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.text()
    }

    /// The items of a sequence.
    pub(super) fn items(&self) -> &[Rc<Node>] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Whether it is a mapping.
    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.value, Value::Mapping(_))
    }
}

/// Where a quote ends that is not doubled and not escaped.
fn closing(text: &str, quote: char, escape: Option<char>) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if Some(c) == escape {
            chars.next();
        } else if c == quote {
            let is_doubled =
                escape.is_none() && chars.next_if(|(_, next)| *next == quote).is_some();
            if !is_doubled {
                return Some(at);
            }
        }
    }
    None
}

fn overlay<'a>(all: &mut Vec<(&'a Node, &'a Node)>, with: Vec<(&'a Node, &'a Node)>) {
    for (key, value) in with {
        match all.iter_mut().find(|(it, _)| it.text() == key.text()) {
            Some(same) => *same = (key, value),
            None => all.push((key, value)),
        }
    }
}
