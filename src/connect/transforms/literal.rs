//! Text that looks like a value becomes one (`Values.parseString`, `SimpleHeaderConverter`).

use std::sync::Arc;

use crate::connect::schema::{Data, Kind, Schema, SchemaAndData};

/// `true`, `null`, `42` and `1.5` are what they look like, with the smallest type that holds
/// them; everything else, lists and maps included, stays text.
#[must_use]
pub fn parse_literal(text: &str) -> SchemaAndData {
    let of = |kind: Kind, data| SchemaAndData { schema: Some(Arc::new(Schema::new(kind))), data };
    let trimmed = text.trim();
    if text.is_empty() {
        return of(Kind::String, Data::String(String::new()));
    }
    match trimmed.to_ascii_lowercase().as_str() {
        "null" => return SchemaAndData::NULL,
        "true" => return of(Kind::Boolean, Data::Boolean(true)),
        "false" => return of(Kind::Boolean, Data::Boolean(false)),
        _ => {}
    }
    let looks_numeric =
        trimmed.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte))
            && trimmed.bytes().any(|byte| byte.is_ascii_digit());
    if looks_numeric {
        if let Ok(number) = trimmed.parse::<i64>() {
            let kind = if i8::try_from(number).is_ok() {
                Kind::Int8
            } else if i16::try_from(number).is_ok() {
                Kind::Int16
            } else if i32::try_from(number).is_ok() {
                Kind::Int32
            } else {
                Kind::Int64
            };
            return of(kind, Data::Integer(number));
        }
        if let Ok(number) = trimmed.parse::<f64>()
            && number.is_finite()
        {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "Kafka takes a float where it is finite"
            )]
            let float = number as f32;
            return if float.is_finite() && (float != 0.0 || number == 0.0) {
                of(Kind::Float32, Data::Float(float))
            } else {
                of(Kind::Float64, Data::Double(number))
            };
        }
    }
    of(Kind::String, Data::String(text.to_owned()))
}
