//! Protobuf: schemas of a registry, their relation to Connect's (Confluent's `ProtobufData`), and
//! reading messages.
//!
//! Owns no sockets: `convert` fetches the texts of schemas, [`ProtobufReader`] reads records by
//! them. The language and the encoding are crates; what Confluent makes of them is here. A value
//! is read by a plan that is made once for each type of message, together with its schema.

mod files;
mod known;
mod options;
mod reader;
mod to_connect;
mod value;

pub use files::Import;
pub use options::ProtobufOptions;
pub use reader::ProtobufReader;

#[cfg(test)]
mod tests;

/// The beginning of names and parameters that the converter makes up.
const NAMESPACE: &str = "io.confluent.connect.protobuf";
