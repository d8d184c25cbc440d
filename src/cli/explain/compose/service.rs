//! A service as Compose sees it: its own mapping over those that it extends.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::ScalarStyle;

use super::ports::{self, Port};
use super::project::Project;
use crate::cli::explain::text::Place;
use crate::cli::explain::yaml::{Node, Value};

/// A variable of the environment with where it is written.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    /// The value with variables replaced.
    pub(super) value: String,
    /// The value as it is written.
    pub(super) raw: String,
    pub(super) written: Written,
}

/// Where and how a value is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// What to replace.
    pub(super) at: Place,
    /// What stands before the value inside of it: `NAME=` in a list.
    pub(super) prefix: String,
    /// The key's own scalar, where there is one.
    pub(super) key: Option<Place>,
    pub(super) style: Style,
    /// Whether other services have the very same text, through an anchor.
    pub(super) is_shared: bool,
}

/// What a scalar looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// In an env file: no YAML.
    Bare,
    /// A block, or within braces: written anew with quotes.
    Quoted,
}

/// Where the environment of a service is written, to add to it.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) file: usize,
    pub(super) range: Range<usize>,
    pub(super) kind: BlockKind,
    pub(super) indent: String,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    Map,
    List,
    FlowMap,
    FlowList,
}

/// A service with its layers: what it extends first, itself last.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) layers: Vec<Layer>,
    pub(super) environment: Vec<Variable>,
    pub(super) ports: Vec<Port>,
}

/// A mapping of a file.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) file: usize,
    pub(super) node: Rc<Node>,
}

impl Service {
    pub(super) fn read(name: &str, layers: Vec<Layer>, project: &mut Project) -> Service {
        let mut service =
            Service { name: name.to_owned(), layers, environment: Vec::new(), ports: Vec::new() };
        service.env_files(project);
        for layer in service.layers.clone() {
            service.layer(&layer, project);
        }
        service
    }

    /// The value of a key in the last layer that has it.
    pub(super) fn get(&self, key: &str) -> Option<(usize, &Node)> {
        self.layers.iter().rev().find_map(|layer| Some((layer.file, layer.node.get(key)?)))
    }

    pub(super) fn text(&self, key: &str, project: &mut Project) -> Option<String> {
        let text = self.get(key)?.1.text()?.to_owned();
        Some(project.replaced(&text))
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().find(|variable| variable.name == name)
    }

    /// All texts of a scalar or a list: a command, a health check.
    pub(super) fn words(&self, key: &str, project: &mut Project) -> Vec<(Place, String)> {
        let Some((file, node)) = self.get(key) else { return Vec::new() };
        let place = |node: &Node| Place { file, range: node.range.clone() };
        if let Some(text) = node.text() {
            return vec![(place(node), project.replaced(text))];
        }
        let texts = node.items().iter().filter_map(|item| Some((place(item), item.text()?)));
        texts.map(|(place, text)| (place, project.replaced(text))).collect()
    }

    /// The texts of a list, or the keys and values of a mapping.
    pub(super) fn pairs(&self, key: &str, project: &mut Project) -> Vec<(String, Option<String>)> {
        let mut pairs = Vec::new();
        for layer in &self.layers {
            let Some(node) = layer.node.get(key) else { continue };
            for item in node.items() {
                pairs.extend(item.text().map(|text| (project.replaced(text), None)));
            }
            for (name, value) in node.entries() {
                let Some(name) = name.text() else { continue };
                let value = value.text().map(|text| project.replaced(text));
                pairs.push((project.replaced(name), value));
            }
        }
        pairs
    }

    /// Where to add to the environment.
    pub(super) fn block(&self, project: &Project) -> Option<Block> {
        let layer = self.layers.last()?;
        let text = project.sources.text(layer.file);
        let node = layer.node.get("environment")?;
        if !layer.node.range.contains(&node.range.start) {
            return None;
        }
        let is_map = node.is_mapping();
        let kind = match (is_map, node.is_flow(text)) {
            (true, true) => BlockKind::FlowMap,
            (false, true) => BlockKind::FlowList,
            (true, false) => BlockKind::Map,
            (false, false) => BlockKind::List,
        };
        let first = match &node.value {
            Value::Mapping(entries) => entries.first().map(|(key, _)| key.range.start),
            Value::Sequence(_) => Some(node.range.start),
            Value::Scalar { .. } => None,
        }?;
        let line = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let indent = text[line..first].trim_end_matches(['-', ' ']);
        let blanks = text[line..first].len() - text[line..first].trim_start().len();
        let indent = if indent.is_empty() { " ".repeat(blanks) } else { String::new() };
        let end = end_of(node);
        Some(Block { file: layer.file, range: node.range.start..end, kind, indent })
    }

    fn env_files(&mut self, project: &mut Project) {
        for layer in self.layers.clone() {
            let Some(node) = layer.node.get("env_file") else { continue };
            let mut names: Vec<String> = node.text().map(str::to_owned).into_iter().collect();
            for item in node.items() {
                let path = item.text().or_else(|| item.text_at(&["path"]));
                names.extend(path.map(str::to_owned));
            }
            for name in names {
                let name = project.replaced(&name);
                let Some(file) = project.open_beside(layer.file, &name) else { continue };
                let text = project.sources.text(file).to_owned();
                for (name, raw, range) in super::interpolate::env_file(&text) {
                    let value = project.replaced(&raw);
                    let written = Written {
                        at: Place { file, range },
                        prefix: String::new(),
                        key: None,
                        style: Style::Bare,
                        is_shared: false,
                    };
                    self.put(Variable { name, value, raw, written });
                }
            }
        }
    }

    fn put(&mut self, variable: Variable) {
        self.environment.retain(|it| it.name != variable.name);
        self.environment.push(variable);
    }

    fn layer(&mut self, layer: &Layer, project: &mut Project) {
        if let Some(node) = layer.node.get("environment") {
            let text = project.sources.text(layer.file).to_owned();
            let in_flow = node.is_flow(&text);
            let service = layer.node.range.clone();
            for item in node.items() {
                self.item(layer.file, item, in_flow, &service, project);
            }
            for (key, value) in node.entries() {
                let (Some(name), Some(raw)) = (key.text(), value.text()) else { continue };
                let written = Written {
                    at: Place { file: layer.file, range: value.range.clone() },
                    prefix: String::new(),
                    key: Some(Place { file: layer.file, range: key.range.clone() }),
                    style: style(value, in_flow),
                    is_shared: !service.contains(&value.range.start),
                };
                let (name, raw) = (name.to_owned(), raw.to_owned());
                let value = project.replaced(&raw);
                self.put(Variable { name, value, raw, written });
            }
        }
        if let Some(node) = layer.node.get("ports") {
            for item in node.items() {
                self.ports
                    .extend(ports::read(layer.file, item, &mut |text| project.replaced(text)));
            }
        }
    }

    fn item(
        &mut self,
        file: usize,
        item: &Node,
        in_flow: bool,
        service: &Range<usize>,
        project: &mut Project,
    ) {
        let Some((name, raw)) = item.text().and_then(|text| text.split_once('=')) else { return };
        let written = Written {
            at: Place { file, range: item.range.clone() },
            prefix: format!("{name}="),
            key: None,
            style: style(item, in_flow),
            is_shared: !service.contains(&item.range.start),
        };
        let value = project.replaced(raw);
        self.put(Variable { name: name.to_owned(), value, raw: raw.to_owned(), written });
    }
}

fn style(node: &Node, in_flow: bool) -> Style {
    match &node.value {
        Value::Scalar { style: ScalarStyle::SingleQuoted, .. } => Style::Single,
        Value::Scalar { style: ScalarStyle::DoubleQuoted, .. } => Style::Double,
        Value::Scalar { style: ScalarStyle::Plain, .. } if !in_flow => Style::Plain,
        _ => Style::Quoted,
    }
}

/// Where the last of a block's own scalars ends.
fn end_of(node: &Node) -> usize {
    match &node.value {
        Value::Scalar { .. } => node.range.end,
        Value::Sequence(items) => {
            items.iter().map(|item| end_of(item)).max().unwrap_or(node.range.end)
        }
        Value::Mapping(_) => node.range.end,
    }
}

/// The variables of a list of `NAME=VALUE` or of a mapping, without where they are written.
pub(super) fn plain_pairs(pairs: Vec<(String, Option<String>)>) -> BTreeMap<String, String> {
    let split = |(name, value): (String, Option<String>)| match value {
        Some(value) => Some((name, value)),
        None => {
            let (name, value) = name.split_once(['=', ':'])?;
            Some((name.to_owned(), value.to_owned()))
        }
    };
    pairs.into_iter().filter_map(split).collect()
}
