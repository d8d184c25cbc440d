//! One directory, one partition, as a broker uses them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::{
    ErrorCode, LeaderEpoch, Now, Offset, ProducerEpoch, ProducerId, TopicId, TopicPartition, Uuid,
};
use crate::cluster::LogConfig;
use crate::record::{Batch, BatchBuilder, Batches, Compression};

mod world;

use world::*;

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
fn a_clean_stop_keeps_everything_and_leaves_nothing_to_scan() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..100 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(500)]));
    }
    replica.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    drop(directory);
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::Clean);
    let replica = world.replica(&directory);
    assert_eq!(replica.offsets().end, Offset(100));
    assert!(replica.recovery().scanned_bytes < 8192, "{:?}", replica.recovery());
}
