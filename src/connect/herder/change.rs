//! Making, changing and ending connectors, with Kafka Connect's checks in its order and words
//! (`DistributedHerder`).

use std::collections::BTreeMap;

use super::records::{self, Properties};
use super::show::info;
use super::{Connector, ConnectorInfo, Connectors, Herder, Refusal, TASK_CLASS, TargetState};

impl Herder {
    /// Makes a connector (`POST /connectors`).
    ///
    /// # Errors
    /// Settings that are wrong, a name that is taken.
    pub async fn create(
        &self,
        name: &str,
        properties: BTreeMap<String, Option<String>>,
        initial: Option<TargetState>,
    ) -> Result<ConnectorInfo, Refusal> {
        let properties = named(name, properties)?;
        let mut connectors = self.lock().await;
        let properties = self.check_nullable(properties)?;
        self.check_new(&connectors, name)?;
        self.put(&mut connectors, name, properties, initial).await
    }

    /// Makes a connector or gives one another configuration (`PUT /connectors/NAME/config`);
    /// tells whether it was made.
    ///
    /// # Errors
    /// Settings that are wrong.
    pub async fn put_config(
        &self,
        name: &str,
        properties: BTreeMap<String, Option<String>>,
    ) -> Result<(bool, ConnectorInfo), Refusal> {
        let properties = named(name, properties)?;
        let mut connectors = self.lock().await;
        let properties = self.check_nullable(properties)?;
        let is_new = !connectors.contains_key(name);
        Ok((is_new, self.put(&mut connectors, name, properties, None).await?))
    }

    /// Changes some properties; without a value one is removed (KIP-477).
    ///
    /// # Errors
    /// No such connector, settings that are wrong.
    pub async fn patch_config(
        &self,
        name: &str,
        patch: BTreeMap<String, Option<String>>,
    ) -> Result<ConnectorInfo, Refusal> {
        let mut connectors = self.lock().await;
        let mut properties = find(&connectors, name)?.properties.clone();
        for (key, value) in patch {
            match value {
                Some(value) => properties.insert(key, value),
                None => properties.remove(&key),
            };
        }
        self.check(&properties)?;
        self.put(&mut connectors, name, properties, None).await
    }

    async fn put(
        &self,
        connectors: &mut Connectors,
        name: &str,
        properties: Properties,
        initial: Option<TargetState>,
    ) -> Result<ConnectorInfo, Refusal> {
        let known = connectors.get(name);
        let target = initial.or_else(|| known.map(|known| known.target));
        let target = target.unwrap_or(TargetState::Started);
        let is_remembered = known.is_none_or(|known| known.is_remembered);
        // As Connect: the tasks in the answer are those from before.
        let tasks_before = known.map_or(0, Connector::task_count);
        let answer = info(name, &properties, tasks_before);
        let is_same = known.is_some_and(|known| known.properties == properties);
        if is_remembered {
            let mut records = Vec::new();
            if initial.is_some() {
                records.push(records::target_state(name, target));
            }
            records.push(records::connector(name, &properties));
            self.remember(&records)?;
        }
        if !is_same {
            self.install(connectors, name, properties, target, is_remembered).await;
            self.remember_tasks(connectors, name)?;
        }
        Ok(answer)
    }

    /// Writes the tasks that a connector has now.
    fn remember_tasks(&self, connectors: &Connectors, name: &str) -> Result<(), Refusal> {
        let Some(connector) = connectors.get(name).filter(|connector| connector.is_remembered)
        else {
            return Ok(());
        };
        let tasks = vec![task_properties(&connector.properties); connector.task_count()];
        self.remember(&records::tasks(name, &tasks))
    }

    /// Ends a connector for good. Its offsets stay.
    ///
    /// # Errors
    /// No such connector.
    pub async fn delete(&self, name: &str) -> Result<(), Refusal> {
        let mut connectors = self.lock().await;
        if find(&connectors, name)?.is_remembered {
            self.remember(&records::deleted(name))?;
        }
        self.inner.handle.stop_connector(name).await;
        connectors.remove(name);
        Ok(())
    }

    /// Pauses, resumes or stops a connector.
    ///
    /// # Errors
    /// No such connector.
    pub async fn set_target(&self, name: &str, target: TargetState) -> Result<(), Refusal> {
        let mut connectors = self.lock().await;
        let Some(connector) = connectors.get_mut(name) else {
            return Err(Refusal::not_found(format!("Unknown connector {name}")));
        };
        let before = std::mem::replace(&mut connector.target, target);
        if connector.is_remembered {
            // Tasks first: a connector that should run and has no tasks does no harm.
            if target == TargetState::Stopped {
                self.remember_tasks(&connectors, name)?;
            }
            self.remember(&[records::target_state(name, target)])?;
        }
        match (before, target) {
            (before, target) if before == target => {}
            (_, TargetState::Stopped) => self.inner.handle.stop_connector(name).await,
            (TargetState::Stopped, _) => {
                self.reinstall(&mut connectors, name).await;
                self.remember_tasks(&connectors, name)?;
            }
            _ => self.inner.handle.pause(name, target == TargetState::Paused).await,
        }
        Ok(())
    }

    async fn reinstall(&self, connectors: &mut Connectors, name: &str) {
        if let Some(connector) = connectors.get(name) {
            let properties = connector.properties.clone();
            let (target, is_remembered) = (connector.target, connector.is_remembered);
            self.install(connectors, name, properties, target, is_remembered).await;
        }
    }

    /// Begins a connector anew, without its tasks. There is nothing in it that could be worn.
    ///
    /// # Errors
    /// No such connector.
    pub async fn restart(&self, name: &str) -> Result<(), Refusal> {
        let mut connectors = self.lock().await;
        if unknown(&connectors, name)?.checked.is_err() {
            self.reinstall(&mut connectors, name).await;
        }
        Ok(())
    }

    /// Begins one task anew.
    ///
    /// # Errors
    /// No such connector or task.
    pub async fn restart_task(&self, name: &str, id: i32) -> Result<(), Refusal> {
        let connectors = self.lock().await;
        let count = unknown(&connectors, name)?.task_count();
        let index = usize::try_from(id).ok().filter(|index| *index < count);
        let Some(index) = index else {
            return Err(Refusal::not_found(format!("Unknown task: {name}-{id}")));
        };
        self.inner.handle.restart_task(name, index).await;
        Ok(())
    }

    pub(super) fn check_new(&self, connectors: &Connectors, name: &str) -> Result<(), Refusal> {
        if connectors.contains_key(name) {
            return Err(Refusal::conflict(format!("Connector {name} already exists")));
        }
        Ok(())
    }
}

/// A connector that must exist.
pub(super) fn find<'a>(connectors: &'a Connectors, name: &str) -> Result<&'a Connector, Refusal> {
    connectors.get(name).ok_or_else(|| Refusal::not_found(format!("Connector {name} not found")))
}

/// The same in the words of a restart.
pub(super) fn unknown<'a>(
    connectors: &'a Connectors,
    name: &str,
) -> Result<&'a Connector, Refusal> {
    connectors.get(name).ok_or_else(|| Refusal::not_found(format!("Unknown connector: {name}")))
}

/// What the connector gives each of its tasks: its own properties.
pub(super) fn task_properties(properties: &Properties) -> Properties {
    let mut task = properties.clone();
    task.insert("task.class".to_owned(), TASK_CLASS.to_owned());
    task
}

/// The properties with the name that the request has.
fn named(
    name: &str,
    mut properties: BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<String, Option<String>>, Refusal> {
    match properties.get("name").cloned().flatten() {
        Some(included) if included != name => Err(Refusal::bad_request(format!(
            "Connector name configuration ({included}) doesn't match connector name in the URL \
             ({name})"
        ))),
        Some(_) => Ok(properties),
        None => {
            properties.insert("name".to_owned(), Some(name.to_owned()));
            Ok(properties)
        }
    }
}
