//! Time as a value: read once at the edge, passed down as a parameter.

use std::time::Duration;

/// One reading of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Time since an arbitrary start; never goes back. Timeouts are counted in it.
    pub monotonic: Duration,
    /// Milliseconds since 1970, as the wall clock shows it. Record timestamps are in it.
    pub wall_ms: i64,
}

impl Now {
    /// The moment `delay_ms` from now.
    #[must_use]
    pub fn after_ms(self, delay_ms: u64) -> Deadline {
        Deadline(self.monotonic.saturating_add(Duration::from_millis(delay_ms)))
    }

    /// Whether `deadline` has come.
    #[must_use]
    pub fn has_reached(self, deadline: Deadline) -> bool {
        self.monotonic >= deadline.0
    }
}

/// A moment on the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline(pub Duration);
