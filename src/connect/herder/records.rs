//! The records of the topic `connect-configs`, as Kafka Connect's `KafkaConfigBackingStore`
//! writes them: the key says what a record is about, the value is JSON without a schema.
//!
//! - `connector-NAME`: `{"properties":{..}}`, or nothing once the connector is deleted
//! - `task-NAME-N`: `{"properties":{..}}`, counts once a commit follows
//! - `commit-NAME`: `{"tasks":N}`
//! - `target-state-NAME`: `{"state":"PAUSED","state.v2":"STOPPED"}`; `state` is for workers
//!   before 3.5, which do not know STOPPED (KIP-875)
//!
//! Session keys, restart requests, fencing records and levels of loggers are left alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::TargetState;

/// The properties of a connector or a task.
pub(super) type Properties = BTreeMap<String, String>;

/// A key and a value; without one the key is forgotten.
pub(super) type KeyValue = (String, Option<Vec<u8>>);

/// What the topic amounts to.
#[derive(Debug, Default)]
pub(super) struct Stored {
    connectors: BTreeMap<String, Properties>,
    target_states: BTreeMap<String, TargetState>,
}

impl Stored {
    /// Takes the next record in.
    pub(super) fn apply(&mut self, key: &str, value: Option<&[u8]>) {
        // Longest first: a connector may be called `x-y`, no prefix is another's beginning.
        if let Some(name) = key.strip_prefix("target-state-") {
            match value.and_then(parse_target_state) {
                Some(state) => self.target_states.insert(name.to_owned(), state),
                None => self.target_states.remove(name),
            };
        } else if let Some(name) = key.strip_prefix("connector-") {
            match value.and_then(parse_properties) {
                Some(properties) => self.connectors.insert(name.to_owned(), properties),
                None => self.connectors.remove(name),
            };
        }
    }

    /// Every connector with its properties and what it should be doing.
    pub(super) fn into_connectors(self) -> impl Iterator<Item = (String, Properties, TargetState)> {
        let states = self.target_states;
        self.connectors.into_iter().map(move |(name, properties)| {
            let state = states.get(&name).copied().unwrap_or(TargetState::Started);
            (name, properties, state)
        })
    }
}

fn parse_properties(value: &[u8]) -> Option<Properties> {
    let value: Value = serde_json::from_slice(value).ok()?;
    let properties = value.get("properties")?.as_object()?;
    let texts = properties.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.into())));
    texts.collect()
}

fn parse_target_state(value: &[u8]) -> Option<TargetState> {
    let value: Value = serde_json::from_slice(value).ok()?;
    let state = value.get("state.v2").or_else(|| value.get("state"))?;
    TargetState::parse(state.as_str()?)
}

/// A connector's properties.
pub(super) fn connector(name: &str, properties: &Properties) -> KeyValue {
    record(format!("connector-{name}"), &json!({ "properties": properties }))
}

/// The properties of all its tasks, and that they are complete.
pub(super) fn tasks(name: &str, tasks: &[Properties]) -> Vec<KeyValue> {
    let mut records: Vec<KeyValue> = tasks
        .iter()
        .enumerate()
        .map(|(id, task)| record(format!("task-{name}-{id}"), &json!({ "properties": task })))
        .collect();
    records.push(record(format!("commit-{name}"), &json!({ "tasks": tasks.len() })));
    records
}

/// What a connector should be doing.
pub(super) fn target_state(name: &str, state: TargetState) -> KeyValue {
    let old = if state == TargetState::Stopped { TargetState::Paused } else { state };
    let value = json!({ "state": old.as_str(), "state.v2": state.as_str() });
    record(format!("target-state-{name}"), &value)
}

/// That a connector is no more.
pub(super) fn deleted(name: &str) -> Vec<KeyValue> {
    vec![(format!("connector-{name}"), None), (format!("target-state-{name}"), None)]
}

fn record(key: String, value: &Value) -> KeyValue {
    (key, Some(value.to_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{Properties, Stored, connector, deleted, target_state, tasks};
    use crate::connect::herder::TargetState;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn replay(records: Vec<super::KeyValue>) -> Vec<(String, Properties, TargetState)> {
        let mut stored = Stored::default();
        for (key, value) in records {
            stored.apply(&key, value.as_deref());
        }
        stored.into_connectors().collect()
    }

    #[test]
    fn what_was_written_comes_back() {
        let mine = properties(&[("name", "a-b"), ("topics", "t")]);
        let mut records = vec![connector("a-b", &mine)];
        records.extend(tasks("a-b", std::slice::from_ref(&mine)));
        records.push(target_state("a-b", TargetState::Stopped));
        assert_eq!(replay(records), [("a-b".to_owned(), mine, TargetState::Stopped)]);
    }

    #[test]
    fn a_deleted_connector_is_gone() {
        let mut records = vec![connector("a", &properties(&[("name", "a")]))];
        records.extend(deleted("a"));
        assert_eq!(replay(records), []);
    }

    #[test]
    fn records_of_kafka_connect_are_understood() {
        // Written by a worker of Apache Kafka 4.3.1.
        let records = [
            ("session-key", r#"{"key":"eHg=","algorithm":"HmacSHA256","creation-timestamp":1}"#),
            ("connector-x", r#"{"properties":{"name":"x","topics":"t"}}"#),
            ("task-x-0", r#"{"properties":{"task.class":"T"}}"#),
            ("commit-x", r#"{"tasks":1}"#),
            ("target-state-x", r#"{"state":"PAUSED","state.v2":"PAUSED"}"#),
            ("restart-connector-x", r#"{"include-tasks":true,"only-failed":false}"#),
        ];
        let records = records.map(|(key, value)| (key.to_owned(), Some(value.as_bytes().to_vec())));
        let expected = properties(&[("name", "x"), ("topics", "t")]);
        assert_eq!(replay(records.into()), [("x".to_owned(), expected, TargetState::Paused)]);
    }

    #[test]
    fn the_state_of_an_old_worker_counts_without_the_new_field() {
        let mut stored = Stored::default();
        stored.apply("connector-x", Some(br#"{"properties":{}}"#));
        stored.apply("target-state-x", Some(br#"{"state":"PAUSED"}"#));
        let states: Vec<_> = stored.into_connectors().map(|(_, _, state)| state).collect();
        assert_eq!(states, [TargetState::Paused]);
    }

    #[test]
    fn stopped_is_paused_for_workers_that_do_not_know_it() {
        let (_, value) = target_state("x", TargetState::Stopped);
        let value = String::from_utf8(value.unwrap()).unwrap();
        assert_eq!(value, r#"{"state":"PAUSED","state.v2":"STOPPED"}"#);
    }
}
