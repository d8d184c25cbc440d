//! Which leader epoch begins at which offset (`LeaderEpochFileCache`).

use crate::base::{LeaderEpoch, Offset};

/// One line of `leader-epoch-checkpoint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEntry {
    /// The epoch.
    pub epoch: LeaderEpoch,
    /// The first offset written in it.
    pub start_offset: Offset,
}

/// Epochs in order; both epochs and start offsets grow strictly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeaderEpochs {
    entries: Vec<EpochEntry>,
}

impl LeaderEpochs {
    /// Takes what a checkpoint says, leaving out entries that contradict the ones before.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = EpochEntry>) -> Self {
        let mut epochs = LeaderEpochs::default();
        for entry in entries {
            epochs.assign(entry.epoch, entry.start_offset);
        }
        epochs
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[EpochEntry] {
        &self.entries
    }

    /// The newest epoch that has written anything.
    #[must_use]
    pub fn latest(&self) -> Option<LeaderEpoch> {
        self.entries.last().map(|entry| entry.epoch)
    }

    /// Notes that `epoch` writes at `start_offset`. Says whether that is news.
    pub fn assign(&mut self, epoch: LeaderEpoch, start_offset: Offset) -> bool {
        if epoch < LeaderEpoch(0) {
            return false;
        }
        match self.entries.last() {
            Some(last) if last.epoch >= epoch || last.start_offset > start_offset => false,
            Some(last) if last.start_offset == start_offset => {
                // The earlier epoch wrote nothing.
                self.entries.pop();
                self.entries.push(EpochEntry { epoch, start_offset });
                true
            }
            _ => {
                self.entries.push(EpochEntry { epoch, start_offset });
                true
            }
        }
    }

    /// Forgets epochs that begin at `end` or later. Says whether there were any.
    pub fn truncate_from(&mut self, end: Offset) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.start_offset < end);
        self.entries.len() != before
    }

    /// Forgets epochs that end before `start`; the one that `start` lies in begins there.
    /// Says whether anything changed.
    pub fn truncate_to(&mut self, start: Offset) -> bool {
        let gone = self.entries.partition_point(|entry| entry.start_offset <= start);
        if gone == 0 {
            return false;
        }
        let kept = gone - 1;
        if kept == 0 && self.entries[0].start_offset == start {
            return false;
        }
        self.entries.drain(..kept);
        self.entries[0].start_offset = start;
        true
    }

    /// The epoch that an offset was written in.
    #[must_use]
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        let after = self.entries.partition_point(|entry| entry.start_offset <= offset);
        after.checked_sub(1).map(|index| self.entries[index].epoch)
    }

    /// Answers OffsetForLeaderEpoch: the largest known epoch up to `epoch`, and where it ends.
    /// `None` where Kafka answers with epoch and offset -1. `leader` is the epoch of the leader,
    /// which begins at `end` if nothing was written in it.
    #[must_use]
    pub fn end_offset_for(
        &self,
        epoch: LeaderEpoch,
        leader: LeaderEpoch,
        end: Offset,
    ) -> Option<(LeaderEpoch, Offset)> {
        if epoch == LeaderEpoch::NONE || epoch > leader {
            return None;
        }
        if epoch == leader {
            return Some((leader, end));
        }
        let above = self.entries.partition_point(|entry| entry.epoch <= epoch);
        let next = self.entries.get(above).map_or(end, |entry| entry.start_offset);
        match above.checked_sub(1) {
            Some(index) => Some((self.entries[index].epoch, next)),
            // Older than everything known: it ends where the first known one begins.
            None => Some((epoch, next)),
        }
    }
}
