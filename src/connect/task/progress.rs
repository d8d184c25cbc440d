//! From closed files to committed offsets, and flushes on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{End, Flushed, Flushing, Pending, Task, Uploaded};
use crate::base::{Offset, TopicPartition};
use crate::connect::rotation::Cause;
use crate::connect::upload::{Finished, disk_failed};
use crate::connect::writer::{Closed, ClosedObject, OpenObject};

/// Above this, parts of open files are sent before they have `s3.part.size`.
const BUFFER_BYTES_MAX: usize = 64 << 20;
/// S3's smallest part, other than the last.
const PART_BYTES_MIN: usize = 5 << 20;

impl Task {
    pub(super) fn send(&mut self, partition: &TopicPartition, closed: Vec<Closed>) {
        let Some(assigned) = self.partitions.get_mut(partition) else { return };
        for closed in closed {
            self.units += 1;
            let unit = self.units;
            assigned.pending.push_back(Pending { unit, next: closed.next, finished: None });
            let bytes = closed.objects.iter().map(ClosedObject::held_bytes).sum();
            self.upload_bytes += bytes;
            let mut uploaded = Uploaded {
                partition: partition.clone(),
                unit,
                bytes,
                objects: closed.objects.len() as u64,
                records: closed.record_count,
                last_key: closed.objects.last().map(|object| object.key.clone()),
                cause: closed.cause,
                result: Ok((Finished::Written, 0)),
            };
            let uploader = self.uploader.clone();
            self.uploads.spawn(async move {
                uploaded.result = uploader.finish_all(closed).await;
                uploaded
            });
        }
    }

    pub(super) async fn send_parts(&mut self) -> Result<(), End> {
        let held: usize =
            self.partitions.values().map(|assigned| assigned.writer.held_bytes()).sum();
        let is_short = held > BUFFER_BYTES_MAX;
        let part_bytes = if is_short {
            PART_BYTES_MIN.min(self.config.part_bytes)
        } else {
            self.config.part_bytes
        };
        if held < part_bytes {
            return Ok(());
        }
        for assigned in self.partitions.values_mut() {
            for object in assigned.writer.objects() {
                let ready = |object: &mut OpenObject| {
                    object.take_part(part_bytes).map_err(|error| disk_failed(&error))
                };
                while let Some(part) = ready(object)? {
                    self.uploader.send_part(&object.key, &mut object.upload, part.into()).await?;
                }
            }
        }
        if is_short {
            self.spill();
        }
        Ok(())
    }

    /// Many small open files: what is in memory goes to disk.
    fn spill(&mut self) {
        for assigned in self.partitions.values_mut() {
            if assigned.writer.held_bytes() == 0 {
                continue;
            }
            for object in assigned.writer.objects() {
                if let Err(error) = object.spill(&self.spill) {
                    tracing::warn!(connector = %self.config.name, %error,
                        "open files stay in memory: the disk (TMPDIR) does not take them");
                    return;
                }
            }
        }
    }

    pub(super) fn uploaded(&mut self, uploaded: &Uploaded) -> Result<(), End> {
        self.upload_bytes -= uploaded.bytes;
        let (finished, written_bytes) = uploaded.result.clone()?;
        self.failures = 0;
        if let Some(assigned) = self.partitions.get_mut(&uploaded.partition) {
            let mut pending = assigned.pending.iter_mut();
            if let Some(pending) = pending.find(|pending| pending.unit == uploaded.unit) {
                pending.finished = Some(finished);
            }
        }
        if finished != Finished::Written {
            return Ok(());
        }
        if let Some(flushing) = &mut self.flushing {
            flushing.written.objects += uploaded.objects;
            flushing.written.records += uploaded.records;
        }
        if let Some(numbers) = self.board.lock().partitions.get_mut(&uploaded.partition) {
            numbers.objects += uploaded.objects;
            numbers.records += uploaded.records;
            numbers.bytes += written_bytes;
            numbers.last_object.clone_from(&uploaded.last_key);
        }
        self.tell_written(uploaded);
        Ok(())
    }

    pub(super) fn drain_uploads(&mut self) -> Result<(), End> {
        while let Some(uploaded) = self.uploads.try_join_next() {
            self.uploaded(&uploaded.expect("an upload neither panics nor is cancelled"))?;
        }
        Ok(())
    }

    pub(super) fn tell_written(&mut self, uploaded: &Uploaded) {
        let now = Instant::now();
        let untold = match &mut self.last_told {
            Some((at, untold)) if now.duration_since(*at) < Duration::from_secs(1) => {
                *untold += uploaded.objects;
                return;
            }
            told => told.replace((now, 0)).map_or(0, |(_, untold)| untold),
        };
        let key = uploaded.last_key.as_deref().unwrap_or("");
        let more = untold + uploaded.objects - 1;
        let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
        tracing::info!(connector = %self.config.name, records = uploaded.records,
            closed_by = %uploaded.cause, "wrote s3://{}/{key}{and_more}", self.config.store.bucket);
    }

    pub(super) async fn commit(&mut self) -> Result<(), End> {
        let mut offsets = BTreeMap::new();
        let mut taken = Vec::new();
        for (partition, assigned) in &mut self.partitions {
            while let Some(Pending { next, finished: Some(finished), .. }) =
                assigned.pending.front()
            {
                match finished {
                    Finished::Written => _ = offsets.insert(partition.clone(), *next),
                    // What was read after it is read again.
                    Finished::Taken(free) => {
                        taken.push((partition.clone(), *free));
                        break;
                    }
                }
                assigned.pending.pop_front();
            }
        }
        self.commit_offsets(offsets).await?;
        for (partition, free) in taken {
            self.resume(&partition, free).await?;
        }
        Ok(())
    }

    async fn commit_offsets(
        &mut self,
        offsets: BTreeMap<TopicPartition, Offset>,
    ) -> Result<(), End> {
        if offsets.is_empty() {
            return Ok(());
        }
        self.source.commit(&offsets).await?;
        for (partition, offset) in &offsets {
            let Some(assigned) = self.partitions.get_mut(partition) else { continue };
            assigned.restart_at = *offset;
            if let Some(numbers) = self.board.lock().partitions.get_mut(partition) {
                numbers.committed = Some(*offset);
                numbers.uploading = assigned.pending.len();
            }
        }
        Ok(())
    }

    pub(super) async fn start_flush(
        &mut self,
        reply: oneshot::Sender<Result<Flushed, String>>,
    ) -> Result<(), End> {
        let targets = match self.source.ends().await {
            Ok(targets) => targets,
            Err(error) => {
                let _ = reply.send(Err(error.to_string()));
                return Err(error.into());
            }
        };
        if let Some(earlier) = self.flushing.take() {
            let _ = earlier.reply.send(Err("another flush was asked for".to_owned()));
        }
        let written = Flushed::default();
        self.flushing = Some(Flushing { targets: Some(targets), written, reply });
        Ok(())
    }

    pub(super) fn advance_flush(&mut self) {
        let Some(flushing) = &mut self.flushing else { return };
        if let Some(targets) = &flushing.targets {
            let is_read = targets.iter().all(|(partition, end)| {
                self.partitions.get(partition).is_some_and(|assigned| assigned.position >= *end)
            });
            if !is_read {
                return;
            }
            flushing.targets = None;
            let names: Vec<TopicPartition> = self.partitions.keys().cloned().collect();
            for partition in names {
                let mut closed = Vec::new();
                if let Some(assigned) = self.partitions.get_mut(&partition) {
                    assigned.writer.close(Cause::Requested, &mut closed);
                    assigned.told_idle = false;
                }
                self.send(&partition, closed);
                self.post_numbers(&partition);
            }
        }
        let is_written = self.partitions.values().all(|assigned| assigned.pending.is_empty());
        if is_written && let Some(flushing) = self.flushing.take() {
            // Who asked may have gone.
            let _ = flushing.reply.send(Ok(flushing.written));
        }
    }
}
