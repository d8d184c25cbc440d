//! The rules of one partition's log, without files.

use proptest::prelude::*;

use super::*;
use crate::base::{ErrorCode, LeaderEpoch, Offset, ProducerEpoch, ProducerId};
use crate::cluster::LogConfig;
use crate::record::{Attributes, BatchBuilder, BatchHeader};

const NOW_MS: i64 = 1_700_000_000_000;
const EPOCH: LeaderEpoch = LeaderEpoch(0);

fn header(records: i32, bytes: usize, timestamp: i64) -> BatchHeader {
    let mut builder = BatchBuilder::new();
    for _ in 0..records {
        builder.append(timestamp, None, Some(&vec![b'x'; bytes]), &[]);
    }
    builder.build_parts().expect("small").0
}

fn idempotent(id: i64, epoch: i16, sequence: i32, records: i32) -> BatchHeader {
    BatchHeader {
        producer_id: ProducerId(id),
        producer_epoch: ProducerEpoch(epoch),
        base_sequence: sequence,
        ..header(records, 10, NOW_MS)
    }
}

fn append(log: &mut PartitionLog, header: &BatchHeader, config: &LogConfig) -> AppendPlan {
    let plan = log.plan_append(header, AppendOrigin::Client, config, NOW_MS).expect("accepted");
    if let AppendPlan::Write(planned) = &plan {
        if planned.roll {
            log.commit_roll(planned.base_offset, NOW_MS);
        }
        log.commit_append(planned, header, EPOCH, config);
    }
    plan
}

#[test]
fn offsets_follow_each_other_over_segments() {
    let config = LogConfig { segment_bytes: 1000, ..LogConfig::default() };
    let mut log = PartitionLog::new(Offset(0), NOW_MS);
    for number in 0..10 {
        let plan = append(&mut log, &header(3, 100, NOW_MS), &config);
        let AppendPlan::Write(plan) = plan else { panic!("written") };
        assert_eq!(plan.base_offset, Offset(number * 3));
        assert_eq!(plan.last_offset, Offset(number * 3 + 2));
        assert_eq!(plan.roll, number > 0 && number % 2 == 0, "batch {number}");
    }
    assert_eq!(log.segment_count(), 5);
    assert_eq!(log.segment_of(Offset(7)), 1);
    assert_eq!(log.next_base_offset(1), Offset(12));
    assert_eq!(log.next_base_offset(4), Offset(30));
    assert_eq!(log.offsets(), LogOffsets::new(Offset(0), Offset(30)));
}

#[test]
fn a_plan_changes_nothing() {
    let config = LogConfig::default();
    let mut log = PartitionLog::new(Offset(0), NOW_MS);
    append(&mut log, &idempotent(1, 0, 0, 2), &config);
    let before = format!("{log:?}");
    log.plan_append(&idempotent(1, 0, 2, 2), AppendOrigin::Client, &config, NOW_MS).unwrap();
    log.plan_append(&idempotent(1, 0, 9, 2), AppendOrigin::Client, &config, NOW_MS).unwrap_err();
    assert_eq!(format!("{log:?}"), before);
}

#[test]
fn a_segment_without_timestamps_is_rolled_by_the_clock() {
    let config = LogConfig { segment_ms: 1000, ..LogConfig::default() };
    let mut log = PartitionLog::new(Offset(0), NOW_MS);
    append(&mut log, &header(1, 10, -1), &config);
    let next = header(1, 10, -1);
    let rolls = |log: &PartitionLog, now_ms| {
        let plan = log.plan_append(&next, AppendOrigin::Client, &config, now_ms).unwrap();
        matches!(plan, AppendPlan::Write(planned) if planned.roll)
    };
    assert!(!rolls(&log, NOW_MS + 1000));
    assert!(rolls(&log, NOW_MS + 1001));
}

#[test]
fn relative_offsets_fit_31_bits() {
    let config = LogConfig::default();
    let mut log = PartitionLog::new(Offset(0), NOW_MS);
    let mut batch = header(1, 10, NOW_MS);
    batch.last_offset_delta = i32::MAX - 1;
    append(&mut log, &batch, &config);
    let two = header(2, 10, NOW_MS);
    let plan = log.plan_append(&two, AppendOrigin::Client, &config, NOW_MS).unwrap();
    assert!(matches!(plan, AppendPlan::Write(planned) if planned.roll));
    let one = header(1, 10, NOW_MS);
    let plan = log.plan_append(&one, AppendOrigin::Client, &config, NOW_MS).unwrap();
    assert!(matches!(plan, AppendPlan::Write(planned) if !planned.roll));
}

#[test]
fn jitter_rolls_earlier_never_later() {
    let config = LogConfig { segment_ms: 1000, segment_jitter_ms: 500, ..LogConfig::default() };
    let mut log = PartitionLog::new(Offset(0), NOW_MS);
    append(&mut log, &header(1, 10, NOW_MS), &config);
    let rolls = |after_ms| {
        let next = header(1, 10, NOW_MS + after_ms);
        let plan = log.plan_append(&next, AppendOrigin::Client, &config, NOW_MS).unwrap();
        matches!(plan, AppendPlan::Write(planned) if planned.roll)
    };
    assert!(!rolls(500));
    assert!(rolls(1001));
}

#[test]
fn a_read_knows_where_the_last_batches_lie() {
    let config = LogConfig::default();
    let mut log = PartitionLog::new(Offset(0), NOW_MS);
    let batch = header(2, 10, NOW_MS);
    let size = batch.size_bytes() as u32;
    for _ in 0..40 {
        append(&mut log, &batch, &config);
    }
    let place = |log: &PartitionLog, offset| log.plan_read(Offset(offset), Offset(80));
    let at = |position| Ok(ReadPlan::Segment { index: 0, position });
    assert_eq!(place(&log, 79), at(Some(39 * size)));
    assert_eq!(place(&log, 48), at(Some(24 * size)));
    assert_eq!(place(&log, 47), at(None));
    assert_eq!(place(&log, 80), Ok(ReadPlan::Empty));
    assert_eq!(place(&log, 81), Err(ErrorCode::OffsetOutOfRange));
    assert_eq!(log.plan_read(Offset(79), Offset(79)), Ok(ReadPlan::Empty));
    log.positions_mut().read_until(Offset(0), Offset(10), 5 * size);
    assert_eq!(place(&log, 10), at(Some(5 * size)));
    assert_eq!(place(&log, 11), at(None));
}

#[test]
fn epochs_are_cut_at_both_ends() {
    let entry =
        |epoch, start| EpochEntry { epoch: LeaderEpoch(epoch), start_offset: Offset(start) };
    let all = [entry(0, 0), entry(3, 10), entry(4, 20)];
    let mut epochs = LeaderEpochs::from_entries(all);
    assert!(!epochs.truncate_from(Offset(21)));
    assert!(epochs.truncate_from(Offset(20)));
    assert_eq!(epochs.entries(), &all[..2]);
    assert!(!epochs.truncate_to(Offset(0)));
    assert!(epochs.truncate_to(Offset(5)));
    assert_eq!(epochs.entries(), [entry(0, 5), entry(3, 10)]);
    assert!(epochs.truncate_to(Offset(10)));
    assert_eq!(epochs.entries(), [entry(3, 10)]);
    assert_eq!(epochs.epoch_of(Offset(9)), None);
    assert_eq!(epochs.epoch_of(Offset(12)), Some(LeaderEpoch(3)));
    // Asked for an epoch older than all: it ends where the oldest begins.
    let ended = epochs.end_offset_for(LeaderEpoch(1), LeaderEpoch(3), Offset(30));
    assert_eq!(ended, Some((LeaderEpoch(1), Offset(10))));
    // The leader's own epoch is known before anything is written in it.
    let none = LeaderEpochs::from_entries([]);
    let leader = LeaderEpoch(4);
    assert_eq!(none.end_offset_for(leader, leader, Offset(0)), Some((leader, Offset(0))));
    let ended = epochs.end_offset_for(LeaderEpoch(3), leader, Offset(30));
    assert_eq!(ended, Some((LeaderEpoch(3), Offset(30))));
    assert_eq!(epochs.end_offset_for(LeaderEpoch(5), leader, Offset(30)), None);
    assert!(!epochs.assign(LeaderEpoch(2), Offset(30)), "epochs never go back");
    assert!(epochs.assign(LeaderEpoch(5), Offset(10)), "the earlier one wrote nothing");
    assert_eq!(epochs.entries(), [entry(5, 10)]);
}

#[test]
fn a_snapshot_keeps_the_last_batch_of_every_producer() {
    let mut producers = Producers::default();
    producers.commit(&idempotent(7, 2, i32::MAX, 2), Offset(100));
    producers.commit(&idempotent(9, 0, 0, 1), Offset(102));
    producers.commit(&idempotent(9, 0, 1, 3), Offset(103));
    let mut transactional = idempotent(11, 1, 0, 1);
    transactional.attributes = Attributes::default().with_transactional(true);
    producers.commit(&transactional, Offset(106));
    let bytes = encode_snapshot(&producers);
    assert_eq!(bytes.len(), 10 + 3 * 46);
    let read = decode_snapshot(&bytes).unwrap();
    let state = read.get(ProducerId(7)).unwrap();
    let last = state.last_batch().unwrap();
    assert_eq!((last.last_sequence, last.last_offset, last.offset_delta), (0, Offset(101), 1));
    assert_eq!(read.get(ProducerId(9)).unwrap().batches().count(), 1);
    assert_eq!(read.get(ProducerId(11)).unwrap().transaction_first_offset, Some(Offset(106)));
    assert_eq!(encode_snapshot(&read), bytes);
    // A repetition of the last batch is recognised also after a restart, the others are not.
    assert!(read.check(&idempotent(9, 0, 1, 3)).unwrap().is_some());
    assert!(read.check(&idempotent(9, 0, 0, 1)).is_err());
    assert!(read.check(&idempotent(7, 2, i32::MAX, 2)).unwrap().is_some());
}

#[test]
fn a_transaction_marker_ends_the_transaction_and_keeps_the_sequence() {
    let mut producers = Producers::default();
    let mut data = idempotent(11, 1, 0, 4);
    data.attributes = Attributes::default().with_transactional(true);
    producers.commit(&data, Offset(0));
    let mut marker = data;
    marker.attributes = data.attributes.with_control(true);
    marker.base_sequence = -1;
    marker.last_offset_delta = 0;
    producers.commit(&marker, Offset(4));
    let state = producers.get(ProducerId(11)).unwrap();
    assert_eq!(state.transaction_first_offset, None);
    assert_eq!(state.last_batch().unwrap().last_sequence, 3);
    assert!(producers.check(&idempotent(11, 1, 4, 1)).unwrap().is_none());
    // A producer of which only a marker is known begins at 0.
    let mut known = Producers::default();
    known.commit(&marker, Offset(4));
    assert!(known.check(&idempotent(11, 1, 0, 1)).unwrap().is_none());
    assert!(known.check(&idempotent(11, 1, 1, 1)).is_err());
}

#[test]
fn damaged_snapshots_are_refused() {
    let mut producers = Producers::default();
    producers.commit(&idempotent(7, 2, 0, 2), Offset(100));
    let good = encode_snapshot(&producers);
    for length in 0..good.len() {
        assert!(decode_snapshot(&good[..length]).is_err(), "{length} bytes");
    }
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        assert!(decode_snapshot(&bad).is_err(), "byte {place}");
    }
    let mut version = good;
    version[1] = 2;
    assert_eq!(decode_snapshot(&version), Err(SnapshotError::Version(2)));
}

#[test]
fn segments_go_for_the_first_reason_that_holds() {
    let facts =
        SegmentFacts { next_offset: Offset(10), size_bytes: 100, largest_timestamp_ms: 5000 };
    let config = LogConfig { retention_ms: 1000, retention_bytes: 500, ..LogConfig::default() };
    let reason = |total, start, mark, now_ms| {
        deletion_reason(facts, total, Offset(start), Offset(mark), &config, now_ms)
    };
    assert_eq!(reason(600, 10, 20, 9999), Some(DeletionReason::LogStart));
    assert_eq!(reason(600, 0, 20, 5000), Some(DeletionReason::Size));
    assert_eq!(reason(599, 0, 20, 6000), None);
    assert_eq!(reason(599, 0, 20, 6001), Some(DeletionReason::Time));
    assert_eq!(reason(600, 0, 9, 9999), None, "not beyond the high watermark");
    let unlimited = LogConfig { retention_ms: -1, retention_bytes: -1, ..LogConfig::default() };
    let forever = deletion_reason(facts, 600, Offset(0), Offset(20), &unlimited, i64::MAX);
    assert_eq!(forever, None);
}

/// What the producers know, told by a plain list of what was written.
fn expected(written: &[(i16, i32, i32)], epoch: i16, first: i32, count: i32) -> Verdict {
    let Some(&(known, _, _)) = written.last() else {
        return Verdict::Write;
    };
    if epoch < known {
        return Verdict::Refuse(ErrorCode::InvalidProducerEpoch);
    }
    let out_of_order = Verdict::Refuse(ErrorCode::OutOfOrderSequenceNumber);
    if epoch > known {
        return if first == 0 { Verdict::Write } else { out_of_order };
    }
    let same: Vec<_> = written.iter().rev().take_while(|batch| batch.0 == epoch).collect();
    if same.iter().take(5).any(|batch| (batch.1, batch.2) == (first, count)) {
        return Verdict::Duplicate;
    }
    if first == same[0].1 + same[0].2 { Verdict::Write } else { out_of_order }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Write,
    Duplicate,
    Refuse(ErrorCode),
}

proptest! {
    #[test]
    fn producers_are_judged_as_by_a_list_of_all_batches(
        batches in prop::collection::vec((0..3_i16, 0..12_i32, 1..3_i32), 1..60),
    ) {
        let config = LogConfig::default();
        let mut log = PartitionLog::new(Offset(0), NOW_MS);
        let mut written = Vec::new();
        for (epoch, first, count) in batches {
            let header = idempotent(5, epoch, first, count);
            let plan = log.plan_append(&header, AppendOrigin::Client, &config, NOW_MS);
            let verdict = match &plan {
                Ok(AppendPlan::Write(_)) => Verdict::Write,
                Ok(AppendPlan::Duplicate(_)) => Verdict::Duplicate,
                Err(refusal) => Verdict::Refuse(refusal.code),
            };
            prop_assert_eq!(&verdict, &expected(&written, epoch, first, count));
            if let Ok(AppendPlan::Write(planned)) = plan {
                log.commit_append(&planned, &header, EPOCH, &config);
                written.push((epoch, first, count));
            }
        }
    }

    #[test]
    fn index_entries_grow_and_point_to_batches(
        batches in prop::collection::vec((1..4_i32, 0..3000_usize, 0..1000_i64), 1..100),
        interval in 0..9000_u32,
    ) {
        let config = LogConfig { index_interval_bytes: interval, ..LogConfig::default() };
        let mut log = PartitionLog::new(Offset(50), NOW_MS);
        let mut starts = Vec::new();
        for (records, bytes, timestamp) in batches {
            let header = header(records, bytes, timestamp);
            let AppendPlan::Write(plan) = append(&mut log, &header, &config) else { panic!() };
            starts.push((plan.position, plan.last_offset, timestamp));
        }
        log.active_mut().force_time_entry();
        let offsets = log.active().offset_index().pending();
        for pair in offsets.windows(2) {
            prop_assert!(pair[0].position < pair[1].position);
            prop_assert!(pair[1].position - pair[0].position > interval);
        }
        for entry in offsets {
            let batch = starts.iter().find(|batch| batch.0 == entry.position).unwrap();
            prop_assert_eq!(batch.1, entry.offset(Offset(50)));
        }
        let times = log.active().time_index().pending();
        for pair in times.windows(2) {
            prop_assert!(pair[0].timestamp_ms < pair[1].timestamp_ms);
            prop_assert!(pair[0].relative_offset < pair[1].relative_offset);
        }
        let largest = starts.iter().map(|batch| batch.2).max().unwrap();
        prop_assert_eq!(times.last().unwrap().timestamp_ms, largest);
    }
}
