//! The ways in which clients fail to connect, by number. `docs/LISTENERS.md` tells each in full;
//! an id never changes its meaning.

/// One way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// Its number: `L03`.
    pub id: &'static str,
    /// What it is, as the heading in `docs/LISTENERS.md` says it.
    pub title: &'static str,
}

impl Mistake {
    /// Where it is told in full.
    #[must_use]
    pub fn more(&self) -> String {
        format!("docs/LISTENERS.md#{}", self.id.to_lowercase())
    }
}

const fn mistake(id: &'static str, title: &'static str) -> Mistake {
    Mistake { id, title }
}

/// All of them, in order.
pub const CATALOGUE: [Mistake; 21] = [
    mistake("L01", "Nothing listens at the bootstrap address"),
    mistake("L02", "The broker listens on the loopback of its own container"),
    mistake("L03", "A client in a container is told localhost"),
    mistake("L04", "A client is told a name that it cannot resolve"),
    mistake("L05", "The advertised name is a container id"),
    mistake("L06", "localhost is ::1 first, and the port is open on IPv4 only"),
    mistake("L07", "The advertised port does not lead to the broker"),
    mistake("L08", "A container is told a port that is mapped on the host"),
    mistake("L09", "A client outside is told a private name or address"),
    mistake("L10", "The metadata leads past a port forward or a tunnel"),
    mistake("L11", "The advertised address is 0.0.0.0 or ::"),
    mistake("L12", "The controller's listener is refused as 0.0.0.0"),
    mistake("L13", "Two listeners share a port or a name"),
    mistake("L14", "The listener that the client uses is not advertised"),
    mistake("L15", "A TLS client at a plaintext port"),
    mistake("L16", "A plaintext client at a TLS port"),
    mistake("L17", "HTTP at the Kafka port"),
    mistake("L18", "Another machine is told 127.0.0.1"),
    mistake("L19", "The advertised address leads to another broker"),
    mistake("L20", "Internal topics want more brokers than there are"),
    mistake("L21", "The data directory belongs to another cluster"),
];

/// The mistake of an id.
#[must_use]
pub fn mistake_of(id: &str) -> Option<&'static Mistake> {
    CATALOGUE.iter().find(|mistake| mistake.id == id)
}
