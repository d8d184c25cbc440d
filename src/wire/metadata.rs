//! Records of the cluster metadata log: each value is a frame of version 1 with the
//! record's type and version in front (`MetadataRecordSerde`).

use super::records::MetadataRecord;
use super::{Error, Message, Reader, Rope};

/// The only version of the frame.
const FRAME_VERSION: u32 = 1;

/// A record of the cluster metadata log.
pub trait MetadataType<'a>: Message<'a> {
    /// Its type.
    const TYPE: i16;
}

/// The value of a metadata record, frame and all.
///
/// # Errors
/// As [`Message::encode`].
pub fn encode_metadata<'a, R: MetadataType<'a>>(
    record: &R,
    version: i16,
) -> Result<Vec<u8>, Error> {
    let mut rope = Rope::new();
    rope.uvarint(FRAME_VERSION);
    rope.uvarint(R::TYPE as u32);
    rope.uvarint(version as u32);
    record.encode(&mut rope, version)?;
    Ok(rope.into_buffer())
}

/// Reads the value of a metadata record.
///
/// # Errors
/// As [`Message::decode`], [`Error::UnknownRecordType`].
pub fn decode_metadata(bytes: &[u8]) -> Result<MetadataRecord<'_>, Error> {
    let mut reader = Reader::new(bytes);
    let frame = reader.uvarint()?;
    let record_type = reader.uvarint()?;
    let version = reader.uvarint()?;
    let version = i16::try_from(version).unwrap_or(i16::MAX);
    if frame != FRAME_VERSION {
        let version = i16::try_from(frame).unwrap_or(i16::MAX);
        return Err(Error::UnsupportedVersion { message: "metadata frame", version });
    }
    MetadataRecord::decode_body(record_type, version, &mut reader)
}
