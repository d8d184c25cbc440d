//! When a segment may go (`UnifiedLog.deleteOldSegments`).

use crate::base::Offset;
use crate::cluster::LogConfig;

/// What the decision needs to know of the oldest segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentFacts {
    /// Base offset of the segment after it, or the end of the log.
    pub next_offset: Offset,
    /// Size of its `.log` file.
    pub size_bytes: u64,
    /// Its largest timestamp; the file's modification time when no record has one.
    pub largest_timestamp_ms: i64,
}

/// Why a segment is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionReason {
    /// The log starts beyond it, because someone has deleted its records.
    LogStart,
    /// `retention.bytes`.
    Size,
    /// `retention.ms`.
    Time,
}

/// Whether the oldest segment may be deleted, and why. `total_bytes` is the size of the whole
/// log, this segment included.
#[must_use]
pub fn deletion_reason(
    segment: SegmentFacts,
    total_bytes: u64,
    log_start: Offset,
    high_watermark: Offset,
    config: &LogConfig,
    now_ms: i64,
) -> Option<DeletionReason> {
    if segment.next_offset > high_watermark {
        return None;
    }
    if segment.next_offset <= log_start {
        return Some(DeletionReason::LogStart);
    }
    if !config.cleanup_delete {
        return None;
    }
    if let Ok(kept) = u64::try_from(config.retention_bytes)
        && total_bytes >= kept.saturating_add(segment.size_bytes)
    {
        return Some(DeletionReason::Size);
    }
    let age_ms = now_ms.saturating_sub(segment.largest_timestamp_ms);
    (config.retention_ms >= 0 && age_ms > config.retention_ms).then_some(DeletionReason::Time)
}
