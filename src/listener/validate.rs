//! Kafka's rules for listeners (`KafkaConfig.validateValues`, `CoreUtils.listenerListToEndPoints`),
//! all of them at once instead of the first that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::parse::{Entry, parse_entry, read_protocol_map, split};
use super::problem::{Fix, Problem};
use super::refusals::{ENTRY_SHAPE, creating, entry_problem, map_problem, unsupported};
use super::types::{Endpoint, Listener, ListenerName, Listeners, SecurityProtocol};

/// The settings that listeners are made of, as texts; `None` where nothing was set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "named after Kafka's settings, documented there")]
pub struct ListenerSettings {
    pub listeners: Option<String>,
    pub advertised_listeners: Option<String>,
    pub listener_security_protocol_map: Option<String>,
    pub inter_broker_listener_name: Option<String>,
    pub security_inter_broker_protocol: Option<String>,
    pub controller_listener_names: Option<String>,
    pub early_start_listeners: Option<String>,
    /// The `listener.name.*` settings with their full names.
    pub overrides: BTreeMap<String, String>,
    /// Empty entries in a list (`A://:1,`) are dropped, as Kafka did before 4.1, not refused.
    pub drop_empty_entries: bool,
    /// Listeners with TLS or SASL are taken: this is about somebody else's broker.
    pub take_secured: bool,
}

pub(super) const LISTENERS: &str = "listeners";
const ADVERTISED: &str = "advertised.listeners";
pub(super) const MAP: &str = "listener.security.protocol.map";
const INTER_BROKER: &str = "inter.broker.listener.name";
const INTER_BROKER_PROTOCOL: &str = "security.inter.broker.protocol";
const CONTROLLERS: &str = "controller.listener.names";
const EARLY_START: &str = "early.start.listeners";
const DEFAULT_LISTENERS: &str = "PLAINTEXT://:9092";
impl ListenerSettings {
    /// Checks everything and makes listeners of it, or says all that is wrong.
    pub fn listeners(&self) -> Result<Listeners, Vec<Problem>> {
        let mut check = Checker::new(self);
        let bound = check.endpoints(LISTENERS, self.listeners_text());
        let told = self.advertised_listeners.as_deref().map(|it| check.endpoints(ADVERTISED, it));
        check.ports(&bound);
        let told_entries = told.as_deref().unwrap_or(&bound);
        check.advertised(&bound, told_entries, told.is_some());
        let inter_broker = check.inter_broker(told_entries);
        check.controllers_in_map();
        check.early_start(&bound);
        if check.problems.is_empty() {
            Ok(check.build(&bound, told_entries, inter_broker))
        } else {
            Err(check.problems)
        }
    }

    fn listeners_text(&self) -> &str {
        self.listeners.as_deref().unwrap_or(DEFAULT_LISTENERS)
    }
}

struct Checker<'a> {
    settings: &'a ListenerSettings,
    protocols: BTreeMap<ListenerName, SecurityProtocol>,
    controllers: Vec<String>,
    problems: Vec<Problem>,
    /// Whether every entry could be read. One that could not would be missed elsewhere too; one
    /// problem about it is enough.
    is_readable: bool,
}

impl<'a> Checker<'a> {
    fn new(settings: &'a ListenerSettings) -> Self {
        let names = settings.controller_listener_names.as_deref().unwrap_or("");
        let controllers = split(names).into_iter().map(str::to_owned).collect();
        let mut check = Checker {
            settings,
            protocols: BTreeMap::new(),
            controllers,
            problems: Vec::new(),
            is_readable: true,
        };
        check.protocol_map();
        check
    }

    /// The protocol of each name. Without the setting every protocol is a name, and controller
    /// listeners are PLAINTEXT as long as no listener is called SSL, SASL_SSL or SASL_PLAINTEXT.
    fn protocol_map(&mut self) {
        if let Some(text) = &self.settings.listener_security_protocol_map {
            let (map, errors) = read_protocol_map(text);
            self.protocols = map;
            for error in errors {
                self.problems.push(map_problem(text, &error));
            }
            return;
        }
        let default =
            |protocol: SecurityProtocol| (ListenerName::normalised(protocol.name()), protocol);
        self.protocols = SecurityProtocol::ALL.into_iter().map(default).collect();
        let listeners = split(self.settings.listeners_text());
        let names = listeners.iter().filter_map(|it| Some(it.rsplit_once("://")?.0.to_uppercase()));
        let controllers = self.controllers.iter().map(|name| name.to_uppercase());
        let secured = ["SSL", "SASL_SSL", "SASL_PLAINTEXT"];
        if names.chain(controllers).all(|name| !secured.contains(&name.as_str())) {
            for name in &self.controllers {
                // Kafka does not normalise these names: `controller` is not `CONTROLLER`.
                if name.to_uppercase() == *name && !name.is_empty() {
                    self.protocols
                        .insert(ListenerName::normalised(name), SecurityProtocol::Plaintext);
                }
            }
        }
    }

    fn is_controller(&self, name: &ListenerName) -> bool {
        self.controllers.iter().any(|controller| controller == name.as_str())
    }

    /// The entries of a list that can be read, in order.
    fn endpoints(&mut self, setting: &str, text: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        let parts = split(text);
        if parts.iter().all(|part| part.is_empty()) {
            let reason = format!(
                "Configuration '{setting}' must not be empty. Valid values include: any non-empty value"
            );
            let fix = Fix::advice("Write a listener, or leave the setting out:")
                .and_set(setting, "PLAINTEXT://localhost:9092");
            self.problems.push(Problem::new(setting, text, reason).allowed(ENTRY_SHAPE).fix(fix));
            return entries;
        }
        if parts.iter().any(|part| part.is_empty()) && !self.settings.drop_empty_entries {
            let kept: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
            let reason = format!("Configuration '{setting}' values must not be empty.");
            let fix = Fix::advice("Take the extra comma out:").and_set(setting, kept.join(","));
            self.problems.push(Problem::new(setting, text, reason).fix(fix));
        }
        for part in parts.iter().copied().filter(|part| !part.is_empty()) {
            match parse_entry(part) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    self.is_readable = false;
                    self.problems.push(entry_problem(setting, &parts, part, &error));
                }
            }
        }
        for entry in &entries {
            self.endpoint(setting, &parts, entry);
        }
        self.names(setting, &parts, &entries);
        entries
    }

    /// A readable entry: does its name have a protocol, is its port one?
    fn endpoint(&mut self, setting: &str, parts: &[&str], entry: &Entry) {
        match self.protocols.get(&entry.name) {
            None => self.problems.push(self.no_protocol(setting, parts, &entry.name)),
            Some(SecurityProtocol::Plaintext) => {}
            // A controller listener is not bound, so its protocol does not matter.
            Some(_) if self.is_controller(&entry.name) => {}
            // Reported once, where it would be bound.
            Some(_) if setting == ADVERTISED => {}
            Some(_) if self.settings.take_secured => {}
            Some(protocol) => self.problems.push(unsupported(parts, entry, *protocol)),
        }
        if !(0..=65535).contains(&entry.port) {
            let reason = format!(
                "{}: {} is no port. Kafka accepts the setting and fails when it binds.",
                creating(parts),
                entry.port
            );
            let fix = Fix::advice("Write a port from 0 (any free port) to 65535.");
            self.problems.push(
                Problem::new(setting, &parts.join(","), reason).allowed(ENTRY_SHAPE).fix(fix),
            );
        }
    }

    fn no_protocol(&self, setting: &str, parts: &[&str], name: &ListenerName) -> Problem {
        let reason =
            format!("{}: No security protocol defined for listener {name}", creating(parts));
        let known: Vec<String> =
            self.protocols.iter().map(|(name, protocol)| format!("{name}:{protocol}")).collect();
        let lower = self.controllers.iter().any(|it| it.to_uppercase() == name.as_str());
        let fix = if lower && !self.is_controller(name) {
            Fix::advice(
                "controller.listener.names is compared as written; listener names are upper case:",
            )
            .and_set(CONTROLLERS, name.as_str())
        } else {
            let mut map: Vec<String> = match &self.settings.listener_security_protocol_map {
                Some(text) => {
                    split(text).into_iter().filter(|it| !it.is_empty()).map(str::to_owned).collect()
                }
                None => self.default_map(parts),
            };
            let entry = format!("{name}:PLAINTEXT");
            if !map.contains(&entry) {
                map.push(entry);
            }
            Fix::advice(format!("Say how {name} is secured:")).and_set(MAP, map.join(","))
        };
        Problem::new(setting, &parts.join(","), reason)
            .allowed(format!("a listener named in {MAP}, which is {}", known.join(",")))
            .fix(fix)
    }

    /// The map to propose where none is set: every listener and controller that is used.
    fn default_map(&self, parts: &[&str]) -> Vec<String> {
        let names = parts.iter().filter_map(|part| Some(parse_entry(part).ok()?.name));
        let controllers = self.controllers.iter().map(|name| ListenerName::normalised(name));
        let all: BTreeSet<ListenerName> = names.chain(controllers).collect();
        let entry = |name: &ListenerName| {
            let protocol = self.protocols.get(name).copied();
            format!("{name}:{}", protocol.unwrap_or(SecurityProtocol::Plaintext))
        };
        all.iter().map(entry).collect()
    }

    fn names(&mut self, setting: &str, parts: &[&str], entries: &[Entry]) {
        let mut seen = BTreeSet::new();
        let repeated: BTreeSet<&str> = entries
            .iter()
            .filter(|entry| !seen.insert(&entry.name))
            .map(|entry| entry.name.as_str())
            .collect();
        for name in repeated {
            let list = format!("[{}]", parts.join(", "));
            let reason = format!(
                "{}: Each listener must have a different name, listeners: {list}",
                creating(parts)
            );
            let fix = Fix::advice(format!(
                "{name} stands there twice; give one of them another name, and that name a \
                 protocol in {MAP}."
            ));
            self.problems.push(Problem::new(setting, &parts.join(","), reason).id("L13").fix(fix));
        }
    }

    /// Ports of the sockets: no two alike, except one IPv4 and one IPv6 address.
    fn ports(&mut self, bound: &[Entry]) {
        let texts: Vec<&str> = bound.iter().map(|entry| entry.text.as_str()).collect();
        let list = format!("[{}]", texts.join(", "));
        let mut by_port: BTreeMap<i32, Vec<&Entry>> = BTreeMap::new();
        for entry in bound.iter().filter(|entry| entry.port != 0) {
            by_port.entry(entry.port).or_default().push(entry);
        }
        for (port, entries) in by_port.into_iter().filter(|(_, entries)| entries.len() > 1) {
            let addresses: Vec<IpAddr> =
                entries.iter().filter_map(|entry| address(entry)).collect();
            let reason = match (addresses.len(), entries.len()) {
                (2, 2) if addresses[0].is_ipv4() != addresses[1].is_ipv4() => continue,
                (2, 2) => format!(
                    "If you have two listeners on the same port then one needs to be IPv4 and the \
                     other IPv6, listeners: {list}, port: {port}"
                ),
                (0, _) => format!("Each listener must have a different port, listeners: {list}"),
                _ => format!(
                    "Each listener must have a different port unless exactly one listener has an \
                     IPv4 address and the other IPv6 address, listeners: {list}, port: {port}"
                ),
            };
            let free = free_port(port, bound);
            let fix = Fix::advice("Give one of them another port:")
                .and_set(LISTENERS, with_port(bound, entries[1], free));
            let reason = format!("{}: {reason}", creating(&texts));
            self.problems
                .push(Problem::new(LISTENERS, &texts.join(","), reason).id("L13").fix(fix));
        }
    }

    fn advertised(&mut self, bound: &[Entry], told: &[Entry], is_set: bool) {
        let setting = if is_set { ADVERTISED } else { LISTENERS };
        let value = told.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>().join(",");
        let named = |entries: &[Entry], check: &Self| -> BTreeSet<String> {
            let names = entries.iter().filter(|entry| !check.is_controller(&entry.name));
            names.map(|entry| entry.name.to_string()).collect()
        };
        let (bound_names, told_names) = (named(bound, self), named(told, self));
        if told_names.is_empty() && !told.is_empty() {
            let reason = "There must be at least one broker advertised listener. Perhaps all \
                          listeners appear in controller.listener.names?";
            let fix = Fix::advice("Add a listener for clients:")
                .and_set(setting, format!("PLAINTEXT://localhost:9092,{value}"));
            self.problems.push(Problem::new(setting, &value, reason).fix(fix));
        }
        if self.is_readable && !told_names.is_subset(&bound_names) {
            let join =
                |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(",");
            let reason = format!(
                "advertised.listeners listener names must be equal to or a subset of the ones \
                 defined in listeners. Found {}. The valid options based on the current \
                 configuration are {}",
                join(&told_names),
                join(&bound_names)
            );
            let missing = told.iter().filter(|entry| told_names.contains(entry.name.as_str()));
            let missing = missing.filter(|entry| !bound_names.contains(entry.name.as_str()));
            let wanted: Vec<String> = bound
                .iter()
                .map(|entry| entry.text.clone())
                .chain(missing.map(|entry| format!("{}://:{}", entry.name, entry.port)))
                .collect();
            let fix =
                Fix::advice("Bind what you advertise, or take it out of advertised.listeners:")
                    .and_set(LISTENERS, wanted.join(","));
            self.problems.push(Problem::new(ADVERTISED, &value, reason).fix(fix));
        }
        let unroutable = |entry: &&Entry| {
            entry.host.as_deref() == Some("0.0.0.0") && (is_set || !self.is_controller(&entry.name))
        };
        if told.iter().any(|entry| unroutable(&entry)) {
            let fix = Fix::advice(
                "0.0.0.0 is where to listen, not where to connect to. Write the address clients \
                 use; on the same machine:",
            )
            .and_set(ADVERTISED, with_localhost(&value));
            let reason = "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. \
                          Use a routable IP address.";
            self.problems.push(Problem::new(setting, &value, reason).id("L11").fix(fix));
        }
    }

    /// The listener that brokers would use among themselves.
    fn inter_broker(&mut self, told: &[Entry]) -> ListenerName {
        let settings = self.settings;
        let protocol = settings.security_inter_broker_protocol.as_deref();
        let name = settings.inter_broker_listener_name.as_deref();
        if let (Some(name), Some(_)) = (name, protocol) {
            let reason = "Only one of inter.broker.listener.name and \
                          security.inter.broker.protocol should be set.";
            let fix =
                Fix::advice(format!("Keep {INTER_BROKER}, take {INTER_BROKER_PROTOCOL} out."));
            self.problems.push(Problem::new(INTER_BROKER, name, reason).fix(fix));
        }
        let (setting, value) = match (name, protocol) {
            (Some(name), _) => (INTER_BROKER, name),
            (None, Some(protocol)) => (INTER_BROKER_PROTOCOL, protocol),
            (None, None) => (INTER_BROKER, "PLAINTEXT"),
        };
        let normal = ListenerName::normalised(value.trim());
        if name.is_some() && !self.protocols.contains_key(&normal) {
            let reason = format!(
                "Listener with name {normal} defined in inter.broker.listener.name not found in \
                 listener.security.protocol.map."
            );
            let fix = Fix::advice(format!("Add {normal}:PLAINTEXT to {MAP}."));
            self.problems.push(Problem::new(INTER_BROKER, value, reason).fix(fix));
            return normal;
        }
        let names: Vec<&str> = told
            .iter()
            .filter(|entry| !self.is_controller(&entry.name))
            .map(|entry| entry.name.as_str())
            .collect();
        if self.is_readable && !names.is_empty() && !names.contains(&normal.as_str()) {
            let reason = format!(
                "inter.broker.listener.name must be a listener name defined in \
                 advertised.listeners. The valid options based on currently configured listeners \
                 are {}",
                names.join(",")
            );
            let advice = match name {
                Some(_) => "Name a listener that is advertised:".to_owned(),
                None => format!(
                    "Nothing says which listener brokers use among themselves, so Kafka looks for \
                     one called {normal}. Say which:"
                ),
            };
            let fix = Fix::advice(advice).and_set(INTER_BROKER, names[0]);
            let value = if name.is_some() || protocol.is_some() { value } else { "" };
            self.problems.push(Problem::new(setting, value, reason).fix(fix));
        }
        normal
    }

    fn controllers_in_map(&mut self) {
        for name in self.controllers.clone().iter().filter(|name| !name.is_empty()) {
            let is_known = self.protocols.keys().any(|known| known.as_str() == name);
            let is_reported = self.problems.iter().any(|it| {
                it.reason.ends_with(&format!(
                    "No security protocol defined for listener {}",
                    name.to_uppercase()
                ))
            });
            if is_known || is_reported {
                continue;
            }
            let reason = format!(
                "Controller listener with name {name} defined in controller.listener.names not \
                 found in listener.security.protocol.map  (an explicit security mapping for each \
                 controller listener is required if listener.security.protocol.map is non-empty, \
                 or if there are security protocols other than PLAINTEXT in use)"
            );
            let map = self.settings.listener_security_protocol_map.as_deref().unwrap_or(
                "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
            );
            let fix = Fix::advice("Say how it is secured:")
                .and_set(MAP, format!("{map},{}:PLAINTEXT", name.to_uppercase()));
            self.problems.push(Problem::new(CONTROLLERS, name, reason).fix(fix));
        }
    }

    fn early_start(&mut self, bound: &[Entry]) {
        let Some(text) = self.settings.early_start_listeners.as_deref() else { return };
        for name in split(text) {
            let is_bound = bound.iter().any(|entry| entry.name.as_str() == name);
            if name.is_empty() || is_bound || self.controllers.iter().any(|it| it == name) {
                continue;
            }
            let reason = format!(
                "early.start.listeners contains listener {name}, but this is not contained in \
                 listeners or controller.listener.names"
            );
            let fix =
                Fix::advice(format!("Take {EARLY_START} out: klamm starts every listener early."));
            self.problems.push(Problem::new(EARLY_START, text, reason).fix(fix));
        }
    }

    /// Puts together what has been found to be in order.
    fn build(&self, bound: &[Entry], told: &[Entry], inter_broker: ListenerName) -> Listeners {
        let listener = |entry: &Entry| {
            let prefix = entry.name.config_prefix();
            let overrides = self.settings.overrides.iter().filter_map(|(name, value)| {
                Some((name.strip_prefix(&prefix)?.to_owned(), value.clone()))
            });
            Listener {
                name: entry.name.clone(),
                protocol: self.protocols[&entry.name],
                bind: endpoint(entry),
                advertised: told.iter().find(|it| it.name == entry.name).map(endpoint),
                overrides: overrides.collect(),
            }
        };
        let (controllers, all) =
            bound.iter().map(listener).partition(|it| self.is_controller(&it.name));
        Listeners { all, controllers, inter_broker }
    }
}

fn address(entry: &Entry) -> Option<IpAddr> {
    entry.host.as_deref()?.parse().ok()
}

fn endpoint(entry: &Entry) -> Endpoint {
    Endpoint { host: entry.host.clone(), port: u16::try_from(entry.port).unwrap_or(0) }
}

fn free_port(port: i32, bound: &[Entry]) -> i32 {
    let is_free = |port: &i32| bound.iter().all(|entry| entry.port != *port);
    (port.saturating_add(1)..65_535).find(is_free).unwrap_or(0)
}

fn with_port(bound: &[Entry], changed: &Entry, port: i32) -> String {
    let text = |entry: &Entry| {
        if entry.text != changed.text {
            return entry.text.clone();
        }
        let end = entry.text.rfind(':').unwrap_or(entry.text.len());
        format!("{}:{port}", &entry.text[..end])
    };
    bound.iter().map(text).collect::<Vec<_>>().join(",")
}

/// A listener list with every host replaced, the way the Kafka images derive `listeners` from
/// `advertised.listeners`; `None` if it cannot be read.
#[must_use]
pub fn listeners_bound_everywhere(list: &str) -> Option<String> {
    let parts = split(list).into_iter().filter(|part| !part.is_empty());
    let entries = parts.map(|part| parse_entry(part).ok()).collect::<Option<Vec<Entry>>>()?;
    let text = |entry: &Entry| format!("{}://0.0.0.0:{}", entry.name, entry.port);
    Some(entries.iter().map(text).collect::<Vec<_>>().join(","))
}

/// The names of a listener list, upper case, as far as they can be read.
#[must_use]
pub fn bound_names(list: &str) -> Vec<String> {
    let entries = split(list).into_iter().filter_map(|part| parse_entry(part).ok());
    entries.map(|entry| entry.name.to_string()).collect()
}

/// A listener list with `localhost` in place of `0.0.0.0`.
fn with_localhost(list: &str) -> String {
    list.replace("://0.0.0.0:", "://localhost:")
}
