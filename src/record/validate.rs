//! What Kafka checks of the records in a produce request, and what it changes in them
//! (`ProduceRequest.validateRecords`, `UnifiedLog.analyzeAndValidateRecords`, `LogValidator`).
//!
//! One batch in, one batch out: the client's bytes under a head that is ready to be stamped with
//! offset and leader epoch, or bytes written anew where the topic asks for another codec or the
//! offsets inside are not consecutive. Every record is looked at, as Kafka does, but only its
//! lengths, its timestamp and whether it has a key; nothing is copied.
//!
//! Where we differ from Apache Kafka: offsets that are not consecutive are put right in
//! uncompressed batches (Kafka stores those as they came); the length of a compressed record must
//! fit its fields (Kafka does not look, and consumers fail on it later); at most
//! [`RECORD_ERRORS_MAX`] rejected records are named; a block that grows beyond 1 GiB is refused;
//! every refusal has a message.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::walk::{Facts, walk};
use super::{Batch, BatchBuilder, BatchHeader, Batches, Compression, Error, TimestampType, lz4};
use crate::base::{ErrorCode, TopicPartition};

/// A refusal names at most this many records.
pub const RECORD_ERRORS_MAX: usize = 1000;

/// When a batch has to be written anew, its records may take this many bytes, or 16 times the
/// topic's `max.message.bytes` where that is more.
const REWRITE_BYTES_MAX: usize = 64 << 20;

/// The message quotes this many rejected records, as Kafka's does.
const RECORD_ERRORS_QUOTED: usize = 3;

/// What the topic and the request ask of a batch.
#[derive(Debug, Clone)]
pub struct Rules<'a> {
    /// Where the records go, for messages.
    pub partition: &'a TopicPartition,
    /// Version of the produce request; Zstandard needs 7.
    pub produce_version: i16,
    /// `max.message.bytes`: largest batch, after compression.
    pub max_message_bytes: usize,
    /// Whether `cleanup.policy` contains `compact`: records need a key.
    pub compacted: bool,
    /// `compression.type`; `None` keeps the producer's.
    pub compression: Option<Compression>,
    /// `compression.<codec>.level`; `None` is the codec's default.
    pub compression_level: Option<i32>,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// Milliseconds since 1970.
    pub now_ms: i64,
}

/// A batch that may be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated<'a> {
    /// Its header. Only base offset and leader epoch are still to be set, by
    /// [`BatchHeader::head_with`]; the checksum is right.
    pub header: BatchHeader,
    /// The bytes after the header: the client's own, or written anew.
    pub payload: Cow<'a, [u8]>,
    /// Offset of the first record with the largest timestamp, relative to the base offset.
    pub max_timestamp_offset_delta: i32,
    /// The broker's time, where the topic stamps it.
    pub log_append_time_ms: Option<i64>,
}

/// Why nothing of a batch was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code for the client.
    pub code: ErrorCode,
    /// The reason, for people.
    pub message: String,
    /// The records at fault, where it is some and not the batch.
    pub record_errors: Vec<RecordError>,
}

/// Why one record was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    /// The record's position in the batch, from 0.
    pub batch_index: i32,
    /// The reason.
    pub message: String,
}

impl Refusal {
    fn new(code: ErrorCode, message: String) -> Self {
        Refusal { code, message, record_errors: Vec::new() }
    }
}

/// Checks what a client sent for one partition.
///
/// # Errors
/// A [`Refusal`]; nothing may be appended then.
pub fn produce<'a>(bytes: &'a [u8], rules: &Rules<'_>) -> Result<Validated<'a>, Refusal> {
    let batch = only_batch(bytes, rules)?;
    check_batch(&batch, rules)?;
    check_header(&batch.header, rules)?;
    let codec = batch.header.attributes.compression().map_err(|error| refuse(&error, rules))?;
    if codec == Compression::Lz4 && lz4::has_linked_blocks(batch.payload()) {
        return Err(Refusal::new(
            ErrorCode::UnknownServerError,
            "LZ4 frames with linked blocks cannot be read by Kafka's Java clients; \
             make the blocks independent"
                .to_owned(),
        ));
    }
    let mut survey = Survey::new(rules, &batch.header);
    walk(&batch, |record| {
        survey.visit(record);
        ControlFlow::Continue(())
    })
    .map_err(|error| refuse(&error, rules))?;
    survey.verdict()?;
    let same_codec = rules.compression.is_none_or(|target| target == codec);
    if same_codec && survey.consecutive {
        Ok(in_place(&batch, &survey, rules))
    } else if same_codec && codec != Compression::None {
        // LogValidator sets out to write the batch anew, having skipped the keys it would need.
        Err(Refusal::new(
            ErrorCode::UnknownServerError,
            format!(
                "Offsets inside a compressed batch are not consecutive in topic partition {}",
                rules.partition
            ),
        ))
    } else {
        write_anew(&batch, rules.compression.unwrap_or(codec), &survey, rules)
    }
}

/// `ProduceRequest.validateRecords`: exactly one batch, of format 2. Bytes after it that are no
/// whole batch are dropped, as Kafka does.
fn only_batch<'a>(bytes: &'a [u8], rules: &Rules<'_>) -> Result<Batch<'a>, Refusal> {
    let version = rules.produce_version;
    let mut batches = Batches::new(bytes);
    let batch = match batches.next() {
        Some(Ok(batch)) => batch,
        Some(Err(Error::Magic(magic @ 0..=1))) => {
            return Err(Refusal::new(
                ErrorCode::InvalidRecord,
                format!(
                    "Produce requests with version {version} are only allowed to contain record \
                     batches with magic version 2, not {magic}"
                ),
            ));
        }
        Some(Err(error)) => return Err(Refusal::new(ErrorCode::CorruptMessage, error.to_string())),
        None => {
            return Err(Refusal::new(
                ErrorCode::InvalidRecord,
                format!(
                    "Produce requests with version {version} must have at least one record batch \
                     per partition"
                ),
            ));
        }
    };
    if version < 7 && batch.header.attributes.compression() == Ok(Compression::Zstd) {
        return Err(Refusal::new(
            ErrorCode::UnsupportedCompressionType,
            format!(
                "Produce requests with version {version} are not allowed to use ZStandard compression"
            ),
        ));
    }
    match batches.next() {
        None => Ok(batch),
        Some(Ok(_)) => Err(Refusal::new(
            ErrorCode::InvalidRecord,
            format!(
                "Produce requests with version {version} are only allowed to contain exactly one \
                 record batch per partition"
            ),
        )),
        Some(Err(error)) => Err(Refusal::new(ErrorCode::CorruptMessage, error.to_string())),
    }
}

/// `UnifiedLog.analyzeAndValidateRecords`: offset, size, checksum.
fn check_batch(batch: &Batch<'_>, rules: &Rules<'_>) -> Result<(), Refusal> {
    let partition = rules.partition;
    let base_offset = batch.header.base_offset.0;
    if base_offset != 0 {
        return Err(Refusal::new(
            ErrorCode::InvalidRecord,
            format!(
                "The baseOffset of the record batch in the append to {partition} should be 0, \
                 but it is {base_offset}"
            ),
        ));
    }
    check_size(batch.bytes.len(), rules)?;
    batch.verify_crc().map_err(|error| {
        Refusal::new(
            ErrorCode::CorruptMessage,
            format!("Record is corrupt in topic partition {partition}: {error}"),
        )
    })
}

fn check_size(size_bytes: usize, rules: &Rules<'_>) -> Result<(), Refusal> {
    let max = rules.max_message_bytes;
    if size_bytes <= max {
        return Ok(());
    }
    let partition = rules.partition;
    Err(Refusal::new(
        ErrorCode::MessageTooLarge,
        format!(
            "The record batch size in the append to {partition} is {size_bytes} bytes which \
             exceeds the maximum configured value of {max}."
        ),
    ))
}

/// `LogValidator.validateBatch`: what the header says of itself.
fn check_header(header: &BatchHeader, rules: &Rules<'_>) -> Result<(), Refusal> {
    let partition = rules.partition;
    let (delta, count) = (header.last_offset_delta, header.record_count);
    let fault = if delta < 0 {
        format!("Batch has an invalid offset range: [0, {delta}] in topic partition {partition}")
    } else if count <= 0 {
        format!("Invalid reported count for record batch: {count} in topic partition {partition}")
    } else if i64::from(delta) + 1 != i64::from(count) {
        format!(
            "Inconsistent batch offset range [0, {delta}] and count of records {count} in topic \
             partition {partition}"
        )
    } else if header.attributes.is_control() {
        format!("Clients are not allowed to write control records in topic partition {partition}")
    } else if header.has_producer_id() && header.base_sequence < 0 {
        format!(
            "Invalid sequence number {} in record batch with producerId {} in topic partition {partition}",
            header.base_sequence, header.producer_id
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(ErrorCode::InvalidRecord, fault))
}

/// A damaged batch as Kafka answers it: `InvalidRecordException` or, where a decoder fails, what
/// becomes of a `KafkaException`.
fn refuse(error: &Error, rules: &Rules<'_>) -> Refusal {
    let code = match error {
        Error::Record(_) => ErrorCode::InvalidRecord,
        Error::TooLarge { .. } => ErrorCode::MessageTooLarge,
        _ => ErrorCode::UnknownServerError,
    };
    Refusal::new(code, format!("{error} in topic partition {}", rules.partition))
}

/// What the records of a batch have in common, and what is wrong with them.
struct Survey<'a> {
    rules: &'a Rules<'a>,
    timestamp_min: i64,
    timestamp_max: i64,
    checks_timestamps: bool,
    stamped_by_client: bool,
    index: i32,
    max_timestamp: i64,
    max_timestamp_offset_delta: i32,
    consecutive: bool,
    faulty: u64,
    bad_timestamps: bool,
    errors: Vec<RecordError>,
}

impl<'a> Survey<'a> {
    fn new(rules: &'a Rules<'a>, header: &BatchHeader) -> Self {
        Survey {
            rules,
            timestamp_min: rules.now_ms.saturating_sub(rules.timestamp_before_max_ms),
            timestamp_max: rules.now_ms.saturating_add(rules.timestamp_after_max_ms),
            checks_timestamps: rules.timestamp_type == TimestampType::CreateTime,
            stamped_by_client: header.attributes.timestamp_type() == TimestampType::LogAppendTime,
            index: 0,
            max_timestamp: -1,
            max_timestamp_offset_delta: -1,
            consecutive: true,
            faulty: 0,
            bad_timestamps: false,
            errors: Vec::new(),
        }
    }

    #[inline]
    fn visit(&mut self, record: Facts) {
        let timed = self.checks_timestamps && record.timestamp != -1;
        let in_range =
            self.timestamp_min <= record.timestamp && record.timestamp <= self.timestamp_max;
        let sound = if timed { in_range } else { !self.stamped_by_client };
        if !sound || (self.rules.compacted && !record.has_key) {
            self.reject(record, timed);
        }
        self.consecutive &= record.offset_delta == self.index;
        if record.timestamp > self.max_timestamp {
            self.max_timestamp = record.timestamp;
            self.max_timestamp_offset_delta = self.index;
        }
        self.index = self.index.wrapping_add(1);
    }

    #[cold]
    fn reject(&mut self, record: Facts, timed: bool) {
        self.faulty += 1;
        let keyless = self.rules.compacted && !record.has_key;
        self.bad_timestamps |= !keyless;
        if self.errors.len() == RECORD_ERRORS_MAX {
            return;
        }
        let message = if keyless {
            format!(
                "Compacted topic cannot accept message without key in topic partition {}",
                self.rules.partition
            )
        } else if timed {
            format!(
                "Timestamp {} of message with offset {} is out of range. The timestamp should be \
                 within [{}, {}]",
                record.timestamp, record.offset_delta, self.timestamp_min, self.timestamp_max
            )
        } else {
            format!(
                "Invalid timestamp type in message with offset {}. Producer should not set \
                 timestamp type to LogAppendTime.",
                record.offset_delta
            )
        };
        self.errors.push(RecordError { batch_index: self.index, message });
    }

    /// `LogValidator.processRecordErrors`.
    fn verdict(&mut self) -> Result<(), Refusal> {
        if self.faulty == 0 {
            return Ok(());
        }
        let record_errors = std::mem::take(&mut self.errors);
        if self.bad_timestamps {
            let message = "One or more records have been rejected due to invalid timestamp";
            let code = ErrorCode::InvalidTimestamp;
            return Err(Refusal { code, message: message.to_owned(), record_errors });
        }
        let quoted = record_errors
            .iter()
            .take(RECORD_ERRORS_QUOTED)
            .map(|error| {
                format!(
                    "RecordError(batchIndex={}, message='{}')",
                    error.batch_index, error.message
                )
            })
            .collect::<Vec<_>>()
            .join(", ");
        let message = format!(
            "One or more records have been rejected due to {} record errors in total, and only \
             showing the first three errors at most: [{quoted}]",
            self.faulty
        );
        Err(Refusal { code: ErrorCode::InvalidRecord, message, record_errors })
    }
}

/// The client's bytes under a head whose max timestamp and clock are the broker's word.
fn in_place<'a>(batch: &Batch<'a>, survey: &Survey<'_>, rules: &Rules<'_>) -> Validated<'a> {
    let payload = batch.payload();
    let stamped = rules.timestamp_type == TimestampType::LogAppendTime;
    let max_timestamp = if stamped { rules.now_ms } else { survey.max_timestamp };
    let mut header = batch.header;
    header.attributes = header.attributes.with_timestamp_type(rules.timestamp_type);
    header.max_timestamp = max_timestamp;
    if header != batch.header {
        header.crc = header.crc_with(payload);
    }
    Validated {
        header,
        payload: Cow::Borrowed(payload),
        max_timestamp_offset_delta: if stamped { 0 } else { survey.max_timestamp_offset_delta },
        log_append_time_ms: stamped.then_some(rules.now_ms),
    }
}

/// The same records with consecutive offsets under `codec`.
fn write_anew(
    batch: &Batch<'_>,
    codec: Compression,
    survey: &Survey<'_>,
    rules: &Rules<'_>,
) -> Result<Validated<'static>, Refusal> {
    let limit = REWRITE_BYTES_MAX.max(rules.max_message_bytes.saturating_mul(16));
    let records = batch.records(limit).map_err(|error| refuse(&error, rules))?;
    let header = &batch.header;
    let stamped = rules.timestamp_type == TimestampType::LogAppendTime;
    let mut builder = BatchBuilder::new()
        .compression(codec, rules.compression_level)
        .producer(header.producer_id, header.producer_epoch, header.base_sequence)
        .transactional(header.attributes.is_transactional());
    if stamped {
        builder = builder.log_append_time(rules.now_ms);
    }
    for record in &records {
        builder.append_record(&record.map_err(|error| refuse(&error, rules))?);
    }
    let (header, payload) = builder.build_parts().map_err(|error| refuse(&error, rules))?;
    check_size(header.size_bytes(), rules)?;
    Ok(Validated {
        header,
        payload: Cow::Owned(payload),
        max_timestamp_offset_delta: if stamped { 0 } else { survey.max_timestamp_offset_delta },
        log_append_time_ms: stamped.then_some(rules.now_ms),
    })
}
