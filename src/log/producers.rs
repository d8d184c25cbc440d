//! Idempotent producers: who wrote what last (`ProducerStateManager`, `ProducerAppendInfo`).

use std::collections::BTreeMap;

use super::partition_log::Refusal;
use crate::base::{ErrorCode, Offset, ProducerEpoch, ProducerId};
use crate::record::BatchHeader;

/// Batches per producer that a repetition is recognised among.
const BATCHES_KEPT: usize = 5;

const NO_EPOCH: ProducerEpoch = ProducerEpoch(-1);

/// A batch that a producer has written, as far as a repetition has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenBatch {
    /// Sequence number of its last record.
    pub last_sequence: i32,
    /// Offset of its last record.
    pub last_offset: Offset,
    /// Last offset minus first offset.
    pub offset_delta: i32,
    /// Its largest timestamp, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

impl WrittenBatch {
    /// Offset of its first record.
    #[must_use]
    pub fn base_offset(&self) -> Offset {
        self.last_offset.plus(-i64::from(self.offset_delta))
    }

    fn base_sequence(&self) -> i32 {
        let first = i64::from(self.last_sequence) - i64::from(self.offset_delta);
        (first & i64::from(i32::MAX)) as i32
    }
}

/// What is known of one producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerState {
    /// Its incarnation.
    pub epoch: ProducerEpoch,
    /// Timestamp of its last batch or marker; it is forgotten some time after.
    pub last_timestamp_ms: i64,
    /// Epoch of the coordinator that wrote its last transaction marker, or -1.
    pub coordinator_epoch: i32,
    /// Where its open transaction begins.
    pub transaction_first_offset: Option<Offset>,
    batches: [Option<WrittenBatch>; BATCHES_KEPT],
}

impl ProducerState {
    /// A producer whose last batch is `batch`.
    #[must_use]
    pub fn new(epoch: ProducerEpoch, batch: Option<WrittenBatch>) -> Self {
        let mut batches = [None; BATCHES_KEPT];
        batches[0] = batch;
        ProducerState {
            epoch,
            last_timestamp_ms: batch.map_or(-1, |batch| batch.timestamp_ms),
            coordinator_epoch: -1,
            transaction_first_offset: None,
            batches,
        }
    }

    /// Its newest batch.
    #[must_use]
    pub fn last_batch(&self) -> Option<&WrittenBatch> {
        self.batches[0].as_ref()
    }

    /// The batches that a repetition is compared with, newest first.
    pub fn batches(&self) -> impl Iterator<Item = &WrittenBatch> {
        self.batches.iter().flatten()
    }

    fn push(&mut self, batch: WrittenBatch) {
        self.batches.rotate_right(1);
        self.batches[0] = Some(batch);
    }

    fn begin_epoch(&mut self, epoch: ProducerEpoch) {
        if epoch != self.epoch {
            self.epoch = epoch;
            self.batches = [None; BATCHES_KEPT];
        }
    }

    fn is_expired(&self, now_ms: i64, expiration_ms: i64) -> bool {
        self.transaction_first_offset.is_none()
            && now_ms.saturating_sub(self.last_timestamp_ms) >= expiration_ms
    }
}

/// All producers of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Producers {
    by_id: BTreeMap<ProducerId, ProducerState>,
}

impl Producers {
    /// Everyone known, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ProducerId, &ProducerState)> {
        self.by_id.iter().map(|(id, state)| (*id, state))
    }

    /// What is known of one producer.
    #[must_use]
    pub fn get(&self, id: ProducerId) -> Option<&ProducerState> {
        self.by_id.get(&id)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Takes a producer from a snapshot.
    pub fn insert(&mut self, id: ProducerId, state: ProducerState) {
        self.by_id.insert(id, state);
    }

    /// Decides about a batch that a client sends: `Ok(None)` to write it, `Ok(Some(..))` when it
    /// was written before.
    ///
    /// # Errors
    /// `INVALID_PRODUCER_EPOCH` for an older epoch than the one known, `OUT_OF_ORDER_SEQUENCE_NUMBER`
    /// for a gap, for a repetition that is too old to be recognised, and for a new epoch that does
    /// not start at 0. A producer that is not known may start anywhere (KIP-360).
    pub fn check(&self, header: &BatchHeader) -> Result<Option<WrittenBatch>, Refusal> {
        if !header.has_producer_id() {
            return Ok(None);
        }
        let Some(state) = self.by_id.get(&header.producer_id) else {
            return Ok(None);
        };
        let first = header.base_sequence;
        if header.producer_epoch < state.epoch {
            return Err(old_epoch(header, state));
        }
        if header.producer_epoch != state.epoch {
            return if first == 0 || state.epoch == NO_EPOCH {
                Ok(None)
            } else {
                Err(new_epoch_not_at_zero(header, state))
            };
        }
        let last = header.last_sequence();
        let repeated =
            |batch: &&WrittenBatch| batch.last_sequence == last && batch.base_sequence() == first;
        if let Some(batch) = state.batches().find(repeated) {
            return Ok(Some(*batch));
        }
        let expected = match state.last_batch() {
            Some(batch) => batch.last_sequence.checked_add(1).unwrap_or(0),
            None => 0,
        };
        if first == expected { Ok(None) } else { Err(out_of_order(header, expected)) }
    }

    /// Notes a batch that is in the log now, as written there with these offsets.
    pub fn commit(&mut self, header: &BatchHeader, base_offset: Offset) {
        if !header.has_producer_id() {
            return;
        }
        let last_offset = base_offset.plus(i64::from(header.last_offset_delta));
        let state = self
            .by_id
            .entry(header.producer_id)
            .or_insert_with(|| ProducerState::new(header.producer_epoch, None));
        state.begin_epoch(header.producer_epoch);
        state.last_timestamp_ms = header.max_timestamp;
        if header.attributes.is_control() {
            // A transaction marker ends the transaction and has no sequence number.
            state.transaction_first_offset = None;
            return;
        }
        state.push(WrittenBatch {
            last_sequence: header.last_sequence(),
            last_offset,
            offset_delta: header.last_offset_delta,
            timestamp_ms: header.max_timestamp,
        });
        if header.attributes.is_transactional() && state.transaction_first_offset.is_none() {
            state.transaction_first_offset = Some(base_offset);
        }
    }

    /// Forgets producers that have been silent for `expiration_ms` (`producer.id.expiration.ms`),
    /// unless they have an open transaction. Says how many.
    pub fn expire(&mut self, now_ms: i64, expiration_ms: i64) -> usize {
        let before = self.by_id.len();
        self.by_id.retain(|_, state| !state.is_expired(now_ms, expiration_ms));
        before - self.by_id.len()
    }
}

fn old_epoch(header: &BatchHeader, state: &ProducerState) -> Refusal {
    Refusal {
        code: ErrorCode::InvalidProducerEpoch,
        message: format!(
            "producer {} writes with epoch {}, but epoch {} has already written",
            header.producer_id, header.producer_epoch, state.epoch
        ),
    }
}

fn new_epoch_not_at_zero(header: &BatchHeader, state: &ProducerState) -> Refusal {
    Refusal {
        code: ErrorCode::OutOfOrderSequenceNumber,
        message: format!(
            "producer {} begins epoch {} with sequence number {} instead of 0; its epoch was {}",
            header.producer_id, header.producer_epoch, header.base_sequence, state.epoch
        ),
    }
}

fn out_of_order(header: &BatchHeader, expected: i32) -> Refusal {
    Refusal {
        code: ErrorCode::OutOfOrderSequenceNumber,
        message: format!(
            "out of order sequence number for producer {}: {} instead of {expected}",
            header.producer_id, header.base_sequence
        ),
    }
}
