//! `ShortConverter` and its like: a number as Kafka's serializer of that name writes it.

use std::sync::Arc;

use super::RecordError;
use crate::connect::schema::{Data, Kind, Schema, SchemaAndData};

/// Which of `org.apache.kafka.connect.converters`' number converters, or `BooleanConverter`.
#[derive(Debug, Clone, PartialEq)]
pub struct Primitive {
    name: &'static str,
    schema: Arc<Schema>,
}

impl Primitive {
    /// The converter of this class name.
    #[must_use]
    pub fn of_class(simple_name: &str) -> Option<Primitive> {
        let (name, kind) = match simple_name {
            "ShortConverter" => ("short", Kind::Int16),
            "IntegerConverter" => ("integer", Kind::Int32),
            "LongConverter" => ("long", Kind::Int64),
            "FloatConverter" => ("float", Kind::Float32),
            "DoubleConverter" => ("double", Kind::Float64),
            "BooleanConverter" => ("boolean", Kind::Boolean),
            _ => return None,
        };
        Some(Primitive { name, schema: Arc::new(Schema::new(kind).optional()) })
    }

    pub(super) fn read(&self, bytes: &[u8]) -> Result<SchemaAndData, RecordError> {
        let data = match self.schema.kind {
            Kind::Int16 => bytes.try_into().ok().map(i16::from_be_bytes).map(i64::from),
            Kind::Int32 => bytes.try_into().ok().map(i32::from_be_bytes).map(i64::from),
            Kind::Int64 => bytes.try_into().ok().map(i64::from_be_bytes),
            _ => None,
        };
        let data = match self.schema.kind {
            Kind::Float32 => bytes.try_into().ok().map(f32::from_be_bytes).map(Data::Float),
            Kind::Float64 => bytes.try_into().ok().map(f64::from_be_bytes).map(Data::Double),
            Kind::Boolean => match bytes {
                [0] => Some(Data::Boolean(false)),
                [1] => Some(Data::Boolean(true)),
                _ => None,
            },
            _ => data.map(Data::Integer),
        };
        let refusal = || RecordError::convert(format!("Failed to deserialize {}: ", self.name));
        Ok(SchemaAndData { schema: Some(self.schema.clone()), data: data.ok_or_else(refusal)? })
    }
}
