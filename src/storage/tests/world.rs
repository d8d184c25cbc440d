//! A temporary data directory, and short words for what tests do with it.

use std::os::unix::fs::FileExt;

use super::*;

pub(super) const NOW: Now =
    Now { monotonic: Duration::from_secs(1000), wall_ms: 1_700_000_000_000 };
pub(super) const EPOCH: LeaderEpoch = LeaderEpoch(0);
pub(super) const TOPIC_ID: TopicId = Uuid([7; 16]);
pub(super) const EVERYTHING: ReadLimits =
    ReadLimits { bytes_max: u32::MAX, one_batch_at_least: true, committed_only: false };

/// A data directory that goes away with it.
pub(super) struct World {
    pub(super) path: PathBuf,
    pub(super) config: LogConfig,
    _directory: tempfile::TempDir,
}

impl World {
    pub(super) fn new() -> World {
        World::with(LogConfig::default())
    }

    pub(super) fn with(config: LogConfig) -> World {
        let directory = tempfile::tempdir().unwrap();
        World { path: directory.path().join("kafka"), config, _directory: directory }
    }

    pub(super) fn open(&self) -> LogDirectory {
        LogDirectory::open(&self.path, LogDirectoryOptions::default(), NOW).unwrap()
    }

    pub(super) fn replica(&self, directory: &LogDirectory) -> Replica {
        self.named(directory, "clicks", 0)
    }

    pub(super) fn named(&self, directory: &LogDirectory, topic: &str, number: i32) -> Replica {
        let partition = TopicPartition::new(topic, number);
        directory.replica(partition, TOPIC_ID, self.config.clone(), NOW).unwrap()
    }

    pub(super) fn partition_path(&self) -> PathBuf {
        self.path.join("clicks-0")
    }

    /// Files of the partition, by name.
    pub(super) fn files(&self) -> Vec<String> {
        names(&self.partition_path())
    }
}

pub(super) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A batch with these values, a millisecond apart.
pub(super) fn batch(timestamp: i64, values: &[&str]) -> Vec<u8> {
    compressed(Compression::None, timestamp, values)
}

pub(super) fn compressed(compression: Compression, timestamp: i64, values: &[&str]) -> Vec<u8> {
    let mut builder = BatchBuilder::new().compression(compression, None);
    for (number, value) in values.iter().enumerate() {
        builder.append(timestamp + number as i64, None, Some(value.as_bytes()), &[]);
    }
    builder.build().unwrap()
}

pub(super) fn idempotent(producer: i64, epoch: i16, sequence: i32, values: &[&str]) -> Vec<u8> {
    let mut builder =
        BatchBuilder::new().producer(ProducerId(producer), ProducerEpoch(epoch), sequence);
    for value in values {
        builder.append(NOW.wall_ms, None, Some(value.as_bytes()), &[]);
    }
    builder.build().unwrap()
}

pub(super) fn try_append(replica: &mut Replica, bytes: &[u8]) -> Result<Appended, AppendError> {
    try_append_at(replica, bytes, NOW)
}

pub(super) fn try_append_at(
    replica: &mut Replica,
    bytes: &[u8],
    now: Now,
) -> Result<Appended, AppendError> {
    let batch = Batch::parse(bytes).unwrap();
    replica.append_batch(&batch.header, batch.payload(), AppendOrigin::Client, EPOCH, now)
}

pub(super) fn append(replica: &mut Replica, bytes: &[u8]) -> Appended {
    try_append(replica, bytes).unwrap()
}

/// The bytes that a read has found.
pub(super) fn bytes_of(read: &ReadResult) -> Vec<u8> {
    let Some(range) = &read.range else {
        return Vec::new();
    };
    let mut bytes = vec![0; range.length as usize];
    range.file.read_exact_at(&mut bytes, range.position).unwrap();
    bytes
}

/// The values of all whole batches of a read.
pub(super) fn values(read: &ReadResult) -> Vec<String> {
    let bytes = bytes_of(read);
    let mut values = Vec::new();
    for batch in Batches::new(&bytes) {
        let batch = batch.unwrap();
        batch.verify_crc().unwrap();
        for record in batch.records(1 << 20).unwrap().iter() {
            let value = record.unwrap().value.unwrap().to_vec();
            values.push(String::from_utf8(value).unwrap());
        }
    }
    values
}

/// Everything in the log from `offset` on, as a consumer reads it: offsets of the batches.
pub(super) fn consume(replica: &mut Replica, mut offset: Offset, bytes_max: u32) -> Vec<Vec<u8>> {
    let limits = ReadLimits { bytes_max, one_batch_at_least: true, committed_only: false };
    let mut batches = Vec::new();
    while offset < replica.offsets().end {
        let bytes = bytes_of(&replica.read(offset, limits).unwrap());
        let mut progress = false;
        for batch in Batches::new(&bytes) {
            let batch = batch.unwrap();
            assert!(batch.header.last_offset() >= offset, "only what was asked for");
            offset = batch.header.next_offset();
            batches.push(batch.bytes.to_vec());
            progress = true;
        }
        assert!(progress, "a consumer at {offset} is stuck");
    }
    batches
}

pub(super) fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
