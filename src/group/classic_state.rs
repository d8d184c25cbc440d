//! The states of a classic group.

use std::fmt;

/// Where a classic group is in its rebalance (`ClassicGroupState`).
///
/// What each request is answered, once the member and its generation are known to be right
/// (an unknown member is always 25 `UNKNOWN_MEMBER_ID`, another generation 22
/// `ILLEGAL_GENERATION`):
///
/// | | Empty | PreparingRebalance | CompletingRebalance | Stable | Dead |
/// |---|---|---|---|---|---|
/// | JoinGroup, new member | starts a rebalance | parked | starts a rebalance | starts a rebalance | 15 |
/// | JoinGroup, same protocols | 25 | parked | the same answer again | the same answer again; the leader starts a rebalance | 15 |
/// | JoinGroup, other protocols | 25 | parked | starts a rebalance | starts a rebalance | 15 |
/// | SyncGroup | 25 | 27 | parked until the leader's | the assignment | 15 |
/// | Heartbeat | 25 | 27 | 0 | 0 | 15 |
/// | LeaveGroup | 25 | may complete the round | starts a rebalance | starts a rebalance | 15 |
/// | OffsetCommit, member | 25 | stored | 27 | stored | 15 |
/// | OffsetCommit, generation -1 | stored | 25 | 25 | 25 | 15 |
/// | OffsetDelete | stored | 86 for subscribed topics (other protocol types: 68) | as before | as before | 69 |
/// | DeleteGroups | gone | 68 | 68 | 68 | 69 |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassicState {
    /// No members; lives on while it has offsets.
    Empty,
    /// Waits for the members to join the next generation.
    PreparingRebalance,
    /// Waits for the leader's assignment.
    CompletingRebalance,
    /// Every member has its assignment.
    Stable,
    /// Not there. Only ever described, never stored.
    Dead,
}

impl ClassicState {
    /// Kafka's spelling: `PreparingRebalance`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClassicState::Empty => "Empty",
            ClassicState::PreparingRebalance => "PreparingRebalance",
            ClassicState::CompletingRebalance => "CompletingRebalance",
            ClassicState::Stable => "Stable",
            ClassicState::Dead => "Dead",
        }
    }

    /// Whether a group may come to this state from `previous`.
    pub(super) fn may_follow(self, previous: ClassicState) -> bool {
        match self {
            Self::Empty | Self::CompletingRebalance => previous == Self::PreparingRebalance,
            Self::PreparingRebalance => {
                matches!(previous, Self::Stable | Self::CompletingRebalance | Self::Empty)
            }
            Self::Stable => previous == Self::CompletingRebalance,
            Self::Dead => true,
        }
    }
}

impl fmt::Display for ClassicState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
