//! Tasks against a bucket and a log in memory, on a paused clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::memory::{Log, MemorySource, MemoryStore, Mood};
use super::world::config;
use crate::base::Now;
use crate::connect::status::State;
use crate::connect::{Clock, Handle, ObjectStore, SinkConfig};

/// A clock that follows tokio's.
fn clock() -> Clock {
    let start = Instant::now();
    Arc::new(move || {
        let monotonic = start.elapsed();
        Now { monotonic, wall_ms: i64::try_from(monotonic.as_millis()).unwrap() }
    })
}

pub(super) fn start(changes: &str, log: &Arc<Log>, store: &MemoryStore) -> Handle {
    let handle = Handle::new();
    let json = "value.converter=JsonConverter\nvalue.converter.schemas.enable=false\n";
    let config = config(&format!("{json}{changes}"));
    let store: Arc<dyn ObjectStore> = Arc::new(store.clone());
    handle.start(SinkConfig::clone(&config), &store, &clock(), |_, _| {
        Box::new(MemorySource { log: log.clone(), positions: BTreeMap::new(), records_max: 4 })
    });
    handle
}

pub(super) fn log_of(count: i64) -> Arc<Log> {
    let log = Arc::new(Log::default());
    for index in 0..count {
        log.append(0, index, &index.to_string());
    }
    log
}

/// Lets (paused) time pass until `is_so`.
pub(super) async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to pass");
}

pub(super) fn key(offset: i64) -> String {
    format!("topics/test-topic/partition=0/test-topic+0+{offset:010}.json")
}

#[tokio::test(start_paused = true)]
async fn full_files_are_written_and_their_offsets_committed() {
    let (log, store) = (log_of(10), MemoryStore::new(Mood::Well));
    let handle = start("", &log, &store);
    until(|| log.committed(0) == Some(9)).await;
    assert_eq!(store.keys(), [key(0), key(3), key(6)]);
    assert_eq!(store.objects()[&key(3)], b"3\n4\n5\n");
    let status = &handle.status()[0];
    assert_eq!(status.state, State::Running);
    let partition = &status.tasks[0].partitions[0];
    assert_eq!(
        partition.waits_for.as_deref(),
        Some("1 record waits for flush.size=3 (nothing else will close this file)")
    );
    assert_eq!((partition.objects, partition.records), (3, 9));
    handle.stop().await;
    assert_eq!(store.keys().len(), 3, "a stop writes nothing");
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_the_commit_was() {
    let (log, store) = (log_of(10), MemoryStore::new(Mood::Well));
    let handle = start("", &log, &store);
    until(|| log.committed(0) == Some(9)).await;
    handle.stop().await;
    log.append(0, 0, "10");
    log.append(0, 0, "11");
    let handle = start("", &log, &store);
    until(|| log.committed(0) == Some(12)).await;
    assert_eq!(store.objects()[&key(9)], b"9\n10\n11\n");
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_flush_writes_what_has_arrived() {
    let (log, store) = (log_of(5), MemoryStore::new(Mood::Well));
    let handle = start("flush.size=1000", &log, &store);
    let outcome = handle.flush(Some("s3-sink")).await.unwrap();
    assert_eq!(outcome[0].errors, Vec::<String>::new());
    assert_eq!((outcome[0].objects, outcome[0].records), (1, 5));
    assert_eq!(log.committed(0), Some(5));
    assert_eq!(store.objects()[&key(0)], b"0\n1\n2\n3\n4\n");
    let outcome = handle.flush(None).await.unwrap();
    assert_eq!((outcome[0].objects, outcome[0].records), (0, 0));
    assert!(handle.flush(Some("another")).await.is_none());
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_endpoint_loses_nothing() {
    let (log, store) = (log_of(10), MemoryStore::new(Mood::Dead));
    let handle = start("", &log, &store);
    until(|| handle.status()[0].state == State::Retrying).await;
    let task = &handle.status()[0].tasks[0];
    assert!(task.remedy.as_deref().unwrap().contains("store.url"));
    assert!(handle.flush(None).await.unwrap()[0].errors[0].contains("no"));
    store.set(Mood::Well);
    until(|| log.committed(0) == Some(9)).await;
    assert_eq!(handle.status()[0].state, State::Running);
    store.set(Mood::Dead);
    for index in 10..20 {
        log.append(0, 0, &index.to_string());
    }
    until(|| handle.status()[0].state == State::Retrying).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    store.set(Mood::Well);
    until(|| log.committed(0) == Some(18)).await;
    let keys: Vec<String> = (0..18).step_by(3).map(key).collect();
    assert_eq!(store.keys(), keys);
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_is_asked_again() {
    let (log, store) = (log_of(4), MemoryStore::new(Mood::Refusing));
    let handle = start("", &log, &store);
    until(|| handle.status()[0].state == State::Retrying).await;
    let task = &handle.status()[0].tasks[0];
    assert!(task.error.as_deref().unwrap().starts_with("AccessDenied (403)"));
    assert!(task.remedy.as_deref().unwrap().contains("s3:PutObject"));
    store.set(Mood::Well);
    until(|| log.committed(0) == Some(3)).await;
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_bucket_is_named_or_made() {
    let (log, store) = (log_of(4), MemoryStore::new(Mood::Missing));
    let handle = start("", &log, &store);
    until(|| handle.status()[0].state == State::Retrying).await;
    let error = handle.status()[0].tasks[0].error.clone().unwrap();
    assert!(error.ends_with("Non-existent S3 bucket: b"), "{error}");
    handle.stop().await;
    let handle = start("klamm.bucket.create=true", &log, &store);
    until(|| log.committed(0) == Some(3)).await;
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn failing_calls_end_in_the_same_objects() {
    let undisturbed = {
        let (log, store) = (log_of(60), MemoryStore::new(Mood::Well));
        let handle = start("", &log, &store);
        until(|| log.committed(0) == Some(60)).await;
        handle.stop().await;
        store.objects()
    };
    for (every, attempts) in [(2, 3), (3, 3), (5, 1), (7, 1), (13, 1)] {
        let (log, store) = (log_of(60), MemoryStore::new(Mood::Flaky(every)));
        let handle = start(&format!("s3.part.retries={attempts}"), &log, &store);
        until(|| log.committed(0) == Some(60)).await;
        handle.stop().await;
        assert_eq!(store.objects(), undisturbed, "one call in {every} fails");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_record_stops_the_task_after_what_was_before_it() {
    let log = log_of(4);
    log.append(0, 0, "{bad");
    let store = MemoryStore::new(Mood::Well);
    let handle = start("", &log, &store);
    until(|| handle.status()[0].state == State::Failed).await;
    assert_eq!(log.committed(0), Some(3));
    let task = &handle.status()[0].tasks[0];
    assert!(task.error.as_deref().unwrap().starts_with("test-topic-0 offset 4: Converting byte[]"));
    assert!(task.remedy.as_deref().unwrap().contains("errors.tolerance=all"));
    assert!(!handle.flush(None).await.unwrap()[0].errors.is_empty());
    log.records.lock().unwrap().values_mut().for_each(|list| list[4].1 = b"4".to_vec());
    log.append(0, 0, "5");
    handle.restart(None).await;
    until(|| log.committed(0) == Some(6)).await;
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_schedule_closes_files_on_time() {
    let (log, store) = (log_of(2), MemoryStore::new(Mood::Well));
    let schedule = "rotate.schedule.interval.ms=60000\ntimezone=UTC\nflush.size=1000";
    let handle = start(schedule, &log, &store);
    until(|| {
        handle.status()[0].tasks[0].partitions.first().is_some_and(|p| p.waiting_records == 2)
    })
    .await;
    let partition = handle.status()[0].tasks[0].partitions[0].clone();
    assert_eq!(
        partition.waits_for.as_deref(),
        Some(
            "2 records wait for flush.size=1000 (rotate.schedule.interval.ms closes this file at 00:01:00 UTC)"
        )
    );
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(log.committed(0), Some(2));
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nothing_wakes_up_while_nothing_happens() {
    let (log, store) = (log_of(4), MemoryStore::new(Mood::Well));
    let handle = start("", &log, &store);
    until(|| log.committed(0) == Some(3)).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (polls, calls) = (*log.polls.lock().unwrap(), store.bucket.lock().unwrap().calls);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(*log.polls.lock().unwrap(), polls);
    assert_eq!(store.bucket.lock().unwrap().calls, calls);
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn large_files_go_in_parts() {
    let log = Arc::new(Log::default());
    let value = format!("\"{}\"", "x".repeat(1 << 20));
    for _ in 0..12 {
        log.append(0, 0, &value);
    }
    let store = MemoryStore::new(Mood::Well);
    let handle = start("flush.size=12\ns3.part.size=5242880", &log, &store);
    until(|| log.committed(0) == Some(12)).await;
    assert_eq!(store.objects()[&key(0)].len(), 12 * (value.len() + 1));
    assert_eq!(store.bucket.lock().unwrap().part_calls, 3);
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn bad_records_go_to_the_dead_letter_queue() {
    let log = log_of(3);
    log.append(0, 7, "{bad");
    for index in 4..7 {
        log.append(0, 0, &index.to_string());
    }
    let store = MemoryStore::new(Mood::Well);
    let handle = start(
        "errors.tolerance=all\nerrors.deadletterqueue.topic.name=dlq\n\
         errors.deadletterqueue.context.headers.enable=true",
        &log,
        &store,
    );
    until(|| log.committed(0) == Some(7)).await;
    assert_eq!(store.objects()[&key(4)], b"4\n5\n6\n");
    let letters = log.dead_letters.lock().unwrap()["dlq"].clone();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].value.as_deref(), Some(&b"{bad"[..]));
    assert_eq!(letters[0].timestamp_ms, 7);
    let header = |name: &str| {
        let name = format!("__connect.errors.{name}");
        let found = letters[0].headers.iter().find(|(key, _)| *key == name).unwrap();
        String::from_utf8(found.1.clone().unwrap()).unwrap()
    };
    assert_eq!(header("topic"), "test-topic");
    assert_eq!(header("offset"), "3");
    assert_eq!(header("stage"), "VALUE_CONVERTER");
    assert_eq!(header("class.name"), "org.apache.kafka.connect.json.JsonConverter");
    assert_eq!(header("exception.class.name"), "org.apache.kafka.connect.errors.DataException");
    assert!(header("exception.message").starts_with("Converting byte[]"));
    assert_eq!(handle.status()[0].tasks[0].partitions[0].dead_letters, 1);
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_bucket_is_explained() {
    let explained = |handle: &Handle| handle.status()[0].explanation.join("\n");
    let (log, store) = (Arc::new(Log::default()), MemoryStore::new(Mood::Well));
    let handle = start("", &log, &store);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(explained(&handle).contains("the topics test-topic do not exist yet"));
    handle.stop().await;
    let log = log_of(1);
    let handle = start("errors.tolerance=all", &log, &store);
    until(|| explained(&handle).contains("1 record waits for flush.size=3")).await;
    assert!(explained(&handle).contains("`klamm sink flush s3-sink` writes what is waiting now"));
    log.append(0, 0, "{bad");
    until(|| explained(&handle).contains("1 records were left out")).await;
    log.append(0, 0, "1");
    log.append(0, 0, "2");
    until(|| explained(&handle).contains("1 objects with 3 records are in s3://b")).await;
    let metrics = handle.status()[0].metrics.clone();
    assert_eq!((metrics.records_written, metrics.objects_written), (3, 1));
    assert_eq!((metrics.records_skipped, metrics.bytes_written), (1, 6));
    handle.stop().await;
    let (log, store) = (log_of(1), MemoryStore::new(Mood::Dead));
    let handle = start("", &log, &store);
    until(|| explained(&handle).contains("cannot write and tries again")).await;
    assert!(explained(&handle).contains("Remedy: check that"));
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn objects_are_tagged_with_their_offsets() {
    let (log, store) = (log_of(3), MemoryStore::new(Mood::Well));
    let tags = "s3.object.tagging=true\ns3.object.tagging.key.value.pairs=team:data";
    let handle = start(tags, &log, &store);
    until(|| log.committed(0) == Some(3)).await;
    let tags = store.bucket.lock().unwrap().tags[&key(0)].clone();
    let shown: Vec<String> = tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(shown, ["team=data", "startOffset=0", "endOffset=2", "recordCount=3"]);
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn with_a_schedule_no_object_is_replaced() {
    let store = MemoryStore::new(Mood::Well);
    let schedule = "rotate.schedule.interval.ms=60000\ntimezone=UTC\nflush.size=1";
    let first = log_of(3);
    let handle = start(schedule, &first, &store);
    until(|| first.committed(0) == Some(3)).await;
    handle.stop().await;
    // The commit is lost: the same records again.
    let second = log_of(5);
    let handle = start(schedule, &second, &store);
    until(|| second.committed(0) == Some(5)).await;
    handle.stop().await;
    assert_eq!(store.keys(), (0..5).map(key).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_put_ends_after_its_time() {
    let (log, store) = (log_of(9), MemoryStore::new(Mood::Well));
    let handle = start("max.write.duration.ms=0", &log, &store);
    until(|| log.committed(0) == Some(9)).await;
    assert_eq!(store.keys(), [key(0), key(3), key(6)]);
    handle.stop().await;
}
