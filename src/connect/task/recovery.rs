//! What a task does when something is in the way, and what it says about it.

use std::time::Duration;

use tokio::time::Instant;

use super::{Control, Task};
use crate::base::TopicPartition;
use crate::connect::convert::{RecordError, RegistryUnreachable};
use crate::connect::object_store::StoreError;
use crate::connect::source::SourceError;
use crate::connect::status::{State, remedy};
use crate::connect::writer::PartitionWriter;

/// The first pause after a failure; doubled each time.
const FIRST_PAUSE_MS: u64 = 500;
/// The longest pause while the endpoint refuses.
const REFUSED_PAUSE_MS_MAX: u64 = 60_000;
/// What to do about a schema registry that does not answer.
const REGISTRY_REMEDY: &str = "start the schema registry or correct schema.registry.url, then \
    restart; errors.retry.timeout says for how many milliseconds it is asked again, -1: for ever";

impl Task {
    pub(super) async fn settle(&mut self) {
        while let Some(uploaded) = self.uploads.join_next().await {
            let uploaded = uploaded.expect("an upload neither panics nor is cancelled");
            // The error that ended the session is the one to tell.
            let _ = self.uploaded(&uploaded);
        }
        let _ = self.commit().await;
        let partitions = std::mem::take(&mut self.partitions);
        for (partition, mut assigned) in partitions {
            self.abort_uploads(&mut assigned.writer).await;
            self.partitions.insert(partition, assigned);
        }
    }

    pub(super) async fn abort_uploads(&self, writer: &mut PartitionWriter) {
        for object in writer.objects() {
            self.uploader.abort(&object.key, &object.upload).await;
        }
    }

    pub(super) fn rewind(&mut self) {
        let now_ms = (self.clock)().wall_ms;
        for (partition, assigned) in &mut self.partitions {
            assigned.left_out += assigned.writer.left_out();
            assigned.writer = PartitionWriter::new(&self.config, partition.clone(), now_ms);
            assigned.position = assigned.restart_at;
            assigned.pending.clear();
            assigned.told_idle = false;
            self.source.seek(partition, assigned.restart_at);
        }
        let names: Vec<TopicPartition> = self.partitions.keys().cloned().collect();
        for partition in names {
            self.post_numbers(&partition);
        }
    }

    pub(super) async fn retry_store(&mut self, mut error: StoreError) -> bool {
        loop {
            self.failures += 1;
            let longest_ms = if error.is_retriable() {
                self.config.retry.redelivery_backoff_ms
            } else {
                REFUSED_PAUSE_MS_MAX
            };
            let advice = remedy(&error, &self.config);
            if !self.pause(&error.to_string(), advice, longest_ms).await {
                return false;
            }
            match self.uploader.ensure_bucket(&self.config.store).await {
                Ok(()) => return true,
                Err(still) => error = still,
            }
        }
    }

    pub(super) async fn retry_source(&mut self, error: SourceError) -> bool {
        self.failures += 1;
        let longest_ms = self.config.retry.redelivery_backoff_ms;
        self.pause(&error.to_string(), "see klamm's log".to_owned(), longest_ms).await
    }

    /// Asks again until `errors.retry.timeout` has passed, then fails. Kafka Connect would leave
    /// the record out with `errors.tolerance=all`; here no record is lost because somebody
    /// else is down.
    pub(super) async fn retry_registry(&mut self, error: RegistryUnreachable) -> bool {
        let errors = &self.config.errors;
        let mut longest_ms = errors.retry_delay_ms_max;
        let since = *self.registry_silent_since.get_or_insert_with(Instant::now);
        if let Ok(patience_ms) = u64::try_from(errors.retry_timeout_ms) {
            let left = Duration::from_millis(patience_ms).saturating_sub(since.elapsed());
            if left.is_zero() {
                let text = format!("{error}; errors.retry.timeout={patience_ms} is over");
                self.registry_silent_since = None;
                return self.fail(text, REGISTRY_REMEDY.to_owned()).await;
            }
            longest_ms = longest_ms.min(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        }
        self.failures += 1;
        self.pause(&error.to_string(), REGISTRY_REMEDY.to_owned(), longest_ms).await
    }

    pub(super) async fn pause(&mut self, error: &str, remedy: String, longest_ms: u64) -> bool {
        let doublings = self.failures.saturating_sub(1).min(16);
        let pause_ms = (FIRST_PAUSE_MS << doublings).min(longest_ms);
        let now_ms = (self.clock)().wall_ms;
        {
            let mut posted = self.board.lock();
            if posted.state != State::Retrying {
                posted.state = State::Retrying;
                posted.since_ms = now_ms;
            }
            posted.failures += 1;
            posted.retry_at_ms = Some(now_ms.saturating_add_unsigned(pause_ms));
        }
        // A dead endpoint is told once and then now and then, not every few seconds.
        if self.failures.is_power_of_two() {
            tracing::warn!(connector = %self.config.name, "cannot write, trying again in \
                {pause_ms} ms; nothing is lost: {error} ({remedy})");
        }
        self.answer_flush(error);
        self.post_error(error.to_owned(), remedy);
        let wake = Instant::now() + Duration::from_millis(pause_ms);
        loop {
            tokio::select! {
                control = self.control.recv() => match control {
                    None | Some(Control::Stop) => return false,
                    Some(Control::Restart) => return true,
                    Some(Control::Pause(is_paused)) => self.pause_source(is_paused),
                    Some(Control::Flush(reply)) => {
                        let _ = reply.send(Err(error.to_owned()));
                    }
                },
                () = tokio::time::sleep_until(wake) => return true,
            }
        }
    }

    pub(super) async fn fail(&mut self, error: String, remedy: String) -> bool {
        tracing::error!(connector = %self.config.name, "task failed: {error} ({remedy})");
        {
            let mut posted = self.board.lock();
            posted.state = State::Failed;
            posted.since_ms = (self.clock)().wall_ms;
        }
        self.answer_flush(&error);
        self.post_error(error.clone(), remedy);
        loop {
            match self.control.recv().await {
                None | Some(Control::Stop) => return false,
                Some(Control::Restart) => return true,
                Some(Control::Pause(is_paused)) => self.pause_source(is_paused),
                Some(Control::Flush(reply)) => {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    pub(super) fn answer_flush(&mut self, error: &str) {
        if let Some(flushing) = self.flushing.take() {
            let _ = flushing.reply.send(Err(error.to_owned()));
        }
    }

    pub(super) fn post_error(&self, error: String, remedy: String) {
        let mut posted = self.board.lock();
        posted.error = Some(error);
        posted.remedy = Some(remedy);
    }

    pub(super) fn pause_source(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        self.source.pause(is_paused);
    }

    pub(super) fn post_working(&self) {
        let state = if self.is_paused { State::Paused } else { State::Running };
        let mut posted = self.board.lock();
        posted.retry_at_ms = None;
        if posted.state != state {
            posted.state = state;
            posted.since_ms = (self.clock)().wall_ms;
            let what = if self.is_paused { "paused" } else { "writing again" };
            tracing::info!(connector = %self.config.name, "{what}");
        }
    }

    pub(super) fn post_numbers(&self, partition: &TopicPartition) {
        let Some(assigned) = self.partitions.get(partition) else { return };
        let mut posted = self.board.lock();
        let Some(numbers) = posted.partitions.get_mut(partition) else { return };
        let (open_files, open_since_ms) = assigned.writer.open_files();
        numbers.position = assigned.position;
        numbers.waiting_records = assigned.writer.record_count();
        numbers.uploading = assigned.pending.len();
        numbers.left_out = assigned.left_out + assigned.writer.left_out();
        numbers.open_files = open_files;
        numbers.open_since_ms = open_since_ms;
        numbers.next_point_ms = assigned.writer.next_point_ms();
        numbers.buffered_bytes = assigned.writer.held_bytes();
    }
}

/// What to do about a record that cannot be written.
pub(super) fn record_remedy(error: &RecordError) -> String {
    let text = &error.message;
    let advice = if text.contains("schemas.enable") {
        "set value.converter.schemas.enable=false for plain JSON"
    } else if text.contains("Error retrieving") {
        "register the schema, or correct schema.registry.url and basic.auth.*, then restart"
    } else if text.contains("Unknown magic byte") {
        "such a record names no schema of a registry: it wants another converter; \
         errors.tolerance=all leaves it out"
    } else if text.contains("serialization error") {
        "errors.tolerance=all leaves such records out; StringConverter or ByteArrayConverter take any bytes"
    } else if text.starts_with("Null valued") {
        "behavior.on.null.values=ignore leaves tombstones out"
    } else if text.starts_with("Error encoding partition") {
        "FieldPartitioner needs records with a schema; RecordField needs JSON objects"
    } else {
        "correct the record or the settings, then restart"
    };
    advice.to_owned()
}
