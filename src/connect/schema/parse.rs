//! A schema as `JsonConverter` writes and reads it.

use std::sync::Arc;

use super::{DECIMAL, DataError, Field, Kind, Schema, data_of};
use crate::connect::json::{Node, unescape};

fn refuse<T>(text: impl Into<String>) -> Result<T, DataError> {
    Err(DataError::new(text))
}

impl Schema {
    /// Reads a schema; `None` for `null`, the schema of schemaless values.
    ///
    /// # Errors
    /// Connect's text if it would refuse the schema.
    pub fn parse(node: &Node) -> Result<Option<Schema>, DataError> {
        if node.is_null() {
            return Ok(None);
        }
        let Some(type_name) = text_of(node, b"type") else {
            return refuse("Schema must contain 'type' field");
        };
        let mut schema = Schema::new(kind(&type_name, node)?);
        schema.is_optional = node.get(b"optional") == Some(&Node::Bool(true));
        schema.name = text_of(node, b"name");
        schema.version = match node.get(b"version") {
            Some(node @ Node::Integer(_)) => i32::try_from(node.long_value()).ok(),
            _ => None,
        };
        schema.doc = text_of(node, b"doc");
        schema.parameters = parameters(node.get(b"parameters"))?;
        let has_scale = schema.parameter("scale").is_some_and(|scale| scale.parse::<i32>().is_ok());
        if schema.name.as_deref() == Some(DECIMAL) && schema.kind == Kind::Bytes && !has_scale {
            return refuse("Invalid Decimal schema: scale parameter not found.");
        }
        if let Some(default) = node.get(b"default").filter(|node| !node.is_null()) {
            schema.default = Some(data_of(&schema, Some(default))?);
        }
        Ok(Some(schema))
    }
}

fn text_of(node: &Node, key: &[u8]) -> Option<String> {
    match node.get(key) {
        Some(Node::Text(text)) => Some(unescape(text)),
        _ => None,
    }
}

fn kind(type_name: &str, node: &Node) -> Result<Kind, DataError> {
    Ok(match type_name {
        "boolean" => Kind::Boolean,
        "int8" => Kind::Int8,
        "int16" => Kind::Int16,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "float" => Kind::Float32,
        "double" => Kind::Float64,
        "string" => Kind::String,
        "bytes" => Kind::Bytes,
        "array" => Kind::Array(element(
            node.get(b"items"),
            "Array schema did not specify the element type",
        )?),
        "map" => Kind::Map(
            element(node.get(b"keys"), "Map schema did not specify the key type")?,
            element(node.get(b"values"), "Map schema did not specify the value type")?,
        ),
        "struct" => Kind::Struct(fields(node.get(b"fields"))?),
        other => return refuse(format!("Unknown schema type: {other}")),
    })
}

fn element(node: Option<&Node>, refusal: &str) -> Result<Arc<Schema>, DataError> {
    let Some(node) = node else { return refuse(refusal) };
    Schema::parse(node)?.map(Arc::new).ok_or_else(|| DataError::new(refusal))
}

fn fields(node: Option<&Node>) -> Result<Vec<Field>, DataError> {
    let Some(Node::Array(nodes)) = node else {
        return refuse("Struct schema's \"fields\" argument is not an array.");
    };
    let mut fields: Vec<Field> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(name) = text_of(node, b"field") else {
            return refuse("Struct schema's field name not specified properly");
        };
        if fields.iter().any(|field| field.name == name) {
            return refuse(format!("Cannot create field because of field name duplication {name}"));
        }
        let schema = element(Some(node), "Struct schema's field has no schema")?;
        fields.push(Field { name, schema });
    }
    Ok(fields)
}

fn parameters(node: Option<&Node>) -> Result<Vec<(String, String)>, DataError> {
    let Some(Node::Object(members)) = node else { return Ok(Vec::new()) };
    let mut parameters = Vec::with_capacity(members.len());
    for (key, value) in members {
        let Node::Text(value) = value else {
            return refuse("Schema parameters must have string values.");
        };
        parameters.push((unescape(key), unescape(value)));
    }
    Ok(parameters)
}
