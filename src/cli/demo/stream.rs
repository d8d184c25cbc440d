//! The demo's client: sends events and watches the bucket.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use chrono::Utc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::events::Events;
use super::objects::{Object, Watch};
use super::{Report, TOPIC, show};
use crate::cli::client::{Client, Outgoing, Producer};

/// Events per request at the start.
const BURST: u64 = 250;
/// How often the rest is sent, and the bucket looked at.
const TICK: Duration = Duration::from_millis(250);

/// What to do.
#[derive(Debug)]
pub(super) struct Plan {
    /// Appears when the server serves.
    pub(super) report: PathBuf,
    /// Where the bucket's objects lie.
    pub(super) bucket_dir: PathBuf,
    pub(super) events: u64,
    /// Events a second after the first.
    pub(super) rate: u64,
}

/// What has been done, shared with whoever sums up.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) produced: AtomicU64,
    pub(super) stored: AtomicU64,
    pub(super) objects: Mutex<Vec<Object>>,
    stopping: AtomicBool,
}

impl Progress {
    /// No more is to be said: the server is going.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Events that are in the topic and in no object yet.
    pub(super) fn waiting(&self) -> u64 {
        let produced = self.produced.load(Ordering::Relaxed);
        produced.saturating_sub(self.stored.load(Ordering::Relaxed))
    }

    /// How many objects there are.
    pub(super) fn object_count(&self) -> usize {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn add(&self, object: Object) {
        self.stored.fetch_add(object.records, Ordering::Relaxed);
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).push(object);
    }
}

/// Runs until the server goes.
pub(super) fn run(plan: &Plan, progress: &Progress) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(stream(plan, progress)),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = result
        && !progress.is_stopping()
    {
        show::failure(&error);
    }
}

async fn stream(plan: &Plan, progress: &Progress) -> Result<()> {
    let report = loop {
        match Report::read(&plan.report) {
            Ok(report) => break report,
            Err(_) if progress.is_stopping() => return Ok(()),
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    };
    show::introduction(&report);
    let client = Client::connect(&report.bootstrap_servers).await?;
    let mut producer = Producer::new(client, TOPIC).await?;
    let mut events = Events::new();
    let started = Instant::now();
    let mut left = plan.events;
    while left > 0 {
        let count = left.min(BURST);
        send(&mut producer, &mut events, count, progress).await?;
        left -= count;
    }
    show::burst(plan.events, started.elapsed());
    let mut watch = Watch::new(&plan.bucket_dir);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (steady, mut sent) = (Instant::now(), 0);
    let mut status = show::Status::default();
    while !progress.is_stopping() {
        ticks.tick().await;
        for object in watch.look()? {
            status.object(&object);
            progress.add(object);
        }
        let due = (steady.elapsed().as_secs_f64() * plan.rate as f64) as u64;
        if due > sent {
            send(&mut producer, &mut events, due - sent, progress).await?;
            sent = due;
        }
        status.line(progress);
    }
    Ok(())
}

async fn send(
    producer: &mut Producer,
    events: &mut Events,
    count: u64,
    progress: &Progress,
) -> Result<()> {
    let records: Vec<Outgoing> = (0..count)
        .map(|_| Outgoing {
            value: Some(events.next(Utc::now()).into_bytes()),
            ..Outgoing::default()
        })
        .collect();
    producer.send(&records).await?;
    progress.produced.fetch_add(count, Ordering::Relaxed);
    Ok(())
}
