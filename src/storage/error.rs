//! What can go wrong on disk, always with the path, and with the position where there is one.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::{ErrorCode, TopicId, TopicPartition};
use crate::log::Refusal;

/// A failure of the data directory.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refuses.
    #[error("cannot {action} {}{}: {source}", path.display(), at(*position))]
    Io {
        /// A verb: what was attempted.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// At which byte.
        position: Option<u64>,
        /// What the operating system says.
        source: io::Error,
    },
    /// Another process, klamm or Kafka, uses the directory.
    #[error("{} is locked by another process{}", path.display(), pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, where that can be seen.
        pid: Option<u32>,
    },
    /// The directory belongs to another cluster (`InconsistentClusterIdException`).
    #[error("{} belongs to cluster {stored}, but cluster {configured} is configured", path.display())]
    ClusterId {
        /// The `meta.properties` file.
        path: PathBuf,
        /// The id in it.
        stored: String,
        /// The id asked for.
        configured: String,
    },
    /// The directory belongs to another broker (`InconsistentBrokerIdException`).
    #[error("{} belongs to node {stored}, but node.id is {configured}", path.display())]
    NodeId {
        /// The `meta.properties` file.
        path: PathBuf,
        /// The id in it.
        stored: i32,
        /// The id asked for.
        configured: i32,
    },
    /// A partition's directory belongs to another topic of the same name.
    #[error("{} belongs to the topic with id {stored}, not {expected}", path.display())]
    TopicId {
        /// The partition's directory.
        path: PathBuf,
        /// The id in `partition.metadata`.
        stored: TopicId,
        /// The id asked for.
        expected: TopicId,
    },
    /// The partition has been deleted while someone still held it.
    #[error("{0} has been deleted")]
    Deleted(TopicPartition),
    /// A file says something that cannot be.
    #[error("{}{} is damaged: {problem}", path.display(), at(*position))]
    Corrupt {
        /// Which file.
        path: PathBuf,
        /// At which byte.
        position: Option<u64>,
        /// What is wrong with it.
        problem: String,
    },
}

fn at(position: Option<u64>) -> String {
    position.map(|position| format!(" at byte {position}")).unwrap_or_default()
}

impl Error {
    /// The error of whoever still holds a partition that has been deleted.
    #[must_use]
    pub fn deleted(partition: &TopicPartition) -> Error {
        Error::Deleted(partition.clone())
    }

    /// Whether the partition has been deleted; clients see UNKNOWN_TOPIC_OR_PARTITION.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        matches!(self, Error::Deleted(_))
    }

    pub(super) fn corrupt(path: &Path, problem: impl Into<String>) -> Error {
        Error::Corrupt { path: path.to_path_buf(), position: None, problem: problem.into() }
    }
}

/// Turns an I/O result into ours: `.at("open", &path)`.
pub(super) trait IoContext<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error>;
    fn at_byte(self, action: &'static str, path: &Path, position: u64) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> IoContext<T> for Result<T, E> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            action,
            path: path.to_path_buf(),
            position: None,
            source: source.into(),
        })
    }

    fn at_byte(self, action: &'static str, path: &Path, position: u64) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            action,
            path: path.to_path_buf(),
            position: Some(position),
            source: source.into(),
        })
    }
}

/// Why nothing was appended, or no records deleted.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The request is wrong or comes too late.
    #[error("{code}: {message}")]
    Refused {
        /// What the client gets.
        code: ErrorCode,
        /// Why, in words for the client.
        message: String,
    },
    /// The disk fails. The log is as it was before.
    #[error(transparent)]
    Storage(#[from] Error),
}

impl From<Refusal> for AppendError {
    fn from(refusal: Refusal) -> Self {
        AppendError::Refused { code: refusal.code, message: refusal.message }
    }
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The offset lies below the log start or beyond the end.
    #[error("the offset is not in the log")]
    OutOfRange,
    /// The disk fails.
    #[error(transparent)]
    Storage(#[from] Error),
}
