//! `SetSchemaMetadata`: another name or version of the schema.

use std::sync::Arc;

use super::support::{SchemaCache, refuse};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Schema, SchemaAndData};

#[derive(Debug)]
pub(super) struct SetSchemaMetadata {
    target: Target,
    name: Option<String>,
    version: Option<i32>,
    schemas: SchemaCache,
}

impl SetSchemaMetadata {
    pub(super) fn new(target: Target, options: &Options<'_>) -> SetSchemaMetadata {
        let name = options.text("schema.name").map(str::to_owned);
        let version = options.text("schema.version").and_then(|text| {
            let number = text.parse();
            if number.is_err() {
                options.invalid("schema.version", text, "Not a number of type INT");
            }
            number.ok()
        });
        options.bool("replace.null.with.default", true);
        if name.is_none() && options.text("schema.version").is_none() {
            options.refuse("schema.name", "Neither schema name nor version configured");
        }
        SetSchemaMetadata { target, name, version, schemas: SchemaCache::default() }
    }
}

impl Transform for SetSchemaMetadata {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        let Some(schema) = schema else {
            if data.is_null() {
                return Ok(Some(record));
            }
            return refuse("Schema required for [updating schema metadata]");
        };
        let change = |schema: &Schema| {
            Ok(Schema {
                name: self.name.clone().or_else(|| schema.name.clone()),
                version: self.version.or(schema.version),
                ..schema.clone()
            })
        };
        let schema: Arc<Schema> = self.schemas.get(&schema, change)?;
        Ok(Some(self.target.put(record, SchemaAndData { schema: Some(schema), data })))
    }
}
