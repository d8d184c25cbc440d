//! The names of files and directories (`LogFileUtils`, `LocalLog`). Nothing else knows them.

use std::path::{Path, PathBuf};

use crate::base::{Offset, TopicPartition, Uuid};

pub(super) const META_PROPERTIES: &str = "meta.properties";
pub(super) const LOCK: &str = ".lock";
pub(super) const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
/// Ours: the boot id of the machine at the last start. Kafka ignores plain files it does not know.
pub(super) const BOOT_ID: &str = ".klamm_boot_id";
pub(super) const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
pub(super) const LOG_START_OFFSETS: &str = "log-start-offset-checkpoint";
pub(super) const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
pub(super) const PARTITION_METADATA: &str = "partition.metadata";
pub(super) const LEADER_EPOCHS: &str = "leader-epoch-checkpoint";

const DIRECTORY_NAME_BYTES_MAX: usize = 255;

/// The kinds of files that a partition directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum FileKind {
    Log,
    OffsetIndex,
    TimeIndex,
    TransactionIndex,
    Snapshot,
}

impl FileKind {
    pub(super) const OF_A_SEGMENT: [FileKind; 4] =
        [FileKind::Log, FileKind::OffsetIndex, FileKind::TimeIndex, FileKind::TransactionIndex];

    fn suffix(self) -> &'static str {
        match self {
            FileKind::Log => "log",
            FileKind::OffsetIndex => "index",
            FileKind::TimeIndex => "timeindex",
            FileKind::TransactionIndex => "txnindex",
            FileKind::Snapshot => "snapshot",
        }
    }

    /// The file's path: twenty digits and the suffix.
    pub(super) fn path(self, directory: &Path, offset: Offset) -> PathBuf {
        directory.join(format!("{:020}.{}", offset.0, self.suffix()))
    }

    /// Reads a name that [`FileKind::path`] gives.
    pub(super) fn parse(name: &str) -> Option<(FileKind, Offset)> {
        let (digits, suffix) = name.split_once('.')?;
        if digits.len() != 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kinds = [FileKind::Snapshot].into_iter().chain(FileKind::OF_A_SEGMENT);
        let kind = kinds.into_iter().find(|kind| kind.suffix() == suffix)?;
        Some((kind, Offset(digits.parse().ok()?)))
    }
}

/// What a name in a partition directory says about interrupted work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leftover<'a> {
    /// Waiting for its deletion, or half written: to be removed.
    Remove,
    /// The cleaner was about to put it in place of the file with this name.
    Swap(&'a str),
}

pub(super) fn leftover(name: &str) -> Option<Leftover<'_>> {
    if let Some(target) = name.strip_suffix(".swap") {
        return Some(Leftover::Swap(target));
    }
    let unwanted = [".deleted", ".cleaned", ".tmp"];
    unwanted.iter().any(|suffix| name.ends_with(suffix)).then_some(Leftover::Remove)
}

/// The path that a file gets while it waits for its deletion.
pub(super) fn deleted(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".deleted");
    PathBuf::from(name)
}

/// What a directory in the data directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DirectoryName {
    Partition(TopicPartition),
    /// A deleted partition that waits for its removal.
    Deleted,
    /// A partition that Kafka moves or has found orphaned, or something else entirely.
    Other,
}

pub(super) fn parse_directory(name: &str) -> DirectoryName {
    if name.ends_with("-delete") && name.contains('.') {
        return DirectoryName::Deleted;
    }
    let Some((topic, digits)) = name.rsplit_once('-') else {
        return DirectoryName::Other;
    };
    let canonical = digits
        .parse::<i32>()
        .ok()
        .filter(|number| *number >= 0 && number.to_string() == digits && !topic.is_empty());
    match canonical {
        Some(partition) => DirectoryName::Partition(TopicPartition::new(topic, partition)),
        None => DirectoryName::Other,
    }
}

/// The name that a partition's directory gets while it waits for its deletion:
/// `clickstream-0.<32 hex digits>-delete`, the topic cut so that the whole fits.
pub(super) fn delete_directory(partition: &TopicPartition, unique: Uuid) -> String {
    let hex: String = unique.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let suffix = format!("-{}.{hex}-delete", partition.partition);
    let mut topic = partition.topic.as_str();
    while topic.len() + suffix.len() > DIRECTORY_NAME_BYTES_MAX {
        topic = &topic[..topic.len() - 1];
    }
    format!("{topic}{suffix}")
}
