//! Records of the group, transaction and share coordinators: keys and values that begin
//! with a version of 16 bits.

use super::{Error, Message, Reader, Rope};

/// The key of a coordinator's record. Its first 16 bits say what kind of record it is.
pub trait CoordinatorKey<'a>: Message<'a> {
    /// The kind.
    const TYPE: i16;
}

/// The value of a coordinator's record. Its first 16 bits are its version.
pub trait CoordinatorValue<'a>: Message<'a> {
    /// The kind, as in the key.
    const TYPE: i16;
}

/// Splits the first 16 bits from a key (the kind of the record) or a value (its version).
///
/// # Errors
/// [`Error::Truncated`]
pub fn split_version(bytes: &[u8]) -> Result<(i16, Reader<'_>), Error> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16()?;
    Ok((version, reader))
}

/// A key with its kind in front.
///
/// # Errors
/// As [`Message::encode`].
pub fn encode_key<'a, K: CoordinatorKey<'a>>(key: &K) -> Result<Vec<u8>, Error> {
    prefixed(K::TYPE, key, 0)
}

/// A value with its version in front.
///
/// # Errors
/// As [`Message::encode`].
pub fn encode_value<'a>(value: &impl CoordinatorValue<'a>, version: i16) -> Result<Vec<u8>, Error> {
    prefixed(version, value, version)
}

/// Reads a value with its version in front. Bytes after it are passed over, as Kafka does.
///
/// # Errors
/// As [`Message::decode`].
pub fn decode_value<'a, V: CoordinatorValue<'a>>(bytes: &'a [u8]) -> Result<V, Error> {
    let (version, mut reader) = split_version(bytes)?;
    V::decode_prefix(&mut reader, version)
}

fn prefixed<'a>(prefix: i16, message: &impl Message<'a>, version: i16) -> Result<Vec<u8>, Error> {
    let mut rope = Rope::new();
    rope.i16(prefix);
    message.encode(&mut rope, version)?;
    Ok(rope.into_buffer())
}
