//! What is said about a story: what was seen, why it cannot work, what to write instead.

use super::event::FirstBytes;
use super::judge::Ground;
use super::place::Place;
use super::story::Story;
use crate::base::Now;
use crate::listener::advise::Finding;
use crate::listener::draft::Draft;
use crate::listener::facts::Answer;
use crate::listener::problem::Fix;
use crate::listener::table::is_loopback;
use crate::listener::types::Listener;

/// A client that was told an address and never came.
pub(super) fn unreachable(
    id: &'static str,
    story: &Story,
    now: Now,
    ground: &Ground<'_>,
) -> Finding {
    let say = Say::new(story, ground);
    Finding {
        id,
        listener: Some(say.listener.name.clone()),
        evidence: say.evidence(now),
        cause: say.cause(id),
        fix: say.fix(id),
    }
}

/// A client whose first bytes were no Kafka request; `None` if nothing is known about them.
pub(super) fn no_kafka(bytes: FirstBytes, story: &Story, ground: &Ground<'_>) -> Option<Finding> {
    let say = Say::new(story, ground);
    let (address, name) = (story.key.address, &say.listener.name);
    let (id, evidence, cause, advice) = match bytes {
        FirstBytes::Tls => (
            "L15",
            format!("a client from {address} began with a TLS hello on {name}"),
            "This listener speaks plain text: the client waits for a handshake that never comes, \
             and says no more than that it was disconnected.",
            "In the client's settings write security.protocol=PLAINTEXT (kafkajs: leave `ssl` out, \
             `ssl: {}` switches it on).",
        ),
        FirstBytes::Http(method) => (
            "L17",
            format!("a client from {address} sent the HTTP request {method} to {name}"),
            "This port speaks Kafka's protocol. A browser or a health check finds what it wants at \
             the console's port.",
            "Point it at the console's port: /healthz says that the process lives, /readyz that \
             clients may connect.",
        ),
        FirstBytes::Unknown => return None,
    };
    let listener = Some(name.clone());
    Some(Finding { id, listener, evidence, cause: cause.to_owned(), fix: Fix::advice(advice) })
}

/// A client on a listener that clients are not told about.
pub(super) fn not_advertised(story: &Story, ground: &Ground<'_>) -> Finding {
    let say = Say::new(story, ground);
    let name = &say.listener.name;
    let host = say.listener.bind.host.clone().filter(|_| !say.listener.bind.is_wildcard());
    let bound = ground.bound.get(story.key.listener).copied().unwrap_or(say.listener.bind.port);
    let told = format!("{}:{bound}", host.as_deref().unwrap_or("localhost"));
    Finding {
        id: "L14",
        listener: Some(name.clone()),
        evidence: format!("{} asked for metadata on {name} and found no broker", say.client()),
        cause: format!(
            "{name} is in listeners and not in advertised.listeners: Kafka hides such a listener, \
             and answers that no leader is known there."
        ),
        fix: Fix::advice("Advertise it, or let the client use a listener that is advertised:")
            .and_set("advertised.listeners", say.draft().advertised_with(&told, None)),
    }
}

struct Say<'a> {
    story: &'a Story,
    ground: &'a Ground<'a>,
    listener: &'a Listener,
    place: Place,
}

impl<'a> Say<'a> {
    fn new(story: &'a Story, ground: &'a Ground<'a>) -> Self {
        let listener = &ground.listeners.all[story.key.listener];
        Say { story, ground, listener, place: story.place(ground.facts) }
    }

    fn draft(&self) -> Draft<'a> {
        Draft { listeners: self.ground.listeners, listener: self.listener }
    }

    /// `client "orders" (librdkafka 2.12.1) from 172.18.0.5, another container,`
    fn client(&self) -> String {
        let story = self.story;
        let name = match story.key.client_id.as_str() {
            "" => "a client".to_owned(),
            id => format!("client {id:?}"),
        };
        let software = match &story.software {
            Some((name, version)) => format!(" ({name} {version})"),
            None => String::new(),
        };
        let place = self.place.text(self.ground.facts);
        format!("{name}{software} from {}, {place},", story.key.address)
    }

    fn told(&self) -> String {
        self.ground.told(self.story.key.listener).map(ToString::to_string).unwrap_or_default()
    }

    fn told_host(&self) -> &str {
        self.ground.told(self.story.key.listener).map_or("", |told| told.host.as_str())
    }

    fn told_port(&self) -> u16 {
        self.ground.told(self.story.key.listener).map_or(0, |told| told.port)
    }

    fn bound(&self) -> u16 {
        self.ground.bound.get(self.story.key.listener).copied().unwrap_or_default()
    }

    fn evidence(&self, now: Now) -> String {
        let (asked, began) = match &self.story.spell {
            Some(spell) => (spell.asked, spell.began),
            None => (self.story.metadata_requests, self.story.first_seen),
        };
        let times = if asked == 1 { "once".to_owned() } else { format!("{asked} times") };
        let seconds = now.monotonic.saturating_sub(began.monotonic).as_secs().max(1);
        format!(
            "{} asked for metadata {times} on {}, was told {}, and has not come back there within \
             {seconds} s",
            self.client(),
            self.listener.name,
            self.told(),
        )
    }

    fn cause(&self, id: &str) -> String {
        let (told, host) = (self.told(), self.told_host());
        match id {
            "L03" => {
                "There localhost is that container itself, where no broker listens.".to_owned()
            }
            "L18" => format!("On another machine {host} is that machine, where no broker listens."),
            "L08" => format!(
                "{told} is a port that is mapped on the host; in a container localhost is that \
                 container itself."
            ),
            "L05" => {
                format!("{host} looks like a container id: nobody but that container resolves it.")
            }
            "L04" => match self.place {
                Place::Here => format!("{host} does not resolve on this machine."),
                _ => format!(
                    "{host} is a name that this broker's network knows, and probably not the \
                     client."
                ),
            },
            "L07" => self.port_cause(),
            "L09" if self.answer() == Some(&Answer::Nobody) => format!(
                "From this machine nobody answers at {told}: a private address has a route inside \
                 its own network only."
            ),
            "L09" => format!("{host} is known inside a private network only."),
            "L10" if self.answer() == Some(&Answer::Unresolved) => format!(
                "{host} is a name inside a Kubernetes cluster, and does not resolve on this machine."
            ),
            "L10" => format!(
                "It came through a port forward or a tunnel; {host} leads past it, into a network \
                 that the client is not in."
            ),
            "L11" => "That is no address: each client connects to itself.".to_owned(),
            "L19" => match self.answer() {
                Some(Answer::AnotherBroker(cluster)) => {
                    format!("At {told} another broker answers (cluster {cluster}).")
                }
                _ => format!("{host} leads to a place where this broker is not."),
            },
            _ => String::new(),
        }
    }

    fn port_cause(&self) -> String {
        let (told, bound) = (self.told(), self.bound());
        match (self.place, self.answer()) {
            (Place::Here, Some(Answer::AnotherBroker(cluster))) => format!(
                "This listener is bound to port {bound}, and at {told} another broker answers \
                 (cluster {cluster}): clients silently work with that one."
            ),
            (Place::Here, _) => format!(
                "This listener is bound to port {bound}, and at {told} no Kafka broker answers."
            ),
            _ => format!(
                "If the port is published as another one (-p 9093:{bound}), {told} leads nowhere."
            ),
        }
    }

    fn answer(&self) -> Option<&Answer> {
        self.ground.facts.answers.get(&self.told())
    }

    fn fix(&self, id: &str) -> Fix {
        if let Some(fix) = self.use_another_listener() {
            return fix;
        }
        let (host, bound) = (self.told_host(), self.bound());
        match id {
            "L03" | "L08" if self.ground.facts.inside_container => self.draft().add_listener(
                "Add a listener for containers, advertised as this service's name (here: kafka), \
                 and let them bootstrap from it:",
                "DOCKER",
                "kafka",
            ),
            "L03" => self.draft().add_listener(
                "Add a listener for containers, advertised as the name by which they find this \
                 machine (Docker: host.docker.internal), and let them bootstrap from it:",
                "DOCKER",
                "host.docker.internal",
            ),
            "L04" | "L05" | "L09" | "L10"
                if self.place == Place::Here && self.answer() != Some(&Answer::Me) =>
            {
                let inside_container = self.ground.facts.inside_container;
                let port = if inside_container { self.told_port() } else { bound };
                self.advertise("Advertise what leads here from this machine:", "localhost", port)
            }
            "L18" | "L09" | "L11" => self.draft().add_listener(
                "Add a listener for clients elsewhere, advertised as a name or an address of this \
                 machine that they can reach, and let them bootstrap from it:",
                "EXTERNAL",
                self.public_name(),
            ),
            "L10" => self.draft().add_listener(
                "Add a listener for who comes through the forward, advertised as localhost, and \
                 forward its port under the same number:",
                "FORWARDED",
                "localhost",
            ),
            "L07" if self.place == Place::Here => {
                self.advertise("Advertise the port that the listener is bound to:", host, bound)
            }
            "L07" => self.advertise(
                "Publish the port under the same number, or advertise the one on the host, for \
                 instance with -p 9093:",
                host,
                9093,
            ),
            "L19" => self.advertise(
                "Advertise a name that leads to this broker, for clients on this machine:",
                "localhost",
                bound,
            ),
            _ => self.draft().add_listener(
                "Add a listener for clients on the host, advertised as localhost, publish its port \
                 under the same number, and let them bootstrap from it:",
                "HOST",
                "localhost",
            ),
        }
    }

    fn advertise(&self, advice: &str, host: &str, port: u16) -> Fix {
        let endpoint = format!("{host}:{port}");
        Fix::advice(advice)
            .and_set("advertised.listeners", self.draft().advertised_with(&endpoint, None))
    }

    fn public_name(&self) -> &str {
        match self.ground.facts.hostname.as_str() {
            "" => "broker.example",
            name => name,
        }
    }

    /// If another listener is told as what this client can reach, that is the one to use.
    fn use_another_listener(&self) -> Option<Fix> {
        let wants_local = matches!(self.place, Place::Here | Place::Host);
        // Containers know one another by names without dots, other machines do not.
        let is_known = |host: &str| self.place != Place::Elsewhere || host.contains(['.', ':']);
        let others = self.ground.listeners.all.iter().enumerate();
        let mut others = others.filter(|(index, _)| *index != self.story.key.listener);
        let (_, told) = others.find_map(|(index, listener)| {
            let told = self.ground.told(index)?;
            let is_right = is_loopback(&told.host) == wants_local && is_known(&told.host);
            (is_right && told.host != self.told_host()).then_some((listener, told))
        })?;
        Some(Fix::advice(format!(
            "There is a listener for clients {}; in the client write bootstrap.servers={told}",
            if wants_local { "on this machine" } else { "elsewhere" },
        )))
    }
}
