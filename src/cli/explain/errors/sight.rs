//! Where a client failed, read out of its own words: the stage, the address, how it failed.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use crate::listener::reach::Address;

/// How far a client had come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// It failed at the address that it was given.
    Bootstrap,
    /// It failed at an address that a broker told it, of this node if it says so.
    Told(Option<String>),
    /// Its words do not say.
    Unknown,
}

/// How a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The name does not resolve.
    Resolve,
    /// Nobody listens.
    Refused,
    /// Nobody answers.
    Timeout,
    /// Somebody answers and hangs up.
    Disconnected,
    /// It does not say.
    Failed,
}

/// A failure that a line tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sighting {
    pub(super) stage: Stage,
    pub(super) address: Option<Address>,
    /// The address that was dialled, if it is told apart from the name.
    pub(super) dialled: Option<String>,
    pub(super) failure: Failure,
    pub(super) line: String,
}

/// A pattern of a client's words. Groups: `node`, `host`, `port`, `ip`.
struct Pattern {
    expression: &'static str,
    stage: PatternStage,
}

#[derive(Clone, Copy)]
enum PatternStage {
    /// The group `node` says it.
    OfNode,
    Bootstrap,
    Told,
    Unknown,
}

const PATTERNS: &[Pattern] = &[
    // librdkafka: NAME:PORT/NODE: Connect to ipv4#ADDRESS:PORT failed: ...
    Pattern {
        expression: r"(?P<host>[\w.-]+|\[[0-9a-f:]+\]):(?P<port>\d+)/(?P<node>bootstrap|-?\d+): (?:Connect to ipv[46]#(?P<ip>\S+) failed|Failed to resolve|Connection setup timed out|Disconnected|Receive failed|Connection closed)",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"GroupCoordinator(?:/\d+)?: (?P<host>[\w.-]+):(?P<port>\d+): (?:Connect to|Failed to resolve|Connection)",
        stage: PatternStage::Told,
    },
    // Java
    Pattern {
        expression: r"Connection to node (?P<node>-?\d+) \((?P<host>[^/:)]*)/(?P<ip>[^:)]*|\[?[0-9a-f:]+\]?):(?P<port>\d+)\) (?:could not be established|terminated)",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"Connection to node (?P<node>-?\d+) could not be established",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"Bootstrap broker (?P<host>[\w.-]+):(?P<port>\d+) \(id: (?P<node>-?\d+)",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"Error connecting to node (?P<host>[\w.-]+):(?P<port>\d+) \(id: (?P<node>-?\d+)",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"Can't resolve address: (?P<host>[\w.-]+):(?P<port>\d+)",
        stage: PatternStage::Told,
    },
    Pattern {
        expression: r"Couldn't resolve server (?P<host>[\w.-]+):(?P<port>\d+) from bootstrap",
        stage: PatternStage::Bootstrap,
    },
    Pattern { expression: r"No resolvable bootstrap urls", stage: PatternStage::Bootstrap },
    // franz-go
    Pattern {
        expression: r#"unable to open connection to broker.*?addr[=:] ?"?(?P<host>[\w.-]+):(?P<port>\d+)"?.*?broker[=:] ?"?(?P<node>seed[ _]\d+|-?\d+)"#,
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r#""?addr"?[=:]"?(?P<host>[\w.-]+):(?P<port>\d+)"?.*?"?broker"?[=:]"?(?P<node>seed[ _]\d+|-?\d+)"?.*?(?:unable to open|dial tcp)"#,
        stage: PatternStage::OfNode,
    },
    // kafka-python
    Pattern {
        expression: r"node_id=(?P<node>bootstrap(?:-\d+)?|-?\d+|coordinator-\d+) host=(?P<host>[\w.-]+):(?P<port>\d+)",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"KafkaConnection node_id=(?P<node>bootstrap(?:-\d+)?|-?\d+|coordinator-\d+) .*Connection lost",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"Bootstrap connection to (?P<node>bootstrap-\d+) failed|Connection to node (?P<other>\d+) failed",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"DNS lookup failed for (?P<host>[\w.-]+):(?P<port>\d+)",
        stage: PatternStage::Told,
    },
    Pattern { expression: r"NoBrokersAvailable", stage: PatternStage::Bootstrap },
    // aiokafka
    Pattern {
        expression: r"Unable connect to node with id (?P<node>\d+)(?:.*?\('(?P<host>[\w.:-]+)', (?P<port>\d+)\))?",
        stage: PatternStage::OfNode,
    },
    Pattern {
        expression: r"Unable to bootstrap from \[?\(?'?(?P<host>[\w.-]+)'?[,:] ?(?P<port>\d+)",
        stage: PatternStage::Bootstrap,
    },
    Pattern {
        expression: r#"Unable connect to "(?P<host>[\w.-]+):(?P<port>\d+)""#,
        stage: PatternStage::Bootstrap,
    },
    // kafkajs
    Pattern {
        expression: r#"Failed to connect to seed broker.*?(?:ECONNREFUSED |ENOTFOUND |EAI_AGAIN )?(?P<host>[\w.-]+:)?(?P<port>\d+)?"#,
        stage: PatternStage::Bootstrap,
    },
    Pattern {
        expression: r#"Connection error: connect ECONNREFUSED (?P<ip>\S+):\d+".*?"broker":"(?P<host>[\w.-]+):(?P<port>\d+)""#,
        stage: PatternStage::Unknown,
    },
    Pattern {
        expression: r#"(?:Connection error|Connection timeout).*?"broker":"(?P<host>[\w.-]+):(?P<port>\d+)""#,
        stage: PatternStage::Unknown,
    },
    Pattern {
        expression: r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<host>[\w.-]+)(?::(?P<port>\d+))?",
        stage: PatternStage::Unknown,
    },
    Pattern {
        expression: r"connect (?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) (?P<host>[\w.:-]+?):(?P<port>\d+)",
        stage: PatternStage::Unknown,
    },
    // sarama
    Pattern {
        expression: r"Failed to connect to broker (?P<host>[\w.-]+):(?P<port>\d+)",
        stage: PatternStage::Unknown,
    },
    Pattern {
        expression: r"got error from broker (?P<node>-?\d+) while fetching metadata",
        stage: PatternStage::OfNode,
    },
    // Go's own words
    Pattern {
        expression: r"dial tcp: lookup (?P<host>[\w.-]+)(?: on \S+)?: (?:no such host|server misbehaving|Temporary failure)",
        stage: PatternStage::Unknown,
    },
    Pattern {
        expression: r"dial tcp (?:\S+->)?(?P<host>\[[0-9a-f:]+\]|[\w.-]+):(?P<port>\d+): (?:connect: |i/o timeout)",
        stage: PatternStage::Unknown,
    },
    // Java's own words
    Pattern {
        expression: r"UnknownHostException: (?P<host>[\w.-]+)",
        stage: PatternStage::Unknown,
    },
    // What a client says when it gives up, without an address.
    Pattern {
        expression: r"not present in metadata after \d+ ms|Expiring \d+ record\(s\)",
        stage: PatternStage::Told,
    },
    Pattern {
        expression: r"Failed to update metadata after \d+ ms|Timed out waiting for a node assignment|run out of available brokers|Broker transport failure|\d+/\d+ brokers are down",
        stage: PatternStage::Unknown,
    },
    Pattern {
        expression: r"KafkaTimeoutError: Failed to update metadata",
        stage: PatternStage::Told,
    },
];

static EXPRESSIONS: LazyLock<Vec<(Regex, PatternStage)>> = LazyLock::new(|| {
    let compiled = |it: &Pattern| Regex::new(it.expression).ok().map(|regex| (regex, it.stage));
    PATTERNS.iter().filter_map(compiled).collect()
});

/// Everything that the lines tell of, in their order; of a line the first pattern that fits.
pub(super) fn sightings(text: &str) -> Vec<Sighting> {
    let mut found: Vec<Sighting> = text.lines().filter_map(sighting).collect();
    settle(text, &mut found);
    found
}

fn sighting(line: &str) -> Option<Sighting> {
    let (captures, stage) =
        EXPRESSIONS.iter().find_map(|(regex, stage)| Some((regex.captures(line)?, *stage)))?;
    let group = |name: &str| captures.name(name).map(|it| it.as_str());
    Some(Sighting {
        stage: stage_of(stage, group("node")),
        address: address(&captures),
        dialled: group("ip").map(str::to_owned),
        failure: failure(line),
        line: line.to_owned(),
    })
}

fn stage_of(stage: PatternStage, node: Option<&str>) -> Stage {
    match (stage, node) {
        (PatternStage::Bootstrap, _) => Stage::Bootstrap,
        (PatternStage::Unknown, _) => Stage::Unknown,
        (PatternStage::Told, node) => Stage::Told(node.map(str::to_owned)),
        (PatternStage::OfNode, None) => Stage::Unknown,
        (PatternStage::OfNode, Some(node)) => {
            let is_first =
                node.starts_with("bootstrap") || node.starts_with("seed") || node.starts_with('-');
            if is_first { Stage::Bootstrap } else { Stage::Told(Some(node.to_owned())) }
        }
    }
}

fn address(captures: &Captures<'_>) -> Option<Address> {
    let group = |name: &str| captures.name(name).map(|it| it.as_str()).filter(|it| !it.is_empty());
    let host = group("host").or_else(|| group("ip"))?.trim_end_matches(':');
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = group("port").map_or(Some(9092), |port| port.parse().ok())?;
    (!host.is_empty()).then(|| Address::new(host, port))
}

fn failure(line: &str) -> Failure {
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let names = ["resolve", "ENOTFOUND", "EAI_AGAIN", "no such host", "UnknownHost", "DNS lookup"];
    if has(&names) || has(&["Name or service not known", "nodename nor servname", "misbehaving"]) {
        Failure::Resolve
    } else if has(&["refused", "ECONNREFUSED", "error 111", "Errno 111", "Errno 61"]) {
        Failure::Refused
    } else if has(&["timed out", "timeout", "ETIMEDOUT", "EHOSTUNREACH", "No route to host"]) {
        Failure::Timeout
    } else if has(&["isconnected", "reset by peer", "EOF", "ECONNRESET", "closed"]) {
        Failure::Disconnected
    } else {
        Failure::Failed
    }
}

/// What other lines say about the stage: kafkajs names the seed in a line of its own, sarama the
/// brokers that it was told of.
fn settle(text: &str, found: &mut [Sighting]) {
    let unresolved: Vec<String> = found
        .iter()
        .filter(|it| it.failure == Failure::Resolve)
        .filter_map(|it| Some(it.address.as_ref()?.host.clone()))
        .collect();
    for sighting in found.iter_mut().filter(|it| it.failure == Failure::Failed) {
        let host = sighting.address.as_ref().map(|address| &address.host);
        if host.is_some_and(|host| unresolved.contains(host)) {
            sighting.failure = Failure::Resolve;
        }
    }
    let is_kafkajs =
        text.contains("KafkaJS") || text.contains("kafkajs") || text.contains("[BrokerPool]");
    let has_seed = text.contains("seed broker");
    let told =
        text.contains("registered new broker #") || text.contains("client/brokers registered");
    for sighting in found.iter_mut().filter(|it| it.stage == Stage::Unknown) {
        if is_kafkajs && sighting.address.is_some() {
            sighting.stage = if has_seed { Stage::Bootstrap } else { Stage::Told(None) };
        } else if told {
            sighting.stage = Stage::Told(None);
        }
    }
}

/// Whose words they are.
pub(super) fn client(text: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["KafkaJS", "kafkajs", "[BrokerPool]", "seed broker"]) {
        Some("kafkajs")
    } else if has(&[
        "%3|",
        "%4|",
        "%6|",
        "rdkafka",
        "/bootstrap: ",
        "Connect to ipv",
        "Failed to resolve '",
        "cimpl.Kafka",
    ]) || has(&[
        "KafkaError{code=_",
        "brokers are down",
        "Local: Broker transport failure",
    ]) {
        Some("librdkafka")
    } else if has(&["aiokafka", "Unable connect to", "Unable to bootstrap from"]) {
        Some("aiokafka")
    } else if has(&["kafka.errors", "kafka.conn", "node_id=", "NoBrokersAvailable"]) {
        Some("kafka-python")
    } else if has(&["[sarama]", "kafka: client has run out", "client/metadata", "sarama"]) {
        Some("sarama")
    } else if has(&["broker=\"seed", "unable to open connection to broker", "unable to dial:"])
        || has(&["invalid large response size", "is TLS misconfigured", "franz-go", "kgo"])
    {
        Some("franz-go")
    } else if has(&["org.apache.kafka", "Connection to node", "Bootstrap broker", "NetworkClient"])
    {
        Some("Kafka's Java code")
    } else {
        None
    }
}
