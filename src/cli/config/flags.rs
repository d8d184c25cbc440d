//! The flags of `klamm` and `klamm config` that make settings.

use std::path::PathBuf;

use clap::Args;

/// Where the broker gets its settings from. Flags win over the environment, the environment
/// over the file, the file over the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct ServeArgs {
    /// A server.properties, as Apache Kafka takes it [env: KLAMM_CONFIG]
    #[arg(long, short, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,

    /// Any setting of Kafka or klamm; repeatable
    #[arg(long = "set", value_name = "KEY=VALUE", help_heading = "Settings")]
    pub set: Vec<String>,

    /// Whose defaults: dev (fast for one machine) or kafka (Apache Kafka's)
    #[arg(long, value_name = "dev|kafka", help_heading = "Settings")]
    pub profile: Option<String>,

    /// Where to listen: NAME://HOST:PORT,... (port 0: any free one)
    #[arg(long, value_name = "LIST", help_heading = "Addresses")]
    pub listeners: Option<String>,

    /// What to tell clients: NAME://HOST:PORT,...
    #[arg(long, value_name = "LIST", help_heading = "Addresses")]
    pub advertised_listeners: Option<String>,

    /// Port of the S3 endpoint (0: any free one), or off
    #[arg(long, value_name = "PORT", help_heading = "Addresses")]
    pub s3_port: Option<String>,

    /// Port of the console and the health checks (0: any free one), or off
    #[arg(long, value_name = "PORT", help_heading = "Addresses")]
    pub console_port: Option<String>,

    /// Port of Kafka Connect's REST interface (0: any free one), or off
    #[arg(long, value_name = "PORT", help_heading = "Addresses")]
    pub connect_port: Option<String>,

    /// Address the HTTP ports are bound to
    #[arg(long, value_name = "HOST", help_heading = "Addresses")]
    pub http_host: Option<String>,

    /// Where everything is kept [default: klamm-data]
    #[arg(long, value_name = "DIR", help_heading = "Data")]
    pub data_dir: Option<PathBuf>,

    /// Keep everything in a temporary directory that is removed at the end
    #[arg(long, help_heading = "Data")]
    pub ephemeral: bool,

    /// A connector's .properties or .json, or a directory of them; repeatable
    #[arg(long = "connector", value_name = "PATH", help_heading = "Data")]
    pub connectors: Vec<PathBuf>,

    /// A Connect worker's .properties: converters for connectors without their own
    #[arg(long, value_name = "FILE", help_heading = "Data")]
    pub connect_worker: Option<PathBuf>,

    /// Write this file once clients can be served, remove it at the end
    #[arg(long, value_name = "FILE", help_heading = "For scripts and CI")]
    pub ready_file: Option<PathBuf>,

    /// Write addresses and keys as JSON to this file once clients can be served
    #[arg(long = "report", value_name = "FILE", help_heading = "For scripts and CI")]
    pub report: Option<PathBuf>,

    /// Stop when the standard input ends: nothing is left behind by a program that dies
    #[arg(long, help_heading = "For scripts and CI")]
    pub stop_with_stdin: bool,

    /// How much to say: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", help_heading = "For scripts and CI")]
    pub log_level: Option<String>,
}

impl ServeArgs {
    /// The settings that the flags stand for: name, value, the flag as written. The second part
    /// are `--set`s that are not `KEY=VALUE`.
    pub(super) fn settings(&self) -> (Vec<(String, String, String)>, Vec<String>) {
        let mut settings = Vec::new();
        let mut malformed = Vec::new();
        for text in &self.set {
            match text.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => settings.push((
                    name.trim().to_owned(),
                    value.to_owned(),
                    format!("--set {}", name.trim()),
                )),
                _ => malformed.push(text.clone()),
            }
        }
        let path = |path: &Option<PathBuf>| path.as_ref().map(|it| it.display().to_string());
        let connectors: Vec<String> =
            self.connectors.iter().map(|path| path.display().to_string()).collect();
        let flags = [
            ("klamm.profile", "--profile", self.profile.clone()),
            ("listeners", "--listeners", self.listeners.clone()),
            ("advertised.listeners", "--advertised-listeners", self.advertised_listeners.clone()),
            ("klamm.s3.port", "--s3-port", self.s3_port.clone()),
            ("klamm.console.port", "--console-port", self.console_port.clone()),
            ("klamm.connect.port", "--connect-port", self.connect_port.clone()),
            ("klamm.connect.worker", "--connect-worker", path(&self.connect_worker)),
            ("klamm.http.host", "--http-host", self.http_host.clone()),
            ("klamm.data.dir", "--data-dir", path(&self.data_dir)),
            ("klamm.ephemeral", "--ephemeral", self.ephemeral.then(|| "true".to_owned())),
            (
                "klamm.connectors",
                "--connector",
                (!connectors.is_empty()).then(|| connectors.join(",")),
            ),
            ("klamm.ready.file", "--ready-file", path(&self.ready_file)),
            ("klamm.report.file", "--report", path(&self.report)),
            ("klamm.log.level", "--log-level", self.log_level.clone()),
        ];
        for (name, flag, value) in flags {
            if let Some(value) = value {
                settings.push((name.to_owned(), value, flag.to_owned()));
            }
        }
        (settings, malformed)
    }
}
