//! Mistakes that can be seen without a client. The ids are those of the catalogue in
//! `docs/LISTENERS.md`; an id never changes its meaning.

use std::fmt;
use std::net::IpAddr;

use super::draft::Draft;
use super::facts::Facts;
use super::problem::Fix;
use super::table::is_loopback;
use super::types::{Endpoint, Listener, ListenerName, Listeners};

/// A mistake, or what looks like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its number in the catalogue.
    pub id: &'static str,
    /// The listener it is about, where its name is known.
    pub listener: Option<ListenerName>,
    /// What was seen.
    pub evidence: String,
    /// What will happen because of it.
    pub cause: String,
    /// What to write instead.
    pub fix: Fix,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  ", self.id)?;
        if let Some(listener) = &self.listener {
            write!(f, "{listener}: ")?;
        }
        write!(f, "{}. {}", self.evidence, self.cause)
    }
}

/// Everything that looks wrong, in the order of the listeners.
#[must_use]
pub fn advise(listeners: &Listeners, facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for listener in &listeners.all {
        let Some(told) = &listener.advertised else { continue };
        let host = told.host.as_deref().unwrap_or(&facts.hostname);
        let draft = Draft { listeners, listener };
        let it = Look { draft, listener, told, host, facts };
        let rules = [
            Look::binds_loopback_in_container,
            Look::containers_are_told_localhost,
            Look::advertises_container_id,
            Look::localhost_over_ipv4_only,
            Look::another_port_is_told,
            Look::advertises_wildcard,
            Look::name_does_not_resolve,
            Look::private_cloud_name,
        ];
        findings.extend(rules.iter().filter_map(|rule| rule(&it)));
    }
    findings
}

/// Twelve hexadecimal digits.
pub(super) fn looks_like_container_id(host: &str) -> bool {
    host.len() == 12 && host.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

struct Look<'a> {
    draft: Draft<'a>,
    listener: &'a Listener,
    told: &'a Endpoint,
    /// What clients will be told, with a missing host resolved.
    host: &'a str,
    facts: &'a Facts,
}

impl Look<'_> {
    fn finding(
        &self,
        id: &'static str,
        evidence: String,
        cause: &str,
        fix: Fix,
    ) -> Option<Finding> {
        let listener = Some(self.listener.name.clone());
        Some(Finding { id, listener, evidence, cause: cause.to_owned(), fix })
    }

    fn binds_loopback_in_container(&self) -> Option<Finding> {
        let bind = self.listener.bind.host.as_deref()?;
        if !self.facts.inside_container || !is_loopback(bind) {
            return None;
        }
        let port = self.listener.bind.port;
        let fix = Fix::advice("Listen on every interface and advertise separately:")
            .and_set("listeners", self.draft.listeners_with(&format!("0.0.0.0:{port}")))
            .and_set(
                "advertised.listeners",
                self.draft.advertised_with(&format!("{}:{}", self.host, self.told.port), None),
            );
        self.finding(
            "L02",
            format!("it is bound to {} inside a container", self.listener.bind),
            "That is the container's own loopback: nothing outside can reach it, a published port \
             neither.",
            fix,
        )
    }

    fn containers_are_told_localhost(&self) -> Option<Finding> {
        let told_elsewhere = self.draft.listeners.all.iter().any(|it| {
            let told = it.advertised.as_ref();
            let host = told.map(|told| told.host.as_deref().unwrap_or(&self.facts.hostname));
            host.is_some_and(|host| !is_loopback(host))
        });
        let first = self.draft.listeners.all.iter().find(|it| it.advertised.is_some());
        let is_first = first.is_some_and(|it| it.name == self.listener.name);
        let is_told_localhost = is_first && !told_elsewhere && is_loopback(self.host);
        // A listener that is bound to loopback is L02's, with a fix of its own.
        let is_bound_here = self.listener.bind.host.as_deref().is_some_and(is_loopback);
        if !self.facts.inside_container || !is_told_localhost || is_bound_here {
            return None;
        }
        let fix = self.draft.add_listener(
            "If containers connect too, add a listener for them under this service's name \
             (here: kafka):",
            "DOCKER",
            "kafka",
        );
        self.finding(
            "L03",
            format!("it tells every client {}, and this is a container", self.told),
            "In another container localhost is that container: its clients bootstrap and then fail.",
            fix,
        )
    }

    fn advertises_container_id(&self) -> Option<Finding> {
        if !looks_like_container_id(self.host) {
            return None;
        }
        let fix = Fix::advice("Advertise the name clients use:").and_set(
            "advertised.listeners",
            self.draft.advertised_with(&format!("localhost:{}", self.told.port), None),
        );
        self.finding(
            "L05",
            format!("it is advertised as {}, which looks like a container id", self.host),
            "Nobody but this container resolves that name.",
            fix,
        )
    }

    fn localhost_over_ipv4_only(&self) -> Option<Finding> {
        let resolved = self.facts.resolved.get("localhost")?;
        let binds_ipv4 = self
            .listener
            .bind
            .host
            .as_deref()
            .is_some_and(|host| host.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4()));
        if self.host != "localhost" || !binds_ipv4 || !resolved.iter().any(IpAddr::is_ipv6) {
            return None;
        }
        let port = self.listener.bind.port;
        let fix = Fix::advice("Listen on both address families:")
            .and_set("listeners", self.draft.listeners_with(&format!(":{port}")));
        self.finding(
            "L06",
            format!("localhost is ::1 too here, and it listens on {} only", self.listener.bind),
            "Clients that try IPv6 first log a refused connection before they succeed.",
            fix,
        )
    }

    fn another_port_is_told(&self) -> Option<Finding> {
        let (bind, told) = (self.listener.bind.port, self.told.port);
        let mapped = self.facts.inside_container || !is_loopback(self.host);
        if bind == told || bind == 0 || told == 0 || mapped {
            return None;
        }
        let fix = Fix::advice("Unless something forwards that port, advertise the bound one:")
            .and_set(
                "advertised.listeners",
                self.draft.advertised_with(&format!("{}:{bind}", self.host), None),
            );
        self.finding(
            "L07",
            format!("it listens on port {bind} and tells clients {told}"),
            "Clients on this machine bootstrap, then connect to a port where nothing of klamm is.",
            fix,
        )
    }

    fn advertises_wildcard(&self) -> Option<Finding> {
        if !self.host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified()) {
            return None;
        }
        let fix = Fix::advice("Advertise an address that clients can connect to:").and_set(
            "advertised.listeners",
            self.draft.advertised_with(&format!("localhost:{}", self.told.port), None),
        );
        self.finding(
            "L11",
            format!("it is advertised as {}", self.told),
            "Kafka lets it pass, but it is no address: each client connects to itself.",
            fix,
        )
    }

    fn name_does_not_resolve(&self) -> Option<Finding> {
        if self.facts.inside_container || !self.facts.resolved.get(self.host)?.is_empty() {
            return None;
        }
        let fix = Fix::advice("For clients on this machine:").and_set(
            "advertised.listeners",
            self.draft.advertised_with(&format!("localhost:{}", self.told.port), None),
        );
        self.finding(
            "L04",
            format!("it is advertised as {}, a name this machine does not resolve", self.host),
            "Clients on this machine bootstrap and then fail to resolve the name they were told.",
            fix,
        )
    }

    fn private_cloud_name(&self) -> Option<Finding> {
        if !self.host.ends_with(".compute.internal") && !self.host.ends_with(".ec2.internal") {
            return None;
        }
        let fix = Fix::advice("Clients elsewhere need a listener with the public name or address.");
        self.finding(
            "L09",
            format!("it is advertised as {}, a private name of the cloud", self.host),
            "It resolves inside the provider's network only.",
            fix,
        )
    }
}
