//! DeleteRecords (21), versions 0 to 2.
//!
//! Behaviour: makes a partition begin at an offset; -1 is its end. Answers with where it
//! begins now; a refused partition has the low watermark -1.
//! - INVALID_TOPIC_EXCEPTION for Kafka's own topics, POLICY_VIOLATION where `cleanup.policy`
//!   does not contain `delete`, OFFSET_OUT_OF_RANGE beyond the end.
//!
//! Where we differ from Apache Kafka: nowhere that we know of.

use super::ctx::Ctx;
use crate::base::{ErrorCode, Offset};
use crate::broker::{Topic, error_code_of};
use crate::storage::AppendError;
use crate::wire::messages::DeleteRecordsRequest;
use crate::wire::messages::delete_records_request::DeleteRecordsPartition;
use crate::wire::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsResponse, DeleteRecordsTopicResult,
};

/// The low watermark where there is none.
const INVALID_LOW_WATERMARK: i64 = -1;

/// Answers DeleteRecords.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: DeleteRecordsRequest<'a>,
) -> DeleteRecordsResponse<'a> {
    let topics = ctx.broker().topics().load();
    let results = request.topics.into_iter().map(|wanted| {
        let topic = topics.by_name(&wanted.name).map(|topic| &**topic);
        let partitions = wanted.partitions.iter().map(|partition| {
            let (low_watermark, error) = match delete(ctx, topic, partition) {
                Ok(low_watermark) => (low_watermark.0, ErrorCode::None),
                Err(error) => (INVALID_LOW_WATERMARK, error),
            };
            DeleteRecordsPartitionResult {
                partition_index: partition.partition_index,
                low_watermark,
                error_code: error.code(),
            }
        });
        DeleteRecordsTopicResult { partitions: partitions.collect(), name: wanted.name }
    });
    DeleteRecordsResponse { topics: results.collect(), ..DeleteRecordsResponse::default() }
}

fn delete(
    ctx: &Ctx<'_>,
    topic: Option<&Topic>,
    wanted: &DeleteRecordsPartition,
) -> Result<Offset, ErrorCode> {
    let topic = topic.ok_or(ErrorCode::UnknownTopicOrPartition)?;
    if topic.is_internal() {
        return Err(ErrorCode::InvalidTopicException);
    }
    let partition =
        topic.partition(wanted.partition_index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let before = Offset(wanted.offset);
    let deleted = partition
        .with(ctx.broker().now(), |replica| replica.delete_records_before(before))
        .map_err(|error| error_code_of(&error))?;
    deleted.map_err(|error| match error {
        AppendError::Refused { code, .. } => code,
        AppendError::Storage(error) => error_code_of(&error),
    })
}
