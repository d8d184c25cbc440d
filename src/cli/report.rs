//! Tells scripts what is running: the ready file and the report.
//!
//! Both are written to a temporary name and renamed, so that who sees the file sees all of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// What `--report FILE` holds, as JSON.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What a client on this machine puts into `bootstrap.servers`.
    pub bootstrap_servers: String,
    /// Every listener.
    pub listeners: Vec<ListenerReport>,
    /// The S3 endpoint's URL; absent when it is switched off.
    pub s3_endpoint: Option<String>,
    /// The access key that the S3 endpoint accepts.
    pub s3_access_key: Option<String>,
    /// Its secret.
    pub s3_secret_key: Option<String>,
    /// The console's URL; absent when it is switched off.
    pub console: Option<String>,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The id of this cluster.
    pub cluster_id: String,
    /// This process.
    pub pid: u32,
}

/// One listener of the report.
#[derive(Debug, Serialize)]
pub struct ListenerReport {
    /// Its name, upper case.
    pub name: String,
    /// The address that it listens on, with the real port.
    pub bound: String,
    /// The address that clients on it are told.
    pub advertised: String,
}

/// Writes `text` to `path` in one step.
///
/// # Errors
/// What the operating system says, with the path.
pub fn write_atomically(path: &Path, text: &str) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    fs::write(&temporary, text)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
