//! The topic in which connectors are remembered (Connect's `config.storage.topic`).
//!
//! It is made with the first connector: who uses none sees no topic.

use std::sync::Arc;

use crate::base::Offset;
use crate::broker::topics::NewTopic;
use crate::broker::{Broker, Partition};
use crate::connect::source_local::{Wanted, decode, read_range};
use crate::record::BatchBuilder;
use crate::record::validate::Validated;
use crate::storage::{AppendOrigin, ReadLimits};

/// Its name, as in the `connect-distributed.properties` that comes with Apache Kafka.
pub const CONFIG_TOPIC: &str = "connect-configs";

/// Read at once.
const READ_BYTES_MAX: u32 = 1 << 20;

/// Records with a key, the last of which counts.
pub trait ConfigLog: Send + Sync {
    /// Calls `apply` with every record, in order.
    ///
    /// # Errors
    /// What keeps it from being read.
    fn read(&self, apply: &mut dyn FnMut(&str, Option<&[u8]>)) -> Result<(), String>;

    /// Appends records, all or none.
    ///
    /// # Errors
    /// What keeps them from being written.
    fn append(&self, records: &[(String, Option<Vec<u8>>)]) -> Result<(), String>;
}

/// The topic of a broker in this process.
pub(super) struct BrokerConfigLog {
    broker: Arc<Broker>,
}

impl BrokerConfigLog {
    pub(super) fn new(broker: Arc<Broker>) -> BrokerConfigLog {
        BrokerConfigLog { broker }
    }

    fn partition(&self) -> Option<Arc<Partition>> {
        let topics = self.broker.topics().load();
        topics.by_name(CONFIG_TOPIC)?.partition(0).cloned()
    }

    fn make_topic(&self) -> Result<Arc<Partition>, String> {
        let wanted = NewTopic {
            name: CONFIG_TOPIC,
            partitions: 1,
            replication_factor: 1,
            configs: vec![("cleanup.policy", Some("compact"))],
            ..NewTopic::default()
        };
        if let Some(Err(refusal)) = self.broker.create_topics(&[wanted], false).pop() {
            return Err(refusal.message.unwrap_or_else(|| refusal.code.to_string()));
        }
        self.partition().ok_or_else(|| format!("{CONFIG_TOPIC} has no partition"))
    }
}

impl ConfigLog for BrokerConfigLog {
    fn read(&self, apply: &mut dyn FnMut(&str, Option<&[u8]>)) -> Result<(), String> {
        let Some(partition) = self.partition() else { return Ok(()) };
        let now = self.broker.now();
        let offsets = partition.offsets(now).map_err(|error| error.to_string())?;
        let limits = ReadLimits {
            bytes_max: READ_BYTES_MAX,
            one_batch_at_least: true,
            committed_only: true,
        };
        let mut position: Offset = offsets.log_start;
        let mut buffer = Vec::new();
        while position < offsets.high_watermark {
            let read = partition.read(position, limits, now).map_err(|error| error.to_string())?;
            let Some(range) = read.range else { break };
            read_range(&range, &mut buffer).map_err(|error| error.to_string())?;
            let (records, next, _) = decode(&buffer, position, &Wanted::WITHOUT_HEADERS)
                .map_err(|error| error.to_string())?;
            for record in records.iter() {
                if let Some(key) = record.key.and_then(|key| std::str::from_utf8(key).ok()) {
                    apply(key, record.value);
                }
            }
            if next <= position {
                break;
            }
            position = next;
        }
        Ok(())
    }

    fn append(&self, records: &[(String, Option<Vec<u8>>)]) -> Result<(), String> {
        let partition = match self.partition() {
            Some(partition) => partition,
            None => self.make_topic()?,
        };
        let now = self.broker.now();
        let mut batch = BatchBuilder::new();
        for (key, value) in records {
            batch.append(now.wall_ms, Some(key.as_bytes()), value.as_deref(), &[]);
        }
        let (header, payload) = batch.build_parts().map_err(|error| error.to_string())?;
        let validated = Validated {
            header,
            payload: payload.into(),
            max_timestamp_offset_delta: 0,
            log_append_time_ms: None,
        };
        partition
            .append(&validated, AppendOrigin::Coordinator, now)
            .map_err(|error| error.to_string())?;
        Ok(())
    }
}
