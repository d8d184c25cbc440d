//! `HoistField`: the whole key or value as the one field of a struct or map.

use super::support::{SchemaCache, map};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Field, Kind, Schema, SchemaAndData};

#[derive(Debug)]
pub(super) struct HoistField {
    target: Target,
    field: String,
    schemas: SchemaCache,
}

impl HoistField {
    pub(super) fn new(target: Target, options: &Options<'_>) -> HoistField {
        let field = options.required("field").to_owned();
        HoistField { target, field, schemas: SchemaCache::default() }
    }
}

impl Transform for HoistField {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        let value = match schema {
            None => map(vec![(Data::String(self.field.clone()), data)]),
            Some(schema) => {
                let hoisted = self.schemas.get(&schema, |_| {
                    let field = Field::new(self.field.clone(), schema.clone());
                    Ok(Schema::new(Kind::Struct(vec![field])))
                })?;
                SchemaAndData { schema: Some(hoisted), data: Data::Struct(vec![data]) }
            }
        };
        Ok(Some(self.target.put(record, value)))
    }
}
