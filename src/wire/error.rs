//! What can be wrong with bytes, or with a value that is to become bytes.

/// A peer that does not speak the protocol, or a value that a version cannot carry.
/// Kafka closes the connection for the former.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The message ends before its last field, or a length says so.
    #[error("the message ends too early: {needed} bytes needed, {remaining} there")]
    Truncated {
        /// Bytes that the next field takes at least.
        needed: usize,
        /// Bytes that are left.
        remaining: usize,
    },
    /// Bytes after the last field.
    #[error("{0} bytes after the end of the message")]
    TrailingBytes(usize),
    /// A negative length that is not the mark of null, or one too long for its field.
    #[error("invalid length {0}")]
    InvalidLength(i64),
    /// A variable-length number of more than five bytes (ten for 64 bits).
    #[error("variable-length number too long")]
    VarintTooLong,
    /// Null where the version has no null.
    #[error("null in a field that cannot be null")]
    UnexpectedNull,
    /// A string that is not UTF-8.
    #[error("a string is not UTF-8")]
    InvalidUtf8,
    /// A version that the message does not have (Kafka's `UnsupportedVersionException`).
    #[error("{message} has no version {version}")]
    UnsupportedVersion {
        /// The message's name.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// A value other than the default in a field that the version does not have
    /// (Kafka's `UnsupportedVersionException`).
    #[error("attempted to write a non-default {field} at version {version} of {message}")]
    FieldNotInVersion {
        /// The message's name.
        message: &'static str,
        /// The field's name as in Kafka's specification.
        field: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// An API key that Kafka does not know.
    #[error("unknown API key {0}")]
    UnknownApiKey(i16),
    /// A frame whose length prefix is negative.
    #[error("invalid receive (size = {0})")]
    NegativeFrame(i32),
    /// A frame longer than `socket.request.max.bytes`.
    #[error("invalid receive (size = {size} larger than {max})")]
    FrameTooLarge {
        /// The length prefix.
        size: usize,
        /// The limit.
        max: usize,
    },
    /// A record type that this release of Kafka does not have.
    #[error("unknown record type {0}")]
    UnknownRecordType(u32),
}
