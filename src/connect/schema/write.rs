//! A payload, checked against its schema and written as the connector writes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::decimal::Decimal;
use super::envelope::write_schemaless;
use super::{DataError, Kind, Logical, Schema};
use crate::connect::json::{
    KeyOrder, Node, Transcoder, java_string_hash, table_mask, unescape, write_double, write_float,
    write_quoted,
};

/// `json.decimal.format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecimalFormat {
    /// The digits as base64 of a two's complement number.
    #[default]
    Base64,
    /// A JSON number.
    Numeric,
}

/// Who writes in Connect: values of a struct are written by its `JsonConverter`, other
/// values by plain Jackson, which knows logical types as Java objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    Converter,
    Jackson,
}

/// Writes values by their schemas.
#[derive(Debug, Default)]
pub struct ValueWriter {
    decimal_format: DecimalFormat,
    key_order: KeyOrder,
    transcoder: Transcoder,
}

const DAY_MS: i64 = 86_400_000;

impl ValueWriter {
    /// A writer with these settings.
    #[must_use]
    pub fn new(decimal_format: DecimalFormat, key_order: KeyOrder) -> ValueWriter {
        ValueWriter { decimal_format, key_order, transcoder: Transcoder::new(key_order) }
    }

    /// Appends a record's value. Returns whether there was one; null is "no value".
    ///
    /// # Errors
    /// Connect's text if the payload does not fit the schema.
    pub fn write(
        &mut self,
        schema: Option<&Schema>,
        payload: &Node,
        out: &mut Vec<u8>,
    ) -> Result<bool, DataError> {
        let Some(schema) = schema else {
            if payload.is_null() {
                return Ok(false);
            }
            write_schemaless(&mut self.transcoder, payload, out);
            return Ok(true);
        };
        let start = out.len();
        let is_struct = matches!(schema.kind, Kind::Struct(_));
        let author = if is_struct { Author::Converter } else { Author::Jackson };
        self.value(schema, Some(payload), author, out)?;
        Ok(&out[start..] != b"null")
    }

    fn value(
        &mut self,
        schema: &Schema,
        node: Option<&Node>,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let node = match node.filter(|node| !node.is_null()).or(schema.default.as_ref()) {
            Some(node) => node,
            None if schema.is_optional => {
                out.extend_from_slice(b"null");
                return Ok(());
            }
            None => {
                let kind = schema.kind.name();
                return Err(DataError(format!("Invalid null value for required {kind} field")));
            }
        };
        if schema.logical != Logical::None {
            return self.logical(schema.logical, node, author, out);
        }
        match &schema.kind {
            Kind::Boolean => {
                let value = *node == Node::Bool(true);
                out.extend_from_slice(if value { b"true" } else { b"false" });
            }
            Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Int64 => {
                let value = integer(&schema.kind, node);
                out.extend_from_slice(value.to_string().as_bytes());
            }
            Kind::Float32 => write_float(out, float(node)),
            Kind::Float64 => write_double(out, node.double_value()),
            Kind::String => match node {
                Node::Text(content) => write_quoted(out, content),
                _ if schema.is_optional => out.extend_from_slice(b"null"),
                _ => return Err(required_null(schema)),
            },
            Kind::Bytes => {
                let text = STANDARD.encode(bytes(node)?);
                write_quoted(out, text.as_bytes());
            }
            Kind::Array(element) => self.array(element, node, author, out)?,
            Kind::Map(key, value) => self.map(key, value, node, author, out)?,
            Kind::Struct(_) => self.structure(schema, node, out)?,
        }
        Ok(())
    }

    fn structure(
        &mut self,
        schema: &Schema,
        node: &Node,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let Kind::Struct(fields) = &schema.kind else {
            return Ok(());
        };
        if !matches!(node, Node::Object(_)) {
            let kind = node.kind();
            let text = format!("Structs should be encoded as JSON objects, but found {kind}");
            return Err(DataError(text));
        }
        out.push(b'{');
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_quoted(out, &field.name);
            out.push(b':');
            self.value(&field.schema, node.get(&field.name), Author::Converter, out)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn array(
        &mut self,
        element: &Schema,
        node: &Node,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let Node::Array(nodes) = node else {
            let kind = node.kind();
            let text = format!("Arrays should be encoded as JSON arrays, but found {kind}");
            return Err(DataError(text));
        };
        out.push(b'[');
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.value(element, Some(node), author, out)?;
        }
        out.push(b']');
        Ok(())
    }

    /// A map becomes an object if its keys are strings or Jackson writes it, else a list of pairs.
    fn map(
        &mut self,
        key_schema: &Schema,
        value_schema: &Schema,
        node: &Node,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let mut entries: Vec<(u32, Vec<u8>, Vec<u8>)> = Vec::new();
        let mut push = |hash: u32, key: Vec<u8>, value: Vec<u8>| match entries
            .iter_mut()
            .find(|(_, other, _)| *other == key)
        {
            Some((_, _, first)) => *first = value,
            None => entries.push((hash, key, value)),
        };
        let string_keys = key_schema.kind == Kind::String;
        match node {
            Node::Object(members) if string_keys => {
                for (name, member) in members {
                    let mut key = Vec::new();
                    write_quoted(&mut key, name);
                    let mut text = Vec::new();
                    self.value(value_schema, Some(member), author, &mut text)?;
                    push(java_string_hash(name), key, text);
                }
            }
            Node::Array(pairs) if !string_keys => {
                for pair in pairs {
                    let Node::Array(pair) = pair else {
                        return Err(bad_pair());
                    };
                    let [key, value] = &pair[..] else {
                        return Err(bad_pair());
                    };
                    let mut key_text = Vec::new();
                    self.value(key_schema, Some(key), author, &mut key_text)?;
                    let mut text = Vec::new();
                    self.value(value_schema, Some(value), author, &mut text)?;
                    push(java_integer_hash(&key_schema.kind, key), key_text, text);
                }
            }
            _ => {
                let (wanted, kind) = (if string_keys { "objects" } else { "arrays" }, node.kind());
                let text = format!("Maps should be encoded as JSON {wanted}, but found {kind}");
                return Err(DataError(text));
            }
        }
        if self.key_order == KeyOrder::JavaHashMap {
            let mask = table_mask(entries.len());
            entries.sort_by_key(|(hash, _, _)| hash & mask);
        }
        let as_object = string_keys || author == Author::Jackson;
        write_entries(&entries, as_object, out);
        Ok(())
    }

    fn logical(
        &mut self,
        logical: Logical,
        node: &Node,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        if let Logical::Decimal { scale } = logical {
            return self.decimal(scale, node, author, out);
        }
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
        let mut value = node.long_value();
        if logical == Logical::Time && !(0..=DAY_MS).contains(&value) {
            let text =
                "Time values must use number of milliseconds greater than 0 and less than 86400000";
            return Err(DataError(text.to_owned()));
        }
        // To Jackson a date is a `java.util.Date`: milliseconds.
        if logical == Logical::Date && author == Author::Jackson {
            value = value.wrapping_mul(DAY_MS);
        }
        out.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn decimal(
        &mut self,
        scale: i64,
        node: &Node,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let decimal = match node {
            Node::Integer(text) | Node::Decimal(text) => Decimal::parse(text),
            Node::Text(_) => Decimal::from_unscaled(&bytes(node)?, scale)?,
            _ => {
                return Err(DataError(format!(
                    "Invalid type for Decimal, underlying representation should be numeric or bytes but was {}",
                    node.kind()
                )));
            }
        };
        if self.decimal_format == DecimalFormat::Numeric || author == Author::Jackson {
            decimal.write(out);
            return Ok(());
        }
        if decimal.scale != scale {
            return Err(DataError(format!(
                "Decimal value has mismatching scale for given Decimal schema. Schema has scale {scale}, value has scale {}.",
                decimal.scale
            )));
        }
        write_quoted(out, STANDARD.encode(decimal.unscaled()).as_bytes());
        Ok(())
    }
}

fn write_entries(entries: &[(u32, Vec<u8>, Vec<u8>)], as_object: bool, out: &mut Vec<u8>) {
    out.push(if as_object { b'{' } else { b'[' });
    for (index, (_, key, value)) in entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if !as_object {
            out.push(b'[');
            out.extend_from_slice(key);
            out.push(b',');
            out.extend_from_slice(value);
            out.push(b']');
            continue;
        }
        // Jackson prints keys that are no strings as strings.
        let is_string = key.first() == Some(&b'"');
        if is_string {
            out.extend_from_slice(key);
        } else {
            write_quoted(out, key);
        }
        out.push(b':');
        out.extend_from_slice(value);
    }
    out.push(if as_object { b'}' } else { b']' });
}

fn bad_pair() -> DataError {
    DataError("Found invalid map entry, expected length 2 but found another".to_owned())
}

fn required_null(schema: &Schema) -> DataError {
    let kind = schema.kind.name();
    DataError(format!("Invalid value: null used for required field, schema type: {kind}"))
}

#[allow(clippy::cast_possible_truncation, reason = "Java's casts keep the low bits, too")]
fn integer(kind: &Kind, node: &Node) -> i64 {
    let value = node.long_value();
    match kind {
        Kind::Int8 => i64::from(value as i8),
        Kind::Int16 => i64::from(value as i16),
        Kind::Int32 => i64::from(value as i32),
        _ => value,
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
    let refusal = || DataError("Invalid bytes field".to_owned());
    let Node::Text(content) = node else { return Err(refusal()) };
    STANDARD.decode(unescape(content)).map_err(|_| refusal())
}

/// `Integer.hashCode`, `Long.hashCode`, spread as `HashMap` does.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hash bits")]
fn java_integer_hash(kind: &Kind, key: &Node) -> u32 {
    let value = integer(kind, key);
    let hash = match kind {
        Kind::Int64 => (value ^ (value.cast_unsigned() >> 32).cast_signed()) as u32,
        _ => value as u32,
    };
    hash ^ (hash >> 16)
}

/// The schema and value of a field at a path of nested structs. `Err` names what is missing.
///
/// # Errors
/// If no struct on the way has a field of that name.
pub fn struct_field<'a>(
    schema: &'a Schema,
    payload: &'a Node,
    path: &[String],
) -> Option<(&'a Schema, Option<&'a Node>)> {
    let mut schema = schema;
    let mut node = Some(payload);
    for name in path {
        let Kind::Struct(fields) = &schema.kind else { return None };
        let mut escaped = Vec::new();
        crate::connect::json::escape_text(&mut escaped, name);
        schema = &fields.iter().find(|field| *field.name == *escaped)?.schema;
        node = node.and_then(|node| node.get(&escaped)).filter(|node| !node.is_null());
        node = node.or(schema.default.as_ref());
    }
    Some((schema, node))
}
