//! A data directory: whose it is, how it was left, which partitions it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::dir_lock::DirLock;
use super::error::{Error, IoContext};
use super::file_io::{Durability, sync_directory};
use super::file_pool::FilePool;
use super::layout::{self, DirectoryName};
use super::meta_properties::{self, MetaProperties};
use super::replica::Replica;
use super::shutdown_mark::{self, LastStop};
use super::{checkpoint, trash::Trash};
use crate::base::{NodeId, Now, Offset, TopicId, TopicPartition};
use crate::cluster::LogConfig;

/// Bytes that a stop waits for to reach the disk. With more to flush the directory is left
/// without Kafka's mark of a clean stop: after a power loss the tail is then scanned.
const FLUSH_BYTES_AT_STOP_MAX: u64 = 64 << 20;

/// How to open a data directory.
#[derive(Debug, Clone)]
pub struct LogDirectoryOptions {
    /// `node.id`.
    pub node_id: NodeId,
    /// The cluster that the directory has to belong to; `None` takes what is stored.
    pub cluster_id: Option<String>,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
    /// Whether a stop flushes; not worth it for a directory that is thrown away.
    pub flush_at_stop: bool,
}

impl Default for LogDirectoryOptions {
    fn default() -> Self {
        LogDirectoryOptions {
            node_id: NodeId(1),
            cluster_id: None,
            producer_id_expiration_ms: 86_400_000,
            flush_at_stop: true,
        }
    }
}

/// An open, locked data directory.
#[derive(Debug)]
pub struct LogDirectory {
    shared: Arc<Shared>,
    /// Partitions on disk that nobody has asked for yet.
    unopened: Mutex<BTreeSet<TopicPartition>>,
}

/// What all replicas of a directory share. Its locks are held for moments and never nested.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) path: PathBuf,
    pub(super) options: LogDirectoryOptions,
    pub(super) last_stop: LastStop,
    pub(super) pool: FilePool,
    pub(super) trash: Trash,
    points: Mutex<BTreeMap<TopicPartition, Points>>,
    replica_ids: AtomicU64,
    meta: MetaProperties,
    _lock: DirLock,
}

/// What the checkpoint files say of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Points {
    /// Everything below is on disk.
    pub(super) recovery: Offset,
    /// Where the log starts, if that is not where its first segment does.
    pub(super) log_start: Option<Offset>,
    pub(super) high_watermark: Offset,
    /// Bytes that the closed log has not flushed.
    pub(super) unflushed_bytes: u64,
}

impl LogDirectory {
    /// Creates or opens the directory and locks it.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::ClusterId`], [`Error::NodeId`], or a failing disk.
    pub fn open(path: &Path, options: LogDirectoryOptions, now: Now) -> Result<Self, Error> {
        std::fs::create_dir_all(path).at("create", path)?;
        let lock = DirLock::acquire(path)?;
        let meta = meta_properties::open(path, options.node_id, options.cluster_id.as_deref())?;
        let points = read_points(path)?;
        let trash = Trash::default();
        let unopened = list(path, &trash, now)?;
        let last_stop = shutdown_mark::take(path)?;
        let shared = Arc::new(Shared {
            path: path.to_path_buf(),
            options,
            last_stop,
            pool: FilePool::default(),
            trash,
            points: Mutex::new(points),
            replica_ids: AtomicU64::new(0),
            meta,
            _lock: lock,
        });
        Ok(LogDirectory { shared, unopened: Mutex::new(unopened) })
    }

    /// Cluster, node and directory ids.
    #[must_use]
    pub fn meta(&self) -> &MetaProperties {
        &self.shared.meta
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How it was left.
    #[must_use]
    pub fn last_stop(&self) -> LastStop {
        self.shared.last_stop
    }

    /// The partitions on disk that have not been opened since the start. Those that no topic
    /// claims are strays.
    #[must_use]
    pub fn unopened_partitions(&self) -> Vec<TopicPartition> {
        self.unopened().iter().cloned().collect()
    }

    /// Opens a partition, after a crash with a look at its tail. One that is not on disk touches
    /// nothing there until its first append.
    ///
    /// # Errors
    /// A directory of another topic of the same name, damage that cannot be repaired, or a
    /// failing disk.
    pub fn replica(
        &self,
        partition: TopicPartition,
        topic_id: TopicId,
        config: impl Into<Arc<LogConfig>>,
        now: Now,
    ) -> Result<Replica, Error> {
        let on_disk = self.shared.path.join(partition.to_string()).is_dir();
        let shared = Arc::clone(&self.shared);
        let config = config.into();
        let replica = if on_disk {
            Replica::open(shared, partition.clone(), Some(topic_id), config, now)?
        } else {
            Replica::absent(shared, partition.clone(), topic_id, config, now)
        };
        self.unopened().remove(&partition);
        Ok(replica)
    }

    /// Removes what was deleted long enough ago (`file.delete.delay.ms`). Says what is due next.
    pub fn remove_deleted(&self, now: Now) -> Option<crate::base::Deadline> {
        self.shared.trash.remove_due(now)
    }

    /// Writes the checkpoint files.
    ///
    /// # Errors
    /// A failing disk.
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.shared.write_points(Durability::Cached)
    }

    /// Ends the use of the directory, after all replicas have been closed: checkpoints, and the
    /// mark of a clean stop.
    ///
    /// # Errors
    /// A failing disk; the next start then looks at the tails, as after a crash.
    pub fn close(&self, now: Now) -> Result<(), Error> {
        self.close_unopened(now)?;
        let durability = match self.shared.options.flush_at_stop {
            true => Durability::Flushed,
            false => Durability::Cached,
        };
        let flushed = self.shared.flush_closed()?;
        self.shared.write_points(durability)?;
        if flushed {
            shutdown_mark::leave(&self.shared.path, durability)?;
        }
        Ok(())
    }

    /// After a crash, partitions that nobody has opened still have an unclean tail.
    fn close_unopened(&self, now: Now) -> Result<(), Error> {
        if self.shared.last_stop == LastStop::Clean {
            return Ok(());
        }
        let config = Arc::new(LogConfig::default());
        let unopened = std::mem::take(&mut *self.unopened());
        for partition in unopened {
            let shared = Arc::clone(&self.shared);
            Replica::open(shared, partition, None, Arc::clone(&config), now)?.close(now)?;
        }
        Ok(())
    }

    fn unopened(&self) -> MutexGuard<'_, BTreeSet<TopicPartition>> {
        self.unopened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    pub(super) fn next_replica_id(&self) -> u64 {
        self.replica_ids.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn points_of(&self, partition: &TopicPartition) -> Option<Points> {
        self.points().get(partition).copied()
    }

    /// Changes what the checkpoint files will say of a partition.
    pub(super) fn set_points(&self, partition: &TopicPartition, change: impl FnOnce(&mut Points)) {
        let mut points = self.points();
        match points.get_mut(partition) {
            Some(known) => change(known),
            None => {
                let mut fresh = Points::default();
                change(&mut fresh);
                points.insert(partition.clone(), fresh);
            }
        }
    }

    pub(super) fn forget_points(&self, partition: &TopicPartition) {
        self.points().remove(partition);
    }

    pub(super) fn write_log_starts(&self) -> Result<(), Error> {
        let points = self.points().clone();
        let starts = points.iter().filter_map(|(name, points)| Some((name, points.log_start?)));
        let path = self.path.join(layout::LOG_START_OFFSETS);
        checkpoint::write_offsets(&path, starts, Durability::Cached)
    }

    fn write_points(&self, durability: Durability) -> Result<(), Error> {
        let points = self.points().clone();
        let recovery = points.iter().map(|(name, points)| (name, points.recovery));
        let path = self.path.join(layout::RECOVERY_POINTS);
        checkpoint::write_offsets(&path, recovery, durability)?;
        let marks = points.iter().map(|(name, points)| (name, points.high_watermark));
        let path = self.path.join(layout::HIGH_WATERMARKS);
        checkpoint::write_offsets(&path, marks, durability)?;
        self.write_log_starts()
    }

    /// Flushes what the closed replicas have not, all at once. Says whether everything is safe.
    fn flush_closed(&self) -> Result<bool, Error> {
        let mut points = self.points();
        let bytes: u64 = points.values().map(|points| points.unflushed_bytes).sum();
        if bytes == 0 {
            return Ok(true);
        }
        if !self.options.flush_at_stop {
            // The mark is for the next start on the same machine; nobody flushes for less.
            return Ok(true);
        }
        if bytes > FLUSH_BYTES_AT_STOP_MAX {
            return Ok(false);
        }
        let directory = File::open(&self.path).at("open", &self.path)?;
        sync_file_system(&directory, &self.path)?;
        for points in points.values_mut() {
            points.recovery = points.recovery.max(points.high_watermark);
            points.unflushed_bytes = 0;
        }
        Ok(true)
    }

    fn points(&self) -> MutexGuard<'_, BTreeMap<TopicPartition, Points>> {
        self.points.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(target_os = "linux")]
fn sync_file_system(directory: &File, path: &Path) -> Result<(), Error> {
    rustix::fs::syncfs(directory).at("flush", path)
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &File, _: &Path) -> Result<(), Error> {
    rustix::fs::sync();
    Ok(())
}

fn read_points(path: &Path) -> Result<BTreeMap<TopicPartition, Points>, Error> {
    let mut points: BTreeMap<TopicPartition, Points> = BTreeMap::new();
    for (partition, offset) in read_checkpoint(path, layout::RECOVERY_POINTS)? {
        points.entry(partition).or_default().recovery = offset;
    }
    for (partition, offset) in read_checkpoint(path, layout::LOG_START_OFFSETS)? {
        points.entry(partition).or_default().log_start = Some(offset);
    }
    for (partition, offset) in read_checkpoint(path, layout::HIGH_WATERMARKS)? {
        points.entry(partition).or_default().high_watermark = offset;
    }
    Ok(points)
}

/// A damaged checkpoint costs time, not records: everything is then recovered from the start.
fn read_checkpoint(path: &Path, name: &str) -> Result<Vec<(TopicPartition, Offset)>, Error> {
    match checkpoint::read_offsets(&path.join(name)) {
        Err(error @ Error::Corrupt { .. }) => {
            tracing::warn!(%error, "a checkpoint file is ignored");
            Ok(Vec::new())
        }
        other => other,
    }
}

/// Finds the partitions, and hands the deleted ones to `trash`.
fn list(path: &Path, trash: &Trash, now: Now) -> Result<BTreeSet<TopicPartition>, Error> {
    let mut partitions = BTreeSet::new();
    for entry in std::fs::read_dir(path).at("list", path)? {
        let entry = entry.at("list", path)?;
        if !entry.file_type().at("list", path)?.is_dir() {
            continue;
        }
        let name = entry.file_name();
        match name.to_str().map(layout::parse_directory) {
            Some(DirectoryName::Partition(partition)) => {
                partitions.insert(partition);
            }
            Some(DirectoryName::Deleted) => trash.add(vec![entry.path()], now.after_ms(0)),
            Some(DirectoryName::Other) | None => {
                tracing::warn!(path = %entry.path().display(), "not a partition's directory");
            }
        }
    }
    Ok(partitions)
}

/// Makes the names in a new partition's directory, and its own, survive a power loss.
pub(super) fn sync_names(partition_directory: &Path) -> Result<(), Error> {
    sync_directory(partition_directory)?;
    match partition_directory.parent() {
        Some(parent) => sync_directory(parent),
        None => Ok(()),
    }
}
