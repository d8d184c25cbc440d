//! Replays a partition of `__consumer_offsets`.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;

use crate::base::{ErrorCode, Now, Offset, ProducerId};
use crate::broker::{Partition, error_code_of};
use crate::group::Record;
use crate::record::{Batch, Batches, ControlType};
use crate::storage::{ReadError, ReadLimits};
use crate::wire::FileRange;

/// How much is read at once; a batch may be larger.
const CHUNK_BYTES: u32 = 1024 * 1024;

/// Largest batch after decompression.
const BATCH_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Hands every record of the partition to `apply`, in order.
///
/// Offsets that were committed in a transaction (by Apache Kafka) count from their commit
/// marker on; those of aborted and unfinished transactions do not.
pub(super) fn replay(
    partition: &Partition,
    now: Now,
    mut apply: impl FnMut(Record),
) -> Result<(), ErrorCode> {
    let offsets = partition.offsets(now).map_err(|error| error_code_of(&error))?;
    let mut pending: BTreeMap<ProducerId, Vec<Record>> = BTreeMap::new();
    let mut next = offsets.log_start;
    while next < offsets.high_watermark {
        let Some(range) = read(partition, next, now)? else { break };
        let bytes = bytes_of(&range).map_err(|error| corrupt(partition, next, &error))?;
        let before = next;
        for batch in Batches::new(&bytes) {
            let batch = batch.map_err(|error| corrupt(partition, next, &error))?;
            replay_batch(&batch, next, &mut pending, &mut apply)
                .map_err(|error| corrupt(partition, next, &error))?;
            next = batch.header.next_offset();
        }
        if next <= before {
            return Err(corrupt(partition, next, &"no whole batch"));
        }
    }
    Ok(())
}

fn replay_batch(
    batch: &Batch<'_>,
    from: Offset,
    pending: &mut BTreeMap<ProducerId, Vec<Record>>,
    apply: &mut impl FnMut(Record),
) -> Result<(), crate::record::Error> {
    let header = &batch.header;
    for record in batch.records(BATCH_BYTES_MAX)?.iter() {
        let record = record?;
        let Some(key) = record.key.filter(|_| record.offset >= from) else { continue };
        if header.attributes.is_control() {
            let transaction = pending.remove(&header.producer_id).unwrap_or_default();
            if ControlType::from_key(key) == Some(ControlType::Commit) {
                transaction.into_iter().for_each(&mut *apply);
            }
            continue;
        }
        match Record::decode(key, record.value) {
            Ok(Some(record)) if header.attributes.is_transactional() => {
                pending.entry(header.producer_id).or_default().push(record);
            }
            Ok(Some(record)) => apply(record),
            // Groups of a protocol that is not spoken here.
            Ok(None) => {}
            Err(error) => {
                // As Kafka does: one bad record must not make all groups unusable.
                tracing::warn!(offset = record.offset.0, %error, "passed over a group record");
            }
        }
    }
    Ok(())
}

fn read(partition: &Partition, from: Offset, now: Now) -> Result<Option<FileRange>, ErrorCode> {
    let limits =
        ReadLimits { bytes_max: CHUNK_BYTES, one_batch_at_least: true, committed_only: false };
    match partition.read(from, limits, now) {
        Ok(read) => Ok(read.range),
        Err(ReadError::OutOfRange) => Ok(None),
        Err(ReadError::Storage(error)) => Err(error_code_of(&error)),
    }
}

fn bytes_of(range: &FileRange) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; range.length as usize];
    range.file.read_exact_at(&mut bytes, range.position)?;
    Ok(bytes)
}

fn corrupt(partition: &Partition, at: Offset, error: &dyn std::fmt::Display) -> ErrorCode {
    tracing::error!(partition = %partition.name(), offset = at.0, %error, "groups cannot be read");
    ErrorCode::KafkaStorageError
}
