//! The metadata log on disk: `__cluster_metadata-0`, an ordinary log of record batches.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::MetadataStatus;
use super::records::{Writer, change_of};
use crate::base::{LeaderEpoch, Now, Offset, TopicPartition, Uuid};
use crate::cluster::{Change, LogConfig, METADATA_TOPIC};
use crate::record::{self, BatchBuilder, Batches, ControlType};
use crate::storage::{
    AppendError, AppendOrigin, Error, FileRange, LogDirectory, ReadError, ReadLimits, Replica,
};
use crate::wire::decode_metadata;
use crate::wire::records::MetadataRecord;

/// The id of the metadata topic, the same in every cluster (`Uuid.METADATA_TOPIC_ID`).
const METADATA_TOPIC_ID: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
/// The epoch of the first leader; there is never a second one.
const FIRST_EPOCH: LeaderEpoch = LeaderEpoch(1);
/// Read at once; a batch that is larger is read whole.
const READ_BYTES: u32 = 1 << 20;
/// Records of one batch, decompressed; Kafka's controller writes at most 8 MiB.
const BATCH_BYTES_MAX: usize = 64 << 20;

/// The open log.
#[derive(Debug)]
pub(super) struct MetadataLog {
    replica: Replica,
    leader_epoch: LeaderEpoch,
    writer: Writer,
}

/// What is appended as one batch.
#[derive(Debug, Clone, Copy)]
pub(super) enum Batch<'a> {
    /// A control record: who leads the quorum.
    LeaderChange(&'a [u8]),
    /// Values of metadata records.
    Records(&'a [Vec<u8>]),
}

impl MetadataLog {
    /// Opens the log and hands its history to `apply`, change by change.
    pub(super) fn open(
        directory: &LogDirectory,
        now: Now,
        apply: &mut dyn FnMut(Change) -> Result<(), String>,
    ) -> Result<Self, Error> {
        // Kafka never deletes from this log by age; the settings of topics do not hold here.
        let config = LogConfig { retention_ms: -1, segment_ms: i64::MAX, ..LogConfig::default() };
        let partition = TopicPartition::new(METADATA_TOPIC, 0);
        let mut replica = directory.replica(partition, METADATA_TOPIC_ID, Arc::new(config), now)?;
        let mut replay = Replay { apply, transaction: None, broker_epoch: -1 };
        replay.log(&mut replica, directory)?;
        let leader_epoch = replica.latest_epoch().unwrap_or(FIRST_EPOCH);
        let meta = directory.meta();
        let writer = Writer {
            node: meta.node_id,
            broker_epoch: replay.broker_epoch,
            directory: meta.directory_id,
        };
        Ok(MetadataLog { replica, leader_epoch, writer })
    }

    /// The offset of the next record; 0 for a log without any.
    pub(super) fn end(&self) -> Offset {
        self.replica.offsets().end
    }

    /// How far it has come.
    pub(super) fn status(&self) -> MetadataStatus {
        MetadataStatus { end: self.end(), leader_epoch: self.leader_epoch }
    }

    /// Who writes.
    pub(super) fn writer(&self) -> Writer {
        self.writer
    }

    /// The epoch that the broker has registered with.
    pub(super) fn set_broker_epoch(&mut self, broker_epoch: i64) {
        self.writer.broker_epoch = broker_epoch;
    }

    /// Appends one batch; all of it is there after a crash, or nothing.
    pub(super) fn append(&mut self, batch: Batch<'_>, now: Now) -> Result<(), Error> {
        let mut builder = BatchBuilder::new();
        match batch {
            Batch::LeaderChange(value) => {
                builder = builder.control(true);
                builder.append_control(now.wall_ms, ControlType::LeaderChange, value);
            }
            Batch::Records(values) => {
                for value in values {
                    builder.append(now.wall_ms, None, Some(value), &[]);
                }
            }
        }
        let (header, payload) =
            builder.build_parts().expect("the number of records was limited before");
        let origin = AppendOrigin::Coordinator;
        match self.replica.append_batch(&header, &payload, origin, self.leader_epoch, now) {
            Ok(_) => Ok(()),
            Err(AppendError::Storage(error)) => Err(error),
            Err(AppendError::Refused { message, .. }) => {
                unreachable!("a batch of our own is never refused: {message}")
            }
        }
    }

    /// Closes the files so that the next start has nothing to scan.
    pub(super) fn close(self, now: Now) -> Result<(), Error> {
        self.replica.close(now)
    }
}

/// A walk through the log.
struct Replay<'r> {
    apply: &'r mut dyn FnMut(Change) -> Result<(), String>,
    /// The changes of a transaction whose end has not come yet.
    transaction: Option<Vec<Change>>,
    /// The epoch of the last registration.
    broker_epoch: i64,
}

impl Replay<'_> {
    fn log(&mut self, replica: &mut Replica, directory: &LogDirectory) -> Result<(), Error> {
        let limits =
            ReadLimits { bytes_max: READ_BYTES, one_batch_at_least: true, committed_only: false };
        let mut offset = replica.offsets().log_start;
        let mut bytes = Vec::new();
        loop {
            let read = replica.read(offset, limits).map_err(|error| match error {
                ReadError::Storage(error) => error,
                ReadError::OutOfRange => corrupt(directory, None, "its offsets have a gap"),
            })?;
            let Some(range) = read.range else {
                return Ok(());
            };
            read_range(&range, directory, &mut bytes)?;
            offset = self
                .batches(&bytes)
                .map_err(|problem| corrupt(directory, Some(range.position), &problem))?;
        }
    }

    /// Replays batches and gives the offset after the last one.
    fn batches(&mut self, bytes: &[u8]) -> Result<Offset, String> {
        let text = |error: record::Error| error.to_string();
        let mut next = Offset::ZERO;
        for batch in Batches::new(bytes) {
            let batch = batch.map_err(text)?;
            next = batch.header.next_offset();
            if batch.header.attributes.is_control() {
                continue;
            }
            for record in &batch.records(BATCH_BYTES_MAX).map_err(text)? {
                let record = record.map_err(text)?;
                let Some(value) = record.value else { continue };
                let decoded = decode_metadata(value);
                let decoded = decoded.map_err(|e| format!("offset {}: {e}", record.offset))?;
                let applied = self.record(decoded);
                applied.map_err(|problem| format!("offset {}: {problem}", record.offset))?;
            }
        }
        Ok(next)
    }

    fn record(&mut self, record: MetadataRecord<'_>) -> Result<(), String> {
        match record {
            MetadataRecord::BeginTransaction(_) => self.transaction = Some(Vec::new()),
            MetadataRecord::AbortTransaction(_) => self.transaction = None,
            MetadataRecord::EndTransaction(_) => {
                for change in self.transaction.take().unwrap_or_default() {
                    (self.apply)(change)?;
                }
            }
            MetadataRecord::RegisterBroker(record) => self.broker_epoch = record.broker_epoch,
            record => {
                let Some(change) = change_of(record) else { return Ok(()) };
                match &mut self.transaction {
                    Some(changes) => changes.push(change),
                    None => (self.apply)(change)?,
                }
            }
        }
        Ok(())
    }
}

fn read_range(
    range: &FileRange,
    directory: &LogDirectory,
    bytes: &mut Vec<u8>,
) -> Result<(), Error> {
    bytes.resize(range.length as usize, 0);
    range.file.read_exact_at(bytes, range.position).map_err(|source| Error::Io {
        action: "read",
        path: directory.path().join(format!("{METADATA_TOPIC}-0")),
        position: Some(range.position),
        source,
    })
}

fn corrupt(directory: &LogDirectory, position: Option<u64>, problem: &str) -> Error {
    let path = directory.path().join(format!("{METADATA_TOPIC}-0"));
    Error::Corrupt { path, position, problem: problem.to_owned() }
}
