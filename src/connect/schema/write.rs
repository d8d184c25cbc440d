//! A value as the connector writes it as JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Data, DataError, Decimal, Kind, Logical, Schema, days_or_millis, java_order};
use crate::connect::json::{KeyOrder, escape_text, write_double, write_float, write_quoted};

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
#[derive(Debug, Clone, Copy, Default)]
pub struct ValueWriter {
    decimal_format: DecimalFormat,
    key_order: KeyOrder,
}

/// An entry of a map that is being written: key and value.
type Entry = (Vec<u8>, Vec<u8>);

impl ValueWriter {
    /// A writer with these settings.
    #[must_use]
    pub fn new(decimal_format: DecimalFormat, key_order: KeyOrder) -> ValueWriter {
        ValueWriter { decimal_format, key_order }
    }

    /// Appends a record's value.
    ///
    /// # Errors
    /// Connect's text if the value does not fit the schema; `out` then ends with an
    /// unfinished value.
    pub fn write(
        &self,
        schema: Option<&Schema>,
        data: &Data,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let is_struct = schema.is_some_and(Schema::is_struct);
        let author = if is_struct { Author::Converter } else { Author::Jackson };
        self.value(schema, data, author, out)
    }

    fn value(
        &self,
        schema: Option<&Schema>,
        data: &Data,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        match data {
            Data::Null => self.null(schema, author, out)?,
            Data::Boolean(value) => {
                out.extend_from_slice(if *value { b"true" } else { b"false" });
            }
            Data::Integer(value) => write_integer(*value, out),
            Data::Float(value) => write_float(out, *value),
            Data::Double(value) => write_double(out, *value),
            Data::String(text) => write_text(text, out),
            Data::Bytes(bytes) => write_quoted(out, STANDARD.encode(bytes).as_bytes()),
            Data::Array(values) => {
                let element = match schema.map(|schema| &schema.kind) {
                    Some(Kind::Array(element)) => Some(&**element),
                    _ => None,
                };
                out.push(b'[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    self.value(element, value, author, out)?;
                }
                out.push(b']');
            }
            Data::Map(entries) => self.map(schema, entries, author, out)?,
            Data::Struct(values) => self.structure(schema, values, out)?,
            Data::Decimal(decimal) => self.decimal(schema, decimal, author, out)?,
            Data::Date(millis) => {
                let logical = schema.map_or(Logical::None, Schema::logical);
                // To Jackson a date is a `java.util.Date`: milliseconds.
                let logical = if author == Author::Jackson { Logical::None } else { logical };
                write_integer(days_or_millis(logical, *millis), out);
            }
        }
        Ok(())
    }

    fn null(
        &self,
        schema: Option<&Schema>,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        match schema.filter(|_| author == Author::Converter) {
            Some(schema) if schema.default.as_ref().is_some_and(|default| !default.is_null()) => {
                let default = schema.default.as_ref().unwrap_or(&Data::Null);
                self.value(Some(schema), default, author, out)
            }
            Some(schema) if !schema.is_optional => Err(DataError::new(
                "Conversion error: null value for field that is required and has no default value",
            )),
            _ => {
                out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }

    fn structure(
        &self,
        schema: Option<&Schema>,
        values: &[Data],
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let fields = schema.map_or(&[][..], Schema::fields);
        out.push(b'{');
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_text(&field.name, out);
            out.push(b':');
            let value = values.get(index).unwrap_or(&Data::Null);
            self.value(Some(&field.schema), value, Author::Converter, out)?;
        }
        out.push(b'}');
        Ok(())
    }

    /// A map becomes an object if its keys are strings or Jackson writes it, else a list of pairs.
    fn map(
        &self,
        schema: Option<&Schema>,
        pairs: &[(Data, Data)],
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let (key_schema, value_schema) = match schema.map(|schema| &schema.kind) {
            Some(Kind::Map(key, value)) => (Some(&**key), Some(&**value)),
            _ => (None, None),
        };
        let ordered = match self.key_order {
            KeyOrder::JavaHashMap => java_order(key_schema, pairs),
            KeyOrder::Input => pairs.iter().collect(),
        };
        let mut entries: Vec<Entry> = Vec::with_capacity(pairs.len());
        for (key, value) in ordered {
            let (mut key_text, mut value_text) = (Vec::new(), Vec::new());
            self.value(key_schema, key, author, &mut key_text)?;
            self.value(value_schema, value, author, &mut value_text)?;
            entries.push((key_text, value_text));
        }
        let string_keys = key_schema.is_none_or(|schema| schema.kind == Kind::String);
        write_entries(&entries, string_keys || author == Author::Jackson, out);
        Ok(())
    }

    fn decimal(
        &self,
        schema: Option<&Schema>,
        decimal: &Decimal,
        author: Author,
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        if self.decimal_format == DecimalFormat::Numeric || author == Author::Jackson {
            decimal.write(out);
            return Ok(());
        }
        let unscaled = decimal.unscaled_for(schema)?;
        write_quoted(out, STANDARD.encode(unscaled).as_bytes());
        Ok(())
    }
}

fn write_integer(value: i64, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{value}");
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape_text(out, text);
    out.push(b'"');
}

fn write_entries(entries: &[Entry], as_object: bool, out: &mut Vec<u8>) {
    out.push(if as_object { b'{' } else { b'[' });
    for (index, (key, value)) in entries.iter().enumerate() {
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
