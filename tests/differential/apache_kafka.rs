//! A single node of Apache Kafka for the time of a test.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A JVM that starts on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running broker; killed when dropped.
pub(crate) struct ApacheKafka {
    process: Child,
    bootstrap: String,
    _home: TempDir,
}

impl ApacheKafka {
    /// Formats a directory and starts a broker on it; the error is the reason to skip a test.
    pub(crate) fn start() -> Result<Self, String> {
        let class_path = class_path()?;
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (bootstrap, controller) = (free_address()?, free_address()?);
        let config = home.path().join("server.properties");
        fs::write(&config, properties(&bootstrap, &controller, &home.path().join("data")))
            .map_err(|error| error.to_string())?;
        let java = |main_class: &str| {
            let mut command = Command::new("java");
            command.args(["-Xmx512m", "-cp", &class_path, main_class]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let mut format = java("kafka.tools.StorageTool");
        format.args(["format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c"]).arg(&config);
        let formatted = format.status().map_err(|error| format!("no java: {error}"))?;
        if !formatted.success() {
            return Err(format!("kafka-storage ended with {formatted}"));
        }
        let process = java("kafka.Kafka").arg(&config).spawn();
        let process = process.map_err(|error| format!("no java: {error}"))?;
        let mut kafka = ApacheKafka { process, bootstrap, _home: home };
        kafka.wait_until_it_listens()?;
        Ok(kafka)
    }

    /// For `bootstrap.servers`.
    pub(crate) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// It accepts connections only once it serves.
    fn wait_until_it_listens(&mut self) -> Result<(), String> {
        let start = Instant::now();
        while TcpStream::connect(&self.bootstrap).is_err() {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("Apache Kafka ended with {status}"));
            }
            if start.elapsed() > PATIENCE {
                return Err("Apache Kafka does not start".to_owned());
            }
            std::thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for ApacheKafka {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn class_path() -> Result<String, String> {
    let jars = match std::env::var_os("KLAMM_KAFKA_LIBS") {
        Some(jars) => PathBuf::from(jars),
        None => {
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
            target.map(|target| target.join("kafka-libs")).unwrap_or_default()
        }
    };
    if jars.join("kafka_2.13-4.3.1.jar").exists() {
        Ok(format!("{}/*", jars.display()))
    } else {
        Err(format!("no jars of Apache Kafka 4.3.1 in {}", jars.display()))
    }
}

fn properties(bootstrap: &str, controller: &str, data: &Path) -> String {
    let data = data.display();
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@{controller}\n\
         listeners=PLAINTEXT://{bootstrap},CONTROLLER://{controller}\n\
         advertised.listeners=PLAINTEXT://{bootstrap}\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
         log.dirs={data}\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n"
    )
}

pub(crate) fn free_address() -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.to_string()).map_err(|error| error.to_string())
}
