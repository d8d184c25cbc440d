//! Numbers that must not be mistaken for one another.

use std::fmt;

/// The position of a record in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub i64);

impl Offset {
    /// The first offset of a partition.
    pub const ZERO: Offset = Offset(0);
    /// What Kafka answers where there is no offset.
    pub const NONE: Offset = Offset(-1);

    /// The offset `count` records further on.
    #[must_use]
    pub fn plus(self, count: i64) -> Offset {
        Offset(self.0.saturating_add(count))
    }

    /// How many offsets lie between `earlier` and this one.
    #[must_use]
    pub fn since(self, earlier: Offset) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How often the leadership of a partition has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LeaderEpoch(pub i32);

impl LeaderEpoch {
    /// What Kafka writes where the epoch is not known.
    pub const NONE: LeaderEpoch = LeaderEpoch(-1);
}

/// The round of a classic group's rebalance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Generation(pub i32);

impl Generation {
    /// What a client sends that commits offsets without being a member.
    pub const NONE: Generation = Generation(-1);
}
