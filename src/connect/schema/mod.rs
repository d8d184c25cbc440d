//! Records that carry their schema: Connect's schemas as JSON, and payloads written by them.

mod decimal;
mod envelope;
mod parse;
mod write;

pub use envelope::{Envelope, EnvelopeError, EnvelopeReader};
pub use parse::{Field, Kind, Logical, Schema};
pub use write::{DecimalFormat, ValueWriter, struct_field};

/// What Connect throws as a `DataException`, in its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DataError(pub String);

#[cfg(test)]
mod tests;
