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
use s3s::{Body, HttpError, HttpResponse, S3Error};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::access::{
    Authentication, Authorization, Keys, Peer, check_presigned, is_signature_v2, signature_v2,
};
use super::cors::{self, CrossOrigin};
use super::document;
use super::endpoint::Endpoint;
use super::form;
use super::host::Domains;
use super::options::Options;
use super::store::Store;
use super::unread::{TrackedBody, Unread};

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
    let service = Service::new(options);
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(accept(listener, service, stopped));
    Ok(Handle { address, stop, task })
}

async fn accept(listener: TcpListener, service: Service, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let service = Service { peer: Peer(peer), ..service.clone() };
                    connections.spawn(connection(stream, service, stopped.clone()));
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
    keys: Arc<Keys>,
    store: Arc<Store>,
    domains: Domains,
    next_id: Arc<AtomicU64>,
    peer: Peer,
}

impl Service {
    fn new(options: Options) -> Self {
        let store = Arc::new(Store::new(options.directory, options.sync));
        let domains = Domains::new(options.domains);
        let keys = Keys::new(options.access_key, options.secret_key, options.users);
        let keys = Arc::new(keys);
        let endpoint = Endpoint { store: Arc::clone(&store), region: options.region.into() };
        let mut builder = S3ServiceBuilder::new(endpoint);
        builder.set_auth(Authentication(Arc::clone(&keys)));
        builder.set_access(Authorization::new(Arc::clone(&keys), Arc::clone(&store)));
        builder.set_host(domains.clone());
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let peer = Peer(nowhere);
        Self { inner: builder.build(), keys, store, domains, next_id: Arc::default(), peer }
    }

    /// Runs the operation; of a form, the PUT it stands for.
    async fn operate(&self, request: Request<TrackedBody>) -> Result<HttpResponse, HttpError> {
        if !form::is_form(&request) {
            let (head, body) = request.into_parts();
            return self.inner.call(Request::from_parts(head, Body::http_body(body))).await;
        }
        match form::read(request, &self.domains, &self.keys).await {
            Ok((put, reply)) => Ok(reply.answer(self.inner.call(put).await?)),
            Err(error) => refusal(error),
        }
    }
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = HttpResponse;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let id = format!("{:016X}", self.next_id.fetch_add(1, Ordering::Relaxed));
        let refused = match is_signature_v2(&request) {
            true => Some(signature_v2()),
            false => check_presigned(&request).err(),
        };
        let asks_attributes = document::is_about_attributes(&request);
        let cross_origin = CrossOrigin::read(&request, &self.domains);
        request.extensions_mut().insert(self.peer);
        ignore_malformed_range(&mut request);
        let (head, body) = request.into_parts();
        let (unread, body) = Unread::track(&head.headers, body);
        let request = Request::from_parts(head, body);
        let service = self.clone();
        Box::pin(async move {
            let is_head = *request.method() == Method::HEAD;
            let path = request.uri().path().to_owned();
            let mut response = if *request.method() == Method::OPTIONS {
                let answer = cors::preflight(&request, cross_origin.as_ref(), &service.store).await;
                drop(request);
                answer.or_else(refusal)?
            } else {
                let mut answer = if let Some(refused) = refused {
                    drop(request);
                    refusal(refused)?
                } else {
                    service.operate(request).await?
                };
                if asks_attributes {
                    document::bare_etag(&mut answer);
                }
                with_cors(answer, cross_origin, &service.store).await
            };
            unread.settle(response.headers_mut()).await;
            Ok(finish(response, &id, &path, is_head))
        })
    }
}

fn refusal(error: S3Error) -> Result<HttpResponse, HttpError> {
    error.to_http_response().map_err(|error| HttpError::new(Box::new(error)))
}

/// Lets a browser's page of another origin read the answer, if a rule of the bucket does.
async fn with_cors(
    mut response: HttpResponse,
    cross_origin: Option<CrossOrigin>,
    store: &Arc<Store>,
) -> HttpResponse {
    if let Some(cross_origin) = cross_origin
        && let Ok(headers) = cross_origin.headers(store).await
    {
        response.headers_mut().extend(headers);
    }
    response
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

fn finish(mut response: HttpResponse, id: &str, path: &str, is_head: bool) -> HttpResponse {
    if response.status().as_u16() >= 400 && !is_head {
        document::complete_error(&mut response, id, path);
    }
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
