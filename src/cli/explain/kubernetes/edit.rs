//! Edits as changes of manifests.

use super::strimzi::port_setting;
use super::workload::Workload;
use super::{Kubernetes, Written};
use crate::cli::explain::text::{Change, Place, Sources};
use crate::listener::reach::Edit;

/// What stands for a setting where Kubernetes is to be told not to set variables.
pub(super) const SERVICE_LINKS: &str = "enableServiceLinks";

/// All changes that the edits ask for; those that would need another service are left to people.
pub(super) fn changes(it: &Kubernetes, sources: &Sources, edits: &[Edit]) -> Option<Vec<Change>> {
    let text = sources.text(0);
    let mut changes = Vec::new();
    for edit in edits {
        match edit {
            Edit::Set { broker, setting, value } => {
                let own = &it.brokers[*broker];
                changes.push(match &own.source {
                    Written::Environment(workload) => {
                        let name = own.settings.variables.get(setting).cloned();
                        let name = name.unwrap_or_else(|| own.settings.dialect.variable(setting));
                        let is_first = changes.is_empty();
                        set(text, workload, (setting, &name, value), is_first)?
                    }
                    Written::Strimzi(entries) => {
                        let index = (0..entries.len()).find(|at| port_setting(*at) == *setting)?;
                        change(entries[index].port.clone(), value.clone())
                    }
                });
            }
            Edit::Bootstrap { client, from, to } => {
                let at = &it.clients[*client];
                let old = from.to_string();
                let start = at.range.start + text[at.range.clone()].find(&old)?;
                changes.push(change(start..start + old.len(), to.to_string()));
            }
            _ => return None,
        }
    }
    Some(changes)
}

fn change(range: std::ops::Range<usize>, text: String) -> Change {
    Change { at: Place { file: 0, range }, text }
}

fn set(
    text: &str,
    workload: &Workload,
    (setting, name, value): (&str, &str, &str),
    is_first: bool,
) -> Option<Change> {
    if setting == SERVICE_LINKS {
        // Beside `containers`, whose list begins behind its key.
        let key = text[..workload.containers_at].rfind("containers")?;
        let line = text[..key].rfind('\n').map_or(0, |at| at + 1);
        let indent = &text[line..key];
        let is_block = indent.trim().is_empty();
        return is_block.then(|| change(key..key, format!("{SERVICE_LINKS}: {value}\n{indent}")));
    }
    if let Some(variable) = workload.variables.iter().find(|it| it.name == name) {
        if variable.at.range.is_empty() {
            return None;
        }
        let old = &text[variable.at.range.clone()];
        let quote = old.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quote = quote.map(String::from).unwrap_or_default();
        return Some(change(variable.at.range.clone(), format!("{quote}{value}{quote}")));
    }
    let Some(last) = workload.env_last.clone() else {
        return new_environment(text, workload, name, value, is_first);
    };
    let line = text[..last.start].rfind('\n').map_or(0, |at| at + 1);
    let lead = &text[line..last.start];
    let dash = lead.strip_suffix("- ")?;
    let end = last.end + text[last.end..].find('\n').unwrap_or(text.len() - last.end);
    let added = format!("\n{dash}- name: {name}\n{dash}  value: \"{value}\"");
    Some(change(end..end, added))
}

/// An `env` for a container that has none, behind the line of its image.
fn new_environment(
    text: &str,
    workload: &Workload,
    name: &str,
    value: &str,
    is_first: bool,
) -> Option<Change> {
    let key = text[..workload.image_at].rfind("image")?;
    let line = text[..key].rfind('\n').map_or(0, |at| at + 1);
    let lead = &text[line..key];
    let is_block = lead.trim_start_matches([' ', '-']).is_empty();
    let indent = " ".repeat(lead.len());
    let end = key + text[key..].find('\n').unwrap_or(text.len() - key);
    let head = if is_first { format!("\n{indent}env:") } else { String::new() };
    let item = format!("\n{indent}  - name: {name}\n{indent}    value: \"{value}\"");
    is_block.then(|| change(end..end, format!("{head}{item}")))
}
