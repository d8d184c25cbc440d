//! Getting what was written past the operating system's cache: when, and what.
//!
//! A flush is planned under the replica's lock and run without it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::sync_names;
use super::error::{Error, IoContext};
use super::layout::{self, FileKind};
use super::replica::Replica;
use crate::base::{Now, Offset};
use crate::cluster::LogConfig;
use crate::record::BatchHeader;

/// What an append asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlushDue {
    /// Nothing.
    Nothing,
    /// The segments that are full; some time soon, nobody waits for it.
    Sealed,
    /// Everything, before the producer gets its answer (`flush.messages`, `flush.ms`).
    Everything,
}

/// Files to be flushed.
#[derive(Debug)]
pub struct Flush {
    files: Vec<(PathBuf, Arc<File>)>,
    /// The partition's directory, if names in it are new.
    names: Option<PathBuf>,
    up_to: Offset,
    bytes: u64,
    records: i64,
}

impl Flush {
    /// Flushes; takes as long as the disk does.
    ///
    /// # Errors
    /// A failing disk.
    pub fn run(&self) -> Result<(), Error> {
        for (path, file) in &self.files {
            file.sync_data().at("flush", path)?;
        }
        if let Some(directory) = &self.names {
            for name in [layout::PARTITION_METADATA, layout::LEADER_EPOCHS] {
                sync_small(&directory.join(name))?;
            }
            sync_names(directory)?;
        }
        Ok(())
    }

    /// Everything below is on disk once it has run.
    #[must_use]
    pub fn up_to(&self) -> Offset {
        self.up_to
    }
}

fn sync_small(path: &Path) -> Result<(), Error> {
    match File::open(path) {
        Ok(file) => file.sync_data().at("flush", path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).at("open", path),
    }
}

/// What is not on disk for certain.
#[derive(Debug, Clone)]
pub(super) struct Unflushed {
    pub(super) recovery_point: Offset,
    pub(super) bytes: u64,
    /// Whether files or the directory are new.
    pub(super) names: bool,
    records: i64,
    /// When the last flush was, or the replica opened.
    since: Now,
}

impl Unflushed {
    pub(super) fn new(now: Now) -> Self {
        Unflushed { recovery_point: Offset::ZERO, bytes: 0, names: false, records: 0, since: now }
    }

    pub(super) fn appended(&mut self, header: &BatchHeader) {
        self.bytes += header.size_bytes() as u64;
        self.records += i64::from(header.last_offset_delta) + 1;
    }

    pub(super) fn due(&self, config: &LogConfig, rolled: bool, now: Now) -> FlushDue {
        let by_time = u64::try_from(config.flush_ms)
            .is_ok_and(|flush_ms| now.has_reached(self.since.after_ms(flush_ms)));
        if self.records >= config.flush_messages || (by_time && self.records > 0) {
            FlushDue::Everything
        } else if rolled {
            FlushDue::Sealed
        } else {
            FlushDue::Nothing
        }
    }
}

impl Replica {
    /// Whether `flush.ms` has passed since the last flush, with something written since.
    #[must_use]
    pub fn flush_due(&self, now: Now) -> FlushDue {
        self.unflushed.due(&self.config, false, now)
    }

    /// Says which files a flush takes; `None` when there is nothing to do.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn plan_flush(&mut self, due: FlushDue) -> Result<Option<Flush>, Error> {
        let end = self.log.offsets().end();
        let up_to = match due {
            FlushDue::Nothing => return Ok(None),
            FlushDue::Sealed => self.log.active().base_offset(),
            FlushDue::Everything => end,
        };
        if up_to <= self.unflushed.recovery_point || !self.on_disk {
            return Ok(None);
        }
        let first = self.log.segment_of(self.unflushed.recovery_point);
        let mut files = Vec::new();
        for index in first..self.log.segment_count() {
            let (base, _) = self.log.segment(index);
            if base >= up_to {
                break;
            }
            let is_active = index + 1 == self.log.segment_count();
            let kinds: &[FileKind] = match is_active {
                // After a power loss the indexes of this segment are written anew.
                true => &[FileKind::Log],
                false => &[FileKind::Log, FileKind::OffsetIndex, FileKind::TimeIndex],
            };
            for &kind in kinds {
                if let Some(file) = self.files.open(base, kind)? {
                    files.push((self.files.path(base, kind), file));
                }
            }
        }
        let names = self.unflushed.names.then(|| self.files.directory().to_path_buf());
        let bytes = self.unflushed.bytes;
        let records = self.unflushed.records;
        Ok(Some(Flush { files, names, up_to, bytes, records }))
    }

    /// Notes that a flush has been run: the recovery point moves.
    pub fn flushed(&mut self, flush: &Flush, now: Now) {
        let unflushed = &mut self.unflushed;
        unflushed.recovery_point = unflushed.recovery_point.max(flush.up_to);
        if flush.names.is_some() {
            unflushed.names = false;
        }
        if unflushed.recovery_point >= self.log.active().base_offset() {
            unflushed.bytes = unflushed.bytes.saturating_sub(flush.bytes);
            unflushed.records = unflushed.records.saturating_sub(flush.records);
            unflushed.since = now;
        }
        let recovery = unflushed.recovery_point;
        self.files.shared.set_points(&self.partition, |points| points.recovery = recovery);
    }

    /// Flushes everything now.
    ///
    /// # Errors
    /// A failing disk.
    pub fn flush(&mut self, now: Now) -> Result<(), Error> {
        if let Some(flush) = self.plan_flush(FlushDue::Everything)? {
            flush.run()?;
            self.flushed(&flush, now);
        }
        Ok(())
    }
}
