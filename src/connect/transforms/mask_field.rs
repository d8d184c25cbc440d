//! `MaskField`: fields blanked, or replaced by a constant.

use super::support::{field_value, map, refuse, require_map, require_struct};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Decimal, Kind, SchemaAndData, truncate_integer};

const PURPOSE: &str = "mask fields";

#[derive(Debug)]
pub(super) struct MaskField {
    target: Target,
    fields: Vec<String>,
    replacement: Option<String>,
    with_default: bool,
}

impl MaskField {
    pub(super) fn new(target: Target, options: &Options<'_>) -> MaskField {
        let replacement = options.text("replacement");
        if replacement == Some("") {
            options.invalid("replacement", "", "String must be non-empty");
        }
        MaskField {
            target,
            fields: options.required_list("fields"),
            replacement: replacement.map(str::to_owned),
            with_default: options.bool("replace.null.with.default", true),
        }
    }

    fn masked(&self, data: Data, kind: &Kind) -> Result<Data, RecordError> {
        match &self.replacement {
            _ if data.is_null() => Ok(Data::Null),
            None => blank(&data),
            Some(replacement) => replaced(&data, kind, replacement),
        }
    }
}

fn blank(data: &Data) -> Result<Data, RecordError> {
    Ok(match data {
        Data::Boolean(_) => Data::Boolean(false),
        Data::Integer(_) => Data::Integer(0),
        Data::Float(_) => Data::Float(0.0),
        Data::Double(_) => Data::Double(0.0),
        Data::String(_) => Data::String(String::new()),
        Data::Decimal(_) => Data::Decimal(Decimal::parse("0")),
        Data::Date(_) => Data::Date(0),
        Data::Array(_) => Data::Array(Vec::new()),
        Data::Map(_) => Data::Map(Vec::new()),
        Data::Null | Data::Bytes(_) | Data::Struct(_) => {
            return refuse(format!("Cannot mask value of type: class {}", data.java_class()));
        }
    })
}

fn replaced(data: &Data, kind: &Kind, replacement: &str) -> Result<Data, RecordError> {
    let not_a_number = || {
        RecordError::convert(format!(
            "Unable to convert {replacement} (class java.lang.String) to a number"
        ))
    };
    Ok(match data {
        Data::String(_) => Data::String(replacement.to_owned()),
        Data::Integer(_) => {
            let value = match replacement.parse::<i64>() {
                Ok(value) => value,
                Err(_) => whole(replacement.parse().map_err(|_| not_a_number())?),
            };
            Data::Integer(truncate_integer(kind, value))
        }
        Data::Float(_) => Data::Float(replacement.parse().map_err(|_| not_a_number())?),
        Data::Double(_) => Data::Double(replacement.parse().map_err(|_| not_a_number())?),
        Data::Decimal(_) => {
            if replacement.parse::<f64>().is_err() {
                return Err(not_a_number());
            }
            Data::Decimal(Decimal::parse(replacement))
        }
        other => {
            return refuse(format!(
                "Cannot mask value of type class {} with custom replacement.",
                other.java_class()
            ));
        }
    })
}

/// `Number.longValue`
#[allow(clippy::cast_possible_truncation, reason = "as in Java")]
fn whole(value: f64) -> i64 {
    value as i64
}

impl Transform for MaskField {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        let Some(schema) = schema else {
            let mut value = map(require_map(data, PURPOSE)?);
            for name in &self.fields {
                let old = value.data.get(name).cloned().unwrap_or(Data::Null);
                let masked = self.masked(old, &Kind::Int64)?;
                value.data.insert(Data::String(name.clone()), masked);
            }
            return Ok(Some(self.target.put(record, value)));
        };
        let old = require_struct(data, PURPOSE)?;
        let mut values = Vec::with_capacity(old.len());
        for (field, data) in schema.fields().iter().zip(old) {
            let data = field_value(field, data, self.with_default);
            let is_masked = self.fields.contains(&field.name);
            values.push(if is_masked { self.masked(data, &field.schema.kind)? } else { data });
        }
        let value = SchemaAndData { schema: Some(schema), data: Data::Struct(values) };
        Ok(Some(self.target.put(record, value)))
    }
}
