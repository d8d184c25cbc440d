//! Listeners as values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The name of a listener, upper case as Kafka keeps it: `PLAINTEXT`, `DOCKER`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerName(Arc<str>);

impl ListenerName {
    /// The name in Kafka's normal form (`ListenerName.normalised`).
    #[must_use]
    pub fn normalised(name: &str) -> Self {
        ListenerName(name.to_uppercase().into())
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the settings of this listener alone begin with: `listener.name.docker.`.
    #[must_use]
    pub fn config_prefix(&self) -> String {
        format!("listener.name.{}.", self.0.to_lowercase())
    }
}

impl fmt::Display for ListenerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ListenerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a listener's connections are secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "Kafka's own names")]
pub enum SecurityProtocol {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl SecurityProtocol {
    /// All of them, in Kafka's order.
    pub const ALL: [SecurityProtocol; 4] = [
        SecurityProtocol::Plaintext,
        SecurityProtocol::Ssl,
        SecurityProtocol::SaslPlaintext,
        SecurityProtocol::SaslSsl,
    ];

    /// Kafka's name: `SASL_SSL`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        }
    }

    /// Whether its connections are encrypted.
    #[must_use]
    pub fn has_tls(self) -> bool {
        matches!(self, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl)
    }

    /// Whether its clients log in.
    #[must_use]
    pub fn has_sasl(self) -> bool {
        matches!(self, SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl)
    }

    /// The protocol of a name in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<SecurityProtocol> {
        SecurityProtocol::ALL
            .into_iter()
            .find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for SecurityProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A host and a port as they stand in a setting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// A name or an address without brackets; `None`: every interface of this machine.
    pub host: Option<String>,
    /// 0: any free port.
    pub port: u16,
}

impl Endpoint {
    /// Whether the host stands for every interface: absent, `0.0.0.0` or `::`.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        matches!(self.host.as_deref(), None | Some("0.0.0.0" | "::"))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_host_port(f, self.host.as_deref().unwrap_or(""), self.port)
    }
}

/// `host:port`, with the brackets that an IPv6 address needs.
pub(super) fn write_host_port(f: &mut fmt::Formatter<'_>, host: &str, port: u16) -> fmt::Result {
    if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
}

/// One door of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its name.
    pub name: ListenerName,
    /// How it is secured.
    pub protocol: SecurityProtocol,
    /// Where the socket is bound.
    pub bind: Endpoint,
    /// What clients that came in here are told; `None`: the broker hides this listener, and a
    /// client of it finds no broker (LISTENER_NOT_FOUND).
    pub advertised: Option<Endpoint>,
    /// The settings of this listener alone, without their prefix `listener.name.<name>.`.
    pub overrides: BTreeMap<String, String>,
}

/// All doors of the broker, after validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listeners {
    /// The listeners that clients use, in the order of the setting.
    pub all: Vec<Listener>,
    /// Controller listeners of a KRaft file. They are checked as Kafka does, and neither bound
    /// nor advertised: klamm keeps its metadata without a controller quorum.
    pub controllers: Vec<Listener>,
    /// Which listener brokers would use among themselves.
    pub inter_broker: ListenerName,
}

impl Listeners {
    /// The listener of a name.
    #[must_use]
    pub fn find(&self, name: &ListenerName) -> Option<&Listener> {
        self.all.iter().find(|listener| listener.name == *name)
    }
}
