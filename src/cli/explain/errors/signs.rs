//! Words that by themselves say what it is, whatever the client.

use super::decide::Candidate;

/// What is said and what it means.
struct Sign {
    words: &'static [&'static str],
    id: &'static str,
    cause: &'static str,
    check: &'static str,
}

const TLS_AT_PLAIN: &str = "The client begins with a TLS hello; the listener expects Kafka in \
    plain text, takes the hello for a length, and hangs up.";
const TLS_AT_PLAIN_CHECK: &str = "The client's security.protocol must be that of the listener \
    behind the port: see listener.security.protocol.map of the broker. PLAINTEXT for a listener \
    without TLS; in kafkajs even ssl: {} switches TLS on.";
const PLAIN_AT_TLS: &str = "The listener expects TLS and answers Kafka's words with a TLS alert, \
    or hangs up.";
const PLAIN_AT_TLS_CHECK: &str = "Set security.protocol=SSL (or SASL_SSL) in the client, with \
    what it needs to trust the broker's certificate; or connect to the port of a PLAINTEXT \
    listener.";

const SIGNS: &[Sign] = &[
    Sign {
        words: &[
            "Each listener must have a different port",
            "Each listener must have a different name",
        ],
        id: "L13",
        cause: "Two entries of listeners have the same port or the same name, and the broker \
            ends.",
        check: "Give every listener a port and a name of its own. advertised.listeners may \
            repeat ports. A container that joined two networks often gets a listener for each.",
    },
    Sign {
        words: &[
            "LISTENER_NOT_FOUND",
            "without a matching listener",
            "LeaderNotAvailable: listener",
        ],
        id: "L14",
        cause: "A broker that leads the partition does not advertise the listener that the \
            client came in on, so its address is left out of the answer.",
        check: "Compare listeners and advertised.listeners of all brokers: the same names \
            everywhere.",
    },
    Sign {
        words: &[
            "does not meet the required replication factor",
            "larger than available brokers",
            "InvalidReplicationFactorException",
            "GroupCoordinatorNotAvailable",
            "COORDINATOR_NOT_AVAILABLE",
            "oordinator is not available",
            "oordinator not available",
            "GROUP_COORDINATOR_NOT_AVAILABLE",
        ],
        id: "L20",
        cause: "A group's coordinator lives in __consumer_offsets, which is made with three \
            copies unless the broker is told otherwise. With fewer brokers it is never made.",
        check: "On the broker: offsets.topic.replication.factor=1 \
            (KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR), likewise \
            transaction.state.log.replication.factor and transaction.state.log.min.isr.",
    },
    Sign {
        words: &[
            "InconsistentClusterId",
            "doesn't match stored clusterId",
            "Invalid cluster.id in",
        ],
        id: "L21",
        cause: "The data directory was written by another cluster: a volume was kept while \
            ZooKeeper's, or the CLUSTER_ID, was not.",
        check: "Remove the broker's volume if nothing in it matters (docker compose down -v), or \
            give the cluster the id that stands in meta.properties.",
    },
    Sign {
        words: &[
            "wrong version number",
            "WRONG_VERSION_NUMBER",
            "Unrecognized SSL message, plaintext connection",
            "first record does not look like a TLS handshake",
            "connecting to a PLAINTEXT broker listener",
            "the client is using TLS when the broker is not expecting it",
            "packet length too long",
            "not an SSL/TLS record",
            "Client network socket disconnected before secure TLS connection",
            "SSL handshake failed: Disconnected",
            "Handshake failed: [SSL: UNEXPECTED_EOF_WHILE_READING]",
            "terminated during authentication",
        ],
        id: "L15",
        cause: TLS_AT_PLAIN,
        check: TLS_AT_PLAIN_CHECK,
    },
    Sign {
        words: &[
            "might be caused by incorrect security.protocol",
            "tls alert record",
            "incorrect security.protocol configuration (connecting to a SSL listener?)",
            "connecting to a SSL listener",
            "does the broker expect TLS",
        ],
        id: "L16",
        cause: PLAIN_AT_TLS,
        check: PLAIN_AT_TLS_CHECK,
    },
];

/// The first sign in the text, with the line where it stands.
pub(super) fn find(text: &str) -> Option<(Vec<Candidate>, String)> {
    for line in text.lines() {
        if let Some(candidates) = sizes(line).or_else(|| wildcard(line)).or_else(|| hung_up(line)) {
            return Some((candidates, line.to_owned()));
        }
    }
    for sign in SIGNS {
        let line = text.lines().find(|line| sign.words.iter().any(|word| line.contains(word)));
        if let Some(line) = line {
            return Some((vec![Candidate::sure(sign.id, sign.cause, sign.check)], line.to_owned()));
        }
    }
    None
}

/// Sarama's first request meets the end of the connection.
fn hung_up(line: &str) -> Option<Vec<Candidate>> {
    let is_it =
        line.contains("Failed to send ApiVersionsRequest") && line.trim_end().ends_with("EOF");
    is_it.then(|| {
        let other = Candidate::sure("L16", PLAIN_AT_TLS, PLAIN_AT_TLS_CHECK);
        vec![
            Candidate::sure("L15", TLS_AT_PLAIN, TLS_AT_PLAIN_CHECK),
            other.when("the client does not speak TLS and the listener does"),
        ]
    })
}

fn wildcard(line: &str) -> Option<Vec<Candidate>> {
    if !line.contains("nonroutable meta-address") {
        return None;
    }
    let own = Candidate::sure(
        "L11",
        "0.0.0.0 says where to listen, not where to go. It is advertised where \
         advertised.listeners is not set, or says so itself, and Kafka ends.",
        "Set advertised.listeners to a name or an address that clients can connect to.",
    );
    let controller = Candidate::sure(
        "L12",
        "Kafka 3.9.0 takes what its controller listener is bound to for an address.",
        "Write CONTROLLER://:9093 in place of CONTROLLER://0.0.0.0:9093, or take 3.9.1 (cp-kafka \
         7.9.1).",
    )
    .when("advertised.listeners is right and the controller's listener is bound to 0.0.0.0");
    Some(vec![own, controller])
}

/// A length that is no length but the beginning of another protocol.
fn sizes(line: &str) -> Option<Vec<Candidate>> {
    let phrases =
        ["Invalid receive (size = ", "large response size ", "esponse size ", "message of length "];
    let number = phrases.iter().find_map(|phrase| {
        let rest = line.split_once(phrase)?.1;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    })?;
    let bytes = number.to_be_bytes();
    let shown: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    if bytes[0] == 0x16 && bytes[1] == 0x03 {
        return Some(vec![Candidate::sure("L15", TLS_AT_PLAIN, TLS_AT_PLAIN_CHECK)]);
    }
    if bytes[0] == 0x15 && bytes[1] == 0x03 {
        return Some(vec![Candidate::sure("L16", PLAIN_AT_TLS, PLAIN_AT_TLS_CHECK)]);
    }
    if ["GET ", "POST", "PUT ", "HEAD", "OPTI", "DELE", "PRI ", "CONN"].contains(&shown.as_str()) {
        return Some(vec![Candidate::sure(
            "L17",
            &format!(
                "The number {number} is the text \"{shown}\": somebody speaks HTTP to the Kafka \
                 port."
            ),
            "A browser, a health check or a metrics scraper points at the Kafka port; point it \
             at the HTTP port of what it wants.",
        )]);
    }
    if shown == "HTTP" {
        return Some(vec![Candidate::sure(
            "L17",
            "The number is the text \"HTTP\": the client speaks Kafka to a web server.",
            "The bootstrap address has the port of something else: Kafka's is 9092 unless \
             somebody changed it.",
        )]);
    }
    None
}
