//! `Cast`: fields, or the whole key or value, as another type.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::simple_date::connect_text;
use super::support::{
    SchemaCache, copy_basics, field_value, map, refuse, require_map, require_struct,
};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::json::{write_double, write_float};
use crate::connect::schema::{Data, Field, Kind, Logical, Schema, SchemaAndData};

const PURPOSE: &str = "cast types";
const OUTPUTS: &str = "[INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING]";
const INPUTS: &str = "[INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]";
const DAY_MS: i64 = 86_400_000;

#[derive(Debug)]
pub(super) struct Cast {
    target: Target,
    fields: Vec<(String, Kind)>,
    whole: Option<Kind>,
    with_default: bool,
    schemas: SchemaCache,
}

impl Cast {
    pub(super) fn new(target: Target, options: &Options<'_>) -> Cast {
        let spec = options.required_list("spec");
        let mut cast = Cast {
            target,
            fields: Vec::new(),
            whole: None,
            with_default: options.bool("replace.null.with.default", true),
            schemas: SchemaCache::default(),
        };
        let shown = format!("[{}]", spec.join(", "));
        for mapping in &spec {
            let parts: Vec<&str> = mapping.split(':').collect();
            let (field, kind) = match parts[..] {
                [kind] => (None, kind),
                [field, kind] => (Some(field.trim()), kind),
                _ => {
                    options.invalid("spec", &shown, &format!("Invalid rename mapping: {mapping}"));
                    continue;
                }
            };
            match (kind_of(kind), field) {
                (Ok(kind), Some(field)) => cast.fields.push((field.to_owned(), kind)),
                (Ok(kind), None) => cast.whole = Some(kind),
                (Err(refusal), _) => options.refuse("spec", refusal),
            }
        }
        if cast.whole.is_some() && spec.len() > 1 {
            options.refuse("spec", "Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec");
        }
        cast
    }

    fn kind_for(&self, field: &str) -> Option<&Kind> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, kind)| kind)
    }

    fn schema(&self, schema: &Schema) -> Result<Schema, RecordError> {
        let kind = match &self.whole {
            Some(kind) => kind.clone(),
            None => {
                let mut fields = Vec::with_capacity(schema.fields().len());
                for field in schema.fields() {
                    let Some(kind) = self.kind_for(&field.name) else {
                        fields.push(field.clone());
                        continue;
                    };
                    let mut schema = Schema::new(kind.clone());
                    schema.is_optional = field.schema.is_optional;
                    if let Some(default) = &field.schema.default {
                        schema.default = Some(cast(Some(&field.schema), default.clone(), kind)?);
                    }
                    fields.push(Field::new(field.name.clone(), schema));
                }
                Kind::Struct(fields)
            }
        };
        let mut changed = copy_basics(schema, kind);
        changed.is_optional = schema.is_optional;
        changed.default = match (&schema.default, &self.whole) {
            (Some(default), Some(kind)) => Some(cast(Some(schema), default.clone(), kind)?),
            _ => None,
        };
        Ok(changed)
    }
}

fn kind_of(text: &str) -> Result<Kind, String> {
    let name = text.trim().to_ascii_uppercase();
    Ok(match name.as_str() {
        "INT8" => Kind::Int8,
        "INT16" => Kind::Int16,
        "INT32" => Kind::Int32,
        "INT64" => Kind::Int64,
        "FLOAT32" => Kind::Float32,
        "FLOAT64" => Kind::Float64,
        "BOOLEAN" => Kind::Boolean,
        "STRING" => Kind::String,
        "BYTES" | "ARRAY" | "MAP" | "STRUCT" => {
            return Err(format!(
                "Cast transformation does not support casting to {name}; supported types are {OUTPUTS}"
            ));
        }
        _ => {
            return Err(format!(
                "Invalid value java.lang.IllegalArgumentException: No enum constant \
                 org.apache.kafka.connect.data.Schema.Type.{name} for configuration Invalid type \
                 found in casting spec: {}",
                text.trim()
            ));
        }
    })
}

impl Transform for Cast {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        if data.is_null() {
            return Ok(Some(record));
        }
        let value = match (schema, &self.whole) {
            (None, Some(kind)) => SchemaAndData { schema: None, data: cast(None, data, kind)? },
            (None, None) => {
                let mut value = map(require_map(data, PURPOSE)?);
                for (name, kind) in &self.fields {
                    let old = value.data.get(name).cloned().unwrap_or(Data::Null);
                    value.data.insert(Data::String(name.clone()), cast(None, old, kind)?);
                }
                value
            }
            (Some(schema), whole) => {
                let changed = self.schemas.get(&schema, |schema| self.schema(schema))?;
                let data = match whole {
                    Some(kind) => cast(Some(&schema), data, kind)?,
                    None => self.structure(&schema, data)?,
                };
                SchemaAndData { schema: Some(changed), data }
            }
        };
        Ok(Some(self.target.put(record, value)))
    }
}

impl Cast {
    fn structure(&self, schema: &Schema, data: Data) -> Result<Data, RecordError> {
        let old = require_struct(data, PURPOSE)?;
        let mut values = Vec::with_capacity(old.len());
        for (field, data) in schema.fields().iter().zip(old) {
            let data = field_value(field, data, self.with_default);
            values.push(match self.kind_for(&field.name) {
                Some(kind) => cast(Some(&field.schema), data, kind)?,
                None => data,
            });
        }
        Ok(Data::Struct(values))
    }
}

fn cast(schema: Option<&Schema>, data: Data, kind: &Kind) -> Result<Data, RecordError> {
    if data.is_null() {
        return Ok(Data::Null);
    }
    let input = schema.map_or_else(|| kind_name(&data), |schema| schema.kind.name());
    if matches!(input, "ARRAY" | "MAP" | "STRUCT") {
        return refuse(format!(
            "Cast transformation does not support casting from {input}; supported types are {INPUTS}"
        ));
    }
    if *kind == Kind::String {
        return Ok(Data::String(text(&data)));
    }
    // A date is cast as the number that stands for it.
    let data = match (&data, schema.map(Schema::logical)) {
        (Data::Date(ms), Some(Logical::Date)) => Data::Integer(ms.div_euclid(DAY_MS)),
        (Data::Date(ms), Some(_)) => Data::Integer(*ms),
        _ => data,
    };
    number(&data, kind)
}

fn kind_name(data: &Data) -> &'static str {
    match data {
        Data::Array(_) => "ARRAY",
        Data::Map(_) => "MAP",
        Data::Struct(_) => "STRUCT",
        _ => "STRING",
    }
}

fn number(data: &Data, kind: &Kind) -> Result<Data, RecordError> {
    let out_of_range = || {
        let value = text(data);
        RecordError::convert(format!("Value ({value}) was out of range for requested data type"))
    };
    let unexpected = || {
        let class = data.java_class();
        RecordError::convert(format!("Unexpected type in Cast transformation: class {class}"))
    };
    Ok(match kind {
        Kind::Boolean => Data::Boolean(match data {
            Data::Boolean(value) => *value,
            Data::String(value) => value.eq_ignore_ascii_case("true"),
            _ => integer(data, &Kind::Int64).ok_or_else(unexpected)? != 0,
        }),
        Kind::Float32 | Kind::Float64 => {
            let value = match data {
                Data::String(value) => value.trim().parse().map_err(|_| out_of_range())?,
                _ => double(data).ok_or_else(unexpected)?,
            };
            #[allow(clippy::cast_possible_truncation, reason = "the nearest float, as in Java")]
            if *kind == Kind::Float32 { Data::Float(value as f32) } else { Data::Double(value) }
        }
        _ => Data::Integer(match data {
            Data::String(value) => {
                let value: i64 = value.parse().map_err(|_| out_of_range())?;
                if crate::connect::schema::truncate_integer(kind, value) != value {
                    return Err(out_of_range());
                }
                value
            }
            _ => integer(data, kind).ok_or_else(unexpected)?,
        }),
    })
}

/// `Number.byteValue` and its like: floats are cut to 32 bits first for what is narrower.
#[allow(clippy::cast_possible_truncation, reason = "Java's casts")]
fn integer(data: &Data, kind: &Kind) -> Option<i64> {
    let of_float = |value: f64| match kind {
        Kind::Int64 => value as i64,
        _ => i64::from(value as i32),
    };
    let value = match data {
        Data::Boolean(value) => i64::from(*value),
        Data::Integer(value) => *value,
        Data::Float(value) => of_float(f64::from(*value)),
        Data::Double(value) => of_float(*value),
        Data::Decimal(_) => {
            let text = text(data);
            let whole = text.split('.').next().unwrap_or_default();
            whole
                .parse::<i128>()
                .map_or_else(|_| of_float(double(data).unwrap_or(0.0)), |value| value as i64)
        }
        _ => return None,
    };
    Some(crate::connect::schema::truncate_integer(kind, value))
}

#[allow(clippy::cast_precision_loss, reason = "the nearest double, as in Java")]
fn double(data: &Data) -> Option<f64> {
    Some(match data {
        Data::Boolean(value) => f64::from(u8::from(*value)),
        Data::Integer(value) => *value as f64,
        Data::Float(value) => f64::from(*value),
        Data::Double(value) => *value,
        Data::Decimal(_) => text(data).parse().unwrap_or(f64::NAN),
        _ => return None,
    })
}

/// A scalar value as `Cast` prints it.
pub fn text(data: &Data) -> String {
    let mut out = Vec::new();
    match data {
        Data::Boolean(value) => return value.to_string(),
        Data::Integer(value) => return value.to_string(),
        Data::String(value) => return value.clone(),
        Data::Bytes(bytes) => return STANDARD.encode(bytes),
        Data::Date(ms) => return connect_text(*ms),
        Data::Float(value) => write_float(&mut out, *value),
        Data::Double(value) => write_double(&mut out, *value),
        Data::Decimal(decimal) => decimal.write(&mut out),
        Data::Null | Data::Array(_) | Data::Map(_) | Data::Struct(_) => {}
    }
    String::from_utf8_lossy(&out).trim_matches('"').to_owned()
}
