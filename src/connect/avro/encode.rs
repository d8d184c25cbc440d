//! A value of Connect's to Avro's binary form (`AvroData.fromConnectData` and its writer).

use super::binary::{write_bytes, write_long};
use super::{AvroKind, AvroSchema, UNION};
use crate::connect::schema::{Data, DataError, Kind, Schema, days_or_millis, java_order};

/// Appends a value. `avro` is what [`super::from_connect`] has made of `schema`.
///
/// # Errors
/// If the value is not of its schema; `out` then ends with an unfinished value.
pub fn encode(
    avro: &AvroSchema,
    schema: &Schema,
    data: &Data,
    out: &mut Vec<u8>,
) -> Result<(), DataError> {
    let data = match (data, &schema.default) {
        (Data::Null, Some(default)) => default,
        _ => data,
    };
    match (&avro.kind, data) {
        (AvroKind::Union(branches), _) => union(branches, schema, data, out)?,
        (_, Data::Null) => return Err(DataError::new("Found null value for non-optional schema")),
        (AvroKind::Boolean, Data::Boolean(value)) => out.push(u8::from(*value)),
        (AvroKind::Int | AvroKind::Long, Data::Integer(value)) => write_long(*value, out),
        (AvroKind::Int | AvroKind::Long, Data::Date(millis)) => {
            write_long(days_or_millis(schema.logical(), *millis), out);
        }
        (AvroKind::Float, Data::Float(value)) => out.extend_from_slice(&value.to_le_bytes()),
        (AvroKind::Double, Data::Double(value)) => out.extend_from_slice(&value.to_le_bytes()),
        (AvroKind::String, Data::String(text)) => write_bytes(text.as_bytes(), out),
        (AvroKind::Enum { name, symbols, .. }, Data::String(text)) => {
            let Some(index) = symbols.iter().position(|symbol| symbol == text) else {
                return Err(DataError(format!("{text} is not a symbol of {name}")));
            };
            write_long(i64::try_from(index).unwrap_or(i64::MAX), out);
        }
        (AvroKind::Bytes, Data::Bytes(bytes)) => write_bytes(bytes, out),
        (AvroKind::Bytes, Data::Decimal(decimal)) => {
            write_bytes(&decimal.unscaled_for(Some(schema))?, out);
        }
        (AvroKind::Fixed { size, name }, _) => {
            let bytes = fixed(schema, data, *size)?;
            if bytes.len() != *size {
                let length = bytes.len();
                return Err(DataError(format!("{name} has {size} bytes, the value has {length}")));
            }
            out.extend_from_slice(&bytes);
        }
        (AvroKind::Array(items), Data::Array(values)) => {
            let Kind::Array(element) = &schema.kind else { return Err(wrong_type(schema, data)) };
            write_count(values.len(), out);
            for value in values {
                encode(items, element, value, out)?;
            }
            write_end(values.len(), out);
        }
        (AvroKind::Array(_) | AvroKind::Map(_), Data::Map(entries)) => {
            map(avro, schema, entries, out)?;
        }
        (AvroKind::Record { fields, .. }, Data::Struct(values)) => {
            for (index, (avro, field)) in fields.iter().zip(schema.fields()).enumerate() {
                let value = values.get(index).unwrap_or(&Data::Null);
                encode(&avro.schema, &field.schema, value, out)?;
            }
        }
        _ => return Err(wrong_type(schema, data)),
    }
    Ok(())
}

fn wrong_type(schema: &Schema, data: &Data) -> DataError {
    DataError(format!("Invalid type for {}: class {}", schema.kind.name(), data.java_class()))
}

fn union(
    branches: &[std::sync::Arc<AvroSchema>],
    schema: &Schema,
    data: &Data,
    out: &mut Vec<u8>,
) -> Result<(), DataError> {
    let mut write_branch = |index: usize| {
        write_long(i64::try_from(index).unwrap_or(i64::MAX), out);
    };
    if data.is_null() {
        let null = branches.iter().position(|branch| branch.is_null());
        write_branch(
            null.ok_or_else(|| DataError::new("Found null value for non-optional schema"))?,
        );
        return Ok(());
    }
    if schema.name.as_deref() != Some(UNION) {
        let index = usize::from(branches.first().is_some_and(|branch| branch.is_null()));
        write_branch(index);
        return encode(&branches[index], schema, data, out);
    }
    let Data::Struct(values) = data else { return Err(wrong_type(schema, data)) };
    let Some(set) = values.iter().position(|value| !value.is_null()) else {
        return union(branches, &Schema::new(Kind::Boolean), &Data::Null, out);
    };
    let index = set + usize::from(schema.is_optional);
    let (Some(branch), Some(field)) = (branches.get(index), schema.fields().get(set)) else {
        return Err(wrong_type(schema, data));
    };
    write_branch(index);
    encode(branch, &field.schema, &values[set], out)
}

fn fixed(schema: &Schema, data: &Data, size: usize) -> Result<Vec<u8>, DataError> {
    match data {
        Data::Bytes(bytes) => Ok(bytes.clone()),
        Data::Decimal(decimal) => {
            let unscaled = decimal.unscaled_for(Some(schema))?;
            let sign = if unscaled.first().is_some_and(|&byte| byte >= 0x80) { 0xff } else { 0 };
            let mut bytes = vec![sign; size.saturating_sub(unscaled.len())];
            bytes.extend_from_slice(&unscaled);
            Ok(bytes)
        }
        _ => Err(wrong_type(schema, data)),
    }
}

fn map(
    avro: &AvroSchema,
    schema: &Schema,
    entries: &[(Data, Data)],
    out: &mut Vec<u8>,
) -> Result<(), DataError> {
    let Kind::Map(key_schema, value_schema) = &schema.kind else {
        return Err(DataError(format!("Invalid type for {}", schema.kind.name())));
    };
    write_count(entries.len(), out);
    for (key, value) in java_order(&**key_schema, entries) {
        match &avro.kind {
            AvroKind::Map(values) => {
                write_bytes(key.as_str().unwrap_or_default().as_bytes(), out);
                encode(values, value_schema, value, out)?;
            }
            AvroKind::Array(entry) => {
                let AvroKind::Record { fields, .. } = &entry.kind else { continue };
                let [key_field, value_field] = &fields[..] else { continue };
                encode(&key_field.schema, key_schema, key, out)?;
                encode(&value_field.schema, value_schema, value, out)?;
            }
            _ => {}
        }
    }
    write_end(entries.len(), out);
    Ok(())
}

/// Arrays and maps are one block, and an empty one that ends them.
fn write_count(count: usize, out: &mut Vec<u8>) {
    write_long(i64::try_from(count).unwrap_or(i64::MAX), out);
}

fn write_end(count: usize, out: &mut Vec<u8>) {
    if count > 0 {
        out.push(0);
    }
}
