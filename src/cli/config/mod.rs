//! Flags, environment and files to one [`Config`], with the origin of every value.

mod environment;
mod flags;
mod load;
mod nearest;
mod old;
mod problem;
mod properties;
mod roles;
mod settings;
mod show;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::cluster::BrokerConfig;
use crate::listener::Listeners;

pub use self::environment::{Variable as ConfigVariable, classify as classify_variable};
pub use self::flags::ServeArgs;
pub use self::load::{Sources, from_sources};
pub use self::problem::{Note, NoteKind, Problem, Problems};
pub use self::properties::{PropertiesError, Property, decode, parse as parse_properties};
pub use self::settings::{Origin, Setting, Settings};
pub use self::show::{ConfigArgs, run};

/// Everything klamm needs to know to start.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The broker's settings.
    pub broker: BrokerConfig,
    /// What to bind and to advertise.
    pub listeners: Listeners,
    /// The directory that holds everything that is not placed elsewhere.
    pub data_dir: PathBuf,
    /// Whether the data directory is to be removed at the end.
    pub is_ephemeral: bool,
    /// Kafka's own directory: `log.dirs`, or a folder of the data directory.
    pub kafka_dir: PathBuf,
    /// The S3 endpoint's buckets.
    pub s3_dir: PathBuf,
    /// The address that the HTTP ports are bound to.
    pub http_host: String,
    /// The S3 endpoint's port.
    pub s3_port: EdgePort,
    /// The key pair that the S3 endpoint takes.
    pub s3_access_key: String,
    /// Its secret half.
    pub s3_secret_key: String,
    /// The file of the S3 endpoint's further users.
    pub s3_users: Option<PathBuf>,
    /// The region that the S3 endpoint takes.
    pub s3_region: String,
    /// The console's port.
    pub console_port: EdgePort,
    /// The port of Connect's REST interface.
    pub connect_port: EdgePort,
    /// The file of a Connect worker.
    pub connect_worker: Option<PathBuf>,
    /// Connector files, and directories of them.
    pub connectors: Vec<PathBuf>,
    /// The file to write when ready.
    pub ready_file: Option<PathBuf>,
    /// The file to report addresses and keys to.
    pub report: Option<PathBuf>,
    /// Whether to stop when the standard input ends.
    pub stop_with_stdin: bool,
    /// How much to say.
    pub log_level: LogLevel,
    /// What was set, and where.
    pub settings: Settings,
    /// Lines to show at start.
    pub notes: Vec<Note>,
}

impl Config {
    /// Reads flags, environment and file of this process.
    pub fn load(flags: &ServeArgs) -> Result<Config, Problems> {
        let mut flags = flags.clone();
        let variable = std::env::var_os("KLAMM_CONFIG").filter(|path| !path.is_empty());
        flags.config = flags.config.or_else(|| variable.map(PathBuf::from));
        let read = |path: &PathBuf| std::fs::read(path).map_err(|error| error.to_string());
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let temporary = format!("klamm-{}", std::process::id());
        from_sources(&Sources {
            file: flags.config.as_ref().map(read),
            flags,
            environment: environment.filter(|(name, _)| name != "KLAMM_CONFIG").collect(),
            temporary_dir: std::env::temp_dir().join(temporary),
        })
    }

    /// The file of `--config`, if a value came from one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.settings.iter().find_map(|(_, setting)| match &setting.origin {
            Origin::File { path, .. } => Some(path.as_path()),
            _ => None,
        })
    }
}

/// The port of an HTTP edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgePort {
    /// The edge is switched off.
    Off,
    /// The port; 0 takes any free one.
    Port(u16),
    /// The port if it is free, else any: nobody has asked for this one.
    Preferred(u16),
}

impl EdgePort {
    /// Reads a port that the table of settings has checked; anything but a port is off.
    fn parse(text: &str) -> EdgePort {
        text.parse().map_or(EdgePort::Off, EdgePort::Port)
    }

    /// The same for a port that need not be this one.
    fn preferred(self) -> EdgePort {
        match self {
            EdgePort::Port(port) => EdgePort::Preferred(port),
            other => other,
        }
    }
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    /// Reads a level; anything else is `info`.
    #[must_use]
    pub fn parse(text: &str) -> LogLevel {
        match text.to_lowercase().as_str() {
            "error" => LogLevel::Error,
            "warn" => LogLevel::Warn,
            "debug" => LogLevel::Debug,
            "trace" => LogLevel::Trace,
            _ => LogLevel::Info,
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        })
    }
}
