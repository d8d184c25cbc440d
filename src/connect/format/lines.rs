//! `JsonFormat` and `ByteArrayFormat`: records one after another.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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
    pub(super) ready: Vec<u8>,
}

impl LineEncoder {
    pub(super) fn new(line: Line) -> LineEncoder {
        LineEncoder { line, ready: Vec::new() }
    }

    /// Appends a record; what was appended is taken back if it is refused.
    pub(super) fn append(&mut self, value: &Value<'_>) -> Result<(), RecordError> {
        let before = self.ready.len();
        let result = self.line.write(value, &mut self.ready);
        if result.is_err() {
            self.ready.truncate(before);
        }
        result
    }
}
