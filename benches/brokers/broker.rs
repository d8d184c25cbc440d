//! Starts and stops what is measured.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::connection::Connection;
use crate::{kafka, load};

/// No broker takes longer than this to start.
const START_MAX: Duration = Duration::from_secs(60);
/// How long to wait before the next attempt to connect.
const RETRY: Duration = Duration::from_millis(1);

/// What can be measured.
pub enum Kind {
    /// Only moves bytes; see `limit.rs`.
    Limit,
    /// This project.
    Klamm,
    /// The folder of Apache Kafka's jars.
    Kafka(PathBuf),
}

impl Kind {
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Limit => "limit",
            Kind::Klamm => "klamm",
            Kind::Kafka(_) => "kafka",
        }
    }

    pub fn is_limit(&self) -> bool {
        matches!(self, Kind::Limit)
    }
}

/// A running broker; killed when dropped.
pub struct Broker<'k> {
    kind: &'k Kind,
    directory: TempDir,
    properties: Option<PathBuf>,
    child: Option<Child>,
    pub port: u16,
}

impl<'k> Broker<'k> {
    /// Prepares an empty one and starts it; ready when a record is acknowledged.
    pub fn start(kind: &'k Kind) -> (Self, f64) {
        let base = std::env::var_os("BENCH_DIR").map(PathBuf::from);
        let memory = Path::new("/dev/shm").is_dir().then(|| PathBuf::from("/dev/shm"));
        let base = base.or(memory).unwrap_or_else(std::env::temp_dir);
        let directory = tempfile::tempdir_in(base).expect("a temporary directory");
        let port = free_port();
        let properties = match kind {
            Kind::Kafka(libs) => Some(kafka::prepare(libs, directory.path(), port, free_port())),
            _ => None,
        };
        let mut broker = Broker { kind, directory, properties, child: None, port };
        let took = broker.spawn("first");
        (broker, took)
    }

    /// Starts the process again on the same data; milliseconds to an acknowledged record.
    pub fn spawn(&mut self, topic: &str) -> f64 {
        let started = Instant::now();
        let mut command = self.command();
        let log = File::create(self.directory.path().join("log")).expect("a log file");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().expect("the broker can be started"));
        while started.elapsed() < START_MAX {
            let acknowledged =
                Connection::open(self.port).and_then(|mut connection| match self.kind {
                    Kind::Limit => load::first_ack_of_limit(&mut connection),
                    _ => load::first_ack(&mut connection, topic),
                });
            if acknowledged.is_ok() {
                return started.elapsed().as_secs_f64() * 1e3;
            }
            std::thread::park_timeout(RETRY);
        }
        let log = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        panic!("{} is not ready after {START_MAX:?}:\n{log}", self.kind.name());
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Asks it to stop and waits; milliseconds.
    pub fn stop(&mut self) -> f64 {
        let started = Instant::now();
        let mut child = self.child.take().expect("it runs");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it can be asked");
        child.wait().expect("it ends");
        started.elapsed().as_secs_f64() * 1e3
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }

    fn command(&self) -> Command {
        let data = self.directory.path().join("data");
        match self.kind {
            Kind::Limit => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.arg("--limit").arg(self.port.to_string()).arg(data);
                command
            }
            Kind::Klamm => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_klamm"));
                command.arg("--data-dir").arg(data);
                command.arg("--listeners").arg(format!("PLAINTEXT://127.0.0.1:{}", self.port));
                command.args(["--s3-port", "0", "--console-port", "0", "--connect-port", "0"]);
                command
            }
            Kind::Kafka(libs) => {
                let mut command = kafka::java(libs, &["kafka.Kafka"]);
                command.arg(self.properties.as_ref().expect("Kafka has settings"));
                command
            }
        }
    }
}

impl Drop for Broker<'_> {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("it is bound").port()
}
