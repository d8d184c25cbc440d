//! Settings while the broker runs: looking them up and changing them in the metadata log. What a
//! setting is, where its value comes from and what is refused is the business of [`crate::cluster`].

mod alter;
mod describe;

/// Whose settings a client asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigTarget<'a> {
    /// A topic's.
    Topic(&'a str),
    /// A broker's by its number; empty: the default of all brokers.
    Broker(&'a str),
}
