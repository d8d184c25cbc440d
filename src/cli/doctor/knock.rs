//! One address: connect, speak as asked, and see who answers. What does not answer as asked is
//! looked at once more, in other languages.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_protocol::messages::{MetadataRequest, MetadataResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as TlsError};

use super::heard::{Heard, Hearing};
use crate::cli::client::{
    Connection, Endpoint, NoAnswer, SaslError, Security, Transport, tls_without_checks,
};
use crate::listener::probe::{Answer, Attempt, Refusal};

/// Newest Metadata version that names topics only.
pub(super) const METADATA_VERSION: i16 = 12;
/// The second look is shorter: what answers at all has had its time.
const SECOND_LOOK_MAX: Duration = Duration::from_secs(2);

/// A broker that has let us in.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) connection: Connection,
    /// The cluster's brokers, no topics.
    pub(super) metadata: MetadataResponse,
}

/// What one address is tried with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knock<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) address: SocketAddr,
    pub(super) security: &'a Security,
    /// For each step.
    pub(super) patience: Duration,
}

impl Knock<'_> {
    /// Tries it.
    pub(super) async fn knock(self) -> (Attempt, Option<Open>) {
        let start = Instant::now();
        let (answer, open) = match self.enter().await {
            Ok(open) => {
                let cluster_id = open.metadata.cluster_id.as_ref().map(ToString::to_string);
                (Answer::Kafka { cluster_id, node: None }, Some(open))
            }
            Err(answer) => (answer, None),
        };
        let took = start.elapsed();
        let answer = match answer {
            Answer::Closed | Answer::Silent => self.look_again(answer).await,
            answer => answer,
        };
        (Attempt { address: self.address.ip(), answer, took }, open)
    }

    async fn enter(self) -> Result<Open, Answer> {
        let heard = Heard::default();
        let stream = Hearing::new(self.connect().await?, heard.clone());
        let (transport, heard): (Box<dyn Transport>, Heard) = match self.security.tls() {
            None => (Box::new(stream), heard),
            Some(config) => {
                let inside = Heard::default();
                let stream = self.handshake(config, stream, &heard).await?;
                (Box::new(Hearing::new(stream, inside.clone())), inside)
            }
        };
        let opened = Connection::over(self.endpoint, transport, self.patience).await;
        let mut connection = opened.map_err(|error| no_kafka(&error, &heard))?;
        if let Some(credentials) = self.security.credentials() {
            connection
                .authenticate(credentials)
                .await
                .map_err(|error| not_let_in(error, credentials.mechanism.name()))?;
        }
        let nobody = || MetadataRequest::default().with_topics(Some(Vec::new()));
        let metadata = connection.call(METADATA_VERSION, |_| nobody()).await;
        match metadata {
            Ok(metadata) => Ok(Open { connection, metadata }),
            Err(error) if is_timeout(&error) => Err(Answer::Silent),
            Err(_) if !self.security.protocol.has_sasl() => {
                Err(Answer::Turned(Refusal::SaslWanted))
            }
            Err(error) => Err(Answer::Stranger(format!("{error:#}"))),
        }
    }

    async fn connect(self) -> Result<TcpStream, Answer> {
        match timeout(self.patience, TcpStream::connect(self.address)).await {
            Err(_) => Err(Answer::Unanswered),
            Ok(Err(error)) => Err(match error.kind() {
                io::ErrorKind::ConnectionRefused => Answer::Refused,
                io::ErrorKind::TimedOut => Answer::Unanswered,
                _ => Answer::Unreachable(plain(&error)),
            }),
            Ok(Ok(stream)) => {
                // Only speed is lost without it.
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
        }
    }

    async fn handshake(
        self,
        config: Arc<ClientConfig>,
        stream: Hearing<TcpStream>,
        heard: &Heard,
    ) -> Result<TlsStream<Hearing<TcpStream>>, Answer> {
        let Ok(name) = ServerName::try_from(self.endpoint.host.clone()) else {
            return Err(Answer::Turned(Refusal::CertificateName(format!(
                "{} is no name that a certificate can hold",
                self.endpoint.host
            ))));
        };
        match timeout(self.patience, TlsConnector::from(config).connect(name, stream)).await {
            Err(_) => Err(heard.answer(Answer::Silent)),
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => {
                let refusal = tls_error(&error).and_then(refusal);
                Err(refusal.map_or_else(|| heard.answer(Answer::Closed), Answer::Turned))
            }
        }
    }

    /// Something is there and did not answer: perhaps to TLS, to plaintext or to HTTP.
    async fn look_again(self, answer: Answer) -> Answer {
        let patience = self.patience.min(SECOND_LOOK_MAX);
        let short = Knock { patience, ..self };
        let (other, http) = futures_util::future::join(short.other_language(), short.http()).await;
        other.or(http).unwrap_or(answer)
    }

    async fn other_language(self) -> Option<Answer> {
        let heard = Heard::default();
        let stream = Hearing::new(self.connect().await.ok()?, heard.clone());
        if self.security.protocol.has_tls() {
            let opened = Connection::over(self.endpoint, Box::new(stream), self.patience).await;
            return opened.is_ok().then_some(Answer::Plaintext);
        }
        let name = ServerName::try_from(self.endpoint.host.clone())
            .unwrap_or_else(|_| ServerName::from(self.address.ip()));
        let connector = TlsConnector::from(tls_without_checks()?);
        // Whether the handshake ends well does not matter, only in what language it fails.
        let _ = timeout(self.patience, connector.connect(name, stream)).await;
        (heard.answer(Answer::Closed) == Answer::Tls).then_some(Answer::Tls)
    }

    async fn http(self) -> Option<Answer> {
        let mut stream = self.connect().await.ok()?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.ok()?;
        let mut first = [0; 64];
        let count = timeout(self.patience, stream.read(&mut first)).await.ok()?.ok()?;
        match super::heard::language(&first[..count]) {
            Some(answer @ Answer::Http(_)) => Some(answer),
            _ => None,
        }
    }
}

/// What came instead of an answer to ApiVersions.
fn no_kafka(error: &anyhow::Error, heard: &Heard) -> Answer {
    let alert = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .find_map(tls_error)
        .and_then(refusal);
    match alert {
        Some(refusal) => Answer::Turned(refusal),
        None if is_timeout(error) => heard.answer(Answer::Silent),
        None => heard.answer(Answer::Closed),
    }
}

fn is_timeout(error: &anyhow::Error) -> bool {
    error.downcast_ref::<NoAnswer>().is_some()
}

fn not_let_in(error: SaslError, asked: &str) -> Answer {
    Answer::Turned(match error {
        SaslError::NoSasl => Refusal::NoSasl,
        SaslError::Mechanism(offered) => Refusal::Mechanism { asked: asked.to_owned(), offered },
        SaslError::Credentials(why) => Refusal::Credentials(why),
        SaslError::Connection(error) if is_timeout(&error) => return Answer::Silent,
        SaslError::Connection(error) => Refusal::Credentials(format!("{error:#}")),
    })
}

fn tls_error(error: &io::Error) -> Option<&TlsError> {
    error.get_ref()?.downcast_ref()
}

/// What of TLS's errors is a refusal; the others say that the other side speaks no TLS.
fn refusal(error: &TlsError) -> Option<Refusal> {
    Some(match error {
        TlsError::InvalidCertificate(error) => match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Refusal::CertificateName(error.to_string())
            }
            CertificateError::UnknownIssuer => Refusal::Certificate(
                "no authority that this client trusts has signed it".to_owned(),
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Refusal::Certificate("it has expired".to_owned())
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Refusal::Certificate("it is not valid yet".to_owned())
            }
            other => Refusal::Certificate(other.to_string()),
        },
        TlsError::AlertReceived(alert) => Refusal::Handshake(format!("{alert:?}")),
        _ => return None,
    })
}

/// The operating system's words without the number.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
