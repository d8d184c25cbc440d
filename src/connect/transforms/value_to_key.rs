//! `ValueToKey`: a key made of fields of the value.

use super::support::{SchemaCache, field_value, map, require_map, require_struct};
use super::{Options, Record, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Field, Kind, Schema, SchemaAndData};

const PURPOSE: &str = "copying fields from value to key";

#[derive(Debug)]
pub(super) struct ValueToKey {
    fields: Vec<String>,
    with_default: bool,
    schemas: SchemaCache,
}

impl ValueToKey {
    pub(super) fn new(options: &Options<'_>) -> ValueToKey {
        ValueToKey {
            fields: options.required_list("fields"),
            with_default: options.bool("replace.null.with.default", true),
            schemas: SchemaCache::default(),
        }
    }

    fn schema(&self, value: &Schema) -> Result<Schema, RecordError> {
        let mut fields = Vec::with_capacity(self.fields.len());
        for name in &self.fields {
            let Some((_, field)) = value.field(name) else {
                return Err(RecordError::convert(format!("Field does not exist: {name}")));
            };
            fields.push(Field::new(name.clone(), field.schema.clone()));
        }
        Ok(Schema::new(Kind::Struct(fields)))
    }
}

impl Transform for ValueToKey {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = record.value.clone();
        let key = match schema {
            None => {
                let value = map(require_map(data, PURPOSE)?);
                let entries = self.fields.iter().map(|name| {
                    let data = value.data.get(name).cloned().unwrap_or(Data::Null);
                    (Data::String(name.clone()), data)
                });
                map(entries.collect())
            }
            Some(schema) => {
                let values = require_struct(data, PURPOSE)?;
                let changed = self.schemas.get(&schema, |schema| self.schema(schema))?;
                let data = self.fields.iter().filter_map(|name| {
                    let (index, field) = schema.field(name)?;
                    Some(field_value(field, values[index].clone(), self.with_default))
                });
                SchemaAndData { data: Data::Struct(data.collect()), schema: Some(changed) }
            }
        };
        Ok(Some(Record { key, ..record }))
    }
}
