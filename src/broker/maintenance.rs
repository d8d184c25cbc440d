//! What happens without a request: retention, flushing of full segments, removal of what
//! was deleted. Every loop sleeps until something can be due; an idle broker wakes for
//! the retention check alone.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tracing::{info, warn};

use super::{Broker, Partition, Topic, groups};
use crate::storage::FlushDue;

/// Starts everything on the current runtime.
pub(super) fn start(broker: &Arc<Broker>, sealed: UnboundedReceiver<Weak<Partition>>) {
    tokio::spawn(flush_sealed(broker.clone(), sealed));
    tokio::spawn(apply_retention(broker.clone()));
    tokio::spawn(groups::run(broker.clone()));
    if let Some(interval) = duration(broker.config().log_flush_scheduler_interval_ms) {
        tokio::spawn(flush_by_time(broker.clone(), interval));
    }
}

/// Gets full segments past the operating system's cache soon after they are full, as Kafka
/// does, so that a power loss can only touch the active one.
async fn flush_sealed(broker: Arc<Broker>, mut sealed: UnboundedReceiver<Weak<Partition>>) {
    while let Some(partition) = sealed.recv().await {
        let broker = broker.clone();
        let flush = move || {
            if let Some(partition) = partition.upgrade() {
                flush(&broker, &partition, FlushDue::Sealed);
                if let Err(error) = broker.directory().checkpoint() {
                    warn!(%error, "the recovery points could not be written");
                }
            }
        };
        if let Err(error) = tokio::task::spawn_blocking(flush).await {
            warn!(%error, "flushing failed");
        }
    }
}

/// `log.flush.scheduler.interval.ms`: flushes the partitions whose `flush.ms` has passed.
async fn flush_by_time(broker: Arc<Broker>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let broker = broker.clone();
        let flush_due = move || {
            for topic in broker.topics().load().iter() {
                for partition in &topic.partitions {
                    let now = broker.now();
                    let due = partition.with_open(|replica| replica.flush_due(now));
                    if due == Some(FlushDue::Everything) {
                        flush(&broker, partition, FlushDue::Everything);
                    }
                }
            }
        };
        if let Err(error) = tokio::task::spawn_blocking(flush_due).await {
            warn!(%error, "flushing failed");
        }
    }
}

fn flush(broker: &Broker, partition: &Partition, due: FlushDue) {
    if let Err(error) = partition.flush(due, broker.now()) {
        warn!(partition = %partition.name(), %error, "a segment could not be flushed");
    }
}

/// Deletes old segments every `log.retention.check.interval.ms`.
async fn apply_retention(broker: Arc<Broker>) {
    let config = broker.config();
    let interval = duration(config.log_retention_check_interval_ms);
    let first = duration(config.log_initial_task_delay_ms);
    let (Some(interval), Some(first)) = (interval, first) else { return };
    tokio::time::sleep(first).await;
    loop {
        let checked = broker.clone();
        let check = tokio::task::spawn_blocking(move || check_retention(&checked));
        if let Err(error) = check.await {
            warn!(%error, "the retention check failed");
        }
        tokio::time::sleep(interval).await;
    }
}

fn check_retention(broker: &Broker) {
    let unopened = broker.directory().unopened_partitions();
    for topic in broker.topics().load().iter() {
        if topic.config.retention_ms >= 0 || topic.config.retention_bytes >= 0 {
            for partition in &topic.partitions {
                let on_disk = unopened.binary_search(partition.name()).is_ok();
                check_partition(broker, topic, partition, on_disk);
            }
        }
    }
    // Files are removed `file.delete.delay.ms` after they were deleted.
    broker.directory().remove_deleted(broker.now());
}

fn check_partition(broker: &Broker, topic: &Topic, partition: &Partition, on_disk: bool) {
    let now = broker.now();
    let deleted = if on_disk {
        partition.with(now, |replica| replica.delete_old_segments(now)).and_then(|deleted| deleted)
    } else {
        partition.with_open(|replica| replica.delete_old_segments(now)).unwrap_or(Ok(0))
    };
    match deleted {
        Ok(0) => {}
        Ok(segments) => {
            info!(topic = %topic.name, partition = %partition.name(), segments, "deleted old segments")
        }
        Err(error) => {
            warn!(partition = %partition.name(), %error, "retention could not be applied");
        }
    }
}

/// Kafka writes "never" as the largest number.
fn duration(ms: i64) -> Option<Duration> {
    let ms = u64::try_from(ms).ok()?;
    (ms < i64::MAX as u64).then(|| Duration::from_millis(ms))
}
