//! Opening a partition that is on disk: trust what can be trusted, look at the rest.
//!
//! After a clean stop, and after a kill while the machine stayed up, the index files tell the
//! truth about what they cover, so that only the batches after the last entry of the last segment
//! are looked at, checksums included. After a power loss everything from the recovery point on is
//! looked at, and its indexes are written anew. A torn end is cut at the first batch that is not
//! whole.

use std::sync::Arc;

use super::checkpoint;
use super::directory::{Points, Shared};
use super::error::{Error, IoContext};
use super::index_file;
use super::layout::{self, FileKind};
use super::partition_files::{Found, PartitionFiles};
use super::replica::Replica;
use super::scan::Scan;
use super::shutdown_mark::LastStop;
use crate::base::{Now, Offset, TopicId, TopicPartition};
use crate::cluster::LogConfig;
use crate::log::{
    ActiveSegment, IndexEntry, IndexTail, LeaderEpochs, OffsetEntry, PartitionLog, Producers,
    SealedSegment, TimeEntry,
};

/// What had to be done to open a partition after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Bytes looked at, checksums included.
    pub scanned_bytes: u64,
    /// Bytes of torn or damaged batches that were cut off.
    pub truncated_bytes: u64,
}

/// Reads the segments of a partition, from the oldest one that needs a look.
struct Loader<'a> {
    files: &'a PartitionFiles,
    config: &'a LogConfig,
    now: Now,
    /// Batches that end at or below it are on disk for certain.
    safe_until: Offset,
    recovery: Recovery,
}

impl Replica {
    /// Opens a partition that has a directory. Without a topic id the stored one is taken.
    pub(super) fn open(
        shared: Arc<Shared>,
        partition: TopicPartition,
        topic_id: Option<TopicId>,
        config: Arc<LogConfig>,
        now: Now,
    ) -> Result<Replica, Error> {
        let points = shared.points_of(&partition).unwrap_or_default();
        let files = PartitionFiles::new(shared, &partition.to_string());
        let topic_id = check_topic_id(&files, topic_id)?;
        let found = files.find()?;
        let (log, recovery) = load(&files, &found, &points, &config, now)?;
        if recovery.truncated_bytes > 0 {
            tracing::warn!(
                %partition,
                bytes = recovery.truncated_bytes,
                end_offset = %log.offsets().end(),
                "cut a torn tail off the log"
            );
        }
        let mut replica = Replica::with_log(files, partition, topic_id, config, log, recovery, now);
        replica.take_up_points(&points);
        replica.load_epochs_and_producers(found.snapshots, now)?;
        Ok(replica)
    }

    fn load_epochs_and_producers(&mut self, snapshots: Vec<Offset>, now: Now) -> Result<(), Error> {
        let end = self.log.offsets().end();
        self.snapshots = snapshots;
        while self.snapshots.last().is_some_and(|offset| *offset > end) {
            let beyond = self.snapshots.pop().expect("there is a last one");
            self.files.remove(beyond, FileKind::Snapshot)?;
        }
        self.load_epochs()?;
        let from = self.load_snapshot()?;
        let expiration_ms = self.files.shared.options.producer_id_expiration_ms;
        self.log.producers_mut().expire(now.wall_ms, expiration_ms);
        self.for_each_header(from, |log, header| {
            // A batch that begins before the snapshot is in it.
            if header.base_offset >= from {
                log.replay_producer(header);
            }
        })
    }

    /// Takes the leader epochs from their checkpoint, or else from all batches.
    fn load_epochs(&mut self) -> Result<(), Error> {
        let path = self.files.directory().join(layout::LEADER_EPOCHS);
        let stored = match checkpoint::read_epochs(&path) {
            Ok(entries) => entries,
            Err(error @ Error::Corrupt { .. }) => {
                tracing::warn!(%error, "the leader epochs are taken from the log");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        if stored.is_empty() && self.log.size_bytes() > 0 {
            self.log.set_epochs(LeaderEpochs::default());
            let mut epochs = LeaderEpochs::default();
            self.for_each_header(self.log.segment(0).0, |_, header| {
                epochs.assign(header.leader_epoch, header.base_offset);
            })?;
            self.log.set_epochs(epochs);
            return self.write_epochs();
        }
        // The checkpoint may be older than the batches that were looked at.
        let seen = self.log.epochs().entries().to_vec();
        let known = stored.len();
        let mut epochs = LeaderEpochs::from_entries(stored.into_iter().chain(seen));
        let cut = epochs.truncate_from(self.log.offsets().end());
        let changed = cut || epochs.entries().len() != known;
        self.log.set_epochs(epochs);
        if changed { self.write_epochs() } else { Ok(()) }
    }
}

/// Compares the stored topic id with the expected one; the stored one is written if missing.
fn check_topic_id(files: &PartitionFiles, expected: Option<TopicId>) -> Result<TopicId, Error> {
    match (files.read_topic_id()?, expected) {
        (Some(stored), Some(expected)) if stored != expected && expected != TopicId::ZERO => {
            Err(Error::TopicId { path: files.directory().to_path_buf(), stored, expected })
        }
        (Some(stored), _) => Ok(stored),
        (None, Some(expected)) => {
            files.write_topic_id(expected)?;
            Ok(expected)
        }
        (None, None) => Ok(TopicId::ZERO),
    }
}

fn load(
    files: &PartitionFiles,
    found: &Found,
    points: &Points,
    config: &LogConfig,
    now: Now,
) -> Result<(PartitionLog, Recovery), Error> {
    let Some(&(oldest, _)) = found.segments.first() else {
        let start = points.log_start.unwrap_or_default();
        return Ok((PartitionLog::new(start, now.wall_ms), Recovery::default()));
    };
    let power_loss = files.shared.last_stop == LastStop::PowerLoss;
    let safe_until = if power_loss { points.recovery } else { Offset::ZERO };
    let mut loader = Loader { files, config, now, safe_until, recovery: Recovery::default() };
    let last = found.segments.len() - 1;
    let first_checked = match power_loss {
        true => {
            found.segments.partition_point(|(base, _)| *base <= points.recovery).saturating_sub(1)
        }
        false => last,
    };
    let trusted = if power_loss { None } else { loader.trust_indexes(found)? };
    let mut log = match trusted {
        Some(log) => log,
        None => loader.scan_segments(found, first_checked)?,
    };
    let start = points.log_start.unwrap_or(oldest).max(oldest).min(log.offsets().end());
    log.advance_start(start);
    Ok((log, loader.recovery))
}

impl Loader<'_> {
    /// Opens the last segment by its index files; `None` when they contradict the log.
    fn trust_indexes(&mut self, found: &Found) -> Result<Option<PartitionLog>, Error> {
        let last = found.segments.len() - 1;
        let (base, bytes) = found.segments[last];
        let Some(offset_index) = self.read_tail::<OffsetEntry>(base, FileKind::OffsetIndex)? else {
            return Ok(None);
        };
        let Some(time_index) = self.read_tail::<TimeEntry>(base, FileKind::TimeIndex)? else {
            return Ok(None);
        };
        let (mut position, mut end) = (0, base);
        if let Some(entry) = offset_index.last() {
            let path = self.files.path(base, FileKind::Log);
            let file = self.files.open_log(base)?;
            let mut scan = Scan::single(&file, &path, u64::from(entry.position), bytes);
            match scan.next()? {
                Some(located) if located.header.last_offset() == entry.offset(base) => {
                    (position, end) = (entry.position, located.header.base_offset);
                }
                _ => return Ok(None),
            }
        }
        let last_time = time_index.last();
        let created = self.now.wall_ms;
        let mut active = ActiveSegment::restored(base, created, position, offset_index, time_index);
        if position > 0 {
            let path = self.files.path(base, FileKind::Log);
            let file = self.files.open_log(base)?;
            if let Some(first) = Scan::single(&file, &path, 0, bytes).next()? {
                active.set_first_timestamp(first.header.max_timestamp);
            }
        }
        let mut log = self.log_with(found, last, active, end);
        self.scan_segment(&mut log, base, bytes)?;
        let end = log.offsets().end();
        let contradiction = last_time.is_some_and(|entry| entry.offset(base) >= end);
        Ok(if contradiction { None } else { Some(log) })
    }

    /// Looks at all batches from a segment on and writes the indexes anew.
    fn scan_segments(&mut self, found: &Found, first: usize) -> Result<PartitionLog, Error> {
        let base = found.segments[first].0;
        let active = ActiveSegment::new(base, self.now.wall_ms);
        let mut log = self.log_with(found, first, active, base);
        for (number, &(base, bytes)) in found.segments.iter().enumerate().skip(first) {
            self.files.remove(base, FileKind::OffsetIndex)?;
            self.files.remove(base, FileKind::TimeIndex)?;
            if number > first {
                log.active_mut().force_time_entry();
                write_indexes(self.files, &mut log)?;
                log.commit_roll(base, self.now.wall_ms);
            }
            if self.scan_segment(&mut log, base, bytes)? {
                for &(lost, bytes) in &found.segments[number + 1..] {
                    self.recovery.truncated_bytes += bytes;
                    self.files.remove_segment(lost)?;
                }
                break;
            }
        }
        write_indexes(self.files, &mut log)?;
        Ok(log)
    }

    /// Replays a segment from what is known of it, and cuts off what is no whole batch. Says
    /// whether there was anything to cut.
    fn scan_segment(
        &mut self,
        log: &mut PartitionLog,
        base: Offset,
        bytes: u64,
    ) -> Result<bool, Error> {
        let path = self.files.path(base, FileKind::Log);
        let file = self.files.open_log(base)?;
        let start = u64::from(log.active().size_bytes());
        let mut scan = Scan::new(&file, &path, start, bytes);
        while let Some(located) = scan.next_checked(self.safe_until)? {
            let header = &located.header;
            if header.base_offset < log.offsets().end() {
                break;
            }
            log.replay(header, header.base_offset, header.leader_epoch, self.config);
        }
        let end = u64::from(log.active().size_bytes());
        self.recovery.scanned_bytes += end.saturating_sub(start);
        if end == bytes {
            return Ok(false);
        }
        self.recovery.truncated_bytes += bytes - end;
        file.set_len(end).at_byte("truncate", &path, end)?;
        Ok(true)
    }

    fn log_with(
        &self,
        found: &Found,
        active_number: usize,
        active: ActiveSegment,
        end: Offset,
    ) -> PartitionLog {
        let sealed: Vec<SealedSegment> = found.segments[..active_number]
            .iter()
            .map(|&(base_offset, bytes)| SealedSegment {
                base_offset,
                size_bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
                largest: None,
            })
            .collect();
        let start = found.segments[0].0;
        let epochs = LeaderEpochs::default();
        PartitionLog::restored(start, end, sealed, active, epochs, Producers::default())
    }

    /// The length and the last entry of an index file, cut to whole, real entries.
    fn read_tail<E: IndexEntry>(
        &self,
        base: Offset,
        kind: FileKind,
    ) -> Result<Option<IndexTail<E>>, Error> {
        let Some(file) = self.files.open(base, kind)? else {
            return Ok(Some(IndexTail::default()));
        };
        let path = self.files.path(base, kind);
        let bytes = file.metadata().at("look at", &path)?.len();
        let count = index_file::entry_count::<E>(&file, &path, bytes)?;
        let used = u64::from(count) * E::BYTES as u64;
        if used != bytes {
            file.set_len(used).at_byte("truncate", &path, used)?;
        }
        // Read or written again in a megabyte's time; until then the place is worth more.
        self.files.close(base, kind);
        match count.checked_sub(1) {
            Some(last) => {
                let entry = index_file::entry_at(&file, &path, last)?;
                Ok(Some(IndexTail::restored(count, Some(entry))))
            }
            None => Ok(Some(IndexTail::default())),
        }
    }
}

/// Writes the pending entries of the active segment to its index files, the time index first:
/// after a kill in between, no offset entry is without its time.
pub(super) fn write_indexes(files: &PartitionFiles, log: &mut PartitionLog) -> Result<(), Error> {
    let base = log.active().base_offset();
    write_index(files, base, FileKind::TimeIndex, log.active().time_index())?;
    write_index(files, base, FileKind::OffsetIndex, log.active().offset_index())?;
    log.active_mut().index_written();
    Ok(())
}

fn write_index<E: IndexEntry>(
    files: &PartitionFiles,
    base: Offset,
    kind: FileKind,
    index: &IndexTail<E>,
) -> Result<(), Error> {
    let file = files.open_or_create(base, kind)?;
    let mut bytes = Vec::with_capacity(index.pending().len() * E::BYTES);
    for entry in index.pending() {
        entry.encode(&mut bytes);
    }
    let position = u64::from(index.written()) * E::BYTES as u64;
    let written = std::os::unix::fs::FileExt::write_all_at(&*file, &bytes, position);
    written.at_byte("write", &files.path(base, kind), position)
}
