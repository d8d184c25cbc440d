//! Avro's schemas.

use std::sync::Arc;

use serde_json::Value as Json;

/// A schema with its properties.
#[derive(Debug, Clone, PartialEq)]
pub struct AvroSchema {
    /// What kind of value.
    pub kind: AvroKind,
    /// Properties that Avro itself gives no meaning, and `logicalType`; in their order.
    pub properties: Vec<(String, Json)>,
}

/// What kind of value.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names are Avro's; its specification explains them")]
pub enum AvroKind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(Arc<AvroSchema>),
    Map(Arc<AvroSchema>),
    Union(Vec<Arc<AvroSchema>>),
    /// Names are full names: with their namespace.
    Record {
        name: String,
        doc: Option<String>,
        fields: Vec<AvroField>,
    },
    Enum {
        name: String,
        doc: Option<String>,
        symbols: Vec<String>,
        default: Option<String>,
    },
    Fixed {
        name: String,
        size: usize,
    },
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct AvroField {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub schema: Arc<AvroSchema>,
    /// `doc`
    pub doc: Option<String>,
    /// `default`; `Some(Json::Null)` is the default null.
    pub default: Option<Json>,
}

impl From<AvroKind> for AvroSchema {
    fn from(kind: AvroKind) -> AvroSchema {
        AvroSchema { kind, properties: Vec::new() }
    }
}

impl AvroSchema {
    /// The property of this name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Json> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The text of the property of this name.
    #[must_use]
    pub fn text_property(&self, name: &str) -> Option<&str> {
        self.property(name).and_then(Json::as_str)
    }

    /// Sets a property; one that is there keeps its place.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Json>) {
        let value = value.into();
        match self.properties.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.properties.push((name.to_owned(), value)),
        }
    }

    /// The full name of a named type.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            AvroKind::Record { name, .. }
            | AvroKind::Enum { name, .. }
            | AvroKind::Fixed { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Avro's name of the type: `record`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            AvroKind::Null => "null",
            AvroKind::Boolean => "boolean",
            AvroKind::Int => "int",
            AvroKind::Long => "long",
            AvroKind::Float => "float",
            AvroKind::Double => "double",
            AvroKind::Bytes => "bytes",
            AvroKind::String => "string",
            AvroKind::Array(_) => "array",
            AvroKind::Map(_) => "map",
            AvroKind::Union(_) => "union",
            AvroKind::Record { .. } => "record",
            AvroKind::Enum { .. } => "enum",
            AvroKind::Fixed { .. } => "fixed",
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind == AvroKind::Null
    }

    /// The branches of a union that are not null.
    pub fn branches(&self) -> impl Iterator<Item = (usize, &Arc<AvroSchema>)> {
        let branches = match &self.kind {
            AvroKind::Union(branches) => &branches[..],
            _ => &[],
        };
        branches.iter().enumerate().filter(|(_, branch)| !branch.is_null())
    }
}

/// Namespace and name of a full name; the namespace may be empty.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}
