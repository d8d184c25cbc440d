//! `klamm` without a command: composes the broker and its edges, and runs them until asked to stop.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info};

use super::config::Config;
use super::exit::Exit;
use super::report::{ListenerReport, Report, write_atomically};
use crate::broker::Broker;
use crate::http::{self, Console, Readiness};
use crate::listener::{self, Advertised};
use crate::server::{self, Bound};
use crate::storage::{self, LogDirectory, LogDirectoryOptions};

/// Why serving ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A Kafka listener could not be opened.
    #[error(transparent)]
    Listener(#[from] server::BindError),
    /// The S3 or the console port could not be opened.
    #[error("{setting}: cannot listen on {address}: {error}")]
    Port {
        /// The flag that chooses another one.
        setting: &'static str,
        /// Where it was tried.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
    /// The data directory cannot be used.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Anything else that the operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ServeError {
    /// The exit code that says it to a script.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            ServeError::Listener(bind) if bind.is_address_in_use() => Exit::PortTaken,
            ServeError::Port { error, .. } if error.kind() == io::ErrorKind::AddrInUse => {
                Exit::PortTaken
            }
            ServeError::Listener(_) | ServeError::Port { .. } => Exit::Configuration,
            ServeError::Storage(_) => Exit::Storage,
            ServeError::Io(_) => Exit::Failure,
        }
    }
}
