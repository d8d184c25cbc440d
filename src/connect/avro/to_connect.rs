//! Avro's schema to Connect's (`AvroData.toConnectSchema`).

use std::sync::Arc;

use serde_json::Value as Json;

use super::default::from_json;
use super::from_connect::AvroOptions;
use super::schema::split_name;
use super::{
    AvroField, AvroKind, AvroSchema, DECIMAL_PRECISION, DECIMAL_PRECISION_DEFAULT, DEFAULT_NAME,
    ENUM, ENUM_DEFAULT, ENUM_DOC, FIELD_DEFAULT_FLAG, FIELD_DOC, FIXED_SIZE, MAP_ENTRY, NAMESPACE,
    RECORD_DOC, UNION,
};
use crate::connect::schema::{DataError, Field, Kind, Schema};

/// The schema of Connect that stands for a schema of Avro. `version` is the registry's.
///
/// # Errors
/// If Connect has no such schema.
pub fn to_connect(
    options: &AvroOptions,
    avro: &AvroSchema,
    version: Option<i32>,
) -> Result<Arc<Schema>, DataError> {
    let mut schema = translate(options, avro, None)?;
    if schema.version.is_none() {
        schema.version = version;
    }
    Ok(Arc::new(schema))
}

fn translate(
    options: &AvroOptions,
    avro: &AvroSchema,
    field_default: Option<&Json>,
) -> Result<Schema, DataError> {
    // Null and one other type: the other, optional. What the branches say about defaults
    // counts, not what the field says, unless it is the first that is not null.
    if let AvroKind::Union(branches) = &avro.kind {
        if let [one, other] = &branches[..]
            && let Some(branch) = match (one.is_null(), other.is_null()) {
                (true, false) => Some(other),
                (false, true) => Some(one),
                _ => None,
            }
        {
            let mut schema = translate(options, branch, None)?;
            schema.is_optional = true;
            return Ok(schema);
        }
        return union(options, avro);
    }
    let mut schema = plain(options, avro)?;
    if options.connect_meta_data {
        schema.doc = avro.text_property("connect.doc").map(str::to_owned);
    }
    if let Some(version) = avro.property("connect.version").and_then(Json::as_i64) {
        schema.version = i32::try_from(version).ok();
    }
    if let (true, Some(Json::Object(parameters))) =
        (options.connect_meta_data, avro.property("connect.parameters"))
    {
        for (key, value) in parameters {
            let Json::String(value) = value else {
                return Err(DataError(format!(
                    "Expected schema parameter values to be strings but found: {value}"
                )));
            };
            schema = schema.with_parameter(key, value);
        }
    }
    for (key, value) in avro.properties.iter().filter(|(key, _)| key.starts_with("avro")) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        schema = schema.with_parameter(key, text);
    }
    let connect_default = avro.property("connect.default");
    if let Some(field_default) = field_default {
        if options.connect_meta_data && connect_default.is_none() {
            schema = schema.with_parameter(FIELD_DEFAULT_FLAG, "true");
        }
        schema.default = from_json(avro, &schema, field_default);
    } else if let Some(connect_default) = connect_default {
        schema.default = from_json(avro, &schema, connect_default);
    }
    // A logical type keeps its name. `AvroData` throws where a fixed decimal has one of its own.
    let name = avro.text_property("connect.name").or_else(|| avro.name());
    if let (None, Some(name)) = (&schema.name, name.filter(|name| !name.starts_with(DEFAULT_NAME)))
    {
        schema.name = Some(name.to_owned());
    }
    Ok(schema)
}

/// The schema without what properties add to it.
fn plain(options: &AvroOptions, avro: &AvroSchema) -> Result<Schema, DataError> {
    let logical = avro.text_property("logicalType").unwrap_or_default();
    let is = |name: &str| logical.eq_ignore_ascii_case(name);
    Ok(match &avro.kind {
        AvroKind::Boolean => Schema::new(Kind::Boolean),
        AvroKind::Int if is("date") => Schema::date(),
        AvroKind::Int if is("time-millis") => Schema::time(),
        AvroKind::Int => Schema::new(match avro.text_property("connect.type") {
            Some("int8") if logical.is_empty() => Kind::Int8,
            Some("int16") if logical.is_empty() => Kind::Int16,
            _ => Kind::Int32,
        }),
        AvroKind::Long if is("timestamp-millis") => Schema::timestamp(),
        AvroKind::Long => Schema::new(Kind::Int64),
        AvroKind::Float => Schema::new(Kind::Float32),
        AvroKind::Double => Schema::new(Kind::Float64),
        AvroKind::String => Schema::new(Kind::String),
        AvroKind::Bytes | AvroKind::Fixed { .. } => bytes(avro, is("decimal")),
        AvroKind::Array(items) => array(options, items)?,
        AvroKind::Map(values) => {
            let key = Arc::new(Schema::new(Kind::String));
            Schema::new(Kind::Map(key, Arc::new(translate(options, values, None)?)))
        }
        AvroKind::Record { doc, fields, .. } => record(options, doc.as_deref(), fields)?,
        AvroKind::Enum { name, doc, symbols, default } => {
            let simple_name = split_name(name).1;
            let mut schema = Schema::new(Kind::String);
            if options.connect_meta_data {
                if let Some(doc) = doc {
                    schema = schema.with_parameter(format!("{ENUM_DOC}{simple_name}"), doc);
                }
                if let Some(default) = default {
                    schema = schema.with_parameter(format!("{ENUM_DEFAULT}{simple_name}"), default);
                }
            }
            schema = schema.with_parameter(ENUM, name);
            for symbol in symbols {
                schema = schema.with_parameter(format!("{ENUM}.{symbol}"), symbol);
            }
            schema
        }
        AvroKind::Null => {
            return Err(DataError::new(
                "Standalone null schemas are not supported by this converter",
            ));
        }
        AvroKind::Union(_) => union(options, avro)?,
    })
}

fn bytes(avro: &AvroSchema, is_decimal: bool) -> Schema {
    let mut schema = Schema::new(Kind::Bytes);
    if is_decimal {
        let scale = avro.property("scale").and_then(Json::as_i64).unwrap_or(0);
        schema = Schema::decimal(i32::try_from(scale).unwrap_or(0));
        let precision = avro.property("precision").and_then(Json::as_i64);
        if let Some(precision) = precision.filter(|&given| given != DECIMAL_PRECISION_DEFAULT) {
            schema = schema.with_parameter(DECIMAL_PRECISION, precision.to_string());
        }
    }
    if let AvroKind::Fixed { size, .. } = &avro.kind {
        schema = schema.with_parameter(FIXED_SIZE, size.to_string());
    }
    schema
}

fn array(options: &AvroOptions, items: &AvroSchema) -> Result<Schema, DataError> {
    let is_entry = items.name() == Some(&format!("{NAMESPACE}.{MAP_ENTRY}"))
        || items.text_property("connect.internal.type") == Some(MAP_ENTRY);
    if let (true, AvroKind::Record { fields, .. }) = (is_entry, &items.kind) {
        let find = |name: &str| fields.iter().find(|field| field.name == name);
        let (Some(key), Some(value), 2) = (find("key"), find("value"), fields.len()) else {
            return Err(DataError::new(
                "Found map encoded as array of key-value pairs, but array elements do not match \
                 the expected format.",
            ));
        };
        let key = translate(options, &key.schema, None)?;
        let value = translate(options, &value.schema, None)?;
        return Ok(Schema::new(Kind::Map(Arc::new(key), Arc::new(value))));
    }
    Ok(Schema::new(Kind::Array(Arc::new(translate(options, items, None)?))))
}

fn record(
    options: &AvroOptions,
    doc: Option<&str>,
    avro_fields: &[AvroField],
) -> Result<Schema, DataError> {
    let mut schema = Schema::new(Kind::Struct(Vec::new()));
    if let Some(doc) = doc.filter(|_| options.connect_meta_data) {
        schema = schema.with_parameter(RECORD_DOC, doc);
    }
    let mut fields: Vec<Field> = Vec::with_capacity(avro_fields.len());
    for field in avro_fields {
        if let Some(doc) = field.doc.as_ref().filter(|_| options.connect_meta_data) {
            schema = schema.with_parameter(format!("{FIELD_DOC}{}", field.name), doc);
        }
        let default = field.default.as_ref().filter(|default| !default.is_null());
        fields.push(Field::new(&field.name, translate(options, &field.schema, default)?));
    }
    schema.kind = Kind::Struct(fields);
    Ok(schema)
}

/// A struct with a field for each branch of which one is set.
fn union(options: &AvroOptions, avro: &AvroSchema) -> Result<Schema, DataError> {
    let mut fields: Vec<Field> = Vec::new();
    for (_, branch) in avro.branches() {
        let name = match branch.name() {
            Some(name) if options.enhanced_avro_schema_support => name,
            Some(name) => split_name(name).1,
            None => branch.type_name(),
        };
        if fields.iter().any(|field| field.name == name) {
            return Err(DataError::new(
                "Multiple union schemas map to the Connect union field name",
            ));
        }
        fields.push(Field::new(name, translate(options, branch, None)?.optional()));
    }
    let mut schema = Schema::new(Kind::Struct(fields)).named(UNION);
    if let AvroKind::Union(branches) = &avro.kind {
        schema.is_optional = branches.iter().any(|branch| branch.is_null());
    }
    Ok(schema)
}
