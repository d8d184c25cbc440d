//! Values to the bytes of a file: `format.class`, its codecs and `s3.compression.type`.
//!
//! An [`Encoder`] is one object that grows: records in, bytes out as soon as they are ready,
//! so that a part can be sent while the object is still open. The same records make the same
//! bytes, whenever and wherever they are written: exactly once rests on it.

mod lines;

use super::convert::{RecordError, Value};
use super::json::KeyOrder;
use super::schema::{DecimalFormat, ValueWriter};
use lines::{Line, LineEncoder};

/// How records become bytes.
#[derive(Debug, Clone)]
pub struct FormatSettings {
    /// `format.class`
    pub kind: FormatKind,
    /// `s3.compression.type` and `s3.compression.level`; `None`: as they are.
    pub gzip_level: Option<i64>,
    /// `json.decimal.format`
    pub decimals: DecimalFormat,
    /// `klamm.json.key.order`
    pub key_order: KeyOrder,
}

/// `format.class`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatKind {
    /// One JSON value per line.
    Json,
    /// The value's bytes, each followed by this separator.
    Bytes(Vec<u8>),
}

/// The growing bytes of one object. Holds what has not been taken for a part yet.
#[derive(Debug)]
pub struct Encoder(LineEncoder);

impl Encoder {
    /// An empty object.
    #[must_use]
    pub fn new(settings: &FormatSettings) -> Encoder {
        let line = match &settings.kind {
            FormatKind::Json => Line::Json(ValueWriter::new(settings.decimals, settings.key_order)),
            FormatKind::Bytes(separator) => Line::Bytes(separator.clone()),
        };
        Encoder(LineEncoder::new(line, settings.gzip_level))
    }

    /// Appends a record. A record that is refused leaves nothing behind.
    ///
    /// # Errors
    /// If the format has no place for such a value.
    pub fn append(&mut self, value: &Value<'_>) -> Result<(), RecordError> {
        self.0.append(value)
    }

    /// Bytes that are ready to be sent.
    #[must_use]
    pub fn ready_bytes(&self) -> usize {
        self.0.ready().len()
    }

    /// Bytes in memory.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.0.held_bytes()
    }

    /// Takes the first `length` ready bytes out.
    pub fn take(&mut self, length: usize) -> Vec<u8> {
        let ready = self.0.ready_mut();
        let rest = ready.split_off(length.min(ready.len()));
        std::mem::replace(ready, rest)
    }

    /// The rest of the object.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.finish()
    }
}
