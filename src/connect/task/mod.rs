//! One task of a connector: reads its partitions, writes their files, commits their offsets.
//!
//! There is one way back: after any failure the writers are dropped, the source goes back to
//! what is committed, and everything is done again, as after a crash.

mod conditional;
mod progress;
mod recovery;
mod report;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::config::{ConverterKind, SinkConfig};
use super::convert::RegistryUnreachable;
use super::failure::Failure;
use super::object_store::StoreError;
use super::rotation::Cause;
use super::source::{Event, Polled, Source, SourceError};
use super::spill::Spill;
use super::status::{Board, Numbers, State, waits_for};
use super::upload::{Finished, Uploader};
use super::writer::PartitionWriter;
use crate::base::{Now, Offset, TopicPartition};

/// Reads time.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Uploads at the same time, and their bytes, per task.
const UPLOADS_MAX: usize = 16;
const UPLOAD_BYTES_MAX: usize = 24 << 20;
/// With an open file and nothing new for so long, people are told what it waits for.
const IDLE_NOTICE: Duration = Duration::from_secs(5);

/// What a task can be told.
#[derive(Debug)]
pub(super) enum Control {
    /// Write what has arrived until now, close all files, and say when they are in the bucket.
    Flush(oneshot::Sender<Result<Flushed, String>>),
    /// Begin anew at what is committed.
    Restart,
    /// Let records wait, or go on.
    Pause(bool),
    /// Give unfinished uploads back and end.
    Stop,
}

/// What a flush has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Flushed {
    /// Objects.
    pub objects: u64,
    /// Records in them.
    pub records: u64,
}

/// Why a session of a task ends.
enum End {
    Stop,
    Restart,
    Store(StoreError),
    Source(SourceError),
    Registry(RegistryUnreachable),
    Record(TopicPartition, Offset, Failure),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> End {
        End::Store(error)
    }
}

impl From<SourceError> for End {
    fn from(error: SourceError) -> End {
        End::Source(error)
    }
}

impl From<RegistryUnreachable> for End {
    fn from(error: RegistryUnreachable) -> End {
        End::Registry(error)
    }
}

/// A partition of the task.
struct Assigned {
    writer: PartitionWriter,
    /// Where a session begins: what is committed, or where the group starts.
    restart_at: Offset,
    position: Offset,
    /// Closed files on their way to the bucket, in the order of their offsets.
    pending: VecDeque<Pending>,
    told_idle: bool,
    /// Records that earlier writers of the partition have left out.
    left_out: u64,
}

struct Pending {
    unit: u64,
    next: Offset,
    /// `None` while it is on its way.
    finished: Option<Finished>,
}

/// An upload that has ended.
struct Uploaded {
    partition: TopicPartition,
    unit: u64,
    bytes: usize,
    objects: u64,
    records: u64,
    last_key: Option<Arc<str>>,
    cause: Cause,
    result: Result<(Finished, u64), StoreError>,
}

/// A flush that somebody waits for.
struct Flushing {
    /// Until all partitions are read up to here; then `None`.
    targets: Option<BTreeMap<TopicPartition, Offset>>,
    written: Flushed,
    reply: oneshot::Sender<Result<Flushed, String>>,
}

/// One task.
pub(super) struct Task {
    config: Arc<SinkConfig>,
    source: Box<dyn Source>,
    uploader: Uploader,
    clock: Clock,
    board: Arc<Board>,
    control: mpsc::Receiver<Control>,
    partitions: BTreeMap<TopicPartition, Assigned>,
    uploads: JoinSet<Uploaded>,
    upload_bytes: usize,
    spill: Arc<Spill>,
    units: u64,
    flushing: Option<Flushing>,
    is_paused: bool,
    /// Failures since the last object.
    failures: u32,
    last_told: Option<(Instant, u64)>,
    /// Since when a schema registry does not answer.
    registry_silent_since: Option<Instant>,
}

impl Task {
    pub(super) fn new(
        config: Arc<SinkConfig>,
        source: Box<dyn Source>,
        uploader: Uploader,
        clock: Clock,
        board: Arc<Board>,
        control: mpsc::Receiver<Control>,
    ) -> Task {
        Task {
            config,
            source,
            uploader,
            clock,
            board,
            control,
            partitions: BTreeMap::new(),
            uploads: JoinSet::new(),
            upload_bytes: 0,
            spill: Spill::new(),
            units: 0,
            flushing: None,
            is_paused: false,
            failures: 0,
            last_told: None,
            registry_silent_since: None,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let end = match self.session().await {
                Ok(()) => End::Stop,
                Err(end) => end,
            };
            self.settle().await;
            let goes_on = match end {
                End::Stop => false,
                End::Restart => true,
                End::Store(error) => self.retry_store(error).await,
                End::Source(error) if error.is_retriable => self.retry_source(error).await,
                End::Source(error) => {
                    self.fail(error.to_string(), "see klamm's log".to_owned()).await
                }
                End::Registry(error) => self.retry_registry(error).await,
                End::Record(partition, offset, error) => {
                    let text = format!("{partition} offset {offset}: {error}");
                    self.fail(text, recovery::record_remedy(&error.error)).await
                }
            };
            if !goes_on {
                break;
            }
            self.rewind();
        }
        self.board.lock().state = State::Stopped;
    }

    async fn session(&mut self) -> Result<(), End> {
        self.uploader.ensure_bucket(&self.config.store).await?;
        self.prepare_dead_letters().await?;
        self.post_working();
        let mut idle_since = Instant::now();
        loop {
            self.advance_flush();
            let timer = self.next_timer(idle_since);
            let has_room = self.uploads.len() < UPLOADS_MAX && self.upload_bytes < UPLOAD_BYTES_MAX;
            tokio::select! {
                biased;
                control = self.control.recv() => match control {
                    None | Some(Control::Stop) => return Ok(()),
                    Some(Control::Restart) => return Err(End::Restart),
                    Some(Control::Pause(is_paused)) => {
                        self.pause_source(is_paused);
                        self.post_working();
                    }
                    Some(Control::Flush(reply)) => self.start_flush(reply).await?,
                },
                Some(uploaded) = self.uploads.join_next(), if !self.uploads.is_empty() => {
                    let uploaded = uploaded.expect("an upload neither panics nor is cancelled");
                    self.uploaded(&uploaded)?;
                    self.drain_uploads()?;
                    self.commit().await?;
                }
                () = sleep_until(timer), if timer.is_some() => self.on_timer(idle_since),
                event = self.source.poll(), if has_room => {
                    self.on_event(event?).await?;
                    idle_since = Instant::now();
                    // Others want to work, too, while there is a lot to read.
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    async fn on_event(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Assigned(partitions) => {
                let now_ms = (self.clock)().wall_ms;
                for (partition, offset) in partitions {
                    tracing::info!(connector = %self.config.name, %partition, %offset, "reading");
                    let assigned = Assigned {
                        writer: PartitionWriter::new(&self.config, partition.clone(), now_ms),
                        restart_at: offset,
                        position: offset,
                        pending: VecDeque::new(),
                        told_idle: false,
                        left_out: 0,
                    };
                    let numbers = Numbers { position: offset, ..Numbers::default() };
                    self.board.lock().partitions.insert(partition.clone(), numbers);
                    self.partitions.insert(partition, assigned);
                }
                Ok(())
            }
            Event::Revoked(partitions) => {
                for partition in partitions {
                    if let Some(mut assigned) = self.partitions.remove(&partition) {
                        self.abort_uploads(&mut assigned.writer).await;
                    }
                    self.board.lock().partitions.remove(&partition);
                    if let Some(Flushing { targets: Some(targets), .. }) = &mut self.flushing {
                        targets.remove(&partition);
                    }
                }
                Ok(())
            }
            Event::Records(polled) => self.on_records(&polled).await,
        }
    }

    /// Fetches what converters have to know about these records.
    async fn prepare(&mut self, polled: &Polled) -> Result<(), End> {
        let topic = polled.partition.topic.as_str();
        if let ConverterKind::Registry(registry) = &self.config.value_converter {
            let values = polled.records.iter().map(|record| record.value);
            registry.prepare(topic, values).await?;
        }
        if let Some(ConverterKind::Registry(registry)) = &self.config.key_converter {
            let keys = polled.records.iter().map(|record| record.key);
            registry.prepare(topic, keys).await?;
        }
        self.registry_silent_since = None;
        Ok(())
    }

    async fn on_records(&mut self, polled: &Polled) -> Result<(), End> {
        self.prepare(polled).await?;
        let now = (self.clock)();
        let Some(assigned) = self.partitions.get_mut(&polled.partition) else { return Ok(()) };
        let mut closed = Vec::new();
        let mut failures = Vec::new();
        let mut next = polled.next;
        assigned.writer.begin(now.wall_ms, &mut closed);
        for record in polled.records.iter() {
            if let Some(put_ms_max) = self.config.put_ms_max
                && ((self.clock)().monotonic - now.monotonic).as_millis() > u128::from(put_ms_max)
            {
                // The rest waits for the next turn.
                next = record.offset;
                self.source.seek(&polled.partition, next);
                break;
            }
            if let Err(failure) = assigned.writer.write(&record, now.wall_ms, &mut closed) {
                let is_tolerated = failure.is_tolerated(&self.config.errors);
                failures.push((record, failure));
                if !is_tolerated {
                    break;
                }
            }
        }
        assigned.position = next;
        assigned.told_idle &= closed.is_empty();
        // Safe before anything is committed, so that no bad record gets lost.
        let reported = self.report(&polled.partition, failures).await;
        // Also after a bad record: what was closed before it belongs into the bucket.
        self.send(&polled.partition, closed);
        reported?;
        self.send_parts().await?;
        self.post_numbers(&polled.partition);
        Ok(())
    }

    fn next_timer(&self, idle_since: Instant) -> Option<Instant> {
        let now_ms = (self.clock)().wall_ms;
        let now = Instant::now();
        let mut timer = None;
        for assigned in self.partitions.values() {
            if let Some(due_ms) = assigned.writer.next_deadline_ms() {
                let wait_ms = u64::try_from(due_ms.saturating_sub(now_ms)).unwrap_or(0);
                timer = earlier(timer, now + Duration::from_millis(wait_ms));
            }
            if assigned.writer.record_count() > 0 && !assigned.told_idle {
                timer = earlier(timer, idle_since + IDLE_NOTICE);
            }
        }
        timer
    }

    fn on_timer(&mut self, idle_since: Instant) {
        let now_ms = (self.clock)().wall_ms;
        let is_idle = idle_since.elapsed() >= IDLE_NOTICE;
        let names: Vec<TopicPartition> = self.partitions.keys().cloned().collect();
        for partition in names {
            let Some(assigned) = self.partitions.get_mut(&partition) else { continue };
            let mut closed = Vec::new();
            assigned.writer.on_time(now_ms, &mut closed);
            let waiting = assigned.writer.record_count();
            if is_idle && waiting > 0 && !assigned.told_idle {
                assigned.told_idle = true;
                let next_point = assigned.writer.next_point_ms();
                if let Some(text) = waits_for(waiting, next_point, &self.config.rotation) {
                    tracing::info!(connector = %self.config.name, "{partition}: {text}");
                }
            }
            if !closed.is_empty() {
                assigned.told_idle = false;
                self.send(&partition, closed);
                self.post_numbers(&partition);
            }
        }
    }
}

fn earlier(timer: Option<Instant>, candidate: Instant) -> Option<Instant> {
    Some(timer.map_or(candidate, |timer| timer.min(candidate)))
}

async fn sleep_until(timer: Option<Instant>) {
    match timer {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
