//! Avro's binary form to a value of Connect's (`AvroData.toConnectData`).

use super::binary::Reader;
use super::{AvroKind, AvroSchema, UNION};
use crate::connect::schema::{
    Data, DataError, Decimal, Kind, Logical, Schema, date_data, truncate_integer,
};

/// Nesting beyond this is refused: a stack is finite.
const DEPTH_MAX: usize = 200;
/// Items that take no bytes (records without fields, nulls) are refused beyond this.
const ITEMS_MAX: usize = 1 << 20;

/// Reads one value. `schema` is what [`super::to_connect`] has made of `avro`.
///
/// # Errors
/// If the bytes are no such value.
pub fn decode(avro: &AvroSchema, schema: &Schema, bytes: &[u8]) -> Result<Data, DataError> {
    value(avro, schema, &mut Reader(bytes), 0)
}

fn value(
    avro: &AvroSchema,
    schema: &Schema,
    reader: &mut Reader<'_>,
    depth: usize,
) -> Result<Data, DataError> {
    if depth > DEPTH_MAX {
        return Err(DataError::new("nested too deeply"));
    }
    Ok(match &avro.kind {
        AvroKind::Null => Data::Null,
        AvroKind::Boolean => Data::Boolean(reader.array::<1>()? != [0]),
        AvroKind::Int | AvroKind::Long => {
            let value = reader.long()?;
            match schema.logical() {
                Logical::None => Data::Integer(truncate_integer(&schema.kind, value)),
                logical => date_data(logical, value)?,
            }
        }
        AvroKind::Float => Data::Float(f32::from_le_bytes(reader.array()?)),
        AvroKind::Double => Data::Double(f64::from_le_bytes(reader.array()?)),
        AvroKind::String => Data::String(reader.text()?),
        AvroKind::Enum { name, symbols, .. } => {
            let index = reader.long()?;
            let symbol = usize::try_from(index).ok().and_then(|index| symbols.get(index));
            let refusal = || DataError(format!("{name} has no symbol {index}"));
            Data::String(symbol.ok_or_else(refusal)?.clone())
        }
        AvroKind::Bytes => bytes(schema, reader.bytes()?)?,
        AvroKind::Fixed { size, .. } => bytes(schema, reader.take(*size)?)?,
        AvroKind::Array(items) => array(items, schema, reader, depth)?,
        AvroKind::Map(values) => {
            let Kind::Map(_, value_schema) = &schema.kind else { return Err(mismatch(avro)) };
            let mut map = Data::Map(Vec::new());
            blocks(reader, |reader| {
                let key = Data::String(reader.text()?);
                map.insert(key, value(values, value_schema, reader, depth + 1)?);
                Ok(())
            })?;
            map
        }
        AvroKind::Record { fields, .. } => {
            let mut values = Vec::with_capacity(fields.len());
            for (avro, field) in fields.iter().zip(schema.fields()) {
                let data = value(&avro.schema, &field.schema, reader, depth + 1)?;
                values.push(or_default(data, &field.schema));
            }
            Data::Struct(values)
        }
        AvroKind::Union(branches) => {
            let index = reader.long()?;
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            let Some(branch) = branches.get(index) else { return Err(mismatch(avro)) };
            if branch.is_null() {
                return Ok(Data::Null);
            }
            if schema.name.as_deref() != Some(UNION) {
                return value(branch, schema, reader, depth + 1);
            }
            let place = avro.branches().position(|(known, _)| known == index).unwrap_or(0);
            let mut values = vec![Data::Null; schema.fields().len()];
            let Some(field) = schema.fields().get(place) else { return Err(mismatch(avro)) };
            values[place] = value(branch, &field.schema, reader, depth + 1)?;
            Data::Struct(values)
        }
    })
}

/// `Struct.get` gives the default for a value that is null.
fn or_default(data: Data, schema: &Schema) -> Data {
    match &schema.default {
        Some(default) if data.is_null() => default.clone(),
        _ => data,
    }
}

fn mismatch(avro: &AvroSchema) -> DataError {
    DataError(format!("Malformed data: it does not fit the schema's {}", avro.type_name()))
}

fn bytes(schema: &Schema, bytes: &[u8]) -> Result<Data, DataError> {
    match schema.logical() {
        Logical::Decimal { scale } => {
            Decimal::from_unscaled(bytes, i64::from(scale)).map(Data::Decimal)
        }
        _ => Ok(Data::Bytes(bytes.to_vec())),
    }
}

/// An array, or a map whose keys are not strings.
fn array(
    items: &AvroSchema,
    schema: &Schema,
    reader: &mut Reader<'_>,
    depth: usize,
) -> Result<Data, DataError> {
    match (&schema.kind, &items.kind) {
        (Kind::Array(element), _) => {
            let mut values = Vec::new();
            blocks(reader, |reader| {
                values.push(value(items, element, reader, depth + 1)?);
                Ok(())
            })?;
            Ok(Data::Array(values))
        }
        (Kind::Map(key, member), AvroKind::Record { fields, .. }) => {
            let mut map = Data::Map(Vec::new());
            blocks(reader, |reader| {
                let (mut one, mut other) = (Data::Null, Data::Null);
                for field in fields {
                    if field.name == "key" {
                        one = value(&field.schema, key, reader, depth + 1)?;
                    } else {
                        other = value(&field.schema, member, reader, depth + 1)?;
                    }
                }
                map.insert(one, other);
                Ok(())
            })?;
            Ok(map)
        }
        _ => Err(mismatch(items)),
    }
}

fn blocks<'a>(
    reader: &mut Reader<'a>,
    mut item: impl FnMut(&mut Reader<'a>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut free_items = 0;
    loop {
        let count = reader.block()?;
        if count == 0 {
            return Ok(());
        }
        for _ in 0..count {
            let before = reader.0.len();
            item(reader)?;
            free_items += usize::from(reader.0.len() == before);
            if free_items > ITEMS_MAX {
                return Err(DataError::new("too many items without bytes"));
            }
        }
    }
}
