//! A worker of Kafka Connect for the time of a test.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::apache_kafka::{class_path, free_address};
use crate::support::http::call;

/// A JVM that starts on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The worker's converters, and whose pages may ask it; klamm is given the same.
pub(super) const SHARED: &str = "\
    key.converter=org.apache.kafka.connect.storage.StringConverter\n\
    value.converter=org.apache.kafka.connect.json.JsonConverter\n\
    value.converter.schemas.enable=false\n\
    header.converter=org.apache.kafka.connect.storage.SimpleHeaderConverter\n\
    access.control.allow.origin=http://ui.example\n\
    access.control.allow.methods=GET,PUT,DELETE\n";

/// A running worker; killed when dropped.
pub(super) struct Worker {
    process: Child,
    address: String,
    _home: TempDir,
}

impl Worker {
    /// Compiles the stand-in and starts a distributed worker; the error is the reason to skip.
    pub(super) fn start(bootstrap: &str) -> Result<Worker, String> {
        let text = |error: std::io::Error| error.to_string();
        let jars = class_path()?;
        let home = tempfile::tempdir().map_err(text)?;
        let classes = home.path().join("classes");
        compile(&jars, &classes)?;
        let address = free_address()?;
        let config = home.path().join("worker.properties");
        fs::write(&config, properties(bootstrap, &address)).map_err(text)?;
        let process = Command::new("java")
            .args(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp"])
            .arg(format!("{}:{jars}", classes.display()))
            .arg("org.apache.kafka.connect.cli.ConnectDistributed")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("no java: {error}"))?;
        let mut worker = Worker { process, address, _home: home };
        worker.wait_until_healthy()?;
        Ok(worker)
    }

    /// Host and port of its REST interface.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    fn wait_until_healthy(&mut self) -> Result<(), String> {
        let start = Instant::now();
        loop {
            let is_up = TcpStream::connect(&self.address).is_ok();
            if is_up && call(&self.address, "GET", "/health", "").is_ok_and(|it| it.status == 200) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("Kafka Connect ended with {status}"));
            }
            if start.elapsed() > PATIENCE {
                return Err("Kafka Connect does not start".to_owned());
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn compile(jars: &str, classes: &Path) -> Result<(), String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/java/connect");
    let entries = fs::read_dir(sources).map_err(|error| error.to_string())?;
    let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let compiled = Command::new("javac")
        .args(["-cp", jars, "-d"])
        .arg(classes)
        .args(files)
        .status()
        .map_err(|error| format!("no javac: {error}"))?;
    if compiled.success() { Ok(()) } else { Err("the stand-in does not compile".to_owned()) }
}

fn properties(bootstrap: &str, address: &str) -> String {
    format!(
        "{SHARED}\
         bootstrap.servers={bootstrap}\n\
         group.id=connect-cluster\n\
         offset.flush.interval.ms=500\n\
         offset.storage.topic=connect-offsets\n\
         offset.storage.replication.factor=1\n\
         config.storage.topic=connect-configs\n\
         config.storage.replication.factor=1\n\
         status.storage.topic=connect-status\n\
         status.storage.replication.factor=1\n\
         scheduled.rebalance.max.delay.ms=0\n\
         plugin.discovery=only_scan\n\
         listeners=HTTP://{address}\n"
    )
}
