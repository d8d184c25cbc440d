//! Retention, DeleteRecords, deleted partitions.

use super::*;

fn fill(replica: &mut Replica, timestamps: &[i64]) {
    for timestamp in timestamps {
        append(replica, &batch(*timestamp, &[&"x".repeat(100)]));
    }
}

/// Every batch is a segment of its own.
fn small_segments() -> LogConfig {
    LogConfig { segment_bytes: 200, file_delete_delay_ms: 0, ..LogConfig::default() }
}

#[test]
fn segments_go_when_all_their_records_are_too_old() {
    let world = World::with(LogConfig { retention_ms: 1000, ..small_segments() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    let now = NOW.wall_ms;
    fill(&mut replica, &[now - 3000, now - 1001, now - 1000, now - 5000]);
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 2);
    assert_eq!(replica.offsets().log_start, Offset(2));
    assert!(matches!(replica.read(Offset(1), EVERYTHING), Err(ReadError::OutOfRange)));
    // The younger one protects the old one behind it.
    assert_eq!(replica.segment_count(), 2);
    assert_eq!(consume(&mut replica, Offset(2), 1000).len(), 2);
    assert!(!world.files().iter().any(|name| name.starts_with("00000000000000000001")));
}

#[test]
fn the_active_segment_is_deleted_too() {
    let world = World::with(LogConfig { retention_ms: 1000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    fill(&mut replica, &[1000, 2000]);
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 1);
    let expected = Offsets {
        log_start: Offset(2),
        last_stable: Offset(2),
        high_watermark: Offset(2),
        end: Offset(2),
    };
    assert_eq!(replica.offsets(), expected);
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 0);
    assert_eq!(append(&mut replica, &batch(NOW.wall_ms, &["a"])).base_offset, Offset(2));
    replica.close(NOW).unwrap();
    let replica = world.replica(&directory);
    assert_eq!((replica.offsets().log_start, replica.offsets().end), (Offset(2), Offset(3)));
}

#[test]
fn as_many_bytes_stay_as_are_to_be_retained() {
    let world = World::with(LogConfig { retention_bytes: 400, ..small_segments() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    fill(&mut replica, &[NOW.wall_ms; 6]);
    let one = replica.size_bytes() / 6;
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 3);
    assert!(replica.size_bytes() >= 400 && replica.size_bytes() < 400 + one);
}

#[test]
fn deleted_segments_keep_their_bytes_for_a_while() {
    let world = World::with(LogConfig {
        retention_ms: 1000,
        file_delete_delay_ms: 60_000,
        ..small_segments()
    });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    fill(&mut replica, &[1000, NOW.wall_ms]);
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 1);
    let deleted = |world: &World| {
        world.files().into_iter().filter(|name| name.ends_with(".deleted")).collect::<Vec<_>>()
    };
    assert!(deleted(&world).contains(&"00000000000000000000.log.deleted".to_owned()));
    let later = Now { monotonic: NOW.monotonic + Duration::from_secs(60), ..NOW };
    assert_eq!(directory.remove_deleted(NOW), Some(NOW.after_ms(60_000)));
    assert!(!deleted(&world).is_empty());
    assert_eq!(directory.remove_deleted(later), None);
    assert!(deleted(&world).is_empty());
}

#[test]
fn deleted_records_are_gone_also_after_a_kill() {
    let world = World::with(small_segments());
    let directory = world.open();
    let mut replica = world.replica(&directory);
    fill(&mut replica, &[NOW.wall_ms; 5]);
    append(&mut replica, &batch(NOW.wall_ms, &["a", "b", "c"]));
    assert_eq!(replica.delete_records_before(Offset(6)).unwrap(), Offset(6));
    assert_eq!(replica.delete_records_before(Offset(2)).unwrap(), Offset(6));
    drop((replica, directory));
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(replica.offsets().log_start, Offset(6));
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 5);
    assert_eq!(values(&replica.read(Offset(6), EVERYTHING).unwrap()), ["a", "b", "c"]);
    assert_eq!(replica.delete_records_before(Offset(-1)).unwrap(), Offset(8));
    let refused = replica.delete_records_before(Offset(9)).unwrap_err();
    let expected = ErrorCode::OffsetOutOfRange;
    assert!(matches!(refused, AppendError::Refused { code, .. } if code == expected));
}

#[test]
fn records_of_a_compacted_topic_cannot_be_deleted() {
    let world = World::with(LogConfig {
        cleanup_delete: false,
        cleanup_compact: true,
        retention_ms: 1,
        ..small_segments()
    });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    fill(&mut replica, &[1, 2, 3]);
    assert_eq!(replica.delete_old_segments(NOW).unwrap(), 0);
    let refused = replica.delete_records_before(Offset(1)).unwrap_err();
    let expected = ErrorCode::PolicyViolation;
    assert!(matches!(refused, AppendError::Refused { code, .. } if code == expected));
}

#[test]
fn a_deleted_partition_can_be_made_again_at_once() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &["old"]));
    replica.delete(NOW).unwrap();
    let mut replica = directory
        .replica(TopicPartition::new("clicks", 0), Uuid([8; 16]), LogConfig::default(), NOW)
        .unwrap();
    assert_eq!(replica.offsets().end, Offset(0));
    append(&mut replica, &batch(1, &["new"]));
    assert_eq!(values(&replica.read(Offset(0), EVERYTHING).unwrap()), ["new"]);
    let waiting = |world: &World| {
        names(&world.path).into_iter().filter(|name| name.ends_with("-delete")).collect::<Vec<_>>()
    };
    let names = waiting(&world);
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("clicks-0."), "{names:?}");
    assert_eq!(names[0].len(), "clicks-0.".len() + 32 + "-delete".len());
    drop((replica, directory));
    // What waits at a stop goes at the next start.
    let directory = world.open();
    directory.remove_deleted(NOW);
    assert!(waiting(&world).is_empty());
}
