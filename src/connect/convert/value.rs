//! A converted value, in the cheapest form that its way to the file allows.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::{RecordError, not_json};
use crate::connect::json::parse_node;
use crate::connect::schema::{Data, Kind, Schema, SchemaAndData, schemaless};

/// The schema of `StringConverter`'s values.
static OPTIONAL_STRING: LazyLock<Arc<Schema>> =
    LazyLock::new(|| Arc::new(Schema::new(Kind::String).optional()));
/// The schema of `ByteArrayConverter`'s values.
static OPTIONAL_BYTES: LazyLock<Arc<Schema>> =
    LazyLock::new(|| Arc::new(Schema::new(Kind::Bytes).optional()));

/// A converted value. Borrows the converter's buffer or the record.
#[derive(Debug)]
pub enum Value<'a> {
    /// No value: a tombstone.
    Null,
    /// Schemaless JSON as the connector writes it.
    Json(&'a [u8]),
    /// A value that was built in memory; not null.
    Data(SchemaAndData),
    /// `StringConverter`'s text.
    Text(Cow<'a, str>),
    /// `ByteArrayConverter`'s bytes.
    Bytes(&'a [u8]),
}

impl Value<'_> {
    /// The value's schema; `None` if it is schemaless.
    #[must_use]
    pub fn schema(&self) -> Option<&Arc<Schema>> {
        match self {
            Value::Null | Value::Json(_) => None,
            Value::Data(value) => value.schema.as_ref(),
            Value::Text(_) => Some(&OPTIONAL_STRING),
            Value::Bytes(_) => Some(&OPTIONAL_BYTES),
        }
    }

    /// Schema and value of a struct; `None` for anything else.
    #[must_use]
    pub fn as_struct(&self) -> Option<(&Schema, &Data)> {
        match self {
            Value::Data(SchemaAndData { schema: Some(schema), data }) if schema.is_struct() => {
                Some((schema, data))
            }
            _ => None,
        }
    }

    /// The value and its schema; `None` if it has none or is null.
    #[must_use]
    pub fn as_data(&self) -> Option<(Arc<Schema>, Cow<'_, Data>)> {
        let data = match self {
            Value::Null | Value::Json(_) => return None,
            Value::Data(value) => Cow::Borrowed(&value.data),
            Value::Text(text) => Cow::Owned(Data::String(text.to_string())),
            Value::Bytes(bytes) => Cow::Owned(Data::Bytes(bytes.to_vec())),
        };
        self.schema().map(|schema| (schema.clone(), data))
    }

    /// The value built in memory.
    ///
    /// # Errors
    /// Never of what a converter has made: its JSON is JSON.
    pub fn into_data(self) -> Result<SchemaAndData, RecordError> {
        let schema = self.schema().cloned();
        let data = match self {
            Value::Null => Data::Null,
            Value::Json(json) => {
                let node = parse_node(json).map_err(|error| not_json(&error))?;
                node.as_ref().map_or(Data::Null, schemaless)
            }
            Value::Data(value) => return Ok(value),
            Value::Text(text) => Data::String(text.into_owned()),
            Value::Bytes(bytes) => Data::Bytes(bytes.to_vec()),
        };
        Ok(SchemaAndData { schema, data })
    }
}

impl From<SchemaAndData> for Value<'_> {
    /// What a transform has made; null is no value.
    fn from(value: SchemaAndData) -> Self {
        if value.data.is_null() { Value::Null } else { Value::Data(value) }
    }
}
