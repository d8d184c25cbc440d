//! Many partitions: files, memory.

use super::*;

/// Descriptors of this process that point into `directory`.
fn open_files_in(directory: &Path) -> usize {
    let Ok(descriptors) = std::fs::read_dir("/proc/self/fd") else {
        return 0;
    };
    descriptors
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter(|target| target.starts_with(directory))
        .count()
}

#[test]
fn thousands_of_partitions_share_some_hundred_files() {
    let world = World::new();
    let directory = world.open();
    let mut replicas: Vec<Replica> =
        (0..1500).map(|number| world.named(&directory, "many", number)).collect();
    assert!(open_files_in(&world.path) < 5);
    for round in 0..3 {
        for replica in &mut replicas {
            append(replica, &batch(1000 + round, &["x"]));
        }
        assert!(open_files_in(&world.path) <= file_pool::OPEN_FILES_MAX + 5);
    }
    for replica in &mut replicas {
        assert_eq!(values(&replica.read(Offset(0), EVERYTHING).unwrap()), ["x"; 3]);
    }
    assert!(open_files_in(&world.path) <= file_pool::OPEN_FILES_MAX + 5);
    for replica in replicas {
        replica.close(NOW).unwrap();
    }
    assert!(open_files_in(&world.path) < 5);
    directory.close(NOW).unwrap();
    drop(directory);
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::Clean);
    assert_eq!(directory.unopened_partitions().len(), 1500);
    assert_eq!(world.named(&directory, "many", 77).offsets().end, Offset(3));
}

#[test]
fn an_empty_partition_takes_little_memory() {
    let sizes = size_of::<Replica>() + size_of::<crate::log::PartitionLog>();
    assert!(sizes < 500, "{} + {}", size_of::<Replica>(), size_of::<crate::log::PartitionLog>());
}
