//! The checks that Kafka's `DumpLogSegments --deep-iteration` makes, at any moment: while the log
//! is open, after a stop, after a kill. The tool itself runs with the client tests.

use std::collections::BTreeMap;

use super::*;
use crate::log::{IndexEntry, OffsetEntry, TimeEntry, decode_snapshot};

/// A batch of a segment: its position, last offset and largest timestamp.
struct Known {
    last_offset: Offset,
    max_timestamp: i64,
}

/// Checks every file of every partition.
pub(super) fn directory(path: &Path) {
    for name in names(path) {
        let path = path.join(name);
        if path.is_dir() {
            partition(&path);
        }
    }
}

fn partition(path: &Path) {
    for name in names(path) {
        if name.ends_with(".snapshot") {
            let bytes = std::fs::read(path.join(&name)).unwrap();
            decode_snapshot(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        if let Some(base) = name.strip_suffix(".log") {
            segment(path, base);
        }
    }
}

fn segment(path: &Path, name: &str) {
    let base = Offset(name.parse().unwrap());
    let bytes = std::fs::read(path.join(format!("{name}.log"))).unwrap();
    let batches = batches(name, base, &bytes);
    let mut last = 0;
    for entry in entries::<OffsetEntry>(path, name, "index") {
        let batch = &batches.get(&entry.position).expect("an entry points to a batch");
        assert_eq!(entry.offset(base), batch.last_offset, "{name}.index at {}", entry.position);
        assert!(entry.relative_offset > last, "offsets of {name}.index grow");
        last = entry.relative_offset;
    }
    let mut last: Option<TimeEntry> = None;
    for entry in entries::<TimeEntry>(path, name, "timeindex") {
        let offset = entry.offset(base);
        let batch = batches.values().find(|batch| batch.last_offset == offset);
        let batch = batch.expect("a time entry tells the last offset of a batch");
        assert_eq!(entry.timestamp_ms, batch.max_timestamp, "{name}.timeindex at {offset}");
        let earlier = batches.values().filter(|batch| batch.last_offset < offset);
        assert!(earlier.into_iter().all(|batch| batch.max_timestamp < entry.timestamp_ms));
        assert!(last.is_none_or(|last| last.timestamp_ms < entry.timestamp_ms));
        last = Some(entry);
    }
}

fn batches(name: &str, base: Offset, mut bytes: &[u8]) -> BTreeMap<u32, Known> {
    let length = bytes.len();
    let mut known = BTreeMap::new();
    let mut next = base;
    while !bytes.is_empty() {
        let batch = Batch::parse(bytes).unwrap_or_else(|error| panic!("{name}.log: {error}"));
        batch.verify_crc().unwrap();
        assert_eq!(batch.header.base_offset, next, "offsets of {name}.log follow each other");
        let records = batch.records(1 << 24).unwrap();
        let timestamps = records.iter().map(|record| record.unwrap().timestamp);
        assert_eq!(timestamps.max(), Some(batch.header.max_timestamp));
        let position = (length - bytes.len()) as u32;
        let last_offset = batch.header.last_offset();
        known.insert(position, Known { last_offset, max_timestamp: batch.header.max_timestamp });
        next = batch.header.next_offset();
        bytes = &bytes[batch.bytes.len()..];
    }
    known
}

fn entries<E: IndexEntry>(path: &Path, name: &str, suffix: &str) -> Vec<E> {
    let Ok(bytes) = std::fs::read(path.join(format!("{name}.{suffix}"))) else {
        return Vec::new();
    };
    assert_eq!(bytes.len() % E::BYTES, 0);
    bytes.chunks(E::BYTES).map(|bytes| E::decode(bytes).unwrap()).collect()
}
