//! What every generated message can do.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use super::api::ApiKey;
use super::{Error, Reader, Rope};

/// A request, a response, a header or a record, in all its versions.
pub trait Message<'a>: Sized + Debug {
    /// Kafka's name: `FetchRequest`.
    const NAME: &'static str;
    /// The versions that Kafka accepts.
    const VERSIONS: RangeInclusive<i16>;
    /// The first version in the compact encoding with tagged fields; `i16::MAX`: none.
    const FLEXIBLE_SINCE: i16;

    /// Reads the fields, whatever follows them. Use [`Message::decode`].
    #[doc(hidden)]
    fn decode_body(reader: &mut Reader<'a>, version: i16) -> Result<Self, Error>;

    /// Writes the fields. Use [`Message::encode`].
    #[doc(hidden)]
    fn encode_body(&self, rope: &mut Rope, version: i16) -> Result<(), Error>;

    /// Reads a message that ends where the bytes end.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes, [`Error::UnsupportedVersion`], [`Error::TrailingBytes`].
    fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, Error> {
        let message = Self::decode_prefix(reader, version)?;
        reader.finish()?;
        Ok(message)
    }

    /// Reads a message and leaves what follows it in the reader.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes, [`Error::UnsupportedVersion`].
    fn decode_prefix(reader: &mut Reader<'a>, version: i16) -> Result<Self, Error> {
        check_version::<Self>(version)?;
        Self::decode_body(reader, version)
    }

    /// Writes the message.
    ///
    /// # Errors
    /// [`Error::UnsupportedVersion`]; [`Error::FieldNotInVersion`] or [`Error::UnexpectedNull`]
    /// for a value that the version cannot carry; [`Error::InvalidLength`].
    fn encode(&self, rope: &mut Rope, version: i16) -> Result<(), Error> {
        check_version::<Self>(version)?;
        self.encode_body(rope, version)
    }

    /// The bytes of a message that carries no file ranges.
    ///
    /// # Errors
    /// As [`Message::encode`].
    ///
    /// # Panics
    /// If the message does carry a file range.
    fn encode_to_vec(&self, version: i16) -> Result<Vec<u8>, Error> {
        let mut rope = Rope::new();
        self.encode(&mut rope, version)?;
        Ok(rope.to_vec().expect("only a fetch response carries file ranges"))
    }
}

fn check_version<'a, M: Message<'a>>(version: i16) -> Result<(), Error> {
    if M::VERSIONS.contains(&version) {
        Ok(())
    } else {
        Err(Error::UnsupportedVersion { message: M::NAME, version })
    }
}

/// A message that a client sends, and what it gets for it.
pub trait Request<'a>: Message<'a> {
    /// Its API key.
    const KEY: ApiKey;
    /// Its response.
    type Response<'r>: Message<'r>;
}

/// A struct within a message.
pub(crate) trait Item<'a>: Sized {
    /// The fewest bytes that it takes in a version.
    fn min_size(version: i16) -> usize;
    fn decode_body(reader: &mut Reader<'a>, version: i16) -> Result<Self, Error>;
    fn encode_body(&self, rope: &mut Rope, version: i16) -> Result<(), Error>;
}

/// Refuses a value that a version cannot carry, unless it is the default.
pub(crate) fn absent(
    is_default: bool,
    message: &'static str,
    field: &'static str,
    version: i16,
) -> Result<(), Error> {
    if is_default { Ok(()) } else { Err(Error::FieldNotInVersion { message, field, version }) }
}
