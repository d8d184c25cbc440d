//! Whose directory it is, and who may use it.

use super::*;

fn options(node_id: i32, cluster_id: Option<&str>) -> LogDirectoryOptions {
    LogDirectoryOptions {
        node_id: NodeId(node_id),
        cluster_id: cluster_id.map(str::to_owned),
        ..LogDirectoryOptions::default()
    }
}

#[test]
fn a_directory_can_be_used_once() {
    let world = World::new();
    let directory = world.open();
    let second = LogDirectory::open(&world.path, options(1, None), NOW);
    let own = std::process::id();
    assert!(matches!(&second, Err(Error::Locked { pid: Some(pid), .. }) if *pid == own));
    // The failed attempt has not given the lock away.
    let third = LogDirectory::open(&world.path, options(1, None), NOW);
    assert!(matches!(third, Err(Error::Locked { .. })));
    drop(directory);
    world.open();
}

#[test]
fn a_new_directory_belongs_to_who_made_it() {
    let world = World::new();
    let id = "AAAAAAAAAAAAAAAAAAAAAQ";
    let made = LogDirectory::open(&world.path, options(4, Some(id)), NOW).unwrap();
    let meta = made.meta().clone();
    assert_eq!((meta.cluster_id.as_str(), meta.node_id), (id, NodeId(4)));
    let text = std::fs::read_to_string(world.path.join("meta.properties")).unwrap();
    let expected =
        format!("cluster.id={id}\ndirectory.id={}\nnode.id=4\nversion=1\n", meta.directory_id);
    assert_eq!(text, expected);
    drop(made);
    let again = LogDirectory::open(&world.path, options(4, None), NOW).unwrap();
    assert_eq!(*again.meta(), meta);
    drop(again);
    let other = LogDirectory::open(&world.path, options(4, Some("other")), NOW);
    assert!(matches!(other, Err(Error::ClusterId { stored, .. }) if stored == id));
    let other = LogDirectory::open(&world.path, options(5, Some(id)), NOW);
    assert!(matches!(other, Err(Error::NodeId { stored: 4, configured: 5, .. })));
}

#[test]
fn kafkas_meta_properties_are_understood() {
    let world = World::new();
    std::fs::create_dir_all(&world.path).unwrap();
    let content = "#\n#Sat Nov 21 10:00:00 UTC 2026\nnode.id=1\nversion=1\n\
                   directory.id=Yz1Yvh6XQOqO3UFs9mS4QQ\ncluster.id=AAAAAAAAAAAAAAAAAAAAAQ\n";
    std::fs::write(world.path.join("meta.properties"), content).unwrap();
    let directory = world.open();
    assert_eq!(directory.meta().cluster_id, "AAAAAAAAAAAAAAAAAAAAAQ");
    assert_eq!(directory.meta().directory_id.to_string(), "Yz1Yvh6XQOqO3UFs9mS4QQ");
    let kept = std::fs::read_to_string(world.path.join("meta.properties")).unwrap();
    assert_eq!(kept, content);
}

#[test]
fn a_partition_of_an_older_topic_is_not_taken_for_a_newer_one() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &["a"]));
    drop((replica, directory));
    let directory = world.open();
    let partition = TopicPartition::new("clicks", 0);
    assert_eq!(directory.unopened_partitions(), std::slice::from_ref(&partition));
    let other = directory.replica(partition, Uuid([9; 16]), LogConfig::default(), NOW);
    assert!(matches!(other, Err(Error::TopicId { stored, .. }) if stored == TOPIC_ID));
    world.replica(&directory);
    assert_eq!(directory.unopened_partitions(), []);
}

#[test]
fn a_clean_stop_writes_what_kafka_looks_for() {
    let world = World::new();
    let directory = world.open();
    let mut clicks = world.replica(&directory);
    let mut views = world.named(&directory, "views", 3);
    append(&mut clicks, &batch(1, &["a", "b"]));
    append(&mut views, &batch(1, &["a"]));
    clicks.delete_records_before(Offset(1)).unwrap();
    clicks.close(NOW).unwrap();
    views.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    let read = |name: &str| std::fs::read_to_string(world.path.join(name)).unwrap();
    assert_eq!(read("recovery-point-offset-checkpoint"), "0\n2\nclicks 0 2\nviews 3 1\n");
    assert_eq!(read("replication-offset-checkpoint"), "0\n2\nclicks 0 2\nviews 3 1\n");
    assert_eq!(read("log-start-offset-checkpoint"), "0\n1\nclicks 0 1\n");
    assert_eq!(read(".kafka_cleanshutdown"), r#"{"version":0,"brokerEpoch":-1}"#);
    drop(directory);
    let directory = world.open();
    assert!(!world.path.join(".kafka_cleanshutdown").exists());
    assert_eq!(world.replica(&directory).offsets().log_start, Offset(1));
}

#[test]
fn damaged_checkpoints_cost_no_records() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &["a"]));
    replica.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    drop(directory);
    for name in ["recovery-point-offset-checkpoint", "replication-offset-checkpoint"] {
        std::fs::write(world.path.join(name), "0\n7\nclicks").unwrap();
    }
    std::fs::write(world.partition_path().join("leader-epoch-checkpoint"), "0\nx").unwrap();
    std::fs::write(world.partition_path().join("partition.metadata"), "").unwrap();
    let snapshot = world.partition_path().join("00000000000000000001.snapshot");
    std::fs::write(&snapshot, "not a snapshot").unwrap();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(values(&replica.read(Offset(0), EVERYTHING).unwrap()), ["a"]);
    assert!(!snapshot.exists());
}
