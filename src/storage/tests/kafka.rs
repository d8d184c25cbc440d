//! A directory that Apache Kafka has written (`fixtures/segments`).

use super::*;
use crate::log::encode_snapshot;

fn fixture() -> World {
    let world = World::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/segments/kafka-4.3.1");
    copy_directory(&source, &world.path);
    world
}

fn clicks(directory: &LogDirectory) -> Replica {
    let partition = TopicPartition::new("clicks", 0);
    directory.replica(partition, TopicId::ZERO, LogConfig::default(), NOW).unwrap()
}

#[test]
fn kafkas_directory_opens_without_recovery() {
    let world = fixture();
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::Clean);
    assert_eq!(directory.meta().cluster_id, "AAAAAAAAAAAAAAAAAAAAAQ");
    let mut replica = clicks(&directory);
    assert_eq!(replica.topic_id().to_string(), "RMMdukDMSvaGJTdcPxgBkw");
    assert_eq!(replica.segment_count(), 5);
    assert_eq!(replica.offsets().end, Offset(20));
    assert_eq!(replica.recovery().truncated_bytes, 0);
    for (number, codec) in ["none", "gzip", "snappy", "lz4", "zstd"].into_iter().enumerate() {
        let read = replica.read(Offset(number as i64 * 4), EVERYTHING).unwrap();
        let big = format!("{codec}-{}", "x".repeat(3000));
        let small = [1, 2, 3].map(|value| format!("{codec}-{value}"));
        assert_eq!(values(&read)[..3], small);
        assert_eq!(values(&read)[3], big);
    }
}

#[test]
fn kafkas_producers_and_times_are_known() {
    let world = fixture();
    let directory = world.open();
    let mut replica = clicks(&directory);
    let ids: Vec<i64> = replica.producers().iter().map(|(id, _)| id.0).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4]);
    let stored = bytes_of(&replica.read(Offset(16), EVERYTHING).unwrap());
    let repeated = append(&mut replica, &stored);
    assert!(repeated.duplicate);
    assert_eq!((repeated.base_offset, repeated.last_offset), (Offset(16), Offset(19)));
    assert_eq!(repeated.log_append_time_ms, 1_795_264_573_265);
    let found = replica.offset_for_timestamp(1_795_264_566_306).unwrap().unwrap();
    assert!((8..12).contains(&found.offset.0), "{found:?}");
    let largest = replica.offset_of_max_timestamp().unwrap().unwrap();
    assert_eq!(largest.timestamp, 1_795_264_573_265);
    let epoch = LeaderEpoch(0);
    assert_eq!(replica.end_offset_for_epoch(epoch, epoch), (epoch, Offset(20)));
}

#[test]
fn opening_and_closing_leaves_kafkas_files_as_they_were() {
    let world = fixture();
    let before = contents(&world.partition_path());
    let directory = world.open();
    let replica = clicks(&directory);
    let snapshot = encode_snapshot(replica.producers());
    replica.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    assert_eq!(contents(&world.partition_path()), before);
    assert_eq!(snapshot, before["00000000000000000020.snapshot"]);
    verify::directory(&world.path);
}

#[test]
fn kafkas_log_is_continued_after_a_power_loss() {
    let world = fixture();
    std::fs::remove_file(world.path.join(".kafka_cleanshutdown")).unwrap();
    std::fs::remove_file(world.path.join("recovery-point-offset-checkpoint")).unwrap();
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::PowerLoss);
    let mut replica = clicks(&directory);
    assert_eq!(replica.recovery().scanned_bytes, 3123 + 150 + 284 + 154 + 134);
    assert_eq!(replica.recovery().truncated_bytes, 0);
    assert_eq!(append(&mut replica, &batch(1, &["on"])).base_offset, Offset(20));
    assert_eq!(consume(&mut replica, Offset(0), 100).len(), 6);
    verify::directory(&world.path);
}

fn contents(directory: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let read = |name: String| {
        let bytes = std::fs::read(directory.join(&name)).unwrap();
        (name, bytes)
    };
    names(directory).into_iter().map(read).collect()
}
