//! HTTP and HTTPS, with connections kept for the next request.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::answer::{broken, unreachable};
use super::expect::{self, ExpectingBody};
use super::route::{ProxyAddress, Route};
use crate::connect::config::Proxy;
use crate::connect::object_store::StoreError;

const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Beside the time that the body needs.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);

/// Slower than this, sending a body counts as a broken connection.
const BYTES_PER_SECOND_MIN: u64 = 32 * 1024;

/// Kept open between requests, per host: as many as a task has uploads at the same time.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// No answer that is understood is longer.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Sends requests and reads whole answers. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub(in crate::connect) struct Transport {
    client: Client<HttpsConnector<Route>, ExpectingBody>,
    /// For the proxy, where a request to an `http` endpoint passes one.
    proxy_authorization: Option<HeaderValue>,
}

impl Transport {
    /// A transport with no connection yet.
    ///
    /// # Errors
    /// If the proxy is none that can be used.
    pub(in crate::connect) fn new(proxy: Option<&Proxy>) -> Result<Self, StoreError> {
        let proxy = proxy.map(ProxyAddress::read).transpose()?;
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT_PATIENCE));
        let https = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(Route::new(http, proxy.as_ref()));
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(https);
        let proxy_authorization = proxy.and_then(|proxy| proxy.authorization);
        Ok(Self { client, proxy_authorization })
    }

    /// Sends a request; any answer is a success here, also one of an error.
    pub(in crate::connect) async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, StoreError> {
        let target = format!("{} {}", request.method(), origin(request.uri()));
        let seconds = request.body().len() as u64 / BYTES_PER_SECOND_MIN;
        let patience = ANSWER_PATIENCE + Duration::from_secs(seconds);
        match tokio::time::timeout(patience, self.exchange(request)).await {
            Ok(answer) => answer.map_err(|error| StoreError {
                message: format!("{target}: {}", error.message),
                ..error
            }),
            Err(_) => Err(unreachable(format!("{target}: no answer within {patience:?}"))),
        }
    }

    async fn exchange(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        if let Some(authorization) = &self.proxy_authorization
            && request.uri().scheme_str() == Some("http")
        {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        let answer = self.client.request(expect::prepare(request)).await;
        let answer = answer.map_err(|error| unreachable(innermost(&error)))?;
        let (head, mut body) = answer.into_parts();
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| unreachable(innermost(&error)))?;
            if let Some(data) = frame.data_ref() {
                if bytes.len() + data.len() > ANSWER_BYTES_MAX {
                    return Err(broken("the answer is too long for one of S3".to_owned()));
                }
                bytes.extend_from_slice(data);
            }
        }
        Ok(Response::from_parts(head, bytes.freeze()))
    }
}

fn origin(uri: &http::Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    format!("{scheme}://{authority}{}", uri.path())
}

/// The cause that says something ("Connection refused"), not the layers around it.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let text = cause.to_string();
    if std::ptr::eq(cause, error) || error.to_string() == text {
        text
    } else {
        format!("{error}: {text}")
    }
}
