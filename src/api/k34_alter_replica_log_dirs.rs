//! AlterReplicaLogDirs (34), versions 1 and 2.
//!
//! Behaviour: moves partitions between the directories of one broker. There is one here: to
//! move a partition into it is done already, any other is LOG_DIR_NOT_FOUND.
//!
//! Where we differ from Apache Kafka: nowhere that we know of.

use std::collections::BTreeMap;
use std::path::Path;

use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::wire::messages::AlterReplicaLogDirsRequest;
use crate::wire::messages::alter_replica_log_dirs_response::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult, AlterReplicaLogDirsResponse,
};

/// Answers AlterReplicaLogDirs.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: AlterReplicaLogDirsRequest<'a>,
) -> AlterReplicaLogDirsResponse<'a> {
    let topics = ctx.broker().topics().load();
    let mut results: BTreeMap<_, Vec<AlterReplicaLogDirPartitionResult>> = BTreeMap::new();
    for directory in request.dirs {
        let is_ours = Path::new(&*directory.path) == ctx.broker().directory().path();
        for wanted in directory.topics {
            let topic = topics.by_name(&wanted.name);
            let of_topic = results.entry(wanted.name).or_default();
            for partition_index in wanted.partitions {
                let is_known =
                    topic.is_some_and(|topic| topic.partition(partition_index).is_some());
                let error = match (is_ours, is_known) {
                    (false, _) => ErrorCode::LogDirNotFound,
                    (true, false) => ErrorCode::UnknownTopicOrPartition,
                    (true, true) => ErrorCode::None,
                };
                let error_code = error.code();
                of_topic.push(AlterReplicaLogDirPartitionResult { partition_index, error_code });
            }
        }
    }
    let results = results
        .into_iter()
        .map(|(topic_name, partitions)| AlterReplicaLogDirTopicResult { topic_name, partitions });
    AlterReplicaLogDirsResponse { results: results.collect(), ..Default::default() }
}
