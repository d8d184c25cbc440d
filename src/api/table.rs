//! THE table: every API key that is served, its versions and its handler.
//!
//! A key that is not here is not advertised and closes the connection that asks for it.

use std::ops::RangeInclusive;

use super::call::{self, Call};
use super::{
    k00_produce, k01_fetch, k02_list_offsets, k03_metadata, k08_offset_commit, k09_offset_fetch,
    k10_find_coordinator, k11_join_group, k12_heartbeat, k13_leave_group, k14_sync_group,
    k15_describe_groups, k16_list_groups, k18_api_versions, k19_create_topics, k20_delete_topics,
    k21_delete_records, k22_init_producer_id, k23_offset_for_leader_epoch, k29_describe_acls,
    k30_create_acls, k31_delete_acls, k32_describe_configs, k33_alter_configs,
    k34_alter_replica_log_dirs, k35_describe_log_dirs, k37_create_partitions, k42_delete_groups,
    k43_elect_leaders, k44_incremental_alter_configs, k45_alter_partition_reassignments,
    k46_list_partition_reassignments, k47_offset_delete, k55_describe_quorum, k60_describe_cluster,
    k61_describe_producers, k74_list_config_resources, k75_describe_topic_partitions,
};
use crate::wire::api::ApiKey;

/// One row.
#[derive(Debug)]
pub struct Api {
    /// Which request.
    pub key: ApiKey,
    /// The versions that are served.
    pub versions: RangeInclusive<i16>,
    /// Who answers.
    pub call: Call,
}

impl Api {
    /// Kafka's name of the request.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.name()
    }
}

macro_rules! api {
    ($key:ident, $versions:expr, raw $call:path) => {
        Api { key: ApiKey::$key, versions: $versions, call: Call::Sync($call) }
    };
    ($key:ident, $versions:expr, sync $handler:path) => {
        Api {
            key: ApiKey::$key,
            versions: $versions,
            call: Call::Sync(|ctx, rope| call::sync(ctx, rope, $handler)),
        }
    };
    ($key:ident, $versions:expr, wait $handler:path) => {
        Api {
            key: ApiKey::$key,
            versions: $versions,
            call: Call::Async(|ctx, rope| Box::pin(call::wait(ctx, rope, $handler))),
        }
    };
}

/// The rows, in key order.
pub static TABLE: &[Api] = &[
    api!(Produce, 3..=13, raw k00_produce::handle),
    api!(Fetch, 4..=18, wait k01_fetch::handle),
    api!(ListOffsets, 1..=11, sync k02_list_offsets::handle),
    api!(Metadata, 0..=13, sync k03_metadata::handle),
    api!(OffsetCommit, 2..=10, wait k08_offset_commit::handle),
    api!(OffsetFetch, 1..=10, wait k09_offset_fetch::handle),
    api!(FindCoordinator, 0..=6, sync k10_find_coordinator::handle),
    api!(JoinGroup, 0..=9, wait k11_join_group::handle),
    api!(Heartbeat, 0..=4, wait k12_heartbeat::handle),
    api!(LeaveGroup, 0..=5, wait k13_leave_group::handle),
    api!(SyncGroup, 0..=5, wait k14_sync_group::handle),
    api!(DescribeGroups, 0..=6, wait k15_describe_groups::handle),
    api!(ListGroups, 0..=5, wait k16_list_groups::handle),
    api!(ApiVersions, 0..=4, raw k18_api_versions::handle),
    api!(CreateTopics, 2..=7, sync k19_create_topics::handle),
    api!(DeleteTopics, 1..=6, wait k20_delete_topics::handle),
    api!(DeleteRecords, 0..=2, sync k21_delete_records::handle),
    api!(InitProducerId, 0..=5, sync k22_init_producer_id::handle),
    api!(OffsetForLeaderEpoch, 2..=4, sync k23_offset_for_leader_epoch::handle),
    api!(DescribeAcls, 1..=3, sync k29_describe_acls::handle),
    api!(CreateAcls, 1..=3, sync k30_create_acls::handle),
    api!(DeleteAcls, 1..=3, sync k31_delete_acls::handle),
    api!(DescribeConfigs, 1..=4, sync k32_describe_configs::handle),
    api!(AlterConfigs, 0..=2, sync k33_alter_configs::handle),
    api!(AlterReplicaLogDirs, 1..=2, sync k34_alter_replica_log_dirs::handle),
    api!(DescribeLogDirs, 1..=5, sync k35_describe_log_dirs::handle),
    api!(CreatePartitions, 0..=3, sync k37_create_partitions::handle),
    api!(DeleteGroups, 0..=2, wait k42_delete_groups::handle),
    api!(ElectLeaders, 0..=2, sync k43_elect_leaders::handle),
    api!(IncrementalAlterConfigs, 0..=1, sync k44_incremental_alter_configs::handle),
    api!(AlterPartitionReassignments, 0..=1, sync k45_alter_partition_reassignments::handle),
    api!(ListPartitionReassignments, 0..=0, sync k46_list_partition_reassignments::handle),
    api!(OffsetDelete, 0..=0, wait k47_offset_delete::handle),
    api!(DescribeQuorum, 0..=2, sync k55_describe_quorum::handle),
    api!(DescribeCluster, 0..=2, sync k60_describe_cluster::handle),
    api!(DescribeProducers, 0..=0, sync k61_describe_producers::handle),
    api!(ListConfigResources, 0..=1, sync k74_list_config_resources::handle),
    api!(DescribeTopicPartitions, 0..=0, sync k75_describe_topic_partitions::handle),
];

/// The row of a key.
#[must_use]
pub(super) fn find(key: ApiKey) -> Option<&'static Api> {
    TABLE.binary_search_by_key(&key.code(), |api| api.key.code()).ok().map(|row| &TABLE[row])
}
