//! The order in which Java's `HashMap` goes through its entries.

use super::{Data, Kind, Schema};
use crate::connect::json::table_mask;

/// The entries of a map as Java would go through them. Without a schema integers are `Long`s.
#[must_use]
pub fn java_order<'a>(
    key_schema: impl Into<Option<&'a Schema>>,
    entries: &'a [(Data, Data)],
) -> Vec<&'a (Data, Data)> {
    let key_schema = key_schema.into();
    let mask = table_mask(entries.len());
    let mut ordered: Vec<&(Data, Data)> = entries.iter().collect();
    ordered.sort_by_cached_key(|(key, _)| java_hash(key_schema, key) & mask);
    ordered
}

/// `hashCode` of a map's key, spread as `HashMap` does.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hash bits")]
fn java_hash(schema: Option<&Schema>, key: &Data) -> u32 {
    let long_hash = |value: u64| (value ^ (value >> 32)) as u32;
    let hash = match key {
        Data::String(text) => text
            .encode_utf16()
            .fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit))),
        Data::Integer(value) => match schema.map(|schema| &schema.kind) {
            Some(Kind::Int8 | Kind::Int16 | Kind::Int32) => *value as u32,
            _ => long_hash(value.cast_unsigned()),
        },
        Data::Date(millis) => long_hash(millis.cast_unsigned()),
        Data::Boolean(true) => 1231,
        Data::Boolean(false) => 1237,
        Data::Float(value) => value.to_bits(),
        Data::Double(value) => long_hash(value.to_bits()),
        _ => 0,
    };
    hash ^ (hash >> 16)
}
