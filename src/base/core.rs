//! The one shape of every coordinator: commands in, records and replies out.

use super::{Deadline, Now};

/// Names the caller that waits for a reply. The driver that owns a core maps it
/// back to the waiting request; the core only carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// A state machine without sockets, files, clock or randomness.
///
/// Durable state changes only in [`Core::apply`]: `handle` decides, emits records
/// and applies them at once; recovery replays the same records. The driver
/// persists the records of an [`Output`] before it releases the replies.
pub trait Core {
    /// What can be asked of this core.
    type Command;
    /// What it answers.
    type Reply;
    /// What it writes to its log.
    type Record;

    /// Handles one command. Replies may come now, later, or for several tokens at once.
    fn handle(
        &mut self,
        now: Now,
        token: Token,
        command: Self::Command,
        output: &mut Output<Self::Record, Self::Reply>,
    );

    /// Does whatever has become due at `now`.
    fn on_deadline(&mut self, now: Now, output: &mut Output<Self::Record, Self::Reply>);

    /// When [`Core::on_deadline`] wants to be called next; `None` means never.
    /// May change after every call of `handle`, `on_deadline` or `apply`.
    fn next_deadline(&self) -> Option<Deadline>;

    /// The only writer of durable state: replays one record.
    fn apply(&mut self, record: &Self::Record);
}

/// What a core wants done: first the records persisted, then the replies sent.
#[derive(Debug)]
pub struct Output<Record, Reply> {
    /// Records to append, in order.
    pub records: Vec<Record>,
    /// Replies to release once the records are in the log.
    pub replies: Vec<(Token, Reply)>,
}

impl<Record, Reply> Default for Output<Record, Reply> {
    fn default() -> Self {
        Output { records: Vec::new(), replies: Vec::new() }
    }
}
