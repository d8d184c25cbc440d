use std::ops::ControlFlow;

use proptest::prelude::*;

use super::CODECS;
use crate::base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId};
use crate::record::walk::walk;
use crate::record::*;

const LIMIT: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq)]
struct Owned {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

fn owned(record: &Record<'_>) -> Owned {
    Owned {
        timestamp: record.timestamp,
        key: record.key.map(<[u8]>::to_vec),
        value: record.value.map(<[u8]>::to_vec),
        headers: record
            .headers
            .iter()
            .map(|header| (header.key.to_vec(), header.value.map(<[u8]>::to_vec)))
            .collect(),
    }
}

fn build(records: &[Owned], compression: Compression) -> Vec<u8> {
    let mut builder = BatchBuilder::new().compression(compression, None);
    for record in records {
        let headers: Vec<_> = record
            .headers
            .iter()
            .map(|(key, value)| Header { key, value: value.as_deref() })
            .collect();
        builder.append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &headers);
    }
    builder.build().unwrap()
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (any::<u8>(), 0_usize..70_000).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

fn record() -> impl Strategy<Value = Owned> {
    let header = (prop::collection::vec(any::<u8>(), 0..6), prop::option::of(bytes()));
    (
        any::<i64>(),
        prop::option::of(bytes()),
        prop::option::of(bytes()),
        prop::collection::vec(header, 0..4),
    )
        .prop_map(|(timestamp, key, value, headers)| Owned { timestamp, key, value, headers })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn records_round_trip_under_every_codec(records in prop::collection::vec(record(), 1..8)) {
        for codec in CODECS {
            let bytes = build(&records, codec);
            let batch = Batch::parse(&bytes).unwrap();
            prop_assert_eq!(batch.bytes.len(), bytes.len());
            batch.verify_crc().unwrap();
            let read = batch.records(64 << 20).unwrap();
            let read: Vec<Owned> = read.iter().map(|record| owned(&record.unwrap())).collect();
            prop_assert_eq!(&read, &records);
            let mut walked = Vec::new();
            walk(&batch, |facts| {
                walked.push((facts.timestamp, facts.has_key));
                ControlFlow::Continue(())
            }).unwrap();
            let facts: Vec<_> = records.iter().map(|r| (r.timestamp, r.key.is_some())).collect();
            prop_assert_eq!(walked, facts);
        }
    }

    #[test]
    fn damaged_batches_are_errors_not_panics(
        records in prop::collection::vec(record(), 1..4),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for codec in CODECS {
            let mut bytes = build(&records, codec);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let Ok(batch) = Batch::parse(&bytes) else { continue };
            let _ = walk(&batch, |_| ControlFlow::Continue(()));
            if let Ok(records) = batch.records(1 << 20) {
                let _ = records.iter().count();
            }
        }
    }
}

#[test]
fn null_and_empty_are_told_apart_and_headers_keep_their_order() {
    let headers = [
        Header { key: b"trace", value: Some(b"1") },
        Header { key: b"\xff\xfe", value: None },
        Header { key: b"trace", value: Some(b"") },
    ];
    for codec in CODECS {
        let mut builder = BatchBuilder::new().compression(codec, None);
        builder.append(5, None, Some(b""), &headers);
        builder.append(6, Some(b""), None, &[]);
        let bytes = builder.build().unwrap();
        let records = Batch::parse(&bytes).unwrap().records(LIMIT).unwrap();
        let records: Vec<_> = records.iter().map(Result::unwrap).collect();
        assert_eq!((records[0].key, records[0].value), (None, Some(&b""[..])));
        assert_eq!(records[0].headers.iter().collect::<Vec<_>>(), headers);
        assert_eq!((records[1].key, records[1].value), (Some(&b""[..]), None));
        assert!(records[1].headers.is_empty());
    }
}

#[test]
fn builder_fills_the_header() {
    let mut builder = BatchBuilder::new()
        .base_offset(Offset(100))
        .leader_epoch(LeaderEpoch(4))
        .producer(ProducerId(9), ProducerEpoch(1), 30)
        .transactional(true);
    for (timestamp, value) in [(1_000, b"a"), (3_000, b"b"), (2_000, b"c")] {
        builder.append(timestamp, None, Some(value), &[]);
    }
    let bytes = builder.build().unwrap();
    let header = BatchHeader::parse(&bytes).unwrap();
    assert_eq!(header.base_timestamp, 1_000);
    assert_eq!(header.max_timestamp, 3_000);
    assert_eq!((header.last_offset_delta, header.record_count), (2, 3));
    assert_eq!(header.last_offset(), Offset(102));
    assert_eq!((header.base_sequence, header.last_sequence()), (30, 32));
    assert!(header.attributes.is_transactional() && !header.attributes.is_control());
}

#[test]
fn control_batches_name_their_type_in_the_key() {
    let mut builder = BatchBuilder::new().transactional(true).control(true);
    builder.append_control(7, ControlType::Commit, &[0, 0, 0, 0, 0, 3]);
    let bytes = builder.build().unwrap();
    let batch = Batch::parse(&bytes).unwrap();
    assert!(batch.header.attributes.is_control());
    let records = batch.records(LIMIT).unwrap();
    let marker = records.iter().next().unwrap().unwrap();
    assert_eq!(marker.key, Some(&[0, 0, 0, 1][..]));
    assert_eq!(ControlType::from_key(marker.key.unwrap()), Some(ControlType::Commit));
    assert_eq!(ControlType::from_key(&[0, 0, 0, 99]), None);
    assert_eq!(ControlType::from_key(&[0]), None);
}

#[test]
fn lookups_by_time_are_exact_inside_every_codec() {
    for codec in CODECS {
        let mut builder = BatchBuilder::new().compression(codec, None).base_offset(Offset(10));
        for timestamp in [100, 300, 200, 300, 50] {
            builder.append(timestamp, None, Some(&[0; 100]), &[]);
        }
        let bytes = builder.build().unwrap();
        let batch = Batch::parse(&bytes).unwrap();
        let find = |timestamp, from| {
            batch
                .offset_for_timestamp(timestamp, Offset(from))
                .unwrap()
                .map(|found| (found.offset.0, found.timestamp))
        };
        assert_eq!(find(0, 0), Some((10, 100)));
        assert_eq!(find(150, 0), Some((11, 300)));
        assert_eq!(find(150, 12), Some((12, 200)));
        assert_eq!(find(201, 12), Some((13, 300)));
        assert_eq!(find(301, 0), None);
        let max = batch.offset_of_max_timestamp().unwrap().unwrap();
        assert_eq!((max.offset, max.timestamp), (Offset(11), 300));
    }
}

#[test]
fn log_append_time_stamps_every_record() {
    let mut builder = BatchBuilder::new().log_append_time(9_000);
    builder.append(1, None, None, &[]);
    builder.append(2, None, None, &[]);
    let bytes = builder.build().unwrap();
    let batch = Batch::parse(&bytes).unwrap();
    batch.verify_crc().unwrap();
    let records = batch.records(LIMIT).unwrap();
    assert!(records.iter().all(|record| record.unwrap().timestamp == 9_000));
    assert_eq!(batch.offset_for_timestamp(5_000, Offset(0)).unwrap().unwrap().timestamp, 9_000);
}

#[test]
fn raw_snappy_and_concatenated_frames_are_read() {
    let mut builder = BatchBuilder::new();
    for value in 0..200_u8 {
        builder.append(0, None, Some(&[value; 300]), &[]);
    }
    let (plain, payload) = builder.build_parts().unwrap();
    let raw = snap::raw::Encoder::new().compress_vec(&payload).unwrap();
    let (first, second) = payload.split_at(20_000);
    let framed = [
        Compression::Snappy.compress(None, first).unwrap(),
        Compression::Snappy.compress(None, second).unwrap(),
    ]
    .concat();
    for compressed in [raw, framed] {
        let bytes = rewrap(&plain, Compression::Snappy, &compressed);
        let batch = Batch::parse(&bytes).unwrap();
        assert_eq!(batch.records(LIMIT).unwrap().iter().map(Result::unwrap).count(), 200);
    }
}

#[test]
fn several_gzip_members_and_linked_lz4_blocks_are_read() {
    let mut builder = BatchBuilder::new();
    for value in 0..200_u8 {
        builder.append(0, None, Some(&[value; 900]), &[]);
    }
    let (plain, payload) = builder.build_parts().unwrap();
    let (first, second) = payload.split_at(70_000);
    let members = [
        Compression::Gzip.compress(None, first).unwrap(),
        Compression::Gzip.compress(Some(9), second).unwrap(),
    ]
    .concat();
    let linked = linked_lz4(&payload);
    for (codec, compressed) in [(Compression::Gzip, members), (Compression::Lz4, linked)] {
        let bytes = rewrap(&plain, codec, &compressed);
        let batch = Batch::parse(&bytes).unwrap();
        assert_eq!(batch.records(LIMIT).unwrap().iter().map(Result::unwrap).count(), 200);
    }
}

/// An LZ4 frame as no Kafka client of Java reads it.
pub(super) fn linked_lz4(input: &[u8]) -> Vec<u8> {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    use std::io::Write;
    let info = FrameInfo::new().block_size(BlockSize::Max64KB).block_mode(BlockMode::Linked);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(input).unwrap();
    encoder.finish().unwrap()
}

/// `header` over another payload, checksum and length put right.
pub(super) fn rewrap(header: &BatchHeader, codec: Compression, payload: &[u8]) -> Vec<u8> {
    let mut header = *header;
    header.attributes = header.attributes.with_compression(codec);
    header.batch_length = (HEADER_BYTES - 12 + payload.len()) as i32;
    header.crc = header.crc_with(payload);
    [&header.encode()[..], payload].concat()
}
