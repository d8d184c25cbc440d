//! Connector files: found, read and started.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::config::{Config, EdgePort, decode, parse_properties};
use super::log;
use super::report::Running;
use super::worker::Worker;
use crate::broker::Broker;
use crate::connect::config::{Credentials, OwnEndpoint, Problem, Surroundings};
use crate::connect::herder::{Options, with_worker_consumer};
use crate::connect::{Clock, Handle, Herder, LocalCluster, SinkConfig};
use crate::http::SinkControl;

/// A connector's file.
#[derive(Debug, Clone)]
pub(super) struct ConnectorFile {
    path: PathBuf,
    properties: BTreeMap<String, String>,
}

/// Everything that is wrong with the connectors' files. Exit code 2.
#[derive(Debug, thiserror::Error)]
pub(super) struct ConnectorProblems(Vec<(PathBuf, Vec<Problem>)>);

impl fmt::Display for ConnectorProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count: usize = self.0.iter().map(|(_, problems)| problems.len()).sum();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "{count} {noun} with the connectors; nothing was started.")?;
        for (path, problems) in &self.0 {
            write!(f, "\n\n{}", path.display())?;
            for (index, problem) in problems.iter().enumerate() {
                write!(f, "\n{:>3}  {}", index + 1, problem.message)?;
                if let Some(remedy) = &problem.remedy {
                    write!(f, "\n     fix      {remedy}")?;
                }
            }
        }
        Ok(())
    }
}

fn unreadable(key: &str, message: impl Into<String>) -> Problem {
    Problem { key: key.to_owned(), message: message.into(), remedy: None }
}

/// Reads files, and folders of `.properties` and `.json` files, and checks what they say, with
/// the worker's settings.
///
/// # Errors
/// All problems of all files.
pub(super) fn load(
    paths: &[PathBuf],
    worker: &BTreeMap<String, String>,
) -> Result<Vec<ConnectorFile>, ConnectorProblems> {
    load_for(paths, &Surroundings { worker: worker.clone(), ..likely() })
}

/// The same for connectors in other surroundings than klamm itself.
pub(super) fn load_for(
    paths: &[PathBuf],
    surroundings: &Surroundings,
) -> Result<Vec<ConnectorFile>, ConnectorProblems> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        match expand(path) {
            Ok(found) => {
                for path in found {
                    match read(&path) {
                        Ok(properties) => files.push(ConnectorFile { path, properties }),
                        Err(problem) => problems.push((path, vec![problem])),
                    }
                }
            }
            Err(error) => {
                problems.push((path.clone(), vec![unreadable("", error.to_string())]));
            }
        }
    }
    let mut names = BTreeSet::new();
    for file in &files {
        let properties = with_worker_consumer(&file.properties, &surroundings.worker);
        let mut of_file = match SinkConfig::from_properties(&properties, surroundings) {
            Ok(_) => Vec::new(),
            Err(of_file) => of_file,
        };
        let name = file.properties.get("name").map_or("", |name| name.trim());
        if !name.is_empty() && !names.insert(name) {
            of_file.push(unreadable("name", format!("Connector {name} already exists")));
        }
        if !of_file.is_empty() {
            problems.push((file.path.clone(), of_file));
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(ConnectorProblems(problems)) }
}

/// Surroundings good enough to check a file before any port is open.
pub(super) fn likely() -> Surroundings {
    Surroundings {
        own_endpoint: Some(OwnEndpoint {
            url: "http://127.0.0.1:9000".to_owned(),
            credentials: Credentials {
                access_key_id: String::new(),
                secret_access_key: String::new(),
            },
        }),
        ..Surroundings::default()
    }
}

fn expand(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let is_connector = path
            .extension()
            .is_some_and(|extension| extension == "properties" || extension == "json");
        if is_connector && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file as connect-standalone does: flat JSON, JSON with `name` and `config`, or
/// Java properties.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, String>, Problem> {
    let bytes = fs::read(path).map_err(|error| unreadable("", error.to_string()))?;
    let text = decode(&bytes);
    if text.trim_start().starts_with('{') {
        return read_json(&text);
    }
    let properties = parse_properties(&text).map_err(|error| unreadable("", error.to_string()))?;
    Ok(properties.into_iter().map(|property| (property.key, property.value)).collect())
}

fn read_json(text: &str) -> Result<BTreeMap<String, String>, Problem> {
    let not_a_config = |why: String| unreadable("", why);
    let mut object: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| not_a_config(error.to_string()))?;
    let outer_name = object.get("name").and_then(Value::as_str).map(str::to_owned);
    if let Some(Value::Object(config)) = object.remove("config") {
        object = config;
        if let Some(name) = outer_name {
            let inner = object.entry("name").or_insert_with(|| Value::from(name.as_str()));
            if inner.as_str() != Some(name.as_str()) {
                return Err(unreadable(
                    "name",
                    format!(
                        "Connector name configuration ({inner}) doesn't match connector name ({name})"
                    ),
                ));
            }
        }
    }
    object
        .into_iter()
        .map(|(key, value)| match value {
            Value::String(text) => Ok((key, text)),
            Value::Number(number) => Ok((key, number.to_string())),
            Value::Bool(value) => Ok((key, value.to_string())),
            other => Err(not_a_config(format!("{key}: {other} is no text, number or boolean"))),
        })
        .collect()
}

/// What connectors find around them, once the S3 port is open.
pub(super) fn surroundings(config: &Config, s3: Option<SocketAddr>) -> Surroundings {
    let own_endpoint = s3.filter(|_| config.s3_port != EdgePort::Off).map(|address| {
        let host = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        OwnEndpoint {
            url: format!("http://{}", SocketAddr::new(host, address.port())),
            credentials: Credentials {
                access_key_id: config.s3_access_key.clone(),
                secret_access_key: config.s3_secret_key.clone(),
            },
        }
    });
    Surroundings { own_endpoint, ..Surroundings::default() }
}

/// Reads the file of a Connect worker, if there is one.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read_worker(path: Option<&Path>) -> Result<Worker, ConnectorProblems> {
    let Some(path) = path else { return Ok(Worker::default()) };
    let worker = Worker::read(path)
        .map_err(|problem| ConnectorProblems(vec![(path.to_owned(), vec![problem])]))?;
    let names = worker.without_effect_in_a_broker();
    if !names.is_empty() {
        tracing::info!(
            "{}: without effect, klamm is the broker and has no plugins: {}",
            path.display(),
            names.join(", ")
        );
    }
    Ok(worker)
}

/// Knows all connectors.
pub(super) fn herder(
    config: &Config,
    worker: &Worker,
    running: &Running,
    broker: &Arc<Broker>,
    handle: &Handle,
) -> Herder {
    let clock: Clock = {
        let broker = broker.clone();
        Arc::new(move || broker.now())
    };
    let options = Options {
        worker_id: worker.id(running.connect),
        surroundings: Surroundings {
            worker: worker.defaults(),
            ..surroundings(config, running.s3)
        },
        clock,
        log_levels: Arc::new(log::Levels),
    };
    Herder::new(Arc::new(LocalCluster::new(broker.clone())), handle.clone(), options)
}

/// Starts the connectors of files, and those that were made over REST before.
///
/// # Errors
/// What the file says can still be impossible here: an endpoint that is no address.
pub(super) async fn start(
    files: &[ConnectorFile],
    herder: &Herder,
) -> Result<(), ConnectorProblems> {
    for file in files {
        herder.start_file(file.properties.clone()).await.map_err(|refusal| {
            ConnectorProblems(vec![(file.path.clone(), vec![unreadable("", refusal.message)])])
        })?;
    }
    if let Err(error) = herder.start_remembered().await {
        tracing::error!(%error, "the connectors made over REST cannot be read");
    }
    Ok(())
}

/// The connectors, as the console sees them.
#[derive(Debug)]
pub(super) struct Control(pub(super) Handle);

impl SinkControl for Control {
    fn status(&self) -> Value {
        serde_json::to_value(self.0.status()).unwrap_or(Value::Null)
    }

    fn flush(&self, connector: Option<String>) -> BoxFuture<'static, Option<Value>> {
        let handle = self.0.clone();
        async move {
            let outcomes = handle.flush(connector.as_deref()).await?;
            Some(serde_json::to_value(outcomes).unwrap_or(Value::Null))
        }
        .boxed()
    }

    fn restart(&self, connector: Option<String>) -> BoxFuture<'static, bool> {
        let handle = self.0.clone();
        async move { handle.restart(connector.as_deref()).await }.boxed()
    }
}
