//! Connectors that run: their tasks, and the handle by which people see and steer them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::config::SinkConfig;
use super::object_store::ObjectStore;
use super::source::Source;
use super::status::{Board, ConnectorStatus};
use super::task::{Clock, Control, Flushed, Task};
use super::upload::Uploader;

/// Orders that wait for a task.
const CONTROLS_MAX: usize = 16;
/// How long tasks have to give unfinished uploads back when the process ends.
const STOP_PATIENCE: Duration = Duration::from_millis(300);
/// And when one connector ends (Connect's `task.shutdown.graceful.timeout.ms`).
const ONE_STOP_PATIENCE: Duration = Duration::from_secs(5);

/// All connectors of this process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Handle {
    connectors: Arc<Mutex<Vec<Arc<Connector>>>>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

struct Connector {
    config: Arc<SinkConfig>,
    tasks: Vec<RunningTask>,
}

struct RunningTask {
    board: Arc<Board>,
    control: mpsc::Sender<Control>,
    join: Mutex<Option<JoinHandle<()>>>,
}

/// What a flush of one connector has come to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FlushOutcome {
    /// `name`
    pub connector: String,
    /// Objects written by it.
    pub objects: u64,
    /// Records in them.
    pub records: u64,
    /// Why not everything was written.
    pub errors: Vec<String>,
}

impl Handle {
    /// A handle without connectors.
    #[must_use]
    pub fn new() -> Handle {
        Handle::default()
    }

    /// Starts a connector on the current tokio runtime. `source` makes the source of each task.
    pub fn start(
        &self,
        config: SinkConfig,
        store: &Arc<dyn ObjectStore>,
        clock: &Clock,
        source: impl Fn(&SinkConfig, usize) -> Box<dyn Source>,
    ) {
        for warning in &config.warnings {
            tracing::warn!(connector = %config.name, "{warning}");
        }
        let config = Arc::new(config);
        let tasks = (0..config.task_count)
            .map(|id| {
                let board = Arc::new(Board::new(id, clock().wall_ms));
                let (control, orders) = mpsc::channel(CONTROLS_MAX);
                let uploader = Uploader::new(store.clone(), &config);
                let task = Task::new(
                    config.clone(),
                    source(&config, id),
                    uploader,
                    clock.clone(),
                    board.clone(),
                    orders,
                );
                let join = tokio::spawn(task.run());
                RunningTask { board, control, join: Mutex::new(Some(join)) }
            })
            .collect();
        self.lock().push(Arc::new(Connector { config, tasks }));
    }

    /// What one connector is doing.
    #[must_use]
    pub fn status_of(&self, name: &str) -> Option<ConnectorStatus> {
        Some(self.named(Some(name))?.first()?.status())
    }

    /// What every connector is doing.
    #[must_use]
    pub fn status(&self) -> Vec<ConnectorStatus> {
        let connectors = self.lock().clone();
        connectors.iter().map(|connector| connector.status()).collect()
    }

    /// Writes everything that has arrived until now, also into files that are not full. Of one
    /// connector, or of all; `None` if there is none of that name.
    pub async fn flush(&self, name: Option<&str>) -> Option<Vec<FlushOutcome>> {
        let connectors = self.named(name)?;
        let flushes = connectors.iter().map(|connector| connector.flush());
        Some(futures_util::future::join_all(flushes).await)
    }

    /// Lets tasks begin anew at what is committed, failed or not. `false` if there is no
    /// connector of that name.
    pub async fn restart(&self, name: Option<&str>) -> bool {
        let Some(connectors) = self.named(name) else { return false };
        for task in connectors.iter().flat_map(|connector| &connector.tasks) {
            task.tell(Control::Restart).await;
        }
        true
    }

    /// Lets one task begin anew. `false` if there is none.
    pub async fn restart_task(&self, name: &str, id: usize) -> bool {
        let connectors = self.named(Some(name)).unwrap_or_default();
        let task = connectors.first().and_then(|connector| connector.tasks.get(id));
        match task {
            Some(task) => task.tell(Control::Restart).await,
            None => return false,
        }
        true
    }

    /// Lets a connector's records wait, or go on.
    pub async fn pause(&self, name: &str, is_paused: bool) {
        for connector in self.named(Some(name)).unwrap_or_default() {
            for task in &connector.tasks {
                task.tell(Control::Pause(is_paused)).await;
            }
        }
    }

    /// Ends all tasks. Files that are open stay unwritten; their records are read again.
    pub async fn stop(&self) {
        let connectors = std::mem::take(&mut *self.lock());
        end(&connectors, STOP_PATIENCE).await;
    }

    /// The same, with more time to do it in good order.
    pub async fn stop_within(&self, patience: Duration) {
        let connectors = std::mem::take(&mut *self.lock());
        end(&connectors, patience).await;
    }

    /// Ends the tasks of one connector and forgets it.
    pub async fn stop_connector(&self, name: &str) {
        let ended: Vec<_> =
            self.lock().extract_if(.., |connector| connector.config.name == name).collect();
        end(&ended, ONE_STOP_PATIENCE).await;
    }

    fn named(&self, name: Option<&str>) -> Option<Vec<Arc<Connector>>> {
        let mut connectors = self.lock().clone();
        if let Some(name) = name {
            connectors.retain(|connector| connector.config.name == name);
            if connectors.is_empty() {
                return None;
            }
        }
        Some(connectors)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Connector>>> {
        self.connectors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RunningTask {
    async fn tell(&self, control: Control) {
        // A task that has ended cannot be told.
        let _ = self.control.send(control).await;
    }
}

async fn end(connectors: &[Arc<Connector>], patience: Duration) {
    let mut joins = Vec::new();
    for task in connectors.iter().flat_map(|connector| &connector.tasks) {
        let _ = task.control.try_send(Control::Stop);
        let join = task.join.lock().unwrap_or_else(PoisonError::into_inner).take();
        joins.extend(join);
    }
    let aborts: Vec<_> = joins.iter().map(JoinHandle::abort_handle).collect();
    let ended = tokio::time::timeout(patience, futures_util::future::join_all(joins));
    if ended.await.is_err() {
        aborts.iter().for_each(tokio::task::AbortHandle::abort);
    }
}

impl Connector {
    fn status(&self) -> ConnectorStatus {
        let tasks = self.tasks.iter().map(|task| task.board.read(&self.config.rotation)).collect();
        ConnectorStatus::of(&self.config, tasks)
    }

    async fn flush(&self) -> FlushOutcome {
        let mut outcome = FlushOutcome {
            connector: self.config.name.clone(),
            objects: 0,
            records: 0,
            errors: Vec::new(),
        };
        let flushes = self.tasks.iter().map(flush_task);
        for flushed in futures_util::future::join_all(flushes).await {
            match flushed {
                Ok(flushed) => {
                    outcome.objects += flushed.objects;
                    outcome.records += flushed.records;
                }
                Err(error) => outcome.errors.push(error),
            }
        }
        outcome
    }
}

async fn flush_task(task: &RunningTask) -> Result<Flushed, String> {
    let (reply, answer) = oneshot::channel();
    let stopped = || "the task has stopped".to_owned();
    task.control.send(Control::Flush(reply)).await.map_err(|_| stopped())?;
    answer.await.unwrap_or_else(|_| Err(stopped()))
}
