//! Why serving ended before it was asked to, in words that say what to do.

use std::io;

use super::config::Config;
use super::exit::Exit;
use crate::{server, storage};

/// What kept klamm from serving.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServeError {
    /// A Kafka listener could not be opened.
    #[error("listeners: {name}: {source}{hint}", hint = taken_hint(source.is_address_in_use(), "--listeners", source.port))]
    Listener {
        /// The listener's name.
        name: String,
        /// What went wrong.
        source: server::BindError,
    },
    /// The S3 or the console port could not be opened.
    #[error("{setting}: cannot listen on {host}:{port}: {error}{hint}", hint = taken_hint(error.kind() == io::ErrorKind::AddrInUse, setting, *port))]
    Port {
        /// The flag that chooses another one.
        setting: &'static str,
        /// Where it was tried.
        host: String,
        /// At which port.
        port: u16,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
    /// The file of the S3 endpoint's users cannot be used.
    #[error("klamm.s3.users: {}: {what}", path.display())]
    Users {
        /// Where it is.
        path: std::path::PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A connector's file asks for something impossible.
    #[error(transparent)]
    Connectors(#[from] super::connectors::ConnectorProblems),
    /// The data directory cannot be used.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Anything else that the operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ServeError {
    pub(super) fn listener(config: &Config, source: server::BindError) -> Self {
        let name = config.listeners.all[source.listener].name.to_string();
        ServeError::Listener { name, source }
    }

    /// The exit code that says it to a script.
    #[must_use]
    pub(super) fn exit(&self) -> Exit {
        match self {
            ServeError::Listener { source, .. } if source.is_address_in_use() => Exit::PortTaken,
            ServeError::Port { error, .. } if error.kind() == io::ErrorKind::AddrInUse => {
                Exit::PortTaken
            }
            ServeError::Listener { .. }
            | ServeError::Port { .. }
            | ServeError::Users { .. }
            | ServeError::Connectors(_) => Exit::Configuration,
            ServeError::Storage(_) => Exit::Storage,
            ServeError::Io(_) => Exit::Failure,
        }
    }
}

/// Names who has the port, where that can be seen, and the way out.
fn taken_hint(taken: bool, setting: &str, port: u16) -> String {
    if !taken {
        return String::new();
    }
    let owner = super::port_owner::find(port)
        .map(|process| format!("\n  it is held by {process}"))
        .unwrap_or_default();
    format!(
        "{owner}\n  stop that process, or choose another port with {setting} (port 0: any free one)"
    )
}
