//! The broker's settings, parsed and typed, with the raw texts they came from.

use std::collections::BTreeMap;

use super::broker_keys::broker_key;
use super::config_key::{ConfigError, Value};
use super::differences::{Profile, default_of};
use super::log_config::LogConfig;
use crate::base::NodeId;

/// What the broker needs to know at start. Units are in the names; the fields are named after
/// Kafka's settings and mean what they mean there.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named after Kafka's settings, documented in the tables")]
pub struct BrokerConfig {
    /// Which defaults hold: the ones for developers, or Kafka's.
    pub profile: Profile,
    /// What was set, by name, as text. The source of DescribeConfigs' STATIC_BROKER_CONFIG.
    pub values: BTreeMap<String, String>,
    pub node_id: NodeId,
    /// The id a fresh data directory gets. A directory that has one keeps it.
    pub cluster_id: String,
    pub rack: Option<String>,

    pub auto_create_topics_enable: bool,
    pub delete_topic_enable: bool,
    pub num_partitions: i32,
    pub default_replication_factor: i16,
    /// A topic's settings where it has no overrides.
    pub log: LogConfig,
    pub log_retention_check_interval_ms: i64,
    pub log_initial_task_delay_ms: i64,
    pub log_flush_scheduler_interval_ms: i64,
    pub log_flush_offset_checkpoint_interval_ms: i64,
    pub log_flush_start_offset_checkpoint_interval_ms: i64,
    pub replica_high_watermark_checkpoint_interval_ms: i64,

    pub fetch_max_bytes: i32,
    pub max_incremental_fetch_session_cache_slots: i32,
    pub max_request_partition_size_limit: i32,
    pub request_timeout_ms: i32,
    pub socket_request_max_bytes: i32,
    pub socket_listen_backlog_size: i32,
    /// -1: what the operating system gives.
    pub socket_send_buffer_bytes: i32,
    /// -1: what the operating system gives.
    pub socket_receive_buffer_bytes: i32,
    /// Zero or less: a connection may be idle for ever.
    pub connections_max_idle_ms: i64,
    pub max_connections: i32,
    pub max_connections_per_ip: i32,

    pub offsets_topic_num_partitions: i32,
    pub offsets_topic_replication_factor: i16,
    pub offsets_topic_segment_bytes: i32,
    pub offsets_retention_ms: i64,
    pub offsets_retention_check_interval_ms: i64,
    pub offset_metadata_max_bytes: i32,
    pub offsets_commit_timeout_ms: i32,
    pub group_initial_rebalance_delay_ms: i32,
    pub group_min_session_timeout_ms: i32,
    pub group_max_session_timeout_ms: i32,
    pub group_max_size: i32,
    pub transaction_state_log_num_partitions: i32,
    pub transaction_state_log_replication_factor: i16,
    pub transaction_max_timeout_ms: i32,
    pub transactional_id_expiration_ms: i32,
    pub producer_id_expiration_ms: i32,
    pub producer_id_expiration_check_interval_ms: i32,

    /// Whether `__consumer_offsets` exists from the start, not from the first group on.
    pub internal_topics_at_start: bool,
    /// Whether a topic is usable when CreateTopics or an auto-creating Metadata is answered.
    pub topic_creation_wait: bool,
    /// Whether start-up deletes segments that are over their age; otherwise the first check
    /// after [`BrokerConfig::log_retention_check_interval_ms`] does.
    pub retention_at_load: bool,
}

impl Default for BrokerConfig {
    /// The settings without any file, flag or environment.
    fn default() -> Self {
        BrokerConfig::from_values(&BTreeMap::new()).expect("the defaults are legal")
    }
}

impl BrokerConfig {
    /// Reads the settings from what was set; everything else has its profile's default.
    /// Reports every refused value, not only the first. Names it does not know are left alone.
    pub fn from_values(values: &BTreeMap<String, String>) -> Result<Self, Vec<ConfigError>> {
        let profile = Profile::of(values);
        let mut read = Reader { profile, values, errors: Vec::new() };
        for (name, text) in values.iter().filter(|(name, _)| !is_checked_by_listener(name)) {
            if let Some(broker_key) = broker_key(name) {
                read.errors.extend(broker_key.key.parse(text).err());
            }
        }
        let refused = read.errors.len();
        let log = read.log();
        let config = BrokerConfig { log, ..read.config() };
        if read.errors.len() == refused {
            read.check_together(&config);
        }
        if read.errors.is_empty() { Ok(config) } else { Err(read.errors) }
    }

    /// The text in effect for a setting: what was set, else the profile's default.
    #[must_use]
    pub fn effective(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).or_else(|| default_of(self.profile, name))
    }
}

/// The rules for these look at all of them together; `listener::ListenerSettings` has them.
fn is_checked_by_listener(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        "listeners",
        "advertised.listeners",
        "listener.security.protocol.map",
        "controller.listener.names",
        "early.start.listeners",
    ];
    NAMES.contains(&name)
}

struct Reader<'a> {
    profile: Profile,
    values: &'a BTreeMap<String, String>,
    errors: Vec<ConfigError>,
}

impl Reader<'_> {
    /// The value of a setting of the table. A refused one is in `errors` already and reads as
    /// its default, so that the rest is checked too.
    fn value(&self, name: &str) -> Option<Value> {
        let key = broker_key(name).expect("every name that is read is in the table").key;
        let set = self.values.get(name).and_then(|text| key.parse(text).ok());
        set.or_else(|| default_of(self.profile, name).and_then(|text| key.parse(text).ok()))
    }

    fn long(&self, name: &str) -> i64 {
        self.value(name).map_or(0, |value| value.long())
    }

    fn int(&self, name: &str) -> i32 {
        self.value(name).map_or(0, |value| value.int())
    }

    fn short(&self, name: &str) -> i16 {
        i16::try_from(self.int(name)).unwrap_or(1)
    }

    fn boolean(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value.boolean())
    }

    fn text(&self, name: &str) -> String {
        self.value(name).map_or_else(String::new, |value| value.text())
    }

    fn log(&mut self) -> LogConfig {
        let values = self.values;
        let set = |name: &str| {
            let text = values.get(name)?;
            broker_key(name)?.key.parse(text).is_ok().then_some(text.as_str())
        };
        LogConfig::from_broker(&set).unwrap_or_else(|error| {
            self.errors.push(error);
            LogConfig::default()
        })
    }

    fn node_id(&self) -> NodeId {
        let broker_id = self.int("broker.id");
        let set = self.values.contains_key("node.id") || broker_id < 0;
        NodeId(if set { self.int("node.id") } else { broker_id })
    }

    fn config(&self) -> BrokerConfig {
        BrokerConfig {
            profile: self.profile,
            values: self.values.clone(),
            node_id: self.node_id(),
            cluster_id: self.text("klamm.cluster.id"),
            rack: self.value("broker.rack").map(|value| value.text()),
            auto_create_topics_enable: self.boolean("auto.create.topics.enable"),
            delete_topic_enable: self.boolean("delete.topic.enable"),
            num_partitions: self.int("num.partitions"),
            default_replication_factor: self.short("default.replication.factor"),
            log: LogConfig::default(),
            log_retention_check_interval_ms: self.long("log.retention.check.interval.ms"),
            log_initial_task_delay_ms: self.long("log.initial.task.delay.ms"),
            log_flush_scheduler_interval_ms: self.long("log.flush.scheduler.interval.ms"),
            log_flush_offset_checkpoint_interval_ms: self
                .long("log.flush.offset.checkpoint.interval.ms"),
            log_flush_start_offset_checkpoint_interval_ms: self
                .long("log.flush.start.offset.checkpoint.interval.ms"),
            replica_high_watermark_checkpoint_interval_ms: self
                .long("replica.high.watermark.checkpoint.interval.ms"),
            fetch_max_bytes: self.int("fetch.max.bytes"),
            max_incremental_fetch_session_cache_slots: self
                .int("max.incremental.fetch.session.cache.slots"),
            max_request_partition_size_limit: self.int("max.request.partition.size.limit"),
            request_timeout_ms: self.int("request.timeout.ms"),
            socket_request_max_bytes: self.int("socket.request.max.bytes"),
            socket_listen_backlog_size: self.int("socket.listen.backlog.size"),
            socket_send_buffer_bytes: self.int("socket.send.buffer.bytes"),
            socket_receive_buffer_bytes: self.int("socket.receive.buffer.bytes"),
            connections_max_idle_ms: self.long("connections.max.idle.ms"),
            max_connections: self.int("max.connections"),
            max_connections_per_ip: self.int("max.connections.per.ip"),
            offsets_topic_num_partitions: self.int("offsets.topic.num.partitions"),
            offsets_topic_replication_factor: self.short("offsets.topic.replication.factor"),
            offsets_topic_segment_bytes: self.int("offsets.topic.segment.bytes"),
            offsets_retention_ms: i64::from(self.int("offsets.retention.minutes")) * 60_000,
            offsets_retention_check_interval_ms: self.long("offsets.retention.check.interval.ms"),
            offset_metadata_max_bytes: self.int("offset.metadata.max.bytes"),
            offsets_commit_timeout_ms: self.int("offsets.commit.timeout.ms"),
            group_initial_rebalance_delay_ms: self.int("group.initial.rebalance.delay.ms"),
            group_min_session_timeout_ms: self.int("group.min.session.timeout.ms"),
            group_max_session_timeout_ms: self.int("group.max.session.timeout.ms"),
            group_max_size: self.int("group.max.size"),
            transaction_state_log_num_partitions: self.int("transaction.state.log.num.partitions"),
            transaction_state_log_replication_factor: self
                .short("transaction.state.log.replication.factor"),
            transaction_max_timeout_ms: self.int("transaction.max.timeout.ms"),
            transactional_id_expiration_ms: self.int("transactional.id.expiration.ms"),
            producer_id_expiration_ms: self.int("producer.id.expiration.ms"),
            producer_id_expiration_check_interval_ms: self
                .int("producer.id.expiration.check.interval.ms"),
            internal_topics_at_start: self.boolean("klamm.internal.topics.at.start"),
            topic_creation_wait: self.boolean("klamm.topic.creation.wait"),
            retention_at_load: self.boolean("klamm.retention.at.load"),
        }
    }

    /// Checks that are about more than one setting (`KafkaConfig.validateValues`).
    fn check_together(&mut self, config: &BrokerConfig) {
        let broker_id = self.int("broker.id");
        if broker_id >= 0 && broker_id != config.node_id.0 {
            self.refuse("You must set `node.id` to the same value as `broker.id`.");
        }
        let queued = self.long("queued.max.request.bytes");
        if queued > 0 && queued < i64::from(config.socket_request_max_bytes) {
            self.refuse(
                "queued.max.request.bytes must be larger or equal to socket.request.max.bytes",
            );
        }
        let delay = self.long("connection.failed.authentication.delay.ms");
        let idle = config.connections_max_idle_ms;
        if idle >= 0 && delay >= idle {
            self.refuse(&format!(
                "connection.failed.authentication.delay.ms={delay} should always be less than \
                 connections.max.idle.ms={idle} to prevent failed authentication responses from \
                 timing out"
            ));
        }
        for name in ["log.retention.ms", "log.retention.minutes", "log.retention.hours"] {
            if self.values.get(name).is_some_and(|text| text.trim() == "0") {
                self.refuse(
                    "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
                );
            }
        }
    }

    fn refuse(&mut self, reason: &str) {
        self.errors.push(ConfigError::message(reason));
    }
}
