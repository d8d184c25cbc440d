//! A payload of JSON, checked against its schema (`JsonConverter.toConnectData`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Data, DataError, Decimal, Kind, Logical, Schema, truncate_integer};
use crate::connect::json::{Node, escape_text, unescape};

const DAY_MS: i64 = 86_400_000;

/// The value that a payload is by its schema. `None` is a field that is not there.
///
/// # Errors
/// Connect's text if the payload does not fit the schema.
pub fn data_of(schema: &Schema, node: Option<&Node>) -> Result<Data, DataError> {
    let Some(node) = node.filter(|node| !node.is_null()) else {
        return match &schema.default {
            Some(default) => Ok(default.clone()),
            None if schema.is_optional => Ok(Data::Null),
            None => {
                let kind = schema.kind.name();
                Err(DataError(format!("Invalid null value for required {kind} field")))
            }
        };
    };
    match schema.logical() {
        Logical::None => {}
        Logical::Decimal { scale } => return decimal(scale, node),
        logical => return date(logical, node),
    }
    Ok(match &schema.kind {
        Kind::Boolean => Data::Boolean(*node == Node::Bool(true)),
        Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Int64 => {
            Data::Integer(truncate_integer(&schema.kind, node.long_value()))
        }
        Kind::Float32 => Data::Float(float(node)),
        Kind::Float64 => Data::Double(node.double_value()),
        Kind::String => match node {
            Node::Text(content) => Data::String(unescape(content)),
            _ if schema.is_optional => Data::Null,
            _ => {
                let text = "Invalid value: null used for required field, schema type: STRING";
                return Err(DataError::new(text));
            }
        },
        Kind::Bytes => Data::Bytes(bytes(node)?),
        Kind::Array(element) => {
            let Node::Array(nodes) = node else {
                return Err(wrong_shape("Arrays", "arrays", node));
            };
            let values = nodes.iter().map(|node| data_of(element, Some(node)));
            Data::Array(values.collect::<Result<_, _>>()?)
        }
        Kind::Map(key, value) => map(key, value, node)?,
        Kind::Struct(fields) => {
            let Node::Object(_) = node else {
                return Err(wrong_shape("Structs", "objects", node));
            };
            let mut name = Vec::new();
            let mut values = Vec::with_capacity(fields.len());
            for field in fields {
                name.clear();
                escape_text(&mut name, &field.name);
                values.push(data_of(&field.schema, node.get(&name))?);
            }
            Data::Struct(values)
        }
    })
}

fn wrong_shape(what: &str, wanted: &str, node: &Node) -> DataError {
    DataError(format!("{what} should be encoded as JSON {wanted}, but found {}", node.kind()))
}

/// An object if keys are strings, otherwise a list of pairs.
fn map(key_schema: &Schema, value_schema: &Schema, node: &Node) -> Result<Data, DataError> {
    let mut map = Data::Map(Vec::new());
    let string_keys = key_schema.kind == Kind::String;
    match node {
        Node::Object(members) if string_keys => {
            for (name, member) in members {
                map.insert(Data::String(unescape(name)), data_of(value_schema, Some(member))?);
            }
        }
        Node::Array(pairs) if !string_keys => {
            for pair in pairs {
                let (Node::Array(pair), text) =
                    (pair, "Found invalid map entry, expected length 2 but found another")
                else {
                    return Err(wrong_shape("Map entries", "arrays", pair));
                };
                let [key, value] = &pair[..] else { return Err(DataError::new(text)) };
                let key = data_of(key_schema, Some(key))?;
                map.insert(key, data_of(value_schema, Some(value))?);
            }
        }
        _ => {
            let wanted = if string_keys { "objects" } else { "arrays" };
            return Err(wrong_shape("Maps", wanted, node));
        }
    }
    Ok(map)
}

fn date(logical: Logical, node: &Node) -> Result<Data, DataError> {
    let (name, wanted) = match logical {
        Logical::Date => ("Date", "integer"),
        Logical::Time => ("Time", "integer"),
        _ => ("Timestamp", "integral"),
    };
    let Node::Integer(_) = node else {
        let kind = node.kind();
        return Err(DataError(format!(
            "Invalid type for {name}, underlying representation should be {wanted} but was {kind}"
        )));
    };
    date_data(logical, node.long_value())
}

/// A date from the number that stands for it: days, or milliseconds.
///
/// # Errors
/// If a time is not within a day.
pub fn date_data(logical: Logical, value: i64) -> Result<Data, DataError> {
    match logical {
        Logical::Date => Ok(Data::Date(value.wrapping_mul(DAY_MS))),
        Logical::Time if !(0..=DAY_MS).contains(&value) => Err(DataError::new(
            "Time values must use number of milliseconds greater than 0 and less than 86400000",
        )),
        _ => Ok(Data::Date(value)),
    }
}

/// The number that stands for a date: days, or milliseconds.
#[must_use]
pub fn days_or_millis(logical: Logical, millis: i64) -> i64 {
    if logical == Logical::Date { millis.div_euclid(DAY_MS) } else { millis }
}

fn decimal(scale: i32, node: &Node) -> Result<Data, DataError> {
    match node {
        Node::Integer(text) | Node::Decimal(text) => Ok(Data::Decimal(Decimal::parse(text))),
        Node::Text(_) => Decimal::from_unscaled(&bytes(node)?, i64::from(scale)).map(Data::Decimal),
        _ => Err(DataError(format!(
            "Invalid type for Decimal, underlying representation should be numeric or bytes but was {}",
            node.kind()
        ))),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the nearest float, as in Java")]
fn float(node: &Node) -> f32 {
    match node {
        Node::Integer(text) | Node::Decimal(text) => text.parse().unwrap_or(0.0),
        _ => 0.0,
    }
}

fn bytes(node: &Node) -> Result<Vec<u8>, DataError> {
    let refusal = || DataError::new("Invalid bytes field");
    let Node::Text(content) = node else { return Err(refusal()) };
    STANDARD.decode(unescape(content)).map_err(|_| refusal())
}

/// The value that plain JSON is: maps, lists, 64 bit numbers.
#[must_use]
pub fn schemaless(node: &Node) -> Data {
    match node {
        Node::Null => Data::Null,
        Node::Bool(value) => Data::Boolean(*value),
        Node::Integer(_) => Data::Integer(node.long_value()),
        // Through Java's BigDecimal, which has no negative zero.
        Node::Decimal(_) => Data::Double(node.double_value() + 0.0),
        Node::Text(content) => Data::String(unescape(content)),
        Node::Array(elements) => Data::Array(elements.iter().map(schemaless).collect()),
        Node::Object(members) => Data::Map(
            members
                .iter()
                .map(|(name, member)| (Data::String(unescape(name)), schemaless(member)))
                .collect(),
        ),
    }
}
