//! Connect's schema to Avro's (`AvroData.fromConnectSchema`).

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::default::to_json;
use super::schema::split_name;
use super::{
    AvroField, AvroKind, AvroSchema, DECIMAL_PRECISION, DECIMAL_PRECISION_DEFAULT, DEFAULT_NAME,
    ENUM, ENUM_DEFAULT, ENUM_DOC, FIELD_DEFAULT_FLAG, FIELD_DOC, FIXED_SIZE, MAP_ENTRY, NAMESPACE,
    RECORD_DOC, UNION,
};
use crate::connect::schema::{DataError, Kind, Logical, Schema};

/// Settings of the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvroOptions {
    /// `connect.meta.data`
    pub connect_meta_data: bool,
    /// `enhanced.avro.schema.support`
    pub enhanced_avro_schema_support: bool,
    /// `allow.optional.map.keys`
    pub allow_optional_map_keys: bool,
}

impl Default for AvroOptions {
    /// The S3 connector's.
    fn default() -> AvroOptions {
        AvroOptions {
            connect_meta_data: true,
            enhanced_avro_schema_support: true,
            allow_optional_map_keys: false,
        }
    }
}

impl AvroOptions {
    /// Whether a map with such keys is a map to Avro, not a list of entries.
    pub(super) fn is_avro_map(&self, key: &Schema) -> bool {
        key.kind == Kind::String && (!key.is_optional || self.allow_optional_map_keys)
    }
}

/// The Avro schema of records with this schema.
///
/// # Errors
/// If Avro has no such schema, for instance because of a name.
pub fn from_connect(options: &AvroOptions, schema: &Schema) -> Result<Arc<AvroSchema>, DataError> {
    Translation { options, structs: Vec::new(), default_names: 0 }.translate(schema)
}

struct Translation<'a> {
    options: &'a AvroOptions,
    /// Schemas of structs that are not optional, and what they became.
    structs: Vec<(Schema, Arc<AvroSchema>)>,
    default_names: usize,
}

impl Translation<'_> {
    fn translate(&mut self, schema: &Schema) -> Result<Arc<AvroSchema>, DataError> {
        if schema.name.as_deref() == Some(UNION) && schema.is_struct() {
            return self.union(schema);
        }
        if !schema.is_optional {
            return self.required(schema);
        }
        let null = Arc::new(AvroSchema::from(AvroKind::Null));
        let required = self.required(&Schema { is_optional: false, ..schema.clone() })?;
        // A default has to be of the first branch. Structs are an exception in `AvroData`.
        let branches = if schema.default.is_some() && !schema.is_struct() {
            vec![required, null]
        } else {
            vec![null, required]
        };
        Ok(Arc::new(AvroKind::Union(branches).into()))
    }

    fn union(&mut self, schema: &Schema) -> Result<Arc<AvroSchema>, DataError> {
        let mut branches = Vec::new();
        if schema.is_optional {
            branches.push(Arc::new(AvroKind::Null.into()));
        }
        for field in schema.fields() {
            let branch = Schema { is_optional: false, ..(*field.schema).clone() };
            branches.push(self.translate(&branch)?);
        }
        Ok(Arc::new(AvroKind::Union(branches).into()))
    }

    fn required(&mut self, schema: &Schema) -> Result<Arc<AvroSchema>, DataError> {
        if let Some((_, known)) = self.structs.iter().find(|(known, _)| known == schema) {
            return Ok(known.clone());
        }
        let mut avro = AvroSchema::from(self.kind(schema)?);
        if let (Logical::Decimal { scale }, precision) = (schema.logical(), precision(schema)) {
            avro.set("scale", scale);
            avro.set("precision", precision);
        }
        if matches!(&schema.kind, Kind::Map(key, _) if !self.options.is_avro_map(key)) {
            self.mark_map_entry(schema, &mut avro);
        }
        self.add_metadata(schema, &mut avro)?;
        let avro = Arc::new(avro);
        if schema.is_struct() {
            self.structs.push((schema.clone(), avro.clone()));
        }
        Ok(avro)
    }

    fn kind(&mut self, schema: &Schema) -> Result<AvroKind, DataError> {
        Ok(match &schema.kind {
            Kind::Boolean => AvroKind::Boolean,
            Kind::Int8 | Kind::Int16 | Kind::Int32 => AvroKind::Int,
            Kind::Int64 => AvroKind::Long,
            Kind::Float32 => AvroKind::Float,
            Kind::Float64 => AvroKind::Double,
            Kind::String => match schema.parameter(ENUM) {
                Some(name) if self.options.enhanced_avro_schema_support => {
                    enumeration(schema, name)?
                }
                _ => AvroKind::String,
            },
            Kind::Bytes => match (schema.parameter(FIXED_SIZE), &schema.name) {
                (Some(size), Some(name)) => {
                    let size = size
                        .parse()
                        .map_err(|_| DataError(format!("For input string: \"{size}\"")))?;
                    AvroKind::Fixed { name: valid_full_name(name)?.to_owned(), size }
                }
                _ => AvroKind::Bytes,
            },
            Kind::Array(element) => AvroKind::Array(self.translate(element)?),
            Kind::Map(key, value) if self.options.is_avro_map(key) => {
                AvroKind::Map(self.translate(value)?)
            }
            Kind::Map(key, value) => {
                let name = match &schema.name {
                    Some(name) => valid_full_name(name)?.to_owned(),
                    None => format!("{NAMESPACE}.{MAP_ENTRY}"),
                };
                let fields = vec![self.field("key", key, None)?, self.field("value", value, None)?];
                let entry = AvroKind::Record { name, doc: None, fields };
                AvroKind::Array(Arc::new(entry.into()))
            }
            Kind::Struct(_) => self.record(schema)?,
        })
    }

    fn record(&mut self, schema: &Schema) -> Result<AvroKind, DataError> {
        let name = match &schema.name {
            Some(name) => valid_full_name(name)?.to_owned(),
            None => {
                self.default_names += 1;
                match self.default_names {
                    1 => DEFAULT_NAME.to_owned(),
                    number => format!("{DEFAULT_NAME}{number}"),
                }
            }
        };
        let mut fields = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let doc = schema.parameter(&format!("{FIELD_DOC}{}", field.name)).map(str::to_owned);
            fields.push(self.field(&field.name, &field.schema, doc)?);
        }
        let doc = schema.parameter(RECORD_DOC).map(str::to_owned);
        Ok(AvroKind::Record { name, doc, fields })
    }

    fn field(
        &mut self,
        name: &str,
        schema: &Schema,
        doc: Option<String>,
    ) -> Result<AvroField, DataError> {
        let default = match &schema.default {
            // Not of the first branch, which is null: Avro would refuse it.
            Some(_) if schema.is_optional && schema.is_struct() => None,
            Some(default) => Some(to_json(self.options, schema, default)?),
            None => schema.is_optional.then_some(Json::Null),
        };
        let avro = self.translate(schema)?;
        Ok(AvroField { name: valid_name(name)?.to_owned(), schema: avro, doc, default })
    }

    /// A named map that is a list of entries tells so by a property of the entry.
    fn mark_map_entry(&self, schema: &Schema, avro: &mut AvroSchema) {
        if let (AvroKind::Array(entry), Some(_)) = (&mut avro.kind, &schema.name) {
            Arc::make_mut(entry).set("connect.internal.type", MAP_ENTRY);
        }
    }

    fn add_metadata(&self, schema: &Schema, avro: &mut AvroSchema) -> Result<(), DataError> {
        if self.options.connect_meta_data {
            if let Some(doc) = &schema.doc {
                avro.set("connect.doc", doc.as_str());
            }
            if let Some(version) = schema.version {
                avro.set("connect.version", version);
            }
            let parameters: Map<String, Json> = schema
                .parameters
                .iter()
                .filter(|(key, _)| key != FIELD_DEFAULT_FLAG)
                .map(|(key, value)| (key.clone(), value.as_str().into()))
                .collect();
            if !parameters.is_empty() {
                avro.set("connect.parameters", Json::Object(parameters));
            }
            if let Some(default) = &schema.default
                && schema.parameter(FIELD_DEFAULT_FLAG).is_none()
            {
                avro.set("connect.default", to_json(self.options, schema, default)?);
            }
            if let Some(name) = &schema.name {
                avro.set("connect.name", name.as_str());
            }
            match schema.kind {
                Kind::Int8 => avro.set("connect.type", "int8"),
                Kind::Int16 => avro.set("connect.type", "int16"),
                _ => {}
            }
        }
        match schema.logical() {
            Logical::None => {}
            Logical::Decimal { .. } => avro.set("logicalType", "decimal"),
            Logical::Date => avro.set("logicalType", "date"),
            Logical::Time => avro.set("logicalType", "time-millis"),
            Logical::Timestamp => avro.set("logicalType", "timestamp-millis"),
        }
        for (key, value) in schema.parameters.iter().filter(|(key, _)| key.starts_with("avro")) {
            avro.set(key, value.as_str());
        }
        Ok(())
    }
}

fn precision(schema: &Schema) -> i64 {
    schema
        .parameter(DECIMAL_PRECISION)
        .and_then(|precision| precision.parse().ok())
        .unwrap_or(DECIMAL_PRECISION_DEFAULT)
}

fn enumeration(schema: &Schema, name: &str) -> Result<AvroKind, DataError> {
    let prefix = format!("{ENUM}.");
    let symbols = schema.parameters.iter().filter_map(|(key, _)| key.strip_prefix(&prefix));
    let simple_name = split_name(schema.name.as_deref().unwrap_or(DEFAULT_NAME)).1;
    let text = |key: &str| schema.parameter(&format!("{key}{simple_name}")).map(str::to_owned);
    Ok(AvroKind::Enum {
        name: valid_full_name(name)?.to_owned(),
        doc: text(ENUM_DOC),
        symbols: symbols.map(str::to_owned).collect(),
        default: text(ENUM_DEFAULT),
    })
}

/// The name if Avro takes it (`SchemaParseException` otherwise).
fn valid_name(name: &str) -> Result<&str, DataError> {
    let mut characters = name.chars();
    match characters.next() {
        None => return Err(DataError::new("Empty name")),
        Some(first) if !first.is_alphabetic() && first != '_' => {
            return Err(DataError(format!("Illegal initial character: {name}")));
        }
        Some(_) => {}
    }
    if characters.any(|character| !character.is_alphanumeric() && character != '_') {
        return Err(DataError(format!("Illegal character in: {name}")));
    }
    Ok(name)
}

fn valid_full_name(name: &str) -> Result<&str, DataError> {
    valid_name(split_name(name).1)?;
    Ok(name)
}
