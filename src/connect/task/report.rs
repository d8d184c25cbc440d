//! Records that cannot be written: into the log, into the dead letter queue, or the end.

use super::{End, Task};
use crate::base::TopicPartition;
use crate::connect::config::{DeadLetterSettings, SinkConfig};
use crate::connect::failure::{Failure, Step};
use crate::connect::source::DeadLetter;
use crate::connect::writer::SinkRecord;

impl Task {
    /// Makes the dead letter queue's topic, as Kafka Connect does when a task starts.
    pub(super) async fn prepare_dead_letters(&mut self) -> Result<(), End> {
        if let Some(settings) = &self.config.errors.dead_letters {
            self.source.dead_letters(settings, &[]).await?;
        }
        Ok(())
    }

    /// Tells of records that were refused. `Err` if the last of them ends the task.
    pub(super) async fn report(
        &mut self,
        partition: &TopicPartition,
        failures: Vec<(SinkRecord<'_>, Failure)>,
    ) -> Result<(), End> {
        if failures.is_empty() {
            return Ok(());
        }
        let config = self.config.clone();
        let mut letters = Vec::new();
        let mut skipped = 0_u64;
        let mut last = None;
        let mut fatal = None;
        for (record, failure) in failures {
            let is_reported = failure.step != Step::TaskPut || failure.is_reportable();
            if is_reported && let Some(settings) = &config.errors.dead_letters {
                letters.push(self.letter(settings, partition, &record, &failure));
            }
            if is_reported && config.errors.log {
                self.log(&config, partition, &record, &failure);
            }
            if failure.is_tolerated(&config.errors) {
                skipped += 1;
                last = Some(format!("offset {}: {failure}", record.offset));
            } else {
                fatal = Some(End::Record(partition.clone(), record.offset, failure));
            }
        }
        if let Some(numbers) = self.board.lock().partitions.get_mut(partition) {
            numbers.skipped += skipped;
            numbers.last_skipped = last.or_else(|| numbers.last_skipped.take());
            numbers.dead_letters += letters.len() as u64;
        }
        if let Some(settings) = &config.errors.dead_letters
            && !letters.is_empty()
        {
            self.source.dead_letters(settings, &letters).await?;
        }
        fatal.map_or(Ok(()), Err)
    }

    /// In the words of Kafka Connect's `LogReporter`.
    fn log(
        &self,
        config: &SinkConfig,
        partition: &TopicPartition,
        record: &SinkRecord<'_>,
        failure: &Failure,
    ) {
        let (name, task) = (&config.name, self.board.id());
        let (step, class) = (failure.step.name(), &failure.class);
        let consumed = if config.errors.log_messages {
            let (topic, number) = (&partition.topic, partition.partition);
            let (offset, timestamp) = (record.offset, record.timestamp_ms);
            format!(
                ", where consumed record is {{topic='{topic}', partition={number}, offset={offset}, timestamp={timestamp}}}"
            )
        } else {
            String::new()
        };
        tracing::error!(connector = %name, error = %failure,
            "Error encountered in task {name}-{task}. Executing stage '{step}' with class '{class}'{consumed}.");
    }

    fn letter(
        &self,
        settings: &DeadLetterSettings,
        partition: &TopicPartition,
        record: &SinkRecord<'_>,
        failure: &Failure,
    ) -> DeadLetter {
        let mut headers: Vec<(String, Option<Vec<u8>>)> = record
            .headers
            .iter()
            .map(|(name, value)| (name.into_owned(), value.map(<[u8]>::to_vec)))
            .collect();
        if settings.context_headers {
            let class = failure.exception_class();
            let message = &failure.error.message;
            let context = [
                ("topic", partition.topic.to_string()),
                ("partition", partition.partition.to_string()),
                ("offset", record.offset.to_string()),
                ("connector.name", self.config.name.clone()),
                ("task.id", self.board.id().to_string()),
                ("stage", failure.step.name().to_owned()),
                ("class.name", failure.class.clone()),
                ("exception.class.name", class.to_owned()),
                ("exception.message", message.clone()),
                ("exception.stacktrace", format!("{class}: {message}\n")),
            ];
            headers.extend(context.map(|(name, value)| {
                (format!("__connect.errors.{name}"), Some(value.into_bytes()))
            }));
        }
        DeadLetter {
            timestamp_ms: record.timestamp_ms,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers,
        }
    }
}
