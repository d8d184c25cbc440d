//! Who can connect from where, and where they would be sent: a small world of machines,
//! containers, names and ports, and the walk of a client through it.
//!
//! Pure: whoever has read a compose file, a manifest or a cluster's answers makes a [`World`] of
//! it; [`judge`] says who gets through, which of the catalogue's mistakes keep the others out, and
//! which edits put it right. Knows nothing of YAML, images, files or sockets.

mod brokers;
mod dial;
mod fault;
mod journey;
mod judge;
mod model;
mod remedy;
mod rewrite;

#[cfg(test)]
mod tests;

pub use self::dial::{Landing, Unknown, Why};
pub use self::fault::{Fault, FaultKind};
pub use self::judge::{Judgement, Row, Verdict, judge};
pub use self::model::{
    Address, Broker, Client, MACHINE_NAMES, Name, Place, Published, Standpoint, THIS_MACHINE, World,
};
pub use self::remedy::{Edit, Remedy, remedy};
