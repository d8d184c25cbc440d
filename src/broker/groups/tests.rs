use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::shard::{Called, Shard};
use super::timers::Timers;
use crate::base::{
    Deadline, ErrorCode, Generation, LeaderEpoch, MemberId, Now, Offset, ProducerEpoch, ProducerId,
    TopicPartition, Uuid,
};
use crate::broker::partition::Home;
use crate::broker::{OFFSETS_TOPIC, Partition};
use crate::cluster::LogConfig;
use crate::group::{
    Command, CommitOffsets, CommittedOffset, CommittedTopic, FetchOffsets, GroupConfig, JoinGroup,
    JoinVersion, LeaveGroup, LeavingMember, OffsetToCommit, Protocol, Record, Reply,
};
use crate::record::validate::Validated;
use crate::record::{BatchBuilder, ControlType};
use crate::storage::{AppendOrigin, LogDirectory, LogDirectoryOptions};

const NOW: Now = Now { monotonic: Duration::from_secs(1), wall_ms: 1_700_000_000_000 };

fn partition(path: &Path) -> Arc<Partition> {
    let directory = LogDirectory::open(path, LogDirectoryOptions::default(), NOW).unwrap();
    let (sealed, _) = mpsc::unbounded_channel();
    Partition::new(
        TopicPartition::new(OFFSETS_TOPIC, 0),
        Uuid([1; 16]),
        LeaderEpoch(0),
        Arc::new(LogConfig::default()),
        Arc::new(Home { directory: Arc::new(directory), sealed }),
    )
}

fn shard(partition: &Arc<Partition>) -> Shard {
    let config = GroupConfig { initial_rebalance_delay_ms: 0, ..GroupConfig::default() };
    let shard = Shard::new(Arc::clone(partition), config);
    shard.load(NOW).unwrap();
    shard
}

fn ask(shard: &Shard, command: Command) -> Reply {
    match shard.call(NOW, command).unwrap().0 {
        Called::Answered(reply) => reply,
        Called::Parked(_) => panic!("the coordinator lets wait"),
    }
}

fn commit(offset: i64) -> Command {
    let partition = OffsetToCommit {
        partition: 0,
        offset: Offset(offset),
        leader_epoch: LeaderEpoch::NONE,
        metadata: "".into(),
    };
    Command::Commit(CommitOffsets {
        group: "g".into(),
        member: "".into(),
        instance: None,
        generation: Generation::NONE,
        retention_ms: None,
        topics: vec![CommittedTopic {
            topic: "t".into(),
            topic_id: Uuid::ZERO,
            partitions: vec![partition],
        }],
    })
}

fn committed(shard: &Shard) -> Option<Offset> {
    let everything = FetchOffsets { group: "g".into(), topics: None };
    let Reply::Fetch(reply) = ask(shard, Command::Fetch(everything)) else { panic!() };
    Some(reply.topics.first()?.partitions.first()?.offset)
}

fn join(client: &str, member: &str) -> Command {
    Command::Join(JoinGroup {
        group: "g".into(),
        member: member.into(),
        instance: None,
        client_id: client.into(),
        client_host: "/127.0.0.1".into(),
        fresh_id: "1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "connect".into(),
        protocols: vec![Protocol { name: "p".into(), metadata: Bytes::new() }],
        version: JoinVersion::JoinsAtOnce,
    })
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let log = partition(directory.path());
    let before = shard(&log);
    for offset in 0..100 {
        ask(&before, commit(offset));
    }
    drop((before, log));
    let log = partition(directory.path());
    assert!(!shard(&log).is_partition_empty(NOW).unwrap());
    assert_eq!(committed(&shard(&log)), Some(Offset(99)));
}

#[test]
fn a_parked_join_is_answered_when_the_group_goes_on() {
    let directory = TempDir::new().unwrap();
    let shard = shard(&partition(directory.path()));
    assert!(matches!(ask(&shard, join("a", "")), Reply::Join(_)));
    let (Called::Parked(mut parked), deadline) = shard.call(NOW, join("b", "")).unwrap() else {
        panic!("b waits for a");
    };
    assert!(deadline.is_some());
    assert!(parked.try_recv().is_err());
    let leaving = LeavingMember { member: "a-1".into(), instance: None };
    ask(&shard, Command::Leave(LeaveGroup { group: "g".into(), members: vec![leaving] }));
    let Ok(Reply::Join(reply)) = parked.try_recv() else { panic!("b is answered") };
    assert_eq!((reply.error, reply.leader), (ErrorCode::None, MemberId::from("b-1")));
}

#[test]
fn sessions_end_when_nobody_asks() {
    let directory = TempDir::new().unwrap();
    let shard = shard(&partition(directory.path()));
    ask(&shard, join("a", ""));
    let later = Now { monotonic: Duration::from_secs(60), ..NOW };
    assert!(shard.on_deadline(later).is_some(), "the empty group is looked at again");
    let Reply::Describe(reply) = ask(&shard, Command::Describe("g".into())) else { panic!() };
    assert_eq!(reply.state.name(), "Empty");
}

/// Offsets that Apache Kafka wrote in transactions.
#[test]
fn offsets_of_a_transaction_count_from_its_commit_on() {
    let directory = TempDir::new().unwrap();
    let log = partition(directory.path());
    let write = |batch: BatchBuilder| {
        let (header, payload) = batch.build_parts().unwrap();
        let batch = Validated {
            header,
            payload: payload.into(),
            max_timestamp_offset_delta: 0,
            log_append_time_ms: None,
        };
        log.append(&batch, AppendOrigin::Coordinator, NOW).unwrap();
    };
    let transactional = |offset: i64, producer: i64| {
        let value = CommittedOffset {
            offset: Offset(offset),
            leader_epoch: LeaderEpoch::NONE,
            metadata: "".into(),
            commit_timestamp_ms: 0,
            expire_timestamp_ms: None,
            topic_id: Uuid::ZERO,
        };
        let (group, topic) = ("g".into(), "t".into());
        let record = Record::Offset { group, topic, partition: 0, value: Some(value) };
        let mut batch = BatchBuilder::new()
            .producer(ProducerId(producer), ProducerEpoch(0), 0)
            .transactional(true);
        batch.append(0, Some(&record.encode_key()), record.encode_value().as_deref(), &[]);
        batch
    };
    let marker = |control: ControlType, producer: i64| {
        let mut batch = BatchBuilder::new()
            .producer(ProducerId(producer), ProducerEpoch(0), -1)
            .transactional(true)
            .control(true);
        batch.append_control(0, control, &[0, 0, 0, 0, 0, 0]);
        batch
    };
    write(transactional(5, 1));
    assert_eq!(committed(&shard(&log)), None);
    write(marker(ControlType::Commit, 1));
    assert_eq!(committed(&shard(&log)), Some(Offset(5)));
    write(transactional(9, 2));
    write(marker(ControlType::Abort, 2));
    assert_eq!(committed(&shard(&log)), Some(Offset(5)));
}

#[test]
fn a_deadline_that_moves_away_is_found_out_when_it_comes() {
    let timers = Timers::default();
    let at = |seconds| Some(Deadline(Duration::from_secs(seconds)));
    let due = |seconds| timers.take_due(Now { monotonic: Duration::from_secs(seconds), ..NOW });
    timers.set(3, at(10));
    timers.set(4, at(20));
    timers.set(3, at(30));
    assert_eq!(timers.first(), at(10));
    assert_eq!(due(9), Vec::<usize>::new());
    assert_eq!(due(10), [3]);
    timers.set(3, at(30));
    timers.set(3, at(15));
    timers.set(4, None);
    assert_eq!(due(60), [3, 4]);
    assert_eq!(timers.first(), None);
}
