//! `{"schema": …, "payload": …}`

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{DataError, Schema, SchemaAndData, data_of, schemaless};
use crate::connect::json::{JsonError, Node, parse_node};

/// Connect's `schemas.cache.size`.
const SCHEMAS_MAX: usize = 1000;

const NOT_AN_ENVELOPE: &str = "JsonConverter with schemas.enable requires \"schema\" and \
    \"payload\" fields and may not contain additional fields. If you are trying to deserialize \
    plain JSON data, set schemas.enable=false in your converter configuration.";

/// Reads envelopes and remembers their schemas: the same `Arc` for the same schema.
#[derive(Debug, Default)]
pub struct EnvelopeReader {
    schemas: BTreeMap<Vec<u8>, Option<Arc<Schema>>>,
}

/// Why a record is no envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvelopeError {
    /// It is no JSON.
    Json(JsonError),
    /// It is JSON that Connect refuses.
    Data(DataError),
}

impl From<DataError> for EnvelopeError {
    fn from(error: DataError) -> EnvelopeError {
        EnvelopeError::Data(error)
    }
}

impl EnvelopeReader {
    /// Reads one record's bytes.
    ///
    /// # Errors
    /// If Connect would refuse them.
    pub fn read(&mut self, input: &[u8]) -> Result<SchemaAndData, EnvelopeError> {
        let refusal = || EnvelopeError::Data(DataError::new(NOT_AN_ENVELOPE));
        let Some(Node::Object(members)) = parse_node(input).map_err(EnvelopeError::Json)? else {
            return Err(refusal());
        };
        let Ok([one, other]) = <[(Box<[u8]>, Node); 2]>::try_from(members) else {
            return Err(refusal());
        };
        let ((schema_name, schema), (payload_name, payload)) =
            if &*one.0 == b"schema" { (one, other) } else { (other, one) };
        if &*schema_name != b"schema" || &*payload_name != b"payload" {
            return Err(refusal());
        }
        let schema = self.schema(&schema)?;
        let data = match &schema {
            Some(schema) => data_of(schema, Some(&payload))?,
            None => schemaless(&payload),
        };
        Ok(SchemaAndData { schema, data })
    }

    fn schema(&mut self, node: &Node) -> Result<Option<Arc<Schema>>, DataError> {
        let mut text = Vec::with_capacity(256);
        node.write_plain(&mut text);
        if let Some(schema) = self.schemas.get(&text) {
            return Ok(schema.clone());
        }
        let schema = Schema::parse(node)?.map(Arc::new);
        if self.schemas.len() >= SCHEMAS_MAX {
            self.schemas.pop_first();
        }
        self.schemas.insert(text, schema.clone());
        Ok(schema)
    }
}
