//! `InsertField`: topic, partition, offset, timestamp or a constant as fields.

use super::support::{SchemaCache, copy_basics, field_value, map, require_map, require_struct};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Field, Kind, Schema, SchemaAndData};

const PURPOSE: &str = "field insertion";

/// What is inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Static,
}

#[derive(Debug)]
struct Insertion {
    what: What,
    name: String,
    is_optional: bool,
}

#[derive(Debug)]
pub(super) struct InsertField {
    target: Target,
    insertions: Vec<Insertion>,
    static_value: Option<String>,
    with_default: bool,
    schemas: SchemaCache,
}

impl InsertField {
    pub(super) fn new(target: Target, options: &Options<'_>) -> InsertField {
        let settings = [
            ("topic.field", What::Topic),
            ("partition.field", What::Partition),
            ("offset.field", What::Offset),
            ("timestamp.field", What::Timestamp),
            ("static.field", What::Static),
        ];
        let insertion = |(setting, what)| {
            let text: &str = options.text(setting)?;
            let (name, is_optional) = match text.strip_suffix('!') {
                Some(name) => (name, false),
                None => (text.strip_suffix('?').unwrap_or(text), true),
            };
            Some(Insertion { what, name: name.to_owned(), is_optional })
        };
        let insertions: Vec<Insertion> = settings.into_iter().filter_map(insertion).collect();
        let static_value = options.text("static.value").map(str::to_owned);
        if insertions.is_empty() {
            options.refuse("topic.field", "No field insertion configured");
        }
        if let Some(field) = insertions.iter().find(|one| one.what == What::Static)
            && static_value.is_none()
        {
            let reason = format!("No value specified for static field: {}", field.name);
            options.invalid("static.value", "null", &reason);
        }
        let with_default = options.bool("replace.null.with.default", true);
        InsertField {
            target,
            insertions,
            static_value,
            with_default,
            schemas: SchemaCache::default(),
        }
    }

    fn value(&self, what: What, record: &Record, has_schema: bool) -> Option<Data> {
        match what {
            What::Topic => Some(Data::String(record.topic.to_string())),
            What::Partition => Some(Data::Integer(i64::from(record.partition))),
            What::Offset => Some(Data::Integer(record.offset)),
            What::Timestamp if has_schema => record.timestamp_ms.map(Data::Date),
            What::Timestamp => record.timestamp_ms.map(Data::Integer),
            What::Static => self.static_value.clone().map(Data::String),
        }
    }

    fn schema(&self, schema: &Schema) -> Schema {
        let mut fields = schema.fields().to_vec();
        for insertion in &self.insertions {
            let mut schema = match insertion.what {
                What::Topic | What::Static => Schema::new(Kind::String),
                What::Partition => Schema::new(Kind::Int32),
                What::Offset => Schema::new(Kind::Int64),
                What::Timestamp => Schema::timestamp(),
            };
            schema.is_optional = insertion.is_optional;
            fields.push(Field::new(insertion.name.clone(), schema));
        }
        copy_basics(schema, Kind::Struct(fields))
    }
}

impl Transform for InsertField {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        if data.is_null() {
            return Ok(Some(record));
        }
        let Some(schema) = schema else {
            let mut value = map(require_map(data, PURPOSE)?);
            for insertion in &self.insertions {
                if let Some(data) = self.value(insertion.what, &record, false) {
                    value.data.insert(Data::String(insertion.name.clone()), data);
                }
            }
            return Ok(Some(self.target.put(record, value)));
        };
        let old = require_struct(data, PURPOSE)?;
        let changed = self.schemas.get(&schema, |schema| Ok(self.schema(schema)))?;
        let mut values: Vec<Data> = schema
            .fields()
            .iter()
            .zip(old)
            .map(|(field, data)| field_value(field, data, self.with_default))
            .collect();
        for insertion in &self.insertions {
            values.push(self.value(insertion.what, &record, true).unwrap_or(Data::Null));
        }
        let value = SchemaAndData { schema: Some(changed), data: Data::Struct(values) };
        Ok(Some(self.target.put(record, value)))
    }
}
