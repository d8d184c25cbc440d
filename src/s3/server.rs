//! Connections: hyper around the S3 service, started and stopped.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use s3s::dto::Range;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, HttpResponse};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::access::{KeyPair, OwnerOnly, is_signature_v2, signature_v2};
use super::endpoint::Endpoint;
use super::host::Domains;
use super::options::Options;
use super::store::Store;
use super::unread::Unread;

/// How long accepting rests after the process ran out of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A running endpoint. Dropping it leaves the endpoint running.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more, lets requests that have begun finish, and after `patience` drops
    /// those that have not. What is dropped leaves no trace.
    pub async fn stop(self, patience: Duration) {
        let _ = self.stop.send(true);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(patience, self.task).await.is_err() {
            abort.abort();
        }
    }
}

/// Serves S3 on a bound listener, on the current runtime. Touches no file and starts no
/// thread.
///
/// # Errors
/// If the listener cannot tell its address.
pub fn serve(listener: TcpListener, options: Options) -> io::Result<Handle> {
    let address = listener.local_addr()?;
    let service = Service { inner: service(options), next_id: Arc::default() };
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(accept(listener, service, stopped));
    Ok(Handle { address, stop, task })
}

fn service(options: Options) -> S3Service {
    let store = Arc::new(Store::new(options.directory, options.sync));
    let endpoint = Endpoint { store, region: options.region.into() };
    let mut builder = S3ServiceBuilder::new(endpoint);
    builder.set_auth(KeyPair::new(options.access_key, options.secret_key));
    builder.set_access(OwnerOnly);
    builder.set_host(Domains::new(options.domains));
    builder.build()
}

async fn accept(listener: TcpListener, service: Service, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, service.clone(), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "S3 endpoint: cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = told_to_stop(&mut stopped) => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: TcpStream, service: Service, mut stopped: watch::Receiver<bool>) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let http = hyper::server::conn::http1::Builder::new();
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let result = tokio::select! {
        result = serving.as_mut() => result,
        () = told_to_stop(&mut stopped) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "S3 endpoint: connection ended");
    }
}

/// Ends when the endpoint is told to stop; never if its handle was dropped.
async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    if stopped.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What S3 does around every request, before and after its operation.
#[derive(Clone)]
struct Service {
    inner: S3Service,
    next_id: Arc<AtomicU64>,
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = HttpResponse;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let id = format!("{:016X}", self.next_id.fetch_add(1, Ordering::Relaxed));
        let refused = is_signature_v2(&request);
        ignore_malformed_range(&mut request);
        let (head, body) = request.into_parts();
        let (unread, body) = Unread::track(&head.headers, body);
        let request = Request::from_parts(head, Body::http_body(body));
        let inner = self.inner.clone();
        Box::pin(async move {
            let mut response = if refused {
                drop(request);
                let answer = signature_v2().to_http_response();
                answer.map_err(|error| HttpError::new(Box::new(error)))?
            } else {
                inner.call(request).await?
            };
            unread.settle(response.headers_mut()).await;
            Ok(finish(response, &id))
        })
    }
}

/// S3 answers a range that it does not understand (several ranges, another unit) with the
/// whole object. One that is signed must stay, or the signature would not fit.
fn ignore_malformed_range<B>(request: &mut Request<B>) {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return;
    }
    let Some(range) = request.headers().get(RANGE) else { return };
    let is_signed = request
        .headers()
        .get(http::header::AUTHORIZATION)
        .is_some_and(|value| String::from_utf8_lossy(value.as_bytes()).contains("range"));
    if !is_signed && range.to_str().ok().is_none_or(|range| Range::parse(range).is_err()) {
        request.headers_mut().remove(RANGE);
    }
}

fn finish(mut response: HttpResponse, id: &str) -> HttpResponse {
    if response.status() == StatusCode::NOT_MODIFIED {
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-amz-request-id", id.clone());
        headers.insert("x-amz-id-2", id);
    }
    headers.insert("server", HeaderValue::from_static("klamm"));
    response
}
