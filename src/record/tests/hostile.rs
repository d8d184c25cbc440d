use super::records::rewrap;
use crate::base::{ErrorCode, Offset, TopicPartition};
use crate::record::validate::{RECORD_ERRORS_MAX, Rules, produce};
use crate::record::*;

fn check(bytes: &[u8]) -> ErrorCode {
    let partition = TopicPartition::new("t", 0);
    let rules = Rules {
        partition: &partition,
        produce_version: 13,
        max_message_bytes: 1_048_588,
        compacted: true,
        compression: None,
        compression_level: None,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: i64::MAX,
        now_ms: 0,
    };
    match produce(bytes, &rules) {
        Ok(_) => ErrorCode::None,
        Err(refusal) => {
            assert!(refusal.record_errors.len() <= RECORD_ERRORS_MAX);
            refusal.code
        }
    }
}

/// A batch that says it holds one record, around any payload.
fn around(codec: Compression, count: i32, payload: &[u8]) -> Vec<u8> {
    let (mut header, _) = BatchBuilder::new().build_parts().unwrap();
    header.record_count = count;
    header.last_offset_delta = count - 1;
    rewrap(&header, codec, payload)
}

#[test]
fn decompression_bombs_stop_at_the_limit() {
    let zeroes = vec![0; 64 << 20];
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let bomb = around(codec, 1, &codec.compress(None, &zeroes).unwrap());
        let batch = Batch::parse(&bomb).unwrap();
        assert_eq!(batch.records(1 << 20).unwrap_err(), Error::TooLarge { limit: 1 << 20 });
    }
}

#[test]
fn snappy_blocks_that_declare_gigabytes_are_refused_before_memory_is_set_aside() {
    let four_gib = [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0];
    let framed = [&b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\0\0\0\x08"[..], &four_gib].concat();
    for payload in [&four_gib[..], &framed] {
        let batch = around(Compression::Snappy, 1, payload);
        assert_eq!(check(&batch), ErrorCode::UnknownServerError);
    }
}

#[test]
fn counts_and_lengths_without_bytes_behind_them_are_invalid_records() {
    // length, attributes, timestamp delta, offset delta, key, value, header count
    let most = [0xfe, 0xff, 0xff, 0xff, 0x0f];
    let record = |tail: &[u8]| {
        let mut payload = vec![0x40, 0, 0, 0];
        payload.extend_from_slice(tail);
        payload
    };
    let headers_max = record(&[&[1, 1][..], &most].concat());
    let key_max = record(&most);
    let value_max = record(&[&[1][..], &most].concat());
    let negative_headers = record(&[1, 1, 1]);
    let endless_varint = vec![0xff; 40];
    for payload in [headers_max, key_max, value_max, negative_headers, endless_varint, vec![]] {
        for codec in super::CODECS {
            let compressed = codec.compress(None, &payload).unwrap();
            for count in [1, i32::MAX] {
                let batch = around(codec, count, &compressed);
                assert_eq!(check(&batch), ErrorCode::InvalidRecord, "{codec} {payload:02x?}");
                let batch = Batch::parse(&batch).unwrap();
                let records = batch.records(1 << 20).unwrap();
                assert!(records.iter().last().is_some_and(|record| record.is_err()));
            }
        }
    }
}

#[test]
fn offsets_and_times_at_the_edge_do_not_overflow() {
    let mut builder = BatchBuilder::new().base_offset(Offset(i64::MAX));
    builder.append(i64::MAX, None, None, &[]);
    builder.append(i64::MIN, None, None, &[]);
    let bytes = builder.build().unwrap();
    let batch = Batch::parse(&bytes).unwrap();
    assert_eq!(batch.header.last_offset(), Offset(i64::MAX));
    assert_eq!(batch.header.next_offset(), Offset(i64::MAX));
    let times: Vec<_> =
        batch.records(100).unwrap().iter().map(|record| record.unwrap().timestamp).collect();
    assert_eq!(times, [i64::MAX, i64::MIN]);
}

#[test]
fn record_errors_are_bounded() {
    let mut builder = BatchBuilder::new();
    for _ in 0..RECORD_ERRORS_MAX + 10 {
        builder.append(0, None, None, &[]);
    }
    assert_eq!(check(&builder.build().unwrap()), ErrorCode::InvalidRecord);
}
