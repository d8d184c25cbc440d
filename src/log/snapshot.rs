//! The bytes of a `.snapshot` file, version 1 (`ProducerSnapshot.json`).
//!
//! `int16 version | uint32 CRC-32C of what follows | int32 count | per producer: int64 id, int16
//! epoch, int32 last sequence, int64 last offset, int32 offset delta, int64 timestamp, int32
//! coordinator epoch, int64 first offset of the open transaction or -1`. Of the batches of a
//! producer only the last one is kept.

use super::producers::{ProducerState, Producers, WrittenBatch};
use crate::base::{Offset, ProducerEpoch, ProducerId};

const VERSION: i16 = 1;
const HEAD_BYTES: usize = 10;
const ENTRY_BYTES: usize = 46;

/// Why a snapshot is not used; the state is then rebuilt from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Written by a version we do not know.
    #[error("producer snapshot of version {0}")]
    Version(i16),
    /// Shorter or longer than it says.
    #[error("producer snapshot of the wrong length")]
    Length,
    /// Damaged.
    #[error("producer snapshot with a wrong checksum")]
    Crc,
}

/// The file's content for these producers.
#[must_use]
pub fn encode_snapshot(producers: &Producers) -> Vec<u8> {
    let all = producers.iter();
    let mut bytes = Vec::with_capacity(HEAD_BYTES + all.len() * ENTRY_BYTES);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(all.len() as i32).to_be_bytes());
    for (id, state) in all {
        let last = state.last_batch();
        bytes.extend_from_slice(&id.0.to_be_bytes());
        bytes.extend_from_slice(&state.epoch.0.to_be_bytes());
        bytes.extend_from_slice(&last.map_or(-1, |batch| batch.last_sequence).to_be_bytes());
        bytes.extend_from_slice(&last.map_or(-1, |batch| batch.last_offset.0).to_be_bytes());
        bytes.extend_from_slice(&last.map_or(0, |batch| batch.offset_delta).to_be_bytes());
        bytes.extend_from_slice(&state.last_timestamp_ms.to_be_bytes());
        bytes.extend_from_slice(&state.coordinator_epoch.to_be_bytes());
        let transaction = state.transaction_first_offset.unwrap_or(Offset::NONE);
        bytes.extend_from_slice(&transaction.0.to_be_bytes());
    }
    let crc = crc32c::crc32c(&bytes[6..]);
    bytes[2..6].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// Reads what [`encode_snapshot`] or Kafka has written.
///
/// # Errors
/// Anything but a whole, undamaged snapshot of version 1.
pub fn decode_snapshot(bytes: &[u8]) -> Result<Producers, SnapshotError> {
    let (head, entries) = bytes.split_first_chunk::<HEAD_BYTES>().ok_or(SnapshotError::Length)?;
    let version = i16::from_be_bytes(field(head, 0));
    if version != VERSION {
        return Err(SnapshotError::Version(version));
    }
    if u32::from_be_bytes(field(head, 2)) != crc32c::crc32c(&bytes[6..]) {
        return Err(SnapshotError::Crc);
    }
    let count = i32::from_be_bytes(field(head, 6));
    let (entries, rest) = entries.as_chunks::<ENTRY_BYTES>();
    if !rest.is_empty() || i64::from(count) != entries.len() as i64 {
        return Err(SnapshotError::Length);
    }
    let mut producers = Producers::default();
    for entry in entries {
        let (id, state) = decode_entry(entry);
        producers.insert(id, state);
    }
    Ok(producers)
}

fn decode_entry(entry: &[u8; ENTRY_BYTES]) -> (ProducerId, ProducerState) {
    let last_sequence = i32::from_be_bytes(field(entry, 10));
    let timestamp_ms = i64::from_be_bytes(field(entry, 26));
    let batch = (last_sequence >= 0).then(|| WrittenBatch {
        last_sequence,
        last_offset: Offset(i64::from_be_bytes(field(entry, 14))),
        offset_delta: i32::from_be_bytes(field(entry, 22)),
        timestamp_ms,
    });
    let mut state = ProducerState::new(ProducerEpoch(i16::from_be_bytes(field(entry, 8))), batch);
    state.last_timestamp_ms = timestamp_ms;
    state.coordinator_epoch = i32::from_be_bytes(field(entry, 34));
    let transaction = Offset(i64::from_be_bytes(field(entry, 38)));
    state.transaction_first_offset = (transaction >= Offset::ZERO).then_some(transaction);
    (ProducerId(i64::from_be_bytes(field(entry, 0))), state)
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}
