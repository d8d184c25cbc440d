//! The dead letter queue: a topic of this process.

use super::{permanent, retriable};
use crate::base::{ErrorCode, LeaderEpoch, Offset};
use crate::broker::topics::NewTopic;
use crate::broker::{Broker, Topic};
use crate::cluster;
use crate::connect::config::DeadLetterSettings;
use crate::connect::source::{DeadLetter, SourceError};
use crate::record::validate::{self, Rules};
use crate::record::{BatchBuilder, Header, TimestampType};
use crate::storage::{AppendError, AppendOrigin};

/// The newest version of produce requests, whose rules the batches follow.
const PRODUCE_VERSION: i16 = 12;

/// Appends records to the queue's first partition; makes the topic first if need be.
pub(super) fn append(
    broker: &Broker,
    settings: &DeadLetterSettings,
    letters: &[DeadLetter],
) -> Result<(), SourceError> {
    let name = settings.topic.as_str();
    if broker.topics().load().by_name(name).is_none() {
        make(broker, settings)?;
    }
    let topics = broker.topics().load();
    let partition = topics.by_name(name).and_then(|topic| Some((topic, topic.partition(0)?)));
    let Some((topic, partition)) = partition else {
        return Err(retriable(format!("the dead letter queue {name} is gone")));
    };
    let now = broker.now();
    for letter in letters {
        // One batch each: a record that is too large for the topic stops no other.
        let headers: Vec<Header<'_>> = letter
            .headers
            .iter()
            .map(|(key, value)| Header { key: key.as_bytes(), value: value.as_deref() })
            .collect();
        let mut batch =
            BatchBuilder::new().base_offset(Offset::ZERO).leader_epoch(LeaderEpoch::NONE);
        let timestamp_ms = if letter.timestamp_ms < 0 { now.wall_ms } else { letter.timestamp_ms };
        batch.append(timestamp_ms, letter.key.as_deref(), letter.value.as_deref(), &headers);
        let bytes = batch.build().map_err(|error| permanent(format!("{name}: {error}")))?;
        let rules = rules(topic, partition.name(), now.wall_ms);
        let refused = |text: String| {
            permanent(format!(
                "Could not produce message to dead letter queue. topic={name}: {text}"
            ))
        };
        let valid =
            validate::produce(&bytes, &rules).map_err(|refusal| refused(refusal.message))?;
        match partition.append(&valid, AppendOrigin::Client, now) {
            Ok(_) => {}
            Err(AppendError::Refused { message, .. }) => return Err(refused(message)),
            Err(AppendError::Storage(error)) => return Err(retriable(error.to_string())),
        }
    }
    Ok(())
}

/// One partition, as Kafka Connect makes it; of replicas no more than there are brokers.
fn make(broker: &Broker, settings: &DeadLetterSettings) -> Result<(), SourceError> {
    let name = settings.topic.as_str();
    let wanted = |replication_factor| NewTopic {
        name,
        partitions: 1,
        replication_factor,
        ..NewTopic::default()
    };
    let factors = [settings.replication_factor, -1];
    let mut outcome = Ok(());
    for factor in factors {
        outcome = match broker.create_topics(&[wanted(factor)], false).pop() {
            Some(Err(refusal)) if refusal.code != ErrorCode::TopicAlreadyExists => Err(refusal),
            _ => return Ok(()),
        };
        if outcome
            .as_ref()
            .is_err_and(|refusal| refusal.code != ErrorCode::InvalidReplicationFactor)
        {
            break;
        }
    }
    outcome.map_err(|refusal| {
        let reason = refusal.message.unwrap_or_default();
        permanent(format!("Could not initialize dead letter queue with topic={name}: {reason}"))
    })
}

fn rules<'a>(topic: &Topic, partition: &'a crate::base::TopicPartition, now_ms: i64) -> Rules<'a> {
    let config = &topic.config;
    Rules {
        partition,
        produce_version: PRODUCE_VERSION,
        max_message_bytes: config.max_message_bytes as usize,
        compacted: false,
        compression: None,
        compression_level: None,
        timestamp_type: match config.message_timestamp_type {
            cluster::TimestampType::CreateTime => TimestampType::CreateTime,
            cluster::TimestampType::LogAppendTime => TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: config.message_timestamp_before_max_ms,
        timestamp_after_max_ms: config.message_timestamp_after_max_ms,
        now_ms,
    }
}
