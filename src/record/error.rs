//! What can be wrong with the bytes of a batch.

use super::Compression;

/// Bytes that are no batch, or no batch of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fewer bytes than the batch says it has.
    #[error("{available} bytes where a batch of {needed} was announced")]
    Truncated {
        /// Bytes that the header asks for, or the size of a header.
        needed: usize,
        /// Bytes that are there.
        available: usize,
    },
    /// Message formats 0 and 1 are gone since Kafka 4.0; others never existed.
    #[error("message format {0} is not supported, only 2")]
    Magic(i8),
    /// A batch shorter than its own header.
    #[error("the batch length {0} is below the smallest possible one")]
    BatchLength(i32),
    /// The checksum does not match the bytes.
    #[error("the batch at offset {base_offset} has CRC {computed}, its header says {stored}")]
    Crc {
        /// The base offset in the header.
        base_offset: i64,
        /// What the header says.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// Codec numbers 5, 6 and 7 mean nothing.
    #[error("compression codec {0} does not exist")]
    UnknownCompression(u8),
    /// The compressed block is damaged.
    #[error("the {codec} block cannot be read: {reason}")]
    Decompression {
        /// How the block says it is compressed.
        codec: Compression,
        /// The decoder's complaint.
        reason: String,
    },
    /// Compressing failed; the bytes are too large for the codec.
    #[error("cannot compress with {codec}: {reason}")]
    Compression {
        /// The codec.
        codec: Compression,
        /// The encoder's complaint.
        reason: String,
    },
    /// The block grows beyond what the caller allows.
    #[error("the records take more than the {limit} bytes allowed after decompression")]
    TooLarge {
        /// The caller's limit, in bytes.
        limit: usize,
    },
    /// A record that contradicts its own lengths.
    #[error("{0}")]
    Record(&'static str),
}
