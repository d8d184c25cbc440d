//! `klamm demo`: a click-stream end to end in one command. Events as a web page's script sends
//! them go into the topic `clickstream`, the S3 sink takes them out into the bucket
//! `clickstream-raw` of the embedded endpoint, and every object is shown as it appears.
//!
//! The demo is an ordinary server with a connector file, and an ordinary client beside it on a
//! thread of its own; it uses nothing that a user could not.

mod events;
mod objects;
mod show;
mod stream;

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

pub(super) use self::objects::{Object, Watch};
use self::stream::{Plan, Progress};
use super::config::{Config, ServeArgs};
use super::exit::Exit;
use super::{complain, log, serve};

const TOPIC: &str = "clickstream";
const BUCKET: &str = "clickstream-raw";
/// A connector file as people run it against Kafka Connect; only the bucket's name is ours.
const CONNECTOR: &str = include_str!("s3-sink.properties");

/// `klamm demo`
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Events sent at once at the start
    #[arg(long, value_name = "COUNT", default_value_t = 2_500)]
    events: u64,

    /// Events a second after that; 0 for none
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    rate: u64,

    /// Where everything is kept [default: a temporary directory, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Where to listen [default: port 9092, or any free one]
    #[arg(long, value_name = "LIST")]
    listeners: Option<String>,

    /// Port of the S3 endpoint [default: 9000, or any free one]
    #[arg(long, value_name = "PORT")]
    s3_port: Option<String>,

    /// Port of the console [default: 8080, or any free one]
    #[arg(long, value_name = "PORT")]
    console_port: Option<String>,
}

/// Runs until interrupted, then sums up.
pub fn run(args: &DemoArgs) -> ExitCode {
    let scratch = std::env::temp_dir().join(format!("klamm-demo-{}", std::process::id()));
    let result = prepare(args, &scratch);
    let exit = match result {
        Ok(config) => serve_and_stream(args, config),
        Err(error) => {
            complain(&format_args!("klamm demo: {error}"));
            Exit::Failure
        }
    };
    let _ = fs::remove_dir_all(&scratch);
    exit.into()
}

/// Writes the connector file and makes the configuration that it is served with.
fn prepare(args: &DemoArgs, scratch: &Path) -> anyhow::Result<Config> {
    fs::create_dir_all(scratch)?;
    let connector = scratch.join("s3-sink.properties");
    fs::write(&connector, CONNECTOR)?;
    let listeners = args.listeners.clone().unwrap_or_else(|| {
        let port = free_or_any(9092);
        format!("PLAINTEXT://localhost:{port}")
    });
    let edge = |wanted: &Option<String>, port| {
        Some(wanted.clone().unwrap_or_else(|| free_or_any(port).to_string()))
    };
    let flags = ServeArgs {
        listeners: Some(listeners),
        s3_port: edge(&args.s3_port, 9000),
        console_port: edge(&args.console_port, 8080),
        connect_port: Some(free_or_any(8083).to_string()),
        data_dir: args.data_dir.clone(),
        ephemeral: args.data_dir.is_none(),
        connectors: vec![connector],
        report: Some(scratch.join("report.json")),
        log_level: Some("warn".to_owned()),
        ..ServeArgs::default()
    };
    Config::load(&flags).map_err(|problems| anyhow::anyhow!("{problems}"))
}

/// `port`, or 0 (any) if somebody listens there.
fn free_or_any(port: u16) -> u16 {
    let free = |host| TcpListener::bind((host, port)).is_ok();
    if free("0.0.0.0") && free("127.0.0.1") { port } else { 0 }
}

fn serve_and_stream(args: &DemoArgs, config: Config) -> Exit {
    log::start(config.log_level);
    let plan = Plan {
        report: config.report.clone().unwrap_or_default(),
        bucket_dir: config.s3_dir.join(BUCKET),
        events: args.events,
        rate: args.rate,
    };
    let progress = Arc::new(Progress::default());
    let watched = progress.clone();
    let stream = std::thread::Builder::new().name("demo".to_owned());
    // The thread is not waited for: when the server has stopped there is nothing left for it to do.
    if let Err(error) = stream.spawn(move || stream::run(&plan, &watched)) {
        complain(&format_args!("klamm demo: {error}"));
        return Exit::Failure;
    }
    let served = serve::run(config);
    progress.stop();
    match served {
        Ok(()) => {
            show::summary(&progress);
            Exit::Success
        }
        Err(error) => {
            complain(&format_args!("klamm demo: {error}"));
            error.exit()
        }
    }
}

/// What the server tells scripts, as far as the demo needs it.
#[derive(Debug, serde::Deserialize)]
struct Report {
    bootstrap_servers: String,
    s3_endpoint: Option<String>,
    s3_access_key: Option<String>,
    s3_secret_key: Option<String>,
}

impl Report {
    fn read(path: &Path) -> io::Result<Report> {
        serde_json::from_slice(&fs::read(path)?).map_err(io::Error::other)
    }
}
