//! Calendar time as the connector sees it: zones by their Joda ids, patterns in
//! Joda's letters, ISO text, the start of a day and of a bucket.
//!
//! Milliseconds since 1970 in, milliseconds or text out; reads no clock.

mod iso;
mod joda;
mod locale;
mod zone;

pub use iso::parse_iso_millis;
pub use joda::{PathPattern, PatternError};
pub use locale::LocaleNames;
pub use zone::{TimeZone, UnknownZone};

#[cfg(test)]
mod tests;
