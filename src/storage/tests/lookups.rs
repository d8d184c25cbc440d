//! Offsets by time, leader epochs.

use super::*;

fn found(offset: i64, timestamp: i64) -> Option<TimestampOffset> {
    Some(TimestampOffset { timestamp, offset: Offset(offset), leader_epoch: EPOCH })
}

#[test]
fn a_lookup_by_time_finds_the_very_record() {
    let world = World::with(LogConfig { segment_bytes: 20_000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let codecs = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];
    let filler: String = (0..1500).map(|n| char::from(b'a' + (n * n % 23) as u8)).collect();
    for number in 0..100_i64 {
        let codec = codecs[number as usize % 5];
        append(&mut replica, &compressed(codec, 10_000 + number * 10, &[&filler, "b", "c"]));
    }
    assert!(replica.segment_count() > 2);
    for timestamp in 10_000..10_990 {
        let (number, within) = ((timestamp - 10_000) / 10, (timestamp - 10_000) % 10);
        let expected = match within {
            0..=2 => found(number * 3 + within, timestamp),
            _ if number == 99 => None,
            _ => found(number * 3 + 3, 10_010 + number * 10),
        };
        assert_eq!(replica.offset_for_timestamp(timestamp).unwrap(), expected, "{timestamp}");
    }
    assert_eq!(replica.offset_for_timestamp(0).unwrap(), found(0, 10_000));
    assert_eq!(replica.offset_for_timestamp(10_993).unwrap(), None);
    assert_eq!(replica.offset_of_max_timestamp().unwrap(), found(299, 10_992));
}

#[test]
fn of_several_largest_timestamps_the_first_counts() {
    let world = World::with(LogConfig { segment_bytes: 300, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(replica.offset_of_max_timestamp().unwrap(), None);
    for timestamp in [5000, 9000, 7000, 9000, 8000] {
        append(&mut replica, &batch(timestamp, &[&"x".repeat(100)]));
    }
    assert_eq!(replica.offset_of_max_timestamp().unwrap(), found(1, 9000));
    assert_eq!(replica.offset_for_timestamp(6000).unwrap(), found(1, 9000));
    replica.delete_records_before(Offset(2)).unwrap();
    assert_eq!(replica.offset_of_max_timestamp().unwrap(), found(3, 9000));
    assert_eq!(replica.offset_for_timestamp(6000).unwrap(), found(2, 7000));
}

#[test]
fn lookups_are_the_same_after_a_restart() {
    let world = World::with(LogConfig { segment_bytes: 5000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..60_i64 {
        append(&mut replica, &batch((number * 37) % 50, &[&"x".repeat(400)]));
    }
    let before: Vec<_> = (0..50).map(|t| replica.offset_for_timestamp(t).unwrap()).collect();
    let largest = replica.offset_of_max_timestamp().unwrap();
    replica.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    drop(directory);
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let after: Vec<_> = (0..50).map(|t| replica.offset_for_timestamp(t).unwrap()).collect();
    assert_eq!(before, after);
    assert_eq!(replica.offset_of_max_timestamp().unwrap(), largest);
}

#[test]
fn epochs_end_where_the_next_begins() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let bytes = batch(1, &["a", "b"]);
    let parsed = Batch::parse(&bytes).unwrap();
    let origin = AppendOrigin::Client;
    for epoch in [0, 0, 2, 5, 5] {
        let epoch = LeaderEpoch(epoch);
        replica.append_batch(&parsed.header, parsed.payload(), origin, epoch, NOW).unwrap();
    }
    let ends = |replica: &Replica| {
        [-1, 0, 1, 2, 3, 5, 6].map(|epoch| {
            let (epoch, end) = replica.end_offset_for_epoch(LeaderEpoch(epoch), LeaderEpoch(5));
            (epoch.0, end.0)
        })
    };
    let expected = [(-1, -1), (0, 4), (0, 4), (2, 6), (2, 6), (5, 10), (-1, -1)];
    assert_eq!(ends(&replica), expected);
    drop((replica, directory));
    // Without the checkpoint they are read from the batches.
    std::fs::remove_file(world.partition_path().join("leader-epoch-checkpoint")).unwrap();
    let directory = world.open();
    let replica = world.replica(&directory);
    assert_eq!(ends(&replica), expected);
    assert!(world.partition_path().join("leader-epoch-checkpoint").exists());
}
