//! A schema as `JsonConverter` writes and reads it.

use super::DataError;
use crate::connect::json::{Node, unescape};

/// A Connect schema. Two schemas are the same if everything about them is, documentation included.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// What kind of value.
    pub kind: Kind,
    /// Whether the value may be null.
    pub is_optional: bool,
    /// What stands in for a value that is missing.
    pub default: Option<Node>,
    /// The schema's name, `org.apache.kafka.connect.data.Timestamp` for instance.
    pub name: Option<String>,
    /// The kind of value behind a name of Connect's own.
    pub logical: Logical,
    version: Option<i64>,
    documentation: Option<Node>,
    parameters: Option<Node>,
}

/// What kind of value.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names are Connect's; its documentation explains them")]
pub enum Kind {
    Boolean,
    Int8,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
    String,
    Bytes,
    Array(Box<Schema>),
    Map(Box<Schema>, Box<Schema>),
    Struct(Vec<Field>),
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// In the form in which Jackson writes it.
    pub name: Box<[u8]>,
    /// What it holds.
    pub schema: Schema,
}

/// Connect's logical types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Connect's; its documentation explains them")]
pub enum Logical {
    None,
    Decimal { scale: i64 },
    Date,
    Time,
    Timestamp,
}

impl Kind {
    /// Connect's name of the type: `STRUCT`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Boolean => "BOOLEAN",
            Kind::Int8 => "INT8",
            Kind::Int16 => "INT16",
            Kind::Int32 => "INT32",
            Kind::Int64 => "INT64",
            Kind::Float32 => "FLOAT32",
            Kind::Float64 => "FLOAT64",
            Kind::String => "STRING",
            Kind::Bytes => "BYTES",
            Kind::Array(_) => "ARRAY",
            Kind::Map(..) => "MAP",
            Kind::Struct(_) => "STRUCT",
        }
    }
}

fn refuse<T>(text: impl Into<String>) -> Result<T, DataError> {
    Err(DataError(text.into()))
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
        let type_name = match node.get(b"type") {
            Some(Node::Text(name)) => unescape(name),
            _ => return refuse("Schema must contain 'type' field"),
        };
        let kind = match type_name.as_str() {
            "boolean" => Kind::Boolean,
            "int8" => Kind::Int8,
            "int16" => Kind::Int16,
            "int32" => Kind::Int32,
            "int64" => Kind::Int64,
            "float" => Kind::Float32,
            "double" => Kind::Float64,
            "string" => Kind::String,
            "bytes" => Kind::Bytes,
            "array" => Kind::Array(Box::new(element(
                node.get(b"items"),
                "Array schema did not specify the element type",
            )?)),
            "map" => Kind::Map(
                Box::new(element(node.get(b"keys"), "Map schema did not specify the key type")?),
                Box::new(element(
                    node.get(b"values"),
                    "Map schema did not specify the value type",
                )?),
            ),
            "struct" => Kind::Struct(fields(node.get(b"fields"))?),
            other => return refuse(format!("Unknown schema type: {other}")),
        };
        let text_of = |key: &[u8]| match node.get(key) {
            Some(Node::Text(text)) => Some(unescape(text)),
            _ => None,
        };
        let name = text_of(b"name");
        let parameters = node.get(b"parameters").filter(|node| !node.is_null()).cloned();
        Ok(Some(Schema {
            logical: logical(&kind, name.as_deref(), parameters.as_ref())?,
            kind,
            is_optional: node.get(b"optional") == Some(&Node::Bool(true)),
            default: node.get(b"default").filter(|node| !node.is_null()).cloned(),
            name,
            version: node.get(b"version").filter(|node| !node.is_null()).map(Node::long_value),
            documentation: node.get(b"doc").filter(|node| !node.is_null()).cloned(),
            parameters,
        }))
    }
}

fn element(node: Option<&Node>, refusal: &str) -> Result<Schema, DataError> {
    let Some(node) = node else { return refuse(refusal) };
    Schema::parse(node)?.ok_or_else(|| DataError(refusal.to_owned()))
}

fn fields(node: Option<&Node>) -> Result<Vec<Field>, DataError> {
    let Some(Node::Array(nodes)) = node else {
        return refuse("Struct schema's \"fields\" argument is not an array.");
    };
    let mut fields: Vec<Field> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(Node::Text(name)) = node.get(b"field") else {
            return refuse("Struct schema's field name not specified properly");
        };
        if fields.iter().any(|field| field.name == *name) {
            let name = unescape(name);
            return refuse(format!("Cannot create field because of field name duplication {name}"));
        }
        let schema = element(Some(node), "Struct schema's field has no schema")?;
        fields.push(Field { name: name.clone(), schema });
    }
    Ok(fields)
}

fn logical(
    kind: &Kind,
    name: Option<&str>,
    parameters: Option<&Node>,
) -> Result<Logical, DataError> {
    let Some(name) = name.and_then(|name| name.strip_prefix("org.apache.kafka.connect.data."))
    else {
        return Ok(Logical::None);
    };
    match (name, kind) {
        ("Decimal", Kind::Bytes) => {
            let scale = match parameters.and_then(|parameters| parameters.get(b"scale")) {
                Some(Node::Text(scale)) => unescape(scale).parse().ok(),
                _ => None,
            };
            let Some(scale) = scale else {
                return refuse("Invalid Decimal schema: scale parameter not found.");
            };
            Ok(Logical::Decimal { scale })
        }
        ("Date", Kind::Int32) => Ok(Logical::Date),
        ("Time", Kind::Int32) => Ok(Logical::Time),
        ("Timestamp", Kind::Int64) => Ok(Logical::Timestamp),
        _ => Ok(Logical::None),
    }
}
