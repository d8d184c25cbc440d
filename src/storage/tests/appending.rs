//! Appends, rolls and what a failing disk leaves.

use super::*;

#[test]
fn what_is_appended_can_be_read() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(replica.offsets(), Offsets::default());
    let first = append(&mut replica, &batch(1000, &["a", "b"]));
    let second = append(&mut replica, &batch(2000, &["c"]));
    assert_eq!((first.base_offset, first.last_offset), (Offset(0), Offset(1)));
    assert_eq!(second.base_offset, Offset(2));
    assert_eq!(replica.offsets().end, Offset(3));
    assert_eq!(values(&replica.read(Offset(0), EVERYTHING).unwrap()), ["a", "b", "c"]);
    assert_eq!(values(&replica.read(Offset(2), EVERYTHING).unwrap()), ["c"]);
    assert!(replica.read(Offset(3), EVERYTHING).unwrap().range.is_none());
    assert!(matches!(replica.read(Offset(4), EVERYTHING), Err(ReadError::OutOfRange)));
}

#[test]
fn only_base_offset_and_leader_epoch_of_a_batch_are_changed() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &["first"]));
    let sent = compressed(Compression::Lz4, 1000, &["a", "b", "c"]);
    append(&mut replica, &sent);
    let stored = bytes_of(&replica.read(Offset(1), EVERYTHING).unwrap());
    assert_eq!(stored[8..12], sent[8..12]);
    assert_eq!(stored[16..], sent[16..]);
    let header = Batch::parse(&stored).unwrap().header;
    assert_eq!((header.base_offset, header.leader_epoch), (Offset(1), EPOCH));
}

#[test]
fn nothing_is_on_disk_before_the_first_append() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert!(replica.read(Offset(0), EVERYTHING).unwrap().range.is_none());
    assert!(!world.partition_path().exists());
    append(&mut replica, &batch(1, &["a"]));
    assert_eq!(
        world.files(),
        ["00000000000000000000.log", "leader-epoch-checkpoint", "partition.metadata"]
    );
    let epochs = std::fs::read_to_string(world.partition_path().join("leader-epoch-checkpoint"));
    assert_eq!(epochs.unwrap(), "0\n1\n0 0\n");
    let metadata = std::fs::read_to_string(world.partition_path().join("partition.metadata"));
    assert_eq!(metadata.unwrap(), format!("version: 0\ntopic_id: {TOPIC_ID}"));
}

#[test]
fn a_full_segment_is_followed_by_one_named_after_the_end() {
    let world = World::with(LogConfig { segment_bytes: 10_000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..20 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(900)]));
    }
    assert_eq!(replica.segment_count(), 2);
    let files = world.files();
    for name in ["00000000000000000010.log", "00000000000000000000.index"] {
        assert!(files.iter().any(|file| file == name), "{name} in {files:?}");
    }
    assert_eq!(consume(&mut replica, Offset(0), 100_000).len(), 20);
}

#[test]
fn a_segment_is_rolled_by_the_records_time() {
    let world = World::with(LogConfig { segment_ms: 1000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(5000, &["a"]));
    append(&mut replica, &batch(6000, &["b"]));
    assert_eq!(replica.segment_count(), 1);
    append(&mut replica, &batch(6001, &["c"]));
    assert_eq!(replica.segment_count(), 2);
}

#[test]
fn a_segment_is_rolled_when_its_index_is_full() {
    let config =
        LogConfig { segment_index_bytes: 48, index_interval_bytes: 0, ..LogConfig::default() };
    let world = World::with(config);
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..9 {
        append(&mut replica, &batch(1000 + number, &["x"]));
    }
    // Three time entries and the one at the roll take 48 bytes.
    assert_eq!(replica.segment_count(), 3);
    assert_eq!(consume(&mut replica, Offset(0), 100_000).len(), 9);
}

#[test]
fn a_batch_larger_than_a_segment_is_refused() {
    let world = World::with(LogConfig { segment_bytes: 1000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let refused = try_append(&mut replica, &batch(1, &[&"x".repeat(1000)]));
    let expected = ErrorCode::RecordListTooLarge;
    assert!(matches!(refused, Err(AppendError::Refused { code, .. }) if code == expected));
    assert!(!world.partition_path().exists());
}

#[test]
fn a_full_disk_changes_nothing_and_the_log_works_again_afterwards() {
    let world = World::new();
    let directory = world.open();
    // A file that never has room takes the place of the log.
    let mut replica = world.named(&directory, "other", 0);
    std::fs::create_dir(world.path.join("other-0")).unwrap();
    let full = world.path.join("other-0/00000000000000000000.log");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    let failed = try_append(&mut replica, &batch(1, &["lost"])).unwrap_err();
    assert!(matches!(&failed, AppendError::Storage(_)));
    assert!(failed.to_string().contains("00000000000000000000.log at byte 0"), "{failed}");
    assert_eq!(replica.offsets().end, Offset(0));
    std::fs::remove_file(&full).unwrap();
    append(&mut replica, &batch(1, &["kept"]));
    assert_eq!(values(&replica.read(Offset(0), EVERYTHING).unwrap()), ["kept"]);
}

#[test]
fn every_message_is_flushed_where_that_is_asked_for() {
    let world = World::with(LogConfig { flush_messages: 1, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let appended = append(&mut replica, &batch(1, &["a"]));
    assert_eq!(appended.flush_due, FlushDue::Everything);
    let flush = replica.plan_flush(appended.flush_due).unwrap().unwrap();
    flush.run().unwrap();
    replica.flushed(&flush, NOW);
    assert_eq!(flush.up_to(), Offset(1));
    assert!(replica.plan_flush(FlushDue::Everything).unwrap().is_none());
    directory.checkpoint().unwrap();
    let points = std::fs::read_to_string(world.path.join("recovery-point-offset-checkpoint"));
    assert_eq!(points.unwrap(), "0\n1\nclicks 0 1\n");
}

#[test]
fn a_flush_is_due_after_flush_ms() {
    let world = World::with(LogConfig { flush_ms: 1000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(append(&mut replica, &batch(1, &["a"])).flush_due, FlushDue::Nothing);
    let later = Now { monotonic: NOW.monotonic + Duration::from_secs(1), ..NOW };
    assert_eq!(replica.flush_due(later), FlushDue::Everything);
    replica.flush(later).unwrap();
    assert_eq!(replica.flush_due(later), FlushDue::Nothing);
}

#[test]
fn a_rolled_segment_is_to_be_flushed_in_the_background() {
    let world = World::with(LogConfig { segment_bytes: 200, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &[&"x".repeat(100)]));
    let appended = append(&mut replica, &batch(1, &[&"x".repeat(100)]));
    assert_eq!(appended.flush_due, FlushDue::Sealed);
    let flush = replica.plan_flush(appended.flush_due).unwrap().unwrap();
    flush.run().unwrap();
    replica.flushed(&flush, NOW);
    assert_eq!(flush.up_to(), Offset(1));
}
