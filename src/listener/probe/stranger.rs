//! Something answers, but not as it was asked: the same at every door.

use super::super::Fix;
use super::super::types::SecurityProtocol;
use super::facts::{Answer, Refusal};
use super::judge::{Draft, Stage};

/// What to say of an answer that shows somebody there who does not serve this client.
pub(super) fn stranger(answer: &Answer, asked: SecurityProtocol) -> Option<(Stage, Draft)> {
    let draft = match answer {
        Answer::Plaintext => Draft::new(
            "L15",
            "Kafka answers in plaintext",
            "A client that speaks TLS to a plaintext listener is hung up on: the broker reads its \
             hello as a request of 369 MB.",
            Fix::advice("In the client, or name the port of the listener that has TLS:")
                .and_set("security.protocol", without_tls(asked).name()),
        ),
        Answer::Tls => Draft::new(
            "L16",
            "it answers in TLS",
            "A client that speaks plaintext to a TLS listener reads the alert as an answer of \
             352 MB, or is hung up on.",
            Fix::advice("In the client, with the truststore beside it:")
                .and_set("security.protocol", with_tls(asked).name()),
        ),
        Answer::Http(line) => Draft::new(
            "L17",
            format!("an HTTP server answers ({line})"),
            "HTTP and Kafka have met on one port: this is the port of a console, a REST proxy or \
             a health check.",
            Fix::advice("Name the port of a Kafka listener, 9092 unless it was changed."),
        ),
        Answer::Stranger(bytes) => Draft::new(
            "L01",
            format!("something else than Kafka answers ({bytes})"),
            "Another program has this port.",
            Fix::advice("Name the port that Kafka listens on, or free this one and start Kafka."),
        ),
        Answer::Turned(refusal) => return Some((Stage::Refused, turned(refusal, asked))),
        _ => return None,
    };
    Some((Stage::Stranger, draft))
}

fn turned(refusal: &Refusal, asked: SecurityProtocol) -> Draft {
    match refusal {
        Refusal::Certificate(why) => Draft::new(
            "TLS",
            format!("its certificate is not accepted: {why}"),
            "A client trusts what its truststore holds.",
            Fix::advice(
                "Put the authority that has signed the broker's certificate into the client's \
                 truststore, as PEM (ssl.truststore.type=PEM, ssl.truststore.location=ca.pem; \
                 librdkafka: ssl.ca.location).",
            ),
        ),
        Refusal::CertificateName(why) => Draft::new(
            "TLS",
            format!("its certificate is for another name: {why}"),
            "A client accepts a certificate for the name that it connects to, and that is the \
             name that the broker advertises.",
            Fix::advice(
                "Make the certificate for the names that clients use (subjectAltName), advertise \
                 the name that is in it, or, for a test, let the client check no names:",
            )
            .and_set("ssl.endpoint.identification.algorithm", ""),
        ),
        Refusal::Handshake(alert) => Draft::new(
            "TLS",
            format!("it breaks the TLS handshake off: {alert}"),
            "The broker wants a certificate of the client (ssl.client.auth=required), or the two \
             have no version or cipher in common.",
            Fix::advice(
                "Give the client a certificate that the broker's truststore knows (as PEM: \
                 ssl.keystore.type=PEM, ssl.keystore.location), or set ssl.client.auth=none on \
                 the broker.",
            ),
        ),
        Refusal::SaslWanted => Draft::new(
            "SASL",
            "it answers ApiVersions and hangs up on the first request after it",
            "The listener wants SASL, and the client sends none.",
            Fix::advice("In the client, with sasl.mechanism and sasl.jaas.config beside it:")
                .and_set("security.protocol", with_sasl(asked).name()),
        ),
        Refusal::NoSasl => Draft::new(
            "SASL",
            "it knows no SASL",
            "The client wants to log in where nobody asks for it.",
            Fix::advice("In the client, or name the port of the listener that has SASL:")
                .and_set("security.protocol", without_sasl(asked).name()),
        ),
        Refusal::Mechanism { asked, offered } => Draft::new(
            "SASL",
            format!("it has no {asked}, it offers {}", offered.join(", ")),
            "Client and listener must have a mechanism in common (sasl.enabled.mechanisms).",
            Fix::advice("In the client:").and_set(
                "sasl.mechanism",
                offered.first().cloned().unwrap_or_else(|| asked.clone()),
            ),
        ),
        Refusal::Credentials(why) => Draft::new(
            "SASL",
            format!("it refuses the user or the password: {why}"),
            "The broker does not know the user in this mechanism, or with another password.",
            Fix::advice(
                "Check sasl.jaas.config on both sides; SCRAM users are made with \
                 kafka-configs --alter --add-config 'SCRAM-SHA-512=[password=...]' \
                 --entity-type users --entity-name NAME.",
            ),
        ),
    }
}

fn of(tls: bool, sasl: bool) -> SecurityProtocol {
    match (tls, sasl) {
        (false, false) => SecurityProtocol::Plaintext,
        (true, false) => SecurityProtocol::Ssl,
        (false, true) => SecurityProtocol::SaslPlaintext,
        (true, true) => SecurityProtocol::SaslSsl,
    }
}

fn with_tls(asked: SecurityProtocol) -> SecurityProtocol {
    of(true, asked.has_sasl())
}

fn without_tls(asked: SecurityProtocol) -> SecurityProtocol {
    of(false, asked.has_sasl())
}

fn with_sasl(asked: SecurityProtocol) -> SecurityProtocol {
    of(asked.has_tls(), true)
}

fn without_sasl(asked: SecurityProtocol) -> SecurityProtocol {
    of(asked.has_tls(), false)
}
