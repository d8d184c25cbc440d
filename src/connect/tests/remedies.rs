//! What people are told to do.

use std::sync::Arc;

use super::memory::{Log, MemoryStore, Mood};
use super::running::{log_of, start, until};
use super::world::config;
use crate::connect::status::{State, remedy};
use crate::connect::{StoreError, StoreErrorKind};

fn failed(status: Option<u16>, message: &str) -> StoreError {
    let (kind, code) = (StoreErrorKind::Permanent, None);
    StoreError { kind, code, message: message.to_owned(), status }
}

#[test]
fn a_name_that_no_bucket_can_have_is_named_as_the_reason() {
    let refused = failed(Some(400), "HTTP 400: Bad Request");
    let told = remedy(&refused, &config("s3.bucket.name=B"));
    assert!(told.starts_with("correct s3.bucket.name=B: names of buckets have 3 to 63"), "{told}");
    assert_eq!(remedy(&refused, &config("s3.bucket.name=fine.bucket-1")), "see the error");
}

#[test]
fn without_credentials_nobody_is_sent_to_look_at_the_network() {
    let unsigned = failed(None, "no usable AWS credentials: failed to load signing credential");
    let told = remedy(&unsigned, &config(""));
    assert!(told.starts_with("set aws.access.key.id and aws.secret.access.key"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn whether_a_topic_exists_is_not_told_before_anybody_has_looked() {
    let (log, store) = (Arc::new(Log::default()), MemoryStore::new(Mood::Dead));
    let handle = start("", &log, &store);
    until(|| handle.status()[0].state == State::Retrying).await;
    let explained = handle.status()[0].explanation.join("\n");
    assert!(!explained.contains("do not exist"), "{explained}");
    handle.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_several_topics_the_missing_ones_are_named() {
    let (log, store) = (log_of(1), MemoryStore::new(Mood::Well));
    let handle = start("topics=test-topic,orders", &log, &store);
    let explained = || handle.status()[0].explanation.join("\n");
    until(|| explained().contains("these do not exist yet, or are another worker's: orders")).await;
    handle.stop().await;
}
