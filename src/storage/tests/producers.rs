//! Idempotent producers, as clients meet them (answers seen on Kafka 4.3.1).

use super::*;

fn code(result: Result<Appended, AppendError>) -> ErrorCode {
    match result.unwrap_err() {
        AppendError::Refused { code, .. } => code,
        AppendError::Storage(error) => panic!("{error}"),
    }
}

#[test]
fn a_repetition_is_answered_with_the_original_offset_and_timestamp() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &["other"]));
    for sequence in 0..5 {
        append(&mut replica, &idempotent(9, 0, sequence * 2, &["a", "b"]));
    }
    for sequence in 0..5 {
        let repeated = append(&mut replica, &idempotent(9, 0, sequence * 2, &["a", "b"]));
        assert!(repeated.duplicate);
        assert_eq!(repeated.base_offset, Offset(1 + i64::from(sequence) * 2));
        assert_eq!(repeated.last_offset, Offset(2 + i64::from(sequence) * 2));
        assert_eq!(repeated.log_append_time_ms, NOW.wall_ms);
    }
    assert_eq!(replica.offsets().end, Offset(11));
}

#[test]
fn an_older_repetition_and_a_gap_are_out_of_order() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for sequence in 0..6 {
        append(&mut replica, &idempotent(9, 0, sequence, &["a"]));
    }
    let out_of_order = ErrorCode::OutOfOrderSequenceNumber;
    assert_eq!(code(try_append(&mut replica, &idempotent(9, 0, 0, &["a"]))), out_of_order);
    assert_eq!(code(try_append(&mut replica, &idempotent(9, 0, 7, &["a"]))), out_of_order);
    // The same first number with another last one is no repetition.
    assert_eq!(code(try_append(&mut replica, &idempotent(9, 0, 5, &["a", "b"]))), out_of_order);
    append(&mut replica, &idempotent(9, 0, 6, &["a"]));
}

#[test]
fn an_unknown_producer_may_begin_anywhere_but_a_new_epoch_at_zero_only() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &idempotent(9, 3, 1234, &["a"]));
    let refused = code(try_append(&mut replica, &idempotent(9, 4, 1235, &["a"])));
    assert_eq!(refused, ErrorCode::OutOfOrderSequenceNumber);
    append(&mut replica, &idempotent(9, 4, 0, &["a"]));
    let refused = code(try_append(&mut replica, &idempotent(9, 3, 1235, &["a"])));
    assert_eq!(refused, ErrorCode::InvalidProducerEpoch);
}

#[test]
fn sequence_numbers_wrap_from_the_largest_to_zero() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &idempotent(9, 0, i32::MAX - 1, &["a", "b", "c"]));
    let repeated = append(&mut replica, &idempotent(9, 0, i32::MAX - 1, &["a", "b", "c"]));
    assert!(repeated.duplicate);
    // The last record had number 0.
    append(&mut replica, &idempotent(9, 0, 1, &["d"]));
    append(&mut replica, &idempotent(8, 0, i32::MAX, &["a"]));
    append(&mut replica, &idempotent(8, 0, 0, &["a"]));
}

#[test]
fn producers_survive_a_stop_and_a_kill() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &idempotent(9, 0, 0, &["a"]));
    append(&mut replica, &idempotent(9, 0, 1, &["b"]));
    replica.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    drop(directory);
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert!(append(&mut replica, &idempotent(9, 0, 1, &["b"])).duplicate);
    append(&mut replica, &idempotent(9, 0, 2, &["c"]));
    drop((replica, directory));
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::Killed);
    let mut replica = world.replica(&directory);
    let repeated = append(&mut replica, &idempotent(9, 0, 2, &["c"]));
    assert!(repeated.duplicate);
    assert_eq!(repeated.base_offset, Offset(2));
    append(&mut replica, &idempotent(9, 0, 3, &["d"]));
}

#[test]
fn a_silent_producer_is_forgotten() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &idempotent(9, 0, 0, &["a"]));
    let day_ms = 86_400_000;
    assert_eq!(replica.expire_producers(Now { wall_ms: NOW.wall_ms + day_ms - 1, ..NOW }), 0);
    assert_eq!(replica.expire_producers(Now { wall_ms: NOW.wall_ms + day_ms, ..NOW }), 1);
    append(&mut replica, &idempotent(9, 0, 7, &["b"]));
}

#[test]
fn a_coordinator_is_not_asked_for_sequence_numbers() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &idempotent(9, 0, 5, &["a"]));
    let bytes = idempotent(9, 0, 0, &["b"]);
    let batch = Batch::parse(&bytes).unwrap();
    let origin = AppendOrigin::Coordinator;
    let appended =
        replica.append_batch(&batch.header, batch.payload(), origin, EPOCH, NOW).unwrap();
    assert_eq!(appended.base_offset, Offset(1));
}

#[test]
fn snapshots_are_those_of_the_segments_and_the_newest() {
    let world = World::with(LogConfig { segment_bytes: 1000, ..LogConfig::default() });
    for round in 0..4 {
        let directory = world.open();
        let mut replica = world.replica(&directory);
        for number in 0..3 {
            let sequence = round * 3 + number;
            append(&mut replica, &idempotent(9, 0, sequence, &[&"x".repeat(400)]));
        }
        replica.close(NOW).unwrap();
        directory.close(NOW).unwrap();
    }
    let snapshots: Vec<String> =
        world.files().into_iter().filter(|name| name.ends_with(".snapshot")).collect();
    assert_eq!(snapshots, [2, 4, 6, 8, 10, 12].map(|offset: i64| format!("{offset:020}.snapshot")));
}
