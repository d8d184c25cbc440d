//! One connection to one broker: requests out, responses in, in order.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::request::Request;
use super::security::Security;

/// How long a broker may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a broker may take beyond what the request itself allows it to wait.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest response that is read.
const RESPONSE_BYTES_MAX: usize = 256 << 20;
/// Name that brokers see.
const CLIENT_ID: &str = "klamm";

/// Where a broker listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Endpoint {
    /// Reads `host:port`, `[v6]:port` or `host`, which means port 9092.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Endpoint> {
        let text = text.trim();
        let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (host, port) = match bare.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                let port = port.parse().with_context(|| format!("`{text}`: no port number"))?;
                (host, port)
            }
            _ => (bare, 9092),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        ensure!(!host.is_empty(), "`{text}`: no host");
        Ok(Endpoint { host: host.to_owned(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The broker took too long.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
pub struct NoAnswer(Duration);

/// What carries a connection's bytes: TCP, or TLS over it.
pub trait Transport: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Transport for T {}

/// An open connection and the versions that its broker speaks.
#[derive(Debug)]
pub struct Connection {
    endpoint: Endpoint,
    stream: Box<dyn Transport>,
    /// How long a broker may take beyond what the request itself allows it to wait.
    patience: Duration,
    correlation_id: i32,
    /// Smallest and largest version of each key.
    versions: BTreeMap<i16, (i16, i16)>,
}

impl Connection {
    /// Connects, asks for the versions and logs in, as `security` says.
    ///
    /// # Errors
    /// No answer, not the answer of a Kafka broker, or not the one that is trusted.
    pub async fn open(endpoint: &Endpoint, security: &Security) -> Result<Connection> {
        let connect = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
        let stream = timeout(CONNECT_TIMEOUT, connect)
            .await
            .map_err(|_| anyhow!("{endpoint} does not accept the connection"))?
            .with_context(|| format!("cannot connect to {endpoint}"))?;
        stream.set_nodelay(true)?;
        let transport: Box<dyn Transport> = match security.tls() {
            None => Box::new(stream),
            Some(config) => {
                let name = ServerName::try_from(endpoint.host.clone())?;
                let handshake = TlsConnector::from(config).connect(name, stream);
                let stream = timeout(CONNECT_TIMEOUT, handshake)
                    .await
                    .map_err(|_| anyhow!("{endpoint} does not answer in TLS"))?
                    .with_context(|| format!("no TLS with {endpoint}"))?;
                Box::new(stream)
            }
        };
        let mut connection = Connection::over(endpoint, transport, RESPONSE_TIMEOUT).await?;
        if let Some(credentials) = security.credentials() {
            let login = connection.authenticate(credentials).await;
            login.with_context(|| format!("{endpoint} does not let {credentials:?} in"))?;
        }
        Ok(connection)
    }

    /// Asks for the versions over an open stream; `patience` is for each answer.
    ///
    /// # Errors
    /// No answer, or not the answer of a Kafka broker.
    pub async fn over(
        endpoint: &Endpoint,
        stream: Box<dyn Transport>,
        patience: Duration,
    ) -> Result<Connection> {
        let mut connection = Connection {
            endpoint: endpoint.clone(),
            stream,
            patience,
            correlation_id: 0,
            versions: BTreeMap::new(),
        };
        let answer =
            connection
                .exchange(&ApiVersionsRequest::default(), 0, Duration::ZERO)
                .await
                .with_context(|| format!("{endpoint} does not answer as a Kafka broker does"))?;
        connection.versions = answer
            .api_keys
            .iter()
            .map(|key| (key.api_key, (key.min_version, key.max_version)))
            .collect();
        Ok(connection)
    }

    /// Whether the broker answers to a key at all.
    #[must_use]
    pub fn speaks(&self, key: i16) -> bool {
        self.versions.contains_key(&key)
    }

    /// Sends what `build` makes of the newest version that both sides speak, at most `cap`.
    ///
    /// # Errors
    /// The broker has no such version, hung up, or took too long.
    pub async fn call<R: Request>(
        &mut self,
        cap: i16,
        build: impl FnOnce(i16) -> R,
    ) -> Result<R::Response> {
        self.call_waiting(cap, Duration::ZERO, build).await
    }

    /// As [`Connection::call`], for a request that asks the broker to wait for up to `wait`.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn call_waiting<R: Request>(
        &mut self,
        cap: i16,
        wait: Duration,
        build: impl FnOnce(i16) -> R,
    ) -> Result<R::Response> {
        let version = self.version(R::KEY, R::VERSIONS.min, cap.min(R::VERSIONS.max))?;
        let request = build(version);
        self.exchange(&request, version, wait)
            .await
            .with_context(|| format!("request to {} failed", self.endpoint))
    }

    /// Sends a request that the broker does not answer: Produce with acks=0.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn send_only<R: Request>(&mut self, cap: i16, request: R) -> Result<()> {
        let version = self.version(R::KEY, R::VERSIONS.min, cap.min(R::VERSIONS.max))?;
        let frame = self.frame(&request, version)?;
        self.stream.write_all(&frame).await?;
        Ok(self.stream.flush().await?)
    }

    fn version(&self, key: i16, min: i16, max: i16) -> Result<i16> {
        let endpoint = &self.endpoint;
        let Some(&(broker_min, broker_max)) = self.versions.get(&key) else {
            bail!("the broker at {endpoint} does not answer to API key {key}");
        };
        let version = broker_max.min(max);
        ensure!(
            version >= broker_min.max(min),
            "the broker at {endpoint} speaks versions {broker_min} to {broker_max} of API key \
             {key}, this client {min} to {max}"
        );
        Ok(version)
    }

    async fn exchange<R: Request>(
        &mut self,
        request: &R,
        version: i16,
        wait: Duration,
    ) -> Result<R::Response> {
        let frame = self.frame(request, version)?;
        let patience = self.patience + wait;
        let mut answer =
            timeout(patience, self.round_trip(&frame)).await.map_err(|_| NoAnswer(patience))??;
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version))?;
        ensure!(
            header.correlation_id == self.correlation_id,
            "the answer belongs to another request"
        );
        R::Response::decode(&mut answer, version)
    }

    fn frame<R: Request>(&mut self, request: &R, version: i16) -> Result<BytesMut> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation_id)
            .with_client_id(Some(StrBytes::from_static_str(CLIENT_ID)));
        let mut frame = BytesMut::zeroed(4);
        header.encode(&mut frame, R::header_version(version))?;
        request.encode(&mut frame, version)?;
        let length = u32::try_from(frame.len() - 4)?;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        Ok(frame)
    }

    async fn round_trip(&mut self, frame: &[u8]) -> Result<Bytes> {
        self.stream.write_all(frame).await?;
        self.stream.flush().await?;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).await.context("the broker closed the connection")?;
        let length = u32::from_be_bytes(length) as usize;
        ensure!(length <= RESPONSE_BYTES_MAX, "an answer of {length} bytes is too large");
        // Grows with what arrives: a stranger's length sets nothing aside.
        let mut answer = Vec::new();
        (&mut self.stream).take(length as u64).read_to_end(&mut answer).await?;
        ensure!(answer.len() == length, "the broker closed the connection");
        Ok(answer.into())
    }
}
