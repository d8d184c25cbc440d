//! From a mistake to the edits that put it right.

use super::dial::Why;
use super::fault::{Fault, FaultKind};
use super::model::{Address, Broker, Published, Standpoint, World};
use super::rewrite::{inserted, mapped, replaced, wildcard};
use crate::listener::table::is_loopback;
use crate::listener::types::{Listener, ListenerName};

/// Something to write differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A setting of a broker.
    Set {
        /// The broker.
        broker: usize,
        /// Kafka's name of the setting.
        setting: String,
        /// The value.
        value: String,
    },
    /// A published port leads elsewhere.
    Republish {
        /// The place.
        place: usize,
        /// Which of its published ports.
        index: usize,
        /// The port outside.
        host_port: u16,
        /// The port inside.
        container_port: u16,
    },
    /// A further published port.
    Publish {
        /// The place.
        place: usize,
        /// The port outside.
        host_port: u16,
        /// The port inside.
        container_port: u16,
    },
    /// A client bootstraps from another address.
    Bootstrap {
        /// The client.
        client: usize,
        /// The address that it has.
        from: Address,
        /// The address that it gets.
        to: Address,
    },
    /// A place joins a network.
    Join {
        /// The place.
        place: usize,
        /// The network.
        network: String,
    },
    /// A client's security protocol.
    Security {
        /// The client.
        client: usize,
        /// Kafka's name of the protocol.
        to: &'static str,
    },
}

/// A way out: in words, and as edits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remedy {
    /// What to do.
    pub advice: String,
    /// What to write.
    pub edits: Vec<Edit>,
}

const LISTENERS: &str = "listeners";
const ADVERTISED: &str = "advertised.listeners";
const MAP: &str = "listener.security.protocol.map";

/// What puts a mistake right; without edits where only people know what is meant.
#[must_use]
pub fn remedy(world: &World, fault: &Fault) -> Remedy {
    let Some(broker) = world.brokers.get(fault.broker) else { return Remedy::default() };
    let it = Mend { world, fault, broker };
    match fault.kind {
        FaultKind::DoesNotStart => it.as_kafka_says(),
        FaultKind::NothingThere
        | FaultKind::BootstrapUnknown
        | FaultKind::BootstrapIsOwnLoopback => it.another_bootstrap().unwrap_or_default(),
        FaultKind::BootstrapOnOtherNetwork => it.join().unwrap_or_default(),
        FaultKind::NotPublished => it.publish(),
        FaultKind::BoundToLoopback => it.bind_everywhere(),
        FaultKind::ToldLoopback | FaultKind::BrokersToldLoopback => it.tell_containers(),
        FaultKind::ToldPrivateName => Remedy {
            advice: format!(
                "Give {} a listener of its own for clients outside, advertised as the address of \
                 the node or the load balancer, and let the service's port lead to that one.",
                it.broker.name
            ),
            edits: Vec::new(),
        },
        FaultKind::ToldForeignName | FaultKind::ToldContainerId => it.tell_right_name(),
        FaultKind::ToldOtherPort => it.tell_right_port(),
        FaultKind::ToldWildcard => it.tell_right_name(),
        FaultKind::AnotherBroker => it.tell_own_address(),
        FaultKind::Hidden => it.add_listener(),
        FaultKind::TlsOnPlain | FaultKind::PlainOnTls => it.other_security(),
    }
}

struct Mend<'a> {
    world: &'a World,
    fault: &'a Fault,
    broker: &'a Broker,
}

impl Mend<'_> {
    fn set(&self, setting: &str, value: String) -> Edit {
        Edit::Set { broker: self.fault.broker, setting: setting.to_owned(), value }
    }

    fn as_kafka_says(&self) -> Remedy {
        let Err(problems) = &self.broker.listeners else { return Remedy::default() };
        let Some(problem) = problems.first() else { return Remedy::default() };
        let edits = problem.fix.set.iter().map(|(name, value)| self.set(name, value.clone()));
        Remedy { advice: problem.fix.advice.clone(), edits: edits.collect() }
    }

    fn door(&self) -> Option<&Listener> {
        self.broker.doors().get(self.fault.door?)
    }

    fn listeners_text(&self) -> String {
        let text = self.broker.settings.listeners.clone();
        text.unwrap_or_else(|| "PLAINTEXT://:9092".to_owned())
    }

    /// The advertised list; as long as none is set it is the one of what is bound, without the
    /// controllers'.
    fn advertised_text(&self) -> String {
        if let Some(text) = &self.broker.settings.advertised_listeners {
            return text.clone();
        }
        let told = |door: &Listener| Some(format!("{}://{}", door.name, door.advertised.as_ref()?));
        self.broker.doors().iter().filter_map(told).collect::<Vec<_>>().join(",")
    }

    /// The name by which other containers find this broker.
    fn service(&self) -> Option<String> {
        let place = self.broker.place?;
        let from = match self.fault.from {
            Standpoint::At(from) => self.world.known_as(from, place),
            _ => None,
        };
        let name = from.or_else(|| self.world.places[place].names.first())?;
        Some(name.text.clone())
    }

    /// The published port that leads to a port inside, with its index.
    fn published(&self, port: u16) -> Option<(usize, &Published)> {
        let place = &self.world.places[self.broker.place?];
        place.published.iter().enumerate().find(|(_, it)| it.container_port == port)
    }

    /// Whether anything but the machine needs this door.
    fn is_needed_inside(&self) -> bool {
        let cluster = self.broker.cluster;
        let brokers = self.world.brokers.iter().filter(|it| it.cluster == cluster).count();
        brokers > 1 || !self.world.clients.is_empty()
    }

    /// Tells clients of the door another address.
    fn tell(&self, door: &Listener, endpoint: &str) -> Edit {
        self.set(ADVERTISED, replaced(&self.advertised_text(), &door.name, endpoint))
    }

    /// A client in a container is told localhost.
    fn tell_containers(&self) -> Remedy {
        if let Some(remedy) = self.another_bootstrap() {
            return remedy;
        }
        let (Some(door), Some(service)) = (self.door(), self.service()) else {
            return Remedy::default();
        };
        match self.published(door.bind.port) {
            Some((index, published)) => self.split(door, &service, index, published),
            None => Remedy {
                advice: format!("Advertise {} under the name that containers know:", door.name),
                edits: vec![self.tell(door, &format!("{service}:{}", door.bind.port))],
            },
        }
    }

    /// Two doors instead of one: containers keep theirs, programs on the machine get one of their
    /// own, behind the same published port.
    fn split(&self, door: &Listener, service: &str, index: usize, published: &Published) -> Remedy {
        let Ok(listeners) = &self.broker.listeners else { return Remedy::default() };
        let inner = door.bind.port;
        let outer = published.host_port.unwrap_or(inner);
        let port = self.free_port(inner);
        let name = self.free_name();
        let text = self.listeners_text();
        let host = wildcard(Some(&text));
        let bound = inserted(&text, listeners, &name, &format!("{host}:{port}"));
        let told = replaced(&self.advertised_text(), &door.name, &format!("{service}:{inner}"));
        let told = inserted(&told, listeners, &name, &format!("localhost:{outer}"));
        let map = self.broker.settings.listener_security_protocol_map.as_deref();
        let map = mapped(map, listeners, &name, door.protocol.name());
        let place = self.broker.place.unwrap_or(0);
        Remedy {
            advice: format!(
                "Two kinds of clients need two listeners, as each listener tells one address. \
                 {} stays for containers ({service}:{inner}), {name} is for this machine \
                 (localhost:{outer}):",
                door.name
            ),
            edits: vec![
                self.set(LISTENERS, bound),
                self.set(ADVERTISED, told),
                self.set(MAP, map),
                Edit::Republish { place, index, host_port: outer, container_port: port },
            ],
        }
    }

    fn free_port(&self, near: u16) -> u16 {
        let all = self.broker.listeners.as_ref().ok();
        let is_taken = |port: u16| {
            all.is_some_and(|it| {
                it.all.iter().chain(&it.controllers).any(|it| it.bind.port == port)
            })
        };
        let first = near.checked_add(10_000).unwrap_or(near / 2);
        (first..u16::MAX).find(|port| !is_taken(*port)).unwrap_or(first)
    }

    fn free_name(&self) -> String {
        let is_taken = |name: &str| {
            let name = ListenerName::normalised(name);
            self.broker
                .listeners
                .as_ref()
                .is_ok_and(|it| it.all.iter().chain(&it.controllers).any(|it| it.name == name))
        };
        let names = ["HOST", "EXTERNAL", "OUTSIDE", "HOST2"];
        names.into_iter().find(|name| !is_taken(name)).unwrap_or("HOST3").to_owned()
    }

    /// The client's address is wrong, or there is a better door for it.
    fn another_bootstrap(&self) -> Option<Remedy> {
        let client = self.fault.client?;
        let from = self.fault.bootstrap.clone()?;
        let standpoint = Standpoint::At(self.world.clients[client].place);
        let to = super::judge::door_for(self.world, standpoint, self.fault.broker)?;
        if self.world.clients[client].addresses.is_empty() || to == from {
            return None;
        }
        let who = self.world.name(standpoint);
        let advice = format!("{who} should bootstrap from {to}:");
        Some(Remedy { advice, edits: vec![Edit::Bootstrap { client, from, to }] })
    }

    /// The client is in none of the broker's networks.
    fn join(&self) -> Option<Remedy> {
        let Some(Why::OtherNetwork { place: target }) = self.fault.why else { return None };
        let place = self.world.clients.get(self.fault.client?)?.place;
        let network = self.world.places[target].networks.iter().next()?.clone();
        let (who, other) = (&self.world.places[place].name, &self.world.places[target].name);
        let advice = format!("Let {who} join {network}, a network of {other}:");
        Some(Remedy { advice, edits: vec![Edit::Join { place, network }] })
    }

    fn bind_everywhere(&self) -> Remedy {
        let Some(door) = self.door() else { return Remedy::default() };
        let list =
            replaced(&self.listeners_text(), &door.name, &format!("0.0.0.0:{}", door.bind.port));
        let mut edits = vec![self.set(LISTENERS, list)];
        if self.broker.settings.advertised_listeners.is_none() {
            edits.push(self.set(ADVERTISED, self.advertised_text()));
        }
        let advice = "Listen on every interface, and advertise separately:".to_owned();
        Remedy { advice, edits }
    }

    /// The door tells a name that the client does not know.
    fn tell_right_name(&self) -> Remedy {
        let Some(door) = self.door() else { return Remedy::default() };
        let inner = door.bind.port;
        let published = self.published(inner);
        let is_outside = self.fault.from == Standpoint::Machine;
        let service = self.service();
        match (is_outside, published, service) {
            (true, Some((index, published)), Some(service))
                if self.is_needed_inside() && self.fault.kind == FaultKind::ToldForeignName =>
            {
                self.split(door, &service, index, published)
            }
            (true, Some((_, published)), Some(_)) if !self.is_needed_inside() => {
                let outer = published.host_port.unwrap_or(inner);
                Remedy {
                    advice: "Advertise the address that clients on this machine use:".to_owned(),
                    edits: vec![self.tell(door, &format!("localhost:{outer}"))],
                }
            }
            (_, _, Some(service)) => Remedy {
                advice: "Advertise the name that other containers use:".to_owned(),
                edits: vec![self.tell(door, &format!("{service}:{inner}"))],
            },
            (_, _, None) => Remedy {
                advice: "Advertise a name or an address that its clients can resolve:".to_owned(),
                edits: vec![self.tell(door, &format!("localhost:{inner}"))],
            },
        }
    }

    /// The door tells a port where this broker is not.
    fn tell_right_port(&self) -> Remedy {
        let (Some(door), Some(told)) = (self.door(), &self.fault.told) else {
            return Remedy::default();
        };
        let inner = door.bind.port;
        match self.published(inner).filter(|_| is_loopback(&told.host)) {
            Some((index, published)) => match published.host_port {
                Some(outer) => Remedy {
                    advice: "Advertise the port that is published:".to_owned(),
                    edits: vec![
                        self.tell(door, &Address::new(told.host.as_str(), outer).to_string()),
                    ],
                },
                None => Remedy {
                    advice: "Publish it under the port that is advertised:".to_owned(),
                    edits: vec![Edit::Republish {
                        place: self.broker.place.unwrap_or(0),
                        index,
                        host_port: told.port,
                        container_port: inner,
                    }],
                },
            },
            None if is_loopback(&told.host) && self.broker.place.is_some() => self.publish(),
            None if told.port == inner => Remedy {
                advice: "Advertise the address that the listener is bound to:".to_owned(),
                edits: vec![self.tell(door, &door.bind.to_string())],
            },
            None => Remedy {
                advice: "Advertise the port that the listener is bound to:".to_owned(),
                edits: vec![self.tell(door, &Address::new(told.host.as_str(), inner).to_string())],
            },
        }
    }

    /// Makes a published port lead to the door.
    fn publish(&self) -> Remedy {
        let (Some(door), Some(told), Some(place)) =
            (self.door(), &self.fault.told, self.broker.place)
        else {
            return Remedy::default();
        };
        let (host_port, container_port) = (told.port, door.bind.port);
        let published = &self.world.places[place].published;
        let (advice, edit) = match published.iter().position(|it| it.host_port == Some(host_port)) {
            Some(index) => (
                "Let the published port lead to where the listener is:",
                Edit::Republish { place, index, host_port, container_port },
            ),
            None => ("Publish the port:", Edit::Publish { place, host_port, container_port }),
        };
        Remedy { advice: advice.to_owned(), edits: vec![edit] }
    }

    /// Two brokers tell the same address.
    fn tell_own_address(&self) -> Remedy {
        let (Some(door), Some(told)) = (self.door(), &self.fault.told) else {
            return Remedy::default();
        };
        let inner = door.bind.port;
        let advice = format!("Let {} advertise an address of its own:", self.broker.name);
        if !is_loopback(&told.host) {
            let Some(service) = self.service() else { return Remedy::default() };
            return Remedy { advice, edits: vec![self.tell(door, &format!("{service}:{inner}"))] };
        }
        let taken = |port: u16| {
            self.world
                .places
                .iter()
                .any(|it| it.published.iter().any(|it| it.host_port == Some(port)))
        };
        let own = self.published(inner).and_then(|(_, it)| it.host_port);
        let free = (told.port..u16::MAX).find(|port| !taken(*port)).unwrap_or(told.port);
        let outer = own.unwrap_or(free);
        let mut edits = vec![self.tell(door, &format!("{}:{outer}", told.host))];
        if let (None, Some(place)) = (own, self.broker.place) {
            edits.push(Edit::Publish { place, host_port: outer, container_port: inner });
        }
        Remedy { advice, edits }
    }

    /// A broker lacks the listener that another one has.
    fn add_listener(&self) -> Remedy {
        let (Some(door), Some(other)) = (self.door(), self.fault.other) else {
            return Remedy::default();
        };
        let lacking = Mend { broker: &self.world.brokers[other], ..*self };
        let Ok(listeners) = &lacking.broker.listeners else { return Remedy::default() };
        let set = |setting: &str, value: String| Edit::Set {
            broker: other,
            setting: setting.to_owned(),
            value,
        };
        let name = door.name.as_str();
        let told = self.broker.told(self.fault.door.unwrap_or(0));
        let Some(told) = told else { return Remedy::default() };
        let mut port = door.bind.port;
        while listeners.all.iter().chain(&listeners.controllers).any(|it| it.bind.port == port) {
            port += 1;
        }
        let mut edits = Vec::new();
        let bound = lacking.broker.doors().iter().find(|it| it.name == door.name);
        let port = bound.map_or(port, |it| it.bind.port);
        if bound.is_none() {
            let host = wildcard(lacking.broker.settings.listeners.as_deref());
            let text = lacking.listeners_text();
            edits.push(set(LISTENERS, inserted(&text, listeners, name, &format!("{host}:{port}"))));
            let map = lacking.broker.settings.listener_security_protocol_map.as_deref();
            if !map.is_some_and(|map| {
                crate::listener::parse_protocol_map(map).contains_key(&door.name)
            }) {
                edits.push(set(MAP, mapped(map, listeners, name, door.protocol.name())));
            }
        }
        let endpoint = if is_loopback(&told.host) {
            let published = lacking.published(port).and_then(|(_, it)| it.host_port);
            format!("{}:{}", told.host, published.unwrap_or(told.port))
        } else {
            let Some(service) = lacking.service() else { return Remedy::default() };
            format!("{service}:{port}")
        };
        let advertised = lacking.advertised_text();
        edits.push(set(ADVERTISED, inserted(&advertised, listeners, name, &endpoint)));
        let advice = format!(
            "Give every broker of the cluster the same listeners, {} too:",
            lacking.broker.name
        );
        Remedy { advice, edits }
    }

    fn other_security(&self) -> Remedy {
        let (Some(client), Some(protocol)) =
            (self.fault.client, self.fault.fitting_security(self.world))
        else {
            return Remedy::default();
        };
        Remedy {
            advice: "Let the client speak what the listener speaks:".to_owned(),
            edits: vec![Edit::Security { client, to: protocol.name() }],
        }
    }
}
