//! Avro's schemas from JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{AvroField, AvroKind, AvroSchema};
use crate::connect::schema::DataError;

/// What a named type's name stands for; `None` while the type itself is being read.
type Names = BTreeMap<String, Option<Arc<AvroSchema>>>;

fn refuse<T>(text: impl Into<String>) -> Result<T, DataError> {
    Err(DataError::new(text))
}

impl AvroSchema {
    /// Reads a schema; `references` are the schemas whose types it may name.
    ///
    /// # Errors
    /// If this is no schema, or one that contains itself.
    pub fn parse(text: &str, references: &[String]) -> Result<Arc<AvroSchema>, DataError> {
        let mut names = Names::new();
        for reference in references {
            parse_text(reference, &mut names)?;
        }
        parse_text(text, &mut names)
    }
}

fn parse_text(text: &str, names: &mut Names) -> Result<Arc<AvroSchema>, DataError> {
    // The name of a primitive type is a schema even without quotes.
    let json = serde_json::from_str(text).unwrap_or_else(|_| Json::from(text.trim()));
    parse(&json, "", names)
}

fn parse(json: &Json, enclosing: &str, names: &mut Names) -> Result<Arc<AvroSchema>, DataError> {
    match json {
        Json::String(name) => named(name, enclosing, names),
        Json::Array(branches) => {
            let branches = branches.iter().map(|branch| parse(branch, enclosing, names));
            let branches = branches.collect::<Result<Vec<_>, _>>()?;
            Ok(Arc::new(AvroKind::Union(branches).into()))
        }
        Json::Object(object) => parse_object(object, enclosing, names),
        other => refuse(format!("No type: {other}")),
    }
}

fn primitive(name: &str) -> Option<AvroKind> {
    Some(match name {
        "null" => AvroKind::Null,
        "boolean" => AvroKind::Boolean,
        "int" => AvroKind::Int,
        "long" => AvroKind::Long,
        "float" => AvroKind::Float,
        "double" => AvroKind::Double,
        "bytes" => AvroKind::Bytes,
        "string" => AvroKind::String,
        _ => return None,
    })
}

fn named(name: &str, enclosing: &str, names: &Names) -> Result<Arc<AvroSchema>, DataError> {
    if let Some(kind) = primitive(name) {
        return Ok(Arc::new(kind.into()));
    }
    match names.get(&full_name(name, enclosing)).or_else(|| names.get(name)) {
        Some(Some(schema)) => Ok(schema.clone()),
        Some(None) => refuse(format!("klamm reads no schemas that contain themselves: {name}")),
        None => refuse(format!("\"{name}\" is not a defined name.")),
    }
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}.{name}")
    }
}

fn parse_object(
    object: &Map<String, Json>,
    enclosing: &str,
    names: &mut Names,
) -> Result<Arc<AvroSchema>, DataError> {
    let type_name = match object.get("type") {
        Some(Json::String(name)) => name.as_str(),
        // `{"type": {"type": "string"}}`
        Some(inner) => return parse(inner, enclosing, names),
        None => return refuse("No type"),
    };
    let member = |key: &str| {
        let refusal = || DataError(format!("Missing {key} in {type_name}"));
        object.get(key).ok_or_else(refusal)
    };
    let (kind, known): (AvroKind, &[&str]) = match type_name {
        "array" => (AvroKind::Array(parse(member("items")?, enclosing, names)?), &["items"]),
        "map" => (AvroKind::Map(parse(member("values")?, enclosing, names)?), &["values"]),
        "record" | "error" | "enum" | "fixed" => {
            return parse_named(type_name, object, enclosing, names);
        }
        name => match primitive(name) {
            Some(kind) => (kind, &[]),
            None => return named(name, enclosing, names),
        },
    };
    Ok(Arc::new(AvroSchema { kind, properties: properties(object, known) }))
}

/// What Avro itself gives no meaning.
fn properties(object: &Map<String, Json>, known: &[&str]) -> Vec<(String, Json)> {
    object
        .iter()
        .filter(|(key, _)| *key != "type" && !known.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn text_of(object: &Map<String, Json>, key: &str) -> Option<String> {
    object.get(key).and_then(Json::as_str).map(str::to_owned)
}

fn parse_named(
    type_name: &str,
    object: &Map<String, Json>,
    enclosing: &str,
    names: &mut Names,
) -> Result<Arc<AvroSchema>, DataError> {
    let Some(name) = text_of(object, "name") else { return refuse("No name in schema") };
    let namespace = text_of(object, "namespace").unwrap_or_else(|| enclosing.to_owned());
    let name = full_name(&name, &namespace);
    let namespace = super::schema::split_name(&name).0.to_owned();
    if names.insert(name.clone(), None).is_some() {
        return refuse(format!("Can't redefine: {name}"));
    }
    let doc = text_of(object, "doc");
    let kind = match type_name {
        "enum" => {
            let Some(Json::Array(symbols)) = object.get("symbols") else {
                return refuse("Enum has no symbols");
            };
            let symbols = symbols.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            let default = text_of(object, "default");
            AvroKind::Enum { name: name.clone(), doc, symbols, default }
        }
        "fixed" => {
            let size = object.get("size").and_then(Json::as_u64);
            let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else {
                return refuse("Invalid or no size");
            };
            AvroKind::Fixed { name: name.clone(), size }
        }
        _ => {
            let fields = parse_fields(object, &namespace, names)?;
            AvroKind::Record { name: name.clone(), doc, fields }
        }
    };
    let known = ["name", "namespace", "doc", "aliases", "fields", "symbols", "size", "default"];
    let schema = Arc::new(AvroSchema { kind, properties: properties(object, &known) });
    names.insert(name, Some(schema.clone()));
    Ok(schema)
}

fn parse_fields(
    object: &Map<String, Json>,
    namespace: &str,
    names: &mut Names,
) -> Result<Vec<AvroField>, DataError> {
    let Some(Json::Array(nodes)) = object.get("fields") else {
        return refuse("Record has no fields");
    };
    let mut fields = Vec::with_capacity(nodes.len());
    for node in nodes {
        let (Some(name), Some(of_type)) =
            (node.get("name").and_then(Json::as_str), node.get("type"))
        else {
            return refuse(format!("No field name or type: {node}"));
        };
        fields.push(AvroField {
            name: name.to_owned(),
            schema: parse(of_type, namespace, names)?,
            doc: node.get("doc").and_then(Json::as_str).map(str::to_owned),
            default: node.get("default").cloned(),
        });
    }
    Ok(fields)
}
