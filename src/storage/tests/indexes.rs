//! Index files, entry by entry, as Kafka's rules have them.

use super::*;
use crate::log::{IndexEntry, OffsetEntry, TimeEntry};

fn entries<E: IndexEntry>(world: &World, name: &str) -> Vec<E> {
    let bytes = std::fs::read(world.partition_path().join(name)).unwrap();
    assert_eq!(bytes.len() % E::BYTES, 0);
    bytes.chunks(E::BYTES).map(|bytes| E::decode(bytes).unwrap()).collect()
}

fn offset(relative_offset: u32, position: u32) -> OffsetEntry {
    OffsetEntry { relative_offset, position }
}

fn time(timestamp_ms: i64, relative_offset: u32) -> TimeEntry {
    TimeEntry { timestamp_ms, relative_offset }
}

#[test]
fn an_entry_is_added_before_the_append_that_follows_an_interval() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    // 2074 bytes each, so that the third and the fifth append come after more than 4096 bytes.
    for number in 0..6 {
        append(&mut replica, &batch(1000 + number * 10, &[&"x".repeat(1999), "y"]));
    }
    let size = replica.size_bytes() as u32 / 6;
    replica.close(NOW).unwrap();
    let offsets: Vec<OffsetEntry> = entries(&world, "00000000000000000000.index");
    assert_eq!(offsets, [offset(5, size * 2), offset(9, size * 4)]);
    let times: Vec<TimeEntry> = entries(&world, "00000000000000000000.timeindex");
    assert_eq!(times, [time(1021, 5), time(1041, 9), time(1051, 11)]);
}

#[test]
fn time_entries_never_go_back() {
    let world = World::with(LogConfig { index_interval_bytes: 0, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for timestamp in [5000, 4000, 6000, 1000, 6000] {
        append(&mut replica, &batch(timestamp, &["x"]));
    }
    replica.close(NOW).unwrap();
    let times: Vec<TimeEntry> = entries(&world, "00000000000000000000.timeindex");
    assert_eq!(times, [time(5000, 0), time(6000, 2)]);
    assert_eq!(entries::<OffsetEntry>(&world, "00000000000000000000.index").len(), 4);
}

#[test]
fn batches_without_a_timestamp_leave_no_time_entry() {
    let world = World::with(LogConfig { index_interval_bytes: 0, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(-1, &["x"]));
    append(&mut replica, &batch(-1, &["x"]));
    replica.close(NOW).unwrap();
    assert!(entries::<TimeEntry>(&world, "00000000000000000000.timeindex").is_empty());
}

#[test]
fn indexes_are_written_about_every_megabyte() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let index = world.partition_path().join("00000000000000000000.index");
    for number in 0..70 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(16_000)]));
        assert_eq!(index.exists(), replica.size_bytes() >= 1 << 20);
    }
    let written = entries::<OffsetEntry>(&world, "00000000000000000000.index");
    assert_eq!(written.len(), 65);
    assert_eq!(written[0].relative_offset, 1);
}

#[test]
fn kafkas_filling_with_zeros_is_cut_off() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..20 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(3000)]));
    }
    replica.close(NOW).unwrap();
    drop(directory);
    let mut lengths = Vec::new();
    for (name, filled) in [("index", 10_485_760), ("timeindex", 10_485_756)] {
        let path = world.partition_path().join(format!("00000000000000000000.{name}"));
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        lengths.push((path, file.metadata().unwrap().len()));
        file.set_len(filled).unwrap();
    }
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert!(replica.recovery().scanned_bytes < 10_000);
    for (path, length) in lengths {
        assert_eq!(std::fs::metadata(&path).unwrap().len(), length, "{}", path.display());
    }
    assert_eq!(consume(&mut replica, Offset(0), 10_000).len(), 20);
}
