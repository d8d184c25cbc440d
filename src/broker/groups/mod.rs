//! The group coordinators at run time: one [`GroupCore`](crate::group::GroupCore) per
//! partition of `__consumer_offsets`, behind a lock.
//!
//! A call is: lock the partition's coordinator, let it decide, append its records as one
//! batch, release the replies. A partition is replayed by the first call that needs it, so
//! that starting costs nothing. Requests that wait (a join, a sync) hold no lock.
//!
//! A coordinator whose records cannot be appended must not go on, for its memory would say
//! what its log does not: the process stops ([`stop_process`](super::fatal::stop_process)).

mod load;
mod shard;
mod timers;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use self::shard::{Called, Shard};
use self::timers::Timers;
pub(super) use self::timers::run;
use super::{Broker, Topic};
use crate::base::{ErrorCode, Now, TopicId, TopicName};
use crate::cluster::BrokerConfig;
use crate::group::{Command, GroupConfig, ListGroups, ListedGroup, Reply, partition_of};

/// The internal topic that keeps groups and offsets.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// All group coordinators of this broker.
#[derive(Debug)]
pub struct Groups {
    config: GroupConfig,
    shards: ArcSwapOption<Shards>,
    timers: Timers,
}

/// One coordinator per partition, for as long as the topic is the same.
#[derive(Debug)]
struct Shards {
    topic: TopicId,
    list: Vec<Arc<Shard>>,
}

impl Groups {
    /// No coordinator is loaded yet.
    #[must_use]
    pub fn new(config: &BrokerConfig) -> Groups {
        Groups {
            config: group_config(config),
            shards: ArcSwapOption::empty(),
            timers: Timers::default(),
        }
    }

    /// The coordinators of the topic as it is now.
    fn shards(&self, broker: &Broker) -> Option<Arc<Shards>> {
        let topics = broker.topics().load();
        let topic = topics.by_name(OFFSETS_TOPIC)?;
        let is_current = |shards: &Shards| {
            shards.topic == topic.id && shards.list.len() == topic.partitions.len()
        };
        if let Some(shards) = self.shards.load_full().filter(|shards| is_current(shards)) {
            return Some(shards);
        }
        // The first caller wins; who comes second takes what is there.
        self.shards.rcu(|current| match current {
            Some(current) if is_current(current) => Some(current.clone()),
            _ => Some(Arc::new(self.make_shards(topic))),
        });
        self.shards.load_full()
    }

    fn make_shards(&self, topic: &Topic) -> Shards {
        let shard = |partition| Arc::new(Shard::new(Arc::clone(partition), self.config.clone()));
        Shards { topic: topic.id, list: topic.partitions.iter().map(shard).collect() }
    }
}

impl Broker {
    /// Asks the coordinator of `group`; waits as long as the coordinator lets wait.
    ///
    /// # Errors
    /// NOT_COORDINATOR while there is no `__consumer_offsets`, or it goes away.
    pub async fn ask_group(&self, group: &str, command: Command) -> Result<Reply, ErrorCode> {
        let shards = self.groups().shards(self).ok_or(ErrorCode::NotCoordinator)?;
        let count = i32::try_from(shards.list.len()).unwrap_or(i32::MAX);
        let index = usize::try_from(partition_of(group, count)).unwrap_or(0);
        self.ask_shard(&shards.list[index], index, command).await
    }

    /// The groups of all partitions that pass the filter, by id.
    ///
    /// # Errors
    /// NOT_COORDINATOR while `__consumer_offsets` goes away; no topic means no groups.
    pub async fn list_groups(&self, filter: &ListGroups) -> Result<Vec<ListedGroup>, ErrorCode> {
        let Some(shards) = self.groups().shards(self) else { return Ok(Vec::new()) };
        let mut groups = Vec::new();
        for (index, shard) in shards.list.iter().enumerate() {
            let command = Command::List(filter.clone());
            if let Reply::List(mut listed) = self.ask_shard(shard, index, command).await? {
                groups.append(&mut listed);
            }
        }
        groups.sort_by(|one, other| one.group.cmp(&other.group));
        Ok(groups)
    }

    /// Forgets what groups have committed for topics that are gone.
    pub async fn forget_offsets_of(&self, deleted: &[TopicName]) {
        let Some(shards) = self.groups().shards(self) else { return };
        for (index, shard) in shards.list.iter().enumerate() {
            let command = Command::TopicsDeleted(deleted.to_vec());
            if let Err(error) = self.ask_shard(shard, index, command).await {
                tracing::warn!(%error, "offsets of deleted topics are kept");
            }
        }
    }

    async fn ask_shard(
        &self,
        shard: &Arc<Shard>,
        index: usize,
        command: Command,
    ) -> Result<Reply, ErrorCode> {
        let now = self.now();
        if !shard.is_loaded() {
            load(shard, now).await?;
        }
        let (called, deadline) = shard.call(now, command)?;
        self.groups().timers.set(index, deadline);
        match called {
            Called::Answered(reply) => Ok(reply),
            // The sender is only dropped when the coordinator is.
            Called::Parked(reply) => reply.await.map_err(|_| ErrorCode::NotCoordinator),
        }
    }
}

/// Replays the partition; away from the runtime's threads if there is anything to read.
async fn load(shard: &Arc<Shard>, now: Now) -> Result<(), ErrorCode> {
    if shard.is_partition_empty(now)? {
        return shard.load(now);
    }
    let shard = shard.clone();
    let loaded = tokio::task::spawn_blocking(move || shard.load(now)).await;
    loaded.unwrap_or(Err(ErrorCode::CoordinatorLoadInProgress))
}

fn group_config(config: &BrokerConfig) -> GroupConfig {
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    let size = |number: i32| usize::try_from(number).unwrap_or(0);
    GroupConfig {
        initial_rebalance_delay_ms: unsigned(config.group_initial_rebalance_delay_ms.into()),
        session_timeout_ms_min: config.group_min_session_timeout_ms,
        session_timeout_ms_max: config.group_max_session_timeout_ms,
        members_max: size(config.group_max_size),
        offset_metadata_max: size(config.offset_metadata_max_bytes),
        offsets_retention_ms: config.offsets_retention_ms,
        offsets_retention_check_interval_ms: unsigned(config.offsets_retention_check_interval_ms),
        record_bytes_max: config.log.max_message_bytes as usize,
    }
}
