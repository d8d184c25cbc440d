//! `server.properties`: one broker, on a machine of its own.

use std::collections::BTreeMap;
use std::ops::Range;

use super::compose::{BrokerSettings, Dialect, too_many_copies};
use super::reading::{Diagnosis, Reading, set_edits};
use super::text::{Change, Place, Sources};
use crate::cli::config::parse_properties;
use crate::listener::reach::{Address, Broker, Edit, THIS_MACHINE, World};
use crate::listener::{Finding, Fix, Listener, Syntax};

const ADVERTISED: &str = "advertised.listeners";

/// A properties file, read.
pub(super) struct Properties {
    world: World,
    settings: BrokerSettings,
    /// Where the value of each setting stands.
    places: BTreeMap<String, Range<usize>>,
    extra: Vec<Diagnosis>,
    notes: Vec<String>,
}

/// Reads a properties file that is in the sources.
pub(super) fn read(sources: &Sources, file: usize) -> Result<Properties, String> {
    let text = sources.text(file);
    let properties = parse_properties(text).map_err(|error| error.to_string())?;
    let mut values = BTreeMap::new();
    let mut places = BTreeMap::new();
    for property in properties {
        places.insert(property.key.clone(), value_range(text, property.line));
        values.insert(property.key, property.value);
    }
    if values.is_empty() {
        return Err("there is no setting in it".to_owned());
    }
    let mut notes = Vec::new();
    let is_controller =
        values.get("process.roles").is_some_and(|roles| roles.trim() == "controller");
    if is_controller {
        notes.push("this is the file of a controller: clients have no business with it".to_owned());
    }
    let settings = BrokerSettings {
        dialect: Dialect::Kafka,
        values,
        variables: BTreeMap::new(),
        has_own: true,
    };
    let own = settings.listener_settings();
    let brokers = match is_controller {
        true => Vec::new(),
        false => vec![Broker {
            place: None,
            name: "the broker".to_owned(),
            cluster: 0,
            hostname: THIS_MACHINE.to_owned(),
            listeners: own.listeners(),
            settings: own,
        }],
    };
    let world = World { brokers, is_bare: true, ..World::default() };
    let mut properties = Properties { world, settings, places, extra: Vec::new(), notes };
    properties.extra = properties.find();
    Ok(properties)
}

impl Properties {
    fn find(&self) -> Vec<Diagnosis> {
        let Some(broker) = self.world.brokers.first() else { return Vec::new() };
        let mut found = Vec::new();
        for (index, door) in broker.doors().iter().enumerate() {
            let Some(told) = broker.told(index) else { continue };
            found.extend(self.placeholder(door, &told));
            found.extend(self.bound_inside(door, &told));
        }
        found.extend(self.copies());
        found
    }

    fn advertised_with(&self, door: &Listener, endpoint: &str) -> String {
        let broker = &self.world.brokers[0];
        let entry = |(index, it): (usize, &Listener)| {
            let told = broker.told(index)?;
            let told = if it.name == door.name { endpoint.to_owned() } else { told.to_string() };
            Some(format!("{}://{told}", it.name))
        };
        broker.doors().iter().enumerate().filter_map(entry).collect::<Vec<_>>().join(",")
    }

    /// The comment of Kafka's own file, without its `#`.
    fn placeholder(&self, door: &Listener, told: &Address) -> Option<Diagnosis> {
        let is_example = ["your.host.name", "host_name", "hostname", "host.name"];
        if !is_example.contains(&told.host.as_str()) {
            return None;
        }
        let told_here = self.advertised_with(door, &format!("localhost:{}", told.port));
        let fix = Fix::advice(
            "Put this machine's name or address there, or for clients on this machine alone:",
        )
        .and_set(ADVERTISED, told_here);
        Some(self.diagnosis(
            "L04",
            door,
            format!("{} is advertised as {told}, the example of Kafka's own file", door.name),
            "Clients bootstrap and then fail to resolve the name they were told.",
            fix,
        ))
    }

    /// A loopback bind with a name for others.
    fn bound_inside(&self, door: &Listener, told: &Address) -> Option<Diagnosis> {
        let is_loopback =
            |host: &str| host == "localhost" || host.starts_with("127.") || host == "::1";
        let bind = door.bind.host.as_deref().filter(|host| is_loopback(host))?;
        if is_loopback(&told.host) || told.host == THIS_MACHINE {
            return None;
        }
        let listeners = self.settings.get("listeners").unwrap_or_default();
        let bound = format!("{}://{bind}:{}", door.name, door.bind.port);
        let everywhere = format!("{}://0.0.0.0:{}", door.name, door.bind.port);
        let fix = Fix::advice("Listen on every interface:")
            .and_set("listeners", listeners.replace(&bound, &everywhere));
        Some(self.diagnosis(
            "L02",
            door,
            format!("{} listens on {} only and tells clients {told}", door.name, door.bind),
            "Whoever follows that address is refused: nothing listens there.",
            fix,
        ))
    }

    /// L20: a quorum of one, and three copies of the topic of committed offsets.
    fn copies(&self) -> Option<Diagnosis> {
        let roles = self.settings.get("process.roles")?;
        let voters = self.settings.get("controller.quorum.voters")?;
        let is_alone =
            roles.contains("broker") && roles.contains("controller") && !voters.contains(',');
        if is_alone { too_many_copies(&self.world, 0, &self.settings) } else { None }
    }

    fn diagnosis(
        &self,
        id: &'static str,
        door: &Listener,
        evidence: String,
        cause: &str,
        fix: Fix,
    ) -> Diagnosis {
        let listener = Some(door.name.clone());
        Diagnosis {
            edits: set_edits(0, &fix),
            finding: Finding { id, listener, evidence, cause: cause.to_owned(), fix },
        }
    }
}

impl Reading for Properties {
    fn parts(&self) -> (&World, &[String], &[Diagnosis]) {
        (&self.world, &self.notes, &self.extra)
    }

    fn spelt(&self, _broker: usize, setting: &str, value: &str) -> String {
        Syntax::Properties.assignment(setting, value)
    }

    fn changes(&self, sources: &Sources, edits: &[Edit]) -> Option<Vec<Change>> {
        let text = sources.text(0);
        let mut changes = Vec::new();
        let mut added = String::new();
        for edit in edits {
            let Edit::Set { setting, value, .. } = edit else { return None };
            match self.places.get(setting) {
                Some(range) => {
                    let at = Place { file: 0, range: range.clone() };
                    changes.push(Change { at, text: value.clone() });
                }
                None => added.push_str(&format!("{setting}={value}\n")),
            }
        }
        if !added.is_empty() {
            // Beside the listeners if they are there, else at the end.
            let near = ["listeners", ADVERTISED].iter().find_map(|name| self.places.get(*name));
            let at = match near {
                Some(range) => text[range.end..].find('\n').map(|at| range.end + at + 1),
                None => None,
            };
            let at = at.unwrap_or(text.len());
            if !text[..at].ends_with('\n') && at > 0 {
                added.insert(0, '\n');
            }
            changes.push(Change { at: Place { file: 0, range: at..at }, text: added });
        }
        Some(changes)
    }

    fn summary(&self) -> String {
        let count = self.settings.values.len();
        let noun = if count == 1 { "setting" } else { "settings" };
        format!("server.properties, {count} {noun}")
    }
}

/// Where the value of the property stands that begins in this line.
fn value_range(text: &str, line: usize) -> Range<usize> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let Some(start) = starts.clone().nth(line.saturating_sub(1)) else { return 0..0 };
    let mut end = start;
    loop {
        let natural = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let body = text[end..natural].trim_end_matches('\r');
        let slashes = body.len() - body.trim_end_matches('\\').len();
        let stop = end + body.len();
        if slashes.is_multiple_of(2) || natural >= text.len() {
            end = stop;
            break;
        }
        end = natural + 1;
    }
    let whole = &text[start..end];
    let lead = whole.len() - whole.trim_start().len();
    let key = whole[lead..].find(|c: char| c == '=' || c == ':' || c.is_whitespace());
    let after = key.map_or(whole.len(), |at| lead + at);
    let rest = &whole[after..];
    let blank = rest.len() - rest.trim_start().len();
    let rest = &rest[blank..];
    let sign = usize::from(rest.starts_with(['=', ':']));
    let rest = &rest[sign..];
    let blank_after = rest.len() - rest.trim_start().len();
    start + after + blank + sign + blank_after..end
}
