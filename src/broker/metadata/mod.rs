//! The controller of a cluster of one: the metadata log and what it amounts to.
//!
//! A change is decided under one lock, appended to `__cluster_metadata-0` as one batch, and
//! only then applied; recovery applies the same records. The topics that clients see are
//! published from here into the topic table. Knows nothing of protocol versions.
//!
//! Lock order: this lock, then the topic table, then a partition.

mod bootstrap;
mod log;
mod records;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::log::{Batch, MetadataLog};
use crate::base::{LeaderEpoch, NodeId, Now, Offset, ProducerId};
use crate::cluster::{BrokerConfig, Change, ClusterImage, ConfigError, ConfigResource, LogConfig};
use crate::storage::{Error, LogDirectory};

pub use self::bootstrap::{FEATURES, Feature, RegisteredEndpoint, endpoints};

/// Producer ids that are taken at once, as in Kafka (`ProducerIdsBlock`).
const PRODUCER_ID_BLOCK: i64 = 1000;

/// The metadata of the cluster. See the module.
#[derive(Debug)]
pub struct Metadata {
    state: Mutex<State>,
}

/// How far the metadata log has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MetadataStatus {
    /// The offset of the next record; all before it is committed.
    pub end: Offset,
    /// How often its leadership has changed.
    pub leader_epoch: LeaderEpoch,
}

/// What the lock protects.
#[derive(Debug)]
pub(super) struct State {
    /// `None` once it is closed.
    log: Option<MetadataLog>,
    image: ClusterImage,
    /// Ids of the current block that nobody has yet.
    producer_ids: Range<i64>,
    node: NodeId,
    /// What was set when the broker started.
    static_values: BTreeMap<String, String>,
    /// The settings of a topic without any of its own.
    log_defaults: Arc<LogConfig>,
}

impl Metadata {
    /// Opens the metadata log, or writes its first records into a fresh directory.
    ///
    /// # Errors
    /// A log that is damaged or cannot be read or written.
    pub fn open(
        directory: &LogDirectory,
        config: &BrokerConfig,
        endpoints: &[RegisteredEndpoint],
        now: Now,
    ) -> Result<Self, Error> {
        let mut image = ClusterImage::default();
        let mut apply = |change| image.apply(change).map_err(|error| error.to_string());
        let mut log = MetadataLog::open(directory, now, &mut apply)?;
        if log.end().0 == 0 {
            let rack = config.rack.as_deref();
            for change in bootstrap::write(&mut log, config.node_id, endpoints, rack, now)? {
                image.apply(change).expect("features and settings need nothing before them");
            }
        }
        let next = image.next_producer_id();
        let mut state = State {
            log: Some(log),
            image,
            producer_ids: next..next,
            node: config.node_id,
            static_values: config.values.clone(),
            log_defaults: Arc::new(config.log.clone()),
        };
        match state.log_defaults_with(None) {
            Ok(defaults) => state.log_defaults = Arc::new(defaults),
            Err(error) => {
                tracing::warn!(%error, "the dynamic broker settings do not hold");
            }
        }
        Ok(Metadata { state: Mutex::new(state) })
    }

    /// Closes the log. Every change after that fails.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn close(&self, now: Now) -> Result<(), Error> {
        match self.lock().log.take() {
            Some(log) => log.close(now),
            None => Ok(()),
        }
    }

    /// A copy of what the log amounts to.
    #[must_use]
    pub fn image(&self) -> ClusterImage {
        self.lock().image.clone()
    }

    /// How far the log has come.
    #[must_use]
    pub fn status(&self) -> MetadataStatus {
        self.lock().log.as_ref().map_or_else(MetadataStatus::default, MetadataLog::status)
    }

    /// A producer id that nobody has had. Every thousandth call writes to the log.
    ///
    /// # Errors
    /// A failing disk.
    pub fn new_producer_id(&self, now: Now) -> Result<ProducerId, Error> {
        let mut state = self.lock();
        if state.producer_ids.is_empty() {
            let first = state.image.next_producer_id();
            let next = first + PRODUCER_ID_BLOCK;
            state.commit(vec![Change::TakeProducerIds { next }], now)?;
            state.producer_ids = first..next;
        }
        let id = state.producer_ids.start;
        state.producer_ids.start += 1;
        Ok(ProducerId(id))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Right now.
    pub(super) fn image(&self) -> &ClusterImage {
        &self.image
    }

    /// The settings of a topic without any of its own.
    pub(super) fn log_defaults(&self) -> &Arc<LogConfig> {
        &self.log_defaults
    }

    /// Writes changes as one batch, then applies them.
    ///
    /// # Errors
    /// A failing disk; nothing has changed then.
    ///
    /// # Panics
    /// If a change does not fit the image: the caller has checked.
    pub(super) fn commit(&mut self, changes: Vec<Change>, now: Now) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        let log = self.log.as_mut().expect("no request is served once the broker closes");
        let writer = log.writer();
        let values: Vec<Vec<u8>> =
            changes.iter().map(|change| records::encode(change, writer)).collect();
        log.append(Batch::Records(&values), now)?;
        for change in changes {
            self.image.apply(change).expect("the change was checked against this image");
        }
        Ok(())
    }

    /// The settings of a topic without any of its own if `resource` had these settings.
    pub(super) fn log_defaults_with(
        &self,
        changed: Option<(&ConfigResource, &BTreeMap<String, String>)>,
    ) -> Result<LogConfig, ConfigError> {
        let mut values = self.static_values.clone();
        for resource in [ConfigResource::DefaultBroker, ConfigResource::Broker(self.node)] {
            let dynamic = match changed {
                Some((other, dynamic)) if *other == resource => dynamic,
                _ => self.image.config(&resource),
            };
            values.extend(dynamic.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        match BrokerConfig::from_values(&values) {
            Ok(config) => Ok(config.log),
            Err(errors) => Err(errors.into_iter().next().expect("a refusal has a reason")),
        }
    }

    /// Replaces the settings of topics without any of their own.
    pub(super) fn set_log_defaults(&mut self, defaults: LogConfig) {
        self.log_defaults = Arc::new(defaults);
    }
}
