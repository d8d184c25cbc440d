//! Seeing and changing what a connector's group has committed (KIP-875), with the checks and
//! words of Connect's `SinkUtils` and `Worker`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::change::find;
use super::{Connector, Herder, Refusal, TargetState};
use crate::base::{Offset, TopicPartition};
use crate::connect::cluster::Offsets;

/// A partition and its new offset, as in the request's JSON.
pub type OffsetChange = (Option<Map<String, Value>>, Option<Map<String, Value>>);

impl Herder {
    /// What the connector's group has committed.
    ///
    /// # Errors
    /// No such connector, or a group that cannot be asked.
    pub async fn offsets(&self, name: &str) -> Result<Offsets<Offset>, Refusal> {
        let connectors = self.lock().await;
        let group = group(name, find(&connectors, name)?);
        self.inner.cluster.committed(&group).await.map_err(|error| {
            tracing::warn!(connector = %name, %error, "offsets cannot be read");
            Refusal::failed(format!(
                "Failed to retrieve consumer group offsets for sink connector {name}"
            ))
        })
    }

    /// Changes what the group of a stopped connector has committed.
    ///
    /// # Errors
    /// A connector that is not stopped, offsets that make no sense, a group that refuses.
    pub async fn alter_offsets(
        &self,
        name: &str,
        changes: &[OffsetChange],
    ) -> Result<String, Refusal> {
        let connectors = self.lock().await;
        let connector = stopped(name, find(&connectors, name)?)?;
        let offsets = parse(changes)?;
        if offsets.values().flatten().any(|offset| *offset < Offset::ZERO) {
            return Err(Refusal::failed(format!(
                "Failed to modify offsets for sink connector {name}"
            )));
        }
        let altered = self.inner.cluster.alter(&group(name, connector), &offsets).await;
        altered.map_err(|error| {
            tracing::warn!(connector = %name, %error, "offsets cannot be altered");
            Refusal::failed(format!("Failed to alter consumer group offsets for connector {name}"))
        })?;
        Ok(done("altered"))
    }

    /// Forgets the group of a stopped connector: it begins anew.
    ///
    /// # Errors
    /// A connector that is not stopped, a group that refuses.
    pub async fn reset_offsets(&self, name: &str) -> Result<String, Refusal> {
        let connectors = self.lock().await;
        let connector = stopped(name, find(&connectors, name)?)?;
        let deleted = self.inner.cluster.delete_group(&group(name, connector)).await;
        deleted.map_err(|error| {
            tracing::warn!(connector = %name, %error, "offsets cannot be reset");
            Refusal::failed(format!(
                "Failed to reset consumer group offsets for sink connector {name}"
            ))
        })?;
        Ok(done("reset"))
    }
}

fn group(name: &str, connector: &Connector) -> String {
    match &connector.checked {
        Ok(checked) => checked.group.clone(),
        Err(_) => format!("connect-{name}"),
    }
}

fn stopped<'a>(name: &str, connector: &'a Connector) -> Result<&'a Connector, Refusal> {
    if connector.target == TargetState::Stopped {
        return Ok(connector);
    }
    Err(Refusal::bad_request(format!(
        "Connectors must be in the STOPPED state before their offsets can be modified. This can \
         be done for the specified connector by issuing a 'PUT' request to the \
         '/connectors/{name}/stop' endpoint"
    )))
}

fn done(what: &str) -> String {
    format!(
        "The Connect framework-managed offsets for this connector have been {what} successfully. \
         However, if this connector manages offsets externally, they will need to be manually \
         {what} in the system that the connector uses."
    )
}

fn parse(changes: &[OffsetChange]) -> Result<Offsets<Option<Offset>>, Refusal> {
    let mut offsets = BTreeMap::new();
    for (partition, offset) in changes {
        offsets.insert(parse_partition(partition.as_ref())?, parse_offset(offset.as_ref())?);
    }
    Ok(offsets)
}

fn parse_partition(partition: Option<&Map<String, Value>>) -> Result<TopicPartition, Refusal> {
    let Some(partition) = partition else {
        return Err(Refusal::bad_request(
            "The partition for a sink connector offset cannot be null or missing",
        ));
    };
    let (Some(topic), Some(number)) =
        (partition.get("kafka_topic"), partition.get("kafka_partition"))
    else {
        return Err(Refusal::bad_request(
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and \
             'kafka_partition'",
        ));
    };
    if topic.is_null() {
        return Err(Refusal::bad_request(
            "Kafka topic names must be valid strings and may not be null",
        ));
    }
    if number.is_null() {
        return Err(Refusal::bad_request(
            "Kafka partitions must be valid numbers and may not be null",
        ));
    }
    let number = text(number);
    let Ok(index) = number.parse::<i32>() else {
        return Err(Refusal::bad_request(format!(
            "Failed to parse the following Kafka partition value in the provided offsets: \
             '{number}'. Partition values for sink connectors need to be integers."
        )));
    };
    Ok(TopicPartition::new(text(topic).as_str(), index))
}

fn parse_offset(offset: Option<&Map<String, Value>>) -> Result<Option<Offset>, Refusal> {
    let Some(offset) = offset else { return Ok(None) };
    let Some(number) = offset.get("kafka_offset") else {
        return Err(Refusal::bad_request(
            "The offset for a sink connector should either be null or contain the key \
             'kafka_offset'",
        ));
    };
    let number = text(number);
    let parsed = number.parse::<i64>().map_err(|_| {
        Refusal::bad_request(format!(
            "Failed to parse the following Kafka offset value in the provided offsets: \
             '{number}'. Offset values for sink connectors need to be integers."
        ))
    })?;
    Ok(Some(Offset(parsed)))
}

/// Java's `String.valueOf`: both 10 and "10" are taken.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
