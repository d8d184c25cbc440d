//! Tells scripts what is running: the ready file and the report.
//!
//! Both are written to a temporary name and renamed, so that who sees the file sees all of it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::config::Config;
use crate::listener::{Advertised, Listeners};
use crate::server::Bound;

/// What runs where.
#[derive(Debug)]
pub(super) struct Running {
    /// In the order of the configuration.
    pub(super) listeners: Vec<ListenerReport>,
    pub(super) s3: Option<SocketAddr>,
    pub(super) console: Option<SocketAddr>,
    pub(super) connect: Option<SocketAddr>,
}

impl Running {
    /// What a client on this machine puts into `bootstrap.servers`.
    pub(super) fn bootstrap_servers(&self) -> &str {
        self.listeners.first().map_or("", |listener| listener.connect.as_str())
    }
}

/// One listener of the report.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ListenerReport {
    /// Its name, upper case.
    pub(super) name: String,
    /// The address that it listens on, with the real port.
    pub(super) bound: String,
    /// The address that clients on it are told; absent when it is not advertised.
    pub(super) advertised: Option<String>,
    /// An address that works from this machine.
    #[serde(skip)]
    connect: String,
}

/// What `--report FILE` holds, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    bootstrap_servers: &'a str,
    listeners: &'a [ListenerReport],
    s3_endpoint: Option<String>,
    s3_access_key: Option<&'a str>,
    s3_secret_key: Option<&'a str>,
    console: Option<String>,
    connect: Option<String>,
    data_dir: PathBuf,
    cluster_id: &'a str,
    pid: u32,
}

/// The rows of the report.
pub(super) fn listeners(
    listeners: &Listeners,
    bound: &[Bound],
    advertised: &Advertised,
) -> Vec<ListenerReport> {
    let rows = listeners.all.iter().zip(bound).zip(advertised.endpoints());
    rows.map(|((listener, bound), told)| {
        let advertised = told.map(ToString::to_string);
        ListenerReport {
            name: listener.name.to_string(),
            bound: bound.address.to_string(),
            connect: advertised.clone().unwrap_or_else(|| bound.address.to_string()),
            advertised,
        }
    })
    .collect()
}

/// Writes what was asked for: the report first, so that it is there when the ready file is.
pub(super) fn announce(config: &Config, running: &Running, cluster_id: &str) -> io::Result<()> {
    if let Some(path) = &config.report {
        let own_s3 = running.s3.is_some();
        let report = Report {
            bootstrap_servers: running.bootstrap_servers(),
            listeners: &running.listeners,
            s3_endpoint: running.s3.map(url),
            s3_access_key: own_s3.then_some(config.s3_access_key.as_str()),
            s3_secret_key: own_s3.then_some(config.s3_secret_key.as_str()),
            console: running.console.map(url),
            connect: running.connect.map(url),
            data_dir: fs::canonicalize(&config.data_dir)
                .unwrap_or_else(|_| config.data_dir.clone()),
            cluster_id,
            pid: std::process::id(),
        };
        let mut text = serde_json::to_string_pretty(&report)?;
        text.push('\n');
        write_atomically(path, &text)?;
    }
    match &config.ready_file {
        Some(path) => write_atomically(path, "ready\n"),
        None => Ok(()),
    }
}

/// What `klamm connect --report FILE` holds.
pub(super) fn announce_connect(path: &Path, address: Option<SocketAddr>) -> io::Result<()> {
    let report = serde_json::json!({
        "connect": address.map(url),
        "pid": std::process::id(),
    });
    write_atomically(path, &format!("{report:#}\n"))
}

/// Takes the ready file away again: nobody is served any more.
pub(super) fn withdraw(config: &Config) {
    if let Some(path) = &config.ready_file {
        let _ = fs::remove_file(path);
    }
}

/// The URL of an HTTP port, as a client on this machine writes it.
pub(super) fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

fn write_atomically(path: &Path, text: &str) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    fs::write(&temporary, text)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
