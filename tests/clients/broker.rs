//! The broker under test: klamm, or Apache Kafka to test the tests.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use tempfile::TempDir;

use crate::kafka;
use crate::process::{PATIENCE, Process};
use crate::runtime::{self, Runtime};
use crate::seen;

/// What to start, beyond a broker on a free port of 127.0.0.1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Lines of `server.properties`; `listeners` replaces the default one.
    pub(crate) properties: Vec<(String, String)>,
    /// More arguments for klamm; for Apache Kafka, of kafka-storage format.
    pub(crate) arguments: Vec<String>,
    /// A command that runs klamm, with its arguments; none for klamm itself.
    pub(crate) wrapper: Vec<String>,
}

/// A running broker with a data directory of its own.
pub(crate) struct Broker {
    process: Process,
    settings: Settings,
    home: TempDir,
    report: Report,
}

/// What `--report` tells.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Report {
    pub(crate) bootstrap_servers: String,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) s3_endpoint: Option<String>,
    pub(crate) s3_access_key: Option<String>,
    pub(crate) s3_secret_key: Option<String>,
    pub(crate) console: Option<String>,
}

/// A listener in the report.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Listener {
    pub(crate) name: String,
    pub(crate) bound: String,
    /// Absent where the listener is not advertised.
    pub(crate) advertised: Option<String>,
}

/// Whether the suite runs against Apache Kafka.
pub(crate) fn against_apache_kafka() -> bool {
    std::env::var_os("KLAMM_TEST_AGAINST").is_some_and(|name| name == "apache-kafka")
}

static SHARED: Mutex<Option<Arc<Broker>>> = Mutex::new(None);

/// The broker that most tests share, each with topics and groups of its own.
pub(crate) fn shared() -> Result<Arc<Broker>> {
    // A panic while starting leaves `None`, which the next test may try again.
    let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if shared.is_none() {
        *shared = Some(Arc::new(Broker::start(Settings::default())?));
    }
    Ok(Arc::clone(shared.as_ref().context("just started")?))
}

/// Ends the shared broker; an error if it took one of the clients that used it, all of which
/// work, for one that does not.
pub(crate) fn stop_shared() -> Result<()> {
    let shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    match shared {
        Some(broker) if !against_apache_kafka() => seen::none_in(&broker),
        Some(_) | None => Ok(()),
    }
}

impl Broker {
    /// Starts a broker on an empty data directory; returns once it is ready.
    pub(crate) fn start(settings: Settings) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let (process, report) = launch(&settings, home.path(), None)?;
        Ok(Broker { process, settings, home, report })
    }

    /// Starts Apache Kafka, whatever else the suite runs against. It cannot be restarted.
    pub(crate) fn start_apache_kafka(mut settings: Settings) -> Result<Self> {
        let home = tempfile::tempdir()?;
        if !settings.properties.iter().any(|(key, _)| key == "listeners") {
            let listeners = ("listeners".to_owned(), "PLAINTEXT://127.0.0.1:0".to_owned());
            settings.properties.push(listeners);
        }
        let (process, report) =
            launch_apache_kafka(settings.properties.clone(), &settings.arguments, home.path())?;
        Ok(Broker { process, settings, home, report })
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGTERM; an error unless it ends with status 0.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let status = self.process.terminate()?;
        // A JVM that obeys SIGTERM says so in its status.
        let as_asked = status.success() || against_apache_kafka() && status.code() == Some(143);
        ensure!(as_asked, "the broker ended with {status}: {}", self.process.take_stderr());
        Ok(())
    }

    /// Starts it again on the same data directory and the same ports.
    pub(crate) fn restart(&mut self) -> Result<()> {
        (self.process, self.report) =
            launch(&self.settings, self.home.path(), Some(&self.report.listeners))?;
        Ok(())
    }

    /// As [`Broker::restart`], with other arguments.
    pub(crate) fn restart_with(&mut self, arguments: Vec<String>) -> Result<()> {
        self.settings.arguments = arguments;
        self.restart()
    }

    /// For `bootstrap.servers`.
    pub(crate) fn bootstrap(&self) -> &str {
        &self.report.bootstrap_servers
    }

    /// Everything that it reported.
    pub(crate) fn report(&self) -> &Report {
        &self.report
    }

    /// The directory of a partition's files.
    pub(crate) fn partition_dir(&self, topic: &str, partition: i32) -> PathBuf {
        self.log_dir().join(format!("{topic}-{partition}"))
    }

    /// Kafka's `log.dirs`.
    pub(crate) fn log_dir(&self) -> PathBuf {
        if against_apache_kafka() { self.data_dir() } else { self.data_dir().join("kafka") }
    }

    /// Where it keeps everything.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Lets a few milliseconds pass; an error if it has ended meanwhile.
    pub(crate) fn tick(&mut self) -> Result<()> {
        let _line = self.process.line_soon();
        self.check_alive()
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// An error, with what it wrote, if it no longer runs.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        if let Some(status) = self.process.ended() {
            bail!("the broker ended with {status}: {}", self.process.take_stderr());
        }
        Ok(())
    }
}

fn launch(
    settings: &Settings,
    home: &Path,
    before: Option<&[Listener]>,
) -> Result<(Process, Report)> {
    let mut properties = settings.properties.clone();
    if let Some(listeners) = before {
        properties.retain(|(key, _)| key != "listeners");
        let listeners: Vec<_> =
            listeners.iter().map(|each| format!("{}://{}", each.name, each.bound)).collect();
        properties.push(("listeners".to_owned(), listeners.join(",")));
    } else if !properties.iter().any(|(key, _)| key == "listeners") {
        properties.push(("listeners".to_owned(), "PLAINTEXT://127.0.0.1:0".to_owned()));
    }
    if against_apache_kafka() {
        launch_apache_kafka(properties, &[], home)
    } else {
        launch_klamm(&properties, settings, home)
    }
}

fn launch_klamm(
    properties: &[(String, String)],
    settings: &Settings,
    home: &Path,
) -> Result<(Process, Report)> {
    let (config, report) = (home.join("server.properties"), home.join("report.json"));
    write_properties(&config, properties)?;
    let _absent = fs::remove_file(&report);
    let klamm = env!("CARGO_BIN_EXE_klamm");
    let mut command = match &settings.wrapper[..] {
        [] => Command::new(klamm),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(klamm);
            command
        }
    };
    command
        .arg("--config")
        .arg(&config)
        .arg("--data-dir")
        .arg(home.join("data"))
        .arg("--report")
        .arg(&report)
        .args(["--s3-port", "0", "--console-port", "0", "--connect-port", "0"])
        .args(&settings.arguments)
        .current_dir(home);
    let mut process = Process::spawn("klamm", &mut command)?;
    let deadline = Instant::now() + PATIENCE;
    while !report.exists() {
        if let Some(status) = process.ended() {
            bail!("klamm ended with {status}: {}", process.take_stderr());
        }
        ensure!(Instant::now() < deadline, "klamm is not ready within {PATIENCE:?}");
        let _line = process.line_soon();
    }
    let report = serde_json::from_slice(&fs::read(&report)?).context("the report")?;
    Ok((process, report))
}

fn launch_apache_kafka(
    mut properties: Vec<(String, String)>,
    format_arguments: &[String],
    home: &Path,
) -> Result<(Process, Report)> {
    Runtime::Java.prepare().map_err(anyhow::Error::msg)?;
    let index = properties.iter().position(|(key, _)| key == "listeners").context("listeners")?;
    let listeners = with_ports(&properties.remove(index).1)?;
    let advertised = properties
        .iter()
        .find(|(key, _)| key == "advertised.listeners")
        .map_or_else(|| listeners.clone(), |(_, value)| value.clone());
    let controller = fixed_port(home)?;
    let add = |list: &str| format!("{list},CONTROLLER://127.0.0.1:{controller}");
    let names: Vec<_> = listeners.split(',').filter_map(|each| each.split_once("://")).collect();
    let map: String =
        names.iter().map(|(name, _)| format!(",{name}:{}", protocol_of(name))).collect();
    let data = home.join("data");
    for (key, value) in [
        ("listeners", add(&listeners)),
        ("listener.security.protocol.map", format!("CONTROLLER:PLAINTEXT{map}")),
        ("inter.broker.listener.name", names.first().context("a listener")?.0.to_owned()),
        ("controller.listener.names", "CONTROLLER".to_owned()),
        ("process.roles", "broker,controller".to_owned()),
        ("node.id", "1".to_owned()),
        ("controller.quorum.voters", format!("1@127.0.0.1:{controller}")),
        ("log.dirs", data.display().to_string()),
        ("offsets.topic.replication.factor", "1".to_owned()),
        ("transaction.state.log.replication.factor", "1".to_owned()),
        ("transaction.state.log.min.isr", "1".to_owned()),
        ("group.initial.rebalance.delay.ms", "0".to_owned()),
    ] {
        properties.push((key.to_owned(), value));
    }
    let config = home.join("server.properties");
    write_properties(&config, &properties)?;
    if !data.exists() {
        let mut format = runtime::java_command("kafka.tools.StorageTool");
        format.args(["format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c"]).arg(&config);
        format.args(format_arguments);
        Process::run("kafka-storage", &mut format, "")?;
    }
    let mut command = runtime::java_command("kafka.Kafka");
    let process = Process::spawn("Apache Kafka", command.arg(&config))?;
    let listeners: Vec<Listener> = listeners
        .split(',')
        .zip(advertised.split(','))
        .filter_map(|(bound, advertised)| {
            let ((name, bound), (_, told)) =
                (bound.split_once("://")?, advertised.split_once("://")?);
            let advertised = Some(told.into());
            Some(Listener { name: name.into(), bound: bound.into(), advertised })
        })
        .collect();
    let bound = listeners.first().context("a listener")?.bound.clone();
    kafka::until_ready(&bound)?;
    let report = Report {
        bootstrap_servers: bound,
        listeners,
        s3_endpoint: None,
        s3_access_key: None,
        s3_secret_key: None,
        console: None,
    };
    Ok((process, report))
}

/// A listener whose name begins with a security protocol has that one.
fn protocol_of(listener: &str) -> &str {
    let protocols = ["SASL_SSL", "SASL_PLAINTEXT", "SSL"];
    protocols.into_iter().find(|protocol| listener.starts_with(protocol)).unwrap_or("PLAINTEXT")
}

fn write_properties(path: &Path, properties: &[(String, String)]) -> Result<()> {
    let text: String = properties.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
    Ok(fs::write(path, text)?)
}

/// The controller's port: in `controller.quorum.voters`, so it must outlive a restart.
fn fixed_port(home: &Path) -> Result<String> {
    let path = home.join("controller-port");
    if let Ok(port) = fs::read_to_string(&path) {
        return Ok(port);
    }
    let port = free_port("127.0.0.1")?.to_string();
    fs::write(path, &port)?;
    Ok(port)
}

/// Apache Kafka cannot tell which port it took for 0: choose one that was free just now.
fn with_ports(listeners: &str) -> Result<String> {
    let mut chosen = Vec::new();
    for listener in listeners.split(',') {
        chosen.push(match listener.strip_suffix(":0") {
            Some(head) => {
                let (_, host) = head.split_once("://").context("name://host")?;
                format!("{head}:{}", free_port(host)?)
            }
            None => listener.to_owned(),
        });
    }
    Ok(chosen.join(","))
}

pub(crate) fn free_port(host: &str) -> Result<u16> {
    Ok(TcpListener::bind((host, 0))?.local_addr()?.port())
}
