use std::borrow::Cow;

use super::CODECS;
use super::records::{linked_lz4, rewrap};
use crate::base::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TopicPartition};
use crate::record::validate::{Refusal, Rules, Validated, produce};
use crate::record::*;

const NOW_MS: i64 = 1_700_000_000_000;

fn partition() -> TopicPartition {
    TopicPartition::new("clicks", 3)
}

fn rules(partition: &TopicPartition) -> Rules<'_> {
    Rules {
        partition,
        produce_version: 13,
        max_message_bytes: 1_048_588,
        compacted: false,
        compression: None,
        compression_level: None,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: 3_600_000,
        now_ms: NOW_MS,
    }
}

fn three(codec: Compression) -> Vec<u8> {
    let mut builder = BatchBuilder::new().compression(codec, None);
    for (delta, key) in [(1, "a"), (9, "b"), (4, "c")] {
        builder.append(NOW_MS + delta, Some(key.as_bytes()), Some(b"value"), &[]);
    }
    builder.build().unwrap()
}

/// Writes `header` over the batch's own and puts the checksum right.
fn with_header(batch: &[u8], change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let mut header = BatchHeader::parse(batch).unwrap();
    change(&mut header);
    header.crc = header.crc_with(&batch[HEADER_BYTES..]);
    [&header.encode()[..], &batch[HEADER_BYTES..]].concat()
}

fn refused(bytes: &[u8], change: impl FnOnce(&mut Rules<'_>)) -> Refusal {
    let partition = partition();
    let mut rules = rules(&partition);
    change(&mut rules);
    produce(bytes, &rules).unwrap_err()
}

fn stored(validated: &Validated<'_>) -> Vec<u8> {
    let head = validated.header.head_with(Offset(50), LeaderEpoch(2));
    [&head[..], &validated.payload].concat()
}

#[test]
fn a_sound_batch_is_taken_byte_for_byte() {
    let partition = partition();
    for codec in CODECS {
        let bytes = three(codec);
        let validated = produce(&bytes, &rules(&partition)).unwrap();
        assert!(matches!(validated.payload, Cow::Borrowed(_)));
        assert_eq!(validated.header.encode(), bytes[..HEADER_BYTES]);
        assert_eq!(validated.header.max_timestamp, NOW_MS + 9);
        assert_eq!(validated.max_timestamp_offset_delta, 1);
        assert_eq!(validated.log_append_time_ms, None);
        Batch::parse(&stored(&validated)).unwrap().verify_crc().unwrap();
    }
}

#[test]
fn no_batch_two_batches_and_old_formats_are_invalid_records() {
    let one = three(Compression::None);
    let mut old = one.clone();
    old[16] = 1;
    for bytes in [&[][..], &one[..20], &[&one[..], &one[..]].concat(), &old] {
        assert_eq!(refused(bytes, |_| {}).code, ErrorCode::InvalidRecord);
    }
    let mut unknown = one.clone();
    unknown[16] = 7;
    assert_eq!(refused(&unknown, |_| {}).code, ErrorCode::CorruptMessage);
}

#[test]
fn bytes_after_the_batch_that_are_no_batch_are_dropped() {
    let bytes = [three(Compression::None), vec![0; 11]].concat();
    let partition = partition();
    let validated = produce(&bytes, &rules(&partition)).unwrap();
    assert_eq!(stored(&validated).len(), bytes.len() - 11);
}

#[test]
fn zstd_needs_produce_version_7() {
    let refusal = refused(&three(Compression::Zstd), |rules| rules.produce_version = 6);
    assert_eq!(refusal.code, ErrorCode::UnsupportedCompressionType);
}

#[test]
fn batch_checks_have_kafkas_codes() {
    let one = three(Compression::None);
    let code = |bytes: &[u8]| refused(bytes, |_| {}).code;
    assert_eq!(code(&with_header(&one, |h| h.base_offset = Offset(1))), ErrorCode::InvalidRecord);
    let mut corrupt = one.clone();
    *corrupt.last_mut().unwrap() ^= 1;
    assert_eq!(code(&corrupt), ErrorCode::CorruptMessage);
    assert_eq!(
        refused(&one, |rules| rules.max_message_bytes = one.len() - 1).code,
        ErrorCode::MessageTooLarge
    );
    assert_eq!(code(&with_header(&one, |h| h.last_offset_delta = -1)), ErrorCode::InvalidRecord);
    assert_eq!(code(&with_header(&one, |h| h.last_offset_delta = 3)), ErrorCode::InvalidRecord);
    assert_eq!(code(&with_header(&one, |h| h.record_count = 0)), ErrorCode::InvalidRecord);
    assert_eq!(
        code(&with_header(&one, |h| h.attributes = h.attributes.with_control(true))),
        ErrorCode::InvalidRecord
    );
    assert_eq!(
        code(&with_header(&one, |h| h.producer_id = ProducerId(5))),
        ErrorCode::InvalidRecord
    );
    assert_eq!(
        code(&with_header(&one, |h| h.attributes = Attributes(5))),
        ErrorCode::UnknownServerError
    );
}

#[test]
fn a_record_count_that_does_not_match_the_records_is_an_invalid_record() {
    for codec in CODECS {
        for count in [1, 2, 4, i32::MAX] {
            let bytes = with_header(&three(codec), |header| {
                header.record_count = count;
                header.last_offset_delta = count - 1;
            });
            assert_eq!(refused(&bytes, |_| {}).code, ErrorCode::InvalidRecord, "{codec} {count}");
        }
    }
}

#[test]
fn linked_lz4_blocks_are_an_unknown_server_error() {
    let mut builder = BatchBuilder::new();
    builder.append(NOW_MS, None, Some(&[7; 200_000]), &[]);
    let (header, payload) = builder.build_parts().unwrap();
    let bytes = rewrap(&header, Compression::Lz4, &linked_lz4(&payload));
    assert_eq!(refused(&bytes, |_| {}).code, ErrorCode::UnknownServerError);
}

#[test]
fn compacted_topics_refuse_null_keys_and_take_empty_ones() {
    let partition = partition();
    for codec in CODECS {
        let mut builder = BatchBuilder::new().compression(codec, None);
        builder.append(NOW_MS, Some(b""), None, &[]);
        builder.append(NOW_MS, None, None, &[]);
        let bytes = builder.build().unwrap();
        let refusal = refused(&bytes, |rules| rules.compacted = true);
        assert_eq!(refusal.code, ErrorCode::InvalidRecord);
        assert_eq!(refusal.record_errors.len(), 1);
        assert_eq!(refusal.record_errors[0].batch_index, 1);
        assert_eq!(
            refusal.message,
            "One or more records have been rejected due to 1 record errors in total, and only \
             showing the first three errors at most: [RecordError(batchIndex=1, message='Compacted \
             topic cannot accept message without key in topic partition clicks-3')]"
        );
        let rules = Rules { compacted: true, ..rules(&partition) };
        produce(&three(codec), &rules).unwrap();
    }
}

#[test]
fn timestamps_out_of_bounds_are_refused_one_by_one_and_missing_ones_are_fine() {
    let mut builder = BatchBuilder::new();
    for timestamp in [-1, NOW_MS - 1_000, NOW_MS - 1_001, NOW_MS + 500, NOW_MS + 501] {
        builder.append(timestamp, None, None, &[]);
    }
    let refusal = refused(&builder.build().unwrap(), |rules| {
        rules.timestamp_before_max_ms = 1_000;
        rules.timestamp_after_max_ms = 500;
    });
    assert_eq!(refusal.code, ErrorCode::InvalidTimestamp);
    let at: Vec<_> = refusal.record_errors.iter().map(|error| error.batch_index).collect();
    assert_eq!(at, [2, 4]);
}

#[test]
fn log_append_time_rewrites_the_head_only() {
    let partition = partition();
    let rules = Rules { timestamp_type: TimestampType::LogAppendTime, ..rules(&partition) };
    for codec in CODECS {
        let bytes = three(codec);
        let validated = produce(&bytes, &rules).unwrap();
        assert!(matches!(validated.payload, Cow::Borrowed(_)));
        assert_eq!(validated.log_append_time_ms, Some(NOW_MS));
        assert_eq!(validated.header.max_timestamp, NOW_MS);
        let stored = stored(&validated);
        let batch = Batch::parse(&stored).unwrap();
        batch.verify_crc().unwrap();
        let records = batch.records(1 << 20).unwrap();
        assert!(records.iter().all(|record| record.unwrap().timestamp == NOW_MS));
    }
    let stamped = with_header(&three(Compression::None), |header| {
        header.attributes = header.attributes.with_timestamp_type(TimestampType::LogAppendTime);
    });
    assert_eq!(produce(&stamped, &rules).unwrap_err().code, ErrorCode::InvalidTimestamp);
}

#[test]
fn a_wrong_max_timestamp_in_the_head_is_put_right() {
    let partition = partition();
    let bytes = with_header(&three(Compression::Gzip), |header| header.max_timestamp = 1);
    let validated = produce(&bytes, &rules(&partition)).unwrap();
    assert_eq!(validated.header.max_timestamp, NOW_MS + 9);
    Batch::parse(&stored(&validated)).unwrap().verify_crc().unwrap();
}

#[test]
fn another_compression_type_writes_the_batch_anew() {
    let partition = partition();
    for from in CODECS {
        for to in CODECS {
            let bytes = with_header(&three(from), |header| {
                header.producer_id = ProducerId(77);
                header.producer_epoch = ProducerEpoch(1);
                header.base_sequence = 5;
            });
            let rules = Rules { compression: Some(to), ..rules(&partition) };
            let validated = produce(&bytes, &rules).unwrap();
            assert_eq!(validated.header.attributes.compression(), Ok(to));
            assert_eq!(matches!(validated.payload, Cow::Borrowed(_)), from == to);
            assert_eq!(validated.header.base_sequence, 5);
            let stored = stored(&validated);
            let batch = Batch::parse(&stored).unwrap();
            batch.verify_crc().unwrap();
            let records = batch.records(1 << 20).unwrap();
            let keys: Vec<_> = records.iter().map(|r| r.unwrap().key.unwrap()[0]).collect();
            assert_eq!(keys, b"abc");
            assert_eq!(batch.header.max_timestamp, NOW_MS + 9);
        }
    }
}

#[test]
fn offsets_that_are_not_consecutive_are_put_right_where_the_batch_is_not_kept_compressed() {
    let one = three(Compression::None);
    let (header, mut payload) = (BatchHeader::parse(&one).unwrap(), one[HEADER_BYTES..].to_vec());
    // The first record's offset delta follows its length, attributes and timestamp delta.
    assert_eq!(payload[3], 0);
    payload[3] = 4;
    let partition = partition();
    for codec in CODECS {
        let bytes = rewrap(&header, codec, &codec.compress(None, &payload).unwrap());
        if codec != Compression::None {
            assert_eq!(refused(&bytes, |_| {}).code, ErrorCode::UnknownServerError);
        }
        let rules = Rules { compression: Some(Compression::None), ..rules(&partition) };
        let validated = produce(&bytes, &rules).unwrap();
        let stored = stored(&validated);
        let records = Batch::parse(&stored).unwrap().records(1 << 20).unwrap();
        let offsets: Vec<_> = records.iter().map(|record| record.unwrap().offset.0).collect();
        assert_eq!(offsets, [50, 51, 52]);
    }
}

#[test]
fn a_batch_that_grows_when_written_anew_is_measured_again() {
    let mut builder = BatchBuilder::new().compression(Compression::Zstd, None);
    builder.append(NOW_MS, None, Some(&[1; 5_000]), &[]);
    let refusal = refused(&builder.build().unwrap(), |rules| {
        rules.max_message_bytes = 1_000;
        rules.compression = Some(Compression::None);
    });
    assert_eq!(refusal.code, ErrorCode::MessageTooLarge);
}
