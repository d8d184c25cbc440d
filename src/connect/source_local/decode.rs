//! Batches of the log to records.

use std::os::unix::fs::FileExt;

use super::{permanent, retriable};
use crate::base::{LeaderEpoch, Offset};
use crate::connect::source::{Headers, RecordSet, SourceError};
use crate::connect::writer::SinkRecord;
use crate::record::Batches;
use crate::wire::FileRange;

/// A batch may not grow beyond this when it is decompressed.
const BATCH_BYTES_MAX: usize = 512 << 20;

/// How much of the records is wanted.
pub(in crate::connect) struct Wanted {
    /// `max.poll.records`
    pub(super) records_max: usize,
    /// Whether anybody looks at headers.
    pub(super) headers: bool,
}

impl Wanted {
    /// All records, but not their headers.
    pub(in crate::connect) const WITHOUT_HEADERS: Wanted =
        Wanted { records_max: usize::MAX, headers: false };
}

/// Reads a piece of the log.
pub(in crate::connect) fn read_range(
    range: &FileRange,
    buffer: &mut Vec<u8>,
) -> Result<(), SourceError> {
    let length = usize::try_from(range.length).map_err(|error| permanent(error.to_string()))?;
    buffer.resize(length, 0);
    range
        .file
        .read_exact_at(buffer, range.position)
        .map_err(|error| retriable(format!("cannot read the log: {error}")))
}

/// The records from `position` on, where to go on, and the epoch of the last batch.
pub(in crate::connect) fn decode(
    bytes: &[u8],
    position: Offset,
    wanted: &Wanted,
) -> Result<(RecordSet, Offset, LeaderEpoch), crate::record::Error> {
    let mut set = RecordSet::default();
    let mut next = position;
    let mut epoch = LeaderEpoch::NONE;
    for batch in Batches::new(bytes) {
        let batch = batch?;
        batch.verify_crc()?;
        epoch = batch.header.leader_epoch;
        if !batch.header.attributes.is_control() {
            let records = batch.records(BATCH_BYTES_MAX)?;
            for record in &records {
                let record = record?;
                if record.offset >= position {
                    if set.len() == wanted.records_max {
                        return Ok((set, next, epoch));
                    }
                    next = record.offset.plus(1);
                    let bare = SinkRecord {
                        offset: record.offset,
                        timestamp_ms: record.timestamp,
                        key: record.key,
                        value: record.value,
                        headers: Headers::default(),
                    };
                    let headers = record.headers.iter().map(|header| (header.key, header.value));
                    set.push_with_headers(&bare, headers.filter(|_| wanted.headers));
                }
            }
        }
        next = next.max(batch.header.next_offset());
    }
    Ok((set, next, epoch))
}
