//! The four offsets of a log, kept in order.

use crate::base::Offset;

/// `log_start <= last_stable <= high_watermark <= end`, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogOffsets {
    log_start: Offset,
    last_stable: Offset,
    high_watermark: Offset,
    end: Offset,
}

impl LogOffsets {
    /// The offsets of a log that holds `log_start` up to `end`, all of it stable.
    ///
    /// # Panics
    /// When `log_start` lies beyond `end`.
    #[must_use]
    pub fn new(log_start: Offset, end: Offset) -> Self {
        assert!(log_start <= end, "a log cannot start at {log_start}, beyond its end {end}");
        LogOffsets { log_start, last_stable: end, high_watermark: end, end }
    }

    /// The first offset that may be read.
    #[must_use]
    pub fn log_start(&self) -> Offset {
        self.log_start
    }

    /// The first offset that a `read_committed` consumer may not see yet.
    #[must_use]
    pub fn last_stable(&self) -> Offset {
        self.last_stable
    }

    /// The first offset that no consumer may see yet. With one replica the end of the log.
    #[must_use]
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// The offset that the next record gets.
    #[must_use]
    pub fn end(&self) -> Offset {
        self.end
    }

    /// Moves the end, and with it everything that follows it on a single replica.
    pub(super) fn advance_end(&mut self, end: Offset) {
        assert!(end >= self.end, "the end of a log never goes back");
        self.end = end;
        self.high_watermark = end;
        self.last_stable = end;
    }

    /// Moves the start; never back, never beyond the high watermark.
    pub(super) fn advance_start(&mut self, start: Offset) {
        assert!(start <= self.high_watermark, "a log cannot start beyond its high watermark");
        self.log_start = self.log_start.max(start);
    }
}
