//! Why is my bucket empty? What a connector does, in sentences, on one screen.

use super::config::{OffsetReset, SinkConfig, Topics};
use super::status::{PartitionStatus, State, TaskStatus};

/// Answers, the most urgent first.
#[must_use]
pub(super) fn explain(config: &SinkConfig, tasks: &[TaskStatus]) -> Vec<String> {
    let mut lines = Vec::new();
    for task in tasks {
        tell_state(task, &mut lines);
    }
    let partitions: Vec<&PartitionStatus> =
        tasks.iter().flat_map(|task| &task.partitions).collect();
    let is_reading = tasks.iter().all(|task| task.state == State::Running);
    if partitions.is_empty() && !is_reading {
        // Which topics there are is asked only once the bucket is there.
        return lines;
    }
    if partitions.is_empty() {
        lines.push(match &config.topics {
            Topics::Named(names) => format!(
                "There is nothing to read: the topics {} do not exist yet. They are read as soon as they do.",
                names.join(", ")
            ),
            Topics::Matching(pattern) => {
                format!("There is nothing to read: no topic's whole name matches topics.regex={pattern}.")
            }
        });
        return lines;
    }
    tell_written(config, &partitions, &mut lines);
    tell_waiting(config, &partitions, &mut lines);
    tell_left_out(&partitions, &mut lines);
    tell_nothing_read(config, &partitions, &mut lines);
    tell_missing(config, &partitions, &mut lines);
    lines
}

/// Of several topics, those that nobody has made.
fn tell_missing(config: &SinkConfig, partitions: &[&PartitionStatus], lines: &mut Vec<String>) {
    let Topics::Named(names) = &config.topics else { return };
    let topic = |one: &&PartitionStatus| one.partition.rsplit_once('-').map(|it| it.0.to_owned());
    let read: Vec<String> = partitions.iter().filter_map(topic).collect();
    let missing: Vec<&str> =
        names.iter().filter(|name| !read.contains(name)).map(String::as_str).collect();
    if !missing.is_empty() {
        lines.push(format!(
            "Of the connector's topics these do not exist yet, or are another worker's: {}.",
            missing.join(", ")
        ));
    }
}

fn tell_state(task: &TaskStatus, lines: &mut Vec<String>) {
    let (error, remedy) = (task.error.as_deref(), task.remedy.as_deref());
    let (error, remedy) = (error.unwrap_or("unknown"), remedy.unwrap_or("see klamm's log"));
    match task.state {
        State::Running => {}
        State::Paused => {
            lines.push(format!("Task {} is paused: nothing is read until it is resumed.", task.id));
        }
        State::Stopped => lines.push(format!("Task {} is stopped: nothing is read.", task.id)),
        State::Retrying => lines.push(format!(
            "Task {} cannot write and tries again; nothing is lost. {error}. Remedy: {remedy}.",
            task.id
        )),
        State::Failed => lines.push(format!(
            "Task {} has failed and waits for `klamm sink restart`. {error}. Remedy: {remedy}.",
            task.id
        )),
    }
}

fn tell_written(config: &SinkConfig, partitions: &[&PartitionStatus], lines: &mut Vec<String>) {
    let objects: u64 = partitions.iter().map(|partition| partition.objects).sum();
    let records: u64 = partitions.iter().map(|partition| partition.records).sum();
    let bucket = &config.store.bucket;
    let last = partitions.iter().find_map(|partition| partition.last_object.as_deref());
    match last {
        Some(last) => lines.push(format!(
            "{objects} objects with {records} records are in s3://{bucket} since klamm started, one of them {last}."
        )),
        None if partitions.iter().any(|one| one.committed_offset.is_some()) => lines.push(format!(
            "Nothing was written to s3://{bucket} since klamm started; what was before is committed."
        )),
        None => lines.push(format!("Nothing was written to s3://{bucket} since klamm started.")),
    }
}

fn tell_waiting(config: &SinkConfig, partitions: &[&PartitionStatus], lines: &mut Vec<String>) {
    const TOLD_MAX: usize = 8;
    let waiting: Vec<_> =
        partitions.iter().filter(|partition| partition.waiting_records > 0).collect();
    for partition in waiting.iter().take(TOLD_MAX) {
        if let Some(waits_for) = &partition.waits_for {
            lines.push(format!("{}: {waits_for}.", partition.partition));
        }
    }
    if waiting.len() > TOLD_MAX {
        lines.push(format!("So do {} more partitions.", waiting.len() - TOLD_MAX));
    }
    let uploading: usize = partitions.iter().map(|partition| partition.uploading_files).sum();
    if uploading > 0 {
        lines.push(format!("{uploading} groups of closed files are on their way to the bucket."));
    }
    if !waiting.is_empty() {
        let schedule = if config.rotation.schedule.is_some() {
            ""
        } else {
            " rotate.schedule.interval.ms would close files by the clock."
        };
        lines.push(format!(
            "flush.size counts per partition and over all its folders. `klamm sink flush {}` writes what is waiting now.{schedule}",
            config.name
        ));
    }
}

fn tell_left_out(partitions: &[&PartitionStatus], lines: &mut Vec<String>) {
    for partition in partitions {
        let (skipped, dropped) = (partition.skipped_records, partition.left_out_records);
        if skipped > 0 {
            let last = partition.last_skipped.as_deref().unwrap_or("unknown");
            lines.push(format!(
                "{}: {skipped} records were left out because of errors.tolerance=all ({} of them are in the dead letter queue), the last because of: {last}.",
                partition.partition, partition.dead_letters
            ));
        }
        if dropped > 0 {
            lines.push(format!(
                "{}: {dropped} records were dropped by a transform, or are null values (behavior.on.null.values=ignore).",
                partition.partition
            ));
        }
    }
}

fn tell_nothing_read(
    config: &SinkConfig,
    partitions: &[&PartitionStatus],
    lines: &mut Vec<String>,
) {
    let is_untouched = |partition: &&&PartitionStatus| {
        partition.waiting_records == 0
            && partition.objects == 0
            && partition.skipped_records + partition.left_out_records == 0
            && partition.uploading_files == 0
    };
    let idle = partitions.iter().filter(is_untouched).count();
    if idle == partitions.len() {
        let group = &config.group;
        let from = partitions
            .iter()
            .map(|partition| format!("{} at offset {}", partition.partition, partition.position));
        let from: Vec<String> = from.take(8).collect();
        lines.push(format!(
            "No record has arrived since klamm started. Reading goes on from {}; what is before that is committed by the group {group}.",
            from.join(", ")
        ));
        if config.consumer.offset_reset == OffsetReset::Latest {
            lines.push(
                "consumer.override.auto.offset.reset=latest: what was in the topics before is not written."
                    .to_owned(),
            );
        }
    }
}
