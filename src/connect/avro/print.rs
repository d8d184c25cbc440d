//! A schema as Avro for Java prints it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::schema::split_name;
use super::{AvroField, AvroKind, AvroSchema};
use crate::connect::schema::DataError;

/// Named types that were printed already: the second time the name is enough.
type Known<'a> = BTreeMap<&'a str, &'a AvroSchema>;

impl AvroSchema {
    /// The schema as JSON.
    ///
    /// # Errors
    /// If two different types have one name.
    pub fn print(&self) -> Result<String, DataError> {
        Ok(print(self, "", &mut Known::new())?.to_string())
    }
}

fn print<'a>(
    schema: &'a AvroSchema,
    enclosing: &str,
    known: &mut Known<'a>,
) -> Result<Json, DataError> {
    if let AvroKind::Union(branches) = &schema.kind {
        let branches = branches.iter().map(|branch| print(branch, enclosing, known));
        return Ok(Json::Array(branches.collect::<Result<_, _>>()?));
    }
    let Some(full_name) = schema.name() else { return print_unnamed(schema, enclosing, known) };
    let (namespace, name) = split_name(full_name);
    if let Some(other) = known.get(full_name) {
        if *other != schema {
            return Err(DataError(format!("Can't redefine: {full_name}")));
        }
        let is_near = namespace == enclosing;
        return Ok(Json::from(if is_near { name } else { full_name }));
    }
    known.insert(full_name, schema);
    let mut object = Map::new();
    object.insert("type".to_owned(), schema.type_name().into());
    object.insert("name".to_owned(), name.into());
    if namespace != enclosing {
        object.insert("namespace".to_owned(), namespace.into());
    }
    match &schema.kind {
        AvroKind::Record { doc, fields, .. } => {
            insert_doc(&mut object, doc.as_ref());
            let fields = fields.iter().map(|field| print_field(field, namespace, known));
            object.insert("fields".to_owned(), fields.collect::<Result<Vec<_>, _>>()?.into());
        }
        AvroKind::Enum { doc, symbols, default, .. } => {
            insert_doc(&mut object, doc.as_ref());
            object.insert("symbols".to_owned(), json!(symbols));
            if let Some(default) = default {
                object.insert("default".to_owned(), default.as_str().into());
            }
        }
        AvroKind::Fixed { size, .. } => {
            object.insert("size".to_owned(), (*size).into());
        }
        _ => {}
    }
    object.extend(schema.properties.iter().cloned());
    Ok(Json::Object(object))
}

fn print_unnamed<'a>(
    schema: &'a AvroSchema,
    enclosing: &str,
    known: &mut Known<'a>,
) -> Result<Json, DataError> {
    let mut object = Map::new();
    object.insert("type".to_owned(), schema.type_name().into());
    match &schema.kind {
        AvroKind::Array(items) => {
            object.insert("items".to_owned(), print(items, enclosing, known)?);
        }
        AvroKind::Map(values) => {
            object.insert("values".to_owned(), print(values, enclosing, known)?);
        }
        _ if schema.properties.is_empty() => return Ok(schema.type_name().into()),
        _ => {}
    }
    object.extend(schema.properties.iter().cloned());
    Ok(Json::Object(object))
}

fn print_field<'a>(
    field: &'a AvroField,
    enclosing: &str,
    known: &mut Known<'a>,
) -> Result<Json, DataError> {
    let mut object = Map::new();
    object.insert("name".to_owned(), field.name.as_str().into());
    object.insert("type".to_owned(), print(&field.schema, enclosing, known)?);
    insert_doc(&mut object, field.doc.as_ref());
    if let Some(default) = &field.default {
        object.insert("default".to_owned(), default.clone());
    }
    Ok(Json::Object(object))
}

fn insert_doc(object: &mut Map<String, Json>, doc: Option<&String>) {
    if let Some(doc) = doc {
        object.insert("doc".to_owned(), doc.as_str().into());
    }
}
