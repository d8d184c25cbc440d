//! A member of the connector's group.
//!
//! Rebalances are told by librdkafka in a callback on the thread that polls; they are kept in
//! order and handed on before any record of the new assignment. What was read of a partition
//! that is taken away is dropped: its next owner reads it again from what is committed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{
    BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::dead_letters::DeadLetterQueue;
use super::{PATIENCE, blocking, known, list, of_kafka};
use crate::base::{Offset, TopicPartition};
use crate::connect::config::{DeadLetterSettings, OffsetReset, SinkConfig, Topics};
use crate::connect::source::{DeadLetter, Event, Headers, Polled, RecordSet, Source, SourceError};
use crate::connect::writer::SinkRecord;

/// Handed on at once at most, where the connector does not say it (Kafka's default).
const RECORDS_MAX: usize = 500;
/// How long a seek may take.
const SEEK_PATIENCE: Duration = Duration::from_secs(10);

/// One task's consumer.
pub(super) struct RemoteSource {
    config: Result<ClientConfig, String>,
    topics: Topics,
    reset: OffsetReset,
    records_max: usize,
    task: usize,
    /// Made by the first poll.
    consumer: Option<Arc<StreamConsumer<Member>>>,
    changes: Arc<Changes>,
    assigned: Vec<TopicPartition>,
    /// A record that was taken and is of another partition than those before it.
    stash: Option<(TopicPartition, RecordSet, Offset)>,
    is_paused: bool,
    dead_letters: DeadLetterQueue,
    /// A seek that has failed; told at the next poll.
    failed: Option<SourceError>,
}

/// Rebalances that the task does not know of yet.
#[derive(Default)]
struct Changes {
    queue: Mutex<VecDeque<Change>>,
    grown: tokio::sync::Notify,
}

#[derive(Clone)]
enum Change {
    Assigned(Vec<TopicPartition>),
    Revoked(Vec<TopicPartition>),
}

impl Changes {
    fn push(&self, change: Change) {
        self.lock().push_back(change);
        self.grown.notify_one();
    }

    fn front(&self) -> Option<Change> {
        self.lock().front().cloned()
    }

    fn pop(&self) {
        self.lock().pop_front();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Change>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What librdkafka calls.
struct Member {
    changes: Arc<Changes>,
}

impl ClientContext for Member {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!("librdkafka: {facility} {message}");
            }
            _ => tracing::warn!("librdkafka: {facility} {message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!("librdkafka: {error}: {reason}");
    }
}

impl ConsumerContext for Member {
    fn pre_rebalance(&self, _: &BaseConsumer<Member>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(partitions) = rebalance
            && partitions.count() > 0
        {
            self.changes.push(Change::Revoked(names(partitions)));
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Member>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance
            && partitions.count() > 0
        {
            self.changes.push(Change::Assigned(names(partitions)));
        }
    }
}

fn names(partitions: &TopicPartitionList) -> Vec<TopicPartition> {
    let elements = partitions.elements();
    elements.iter().map(|it| TopicPartition::new(it.topic(), it.partition())).collect()
}

fn retriable(message: impl Into<String>) -> SourceError {
    SourceError { message: message.into(), is_retriable: true }
}

/// Whether the task should try again.
fn of_error(error: &KafkaError) -> SourceError {
    let is_hopeless = matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::Fatal
                | RDKafkaErrorCode::AutoOffsetReset
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::Authentication
        )
    );
    SourceError { message: error.to_string(), is_retriable: !is_hopeless }
}

impl RemoteSource {
    pub(super) fn new(
        config: Result<ClientConfig, String>,
        dead_letters: DeadLetterQueue,
        sink: &SinkConfig,
        task: usize,
    ) -> RemoteSource {
        RemoteSource {
            config,
            topics: sink.topics.clone(),
            reset: sink.consumer.offset_reset,
            records_max: sink.consumer.poll_records_max.unwrap_or(RECORDS_MAX),
            task,
            consumer: None,
            changes: Arc::default(),
            assigned: Vec::new(),
            stash: None,
            is_paused: false,
            dead_letters,
            failed: None,
        }
    }

    /// The consumer; the first call makes it, and so joins the group.
    fn consumer(&mut self) -> Result<Arc<StreamConsumer<Member>>, SourceError> {
        if let Some(consumer) = &self.consumer {
            return Ok(consumer.clone());
        }
        let permanent = |message: String| SourceError { message, is_retriable: false };
        let mut config = self.config.clone().map_err(permanent)?;
        // Connect's name for it: connector-consumer-NAME-0.
        if let Some(id) = config.get("client.id").map(|id| format!("{id}-{}", self.task)) {
            config.set("client.id", id);
        }
        let member = Member { changes: self.changes.clone() };
        let consumer: StreamConsumer<Member> =
            config.create_with_context(member).map_err(|error| permanent(error.to_string()))?;
        let pattern;
        let topics: Vec<&str> = match &self.topics {
            Topics::Named(names) => names.iter().map(String::as_str).collect(),
            // Java's `matches`: the whole name.
            Topics::Matching(text) => {
                pattern = format!("^({text})$");
                vec![pattern.as_str()]
            }
        };
        consumer.subscribe(&topics).map_err(|error| permanent(error.to_string()))?;
        let consumer = Arc::new(consumer);
        self.consumer = Some(consumer.clone());
        Ok(consumer)
    }

    async fn next_event(&mut self) -> Result<Event, SourceError> {
        let consumer = self.consumer()?;
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        loop {
            if let Some(change) = self.changes.front() {
                return self.take_change(&consumer, change).await;
            }
            if let Some((partition, records, next)) = self.stash.take() {
                return Ok(self.collect(&consumer, partition, records, next));
            }
            let changes = self.changes.clone();
            let message = tokio::select! {
                biased;
                () = changes.grown.notified() => continue,
                message = consumer.recv() => message.map_err(|error| of_error(&error))?,
            };
            let (partition, records, next) = begin(&message);
            return Ok(self.collect(&consumer, partition, records, next));
        }
    }

    /// Hands a rebalance on. It stays in the queue until it has been.
    async fn take_change(
        &mut self,
        consumer: &Arc<StreamConsumer<Member>>,
        change: Change,
    ) -> Result<Event, SourceError> {
        let event = match change {
            Change::Revoked(partitions) => {
                self.assigned.retain(|known| !partitions.contains(known));
                self.stash.take_if(|(partition, ..)| partitions.contains(partition));
                Event::Revoked(partitions)
            }
            Change::Assigned(partitions) => {
                let starts = self.starts(consumer, &partitions).await.map_err(retriable)?;
                self.assigned.extend(partitions);
                if self.is_paused {
                    self.pause(true);
                }
                Event::Assigned(starts)
            }
        };
        self.changes.pop();
        Ok(event)
    }

    /// Where each partition begins: at what is committed, or where the group starts.
    async fn starts(
        &self,
        consumer: &Arc<StreamConsumer<Member>>,
        partitions: &[TopicPartition],
    ) -> Result<Vec<(TopicPartition, Offset)>, String> {
        let (consumer, partitions) = (consumer.clone(), partitions.to_vec());
        let is_latest = self.reset == OffsetReset::Latest;
        blocking(move || {
            let mut asked = TopicPartitionList::new();
            for name in &partitions {
                asked.add_partition(name.topic.as_str(), name.partition.0);
            }
            let committed = consumer.committed_offsets(asked, PATIENCE).map_err(of_kafka)?;
            let committed = known(&committed);
            let mut starts = Vec::new();
            for name in partitions {
                let (first, end) = watermarks(&consumer, &name)?;
                let fallback = if is_latest { end } else { first };
                let start = committed.get(&name).copied().unwrap_or(fallback);
                // What the log has lost cannot be sought.
                starts.push((name, start.max(first)));
            }
            Ok(starts)
        })
        .await
    }

    /// More records of the same partition, as far as they are there.
    fn collect(
        &mut self,
        consumer: &StreamConsumer<Member>,
        partition: TopicPartition,
        mut records: RecordSet,
        mut next: Offset,
    ) -> Event {
        while records.len() < self.records_max {
            let Some(Ok(message)) = consumer.recv().now_or_never() else { break };
            if message.topic() != partition.topic.as_str()
                || message.partition() != partition.partition.0
            {
                self.stash = Some(begin(&message));
                break;
            }
            push(&mut records, &message);
            next = Offset(message.offset()).plus(1);
        }
        Event::Records(Polled { partition, records, next })
    }

    fn assigned_list(&self) -> TopicPartitionList {
        let mut partitions = TopicPartitionList::new();
        for name in &self.assigned {
            partitions.add_partition(name.topic.as_str(), name.partition.0);
        }
        partitions
    }
}

fn begin(message: &BorrowedMessage<'_>) -> (TopicPartition, RecordSet, Offset) {
    let mut records = RecordSet::default();
    push(&mut records, message);
    let partition = TopicPartition::new(message.topic(), message.partition());
    (partition, records, Offset(message.offset()).plus(1))
}

fn push(records: &mut RecordSet, message: &BorrowedMessage<'_>) {
    let record = SinkRecord {
        offset: Offset(message.offset()),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key(),
        value: message.payload(),
        headers: Headers::default(),
    };
    let headers = message.headers().into_iter().flat_map(rdkafka::message::Headers::iter);
    records.push_with_headers(&record, headers.map(|it| (it.key.as_bytes(), it.value)));
}

fn watermarks(
    consumer: &StreamConsumer<Member>,
    name: &TopicPartition,
) -> Result<(Offset, Offset), String> {
    let marks = consumer.fetch_watermarks(name.topic.as_str(), name.partition.0, PATIENCE);
    marks.map(|(first, end)| (Offset(first), Offset(end))).map_err(of_kafka)
}

impl Source for RemoteSource {
    fn poll(&mut self) -> BoxFuture<'_, Result<Event, SourceError>> {
        self.next_event().boxed()
    }

    fn seek(&mut self, partition: &TopicPartition, offset: Offset) {
        self.stash.take_if(|(stashed, ..)| stashed == partition);
        let Some(consumer) = self.consumer.clone() else { return };
        if !self.assigned.contains(partition) {
            return;
        }
        let (topic, index) = (partition.topic.as_str(), partition.partition.0);
        let to = rdkafka::Offset::Offset(offset.0);
        let sought = tokio::task::block_in_place(|| consumer.seek(topic, index, to, SEEK_PATIENCE));
        // A partition that a rebalance is about to take away cannot be sought, and need not.
        if let Err(error) = sought
            && self.changes.front().is_none()
        {
            self.failed = Some(retriable(format!("cannot seek {partition}: {error}")));
        }
    }

    fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        let Some(consumer) = &self.consumer else { return };
        let partitions = self.assigned_list();
        let told = match is_paused {
            true => consumer.pause(&partitions),
            false => consumer.resume(&partitions),
        };
        if let Err(error) = told {
            tracing::warn!(%error, is_paused, "partitions cannot be paused or resumed");
        }
    }

    fn commit<'a>(
        &'a mut self,
        offsets: &'a BTreeMap<TopicPartition, Offset>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        async move {
            let consumer = self.consumer()?;
            let owned = offsets.iter().filter(|(name, _)| self.assigned.contains(name));
            let owned: Vec<_> = owned.map(|(name, offset)| (name.clone(), *offset)).collect();
            if owned.is_empty() {
                return Ok(());
            }
            let offsets = list(owned).map_err(retriable)?;
            let committed =
                blocking(move || consumer.commit(&offsets, CommitMode::Sync).map_err(of_kafka));
            committed.await.map_err(|error| retriable(format!("cannot commit: {error}")))
        }
        .boxed()
    }

    fn dead_letters<'a>(
        &'a mut self,
        settings: &'a DeadLetterSettings,
        letters: &'a [DeadLetter],
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        self.dead_letters.append(settings, letters).map(|sent| sent.map_err(retriable)).boxed()
    }

    fn ends(&mut self) -> BoxFuture<'_, Result<BTreeMap<TopicPartition, Offset>, SourceError>> {
        async move {
            let consumer = self.consumer()?;
            let partitions = self.assigned.clone();
            let ends = blocking(move || {
                let end =
                    |name: TopicPartition| Ok((name.clone(), watermarks(&consumer, &name)?.1));
                partitions.into_iter().map(end).collect()
            });
            ends.await.map_err(retriable)
        }
        .boxed()
    }
}
