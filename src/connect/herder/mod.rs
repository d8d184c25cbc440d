//! Knows which connectors there are, what each should be doing, and lets it be done: Kafka
//! Connect's `Herder`, for one worker.
//!
//! Connectors made over REST are remembered in the topic `connect-configs` before anything
//! happens, and begin again from it at the next start; those of files live as long as the
//! process, as in connect-standalone. One change happens at a time. Knows nothing of HTTP but
//! the status that a [`Refusal`] carries.

mod change;
mod definitions;
mod offsets;
mod options;
mod plugin_settings;
mod plugins;
mod records;
mod refusal;
mod show;
mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use self::records::{Properties, Stored};
use super::client::S3Client;
use super::cluster::Cluster;
use super::{Handle, ObjectStore, SinkConfig};

pub use self::offsets::OffsetChange;
pub use self::options::{
    LogLevels, LoggerLevel, Options, ROOT_LOGGER, is_default_for_connectors, with_worker_consumer,
};
pub use self::plugins::{KAFKA_VERSION, Plugin};
pub use self::refusal::Refusal;
pub use self::show::{
    ConnectorInfo, ConnectorState, ConnectorStateInfo, TaskId, TaskInfo, TaskState,
};
pub use self::validate::{ConfigInfo, ConfigInfos, ConfigKeyInfo, ConfigValueInfo};

/// The one class that this worker can run.
pub const CONNECTOR_CLASS: &str = "io.confluent.connect.s3.S3SinkConnector";
/// And that of its tasks.
const TASK_CLASS: &str = "io.confluent.connect.s3.S3SinkTask";

/// What a connector should be doing (`TargetState`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// Work.
    Started,
    /// Keep its tasks and let them wait.
    Paused,
    /// Have no tasks (KIP-875).
    Stopped,
}

impl TargetState {
    /// Connect's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TargetState::Started => "STARTED",
            TargetState::Paused => "PAUSED",
            TargetState::Stopped => "STOPPED",
        }
    }

    fn parse(text: &str) -> Option<TargetState> {
        [TargetState::Started, TargetState::Paused, TargetState::Stopped]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// All connectors of a worker. Cheap to clone.
#[derive(Clone)]
pub struct Herder {
    inner: Arc<Inner>,
}

struct Inner {
    cluster: Arc<dyn Cluster>,
    handle: Handle,
    options: Options,
    connectors: Mutex<Connectors>,
}

type Connectors = BTreeMap<String, Connector>;

/// A connector.
struct Connector {
    /// As somebody wrote them, with `name`.
    properties: Properties,
    target: TargetState,
    /// Whether it is in the config log.
    is_remembered: bool,
    /// Its consumer group and number of tasks, or why it cannot run.
    checked: Result<Checked, String>,
    /// Records per topic when its active topics were last reset.
    reset_at: BTreeMap<String, u64>,
}

#[derive(Debug, Clone)]
struct Checked {
    group: String,
    task_count: usize,
}

impl std::fmt::Debug for Herder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Herder").field("options", &self.inner.options).finish_non_exhaustive()
    }
}

impl Herder {
    /// A herder without connectors; `handle` runs their tasks.
    #[must_use]
    pub fn new(cluster: Arc<dyn Cluster>, handle: Handle, options: Options) -> Herder {
        let connectors = Mutex::default();
        Herder { inner: Arc::new(Inner { cluster, handle, options, connectors }) }
    }

    /// Starts a connector of a file; it is forgotten at the end of the process.
    ///
    /// # Errors
    /// Everything that is wrong with it, as [`Herder::create`] says it.
    pub async fn start_file(&self, properties: Properties) -> Result<(), Refusal> {
        let name = properties.get("name").map(|name| name.trim().to_owned()).unwrap_or_default();
        let mut connectors = self.lock().await;
        self.check(&properties)?;
        self.check_new(&connectors, &name)?;
        self.install(&mut connectors, &name, properties, TargetState::Started, false).await;
        Ok(())
    }

    /// Starts the connectors that are remembered.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn start_remembered(&self) -> Result<(), String> {
        let Some(log) = self.inner.cluster.config_log() else { return Ok(()) };
        let mut stored = Stored::default();
        log.read(&mut |key, value| stored.apply(key, value))?;
        let mut connectors = self.lock().await;
        for (name, properties, target) in stored.into_connectors() {
            if connectors.contains_key(&name) {
                tracing::warn!(connector = %name,
                    "a file has a connector of this name; the one made over REST stays away");
                continue;
            }
            self.install(&mut connectors, &name, properties, target, true).await;
        }
        Ok(())
    }

    /// Runs a connector as its target state wants it, in place of one of the same name.
    async fn install(
        &self,
        connectors: &mut Connectors,
        name: &str,
        properties: Properties,
        target: TargetState,
        is_remembered: bool,
    ) {
        self.inner.handle.stop_connector(name).await;
        let checked = self.config(name, &properties).map(|(config, store)| {
            let checked = Checked { group: config.group.clone(), task_count: config.task_count };
            if target != TargetState::Stopped {
                let cluster = self.inner.cluster.clone();
                self.inner.handle.start(config, &store, &self.inner.options.clock, |config, id| {
                    cluster.source(config, id)
                });
            }
            checked
        });
        if target == TargetState::Paused {
            self.inner.handle.pause(name, true).await;
        }
        if let Err(error) = &checked {
            tracing::error!(connector = %name, "cannot run: {error}");
        }
        let reset_at = BTreeMap::new();
        let connector = Connector { properties, target, is_remembered, checked, reset_at };
        connectors.insert(name.to_owned(), connector);
    }

    fn config(
        &self,
        name: &str,
        properties: &Properties,
    ) -> Result<(SinkConfig, Arc<dyn ObjectStore>), String> {
        let options = &self.inner.options;
        let mut properties = with_worker_consumer(properties, &options.surroundings.worker);
        // A patch may have changed `name` in the configuration; Connect goes by the connector's.
        properties.insert("name".to_owned(), name.to_owned());
        let config = SinkConfig::from_properties(&properties, &options.surroundings).map_err(
            |problems| {
                let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
                texts.join("\n")
            },
        )?;
        let client = S3Client::new(&config.store).map_err(|error| error.to_string())?;
        Ok((config, Arc::new(client)))
    }

    /// How much the loggers say.
    #[must_use]
    pub fn log_levels(&self) -> BTreeMap<String, LoggerLevel> {
        self.inner.options.log_levels.all()
    }

    /// Changes how much a logger and those below it say; tells which they were.
    pub fn set_log_level(&self, logger: &str, level: &str) -> Vec<String> {
        let now_ms = (self.inner.options.clock)().wall_ms;
        self.inner.options.log_levels.set(logger, level, now_ms)
    }

    async fn lock(&self) -> MutexGuard<'_, Connectors> {
        self.inner.connectors.lock().await
    }

    fn remember(&self, records: &[records::KeyValue]) -> Result<(), Refusal> {
        let Some(log) = self.inner.cluster.config_log() else { return Ok(()) };
        log.append(records).map_err(|error| {
            tracing::error!(%error, "connect-configs cannot be written");
            Refusal::failed("Error writing connector configuration to Kafka")
        })
    }
}

impl Connector {
    fn task_count(&self) -> usize {
        match (&self.checked, self.target) {
            (_, TargetState::Stopped) | (Err(_), _) => 0,
            (Ok(checked), _) => checked.task_count,
        }
    }
}
