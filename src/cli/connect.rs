//! `klamm connect`: the sink on any Kafka cluster, started as connect-standalone is.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::config::{EdgePort, LogLevel};
use super::connectors::{self, ConnectorFile};
use super::exit::Exit;
use super::serve::bind_edge;
use super::worker::Worker;
use super::{complain, log, report};
use crate::broker::Clock as BrokerClock;
use crate::connect::config::Surroundings;
use crate::connect::herder::Options;
use crate::connect::{Clock, Handle, Herder, RemoteCluster, rest};
use crate::http;

/// How long a stop waits for uploads that have begun.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Run the S3 sink on any Kafka cluster, in the place of Kafka Connect
///
/// Takes the files of connect-standalone. Each task is a member of the group connect-NAME:
/// several processes share the partitions, and Kafka Connect can take over, or be taken over from.
#[derive(Debug, Args)]
pub(super) struct ConnectArgs {
    /// The worker's .properties: bootstrap.servers, converters, security
    worker: PathBuf,

    /// Connectors' .properties or .json, or directories of them
    connectors: Vec<PathBuf>,

    /// Port of the REST interface (0: any free one), or off [default: the worker's, or 8083]
    #[arg(long, value_name = "PORT")]
    connect_port: Option<String>,

    /// Write the address of the REST interface as JSON to this file once everything runs
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// How much to say: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: String,
}

/// Runs until interrupted.
pub(super) fn run(args: &ConnectArgs) -> Exit {
    log::start(LogLevel::parse(&args.log_level));
    match prepare(args) {
        Ok(prepared) => match serve(args, prepared) {
            Ok(()) => Exit::Success,
            Err(error) => {
                complain(&format_args!("klamm connect: {error:#}"));
                Exit::Failure
            }
        },
        Err((exit, error)) => {
            complain(&format_args!("klamm connect: {error:#}"));
            exit
        }
    }
}

/// What is known before anything runs.
struct Prepared {
    files: Vec<ConnectorFile>,
    worker: Worker,
    surroundings: Surroundings,
    cluster: RemoteCluster,
    socket: Option<TcpListener>,
    address: Option<SocketAddr>,
}

fn prepare(args: &ConnectArgs) -> Result<Prepared, (Exit, anyhow::Error)> {
    let wrong = |error: anyhow::Error| (Exit::Configuration, error);
    let worker = Worker::read(&args.worker)
        .map_err(|problem| wrong(anyhow::anyhow!("{}: {problem}", args.worker.display())))?;
    let surroundings =
        Surroundings { own_endpoint: None, worker: worker.defaults(), has_cluster: true };
    let files = connectors::load_for(&args.connectors, &surroundings)
        .map_err(|problems| wrong(problems.into()))?;
    let (host, port) = rest_address(args, &worker).map_err(wrong)?;
    let socket = bind_edge("--connect-port", &host, port)
        .map_err(|error| (error.exit(), anyhow::Error::from(error)))?;
    let address = socket.as_ref().and_then(|socket| socket.local_addr().ok());
    let (cluster, warnings) = RemoteCluster::connect(worker.properties())
        .map_err(|error| wrong(anyhow::anyhow!("{}: {error}", args.worker.display())))?;
    for warning in warnings {
        tracing::warn!("{}: {warning}", args.worker.display());
    }
    Ok(Prepared { files, worker, surroundings, cluster, socket, address })
}

/// Where the REST interface listens: the flag, else the worker's `listeners`, else 8083.
fn rest_address(args: &ConnectArgs, worker: &Worker) -> anyhow::Result<(String, EdgePort)> {
    let mut host = "127.0.0.1".to_owned();
    let mut port = "8083".to_owned();
    if let Some(listener) = worker.text("listeners").and_then(|text| text.split(',').next()) {
        let address = listener.trim().rsplit("//").next().unwrap_or_default();
        if let Some((its_host, its_port)) = address.rsplit_once(':') {
            host = if its_host.is_empty() { "0.0.0.0" } else { its_host }.to_owned();
            port = its_port.to_owned();
        }
    }
    if let Some(flag) = &args.connect_port {
        port.clone_from(flag);
    }
    match port.parse::<u16>() {
        Ok(port) => Ok((host, EdgePort::Port(port))),
        Err(_) if port == "off" => Ok((host, EdgePort::Off)),
        Err(_) => anyhow::bail!("{port} is no port"),
    }
}

fn serve(args: &ConnectArgs, prepared: Prepared) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("klamm")
        .enable_all()
        .build()?;
    let served = runtime.block_on(work(args, prepared));
    runtime.shutdown_background();
    served
}

async fn work(args: &ConnectArgs, prepared: Prepared) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let handle = Handle::new();
    let time = BrokerClock::start();
    let clock: Clock = Arc::new(move || time.now());
    let options = Options {
        worker_id: prepared.worker.id(prepared.address),
        surroundings: prepared.surroundings,
        clock,
        log_levels: Arc::new(log::Levels),
    };
    let herder = Herder::new(Arc::new(prepared.cluster), handle.clone(), options);
    connectors::start(&prepared.files, &herder).await?;
    let names = herder.names().await.join(", ");
    let (stop, stopping) = watch::channel(false);
    if let Some(socket) = prepared.socket {
        let router = http::guarded(rest::router(herder), prepared.worker.visitors());
        tokio::spawn(http::serve(socket, router, stopping));
    }
    if let Some(path) = &args.report {
        report::announce_connect(path, prepared.address)?;
    }
    show(&names, prepared.address);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stop.send_replace(true);
    // Members that leave in good order are replaced at once.
    handle.stop_within(STOP_PATIENCE).await;
    Ok(())
}

/// The lines before and including `ready`.
fn show(names: &str, address: Option<SocketAddr>) {
    let mut text = format!("klamm {}\n\n", env!("CARGO_PKG_VERSION"));
    if let Some(address) = address {
        text.push_str(&format!("connect  {}\n", report::url(address)));
    }
    text.push_str(&format!("sinks    {names}\n\nready\n"));
    let mut out = io::stdout().lock();
    // Nobody may be listening.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
