//! What real clients print when their way ends as the lab's client's did: the sentences of
//! librdkafka 2.16 (Python, Go, .NET, kcat), Kafka's Java client 4.3 and kafkajs 2.2, without the
//! times and names of threads around them.

use std::net::Ipv6Addr;

use super::visit::{End, Fault, Visit};
use crate::cli::client::Endpoint;

/// Who said something, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) who: &'static str,
    pub(super) lines: Vec<String>,
}

impl Said {
    pub(super) fn new(who: &'static str, line: impl Into<String>) -> Self {
        Said { who, lines: vec![line.into()] }
    }
}

/// Who speaks when klamm itself does.
pub(super) const KLAMM: &str = "klamm";
pub(super) const LIBRDKAFKA: &str = "librdkafka";
pub(super) const JAVA: &str = "Java";
pub(super) const KAFKAJS: &str = "kafkajs";

/// What clients of `topic` print at the end of this way; nothing if it works.
pub(super) fn say(visit: &Visit, topic: &str) -> Vec<Said> {
    match &visit.end {
        End::Works | End::Failed(_) => Vec::new(),
        End::Bootstrap(fault) => Failure { node: None, at: &visit.bootstrap, fault: *fault }.said(),
        End::Told { node, at, fault } => Failure { node: Some(*node), at, fault: *fault }.said(),
        End::NoLeader => no_leader(visit, topic),
    }
}

fn no_leader(visit: &Visit, topic: &str) -> Vec<Said> {
    let count = visit.leaders.len();
    let names: Vec<String> =
        visit.leaders.iter().map(|(partition, _)| format!("{topic}-{partition}")).collect();
    let java = match count {
        0 => format!("Topic {topic} not present in metadata after 60000 ms."),
        _ => format!(
            "{count} partitions have leader brokers without a matching listener, including [{}]",
            names.join(", ")
        ),
    };
    vec![
        Said {
            who: LIBRDKAFKA,
            lines: vec![
                "Local: Message timed out".to_owned(),
                "Broker: No matching listener".to_owned(),
            ],
        },
        Said::new(JAVA, java),
        Said::new(
            KAFKAJS,
            "KafkaJSNumberOfRetriesExceeded: There is no listener on the leader broker that matches the \
             listener on which metadata request was processed",
        ),
    ]
}

/// An address that did not work, and whether it was the bootstrap address.
struct Failure<'a> {
    node: Option<i32>,
    at: &'a Endpoint,
    fault: Fault,
}

impl Failure<'_> {
    fn said(&self) -> Vec<Said> {
        vec![
            Said::new(LIBRDKAFKA, self.librdkafka()),
            Said::new(JAVA, self.java()),
            Said::new(KAFKAJS, self.kafkajs()),
        ]
    }

    fn librdkafka(&self) -> String {
        let at = self.at;
        let node = self.node.map_or_else(|| "bootstrap".to_owned(), |node| node.to_string());
        let reason = match self.fault {
            Fault::Refused | Fault::Silent => {
                let family = if is_ipv6(&at.host) { "ipv6" } else { "ipv4" };
                let cause = match self.fault {
                    Fault::Refused => "Connection refused",
                    _ => "Connection timed out",
                };
                format!("Connect to {family}#{} failed: {cause}", numeric(at))
            }
            Fault::Unresolved => format!("Failed to resolve '{at}': Name or service not known"),
            Fault::Closed => {
                "Disconnected: connection closed by peer: receive 0 after POLLIN".to_owned()
            }
        };
        format!("{at}/{node}: {reason}")
    }

    fn java(&self) -> String {
        let node = self.node.unwrap_or(-1);
        let (at, address) = (self.at, java_address(self.at));
        match (self.fault, self.node) {
            (Fault::Unresolved, None) => {
                "No resolvable bootstrap urls given in bootstrap.servers".to_owned()
            }
            (Fault::Unresolved, Some(_)) => {
                format!("Error connecting to node {at} (id: {node} rack: null)")
            }
            (Fault::Closed, None) => {
                format!("Bootstrap broker {at} (id: -1 rack: null) disconnected")
            }
            (Fault::Closed, Some(_)) => format!("Node {node} disconnected."),
            (Fault::Refused | Fault::Silent, _) => format!(
                "Connection to node {node} ({address}) could not be established. Node may not be \
                 available."
            ),
        }
    }

    fn kafkajs(&self) -> String {
        let Endpoint { host, port } = self.at;
        let cause = match self.fault {
            Fault::Refused => format!("connect ECONNREFUSED {}:{port}", numeric_host(host)),
            Fault::Unresolved => format!("getaddrinfo ENOTFOUND {host}"),
            Fault::Closed => return "[BrokerPool] Closed connection".to_owned(),
            Fault::Silent => return "[Connection] Connection timeout".to_owned(),
        };
        match self.node {
            None => format!(
                "[BrokerPool] Failed to connect to seed broker, trying another broker from the \
                 list: Connection error: {cause}"
            ),
            Some(_) => format!("[Connection] Connection error: {cause}"),
        }
    }
}

fn is_ipv6(host: &str) -> bool {
    host.parse::<Ipv6Addr>().is_ok()
}

/// The address behind `localhost`, as far as a lab has to know.
fn numeric_host(host: &str) -> &str {
    if host == "localhost" { "127.0.0.1" } else { host }
}

fn numeric(at: &Endpoint) -> Endpoint {
    Endpoint { host: numeric_host(&at.host).to_owned(), port: at.port }
}

/// As `InetSocketAddress` prints it: name, slash, address.
fn java_address(at: &Endpoint) -> String {
    let name = if at.host == "localhost" { "localhost" } else { "" };
    format!("{name}/{}", numeric(at))
}
