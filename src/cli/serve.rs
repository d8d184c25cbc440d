//! `klamm` without a command: composes the broker and its edges, and runs them until asked to stop.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::debug;

use super::banner;
use super::config::{Config, EdgePort};
use super::connectors;
use super::facts;
use super::lookout;
use super::report;
use super::serve_error::ServeError;

use crate::broker::{Broker, Clock, House};
use crate::connect;
use crate::http::{self, Console, Readiness};
use crate::listener;
use crate::s3;
use crate::server::{self, Bound};
use crate::storage::{LogDirectory, LogDirectoryOptions};

/// How long a stop waits for S3 requests that have begun.
const STOP_PATIENCE: Duration = Duration::from_millis(500);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting, or from stopping in good order.
pub(super) fn run(config: Config) -> Result<(), ServeError> {
    let started = Instant::now();
    let is_ephemeral = config.is_ephemeral;
    let data_dir = config.data_dir.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("klamm")
        .enable_all()
        .build()?;
    let result = runtime.block_on(serve(config, started));
    runtime.shutdown_background();
    if is_ephemeral {
        let _ = std::fs::remove_dir_all(data_dir);
    }
    result
}

/// What has been opened and is not served yet.
struct Sockets {
    kafka: Vec<Bound>,
    console: Option<TcpListener>,
    connect: Option<TcpListener>,
    s3: Option<TcpListener>,
}

async fn serve(config: Config, started: Instant) -> Result<(), ServeError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let worker = connectors::read_worker(config.connect_worker.as_deref())?;
    let connector_files = connectors::load(&config.connectors, &worker.defaults())?;
    let users = s3_users(&config)?;
    let directory = open_directory(&config)?;
    let sockets = bind(&config)?;
    let facts = facts::gather();
    let ports: Vec<u16> = sockets.kafka.iter().map(|bound| bound.address.port()).collect();
    let advertised = listener::advertised(&config.listeners, &ports, &facts.hostname);
    let running = report::Running {
        listeners: report::listeners(&config.listeners, &sockets.kafka, &advertised),
        s3: sockets.s3.as_ref().map(TcpListener::local_addr).transpose()?,
        console: sockets.console.as_ref().map(TcpListener::local_addr).transpose()?,
        connect: sockets.connect.as_ref().map(TcpListener::local_addr).transpose()?,
    };

    let broker =
        Broker::open(config.broker.clone(), &config.listeners, advertised.clone(), directory)?;
    let house = House { bound: ports, facts, syntax: config.settings.syntax() };
    broker.doorkeeper().learn(|it| *it = house.clone());
    let server = server::serve(sockets.kafka, broker.clone())?;
    tokio::spawn(lookout::watch(broker.clone()));
    let (stop, stopping) = watch::channel(false);
    let readiness = Readiness::default();
    let sink = connect::Handle::new();
    if let Some(socket) = sockets.console {
        let router = http::router(Console {
            readiness: readiness.clone(),
            broker: broker.clone(),
            sink: Arc::new(connectors::Control(sink.clone())),
        });
        tokio::spawn(http::serve(socket, router, stopping.clone()));
    }

    let s3 = sockets.s3.map(|socket| serve_s3(&config, users, socket)).transpose()?;
    let herder = connectors::herder(&config, &worker, &running, &broker, &sink);
    connectors::start(&connector_files, &herder).await?;
    if let Some(socket) = sockets.connect {
        let router = http::guarded(connect::rest::router(herder), worker.visitors());
        tokio::spawn(http::serve(socket, router, stopping.clone()));
    }

    readiness.set(true);
    // The report comes first: who reads "ready" may look for it at once.
    report::announce(&config, &running, broker.cluster_id())?;
    banner::show(&config, &house, &advertised, &running, started.elapsed());
    tokio::select! {
        _ = interrupt.recv() => debug!("interrupted"),
        _ = terminate.recv() => debug!("asked to stop"),
        () = stdin_ends(config.stop_with_stdin) => debug!("the standard input has ended"),
    }

    readiness.set(false);
    stop.send_replace(true);
    sink.stop().await;
    server.stop().await;
    if let Some(s3) = s3 {
        s3.stop(STOP_PATIENCE).await;
    }
    report::withdraw(&config);
    Ok(broker.close()?)
}

/// Waits for the end of the standard input, if that is to end the server.
async fn stdin_ends(is_awaited: bool) {
    let (tell, told) = tokio::sync::oneshot::channel();
    if !is_awaited {
        return std::future::pending().await;
    }
    // On a thread that nobody waits for, as it cannot be woken.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = tell.send(());
    });
    let _ = told.await;
}

fn serve_s3(config: &Config, users: Vec<s3::User>, socket: TcpListener) -> io::Result<s3::Handle> {
    let options = s3::Options {
        access_key: config.s3_access_key.clone(),
        secret_key: config.s3_secret_key.clone(),
        users,
        region: config.s3_region.clone(),
        ..s3::Options::new(config.s3_dir.clone())
    };
    s3::serve(tokio::net::TcpListener::from_std(socket)?, options)
}

/// Who may use the S3 endpoint beside its owner.
fn s3_users(config: &Config) -> Result<Vec<s3::User>, ServeError> {
    let Some(path) = &config.s3_users else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
    text.and_then(|text| s3::read_users(&text))
        .map_err(|what| ServeError::Users { path: path.clone(), what })
}

fn open_directory(config: &Config) -> Result<LogDirectory, ServeError> {
    let options = LogDirectoryOptions {
        node_id: config.broker.node_id,
        cluster_id: Some(config.broker.cluster_id.clone()),
        producer_id_expiration_ms: i64::from(config.broker.producer_id_expiration_ms),
        flush_at_stop: !config.is_ephemeral,
    };
    Ok(LogDirectory::open(&config.kafka_dir, options, Clock::start().now())?)
}

/// Opens every port, so that nothing is served unless all of them are free.
fn bind(config: &Config) -> Result<Sockets, ServeError> {
    let kafka = server::bind(&listener::plan(&config.listeners), &config.broker)
        .map_err(|error| ServeError::listener(config, error))?;
    let console = bind_edge("--console-port", &config.http_host, config.console_port)?;
    let s3 = bind_edge("--s3-port", &config.http_host, config.s3_port)?;
    let connect = bind_edge("--connect-port", &config.http_host, config.connect_port)?;
    Ok(Sockets { kafka, console, connect, s3 })
}

/// Opens an HTTP port.
pub(super) fn bind_edge(
    setting: &'static str,
    host: &str,
    port: EdgePort,
) -> Result<Option<TcpListener>, ServeError> {
    let (port, may_be_another) = match port {
        EdgePort::Off => return Ok(None),
        EdgePort::Port(port) => (port, false),
        EdgePort::Preferred(port) => (port, true),
    };
    let bind = |port| -> io::Result<TcpListener> {
        let socket = TcpListener::bind((host, port))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    let bound = match bind(port) {
        Err(error) if may_be_another && error.kind() == io::ErrorKind::AddrInUse => bind(0),
        bound => bound,
    };
    match bound {
        Ok(socket) => Ok(Some(socket)),
        Err(error) => Err(ServeError::Port { setting, host: host.to_owned(), port, error }),
    }
}
