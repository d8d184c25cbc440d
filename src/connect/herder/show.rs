//! What can be seen of connectors, in the shape of Kafka Connect's answers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::change::{find, task_properties, unknown};
use super::records::Properties;
use super::{Connector, Herder, Refusal, TargetState};
use crate::connect::status::{ConnectorStatus, State, TaskStatus};

/// A connector (`ConnectorInfo`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectorInfo {
    /// Its name.
    pub name: String,
    /// Its properties.
    pub config: BTreeMap<String, String>,
    /// Its tasks.
    pub tasks: Vec<TaskId>,
    /// `sink`
    pub r#type: &'static str,
}

/// A task's name (`ConnectorTaskId`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskId {
    /// Its connector.
    pub connector: String,
    /// From 0.
    pub task: usize,
}

/// A task and its properties (`TaskInfo`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskInfo {
    /// Its name.
    pub id: TaskId,
    /// Its properties.
    pub config: BTreeMap<String, String>,
}

/// What a connector and its tasks are doing (`ConnectorStateInfo`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectorStateInfo {
    /// Its name.
    pub name: String,
    /// The connector itself.
    pub connector: ConnectorState,
    /// Its tasks.
    pub tasks: Vec<TaskState>,
    /// `sink`
    pub r#type: &'static str,
}

/// What a connector is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectorState {
    /// RUNNING, PAUSED, STOPPED, FAILED or RESTARTING
    pub state: &'static str,
    /// Where it runs.
    pub worker_id: String,
    /// What has gone wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The connector's version.
    pub version: &'static str,
}

/// What a task is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskState {
    /// From 0.
    pub id: usize,
    /// RUNNING, PAUSED, FAILED or RESTARTING
    pub state: &'static str,
    /// Where it runs.
    pub worker_id: String,
    /// What has gone wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The connector's version.
    pub version: &'static str,
}

/// The version that connectors and tasks say they have.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
const SINK: &str = "sink";

/// A connector as it is shown.
pub(super) fn info(name: &str, properties: &Properties, task_count: usize) -> ConnectorInfo {
    ConnectorInfo {
        name: name.to_owned(),
        config: properties.clone(),
        tasks: (0..task_count).map(|task| task_id(name, task)).collect(),
        r#type: SINK,
    }
}

fn task_id(name: &str, task: usize) -> TaskId {
    TaskId { connector: name.to_owned(), task }
}

impl Herder {
    /// The id of the Kafka cluster.
    #[must_use]
    pub fn cluster_id(&self) -> String {
        self.inner.cluster.id()
    }

    /// The names of all connectors.
    pub async fn names(&self) -> Vec<String> {
        self.lock().await.keys().cloned().collect()
    }

    /// A connector.
    ///
    /// # Errors
    /// No such connector.
    pub async fn info(&self, name: &str) -> Result<ConnectorInfo, Refusal> {
        let connectors = self.lock().await;
        let connector = find(&connectors, name)?;
        Ok(info(name, &connector.properties, connector.task_count()))
    }

    /// A connector's tasks.
    ///
    /// # Errors
    /// No such connector.
    pub async fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, Refusal> {
        let connectors = self.lock().await;
        let connector = find(&connectors, name)?;
        let config = task_properties(&connector.properties);
        let tasks = (0..connector.task_count())
            .map(|task| TaskInfo { id: task_id(name, task), config: config.clone() });
        Ok(tasks.collect())
    }

    /// What a connector and its tasks are doing.
    ///
    /// # Errors
    /// No such connector.
    pub async fn state(&self, name: &str) -> Result<ConnectorStateInfo, Refusal> {
        let connectors = self.lock().await;
        let Some(connector) = connectors.get(name) else {
            return Err(Refusal::not_found(format!("No status found for connector {name}")));
        };
        Ok(self.state_of(name, connector))
    }

    /// What one task is doing.
    ///
    /// # Errors
    /// No such task.
    pub async fn task_state(&self, name: &str, id: i32) -> Result<TaskState, Refusal> {
        let no_such = || Refusal::not_found(format!("No status found for task {name}-{id}"));
        let state = self.state(name).await.map_err(|_| no_such())?;
        let is_it = |task: &TaskState| i32::try_from(task.id) == Ok(id);
        state.tasks.into_iter().find(is_it).ok_or_else(no_such)
    }

    /// Begins a connector's tasks anew, or those that have failed; tells what it looked like
    /// with those that begin anew as RESTARTING (KIP-745).
    ///
    /// # Errors
    /// No such connector.
    pub async fn restart_with_tasks(
        &self,
        name: &str,
        include_tasks: bool,
        only_failed: bool,
    ) -> Result<ConnectorStateInfo, Refusal> {
        let mut plan = {
            let connectors = self.lock().await;
            self.state_of(name, unknown(&connectors, name)?)
        };
        let restarts = |state: &str| !only_failed || state == "FAILED";
        if restarts(plan.connector.state) {
            plan.connector.state = "RESTARTING";
            self.restart(name).await?;
        }
        for task in plan.tasks.iter_mut().filter(|task| include_tasks && restarts(task.state)) {
            task.state = "RESTARTING";
            self.inner.handle.restart_task(name, task.id).await;
        }
        Ok(plan)
    }

    fn state_of(&self, name: &str, connector: &Connector) -> ConnectorStateInfo {
        let status = self.inner.handle.status_of(name);
        let (state, trace) = match (&connector.checked, connector.target) {
            (_, TargetState::Stopped) => ("STOPPED", None),
            (Err(error), _) => ("FAILED", Some(error.clone())),
            (Ok(_), TargetState::Paused) => ("PAUSED", None),
            (Ok(_), TargetState::Started) => ("RUNNING", None),
        };
        let worker_id = &self.inner.options.worker_id;
        let tasks = status.iter().flat_map(|status| &status.tasks);
        ConnectorStateInfo {
            name: name.to_owned(),
            connector: ConnectorState {
                state,
                worker_id: worker_id.clone(),
                trace,
                version: VERSION,
            },
            tasks: tasks.map(|task| task_state(task, connector.target, worker_id)).collect(),
            r#type: SINK,
        }
    }

    /// The topics that a connector has read since its active topics were reset (KIP-558).
    pub async fn active_topics(&self, name: &str) -> Vec<String> {
        let connectors = self.lock().await;
        let Some(connector) = connectors.get(name) else { return Vec::new() };
        let counts = self.inner.handle.status_of(name).map(|status| counts(&status));
        let seen = counts.unwrap_or_default().into_iter().filter(|(topic, count)| {
            *count > connector.reset_at.get(topic).copied().unwrap_or_default()
        });
        seen.map(|(topic, _)| topic).collect()
    }

    /// Forgets which topics a connector has read.
    pub async fn reset_active_topics(&self, name: &str) {
        let mut connectors = self.lock().await;
        let status = self.inner.handle.status_of(name);
        if let (Some(connector), Some(status)) = (connectors.get_mut(name), status) {
            connector.reset_at = counts(&status);
        }
    }
}

fn task_state(task: &TaskStatus, target: TargetState, worker_id: &str) -> TaskState {
    let state = match task.state {
        State::Retrying if target == TargetState::Paused => "PAUSED",
        // To Connect a task that tries again is running.
        State::Running | State::Retrying | State::Stopped => "RUNNING",
        State::Paused => "PAUSED",
        State::Failed => "FAILED",
    };
    let is_in_trouble = matches!(task.state, State::Failed | State::Retrying);
    let trace = task.error.as_ref().filter(|_| is_in_trouble).map(|error| match &task.remedy {
        Some(remedy) => format!("{error}\n{remedy}"),
        None => error.clone(),
    });
    TaskState { id: task.id, state, worker_id: worker_id.to_owned(), trace, version: VERSION }
}

/// Records that have been read, by topic.
fn counts(status: &ConnectorStatus) -> BTreeMap<String, u64> {
    let partitions = status.tasks.iter().flat_map(|task| &task.partitions);
    let mut counts = BTreeMap::new();
    for partition in partitions {
        let waiting = u64::try_from(partition.waiting_records).unwrap_or(0);
        let topic = partition.partition.rsplit_once('-').map_or("", |(topic, _)| topic);
        *counts.entry(topic.to_owned()).or_default() +=
            partition.records + partition.skipped_records + waiting;
    }
    counts
}
