//! What transforms have in common: Kafka's `Requirements`, and schemas changed once.

use std::sync::{Arc, Mutex, PoisonError};

use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Field, Kind, Schema, SchemaAndData};

/// Changed schemas that are remembered, as in Kafka.
const SCHEMAS_MAX: usize = 16;

pub(super) fn refuse<T>(text: impl Into<String>) -> Result<T, RecordError> {
    Err(RecordError::convert(text))
}

/// The entries of a schemaless value, which must be a map.
pub(super) fn require_map(data: Data, purpose: &str) -> Result<Vec<(Data, Data)>, RecordError> {
    match data {
        Data::Map(entries) => Ok(entries),
        other => refuse(format!(
            "Only Map objects supported in absence of schema for [{purpose}], found: {}",
            other.java_class()
        )),
    }
}

/// The values of a struct's fields, which the value must be.
pub(super) fn require_struct(data: Data, purpose: &str) -> Result<Vec<Data>, RecordError> {
    match data {
        Data::Struct(values) => Ok(values),
        other => refuse(format!(
            "Only Struct objects supported for [{purpose}], found: {}",
            other.java_class()
        )),
    }
}

/// A schemaless value made of these entries.
pub(super) fn map(entries: Vec<(Data, Data)>) -> SchemaAndData {
    SchemaAndData { schema: None, data: Data::Map(entries) }
}

/// A schema with the name, version, documentation and parameters of another.
pub(super) fn copy_basics(from: &Schema, kind: Kind) -> Schema {
    Schema {
        name: from.name.clone(),
        version: from.version,
        doc: from.doc.clone(),
        parameters: from.parameters.clone(),
        ..Schema::new(kind)
    }
}

/// A field's value, or its default in the place of null where `with_default`.
pub(super) fn field_value(field: &Field, data: Data, with_default: bool) -> Data {
    match (&field.schema.default, data) {
        (Some(default), Data::Null) if with_default => default.clone(),
        (_, data) => data,
    }
}

/// Schemas that a transform has changed.
#[derive(Debug, Default)]
pub(super) struct SchemaCache(Mutex<Vec<(Arc<Schema>, Arc<Schema>)>>);

impl SchemaCache {
    /// What `change` makes of a schema; the same `Arc` for the same schema.
    pub(super) fn get(
        &self,
        schema: &Arc<Schema>,
        change: impl FnOnce(&Schema) -> Result<Schema, RecordError>,
    ) -> Result<Arc<Schema>, RecordError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |(from, _): &&(Arc<Schema>, Arc<Schema>)| Arc::ptr_eq(from, schema);
        let equal = |(from, _): &&(Arc<Schema>, Arc<Schema>)| **from == **schema;
        if let Some((_, to)) = known.iter().find(same).or_else(|| known.iter().find(equal)) {
            return Ok(to.clone());
        }
        let changed = Arc::new(change(schema)?);
        if known.len() == SCHEMAS_MAX {
            known.remove(0);
        }
        known.push((schema.clone(), changed.clone()));
        Ok(changed)
    }
}
