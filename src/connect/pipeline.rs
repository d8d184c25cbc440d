//! A record's way from the source to the writer: converters, then transforms.
//!
//! Without transforms nothing is built in memory that the file does not need: plain JSON stays
//! bytes, and a key that nobody looks at is not converted. Pure.

use std::borrow::Cow;
use std::sync::Arc;

use super::config::{ConverterKind, HeaderConverterKind, SinkConfig};
use super::convert::{Converter, RecordError, Value};
use super::failure::{Failure, Step};
use super::schema::{Data, Kind, Schema, SchemaAndData};
use super::transforms::{Header, Record, parse_literal};
use super::writer::SinkRecord;
use crate::base::TopicPartition;

/// The converters and transforms of one Kafka partition.
#[derive(Debug)]
pub(super) struct Pipeline {
    config: Arc<SinkConfig>,
    topic: Arc<str>,
    partition: i32,
    key: Option<Converter>,
    value: Converter,
    header: HeaderReader,
}

/// A record as the writer takes it.
#[derive(Debug)]
pub(super) struct Piped<'a> {
    /// Its topic, as transforms have left it.
    pub(super) topic: Arc<str>,
    /// Its time; `None`: it has none.
    pub(super) timestamp_ms: Option<i64>,
    /// Its value.
    pub(super) value: Value<'a>,
    /// Its key, where keys are stored.
    pub(super) key: Option<Value<'a>>,
    /// Its headers, where headers are stored.
    pub(super) headers: Option<Vec<Header>>,
}

impl Pipeline {
    pub(super) fn new(config: &Arc<SinkConfig>, partition: &TopicPartition) -> Pipeline {
        let (order, topic) = (config.format.key_order, partition.topic.as_str());
        let converter = |kind: &ConverterKind| Converter::new(kind.clone(), topic, order);
        Pipeline {
            topic: partition.topic.as_str().into(),
            partition: partition.partition.0,
            key: config.key_converter.as_ref().map(converter),
            value: converter(&config.value_converter),
            header: match &config.header_converter {
                HeaderConverterKind::Simple => HeaderReader::Simple,
                HeaderConverterKind::Of(kind) => HeaderReader::Of(Box::new(converter(kind))),
            },
            config: config.clone(),
        }
    }

    /// Converts and transforms a record; `None` if a transform drops it.
    pub(super) fn run<'a>(
        &'a mut self,
        record: &SinkRecord<'a>,
    ) -> Result<Option<Piped<'a>>, Failure> {
        if !self.config.transforms.is_empty() {
            return self.transform(record);
        }
        let headers = match &self.config.headers {
            Some(_) => Some(self.header.read(record)?),
            None => None,
        };
        let key = match &mut self.key {
            Some(converter) => Some(
                converter
                    .convert(record.key)
                    .map_err(|error| in_step(Step::KeyConverter, &self.config, error))?,
            ),
            None => None,
        };
        let value = self.value.convert(record.value);
        Ok(Some(Piped {
            topic: self.topic.clone(),
            timestamp_ms: Some(record.timestamp_ms).filter(|&timestamp_ms| timestamp_ms >= 0),
            value: value.map_err(|error| in_step(Step::ValueConverter, &self.config, error))?,
            key: key.filter(|_| self.config.keys.is_some()),
            headers,
        }))
    }

    fn transform(&mut self, record: &SinkRecord<'_>) -> Result<Option<Piped<'static>>, Failure> {
        let config = &self.config;
        let headers = self.header.read(record)?;
        let key = match &mut self.key {
            Some(converter) => converter.read(record.key),
            None => Ok(SchemaAndData::NULL),
        };
        let value = self.value.read(record.value);
        let record = Record {
            topic: self.topic.clone(),
            partition: self.partition,
            offset: record.offset.0,
            timestamp_ms: Some(record.timestamp_ms).filter(|&timestamp_ms| timestamp_ms >= 0),
            key: key.map_err(|error| in_step(Step::KeyConverter, config, error))?,
            value: value.map_err(|error| in_step(Step::ValueConverter, config, error))?,
            headers,
        };
        let transformed = config.transforms.apply(record);
        let transformed = transformed.map_err(|(class, error)| Failure {
            step: Step::Transformation,
            class,
            error,
        })?;
        Ok(transformed.map(|record| Piped {
            topic: record.topic,
            timestamp_ms: record.timestamp_ms,
            value: record.value.into(),
            key: config.keys.is_some().then(|| record.key.into()),
            headers: config.headers.is_some().then_some(record.headers),
        }))
    }
}

fn in_step(step: Step, config: &SinkConfig, error: RecordError) -> Failure {
    let kind = match step {
        Step::KeyConverter => config.key_converter.as_ref(),
        _ => Some(&config.value_converter),
    };
    let class = match kind {
        Some(ConverterKind::Json { .. }) | None => "org.apache.kafka.connect.json.JsonConverter",
        Some(ConverterKind::Text) => "org.apache.kafka.connect.storage.StringConverter",
        Some(ConverterKind::Bytes) => "org.apache.kafka.connect.converters.ByteArrayConverter",
        Some(ConverterKind::Registry(registry)) => registry.class(),
        Some(_) => "org.apache.kafka.connect.storage.Converter",
    };
    Failure { step, class: class.to_owned(), error }
}

/// `header.converter`
#[derive(Debug)]
enum HeaderReader {
    Simple,
    Of(Box<Converter>),
}

impl HeaderReader {
    fn read(&mut self, record: &SinkRecord<'_>) -> Result<Vec<Header>, Failure> {
        let mut headers = Vec::new();
        for (key, value) in record.headers.iter() {
            let value = match self {
                HeaderReader::Simple => Ok(value.map_or(SchemaAndData::NULL, |value| {
                    parse_literal(&String::from_utf8_lossy(value))
                })),
                HeaderReader::Of(converter) => converter.read(value),
            };
            let value = value.map_err(|error| Failure {
                step: Step::HeaderConverter,
                class: "org.apache.kafka.connect.storage.HeaderConverter".to_owned(),
                error,
            })?;
            headers.push(Header { key: key.into_owned(), value });
        }
        Ok(headers)
    }
}

/// What stands in a file of headers for one record: `{"headers":[{"key":…,"value":…}]}`, with
/// values as text.
pub(super) fn headers_value(headers: &[Header], schema: &Arc<Schema>) -> Value<'static> {
    let entry = |header: &Header| {
        let value = match &header.value.data {
            Data::Null => Data::Null,
            data => Data::String(text_of(data).into_owned()),
        };
        Data::Struct(vec![Data::String(header.key.clone()), value])
    };
    let list = Data::Array(headers.iter().map(entry).collect());
    Value::Data(SchemaAndData { schema: Some(schema.clone()), data: Data::Struct(vec![list]) })
}

/// The schema of [`headers_value`].
pub(super) fn headers_schema() -> Arc<Schema> {
    use super::schema::Field;
    let text = |is_optional| Schema { is_optional, ..Schema::new(Kind::String) };
    let header = Schema::new(Kind::Struct(vec![
        Field::new("key", text(false)),
        Field::new("value", text(true)),
    ]))
    .named("RecordHeader");
    let list = Schema::new(Kind::Array(Arc::new(header)));
    let record = Kind::Struct(vec![Field::new("headers", list)]);
    Arc::new(Schema::new(record).named("RecordHeaders"))
}

fn text_of(data: &Data) -> Cow<'_, str> {
    match data {
        Data::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(super::transforms::text(other)),
    }
}
