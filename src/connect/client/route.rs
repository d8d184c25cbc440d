//! How a connection reaches the endpoint: directly, or through an HTTP proxy.
//!
//! What goes to an `http` endpoint is sent to the proxy as it is (the client then names the whole
//! address in the request); an `https` endpoint is reached through a tunnel (`CONNECT`).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::{future::Future, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::answer::broken;
use crate::connect::config::Proxy;
use crate::connect::object_store::StoreError;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Opens connections.
#[derive(Debug, Clone)]
pub(super) enum Route {
    Direct(HttpConnector),
    Proxy { proxy: Uri, http: HttpConnector, tunnel: Box<Tunnel<HttpConnector>> },
}

/// The proxy's address, and what it wants to be told.
pub(super) struct ProxyAddress {
    uri: Uri,
    /// `Proxy-Authorization`
    pub(super) authorization: Option<HeaderValue>,
}

impl ProxyAddress {
    /// Reads `s3.proxy.*`.
    pub(super) fn read(proxy: &Proxy) -> Result<Self, StoreError> {
        let wrong = |why: &str| broken(format!("s3.proxy.url={}: {why}", proxy.url));
        let uri: Uri = proxy.url.parse().map_err(|_| wrong("not an address"))?;
        if uri.scheme_str() != Some("http") {
            return Err(wrong("only proxies that are spoken to over http are built"));
        }
        let in_url = uri.authority().and_then(|it| it.as_str().rsplit_once('@')).map(|it| it.0);
        let in_url = in_url.map(|pair| pair.split_once(':').unwrap_or((pair, "")));
        let user = proxy.user.as_deref().or_else(|| in_url.map(|pair| pair.0));
        let password =
            proxy.password.as_deref().or_else(|| in_url.map(|pair| pair.1)).unwrap_or_default();
        let authorization = user.map(|user| {
            let text = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
            let mut value = HeaderValue::from_str(&text).expect("base64 can stand in a header");
            value.set_sensitive(true);
            value
        });
        Ok(Self { uri, authorization })
    }
}

impl Route {
    pub(super) fn new(http: HttpConnector, proxy: Option<&ProxyAddress>) -> Self {
        let Some(proxy) = proxy else { return Self::Direct(http) };
        let mut tunnel = Tunnel::new(proxy.uri.clone(), http.clone());
        if let Some(authorization) = &proxy.authorization {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        Self::Proxy { proxy: proxy.uri.clone(), http, tunnel: Box::new(tunnel) }
    }
}

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Direct(http) | Self::Proxy { http, .. } => {
                http.poll_ready(context).map_err(Into::into)
            }
        }
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let is_secure = target.scheme_str() == Some("https");
        match self {
            Self::Direct(http) => {
                let connecting = http.call(target);
                Box::pin(async { Ok(Stream { io: connecting.await?, is_proxied: false }) })
            }
            Self::Proxy { tunnel, .. } if is_secure => {
                let connecting = tunnel.call(target);
                Box::pin(async { Ok(Stream { io: connecting.await?, is_proxied: false }) })
            }
            Self::Proxy { proxy, http, .. } => {
                let connecting = http.call(proxy.clone());
                Box::pin(async { Ok(Stream { io: connecting.await?, is_proxied: true }) })
            }
        }
    }
}

/// A connection.
pub(super) struct Stream {
    io: TokioIo<TcpStream>,
    /// It ends at a proxy, which must be told the whole address.
    is_proxied: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.io.connected().proxy(self.is_proxied)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, buffers)
    }
}
