//! What was seen, as values.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::super::types::{Endpoint, SecurityProtocol};
use super::settings::BrokerSettings;

/// Everything that one look at a cluster has brought.
#[derive(Debug, Clone)]
pub struct Survey {
    /// How the client was told to speak.
    pub asked: SecurityProtocol,
    /// The addresses that were named by the user.
    pub bootstrap: Vec<Door>,
    /// The cluster's id, as the first broker told it.
    pub cluster_id: Option<String>,
    /// The brokers of the metadata, and what is behind their addresses.
    pub told: Vec<Told>,
    /// What brokers say of their settings, by node id; empty where they may not be read.
    pub settings: BTreeMap<i32, BrokerSettings>,
    /// Partitions whose leader has no listener of this name (LISTENER_NOT_FOUND):
    /// `topic-partition`.
    pub unserved: Vec<String>,
    /// Who looks after consumer groups.
    pub coordinator: Coordinator,
    /// What became of a record that was sent and read.
    pub round_trip: RoundTrip,
    /// Whether the look was taken from inside a container.
    pub inside_container: bool,
}

impl Survey {
    /// Whether a broker is where it says it is.
    #[must_use]
    pub fn is_itself(&self, told: &Told) -> bool {
        told.door.attempts.iter().any(|attempt| self.is_answer_of(told, &attempt.answer))
    }

    /// Whether it is this broker that answered, as far as answers tell.
    #[must_use]
    pub fn is_answer_of(&self, told: &Told, answer: &Answer) -> bool {
        match answer {
            Answer::Kafka { cluster_id, node } => {
                *cluster_id == self.cluster_id && node.is_none_or(|node| node == told.node)
            }
            _ => false,
        }
    }
}

/// A `host:port` and what was found at each address that the host resolves to.
#[derive(Debug, Clone)]
pub struct Door {
    /// As it was named.
    pub endpoint: Endpoint,
    /// Why the name does not resolve, in the resolver's words.
    pub unresolved: Option<String>,
    /// One for each address, in the resolver's order.
    pub attempts: Vec<Attempt>,
    /// How long it took to resolve the name.
    pub resolving: Duration,
}

impl Door {
    /// The host; a door without one is this machine.
    #[must_use]
    pub fn host(&self) -> &str {
        self.endpoint.host.as_deref().unwrap_or("localhost")
    }

    /// Whether a broker answers behind some address.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.answer.is_kafka())
    }
}

/// What happened at one address.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The address.
    pub address: IpAddr,
    /// What was there.
    pub answer: Answer,
    /// From the first packet to the answer.
    pub took: Duration,
}

/// What was found behind an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A broker, of this cluster and with this node id, where they could be learnt.
    Kafka {
        /// Its cluster.
        cluster_id: Option<String>,
        /// Its number in the cluster.
        node: Option<i32>,
    },
    /// The connection was refused.
    Refused,
    /// Nothing came back to the attempt to connect.
    Unanswered,
    /// The operating system knows no way there; its words.
    Unreachable(String),
    /// Accepted, then closed without a byte.
    Closed,
    /// Accepted, then not a byte.
    Silent,
    /// TLS, where plaintext was asked for.
    Tls,
    /// Kafka in plaintext, where TLS was asked for.
    Plaintext,
    /// An HTTP server; the first line that it said.
    Http(String),
    /// Something else; its first bytes.
    Stranger(String),
    /// A broker that turns this client away.
    Turned(Refusal),
}

impl Answer {
    /// Whether a broker has let the client in.
    #[must_use]
    pub fn is_kafka(&self) -> bool {
        matches!(self, Answer::Kafka { .. })
    }
}

/// Why a broker does not let a client in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The client does not accept the broker's certificate: why.
    Certificate(String),
    /// The certificate is for other names: which.
    CertificateName(String),
    /// The broker broke the handshake off: its alert.
    Handshake(String),
    /// The listener wants SASL and got none.
    SaslWanted,
    /// The listener has no SASL.
    NoSasl,
    /// The mechanism is not among those that it has.
    Mechanism {
        /// What the client wanted.
        asked: String,
        /// What the broker offers.
        offered: Vec<String>,
    },
    /// User or password are wrong: the broker's words.
    Credentials(String),
}

/// A broker as it was told.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its node id.
    pub node: i32,
    /// Where it says it is, and what is there.
    pub door: Door,
}

/// Who looks after the consumer groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coordinator {
    /// Nobody asked.
    NotAsked(String),
    /// This broker.
    Node(i32),
    /// Nobody, after some patience: Kafka's error.
    Missing(String),
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoundTrip {
    /// Not tried, and why.
    NotTried(String),
    /// Sent and read on every partition of the temporary topic.
    Done,
    /// It failed: what was being done, and what was said.
    Failed {
        /// `produce`.
        step: String,
        /// The error.
        error: String,
    },
}

/// Where a client may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// On the machine that runs the containers, outside of them.
    Host,
    /// In a container beside the broker's.
    Container,
    /// On another machine.
    OtherMachine,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Place::Host => "the host",
            Place::Container => "a container",
            Place::OtherMachine => "another machine",
        })
    }
}
