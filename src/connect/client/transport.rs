//! HTTP and HTTPS, with connections kept for the next request.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::answer::{broken, unreachable};
use crate::connect::object_store::StoreError;

const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Beside the time that the body needs.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);

/// Slower than this, sending a body counts as a broken connection.
const BYTES_PER_SECOND_MIN: u64 = 32 * 1024;

/// Kept open between requests, per host.
const IDLE_CONNECTIONS_MAX: usize = 8;

/// No answer that is understood is longer.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Sends requests and reads whole answers. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Transport {
    pub(super) fn new() -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT_PATIENCE));
        let https = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(https);
        Self { client }
    }

    /// Sends a request; any answer is a success here, also one of an error.
    pub(super) async fn send(
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

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        let answer = self.client.request(request.map(Full::new)).await;
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
