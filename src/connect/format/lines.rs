//! `JsonFormat` and `ByteArrayFormat`: records one after another, gzipped or as they are.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use crate::connect::convert::{RecordError, Value};
use crate::connect::json::escape_text;
use crate::connect::schema::{Data, SchemaAndData, ValueWriter};

/// What stands for a record.
#[derive(Debug)]
pub(super) enum Line {
    /// One JSON value per line.
    Json(ValueWriter),
    /// The value's bytes, each followed by this separator.
    Bytes(Vec<u8>),
}

impl Line {
    fn write(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), RecordError> {
        match self {
            Line::Json(writer) => {
                write_json(writer, value, out)?;
                out.push(b'\n');
            }
            Line::Bytes(separator) => {
                write_bytes(value, out)?;
                out.extend_from_slice(separator);
            }
        }
        Ok(())
    }
}

fn write_json(
    writer: &ValueWriter,
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RecordError> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Json(json) => out.extend_from_slice(json),
        Value::Data(SchemaAndData { schema, data }) => {
            return writer
                .write(schema.as_deref(), data, out)
                .map_err(|error| RecordError::report(error.0));
        }
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
    Ok(())
}

fn write_bytes(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), RecordError> {
    let wrong_schema = |kind: &str| {
        RecordError::report(format!("Invalid schema type for ByteArrayConverter: {kind}"))
    };
    match value {
        Value::Bytes(bytes) => out.extend_from_slice(bytes),
        Value::Text(_) => return Err(wrong_schema("STRING")),
        Value::Data(SchemaAndData { schema: Some(_), data: Data::Bytes(bytes) }) => {
            out.extend_from_slice(bytes);
        }
        Value::Data(SchemaAndData { schema: Some(schema), .. }) => {
            return Err(wrong_schema(schema.kind.name()));
        }
        Value::Null | Value::Json(_) | Value::Data(_) => {
            return Err(RecordError::report(
                "ByteArrayConverter is not compatible with objects of type class java.util.HashMap",
            ));
        }
    }
    Ok(())
}

/// The growing bytes of one object.
#[derive(Debug)]
pub(super) struct LineEncoder {
    line: Line,
    plain: Vec<u8>,
    gzip: Option<GzEncoder<Vec<u8>>>,
}

/// Records are gathered up to this before they are compressed.
const GATHERED_BYTES: usize = 32 * 1024;

impl LineEncoder {
    pub(super) fn new(line: Line, gzip_level: Option<i64>) -> LineEncoder {
        let gzip = gzip_level.map(|level| {
            let level = match u32::try_from(level) {
                Ok(level) => Compression::new(level.min(9)),
                Err(_) => Compression::default(),
            };
            // No name, no time: the same records make the same bytes.
            GzBuilder::new().write(Vec::new(), level)
        });
        LineEncoder { line, plain: Vec::new(), gzip }
    }

    /// Appends a record; what was appended is taken back if it is refused.
    pub(super) fn append(&mut self, value: &Value<'_>) -> Result<(), RecordError> {
        let before = self.plain.len();
        let result = self.line.write(value, &mut self.plain);
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

    /// What is ready to be sent.
    pub(super) fn ready(&self) -> &Vec<u8> {
        self.gzip.as_ref().map_or(&self.plain, GzEncoder::get_ref)
    }

    pub(super) fn ready_mut(&mut self) -> &mut Vec<u8> {
        match &mut self.gzip {
            Some(gzip) => gzip.get_mut(),
            None => &mut self.plain,
        }
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.plain.len() + self.gzip.as_ref().map_or(0, |gzip| gzip.get_ref().len())
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.compress();
        match self.gzip {
            Some(gzip) => gzip.finish().expect("writing to memory cannot fail"),
            None => self.plain,
        }
    }
}
