//! Which bytes a read returns.

use super::*;

fn limits(bytes_max: u32) -> ReadLimits {
    ReadLimits { bytes_max, one_batch_at_least: true, committed_only: false }
}

#[test]
fn a_consumer_with_any_limit_gets_every_batch_once() {
    let world = World::with(LogConfig { segment_bytes: 100_000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let mut sent = Vec::new();
    for number in 0..400_usize {
        let value = "x".repeat(number * 37 % 3000);
        append(&mut replica, &batch(1000 + number as i64, &[&value, "y"]));
        sent.push(value.len());
    }
    assert!(replica.segment_count() > 3);
    for bytes_max in [1, 100, 1000, 5000, 20_000, 70_000, 1_000_000] {
        let batches = consume(&mut replica, Offset(0), bytes_max);
        assert_eq!(batches.len(), 400, "with {bytes_max} bytes");
        for (batch, length) in batches.iter().zip(&sent) {
            let record = Batch::parse(batch).unwrap().records(1 << 20).unwrap();
            assert_eq!(record.iter().next().unwrap().unwrap().value.unwrap().len(), *length);
        }
    }
    for offset in 0..800 {
        let read = replica.read(Offset(offset), limits(1000)).unwrap();
        let bytes = bytes_of(&read);
        let header = Batch::parse(&bytes).unwrap().header;
        assert!(header.base_offset <= Offset(offset) && Offset(offset) <= header.last_offset());
    }
}

#[test]
fn reads_end_at_batches() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..50 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(100)]));
    }
    let one = bytes_of(&replica.read(Offset(0), limits(1)).unwrap());
    assert_eq!(Batch::parse(&one).unwrap().bytes.len(), one.len());
    let three = bytes_of(&replica.read(Offset(0), limits(one.len() as u32 * 4 - 1)).unwrap());
    assert_eq!(three.len(), one.len() * 3);
}

#[test]
fn a_first_batch_over_the_limit_comes_only_when_asked_for() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &[&"x".repeat(1000)]));
    append(&mut replica, &batch(1, &["y"]));
    let whole = replica.read(Offset(0), limits(0)).unwrap();
    assert_eq!(values(&whole).len(), 1);
    let strict = ReadLimits { one_batch_at_least: false, ..limits(500) };
    assert!(replica.read(Offset(0), strict).unwrap().range.is_none());
    assert_eq!(values(&replica.read(Offset(1), strict).unwrap()), ["y"]);
}

#[test]
fn a_range_outlives_the_segment_it_points_to() {
    let world = World::with(LogConfig {
        segment_bytes: 300,
        retention_bytes: 0,
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &[&"a".repeat(200)]));
    append(&mut replica, &batch(1, &[&"b".repeat(200)]));
    let read = replica.read(Offset(0), EVERYTHING).unwrap();
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 2);
    assert_eq!(values(&read), ["a".repeat(200)]);
}

#[test]
fn a_reader_at_the_end_gets_what_was_just_appended() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..2000 {
        let end = replica.size_bytes();
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(1000)]));
        let read = replica.read(Offset(number), limits(100_000)).unwrap();
        let range = read.range.unwrap();
        assert_eq!(range.position, end);
        assert_eq!(u64::from(range.length), replica.size_bytes() - end);
    }
}
