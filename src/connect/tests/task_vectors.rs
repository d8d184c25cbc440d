//! What a task does when assignments, the endpoint or the bucket's content change under it.

use std::sync::Arc;
use std::time::Duration;

use super::memory::{Log, MemoryStore, Mood};
use super::running::{key, log_of, start, until};
use super::world::{HOUR, MARCH_2_10_00};
use crate::connect::status::State;

#[tokio::test(start_paused = true)]
async fn a_stop_gives_open_uploads_back() {
    let log = Arc::new(Log::default());
    let value = format!("\"{}\"", "x".repeat(1 << 20));
    for _ in 0..9 {
        log.append(0, 0, &value);
    }
    let store = MemoryStore::new(Mood::Well);
    let handle = start("flush.size=10\ns3.part.size=5242880", &log, &store);
    until(|| store.open_uploads() == 1).await;
    handle.stop().await;
    assert_eq!((store.open_uploads(), store.keys().len()), (0, 0));
    assert_eq!(log.committed(0), None);
}

#[tokio::test(start_paused = true)]
async fn a_failed_upload_is_read_again_from_its_first_record() {
    let log = log_of(0);
    let append = |hour: i64, value: &str| log.append(0, MARCH_2_10_00 + hour * HOUR, value);
    append(0, "0");
    append(0, "1");
    append(0, "2");
    let store = MemoryStore::new(Mood::Well);
    let handle = start(
        "partitioner.class=HourlyPartitioner\ntimestamp.extractor=Record\nflush.size=1000\n\
         rotate.interval.ms=3600000",
        &log,
        &store,
    );
    let waiting = |count: i64| {
        let status = handle.status();
        status[0].tasks[0].partitions.first().is_some_and(|part| part.waiting_records == count)
    };
    until(|| waiting(3)).await;
    assert_eq!(log.committed(0), None);
    store.set(Mood::Dead);
    append(1, "3");
    until(|| handle.status()[0].state == State::Retrying).await;
    assert_eq!(log.committed(0), None);
    store.set(Mood::Well);
    until(|| log.committed(0) == Some(3)).await;
    assert_eq!(log.seeks.lock().unwrap()[..], [(0, 0)]);
    let folder = "topics/test-topic/year=2017/month=03/day=02/hour=10";
    assert_eq!(store.keys(), [format!("{folder}/test-topic+0+0000000000.json")]);
    assert_eq!(store.objects().into_values().next().unwrap(), b"0\n1\n2\n");
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_rebalance_keeps_gives_and_takes_partitions() {
    let log = Arc::new(Log::default());
    let append = |partition: i32, count: usize| {
        (0..count).for_each(|_| log.append(partition, 0, "1"));
    };
    append(1, 7);
    append(2, 7);
    append(3, 12);
    log.commit(3, 6);
    log.assign(&[1, 2]);
    let store = MemoryStore::new(Mood::Well);
    let handle = start("", &log, &store);
    until(|| (log.committed(1), log.committed(2)) == (Some(6), Some(6))).await;
    log.assign(&[1, 3]);
    append(1, 5);
    append(2, 5);
    until(|| (log.committed(1), log.committed(3)) == (Some(12), Some(12))).await;
    handle.stop().await;
    let expected: Vec<String> = [(1, 0), (1, 3), (1, 6), (1, 9), (2, 0), (2, 3), (3, 6), (3, 9)]
        .map(|(partition, start)| {
            format!(
                "topics/test-topic/partition={partition}/test-topic+{partition}+{start:010}.json"
            )
        })
        .into();
    assert_eq!(store.keys(), expected);
    assert_eq!((log.committed(2), store.open_uploads()), (Some(6), 0));
}

const SCHEDULE: &str = "rotate.schedule.interval.ms=60000\ntimezone=UTC";

/// Where a task reads on that finds these objects in the way, with a file per record.
async fn resumes_at(changes: &str, log: &Arc<Log>, existing: &[String], mood: Mood) -> i64 {
    let store = MemoryStore::new(mood);
    existing.iter().for_each(|key| store.put(key));
    let handle = start(&format!("{SCHEDULE}\nflush.size=1\n{changes}"), log, &store);
    until(|| !log.seeks.lock().unwrap().is_empty()).await;
    handle.stop().await;
    log.seeks.lock().unwrap()[0].1
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_lets_the_task_read_on_at_the_next_free_one() {
    let taken: Vec<String> = (0..3).map(key).collect();
    assert_eq!(resumes_at("", &log_of(1), &taken, Mood::Well).await, 3);
    // Names with other delimiters.
    let name = |offset| format!("topics_test-topic_partition=0_test-topic#0#{offset:010}.json");
    let taken: Vec<String> = (0..3).map(name).collect();
    let delims = "directory.delim=_\nfile.delim=#";
    assert_eq!(resumes_at(delims, &log_of(1), &taken, Mood::Well).await, 3);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_look_for_a_free_name_tries_the_next() {
    let taken: Vec<String> = (0..3).map(key).collect();
    assert_eq!(resumes_at("", &log_of(1), &taken, Mood::Blind).await, 1);
}

#[tokio::test(start_paused = true)]
async fn the_search_for_a_free_name_ends_at_its_limit() {
    let taken: Vec<String> = (0..120).map(key).collect();
    assert_eq!(resumes_at("", &log_of(1), &taken, Mood::Well).await, 100);
    let limit = "max.files.scan.limit=7";
    assert_eq!(resumes_at(limit, &log_of(1), &taken, Mood::Well).await, 7);
}

#[tokio::test(start_paused = true)]
async fn a_bad_record_is_met_again_after_the_names_that_are_taken() {
    let log = log_of(2);
    log.append(0, 0, "{bad");
    let taken: Vec<String> = (0..2).map(key).collect();
    let store = MemoryStore::new(Mood::Well);
    taken.iter().for_each(|key| store.put(key));
    let tolerant = "errors.tolerance=all\nflush.size=2";
    let handle = start(&format!("{SCHEDULE}\n{tolerant}"), &log, &store);
    until(|| log.committed(0) == Some(2)).await;
    assert_eq!(log.seeks.lock().unwrap()[..], [(0, 2)]);
    until(|| handle.status()[0].tasks[0].partitions[0].skipped_records > 0).await;
    handle.stop().await;
    assert_eq!(store.keys(), taken);
}

/// The partition goes on where the first of the folders does: nothing of the other is lost.
#[tokio::test(start_paused = true)]
async fn of_two_folders_the_earlier_free_name_counts() {
    let schema = r#"{"type":"struct","fields":[{"field":"f","type":"string"}]}"#;
    let log = Arc::new(Log::default());
    for field in ["field0", "field1"] {
        let payload = format!("{{\"schema\":{schema},\"payload\":{{\"f\":\"{field}\"}}}}");
        log.append(0, 0, &payload);
    }
    let name = |field: &str, offset: i64| {
        format!("topics/test-topic/f={field}/test-topic+0+{offset:010}.json")
    };
    let taken = [name("field0", 0), name("field1", 1)];
    let fields = "partitioner.class=FieldPartitioner\npartition.field.name=f\n\
        value.converter.schemas.enable=true\nflush.size=2";
    assert_eq!(resumes_at(fields, &log, &taken, Mood::Well).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_tombstone_among_names_that_are_taken_is_passed_over() {
    let name = |offset: i64| {
        let folder = "topics_test-topic_year=2025_month=01_day=22_hour=02";
        format!("{folder}_test-topic#0#{offset:010}.json")
    };
    let log = Arc::new(Log::default());
    let append = |value: &str| log.append(0, 1_737_543_576_000, value);
    append("1");
    append("null");
    let store = MemoryStore::new(Mood::Well);
    store.put(&name(0));
    store.put(&name(1));
    let handle = start(
        "rotate.schedule.interval.ms=60000\nflush.size=1\ndirectory.delim=_\nfile.delim=#\n\
         partitioner.class=TimeBasedPartitioner\ntimestamp.extractor=Record\n\
         partition.duration.ms=3600000\nbehavior.on.null.values=ignore\n\
         path.format='year'=YYYY_'month'=MM_'day'=dd_'hour'=HH",
        &log,
        &store,
    );
    until(|| log.committed(0) == Some(2)).await;
    assert_eq!(log.seeks.lock().unwrap()[..], [(0, 2)]);
    append("2");
    until(|| log.committed(0) == Some(3)).await;
    handle.stop().await;
    assert_eq!(store.keys(), [name(0), name(1), name(2)]);
}

/// The message of the only record in the dead letter queue.
async fn letter(changes: &str, value: &str) -> String {
    let log = Arc::new(Log::default());
    log.append(0, 0, value);
    let store = MemoryStore::new(Mood::Well);
    let queue = "errors.tolerance=all\nerrors.deadletterqueue.topic.name=dlq\n\
        errors.deadletterqueue.context.headers.enable=true";
    let handle = start(&format!("{queue}\n{changes}"), &log, &store);
    let letters = || log.dead_letters.lock().unwrap().get("dlq").cloned().unwrap_or_default();
    until(|| !letters().is_empty()).await;
    handle.stop().await;
    let name = "__connect.errors.exception.message";
    let header = letters()[0].headers.iter().find(|(key, _)| key == name).cloned().unwrap();
    String::from_utf8(header.1.unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_dead_letter_queue_is_told_what_a_record_lacks() {
    let keys = "store.kafka.keys=true\nkeys.format.class=JsonFormat";
    assert!(letter(keys, "1").await.starts_with("Key cannot be null for SinkRecord"));
    let headers = "store.kafka.headers=true\nheaders.format.class=JsonFormat";
    assert!(letter(headers, "1").await.starts_with("Headers cannot be null for SinkRecord"));
    let ignore = "behavior.on.null.values=ignore";
    assert!(letter(ignore, "null").await.starts_with("Skipping null value record"));
}

/// What comes later than a name that is taken is not committed before what came earlier.
#[tokio::test(start_paused = true)]
async fn a_taken_name_waits_for_the_files_before_it() {
    let store = MemoryStore::new(Mood::Well);
    store.put(&key(2));
    store.hold(&key(0));
    let log = log_of(4);
    let handle = start(&format!("{SCHEDULE}\nflush.size=2"), &log, &store);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(log.committed(0), None);
    store.release();
    until(|| log.committed(0) == Some(4)).await;
    handle.stop().await;
    assert_eq!(store.objects()[&key(0)], b"0\n1\n");
    assert_eq!(store.objects()[&key(3)], b"3\n");
}
