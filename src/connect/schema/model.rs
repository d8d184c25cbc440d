//! Schemas (`org.apache.kafka.connect.data.Schema`).

use std::sync::Arc;

use super::Data;

/// The name of Connect's `Decimal`.
pub const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
/// The name of Connect's `Date`.
pub const DATE: &str = "org.apache.kafka.connect.data.Date";
/// The name of Connect's `Time`.
pub const TIME: &str = "org.apache.kafka.connect.data.Time";
/// The name of Connect's `Timestamp`.
pub const TIMESTAMP: &str = "org.apache.kafka.connect.data.Timestamp";

/// A schema. Two are the same if everything about them is, documentation included.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// What kind of value.
    pub kind: Kind,
    /// Whether the value may be null.
    pub is_optional: bool,
    /// What stands in for a value that is missing.
    pub default: Option<Data>,
    /// The schema's name; [`TIMESTAMP`] and its like make a value a logical one.
    pub name: Option<String>,
    /// `version`
    pub version: Option<i32>,
    /// `doc`
    pub doc: Option<String>,
    /// `parameters`, in the order in which they were added.
    pub parameters: Vec<(String, String)>,
}

/// What kind of value (`Schema.Type`).
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
    Array(Arc<Schema>),
    Map(Arc<Schema>, Arc<Schema>),
    Struct(Vec<Field>),
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub schema: Arc<Schema>,
}

/// Connect's logical types: what a name of its own makes of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Connect's; its documentation explains them")]
pub enum Logical {
    None,
    Decimal { scale: i32 },
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

    /// Whether this is a whole number.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(self, Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Int64)
    }
}

impl Schema {
    /// A required schema of this kind with nothing else to it.
    #[must_use]
    pub fn new(kind: Kind) -> Schema {
        Schema {
            kind,
            is_optional: false,
            default: None,
            name: None,
            version: None,
            doc: None,
            parameters: Vec::new(),
        }
    }

    /// `Decimal.schema(scale)`
    #[must_use]
    pub fn decimal(scale: i32) -> Schema {
        let schema = Schema { version: Some(1), ..Schema::new(Kind::Bytes).named(DECIMAL) };
        schema.with_parameter("scale", scale.to_string())
    }

    /// `Date.SCHEMA`
    #[must_use]
    pub fn date() -> Schema {
        Schema { version: Some(1), ..Schema::new(Kind::Int32).named(DATE) }
    }

    /// `Time.SCHEMA`
    #[must_use]
    pub fn time() -> Schema {
        Schema { version: Some(1), ..Schema::new(Kind::Int32).named(TIME) }
    }

    /// `Timestamp.SCHEMA`
    #[must_use]
    pub fn timestamp() -> Schema {
        Schema { version: Some(1), ..Schema::new(Kind::Int64).named(TIMESTAMP) }
    }

    /// The same, and null is allowed.
    #[must_use]
    pub fn optional(mut self) -> Schema {
        self.is_optional = true;
        self
    }

    /// The same under this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Schema {
        self.name = Some(name.into());
        self
    }

    /// The same with one more parameter; one of that name is replaced.
    #[must_use]
    pub fn with_parameter(mut self, key: impl Into<String>, value: impl Into<String>) -> Schema {
        let (key, value) = (key.into(), value.into());
        match self.parameters.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.parameters.push((key, value)),
        }
        self
    }

    /// The parameter of this name.
    #[must_use]
    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The fields of a struct; none of anything else.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Struct(fields) => fields,
            _ => &[],
        }
    }

    /// The place and the schema of a field of a struct.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields().iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// Whether this is a struct.
    #[must_use]
    pub fn is_struct(&self) -> bool {
        matches!(self.kind, Kind::Struct(_))
    }

    /// What the name makes of the kind.
    #[must_use]
    pub fn logical(&self) -> Logical {
        let Some(name) = self.name.as_deref() else { return Logical::None };
        match (name, &self.kind) {
            (DECIMAL, Kind::Bytes) => {
                let scale = self.parameter("scale").and_then(|scale| scale.parse().ok());
                Logical::Decimal { scale: scale.unwrap_or(0) }
            }
            (DATE, Kind::Int32) => Logical::Date,
            (TIME, Kind::Int32) => Logical::Time,
            (TIMESTAMP, Kind::Int64) => Logical::Timestamp,
            _ => Logical::None,
        }
    }
}

impl Field {
    /// A field.
    #[must_use]
    pub fn new(name: impl Into<String>, schema: impl Into<Arc<Schema>>) -> Field {
        Field { name: name.into(), schema: schema.into() }
    }
}
