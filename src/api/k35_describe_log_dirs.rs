//! DescribeLogDirs (35), versions 1 to 5.
//!
//! Behaviour: how much of the data directory each partition takes; null asks for all topics.
//! - v3: an error for the whole answer. v4 (KIP-827): size and free space of the disk.
//! - v5 (KIP-1066): whether the directory is cordoned, which it never is.
//!
//! Where we differ from Apache Kafka: there is one directory.

use std::borrow::Cow;
use std::sync::Arc;

use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::{Partition, Topic, error_code_of};
use crate::wire::messages::DescribeLogDirsRequest;
use crate::wire::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResponse, DescribeLogDirsResult, DescribeLogDirsTopic,
};

/// Answers DescribeLogDirs.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: DescribeLogDirsRequest<'a>,
) -> DescribeLogDirsResponse<'a> {
    let broker = ctx.broker();
    let known = broker.topics().load();
    let topics: Result<Vec<_>, ErrorCode> = match request.topics {
        None => known.iter().map(|topic| describe(ctx, topic, None)).collect(),
        Some(wanted) => wanted
            .iter()
            .filter_map(|wanted| Some((known.by_name(&wanted.topic)?, &wanted.partitions)))
            .map(|(topic, partitions)| describe(ctx, topic, Some(partitions)))
            .collect(),
    };
    let (error, topics) = match topics {
        Ok(topics) => (ErrorCode::None, topics),
        Err(error) => (error, Vec::new()),
    };
    let directory = broker.directory();
    let space = directory.space();
    let result = DescribeLogDirsResult {
        error_code: error.code(),
        log_dir: Cow::Owned(directory.path().display().to_string()),
        topics,
        total_bytes: space.map_or(-1, |space| space.total_bytes),
        usable_bytes: space.map_or(-1, |space| space.usable_bytes),
        is_cordoned: false,
    };
    DescribeLogDirsResponse { results: vec![result], ..DescribeLogDirsResponse::default() }
}

fn describe(
    ctx: &Ctx<'_>,
    topic: &Topic,
    wanted: Option<&Vec<i32>>,
) -> Result<DescribeLogDirsTopic<'static>, ErrorCode> {
    let is_wanted = |partition: &&Arc<Partition>| {
        wanted.is_none_or(|wanted| wanted.contains(&partition.name().partition.0))
    };
    let now = ctx.broker().now();
    let size = |partition: &Arc<Partition>| {
        let bytes = partition.with(now, |replica| replica.size_bytes());
        let bytes = bytes.map_err(|error| error_code_of(&error))?;
        Ok(DescribeLogDirsPartition {
            partition_index: partition.name().partition.0,
            partition_size: i64::try_from(bytes).unwrap_or(i64::MAX),
            offset_lag: 0,
            is_future_key: false,
        })
    };
    let partitions: Result<Vec<_>, ErrorCode> =
        topic.partitions.iter().filter(is_wanted).map(size).collect();
    Ok(DescribeLogDirsTopic {
        name: Cow::Owned(topic.name.as_str().to_owned()),
        partitions: partitions?,
    })
}
