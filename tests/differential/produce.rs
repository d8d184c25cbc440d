//! Produce: checks, acknowledgements, idempotence.

use std::borrow::Cow;

use klamm::base::{Offset, ProducerEpoch, ProducerId, Uuid};
use klamm::record::{BatchBuilder, Compression};
use klamm::wire::Records;
use klamm::wire::messages::ProduceRequest;
use klamm::wire::messages::produce_request::{PartitionProduceData, TopicProduceData};

use super::probe::Probe;

/// A time at which nothing is too old or too new: fixed, and older than any clock.
pub(crate) const TIME_MS: i64 = 1_700_000_000_000;

/// A request with these bytes for partition 0.
pub(crate) fn produce<'a>(topic: &'a str, bytes: Option<&'a [u8]>) -> ProduceRequest<'a> {
    let data = PartitionProduceData { index: 0, records: bytes.map(Records::Slice) };
    let topic = TopicProduceData {
        name: Cow::Borrowed(topic),
        partition_data: vec![data],
        ..TopicProduceData::default()
    };
    ProduceRequest {
        acks: -1,
        timeout_ms: 10_000,
        topic_data: vec![topic],
        ..ProduceRequest::default()
    }
}

/// A batch of records with these timestamps.
pub(crate) fn batch(timestamps: &[i64]) -> Vec<u8> {
    keyed(timestamps, Compression::None, Some(b"key"))
}

pub(crate) fn keyed(timestamps: &[i64], codec: Compression, key: Option<&[u8]>) -> Vec<u8> {
    let mut batch = BatchBuilder::new().compression(codec, None);
    for timestamp in timestamps {
        batch.append(*timestamp, key, Some(b"value"), &[]);
    }
    batch.build().expect("a small batch")
}

fn with_crc(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn produce_all(probe: &mut Probe, topic: &str, cases: &[(&str, Vec<u8>)]) {
    for (about, bytes) in cases {
        probe.ask("p", 9, about, &produce(topic, Some(bytes)));
    }
}

fn cases() -> Vec<(&'static str, Vec<u8>)> {
    let good = batch(&[TIME_MS]);
    let edited = |at: usize, with: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    let two = [good.clone(), good.clone()].concat();
    vec![
        ("one record", good.clone()),
        ("one record with a base offset", edited(0, &7i64.to_be_bytes())),
        ("a leader epoch of its own", edited(12, &9i32.to_be_bytes())),
        ("two batches", two),
        ("no bytes", Vec::new()),
        ("half a batch", good[..good.len() - 3].to_vec()),
        ("a batch and a half", [good.clone(), good[..20].to_vec()].concat()),
        ("magic 0", edited(16, &[0])),
        ("magic 1", edited(16, &[1])),
        ("magic 3", edited(16, &[3])),
        ("a wrong checksum", edited(17, &[1, 2, 3, 4])),
        ("a wrong record count", with_crc(edited(57, &2i32.to_be_bytes()))),
        ("a wrong last offset delta", with_crc(edited(23, &1i32.to_be_bytes()))),
        ("a control batch", with_crc(edited(21, &0x20i16.to_be_bytes()))),
        ("a transactional batch", with_crc(edited(21, &0x10i16.to_be_bytes()))),
        ("log append time", with_crc(edited(21, &0x08i16.to_be_bytes()))),
        ("an unknown codec", with_crc(edited(21, &5i16.to_be_bytes()))),
        ("a sequence without a producer", with_crc(edited(53, &3i32.to_be_bytes()))),
        ("a producer without a sequence", with_crc(edited(43, &3i64.to_be_bytes()))),
        ("a record from the far future", batch(&[4_000_000_000_000])),
        ("a record without a timestamp", batch(&[-1])),
        ("gzip", keyed(&[TIME_MS, TIME_MS + 1], Compression::Gzip, None)),
        ("snappy", keyed(&[TIME_MS, TIME_MS + 1], Compression::Snappy, None)),
        ("lz4", keyed(&[TIME_MS, TIME_MS + 1], Compression::Lz4, None)),
        ("zstd", keyed(&[TIME_MS, TIME_MS + 1], Compression::Zstd, None)),
    ]
}

pub(crate) fn scenario(probe: &mut Probe) {
    let (topic, id) = probe.topic("plain", 2, &[]);
    produce_all(probe, &topic, &cases());
    let good = batch(&[TIME_MS]);
    for version in 3..=13 {
        let mut request = produce(&topic, Some(&good));
        if version >= 13 {
            request.topic_data[0].topic_id = id;
            request.topic_data[0].name = Cow::Borrowed("");
        }
        probe.ask("p", version, "one record", &request);
    }
    let zstd = keyed(&[TIME_MS], Compression::Zstd, None);
    probe.ask("p", 6, "zstd in an old version", &produce(&topic, Some(&zstd)));
    probe.note("acknowledgements");
    for acks in [1, 2, -2] {
        let request = ProduceRequest { acks, ..produce(&topic, Some(&good)) };
        probe.ask("p", 9, &format!("acks {acks}"), &request);
    }
    probe.note("where it cannot go");
    let unknown = probe.own("unknown");
    probe.ask("p", 9, "to an unknown topic", &produce(&unknown, Some(&good)));
    let mut request = produce(&topic, Some(&good));
    request.topic_data[0].partition_data[0].index = 9;
    probe.ask("p", 9, "to an unknown partition", &request);
    let mut request = produce("", Some(&good));
    request.topic_data[0].topic_id = Uuid([7; 16]);
    probe.ask("p", 13, "to an unknown id", &request);
    probe.ask("p", 9, "to an internal topic", &produce("__consumer_offsets", Some(&good)));
    probe.note("topic settings");
    let (small, _) = probe.topic("small", 1, &[("max.message.bytes", "100")]);
    probe.ask("p", 9, "fits", &produce(&small, Some(&good)));
    let large = batch(&[TIME_MS; 5]);
    probe.ask("p", 9, "too large", &produce(&small, Some(&large)));
    let (compacted, _) = probe.topic("compacted", 1, &[("cleanup.policy", "compact")]);
    let keyless = keyed(&[TIME_MS, TIME_MS], Compression::None, None);
    for version in [7, 8, 9] {
        probe.ask("p", version, "no keys", &produce(&compacted, Some(&keyless)));
    }
    let empty_key = keyed(&[TIME_MS], Compression::None, Some(b""));
    probe.ask("p", 9, "an empty key", &produce(&compacted, Some(&empty_key)));
    probe.note("an old version closes the connection");
    let request = ProduceRequest { acks: 0, ..produce(&unknown, Some(&good)) };
    probe.send("q", 9, &request);
    probe.hear::<ProduceRequest<'_>>("q", 9, "acks 0 to an unknown topic");
}

fn sequenced(id: i64, epoch: i16, sequence: i32, records: usize) -> Vec<u8> {
    let mut batch = BatchBuilder::new().base_offset(Offset(0)).producer(
        ProducerId(id),
        ProducerEpoch(epoch),
        sequence,
    );
    for _ in 0..records {
        batch.append(TIME_MS, Some(b"key"), Some(b"value"), &[]);
    }
    batch.build().expect("a small batch")
}

pub(crate) fn idempotent(probe: &mut Probe) {
    let (topic, _) = probe.topic("idempotent", 1, &[]);
    let mut say = |about: &str, id: i64, epoch: i16, sequence: i32, records: usize| {
        let bytes = sequenced(id, epoch, sequence, records);
        probe.ask("p", 9, about, &produce(&topic, Some(&bytes)));
    };
    say("the first may begin anywhere", 4000, 3, 10, 2);
    say("again", 4000, 3, 10, 2);
    say("the next", 4000, 3, 12, 1);
    say("one too far", 4000, 3, 14, 1);
    say("overlapping", 4000, 3, 11, 2);
    for sequence in 13..18 {
        say("and on", 4000, 3, sequence, 1);
    }
    say("the oldest that is remembered", 4000, 3, 13, 1);
    say("one that is not remembered", 4000, 3, 12, 1);
    say("a new epoch that does not begin at 0", 4000, 4, 18, 1);
    say("a new epoch", 4000, 4, 0, 1);
    say("an old epoch", 4000, 3, 18, 1);
    say("a negative sequence", 4000, 4, -2, 1);
    say("another producer", 4001, 0, 0, 1);
    say("up to the last number", 4002, 0, i32::MAX - 1, 2);
    say("and around", 4002, 0, 0, 1);
}
