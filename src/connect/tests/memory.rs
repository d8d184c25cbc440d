//! A bucket and a log in memory, with moods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::base::{Offset, TopicPartition};
use crate::connect::config::DeadLetterSettings;
use crate::connect::source::{DeadLetter, Event, Headers, Polled, RecordSet, Source, SourceError};
use crate::connect::writer::SinkRecord;
use crate::connect::{
    CompletedPart, ObjectAttributes, ObjectHead, ObjectStore, StoreError, StoreErrorKind,
};

/// How the bucket behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    /// Nobody answers.
    Dead,
    /// Every write is refused.
    Refusing,
    /// The bucket is not there.
    Missing,
    /// Nobody may look whether an object is there.
    Blind,
    /// One call in so many fails.
    Flaky(u64),
}

#[derive(Default)]
pub(super) struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, BTreeMap<u32, Bytes>>,
    pub(super) tags: BTreeMap<String, Vec<(String, String)>>,
    pub(super) calls: u64,
    pub(super) part_calls: u64,
}

#[derive(Clone)]
pub(super) struct MemoryStore {
    mood: Arc<Mutex<Mood>>,
    pub(super) bucket: Arc<Mutex<Bucket>>,
    /// An object that is not completed before somebody says so.
    held: Arc<Mutex<Option<String>>>,
    released: Arc<Notify>,
}

impl MemoryStore {
    pub(super) fn new(mood: Mood) -> MemoryStore {
        MemoryStore {
            mood: Arc::new(Mutex::new(mood)),
            bucket: Arc::default(),
            held: Arc::default(),
            released: Arc::default(),
        }
    }

    /// Lets this object wait until [`MemoryStore::release`].
    pub(super) fn hold(&self, key: &str) {
        *self.held.lock().unwrap() = Some(key.to_owned());
    }

    pub(super) fn release(&self) {
        self.released.notify_one();
    }

    pub(super) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn call<T: Send + 'static>(
        &self,
        is_write: bool,
        work: impl FnOnce(&mut Bucket) -> Result<T, StoreError>,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let mut bucket = self.bucket.lock().unwrap();
        bucket.calls += 1;
        let result = match *self.mood.lock().unwrap() {
            Mood::Dead => Err(failure(StoreErrorKind::Retriable, None, None)),
            Mood::Refusing if is_write => {
                Err(failure(StoreErrorKind::Permanent, Some(403), Some("AccessDenied")))
            }
            Mood::Missing if !is_write => {
                Err(failure(StoreErrorKind::Permanent, Some(404), Some("NoSuchBucket")))
            }
            Mood::Flaky(every) if scattered(bucket.calls).is_multiple_of(every) => {
                Err(failure(StoreErrorKind::Retriable, Some(503), Some("SlowDown")))
            }
            _ => work(&mut bucket),
        };
        drop(bucket);
        async move {
            tokio::task::yield_now().await;
            result
        }
        .boxed()
    }

    /// An object that was there before.
    pub(super) fn put(&self, key: &str) {
        self.bucket.lock().unwrap().objects.insert(key.to_owned(), Vec::new());
    }

    /// Uploads that nobody has completed or aborted.
    pub(super) fn open_uploads(&self) -> usize {
        self.bucket.lock().unwrap().uploads.len()
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.bucket.lock().unwrap().objects.keys().cloned().collect()
    }

    pub(super) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.bucket.lock().unwrap().objects.clone()
    }
}

/// Numbers without a pattern that a retry could get caught in.
fn scattered(number: u64) -> u64 {
    let mixed = (number ^ (number >> 3)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 33
}

fn failure(kind: StoreErrorKind, status: Option<u16>, code: Option<&str>) -> StoreError {
    StoreError { kind, code: code.map(str::to_owned), message: "no".to_owned(), status }
}

impl ObjectStore for MemoryStore {
    fn head_bucket(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.call(false, |_| Ok(()))
    }

    fn create_bucket(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.set(Mood::Well);
        self.call(true, |_| Ok(()))
    }

    fn put_object<'a>(
        &'a self,
        _key: &'a str,
        _bytes: Bytes,
        _attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        panic!("the connector never puts an object in one piece")
    }

    fn create_multipart<'a>(
        &'a self,
        key: &'a str,
        _attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        self.call(true, |bucket| {
            let id = format!("{key}#{}", bucket.calls);
            bucket.uploads.insert(id.clone(), BTreeMap::new());
            Ok(id)
        })
    }

    fn upload_part<'a>(
        &'a self,
        _key: &'a str,
        upload_id: &'a str,
        part_number: u32,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<CompletedPart, StoreError>> {
        self.call(true, |bucket| {
            bucket.part_calls += 1;
            bucket.uploads.get_mut(upload_id).unwrap().insert(part_number, bytes);
            Ok(CompletedPart { part_number, etag: format!("\"{part_number}\"") })
        })
    }

    fn complete_multipart<'a>(
        &'a self,
        key: &'a str,
        upload_id: &'a str,
        parts: &'a [CompletedPart],
        attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let is_held = self.held.lock().unwrap().take_if(|held| held == key).is_some();
        let complete = move |bucket: &mut Bucket| {
            if attributes.if_none_match && bucket.objects.contains_key(key) {
                return Err(failure(
                    StoreErrorKind::Permanent,
                    Some(412),
                    Some("PreconditionFailed"),
                ));
            }
            let sent = bucket.uploads.remove(upload_id).unwrap();
            let numbers: Vec<u32> = parts.iter().map(|part| part.part_number).collect();
            assert_eq!(numbers, sent.keys().copied().collect::<Vec<_>>());
            let object = sent.into_values().flatten().collect();
            bucket.objects.insert(key.to_owned(), object);
            Ok(())
        };
        async move {
            if is_held {
                self.released.notified().await;
            }
            self.call(true, complete).await
        }
        .boxed()
    }

    fn abort_multipart<'a>(
        &'a self,
        _key: &'a str,
        upload_id: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.call(true, |bucket| {
            bucket.uploads.remove(upload_id);
            Ok(())
        })
    }

    fn put_object_tagging<'a>(
        &'a self,
        key: &'a str,
        tags: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.call(true, |bucket| {
            bucket.tags.insert(key.to_owned(), tags.to_vec());
            Ok(())
        })
    }

    fn head_object<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<ObjectHead>, StoreError>> {
        let is_blind = *self.mood.lock().unwrap() == Mood::Blind;
        self.call(false, move |bucket| {
            if is_blind {
                return Err(failure(StoreErrorKind::Permanent, Some(403), Some("AccessDenied")));
            }
            let head =
                |object: &Vec<u8>| ObjectHead { size: object.len() as u64, etag: String::new() };
            Ok(bucket.objects.get(key).map(head))
        })
    }
}

/// A record's timestamp and value.
type Stored = (i64, Vec<u8>);

/// A log that outlives the sink.
#[derive(Default)]
pub(super) struct Log {
    pub(super) records: Mutex<BTreeMap<TopicPartition, Vec<Stored>>>,
    committed: Mutex<BTreeMap<TopicPartition, Offset>>,
    pub(super) dead_letters: Mutex<BTreeMap<String, Vec<DeadLetter>>>,
    grown: Notify,
    pub(super) polls: Mutex<u64>,
    /// The partitions that are the task's; `None`: all.
    owned: Mutex<Option<BTreeSet<i32>>>,
    /// Where the task went back to, or on from.
    pub(super) seeks: Mutex<Vec<(i32, i64)>>,
}

impl Log {
    pub(super) fn append(&self, partition: i32, timestamp_ms: i64, value: &str) {
        let name = TopicPartition::new("test-topic", partition);
        let mut records = self.records.lock().unwrap();
        records.entry(name).or_default().push((timestamp_ms, value.as_bytes().to_vec()));
        drop(records);
        self.grown.notify_one();
    }

    /// A rebalance: from now on these partitions are the task's.
    pub(super) fn assign(&self, partitions: &[i32]) {
        *self.owned.lock().unwrap() = Some(partitions.iter().copied().collect());
        self.grown.notify_one();
    }

    /// What somebody else has committed.
    pub(super) fn commit(&self, partition: i32, offset: i64) {
        let name = TopicPartition::new("test-topic", partition);
        self.committed.lock().unwrap().insert(name, Offset(offset));
    }

    pub(super) fn committed(&self, partition: i32) -> Option<i64> {
        let name = TopicPartition::new("test-topic", partition);
        self.committed.lock().unwrap().get(&name).map(|offset| offset.0)
    }
}

/// Reads a [`Log`], few records at a time.
pub(super) struct MemorySource {
    pub(super) log: Arc<Log>,
    pub(super) positions: BTreeMap<TopicPartition, Offset>,
    pub(super) records_max: usize,
}

impl MemorySource {
    fn next(&mut self) -> Option<Event> {
        *self.log.polls.lock().unwrap() += 1;
        let records = self.log.records.lock().unwrap();
        let committed = self.log.committed.lock().unwrap();
        let owned = self.log.owned.lock().unwrap();
        let is_owned = |name: &&TopicPartition| {
            owned.as_ref().is_none_or(|owned| owned.contains(&name.partition.0))
        };
        let lost: Vec<_> = self.positions.keys().filter(|name| !is_owned(name)).cloned().collect();
        if !lost.is_empty() {
            self.positions.retain(|name, _| is_owned(&name));
            return Some(Event::Revoked(lost));
        }
        let new: Vec<(TopicPartition, Offset)> = records
            .keys()
            .filter(is_owned)
            .filter(|name| !self.positions.contains_key(*name))
            .map(|name| (name.clone(), committed.get(name).copied().unwrap_or(Offset::ZERO)))
            .collect();
        if !new.is_empty() {
            self.positions.extend(new.iter().cloned());
            return Some(Event::Assigned(new));
        }
        for (name, position) in &mut self.positions {
            let start = usize::try_from(position.0).unwrap();
            let mut set = RecordSet::default();
            for (timestamp_ms, value) in records[name].iter().skip(start).take(self.records_max) {
                set.push(&SinkRecord {
                    offset: *position,
                    timestamp_ms: *timestamp_ms,
                    key: None,
                    value: Some(value),
                    headers: Headers::default(),
                });
                *position = position.plus(1);
            }
            if !set.is_empty() {
                let next = *position;
                return Some(Event::Records(Polled {
                    partition: name.clone(),
                    records: set,
                    next,
                }));
            }
        }
        None
    }
}

impl Source for MemorySource {
    fn poll(&mut self) -> BoxFuture<'_, Result<Event, SourceError>> {
        async move {
            loop {
                if let Some(event) = self.next() {
                    return Ok(event);
                }
                self.log.grown.notified().await;
            }
        }
        .boxed()
    }

    fn seek(&mut self, partition: &TopicPartition, offset: Offset) {
        self.log.seeks.lock().unwrap().push((partition.partition.0, offset.0));
        self.positions.insert(partition.clone(), offset);
    }

    fn pause(&mut self, _is_paused: bool) {}

    fn commit<'a>(
        &'a mut self,
        offsets: &'a BTreeMap<TopicPartition, Offset>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        for (name, offset) in offsets {
            let before = self.log.committed.lock().unwrap().insert(name.clone(), *offset);
            assert!(before.is_none_or(|before| before < *offset), "offsets only grow");
        }
        std::future::ready(Ok(())).boxed()
    }

    fn dead_letters<'a>(
        &'a mut self,
        settings: &'a DeadLetterSettings,
        letters: &'a [DeadLetter],
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        let mut queue = self.log.dead_letters.lock().unwrap();
        queue.entry(settings.topic.clone()).or_default().extend_from_slice(letters);
        std::future::ready(Ok(())).boxed()
    }

    fn ends(&mut self) -> BoxFuture<'_, Result<BTreeMap<TopicPartition, Offset>, SourceError>> {
        let records = self.log.records.lock().unwrap();
        let end = |list: &Vec<_>| Offset(i64::try_from(list.len()).unwrap());
        let ends = records.iter().map(|(name, list)| (name.clone(), end(list))).collect();
        std::future::ready(Ok(ends)).boxed()
    }
}
