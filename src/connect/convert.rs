//! A record's bytes to the value that the connector sees.

use std::borrow::Cow;
use std::sync::Arc;

use super::config::ConverterKind;
use super::json::{JsonError, KeyOrder, Transcoder};
use super::schema::{
    DataError, DecimalFormat, Envelope, EnvelopeError, EnvelopeReader, Schema, ValueWriter,
};

/// Why one record cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RecordError {
    /// Where it happened; decides whether `errors.tolerance=all` may skip the record.
    pub stage: Stage,
    /// In Kafka Connect's words.
    pub message: String,
}

/// Where a record was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// By a converter: `errors.tolerance=all` skips the record.
    Convert,
    /// By the connector, which reports the record: skipped only with `errors.log.enable=true`.
    Report,
    /// By the connector in a way that stops the task whatever is set.
    Fatal,
}

impl RecordError {
    /// A record that the connector reports.
    #[must_use]
    pub fn report(message: impl Into<String>) -> RecordError {
        RecordError { stage: Stage::Report, message: message.into() }
    }

    /// A record that stops the task.
    #[must_use]
    pub fn fatal(message: impl Into<String>) -> RecordError {
        RecordError { stage: Stage::Fatal, message: message.into() }
    }
}

/// A converted value. Borrows the converter's buffer or the record.
#[derive(Debug)]
pub enum Value<'a> {
    /// No value: a tombstone.
    Null,
    /// Schemaless JSON as the connector writes it.
    Json(&'a [u8]),
    /// A value with a schema.
    Typed {
        /// Its schema.
        schema: Arc<Schema>,
        /// The value before it was written.
        envelope: Envelope,
        /// As the connector writes it.
        json: &'a [u8],
    },
    /// `StringConverter`'s text.
    Text(Cow<'a, str>),
    /// `ByteArrayConverter`'s bytes.
    Bytes(&'a [u8]),
}

/// Converts values; keeps its buffers from record to record.
#[derive(Debug)]
pub struct Converter {
    kind: ConverterKind,
    transcoder: Transcoder,
    envelopes: EnvelopeReader,
    writer: ValueWriter,
    buffer: Vec<u8>,
}

/// A buffer that one huge record has grown beyond this is given back.
const BUFFER_KEPT_BYTES_MAX: usize = 1 << 20;

impl Converter {
    /// A converter of this kind that writes JSON in this manner.
    #[must_use]
    pub fn new(kind: ConverterKind, key_order: KeyOrder, decimals: DecimalFormat) -> Converter {
        Converter {
            kind,
            transcoder: Transcoder::new(key_order),
            envelopes: EnvelopeReader::default(),
            writer: ValueWriter::new(decimals, key_order),
            buffer: Vec::new(),
        }
    }

    /// Converts one value.
    ///
    /// # Errors
    /// If Kafka Connect's converter would throw.
    pub fn convert<'a>(&'a mut self, bytes: Option<&'a [u8]>) -> Result<Value<'a>, RecordError> {
        let Some(bytes) = bytes else {
            return Ok(Value::Null);
        };
        match self.kind {
            ConverterKind::Text => Ok(Value::Text(String::from_utf8_lossy(bytes))),
            ConverterKind::Bytes => Ok(Value::Bytes(bytes)),
            ConverterKind::Json { with_schemas: true } => self.convert_envelope(bytes),
            ConverterKind::Json { with_schemas: false } => {
                self.clear_buffer();
                let has_value = self
                    .transcoder
                    .transcode(bytes, &mut self.buffer)
                    .map_err(|error| not_json(&error))?;
                Ok(if has_value { Value::Json(&self.buffer) } else { Value::Null })
            }
        }
    }

    fn convert_envelope(&mut self, bytes: &[u8]) -> Result<Value<'_>, RecordError> {
        let envelope = self.envelopes.read(bytes).map_err(|error| match error {
            EnvelopeError::Json(error) => not_json(&error),
            EnvelopeError::Data(error) => not_data(error),
        })?;
        self.clear_buffer();
        let has_value = self
            .writer
            .write(envelope.schema.as_deref(), &envelope.payload, &mut self.buffer)
            .map_err(not_data)?;
        Ok(match &envelope.schema {
            _ if !has_value => Value::Null,
            None => Value::Json(&self.buffer),
            Some(schema) => Value::Typed { schema: schema.clone(), envelope, json: &self.buffer },
        })
    }

    fn clear_buffer(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT_BYTES_MAX);
    }
}

fn not_json(error: &JsonError) -> RecordError {
    RecordError {
        stage: Stage::Convert,
        message: format!(
            "Converting byte[] to Kafka Connect data failed due to serialization error: {error}"
        ),
    }
}

fn not_data(error: DataError) -> RecordError {
    RecordError { stage: Stage::Convert, message: error.0 }
}
