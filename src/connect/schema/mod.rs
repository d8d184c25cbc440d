//! Connect's data: schemas, values, and `JsonConverter`'s form of both.
//!
//! Owns what a record is once a converter has read it: a [`Schema`] (or none) and a [`Data`].
//! Converters make them, transforms and partitioners look at them, formats write them. Nothing
//! here knows where the bytes come from or go to. Plain JSON that goes to JSON does not pass
//! through here at all: `json::Transcoder` rewrites its bytes.

mod compatibility;
mod data;
mod decimal;
mod envelope;
mod model;
mod order;
mod parse;
mod payload;
mod write;

pub use compatibility::{Compatibility, project};
pub use data::{Data, DataError, SchemaAndData, field_at, truncate_integer};
pub use decimal::Decimal;
pub use envelope::{EnvelopeError, EnvelopeReader};
pub use model::{DATE, DECIMAL, Field, Kind, Logical, Schema, TIME, TIMESTAMP};
pub use order::java_order;
pub use payload::{data_of, date_data, days_or_millis, schemaless};
pub use write::{DecimalFormat, ValueWriter};

#[cfg(test)]
mod tests;
