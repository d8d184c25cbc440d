//! The files of one partition's directory: found at the start, opened when needed.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::directory::Shared;
use super::error::{Error, IoContext};
use super::file_io::{Durability, read_optional, remove_optional, replace};
use super::file_pool::FileKey;
use super::layout::{self, FileKind, Leftover};
use crate::base::{Offset, TopicId, Uuid};

/// A partition's directory, as far as files are concerned.
#[derive(Debug)]
pub(super) struct PartitionFiles {
    pub(super) shared: Arc<Shared>,
    /// Tells this replica's files from those of others, also of an earlier life of the partition.
    id: u64,
    directory: Box<Path>,
}

/// What a partition's directory holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Base offsets and sizes of the `.log` files, in order.
    pub(super) segments: Vec<(Offset, u64)>,
    /// Offsets of the producer snapshots, in order.
    pub(super) snapshots: Vec<Offset>,
}

impl PartitionFiles {
    pub(super) fn new(shared: Arc<Shared>, name: &str) -> Self {
        let id = shared.next_replica_id();
        let directory = shared.path.join(name).into_boxed_path();
        PartitionFiles { shared, id, directory }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn path(&self, segment: Offset, kind: FileKind) -> PathBuf {
        kind.path(&self.directory, segment)
    }

    /// The open file, for reading and writing; created if it does not exist.
    pub(super) fn open_or_create(
        &self,
        segment: Offset,
        kind: FileKind,
    ) -> Result<Arc<File>, Error> {
        self.shared.pool.get(self.key(segment, kind), || {
            let path = self.path(segment, kind);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            options.open(&path).at("open", &path)
        })
    }

    /// The open file; `None` when it does not exist.
    pub(super) fn open(&self, segment: Offset, kind: FileKind) -> Result<Option<Arc<File>>, Error> {
        let opened = self.shared.pool.get(self.key(segment, kind), || {
            let path = self.path(segment, kind);
            OpenOptions::new().read(true).write(true).open(&path).at("open", &path)
        });
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The `.log` file of a segment that exists.
    pub(super) fn open_log(&self, segment: Offset) -> Result<Arc<File>, Error> {
        self.open(segment, FileKind::Log)?.ok_or_else(|| {
            Error::corrupt(&self.path(segment, FileKind::Log), "the file has disappeared")
        })
    }

    pub(super) fn close(&self, segment: Offset, kind: FileKind) {
        self.shared.pool.close(self.key(segment, kind));
    }

    pub(super) fn close_all(&self) {
        self.shared.pool.close_replica(self.id);
    }

    /// Closes and removes a segment's files, at once and for good.
    pub(super) fn remove_segment(&self, segment: Offset) -> Result<(), Error> {
        for kind in FileKind::OF_A_SEGMENT {
            self.remove(segment, kind)?;
        }
        Ok(())
    }

    pub(super) fn remove(&self, segment: Offset, kind: FileKind) -> Result<(), Error> {
        self.close(segment, kind);
        remove_optional(&self.path(segment, kind))
    }

    /// Lists the directory and finishes what a crash has interrupted: deletions, and the
    /// cleaner's replacement of segments.
    pub(super) fn find(&self) -> Result<Found, Error> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.directory).at("list", &self.directory)? {
            let entry = entry.at("list", &self.directory)?;
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        let mut found = Found::default();
        let mut bases = Vec::new();
        let mut indexes = Vec::new();
        for name in &names {
            let path = self.directory.join(name);
            let current = match layout::leftover(name) {
                Some(Leftover::Remove) => {
                    remove_optional(&path)?;
                    continue;
                }
                Some(Leftover::Swap(target)) => {
                    std::fs::rename(&path, self.directory.join(target)).at("rename", &path)?;
                    target
                }
                None => name,
            };
            match FileKind::parse(current) {
                Some((FileKind::Log, base)) => bases.push(base),
                Some((FileKind::Snapshot, offset)) => found.snapshots.push(offset),
                Some((kind, base)) => indexes.push((kind, base)),
                None => {}
            }
        }
        bases.sort_unstable();
        bases.dedup();
        found.snapshots.sort_unstable();
        for (kind, base) in indexes {
            if bases.binary_search(&base).is_err() {
                // A deletion was interrupted after the log was renamed.
                self.remove(base, kind)?;
            }
        }
        for base in bases {
            let path = self.path(base, FileKind::Log);
            let bytes = std::fs::metadata(&path).at("look at", &path)?.len();
            found.segments.push((base, bytes));
        }
        Ok(found)
    }

    /// Reads `partition.metadata`. A file that a power loss has emptied counts as missing.
    pub(super) fn read_topic_id(&self) -> Result<Option<TopicId>, Error> {
        let path = self.directory.join(layout::PARTITION_METADATA);
        let Some(content) = read_optional(&path)? else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&content);
        let id = text.lines().find_map(|line| line.strip_prefix("topic_id:"));
        Ok(id.and_then(|id| Uuid::parse(id.trim())))
    }

    /// Writes `partition.metadata`.
    pub(super) fn write_topic_id(&self, topic_id: TopicId) -> Result<(), Error> {
        let path = self.directory.join(layout::PARTITION_METADATA);
        let content = format!("version: 0\ntopic_id: {topic_id}");
        replace(&path, content.as_bytes(), Durability::Cached)
    }

    fn key(&self, segment: Offset, kind: FileKind) -> FileKey {
        FileKey { replica: self.id, segment, kind }
    }
}
