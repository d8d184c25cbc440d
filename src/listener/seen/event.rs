//! What a connection reports.

/// Something about a connection that is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// Its first request.
    Introduced {
        /// What the request's header calls the client; empty if it does not say.
        client_id: &'a str,
    },
    /// The first ApiVersions request that names the client's software (KIP-511).
    Software {
        /// For example `librdkafka`.
        name: &'a str,
        /// For example `2.12.1`.
        version: &'a str,
    },
    /// A Metadata request was answered with the listener's address.
    Told {
        /// What it asked about.
        asked: Asked,
        /// How many Metadata requests this connection has made by now.
        count: u32,
    },
    /// A Metadata request was answered without any broker: the listener is not advertised.
    NotAdvertised,
    /// The first request that a client sends only to an address that it was told.
    Worked {
        /// Kafka's name of the request.
        request: &'static str,
    },
    /// The first bytes were no request.
    NoKafka(FirstBytes),
    /// A request that is not served in this version: Kafka closes the connection.
    Unsupported {
        /// Kafka's name of the request.
        request: &'static str,
        /// The version that was asked for.
        version: i16,
    },
    /// The connection ended. As the first event: it did so without a word.
    Closed,
}

/// What a Metadata request asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Some topics by name, and at least one of them exists: the client wants something of it.
    Topics,
    /// The brokers alone, all topics, or topics that do not exist.
    Anything,
}

/// What the first bytes of a connection are, if they are no Kafka request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstBytes {
    /// A TLS hello.
    Tls,
    /// An HTTP request with this method.
    Http(&'static str),
    /// Anything else.
    Unknown,
}

/// The methods that an HTTP request may begin with; `PRI` begins HTTP/2.
const HTTP_METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI"];
/// The handshake record of TLS; the major version follows.
const TLS_HANDSHAKE: u8 = 0x16;

impl FirstBytes {
    /// Looks at the bytes that could not be read as a request.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        if let [TLS_HANDSHAKE, 3, ..] = bytes {
            return FirstBytes::Tls;
        }
        let is_method = |method: &&&str| {
            let (head, rest) = bytes.split_at(bytes.len().min(method.len()));
            head == method.as_bytes() && rest.first().is_none_or(|byte| *byte == b' ')
        };
        let method = HTTP_METHODS.iter().find(is_method);
        method.map_or(FirstBytes::Unknown, |method| FirstBytes::Http(method))
    }
}
