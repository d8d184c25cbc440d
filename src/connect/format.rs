//! Values to the bytes of a file: `format.class` and `s3.compression.type`.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::convert::{RecordError, Value};
use super::json::{KeyOrder, Node, escape_text, unescape};
use super::schema::{DecimalFormat, Kind};

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

impl FormatKind {
    /// Appends one record.
    ///
    /// # Errors
    /// If the format has no place for such a value.
    pub fn write(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), RecordError> {
        match self {
            FormatKind::Json => {
                write_json(value, out);
                out.push(b'\n');
                Ok(())
            }
            FormatKind::Bytes(separator) => {
                write_bytes(value, out)?;
                out.extend_from_slice(separator);
                Ok(())
            }
        }
    }
}

fn write_json(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Json(json) | Value::Typed { json, .. } => out.extend_from_slice(json),
        Value::Text(text) => {
            out.push(b'"');
            escape_text(out, text);
            out.push(b'"');
        }
        Value::Bytes(bytes) => {
            out.push(b'"');
            out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            out.push(b'"');
        }
    }
}

fn write_bytes(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), RecordError> {
    let wrong_schema = |kind: &str| {
        RecordError::report(format!("Invalid schema type for ByteArrayConverter: {kind}"))
    };
    match value {
        Value::Bytes(bytes) => out.extend_from_slice(bytes),
        Value::Text(_) => return Err(wrong_schema("STRING")),
        Value::Typed { schema, envelope, .. } => match (&schema.kind, &envelope.payload) {
            (Kind::Bytes, Node::Text(content)) => {
                let bytes = STANDARD
                    .decode(unescape(content))
                    .map_err(|_| RecordError::report("Invalid bytes field"))?;
                out.extend_from_slice(&bytes);
            }
            (kind, _) => return Err(wrong_schema(kind.name())),
        },
        Value::Null | Value::Json(_) => {
            return Err(RecordError::report(
                "ByteArrayConverter is not compatible with objects of type class java.util.HashMap",
            ));
        }
    }
    Ok(())
}

/// The growing bytes of one object. Holds what has not been taken for a part yet.
#[derive(Debug)]
pub struct Encoder {
    plain: Vec<u8>,
    gzip: Option<GzEncoder<Vec<u8>>>,
}

/// Records are gathered up to this before they are compressed.
const GATHERED_BYTES: usize = 32 * 1024;

impl Encoder {
    /// An empty object.
    #[must_use]
    pub fn new(gzip_level: Option<i64>) -> Encoder {
        let gzip = gzip_level.map(|level| {
            let level = match u32::try_from(level) {
                Ok(level) => Compression::new(level.min(9)),
                Err(_) => Compression::default(),
            };
            // No name, no time: the same records make the same bytes.
            GzBuilder::new().write(Vec::new(), level)
        });
        Encoder { plain: Vec::new(), gzip }
    }

    /// Lets `write` append a record; what it has appended is taken back if it fails.
    ///
    /// # Errors
    /// What `write` returns.
    pub fn append(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        let before = self.plain.len();
        let result = write(&mut self.plain);
        if result.is_err() {
            self.plain.truncate(before);
        } else if self.plain.len() >= GATHERED_BYTES {
            self.compress();
        }
        result
    }

    fn compress(&mut self) {
        if let Some(gzip) = &mut self.gzip {
            gzip.write_all(&self.plain).expect("writing to memory cannot fail");
            self.plain.clear();
        }
    }

    /// Bytes that are ready to be sent.
    #[must_use]
    pub fn ready_bytes(&self) -> usize {
        self.gzip.as_ref().map_or(self.plain.len(), |gzip| gzip.get_ref().len())
    }

    /// Bytes in memory.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.plain.len() + self.gzip.as_ref().map_or(0, |gzip| gzip.get_ref().len())
    }

    /// Takes the first `length` ready bytes out.
    pub fn take(&mut self, length: usize) -> Vec<u8> {
        let ready = match &mut self.gzip {
            Some(gzip) => gzip.get_mut(),
            None => &mut self.plain,
        };
        let rest = ready.split_off(length.min(ready.len()));
        std::mem::replace(ready, rest)
    }

    /// The rest of the object.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.compress();
        match self.gzip {
            Some(gzip) => gzip.finish().expect("writing to memory cannot fail"),
            None => self.plain,
        }
    }
}
