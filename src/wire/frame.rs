//! Around a message: the length prefix and the headers.

use std::borrow::Cow;

use super::api::ApiKey;
use super::{Error, Message, Reader, Request, Rope};

/// Bytes of the length prefix.
pub const PREFIX_BYTES: usize = 4;

/// The length of the frame that `bytes` begin with, without the prefix itself; `None` if
/// the prefix has not arrived whole.
///
/// # Errors
/// [`Error::NegativeFrame`]; [`Error::FrameTooLarge`] above `size_max`
/// (`socket.request.max.bytes`). Kafka closes the connection for both.
pub fn frame_length(bytes: &[u8], size_max: usize) -> Result<Option<usize>, Error> {
    let Some(prefix) = bytes.first_chunk::<PREFIX_BYTES>() else {
        return Ok(None);
    };
    let length = i32::from_be_bytes(*prefix);
    let size = usize::try_from(length).map_err(|_| Error::NegativeFrame(length))?;
    if size > size_max { Err(Error::FrameTooLarge { size, max: size_max }) } else { Ok(Some(size)) }
}

/// The header of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// What is asked.
    pub key: ApiKey,
    /// In which version; not checked against the versions that Kafka accepts.
    pub version: i16,
    /// Names the answer.
    pub correlation_id: i32,
    /// What the client calls itself.
    pub client_id: Option<Cow<'a, str>>,
}

impl<'a> RequestHead<'a> {
    /// Reads the header and leaves the request's body in the reader.
    ///
    /// The version may be one that Kafka does not accept; its header is still readable, so
    /// that an ApiVersions request of a future version can be answered.
    ///
    /// # Errors
    /// [`Error::UnknownApiKey`], or whatever is wrong with the bytes.
    pub fn decode(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let code = reader.i16()?;
        let version = reader.i16()?;
        let correlation_id = reader.i32()?;
        let key = ApiKey::from_code(code).ok_or(Error::UnknownApiKey(code))?;
        // The client id is in the old encoding in every version of the header.
        let client_id = reader.nullable_string(false, true)?;
        if key.info().request_header_version(version) >= 2 {
            reader.skip_tags()?;
        }
        Ok(RequestHead { key, version, correlation_id, client_id })
    }

    /// Writes the header.
    ///
    /// # Errors
    /// [`Error::InvalidLength`] for a client id above 32,767 bytes.
    pub fn encode(&self, rope: &mut Rope) -> Result<(), Error> {
        rope.i16(self.key.code());
        rope.i16(self.version);
        rope.i32(self.correlation_id);
        rope.nullable_string(false, true, self.client_id.as_deref())?;
        if self.key.info().request_header_version(self.version) >= 2 {
            rope.no_tags();
        }
        Ok(())
    }
}

/// Writes a whole response frame behind what is in `rope` already: length, header, body.
///
/// # Errors
/// As [`Message::encode`]; the rope is then of no use.
pub fn encode_response<'a>(
    rope: &mut Rope,
    key: ApiKey,
    version: i16,
    correlation_id: i32,
    response: &impl Message<'a>,
) -> Result<(), Error> {
    framed(rope, |rope| {
        rope.i32(correlation_id);
        if response_header_version(key, version) >= 1 {
            rope.no_tags();
        }
        response.encode(rope, version)
    })
}

/// Writes a whole request frame behind what is in `rope` already: length, header, body.
///
/// # Errors
/// As [`Message::encode`]; the rope is then of no use.
pub fn encode_request<'a, R: Request<'a>>(
    rope: &mut Rope,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
    request: &R,
) -> Result<(), Error> {
    framed(rope, |rope| {
        let client_id = client_id.map(Cow::Borrowed);
        RequestHead { key: R::KEY, version, correlation_id, client_id }.encode(rope)?;
        request.encode(rope, version)
    })
}

/// The version of the header before a response of this version.
#[must_use]
pub fn response_header_version(key: ApiKey, version: i16) -> i16 {
    key.info().response_header_version(version)
}

fn framed(
    rope: &mut Rope,
    write: impl FnOnce(&mut Rope) -> Result<(), Error>,
) -> Result<(), Error> {
    let position = rope.buffer_len();
    let before = rope.len();
    rope.i32(0);
    write(rope)?;
    let length = rope.len() - before - PREFIX_BYTES;
    let length = i32::try_from(length).map_err(|_| Error::InvalidLength(length as i64))?;
    rope.set_i32(position, length);
    Ok(())
}
