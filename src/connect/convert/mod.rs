//! A record's bytes to the value that the connector sees: `key.converter`, `value.converter`.

mod primitive;
mod registry;
mod value;

use std::sync::Arc;

use super::config::ConverterKind;
use super::json::{JsonError, KeyOrder, Transcoder, parse_node};
use super::schema::{
    Data, DataError, DecimalFormat, EnvelopeError, EnvelopeReader, SchemaAndData, ValueWriter,
    schemaless,
};

pub use primitive::Primitive;
pub use registry::{
    RegistryConverter, RegistryFormat, RegistrySettings, RegistryUnreachable, basic_authorization,
};
pub use value::Value;

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
    /// A record that a converter refuses.
    #[must_use]
    pub fn convert(message: impl Into<String>) -> RecordError {
        RecordError { stage: Stage::Convert, message: message.into() }
    }

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

/// Converts values; keeps its buffers from record to record.
#[derive(Debug)]
pub struct Converter {
    kind: ConverterKind,
    topic: Arc<str>,
    transcoder: Transcoder,
    envelopes: EnvelopeReader,
    schemaless_writer: ValueWriter,
    buffer: Vec<u8>,
}

/// A buffer that one huge record has grown beyond this is given back.
const BUFFER_KEPT_BYTES_MAX: usize = 1 << 20;

impl Converter {
    /// A converter of this kind for records of a topic, that writes plain JSON in this manner.
    #[must_use]
    pub fn new(kind: ConverterKind, topic: &str, key_order: KeyOrder) -> Converter {
        Converter {
            kind,
            topic: topic.into(),
            transcoder: Transcoder::new(key_order),
            envelopes: EnvelopeReader::default(),
            schemaless_writer: ValueWriter::new(DecimalFormat::Numeric, key_order),
            buffer: Vec::new(),
        }
    }

    /// Converts one value. Plain JSON stays bytes: [`Value::Json`].
    ///
    /// # Errors
    /// If Kafka Connect's converter would throw.
    pub fn convert<'a>(&'a mut self, bytes: Option<&'a [u8]>) -> Result<Value<'a>, RecordError> {
        let Some(bytes) = bytes else {
            return Ok(Value::Null);
        };
        match &self.kind {
            ConverterKind::Text => Ok(Value::Text(String::from_utf8_lossy(bytes))),
            ConverterKind::Bytes => Ok(Value::Bytes(bytes)),
            ConverterKind::Primitive(primitive) => primitive.read(bytes).map(Value::Data),
            ConverterKind::Registry(registry) => registry.read(&self.topic, bytes).map(Value::from),
            ConverterKind::Json { with_schemas: true } => {
                let value = self.read_envelope(bytes)?;
                if value.data.is_null() {
                    return Ok(Value::Null);
                }
                if value.schema.is_some() {
                    return Ok(Value::Data(value));
                }
                self.clear_buffer();
                self.schemaless_writer
                    .write(None, &value.data, &mut self.buffer)
                    .map_err(not_data)?;
                Ok(Value::Json(&self.buffer))
            }
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

    /// Converts one value to something that transforms can work on.
    ///
    /// # Errors
    /// If Kafka Connect's converter would throw.
    pub fn read(&mut self, bytes: Option<&[u8]>) -> Result<SchemaAndData, RecordError> {
        match (&self.kind, bytes) {
            (ConverterKind::Json { with_schemas: false }, Some(bytes)) => {
                let node = parse_node(bytes).map_err(|error| not_json(&error))?;
                let data = node.as_ref().map_or(Data::Null, schemaless);
                Ok(SchemaAndData { schema: None, data })
            }
            (ConverterKind::Json { with_schemas: true }, Some(bytes)) => self.read_envelope(bytes),
            _ => self.convert(bytes)?.into_data(),
        }
    }

    fn read_envelope(&mut self, bytes: &[u8]) -> Result<SchemaAndData, RecordError> {
        self.envelopes.read(bytes).map_err(|error| match error {
            EnvelopeError::Json(error) => not_json(&error),
            EnvelopeError::Data(error) => not_data(error),
        })
    }

    fn clear_buffer(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT_BYTES_MAX);
    }
}

fn not_json(error: &JsonError) -> RecordError {
    RecordError::convert(format!(
        "Converting byte[] to Kafka Connect data failed due to serialization error: {error}"
    ))
}

fn not_data(error: DataError) -> RecordError {
    RecordError::convert(error.0)
}
