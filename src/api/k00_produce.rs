//! Produce (0), versions 3 to 13.
//!
//! Behaviour: one batch per partition, checked as Kafka's `LogValidator` and
//! `ProducerStateManager` do, appended, answered when it is in the log. With one replica
//! `acks=1` and `acks=-1` are the same; with `acks=0` there is no answer, and a failure
//! closes the connection.
//! - v3: record batches of magic 2 only, a transactional id.
//! - v7: zstd.
//! - v8 (KIP-467): which records were refused, and a message.
//! - v10 (KIP-951): the new leader's address, never needed: this broker leads everything.
//! - v11 (KIP-890): TRANSACTION_ABORTABLE instead of INVALID_TXN_STATE.
//! - v13 (KIP-516): topic ids instead of names.
//!
//! Differs: null records, which Kafka never answers, are INVALID_RECORD.

use std::borrow::Cow;

use super::call::{self, Outcome};
use super::ctx::Ctx;
use crate::base::{ErrorCode, Now};
use crate::broker::{Partition, Topic, error_code_of};
use crate::cluster::{self, CompressionType};
use crate::record::validate::{self, Refusal, Rules};
use crate::record::{Compression, TimestampType};
use crate::storage::{AppendError, AppendOrigin, Appended};
use crate::wire::messages::ProduceRequest;
use crate::wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use crate::wire::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use crate::wire::{Error, Records, Rope};

const TOPIC_ID_VERSION: i16 = 13;
/// From this version on a client understands TRANSACTION_ABORTABLE.
const TRANSACTION_ABORTABLE_VERSION: i16 = 11;
/// Kafka lets its own admin client write to internal topics (`AdminUtils.ADMIN_CLIENT_ID`).
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// Answers Produce.
pub(super) fn handle(ctx: &Ctx<'_>, rope: &mut Rope) -> Result<Outcome, Error> {
    let request: ProduceRequest<'_> = call::decode(ctx)?;
    let now = ctx.broker().now();
    let acks_known = matches!(request.acks, -1..=1);
    let mut failed = !acks_known;
    let mut responses = Vec::with_capacity(request.topic_data.len());
    for topic in request.topic_data {
        let answer = if acks_known {
            append_all(ctx, &topic, request.transactional_id.is_some(), now)
        } else {
            refuse_all(&topic, ErrorCode::InvalidRequiredAcks)
        };
        failed |= answer.iter().any(|partition| partition.error_code != 0);
        responses.push(TopicProduceResponse {
            name: topic.name,
            topic_id: topic.topic_id,
            partition_responses: answer,
        });
    }
    if request.acks == 0 {
        return Ok(if failed { Outcome::Close } else { Outcome::Silent });
    }
    let response = ProduceResponse { responses, ..ProduceResponse::default() };
    call::respond(ctx, &response, rope)
}

fn append_all(
    ctx: &Ctx<'_>,
    data: &TopicProduceData<'_>,
    names_transaction: bool,
    now: Now,
) -> Vec<PartitionProduceResponse<'static>> {
    let topics = ctx.broker().topics().load();
    let by_id = ctx.version() >= TOPIC_ID_VERSION;
    let topic = if by_id { topics.by_id(data.topic_id) } else { topics.by_name(&data.name) };
    let Some(topic) = topic else {
        let error =
            if by_id { ErrorCode::UnknownTopicId } else { ErrorCode::UnknownTopicOrPartition };
        return refuse_all(data, error);
    };
    if topic.is_internal() && ctx.client_id() != ADMIN_CLIENT_ID {
        return refuse_all(data, ErrorCode::InvalidTopicException);
    }
    let append = |partition| append(ctx, topic, partition, names_transaction, now);
    data.partition_data.iter().map(append).collect()
}

fn append(
    ctx: &Ctx<'_>,
    topic: &Topic,
    data: &PartitionProduceData<'_>,
    names_transaction: bool,
    now: Now,
) -> PartitionProduceResponse<'static> {
    let Some(partition) = topic.partition(data.index) else {
        return refused(data.index, ErrorCode::UnknownTopicOrPartition);
    };
    let bytes: &[u8] = match &data.records {
        Some(Records::Slice(bytes)) => bytes,
        Some(Records::Shared(bytes)) => bytes,
        Some(Records::File(_)) | None => &[],
    };
    match validate::produce(bytes, &rules(topic, partition, ctx.version(), now)) {
        Err(refusal) => refused_for(data.index, refusal),
        Ok(batch) if batch.header.attributes.is_transactional() && !names_transaction => {
            refused(data.index, ErrorCode::TransactionalIdAuthorizationFailed)
        }
        Ok(batch) if batch.header.attributes.is_transactional() => {
            // No transaction can be open: transactional ids are not served.
            let error = if ctx.version() >= TRANSACTION_ABORTABLE_VERSION {
                ErrorCode::TransactionAbortable
            } else {
                ErrorCode::InvalidTxnState
            };
            refused(data.index, error)
        }
        Ok(batch) => match partition.append(&batch, AppendOrigin::Client, now) {
            Ok(appended) => accepted(data.index, &appended),
            Err(AppendError::Refused { code, message }) => PartitionProduceResponse {
                error_message: Some(Cow::Owned(message)),
                ..refused(data.index, code)
            },
            Err(AppendError::Storage(error)) => refused(data.index, error_code_of(&error)),
        },
    }
}

fn rules<'a>(topic: &Topic, partition: &'a Partition, version: i16, now: Now) -> Rules<'a> {
    let config = &topic.config;
    Rules {
        partition: partition.name(),
        produce_version: version,
        max_message_bytes: config.max_message_bytes as usize,
        compacted: config.cleanup_compact,
        compression: match config.compression_type {
            CompressionType::Producer => None,
            CompressionType::Uncompressed => Some(Compression::None),
            CompressionType::Gzip => Some(Compression::Gzip),
            CompressionType::Snappy => Some(Compression::Snappy),
            CompressionType::Lz4 => Some(Compression::Lz4),
            CompressionType::Zstd => Some(Compression::Zstd),
        },
        compression_level: None,
        timestamp_type: match config.message_timestamp_type {
            cluster::TimestampType::CreateTime => TimestampType::CreateTime,
            cluster::TimestampType::LogAppendTime => TimestampType::LogAppendTime,
        },
        timestamp_before_max_ms: config.message_timestamp_before_max_ms,
        timestamp_after_max_ms: config.message_timestamp_after_max_ms,
        now_ms: now.wall_ms,
    }
}

fn accepted(index: i32, appended: &Appended) -> PartitionProduceResponse<'static> {
    PartitionProduceResponse {
        index,
        error_code: ErrorCode::None.code(),
        base_offset: appended.base_offset.0,
        log_append_time_ms: appended.log_append_time_ms,
        log_start_offset: appended.log_start.0,
        ..PartitionProduceResponse::default()
    }
}

fn refused(index: i32, error: ErrorCode) -> PartitionProduceResponse<'static> {
    PartitionProduceResponse {
        index,
        error_code: error.code(),
        base_offset: -1,
        ..PartitionProduceResponse::default()
    }
}

fn refused_for(index: i32, refusal: Refusal) -> PartitionProduceResponse<'static> {
    let record_errors = refusal.record_errors.into_iter().map(|error| BatchIndexAndErrorMessage {
        batch_index: error.batch_index,
        batch_index_error_message: Some(Cow::Owned(error.message)),
    });
    PartitionProduceResponse {
        record_errors: record_errors.collect(),
        error_message: Some(Cow::Owned(refusal.message)),
        ..refused(index, refusal.code)
    }
}

fn refuse_all(
    data: &TopicProduceData<'_>,
    error: ErrorCode,
) -> Vec<PartitionProduceResponse<'static>> {
    data.partition_data.iter().map(|partition| refused(partition.index, error)).collect()
}
