//! Default values: Avro writes them as JSON in the schema.

use serde_json::{Map, Value as Json};

use super::from_connect::AvroOptions;
use super::{AvroKind, AvroSchema, UNION};
use crate::connect::schema::{
    Data, DataError, Decimal, Kind, Logical, Schema, date_data, days_or_millis, truncate_integer,
};

/// A default value of Connect's as Avro's JSON.
pub(super) fn to_json(
    options: &AvroOptions,
    schema: &Schema,
    data: &Data,
) -> Result<Json, DataError> {
    Ok(match data {
        Data::Null => Json::Null,
        Data::Boolean(value) => (*value).into(),
        Data::Integer(value) => (*value).into(),
        Data::Float(value) => Json::from(value.to_string().parse::<f64>().unwrap_or(0.0)),
        Data::Double(value) => (*value).into(),
        Data::String(text) => text.as_str().into(),
        Data::Bytes(bytes) => latin1(bytes).into(),
        Data::Decimal(decimal) => latin1(&decimal.unscaled_for(Some(schema))?).into(),
        Data::Date(millis) => days_or_millis(schema.logical(), *millis).into(),
        Data::Array(values) => {
            let Kind::Array(element) = &schema.kind else { return Err(wrong_type(schema)) };
            let values = values.iter().map(|value| to_json(options, element, value));
            Json::Array(values.collect::<Result<_, _>>()?)
        }
        Data::Map(entries) => {
            let Kind::Map(key, value) = &schema.kind else { return Err(wrong_type(schema)) };
            if options.is_avro_map(key) {
                let mut object = Map::new();
                for (name, member) in entries {
                    let name = name.as_str().unwrap_or_default().to_owned();
                    object.insert(name, to_json(options, value, member)?);
                }
                return Ok(Json::Object(object));
            }
            let pairs = entries.iter().map(|(one, other)| {
                let pair = vec![to_json(options, key, one)?, to_json(options, value, other)?];
                Ok(Json::Array(pair))
            });
            Json::Array(pairs.collect::<Result<_, _>>()?)
        }
        Data::Struct(values) => {
            let mut object = Map::new();
            for (field, value) in schema.fields().iter().zip(values) {
                let value = to_json(options, &field.schema, value)?;
                if schema.name.as_deref() == Some(UNION) {
                    return Ok(value);
                }
                object.insert(field.name.clone(), value);
            }
            Json::Object(object)
        }
    })
}

fn wrong_type(schema: &Schema) -> DataError {
    DataError(format!("Invalid type used for default value of {} field", schema.kind.name()))
}

/// Bytes in JSON are the characters of those numbers.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// A default value of Avro's as Connect's. `None`: there is none, or it does not fit, which
/// `AvroData` lets pass with a warning.
pub(super) fn from_json(avro: &AvroSchema, schema: &Schema, json: &Json) -> Option<Data> {
    if json.is_null() {
        return None;
    }
    match &avro.kind {
        AvroKind::Null => None,
        AvroKind::Boolean => json.as_bool().map(Data::Boolean),
        AvroKind::Int | AvroKind::Long => {
            let value = json.as_i64()?;
            match schema.logical() {
                Logical::None => Some(Data::Integer(truncate_integer(&schema.kind, value))),
                logical => date_data(logical, value).ok(),
            }
        }
        #[allow(clippy::cast_possible_truncation, reason = "the nearest float, as in Java")]
        AvroKind::Float => json.as_f64().map(|value| Data::Float(value as f32)),
        AvroKind::Double => json.as_f64().map(Data::Double),
        AvroKind::String | AvroKind::Enum { .. } => {
            json.as_str().map(|text| Data::String(text.to_owned()))
        }
        AvroKind::Bytes | AvroKind::Fixed { .. } => {
            let text = json.as_str()?;
            let bytes: Vec<u8> =
                text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
            match schema.logical() {
                Logical::Decimal { scale } => {
                    Decimal::from_unscaled(&bytes, i64::from(scale)).ok().map(Data::Decimal)
                }
                _ => Some(Data::Bytes(bytes)),
            }
        }
        AvroKind::Array(items) => {
            let Kind::Array(element) = &schema.kind else { return None };
            let values = json.as_array()?.iter().map(|item| from_json(items, element, item));
            values.collect::<Option<_>>().map(Data::Array)
        }
        AvroKind::Map(values) => {
            let Kind::Map(_, value) = &schema.kind else { return None };
            let entries = json.as_object()?.iter().map(|(key, member)| {
                Some((Data::String(key.clone()), from_json(values, value, member)?))
            });
            entries.collect::<Option<_>>().map(Data::Map)
        }
        AvroKind::Record { fields, .. } => {
            let object = json.as_object()?;
            let values = schema.fields().iter().zip(fields).map(|(field, avro)| {
                let json = object.get(&avro.name).or(avro.default.as_ref());
                json.and_then(|json| from_json(&avro.schema, &field.schema, json))
                    .or_else(|| field.schema.is_optional.then_some(Data::Null))
            });
            values.collect::<Option<_>>().map(Data::Struct)
        }
        // The default of a union is one of its first branch.
        AvroKind::Union(branches) => {
            let first = branches.first()?;
            if schema.name.as_deref() != Some(UNION) {
                return from_json(first, schema, json);
            }
            let mut values = vec![Data::Null; schema.fields().len()];
            *values.first_mut()? = from_json(first, &schema.fields().first()?.schema, json)?;
            Some(Data::Struct(values))
        }
    }
}
