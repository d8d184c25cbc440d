//! The file of a Kafka Connect worker (`connect-standalone.properties`,
//! `connect-distributed.properties`), and what of it counts here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use super::{connectors, facts};
use crate::connect::config::Problem;
use crate::connect::herder::is_default_for_connectors;
use crate::http::Visitors;

type Properties = BTreeMap<String, String>;

/// Those that the REST interface goes by.
const REST: [&str; 5] = [
    "access.control.allow.methods",
    "access.control.allow.origin",
    "listeners",
    "rest.advertised.host.name",
    "rest.advertised.port",
];

/// A worker's settings; none without a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Worker {
    properties: Properties,
}

impl Worker {
    /// Reads a file.
    ///
    /// # Errors
    /// One that cannot be read.
    pub(super) fn read(path: &Path) -> Result<Worker, Problem> {
        Ok(Worker { properties: connectors::read(path)? })
    }

    /// All settings.
    pub(super) fn properties(&self) -> &Properties {
        &self.properties
    }

    /// Those that count for connectors without their own.
    pub(super) fn defaults(&self) -> Properties {
        let defaults = self.properties.iter().filter(|(key, _)| is_default_for_connectors(key));
        defaults.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Those that mean nothing to klamm as the broker.
    pub(super) fn without_effect_in_a_broker(&self) -> Vec<&str> {
        let counts = |key: &str| {
            is_default_for_connectors(key) || (REST.contains(&key) && key != "listeners")
        };
        self.properties.keys().map(String::as_str).filter(|key| !counts(key)).collect()
    }

    /// Whose pages may use the REST interface, and by which names it goes.
    pub(super) fn visitors(&self) -> Visitors {
        let list = |key: &str| -> Vec<String> {
            let elements = self.text(key).into_iter().flat_map(|text| text.split(','));
            elements.map(|element| element.trim().to_owned()).filter(|it| !it.is_empty()).collect()
        };
        let methods = list("access.control.allow.methods");
        Visitors {
            origins: list("access.control.allow.origin"),
            methods: match methods.as_slice() {
                [] => ["GET", "POST", "HEAD"].map(str::to_owned).into(),
                _ => methods,
            },
            hosts: list("rest.advertised.host.name"),
        }
    }

    /// `worker_id`: where others find the REST interface that listens at `address`.
    pub(super) fn id(&self, address: Option<SocketAddr>) -> String {
        let own = address.filter(|address| !address.ip().is_unspecified());
        let own = own.and_then(|it| it.to_string().rsplit_once(':').map(|it| it.0.to_owned()));
        let named = self.text("rest.advertised.host.name").map(str::to_owned);
        let host = named.or(own).unwrap_or_else(facts::hostname);
        let named = self.text("rest.advertised.port").map(str::to_owned);
        match named.or_else(|| address.map(|address| address.port().to_string())) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// A setting that is not empty.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Worker;

    fn worker(pairs: &[(&str, &str)]) -> Worker {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Worker { properties: pairs.collect() }
    }

    #[test]
    fn a_worker_goes_by_the_name_that_it_advertises() {
        let address = "127.0.0.1:8083".parse().ok();
        assert_eq!(worker(&[]).id(address), "127.0.0.1:8083");
        let named = worker(&[("rest.advertised.host.name", "connect.example")]);
        assert_eq!(named.id(address), "connect.example:8083");
        assert_eq!(named.visitors().hosts, ["connect.example"]);
    }

    #[test]
    fn nobody_is_let_in_without_being_named() {
        let visitors = worker(&[("access.control.allow.origin", "")]).visitors();
        assert_eq!(visitors.origins, Vec::<String>::new());
        let visitors = worker(&[("access.control.allow.origin", "http://a, http://b")]).visitors();
        assert_eq!(visitors.origins, ["http://a", "http://b"]);
        assert_eq!(visitors.methods, ["GET", "POST", "HEAD"]);
    }

    #[test]
    fn what_only_a_worker_of_its_own_needs_has_no_effect_in_a_broker() {
        let worker = worker(&[
            ("bootstrap.servers", "a:9092"),
            ("group.id", "g"),
            ("value.converter", "c"),
            ("rest.advertised.host.name", "h"),
        ]);
        assert_eq!(worker.without_effect_in_a_broker(), ["bootstrap.servers", "group.id"]);
    }
}
