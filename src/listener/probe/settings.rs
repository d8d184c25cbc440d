//! A broker's own settings, and what to write in their place.

use super::super::parse::{Entry, parse_entry, split};
use super::super::types::{Endpoint, ListenerName};
use super::super::{Fix, parse_protocol_map};
use super::names::{Kind, kind};

/// What a broker says of its listeners (DescribeConfigs).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrokerSettings {
    /// `listeners`.
    pub listeners: String,
    /// `advertised.listeners`; empty if it is not set.
    pub advertised: String,
    /// `listener.security.protocol.map`.
    pub protocol_map: String,
    /// `offsets.topic.replication.factor`.
    pub offsets_replication_factor: Option<i16>,
}

impl BrokerSettings {
    /// The listener whose clients are told `told`.
    #[must_use]
    pub fn listener_of(&self, told: &Endpoint) -> Option<ListenerName> {
        let entries = entries(self.told_list());
        let found = entries.iter().find(|entry| {
            i32::from(told.port) == entry.port && (entry.host == told.host || entry.host.is_none())
        });
        found.map(|entry| entry.name.clone())
    }

    /// `advertised.listeners` with another address for the listener of `told`.
    pub(super) fn advertised_instead(&self, told: &Endpoint, instead: &str) -> Option<String> {
        let name = self.listener_of(told)?;
        let controllers = self.controllers();
        let texts = entries(self.told_list()).into_iter().filter_map(|entry| {
            if entry.name == name {
                Some(format!("{name}://{instead}"))
            } else {
                (!controllers.contains(&entry.name)).then_some(entry.text)
            }
        });
        Some(texts.collect::<Vec<_>>().join(","))
    }

    /// What another listener tells its clients, if that suits them: localhost for those who came
    /// that way, something else for all others.
    pub(super) fn suitable(&self, told: &Endpoint, wants_local: bool) -> Option<Endpoint> {
        let own = self.listener_of(told)?;
        let controllers = self.controllers();
        let others = entries(self.told_list()).into_iter();
        let mut others = others.filter(|it| it.name != own && !controllers.contains(&it.name));
        others.find_map(|entry| {
            let host = entry.host?;
            let is_suitable = match kind(&host) {
                Kind::Wildcard => false,
                kind => (kind == Kind::Loopback) == wants_local,
            };
            let port = u16::try_from(entry.port).ok()?;
            is_suitable.then_some(Endpoint { host: Some(host), port })
        })
    }

    /// The settings that add a listener `name` on a free port, advertised as `host`.
    pub(super) fn with_listener(&self, fix: Fix, told: &Endpoint, name: &str, host: &str) -> Fix {
        let bound = entries(&self.listeners);
        let of_told = self.listener_of(told);
        let map = parse_protocol_map(&self.protocol_map);
        let is_new = !bound.iter().any(|entry| entry.name.as_str() == name);
        let (Some(of_told), true) = (of_told, is_new) else {
            return without_settings(fix, name, host);
        };
        let taken = |port: i32| bound.iter().any(|entry| entry.port == port);
        let port = (0..).map(|step| 29_092 + 10_000 * step).find(|port| !taken(*port));
        let port = port.expect("a list of listeners is finite");
        let protocol = map.get(&of_told).map_or_else(|| of_told.to_string(), ToString::to_string);
        // The default names every protocol; those that are used are enough.
        let used = bound.iter().filter_map(|entry| {
            map.get(&entry.name).map(|protocol| format!("{}:{protocol}", entry.name))
        });
        let used: Vec<String> = used.collect();
        fix.and_set("listeners", format!("{},{name}://:{port}", self.listeners))
            .and_set(
                "advertised.listeners",
                format!("{},{name}://{host}:{port}", self.advertised_or_bound()),
            )
            .and_set(
                "listener.security.protocol.map",
                format!("{},{name}:{protocol}", used.join(",")),
            )
    }

    /// The list that clients are told from.
    fn told_list(&self) -> &str {
        if self.advertised.is_empty() { &self.listeners } else { &self.advertised }
    }

    fn advertised_or_bound(&self) -> String {
        let controllers = self.controllers();
        let told = entries(self.told_list()).into_iter();
        let told = told.filter(|entry| !controllers.contains(&entry.name)).map(|entry| entry.text);
        told.collect::<Vec<_>>().join(",")
    }

    /// Listeners that look like a KRaft controller's: no client is told them.
    fn controllers(&self) -> Vec<ListenerName> {
        let all = entries(&self.listeners).into_iter().map(|entry| entry.name);
        all.filter(|name| name.as_str().contains("CONTROLLER")).collect()
    }
}

/// What to write where the broker does not show its settings.
pub(super) fn without_settings(fix: Fix, name: &str, host: &str) -> Fix {
    let mut fix = fix;
    fix.advice.push_str(&format!(
        " add {name}://:29092 to listeners, {name}://{host}:29092 to advertised.listeners and \
         {name}:PLAINTEXT to listener.security.protocol.map."
    ));
    fix
}

fn entries(list: &str) -> Vec<Entry> {
    split(list).into_iter().filter_map(|entry| parse_entry(entry).ok()).collect()
}
