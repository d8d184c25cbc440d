mod hostile;
mod kafka;
mod records;
mod validate;

use super::*;
use crate::base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId};

const CODECS: [Compression; 5] = [
    Compression::None,
    Compression::Gzip,
    Compression::Snappy,
    Compression::Lz4,
    Compression::Zstd,
];

/// A header with a value of its own in every field.
fn header(payload: &[u8]) -> BatchHeader {
    let mut header = BatchHeader {
        base_offset: Offset(7),
        batch_length: (HEADER_BYTES - 12 + payload.len()) as i32,
        leader_epoch: LeaderEpoch(3),
        magic: 2,
        crc: 0,
        attributes: Attributes(0).with_compression(Compression::Zstd),
        last_offset_delta: 4,
        base_timestamp: 1_700_000_000_000,
        max_timestamp: 1_700_000_000_009,
        producer_id: ProducerId(11),
        producer_epoch: ProducerEpoch(2),
        base_sequence: 40,
        record_count: 5,
    };
    header.crc = header.crc_with(payload);
    header
}

fn batch(payload: &[u8]) -> Vec<u8> {
    [&header(payload).encode()[..], payload].concat()
}

#[test]
fn header_round_trips() {
    let bytes = batch(b"payload");
    let read = BatchHeader::parse(&bytes).unwrap();
    assert_eq!(read, header(b"payload"));
    assert_eq!(read.size_bytes(), bytes.len());
    assert_eq!(read.last_offset(), Offset(11));
    assert_eq!(read.last_sequence(), 44);
}

#[test]
fn stamping_offset_and_epoch_keeps_the_checksum_valid() {
    let mut bytes = batch(b"payload");
    let head = BatchHeader::parse(&bytes).unwrap().head_with(Offset(99), LeaderEpoch(8));
    bytes[..HEADER_BYTES].copy_from_slice(&head);
    let stored = Batch::parse(&bytes).unwrap();
    stored.verify_crc().unwrap();
    assert_eq!(stored.header.base_offset, Offset(99));
    assert_eq!(stored.header.leader_epoch, LeaderEpoch(8));
}

#[test]
fn a_flipped_bit_after_the_checksum_is_found() {
    for at in 21..batch(b"payload").len() {
        let mut bytes = batch(b"payload");
        bytes[at] ^= 1;
        assert!(matches!(Batch::parse(&bytes).unwrap().verify_crc(), Err(Error::Crc { .. })));
    }
}

#[test]
fn batches_stop_at_a_partial_one_without_an_error() {
    let one = batch(b"payload");
    let bytes = [&one[..], &one[..], &one[..30]].concat();
    let mut batches = Batches::new(&bytes);
    assert_eq!(
        batches.by_ref().map(|batch| batch.unwrap().bytes.len()).sum::<usize>(),
        one.len() * 2
    );
    assert_eq!(batches.rest(), &one[..30]);
}

#[test]
fn old_formats_and_impossible_lengths_are_errors_once() {
    let mut old = batch(b"");
    old[16] = 1;
    assert_eq!(Batches::new(&old).collect::<Vec<_>>(), [Err(Error::Magic(1))]);
    for length in [i32::MIN, -1, 0, 48] {
        let mut short = batch(b"");
        short[8..12].copy_from_slice(&length.to_be_bytes());
        assert_eq!(Batches::new(&short).collect::<Vec<_>>(), [Err(Error::BatchLength(length))]);
    }
}

#[test]
fn sequence_numbers_wrap_to_zero() {
    let header = BatchHeader { base_sequence: i32::MAX - 1, ..header(b"") };
    assert_eq!(header.last_sequence(), 2);
}
