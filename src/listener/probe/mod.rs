//! A cluster as it looks from a client's place, and what is wrong with it.
//!
//! Owns the facts that somebody gathers by knocking at doors ([`Survey`]) and the judgement over
//! them ([`judge`]): which of the catalogue's mistakes it is, what of it stops a client, and how
//! Kafka's settings mend it. [`views`] reasons about clients elsewhere: on the host, in a
//! container, on another machine. Knows nothing of sockets, resolvers, clocks or terminals.

mod bootstrap;
mod cluster;
mod facts;
mod judge;
mod names;
mod settings;
mod stranger;
mod told;
mod views;

#[cfg(test)]
mod tests;

pub use self::facts::{
    Answer, Attempt, Coordinator, Door, Place, Refusal, RoundTrip, Survey, Told,
};
pub use self::judge::{Diagnosis, Stage, judge};
pub use self::settings::BrokerSettings;
pub use self::views::{View, views};
