//! Values to the bytes of a file: `format.class` and its codecs. Gzip comes after it.
//!
//! An [`Encoder`] is one object that grows: records in, bytes out as soon as they are ready,
//! so that a part can be sent while the object is still open. The same records make the same
//! bytes, whenever and wherever they are written: exactly once rests on it.

mod avro;
mod lines;
mod parquet;

use super::avro::AvroOptions;
use super::convert::{RecordError, Value};
use super::json::KeyOrder;
use super::schema::{DecimalFormat, ValueWriter};
pub use avro::AvroCodec;
use avro::AvroEncoder;
use lines::{Line, LineEncoder};
pub use parquet::ParquetCodec;
use parquet::ParquetEncoder;

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
    /// `connect.meta.data` and its like, for Avro and Parquet.
    pub avro: AvroOptions,
}

/// `format.class`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatKind {
    /// One JSON value per line.
    Json,
    /// The value's bytes, each followed by this separator.
    Bytes(Vec<u8>),
    /// An object container file.
    Avro(AvroCodec),
    /// A Parquet file.
    Parquet(ParquetCodec),
}

impl FormatKind {
    /// How keys of such objects end, without what `s3.compression.type` adds.
    #[must_use]
    pub fn extension<'a>(&self, bytearray_extension: &'a str) -> std::borrow::Cow<'a, str> {
        match self {
            FormatKind::Json => ".json".into(),
            FormatKind::Bytes(_) => bytearray_extension.into(),
            FormatKind::Avro(_) => ".avro".into(),
            FormatKind::Parquet(codec) => format!("{}.parquet", codec.extension()).into(),
        }
    }
}

/// The growing bytes of one object. Holds what has not been taken for a part yet.
#[derive(Debug)]
pub struct Encoder(Kind);

#[derive(Debug)]
enum Kind {
    Lines(LineEncoder),
    Avro(AvroEncoder),
    Parquet(Box<ParquetEncoder>),
}

impl Encoder {
    /// An empty object.
    #[must_use]
    pub fn new(settings: &FormatSettings) -> Encoder {
        let lines = |line| Kind::Lines(LineEncoder::new(line));
        Encoder(match &settings.kind {
            FormatKind::Json => {
                lines(Line::Json(ValueWriter::new(settings.decimals, settings.key_order)))
            }
            FormatKind::Bytes(separator) => lines(Line::Bytes(separator.clone())),
            FormatKind::Avro(codec) => Kind::Avro(AvroEncoder::new(*codec, settings.avro.clone())),
            FormatKind::Parquet(codec) => {
                Kind::Parquet(Box::new(ParquetEncoder::new(*codec, settings.avro.clone())))
            }
        })
    }

    /// Appends a record. A record that is refused leaves nothing behind.
    ///
    /// # Errors
    /// If the format has no place for such a value.
    pub fn append(&mut self, value: &Value<'_>) -> Result<(), RecordError> {
        match &mut self.0 {
            Kind::Lines(encoder) => encoder.append(value),
            Kind::Avro(encoder) => encoder.append(value),
            Kind::Parquet(encoder) => encoder.append(value),
        }
    }

    /// Bytes that are ready to be sent.
    #[must_use]
    pub fn ready_bytes(&self) -> usize {
        match &self.0 {
            Kind::Lines(encoder) => encoder.ready.len(),
            Kind::Avro(encoder) => encoder.ready.len(),
            Kind::Parquet(encoder) => encoder.ready_bytes(),
        }
    }

    /// Bytes in memory.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        match &self.0 {
            Kind::Lines(encoder) => encoder.ready.len(),
            Kind::Avro(encoder) => encoder.held_bytes(),
            Kind::Parquet(encoder) => encoder.held_bytes(),
        }
    }

    /// Takes the first `length` ready bytes out.
    pub fn take(&mut self, length: usize) -> Vec<u8> {
        let ready = match &mut self.0 {
            Kind::Lines(encoder) => Some(&mut encoder.ready),
            Kind::Avro(encoder) => Some(&mut encoder.ready),
            Kind::Parquet(encoder) => encoder.ready_mut(),
        };
        let Some(ready) = ready else { return Vec::new() };
        let rest = ready.split_off(length.min(ready.len()));
        std::mem::replace(ready, rest)
    }

    /// The rest of the object.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        match self.0 {
            Kind::Lines(encoder) => encoder.ready,
            Kind::Avro(encoder) => encoder.finish(),
            Kind::Parquet(encoder) => encoder.finish(),
        }
    }
}
