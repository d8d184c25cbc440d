//! Edits as changes of the text: the scalar that holds a value is replaced, everything else stays
//! as it was written.

use super::Compose;
use super::images::Dialect;
use super::ports;
use super::redpanda;
use super::service::{BlockKind, Style, Variable};
use crate::cli::explain::text::{Change, Place, Sources};
use crate::listener::reach::{Address, Edit};

/// What stands for a setting where a health check is to be written anew.
pub(super) const HEALTH_CHECK: &str = "healthcheck.test";

/// All changes that the edits ask for.
pub(super) fn changes(compose: &Compose, sources: &Sources, edits: &[Edit]) -> Option<Vec<Change>> {
    let writer = Writer { compose, sources };
    let mut changes: Vec<Change> = Vec::new();
    let mut added: Vec<(usize, String, String)> = Vec::new();
    for edit in edits {
        match edit {
            Edit::Set { broker, setting, value } => {
                writer.set(*broker, setting, value, &mut changes, &mut added)?;
            }
            Edit::Republish { place, index, host_port, container_port } => {
                changes.extend(writer.republish(*place, *index, *host_port, *container_port)?);
            }
            Edit::Publish { place, host_port, container_port } => {
                changes.push(writer.publish(*place, *host_port, *container_port)?);
            }
            Edit::Join { place, network } => changes.push(writer.join(*place, network)?),
            Edit::Bootstrap { client, from, to } => {
                changes.push(writer.bootstrap(*client, from, to)?);
            }
            Edit::Security { client, to } => changes.push(writer.security(*client, to)?),
        }
    }
    let mut services: Vec<usize> = added.iter().map(|(service, ..)| *service).collect();
    services.dedup();
    for service in services {
        let own = added.iter().filter(|(it, ..)| *it == service);
        let pairs: Vec<(&str, &str)> =
            own.map(|(_, name, value)| (name.as_str(), value.as_str())).collect();
        changes.push(writer.add(service, &pairs)?);
    }
    Some(changes)
}

struct Writer<'a> {
    compose: &'a Compose,
    sources: &'a Sources,
}

impl Writer<'_> {
    fn set(
        &self,
        broker: usize,
        setting: &str,
        value: &str,
        changes: &mut Vec<Change>,
        added: &mut Vec<(usize, String, String)>,
    ) -> Option<()> {
        let own = &self.compose.brokers[broker];
        let service = &self.compose.services[own.service];
        if setting == HEALTH_CHECK {
            let (file, check) = service.get("healthcheck")?;
            let range = check.get("test")?.range.clone();
            changes.push(Change { at: Place { file, range }, text: value.to_owned() });
            return Some(());
        }
        if own.settings.dialect == Dialect::Redpanda {
            if let Some(flag) = redpanda::flag(setting) {
                changes.push(self.flag(own.service, flag, value)?);
            }
            return Some(());
        }
        let name = own.settings.variables.get(setting).cloned();
        let name = name.unwrap_or_else(|| own.settings.dialect.variable(setting));
        let found = service.variable(&name).filter(|it| !it.written.is_shared);
        if let Some(variable) = found {
            changes.push(self.written(variable, &name, &kept(variable, value)));
            return Some(());
        }
        // The host of old variables becomes a list of listeners: the line changes its name too.
        let old = ["KAFKA_ADVERTISED_HOST_NAME", "ADVERTISED_HOST", "ADV_HOST"];
        let old = old.iter().find_map(|name| service.variable(name));
        if let (Some(variable), "advertised.listeners") = (old, setting) {
            if matches!(own.settings.dialect, Dialect::Spotify | Dialect::FastData) {
                let (_, rest) = value.split_once("://")?;
                let host = rest.split([':', ',']).next()?;
                // One address is all that these images can tell.
                if value.contains(',') {
                    return None;
                }
                changes.push(self.written(variable, &variable.name.clone(), host));
                return Some(());
            }
            changes.extend(self.renamed(variable, "KAFKA_ADVERTISED_LISTENERS", value)?);
            return Some(());
        }
        if matches!(own.settings.dialect, Dialect::Spotify | Dialect::FastData) {
            return None;
        }
        let flag = ["--listeners", "--advertised-listeners"]
            .into_iter()
            .find(|flag| flag.trim_start_matches('-').replace('-', ".") == setting);
        let words: Vec<String> =
            self.compose.commands[own.service].iter().map(|(_, text)| text.clone()).collect();
        if let Some(flag) = flag.filter(|flag| redpanda::value_of(&words, flag).is_some()) {
            changes.push(self.flag(own.service, flag, value)?);
            return Some(());
        }
        added.push((own.service, name, value.to_owned()));
        Some(())
    }

    fn source(&self, at: &Place) -> &str {
        &self.sources.text(at.file)[at.range.clone()]
    }

    /// The scalar of a variable with another value.
    fn written(&self, variable: &Variable, name: &str, value: &str) -> Change {
        let prefix = match variable.written.prefix.is_empty() {
            true => String::new(),
            false => format!("{name}="),
        };
        let text = quoted(&format!("{prefix}{value}"), variable.written.style);
        Change { at: variable.written.at.clone(), text }
    }

    fn renamed(&self, variable: &Variable, name: &str, value: &str) -> Option<Vec<Change>> {
        let mut changes = vec![self.written(variable, name, value)];
        if let Some(key) = &variable.written.key {
            changes.push(Change { at: key.clone(), text: name.to_owned() });
        } else if variable.written.prefix.is_empty() {
            return None;
        }
        Some(changes)
    }

    /// New variables behind the last one of the service.
    fn add(&self, service: usize, pairs: &[(&str, &str)]) -> Option<Change> {
        let Some(block) = &self.compose.blocks[service] else {
            return self.new_block(service, pairs);
        };
        let text = self.sources.text(block.file);
        let mut added = String::new();
        let at = match block.kind {
            BlockKind::Map | BlockKind::List => {
                for (name, value) in pairs {
                    let line = match block.kind {
                        BlockKind::Map => format!("{name}: {}", quoted(value, Style::Plain)),
                        _ => format!("- {}", quoted(&format!("{name}={value}"), Style::Plain)),
                    };
                    added.push_str(&format!("\n{}{line}", block.indent));
                }
                // A comment behind the last value stays with it.
                let end = block.range.end;
                end + text[end..].find(['\n', '\r']).unwrap_or(text.len() - end)
            }
            BlockKind::FlowMap | BlockKind::FlowList => {
                for (name, value) in pairs {
                    added.push_str(&match block.kind {
                        BlockKind::FlowMap => format!(", {name}: \"{value}\""),
                        _ => format!(", \"{name}={value}\""),
                    });
                }
                let inside = text[block.range.clone()].trim_end_matches(['}', ']']).trim_end();
                block.range.start + inside.len()
            }
        };
        Some(Change { at: Place { file: block.file, range: at..at }, text: added })
    }

    /// An `environment` for a service that has none.
    fn new_block(&self, service: usize, pairs: &[(&str, &str)]) -> Option<Change> {
        let layer = self.compose.services[service].layers.last()?;
        let text = self.sources.text(layer.file);
        let (at, indent) = self.line_of_image(service)?;
        let step = if indent.len() >= 4 && indent.len().is_multiple_of(4) { 4 } else { 2 };
        let inner = format!("{indent}{}", " ".repeat(step));
        let mut added = format!("\n{indent}environment:");
        for (name, value) in pairs {
            added.push_str(&format!("\n{inner}{name}: {}", quoted(value, Style::Plain)));
        }
        let is_free = layer.node.get("environment").is_none() && at <= text.len();
        is_free.then_some(Change { at: Place { file: layer.file, range: at..at }, text: added })
    }

    /// The end of the line that names the image, and how far it is indented.
    fn line_of_image(&self, service: usize) -> Option<(usize, String)> {
        let layer = self.compose.services[service].layers.last()?;
        let text = self.sources.text(layer.file);
        let entries = layer.node.entries();
        let keys = ["image", "build", "container_name", "hostname"];
        let entry = keys.iter().find_map(|wanted| {
            entries.iter().find(|(key, value)| key.text() == Some(wanted) && !value.is_mapping())
        })?;
        let start = entry.0.range.start;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let indent = &text[line..start];
        let end = start + text[start..].find(['\n', '\r']).unwrap_or(text.len() - start);
        indent.trim().is_empty().then(|| (end, indent.to_owned()))
    }

    fn republish(
        &self,
        place: usize,
        index: usize,
        host_port: u16,
        container_port: u16,
    ) -> Option<Vec<Change>> {
        let port = self.compose.services.get(place)?.ports.get(index)?;
        match &port.written {
            ports::Written::Short { at, raw } => {
                let source = self.source(at);
                let protocol = raw.rsplit_once('/').map_or("", |(_, it)| it);
                let body = raw.rsplit_once('/').map_or(raw.as_str(), |(body, _)| body);
                let outer = body.rsplit_once(':').map(|(outer, _)| outer);
                let is_same = port.published.host_port == Some(host_port);
                let outer = match outer {
                    Some(outer) if is_same => outer.to_owned(),
                    Some(outer) => match outer.rsplit_once(':') {
                        Some((ip, _)) => format!("{ip}:{host_port}"),
                        None => host_port.to_string(),
                    },
                    None => host_port.to_string(),
                };
                let mut text = format!("{outer}:{container_port}");
                if !protocol.is_empty() {
                    text.push_str(&format!("/{protocol}"));
                }
                let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''));
                let quote = quote.unwrap_or('"');
                let text = format!("{quote}{text}{quote}");
                Some(vec![Change { at: at.clone(), text }])
            }
            ports::Written::Long { published, target } => {
                let mut changes =
                    vec![Change { at: target.clone(), text: container_port.to_string() }];
                match published {
                    Some(at) if port.published.host_port != Some(host_port) => {
                        changes.push(Change { at: at.clone(), text: host_port.to_string() });
                    }
                    Some(_) => {}
                    None => return None,
                }
                Some(changes)
            }
            ports::Written::Range => None,
        }
    }

    /// A further published port.
    fn publish(&self, place: usize, host_port: u16, container_port: u16) -> Option<Change> {
        self.listed(place, "ports", &format!("\"{host_port}:{container_port}\""))
    }

    /// A further network.
    fn join(&self, place: usize, network: &str) -> Option<Change> {
        let layer = self.compose.services.get(place)?.layers.last()?;
        let node = layer.node.get("networks")?;
        if node.is_mapping() {
            return None;
        }
        self.listed(place, "networks", network)
    }

    /// A further item of a list of a service, behind the others or behind the image.
    fn listed(&self, place: usize, key: &str, item: &str) -> Option<Change> {
        let layer = self.compose.services.get(place)?.layers.last()?;
        let text = self.sources.text(layer.file);
        if let Some(node) = layer.node.get(key) {
            let last = node.items().last()?;
            if node.is_flow(text) {
                let at = last.range.end;
                let at = Place { file: layer.file, range: at..at };
                return Some(Change { at, text: format!(", {item}") });
            }
            let start = last.range.start;
            let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let indent = &text[line..line + text[line..].find('-')?];
            let end = last.range.end;
            let at = end + text[end..].find(['\n', '\r']).unwrap_or(text.len() - end);
            let at = Place { file: layer.file, range: at..at };
            return Some(Change { at, text: format!("\n{indent}- {item}") });
        }
        let (at, indent) = self.line_of_image(place)?;
        let at = Place { file: layer.file, range: at..at };
        Some(Change { at, text: format!("\n{indent}{key}:\n{indent}  - {item}") })
    }

    /// The value of a flag in a command.
    fn flag(&self, service: usize, flag: &str, value: &str) -> Option<Change> {
        let words = &self.compose.commands[service];
        let texts: Vec<String> = words.iter().map(|(_, text)| text.clone()).collect();
        let Some(old) = redpanda::value_of(&texts, flag) else {
            let (at, _) = words.last()?;
            let text = self.sources.text(at.file);
            let before = text[..at.range.start].rfind('\n').map_or(0, |at| at + 1);
            let lead = &text[before..at.range.start];
            let end = Place { file: at.file, range: at.range.end..at.range.end };
            let text = match (words.len(), lead.trim()) {
                (1, lead) if lead != "-" => format!(" {flag} {value}"),
                (_, "-") => format!("\n{lead}{flag}={value}"),
                _ => format!(", \"{flag}={value}\""),
            };
            return Some(Change { at: end, text });
        };
        let value = kept_entries(&old, &old, value);
        let (at, _) = words.iter().find(|(at, text)| {
            text.contains(&old)
                && self.source(at).contains(&old)
                && (text.contains(flag) || *text == old)
        })?;
        let start = at.range.start + self.source(at).rfind(&old)?;
        let range = start..start + old.len();
        Some(Change { at: Place { file: at.file, range }, text: value })
    }

    fn bootstrap(&self, client: usize, from: &Address, to: &Address) -> Option<Change> {
        let bootstrap = self.compose.clients[client].as_ref()?;
        let source = self.source(&bootstrap.at);
        let old = from.to_string();
        if let Some(start) = source.find(&old) {
            let start = bootstrap.at.range.start + start;
            let range = start..start + old.len();
            let at = Place { file: bootstrap.at.file, range };
            return Some(Change { at, text: to.to_string() });
        }
        let place = self.compose.world.clients[client].place;
        let variable = self.compose.services[place].variable(&bootstrap.written)?;
        let value = variable.value.replace(&old, &to.to_string());
        (value != variable.value).then(|| self.written(variable, &variable.name, &value))
    }

    fn security(&self, client: usize, to: &str) -> Option<Change> {
        let (_, _, name) = self.compose.clients[client].as_ref()?.security.as_ref()?;
        let place = self.compose.world.clients[client].place;
        let variable = self.compose.services[place].variable(name)?;
        Some(self.written(variable, name, to))
    }
}

/// A value in which the entries that do not change stay as they were written, variables and all.
fn kept(variable: &Variable, value: &str) -> String {
    kept_entries(&variable.value, &variable.raw, value)
}

fn kept_entries(resolved: &str, raw: &str, value: &str) -> String {
    let (old, raw): (Vec<&str>, Vec<&str>) =
        (resolved.split(',').collect(), raw.split(',').collect());
    if old.len() != raw.len() {
        return value.to_owned();
    }
    let entry = |new: &str| {
        let same = old.iter().position(|it| it.trim().eq_ignore_ascii_case(new.trim()));
        same.map_or_else(|| new.to_owned(), |at| raw[at].trim().to_owned())
    };
    value.split(',').map(entry).collect::<Vec<_>>().join(",")
}

/// A value as a scalar of a style.
fn quoted(value: &str, style: Style) -> String {
    let needs_quotes = value.is_empty()
        || value.contains(": ")
        || value.contains(" #")
        || value.starts_with(|c: char| "&*!|>%@`\"'[]{}#,-?:".contains(c))
        || value.ends_with(':');
    match style {
        Style::Bare => value.to_owned(),
        Style::Plain if !needs_quotes => value.to_owned(),
        Style::Single => format!("'{}'", value.replace('\'', "''")),
        _ => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
