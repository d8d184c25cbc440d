//! Builds batches byte for byte as Java's `MemoryRecordsBuilder` does.

use super::varint::{put_varint, put_varlong, varlong_bytes};
use super::{
    Attributes, BatchHeader, Compression, Error, HEADER_BYTES, Header, Record, TimestampType,
};
use crate::base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId};

/// What a control record says (`ControlRecordType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlType {
    /// End of an aborted transaction.
    Abort,
    /// End of a committed transaction.
    Commit,
    /// A new leader of a metadata log; the value is a `LeaderChangeMessage`.
    LeaderChange,
    /// Start of a metadata snapshot.
    SnapshotHeader,
    /// End of a metadata snapshot.
    SnapshotFooter,
    /// The version of the quorum protocol.
    KRaftVersion,
    /// The voters of the quorum.
    KRaftVoters,
}

impl ControlType {
    /// The key of a control record of this type.
    #[must_use]
    pub fn key(self) -> [u8; 4] {
        let [high, low] = (self as i16).to_be_bytes();
        [0, 0, high, low]
    }

    /// The type that a control record's key names; `None` for those Kafka does not know.
    #[must_use]
    pub fn from_key(key: &[u8]) -> Option<Self> {
        let &[_, _, high, low, ..] = key else { return None };
        Some(match i16::from_be_bytes([high, low]) {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            2 => ControlType::LeaderChange,
            3 => ControlType::SnapshotHeader,
            4 => ControlType::SnapshotFooter,
            5 => ControlType::KRaftVersion,
            6 => ControlType::KRaftVoters,
            _ => return None,
        })
    }
}

/// Collects records and writes them as one batch.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    header: BatchHeader,
    compression: Compression,
    level: Option<i32>,
    log_append_time: Option<i64>,
    payload: Vec<u8>,
}

impl Default for BatchBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchBuilder {
    /// An empty batch at offset 0: no compression, no producer, the producers' times.
    #[must_use]
    pub fn new() -> Self {
        let header = BatchHeader {
            base_offset: Offset::ZERO,
            batch_length: 0,
            leader_epoch: LeaderEpoch::NONE,
            magic: 2,
            crc: 0,
            attributes: Attributes::default(),
            last_offset_delta: -1,
            base_timestamp: -1,
            max_timestamp: -1,
            producer_id: ProducerId::NONE,
            producer_epoch: ProducerEpoch(-1),
            base_sequence: -1,
            record_count: 0,
        };
        let payload = Vec::new();
        BatchBuilder {
            header,
            compression: Compression::None,
            level: None,
            log_append_time: None,
            payload,
        }
    }

    /// How to compress the records; `level` as in `compression.<codec>.level`.
    #[must_use]
    pub fn compression(mut self, compression: Compression, level: Option<i32>) -> Self {
        (self.compression, self.level) = (compression, level);
        self
    }

    /// Offset of the first record.
    #[must_use]
    pub fn base_offset(mut self, base_offset: Offset) -> Self {
        self.header.base_offset = base_offset;
        self
    }

    /// Leader epoch of the append.
    #[must_use]
    pub fn leader_epoch(mut self, leader_epoch: LeaderEpoch) -> Self {
        self.header.leader_epoch = leader_epoch;
        self
    }

    /// The idempotent producer, its epoch and the sequence number of the first record.
    #[must_use]
    pub fn producer(mut self, id: ProducerId, epoch: ProducerEpoch, base_sequence: i32) -> Self {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Whether the batch belongs to a transaction.
    #[must_use]
    pub fn transactional(mut self, transactional: bool) -> Self {
        self.header.attributes = self.header.attributes.with_transactional(transactional);
        self
    }

    /// Whether the batch holds control records.
    #[must_use]
    pub fn control(mut self, control: bool) -> Self {
        self.header.attributes = self.header.attributes.with_control(control);
        self
    }

    /// Stamps the whole batch with the broker's time, in milliseconds since 1970.
    #[must_use]
    pub fn log_append_time(mut self, now_ms: i64) -> Self {
        self.log_append_time = Some(now_ms);
        self
    }

    /// Adds a record at the next offset. A `timestamp` of -1 means none.
    pub fn append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header<'_>],
    ) {
        let mut bytes = Vec::new();
        for header in headers {
            put_nullable(&mut bytes, Some(header.key));
            put_nullable(&mut bytes, header.value);
        }
        let offset_delta = self.header.last_offset_delta.saturating_add(1);
        self.put(offset_delta, timestamp, key, value, headers.len(), &bytes);
    }

    /// Adds a copy of a record at the next offset, whatever its own offset.
    pub fn append_record(&mut self, record: &Record<'_>) {
        let offset_delta = self.header.last_offset_delta.saturating_add(1);
        let (count, bytes) = (record.headers.len(), record.headers.bytes());
        self.put(offset_delta, record.timestamp, record.key, record.value, count, bytes);
    }

    /// Adds a control record.
    pub fn append_control(&mut self, timestamp: i64, control: ControlType, value: &[u8]) {
        self.append(timestamp, Some(&control.key()), Some(value), &[]);
    }

    /// The number of records so far.
    #[must_use]
    pub fn record_count(&self) -> i32 {
        self.header.record_count
    }

    /// Size of the batch if it were written without compression.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        HEADER_BYTES + self.payload.len()
    }

    /// Writes the batch.
    ///
    /// # Errors
    /// [`Error::Compression`], or [`Error::TooLarge`] when it does not fit 31 bits.
    pub fn build(self) -> Result<Vec<u8>, Error> {
        let (header, payload) = self.build_parts()?;
        let mut batch = Vec::with_capacity(HEADER_BYTES + payload.len());
        batch.extend_from_slice(&header.encode());
        batch.extend_from_slice(&payload);
        Ok(batch)
    }

    /// Writes the batch as header and payload.
    ///
    /// # Errors
    /// As [`BatchBuilder::build`].
    pub fn build_parts(self) -> Result<(BatchHeader, Vec<u8>), Error> {
        let mut header = self.header;
        let mut attributes = header.attributes.with_compression(self.compression);
        if let Some(now_ms) = self.log_append_time {
            attributes = attributes.with_timestamp_type(TimestampType::LogAppendTime);
            header.max_timestamp = now_ms;
        }
        header.attributes = attributes;
        let payload = if self.compression == Compression::None {
            self.payload
        } else {
            self.compression.compress(self.level, &self.payload)?.into_owned()
        };
        header.batch_length = i32::try_from(HEADER_BYTES - 12 + payload.len())
            .map_err(|_| Error::TooLarge { limit: i32::MAX as usize })?;
        header.crc = header.crc_with(&payload);
        Ok((header, payload))
    }

    fn put(
        &mut self,
        offset_delta: i32,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        header_count: usize,
        header_bytes: &[u8],
    ) {
        if self.header.record_count == 0 {
            self.header.base_timestamp = timestamp;
        }
        let timestamp_delta = timestamp.wrapping_sub(self.header.base_timestamp);
        let length = 1
            + varlong_bytes(timestamp_delta)
            + varlong_bytes(i64::from(offset_delta))
            + nullable_bytes(key)
            + nullable_bytes(value)
            + varlong_bytes(header_count as i64)
            + header_bytes.len();
        let out = &mut self.payload;
        out.reserve(length + 5);
        put_varlong(out, length as i64);
        out.push(0);
        put_varlong(out, timestamp_delta);
        put_varint(out, offset_delta);
        put_nullable(out, key);
        put_nullable(out, value);
        put_varlong(out, header_count as i64);
        out.extend_from_slice(header_bytes);
        self.header.last_offset_delta = offset_delta;
        self.header.record_count += 1;
        self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
    }
}

fn put_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => put_varint(out, -1),
        Some(bytes) => {
            put_varlong(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
    }
}

fn nullable_bytes(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varlong_bytes(bytes.len() as i64) + bytes.len())
}
