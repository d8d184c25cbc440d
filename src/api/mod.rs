//! One file per API key: a typed request becomes a call on the state that owns the
//! answer, and the answer a typed response.
//!
//! Every handler is a function from a [`Ctx`] and a request to a response; a refusal
//! is a response. Which keys and versions exist is written in [`TABLE`] and nowhere
//! else: ApiVersions, the README and the tests read it.
//!
//! This room and `wire` are the only ones that know protocol versions. It knows
//! nothing of sockets.

mod admin;
mod call;
mod ctx;
mod table;
mod visit;

mod k00_produce;
mod k01_fetch;
mod k02_list_offsets;
mod k03_metadata;
mod k08_offset_commit;
mod k09_offset_fetch;
mod k10_find_coordinator;
mod k11_join_group;
mod k12_heartbeat;
mod k13_leave_group;
mod k14_sync_group;
mod k15_describe_groups;
mod k16_list_groups;
mod k18_api_versions;
mod k19_create_topics;
mod k20_delete_topics;
mod k21_delete_records;
mod k22_init_producer_id;
mod k23_offset_for_leader_epoch;
mod k29_describe_acls;
mod k30_create_acls;
mod k31_delete_acls;
mod k32_describe_configs;
mod k33_alter_configs;
mod k34_alter_replica_log_dirs;
mod k35_describe_log_dirs;
mod k37_create_partitions;
mod k42_delete_groups;
mod k43_elect_leaders;
mod k44_incremental_alter_configs;
mod k45_alter_partition_reassignments;
mod k46_list_partition_reassignments;
mod k47_offset_delete;
mod k55_describe_quorum;
mod k60_describe_cluster;
mod k61_describe_producers;
mod k74_list_config_resources;
mod k75_describe_topic_partitions;

pub use self::call::{AsyncCall, Call, Outcome, SyncCall, open};
pub use self::ctx::{ClientSoftware, ConnectionContext, Ctx};
pub use self::table::{Api, TABLE};
