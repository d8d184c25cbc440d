//! JSON as Kafka Connect's `JsonConverter` and Jackson read and write it.
//!
//! Without schemas nothing is built in memory: [`Transcoder`] rewrites a record's bytes
//! to the bytes that the connector would have written, in one pass. With schemas the
//! payload becomes a [`Node`] that is checked against its schema.

mod find;
mod lexer;
mod node;
mod number;
mod transcode;

pub use find::find_path;
pub use lexer::{JsonError, Lexer, escape_text, unescape};
pub use node::{Node, parse_node, write_quoted};
pub use number::{write_double, write_float, write_wrapped_integer};
pub use transcode::{KeyOrder, Transcoder, java_string_hash, table_mask};

#[cfg(test)]
mod tests;
