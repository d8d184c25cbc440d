//! JSON Schema to Connect's schema (Confluent's `JsonSchemaData.toConnectSchema`).

use std::sync::Arc;

use serde_json::Value as Json;

use crate::connect::json::parse_node;
use crate::connect::schema::{DataError, Field, Kind, Schema, data_of};

/// `$ref` beyond this goes in circles.
const DEPTH_MAX: usize = 64;

pub(super) fn to_connect(text: &str, optional_for_nonrequired: bool) -> Result<Schema, DataError> {
    let root: Json = serde_json::from_str(text)
        .map_err(|error| DataError(format!("the schema is no JSON: {error}")))?;
    Translation { root: &root, optional_for_nonrequired }.schema(&root, 0)
}

struct Translation<'a> {
    root: &'a Json,
    optional_for_nonrequired: bool,
}

fn refuse<T>(text: impl Into<String>) -> Result<T, DataError> {
    Err(DataError::new(text))
}

impl Translation<'_> {
    fn schema(&self, json: &Json, depth: usize) -> Result<Schema, DataError> {
        if depth > DEPTH_MAX {
            return refuse("klamm reads no schemas that contain themselves");
        }
        if let Some(reference) = json["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|path| self.root.pointer(path));
            let Some(target) = target else {
                return refuse(format!(
                    "klamm follows no reference to another schema: {reference}"
                ));
            };
            return self.schema(target, depth + 1);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(members) = json[key].as_array() {
                return self.one_of(json, members, depth);
            }
        }
        let (type_name, is_nullable) = type_name(json)?;
        let kind = self.kind(json, type_name, depth)?;
        let schema = Schema { is_optional: is_nullable, ..Schema::new(kind) };
        with_annotations(schema, json)
    }

    /// Null and one other schema: that one, optional.
    fn one_of(&self, json: &Json, members: &[Json], depth: usize) -> Result<Schema, DataError> {
        let is_null = |member: &Json| member["type"] == "null";
        let mut others = members.iter().filter(|member| !is_null(member));
        let (Some(only), None) = (others.next(), others.next()) else {
            return refuse("klamm reads no oneOf or anyOf of several types");
        };
        let mut schema = self.schema(only, depth + 1)?;
        schema.is_optional |= members.iter().any(is_null);
        with_annotations(schema, json)
    }

    fn kind(&self, json: &Json, type_name: &str, depth: usize) -> Result<Kind, DataError> {
        let connect_type = json["connect.type"].as_str().unwrap_or_default();
        Ok(match type_name {
            "boolean" => Kind::Boolean,
            "integer" | "number" => match connect_type {
                "int8" => Kind::Int8,
                "int16" => Kind::Int16,
                "int32" => Kind::Int32,
                "int64" => Kind::Int64,
                "float32" => Kind::Float32,
                "float64" => Kind::Float64,
                "bytes" => Kind::Bytes,
                _ if type_name == "integer" => Kind::Int64,
                _ => Kind::Float64,
            },
            "string" if connect_type == "bytes" => Kind::Bytes,
            "string" => Kind::String,
            "array" if connect_type == "map" => {
                let entry = &json["items"]["properties"];
                Kind::Map(
                    Arc::new(self.schema(&entry["key"], depth + 1)?),
                    Arc::new(self.schema(&entry["value"], depth + 1)?),
                )
            }
            "array" if json["items"].is_object() => {
                Kind::Array(Arc::new(self.schema(&json["items"], depth + 1)?))
            }
            "array" => return refuse("Array schema did not specify the items type"),
            "object" if connect_type == "map" => {
                let value = self.schema(&json["additionalProperties"], depth + 1)?;
                Kind::Map(Arc::new(Schema::new(Kind::String)), Arc::new(value))
            }
            "object" => Kind::Struct(self.fields(json, depth)?),
            other => return refuse(format!("Unsupported schema type {other}")),
        })
    }

    /// By `connect.index`, then as they stand in the schema.
    fn fields(&self, json: &Json, depth: usize) -> Result<Vec<Field>, DataError> {
        let Some(properties) = json["properties"].as_object() else { return Ok(Vec::new()) };
        let mut ordered: Vec<(&String, &Json)> = properties.iter().collect();
        ordered.sort_by_key(|(_, property)| property["connect.index"].as_i64().unwrap_or(i64::MAX));
        let required = json["required"].as_array().map_or(&[][..], Vec::as_slice);
        let fields = ordered.into_iter().map(|(name, property)| {
            let mut schema = self.schema(property, depth + 1)?;
            let is_required = required.iter().any(|known| known == name.as_str());
            schema.is_optional |= self.optional_for_nonrequired && !is_required;
            Ok(Field::new(name, schema))
        });
        fields.collect()
    }
}

/// The type, and whether null is another.
fn type_name(json: &Json) -> Result<(&str, bool), DataError> {
    match &json["type"] {
        Json::String(name) => Ok((name, false)),
        Json::Array(names) => {
            let mut others = names.iter().filter_map(Json::as_str).filter(|&name| name != "null");
            let (Some(only), None) = (others.next(), others.next()) else {
                return refuse("klamm reads no schemas of several types");
            };
            Ok((only, names.iter().any(|name| name == "null")))
        }
        // Values of an enum need no type.
        _ if json["enum"].is_array() || json["const"].is_string() => Ok(("string", false)),
        _ if json["properties"].is_object() => Ok(("object", false)),
        _ => refuse("Unsupported schema type: none is given"),
    }
}

fn with_annotations(mut schema: Schema, json: &Json) -> Result<Schema, DataError> {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    schema.name = text("title").or(schema.name);
    schema.doc = text("description").or(schema.doc);
    if let Some(version) = json["connect.version"].as_i64() {
        schema.version = i32::try_from(version).ok();
    }
    for (key, value) in json["connect.parameters"].as_object().into_iter().flatten() {
        schema = schema.with_parameter(key, value.as_str().unwrap_or_default());
    }
    if let Some(default) = json.get("default").filter(|default| !default.is_null()) {
        let text = default.to_string();
        let node = parse_node(text.as_bytes()).map_err(|error| DataError(error.to_string()))?;
        schema.default = Some(data_of(&schema, node.as_ref())?);
    }
    Ok(schema)
}
