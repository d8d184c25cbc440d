//! Avro: schemas, their relation to Connect's (Confluent's `AvroData`), and the binary form.
//!
//! Owns no files and no sockets: `format` puts the encoded records into object container
//! files, `convert` takes records of a schema registry apart. The encoding is small enough to
//! be written out, and what the connector does beyond it, its schemas above all, no crate has.

mod binary;
mod decode;
mod default;
mod encode;
mod from_connect;
mod parse;
mod print;
mod schema;
mod to_connect;

pub use binary::{write_bytes, write_long};
pub use decode::decode;
pub use encode::encode;
pub use from_connect::{AvroOptions, from_connect};
pub use schema::{AvroField, AvroKind, AvroSchema};
pub use to_connect::to_connect;

#[cfg(test)]
mod tests;

/// The namespace of names that the connector makes up.
const NAMESPACE: &str = "io.confluent.connect.avro";
/// The name of a struct without name.
const DEFAULT_NAME: &str = "io.confluent.connect.avro.ConnectDefault";
/// The name of the records that stand for a map whose keys are not strings.
const MAP_ENTRY: &str = "MapEntry";
/// The name of a struct that stands for a union: at most one of its fields is set.
const UNION: &str = "io.confluent.connect.avro.Union";
/// The parameter that makes a string an enum, and the beginning of those of its symbols.
const ENUM: &str = "io.confluent.connect.avro.Enum";
const ENUM_DOC: &str = "io.confluent.connect.avro.enum.doc.";
const ENUM_DEFAULT: &str = "io.confluent.connect.avro.enum.default.";
const RECORD_DOC: &str = "io.confluent.connect.avro.record.doc";
const FIELD_DOC: &str = "io.confluent.connect.avro.field.doc.";
/// The parameter of a field whose default is Avro's, not Connect's.
const FIELD_DEFAULT_FLAG: &str = "io.confluent.connect.avro.field.default";
const FIXED_SIZE: &str = "connect.fixed.size";
const DECIMAL_PRECISION: &str = "connect.decimal.precision";
const DECIMAL_PRECISION_DEFAULT: i64 = 64;
