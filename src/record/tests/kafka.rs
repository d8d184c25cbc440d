//! Against what Apache Kafka wrote and decided; see `fixtures/segments/README.md`.

use std::borrow::Cow;

use super::CODECS;
use crate::base::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId, TopicPartition};
use crate::record::validate::{Rules, produce};
use crate::record::*;

const NOW_MS: i64 = 1_700_000_000_000;

fn segment(codec: Compression) -> &'static [u8] {
    match codec {
        Compression::None => include_bytes!("../../../fixtures/segments/none.log"),
        Compression::Gzip => include_bytes!("../../../fixtures/segments/gzip.log"),
        Compression::Snappy => include_bytes!("../../../fixtures/segments/snappy.log"),
        Compression::Lz4 => include_bytes!("../../../fixtures/segments/lz4.log"),
        Compression::Zstd => include_bytes!("../../../fixtures/segments/zstd.log"),
    }
}

struct Expected {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<Header<'static>>,
}

/// The formula of `Segments.java`.
fn record(index: i64) -> Expected {
    let key = match index % 3 {
        0 => None,
        1 => Some(format!("key-{index}").into_bytes()),
        _ => Some(Vec::new()),
    };
    let value = (index % 5 != 0).then(|| "value ".repeat(index as usize * 40).into_bytes());
    let headers = if index % 4 == 0 {
        vec![
            Header { key: b"h", value: Some(b"1") },
            Header { key: b"h", value: None },
            Header { key: "ü".as_bytes(), value: Some(b"") },
        ]
    } else {
        Vec::new()
    };
    Expected { timestamp: NOW_MS + index * 37 % 11, key, value, headers }
}

#[test]
fn batches_of_javas_builder_are_read_record_by_record() {
    for codec in CODECS {
        let mut index = 0;
        for batch in Batches::new(segment(codec)) {
            let batch = batch.unwrap();
            batch.verify_crc().unwrap();
            assert_eq!(batch.header.attributes.compression(), Ok(codec));
            for read in &batch.records(1 << 20).unwrap() {
                let read = read.unwrap();
                let Expected { timestamp, key, value, headers } = record(index);
                assert_eq!(read.offset, Offset(index));
                assert_eq!(read.timestamp, timestamp);
                assert_eq!(read.key, key.as_deref());
                assert_eq!(read.value, value.as_deref());
                assert_eq!(read.headers.iter().collect::<Vec<_>>(), headers);
                index += 1;
            }
        }
        assert_eq!(index, 28);
    }
}

#[test]
fn our_builder_writes_the_bytes_of_javas() {
    for codec in CODECS {
        for batch in Batches::new(segment(codec)) {
            let batch = batch.unwrap();
            let base_offset = batch.header.base_offset;
            let mut builder = BatchBuilder::new()
                .compression(codec, None)
                .base_offset(base_offset)
                .leader_epoch(LeaderEpoch(4))
                .producer(ProducerId(77), ProducerEpoch(2), base_offset.0 as i32);
            for index in base_offset.0..batch.header.next_offset().0 {
                let Expected { timestamp, key, value, headers } = record(index);
                builder.append(timestamp, key.as_deref(), value.as_deref(), &headers);
            }
            let ours = builder.build().unwrap();
            if codec == Compression::None {
                assert_eq!(ours, batch.bytes);
                continue;
            }
            // Encoders differ in what they choose; the header up to the block must not.
            let expected = BatchHeader {
                batch_length: batch.header.batch_length,
                crc: batch.header.crc,
                ..BatchHeader::parse(&ours).unwrap()
            };
            assert_eq!(expected, batch.header);
        }
    }
}

#[test]
fn control_batches_are_javas() {
    let bytes = include_bytes!("../../../fixtures/segments/control.log");
    let batches: Vec<_> = Batches::new(bytes).map(Result::unwrap).collect();
    let markers = [(40, ControlType::Commit, 8), (41, ControlType::Abort, 9)];
    for (batch, (offset, control, coordinator_epoch)) in batches.iter().zip(markers) {
        let mut builder = BatchBuilder::new()
            .base_offset(Offset(offset))
            .leader_epoch(LeaderEpoch(6))
            .producer(ProducerId(1234), ProducerEpoch(5), -1)
            .transactional(true)
            .control(true);
        builder.append_control(NOW_MS, control, &[0, 0, 0, 0, 0, coordinator_epoch]);
        assert_eq!(builder.build().unwrap(), batch.bytes);
    }
    let records = batches[2].records(1 << 10).unwrap();
    let change = records.iter().next().unwrap().unwrap();
    assert_eq!(ControlType::from_key(change.key.unwrap()), Some(ControlType::LeaderChange));
    let mut builder =
        BatchBuilder::new().base_offset(Offset(42)).leader_epoch(LeaderEpoch(6)).control(true);
    builder.append_control(NOW_MS, ControlType::LeaderChange, change.value.unwrap());
    assert_eq!(builder.build().unwrap(), batches[2].bytes);
}

#[test]
fn verdicts_are_those_of_kafkas_log_validator() {
    let partition = TopicPartition::new("t", 0);
    let mut different = Vec::new();
    for line in include_str!("../../../fixtures/segments/verdicts.txt").lines() {
        let columns: Vec<_> = line.split('\t').collect();
        let [name, codec, stamp, policy, batch, verdict, stored, errors, message] = columns[..]
        else {
            panic!("nine columns: {line}")
        };
        let rules = Rules {
            partition: &partition,
            produce_version: 13,
            max_message_bytes: 1_048_588,
            compacted: policy == "compact",
            compression: None,
            compression_level: None,
            timestamp_type: if stamp == "CreateTime" {
                TimestampType::CreateTime
            } else {
                TimestampType::LogAppendTime
            },
            timestamp_before_max_ms: 3_600_000,
            timestamp_after_max_ms: 3_600_000,
            now_ms: NOW_MS,
        };
        let batch = unhex(batch);
        let ours = produce(&batch, &rules);
        let code = ours.as_ref().map_or_else(|refusal| refusal.code, |_| ErrorCode::None);
        // We look at the lengths of compressed records, so we may refuse more, and earlier.
        let stricter =
            matches!(&ours, Err(refusal) if refusal.message.starts_with("Invalid record size"));
        if code.name() != verdict && !stricter {
            different.push(format!("{name} {codec}: Kafka {verdict}, we {code}"));
            continue;
        }
        match ours {
            Ok(validated) if matches!(validated.payload, Cow::Borrowed(_)) => {
                let head = validated.header.head_with(Offset(50), LeaderEpoch(4));
                assert_eq!(
                    [&head[..], &validated.payload].concat(),
                    unhex(stored),
                    "{name} {codec}"
                );
            }
            Ok(_) => {}
            Err(_) if stricter => {}
            Err(refusal) => {
                assert_eq!(refusal.record_errors.len().to_string(), errors, "{name} {codec}");
                assert!(message == "-" || message == refusal.message, "{name} {codec}");
            }
        }
    }
    assert_eq!(different, Vec::<String>::new());
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}
