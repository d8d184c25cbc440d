//! Values, as Connect's Java objects are, and what can be wrong with them.

use std::sync::Arc;

use super::{Decimal, Kind, Schema};

/// What Connect throws as a `DataException`, in its words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DataError(pub String);

impl DataError {
    /// An error with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> DataError {
        DataError(text.into())
    }
}

/// A value. What is narrower in Java (`Byte`, `Short`, `Integer`) is an integer within the
/// bounds of its schema; a value without schema has 64 bits.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `null`
    Null,
    /// `BOOLEAN`
    Boolean(bool),
    /// `INT8` to `INT64`
    Integer(i64),
    /// `FLOAT32`
    Float(f32),
    /// `FLOAT64`
    Double(f64),
    /// `STRING`. Half surrogate pairs have become U+FFFD.
    String(String),
    /// `BYTES`
    Bytes(Vec<u8>),
    /// `ARRAY`
    Array(Vec<Data>),
    /// `MAP`, in the order of insertion; each key once.
    Map(Vec<(Data, Data)>),
    /// `STRUCT`: a value for each field of its schema, in that order.
    Struct(Vec<Data>),
    /// `java.math.BigDecimal`: the logical type Decimal.
    Decimal(Decimal),
    /// `java.util.Date`, milliseconds since 1970: the logical types Date (midnight), Time
    /// (on the first of January 1970) and Timestamp.
    Date(i64),
}

/// A value and the schema that it has (`SchemaAndValue`).
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaAndData {
    /// `None`: schemaless.
    pub schema: Option<Arc<Schema>>,
    /// The value.
    pub data: Data,
}

impl SchemaAndData {
    /// No value and no schema.
    pub const NULL: SchemaAndData = SchemaAndData { schema: None, data: Data::Null };
}

impl Data {
    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Data::Null)
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value behind a text key of a map.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Data> {
        match self {
            Data::Map(entries) => {
                entries.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Puts a value into a map, in the place of the one that was there.
    pub fn insert(&mut self, key: Data, value: Data) {
        let Data::Map(entries) = self else { return };
        match entries.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => entries.push((key, value)),
        }
    }

    /// The class that Java prints for the value.
    #[must_use]
    pub fn java_class(&self) -> &'static str {
        match self {
            Data::Null => "null",
            Data::Boolean(_) => "java.lang.Boolean",
            Data::Integer(_) => "java.lang.Long",
            Data::Float(_) => "java.lang.Float",
            Data::Double(_) => "java.lang.Double",
            Data::String(_) => "java.lang.String",
            Data::Bytes(_) => "java.nio.HeapByteBuffer",
            Data::Array(_) => "java.util.ArrayList",
            Data::Map(_) => "java.util.HashMap",
            Data::Struct(_) => "org.apache.kafka.connect.data.Struct",
            Data::Decimal(_) => "java.math.BigDecimal",
            Data::Date(_) => "java.util.Date",
        }
    }
}

/// The low bits of an integer that an integer kind keeps, as Java's casts do.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "Java's casts keep the low bits, too")]
pub fn truncate_integer(kind: &Kind, value: i64) -> i64 {
    match kind {
        Kind::Int8 => i64::from(value as i8),
        Kind::Int16 => i64::from(value as i16),
        Kind::Int32 => i64::from(value as i32),
        _ => value,
    }
}

/// The schema and value of a field at a path of nested structs; null below a struct that is
/// null. `None` if a struct on the way has no field of that name.
#[must_use]
pub fn field_at<'a>(
    schema: &'a Schema,
    data: &'a Data,
    path: &[String],
) -> Option<(&'a Schema, &'a Data)> {
    let (mut schema, mut data) = (schema, data);
    for name in path {
        let (index, field) = schema.field(name)?;
        schema = &field.schema;
        data = match data {
            Data::Struct(values) => values.get(index).unwrap_or(&Data::Null),
            _ => &Data::Null,
        };
        if data.is_null() {
            data = schema.default.as_ref().unwrap_or(&Data::Null);
        }
    }
    Some((schema, data))
}
