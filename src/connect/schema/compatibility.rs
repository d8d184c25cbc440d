//! Schemas that change: `schema.compatibility` (the connector's `StorageSchemaCompatibility`
//! and Connect's `SchemaProjector`).

use std::sync::Arc;

use super::{Data, DataError, Kind, Schema};

/// `schema.compatibility`: what happens to a record whose schema is not that of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compatibility {
    /// It begins a new file.
    #[default]
    None,
    /// Newer versions begin a new file, older ones are projected to the file's. Also `FULL`.
    Backward,
    /// Older versions begin a new file, newer ones are projected to the file's.
    Forward,
}

impl Compatibility {
    /// The mode of this name; any other text is `NONE`, as in the connector.
    #[must_use]
    pub fn of_name(name: &str) -> Compatibility {
        match name {
            "BACKWARD" | "FULL" => Compatibility::Backward,
            "FORWARD" => Compatibility::Forward,
            _ => Compatibility::None,
        }
    }

    /// Whether a record needs another file than one with this schema.
    ///
    /// # Errors
    /// If schemas have no version and the mode wants one.
    pub fn needs_new_file(
        self,
        file: Option<&Arc<Schema>>,
        record: Option<&Arc<Schema>>,
    ) -> Result<bool, DataError> {
        let (file, record) = match (file, record) {
            (None, None) => return Ok(false),
            (Some(file), Some(record)) if Arc::ptr_eq(file, record) => return Ok(false),
            (Some(file), Some(record)) => (file, record),
            // With a schema and without: never in one file.
            _ => return Ok(true),
        };
        if self == Compatibility::None || file == record {
            return Ok(file != record);
        }
        let (Some(file_version), Some(record_version)) = (file.version, record.version) else {
            let mode = if self == Compatibility::Forward { "FORWARD" } else { "BACKWARD" };
            return Err(DataError(format!("Schema version required for {mode} compatibility")));
        };
        let is_beyond = match self {
            Compatibility::Forward => record_version < file_version,
            _ => record_version > file_version,
        };
        Ok(is_beyond || check(record, file).is_err())
    }
}

/// Whether values of `source` can be projected to `target`.
fn check(source: &Schema, target: &Schema) -> Result<(), DataError> {
    check_pair(source, target)?;
    if source.is_optional && !target.is_optional && target.default.is_none() {
        return Err(no_default());
    }
    match (&source.kind, &target.kind) {
        (Kind::Array(one), Kind::Array(other)) => check(one, other),
        (Kind::Map(key, value), Kind::Map(other_key, other_value)) => {
            check(key, other_key)?;
            check(value, other_value)
        }
        (Kind::Struct(_), Kind::Struct(fields)) => {
            fields.iter().try_for_each(|field| match source.field(&field.name) {
                Some((_, known)) => check(&known.schema, &field.schema),
                None if field.schema.is_optional || field.schema.default.is_some() => Ok(()),
                None => Err(missing(&field.name)),
            })
        }
        _ => Ok(()),
    }
}

fn no_default() -> DataError {
    DataError::new(
        "Writer schema is optional, however, target schema does not provide a default value.",
    )
}

fn missing(field: &str) -> DataError {
    DataError(format!("Required field `{field}` is missing from source schema"))
}

/// Type, name and parameters.
fn check_pair(source: &Schema, target: &Schema) -> Result<(), DataError> {
    let rank = |kind: &Kind| match kind {
        Kind::Int8 => Some(0),
        Kind::Int16 => Some(1),
        Kind::Int32 => Some(2),
        Kind::Int64 => Some(3),
        Kind::Float32 => Some(4),
        Kind::Float64 => Some(5),
        _ => None,
    };
    let is_promotable = match (rank(&source.kind), rank(&target.kind)) {
        (Some(one), Some(other)) => one <= other,
        _ => source.kind.name() == target.kind.name(),
    };
    if !is_promotable {
        return Err(DataError(format!(
            "Schema type mismatch. source type: {} and target type: {}",
            source.kind.name(),
            target.kind.name()
        )));
    }
    if source.name != target.name {
        return Err(DataError(format!(
            "Schema name mismatch. source name: {} and target name: {}",
            source.name.as_deref().unwrap_or("null"),
            target.name.as_deref().unwrap_or("null")
        )));
    }
    if source.parameters != target.parameters {
        return Err(DataError::new("Schema parameters not equal."));
    }
    Ok(())
}

/// The value of `source` as one of `target` (`SchemaProjector.project`).
///
/// # Errors
/// If there is none.
pub fn project(source: &Schema, data: &Data, target: &Schema) -> Result<Data, DataError> {
    check_pair(source, target)?;
    if data.is_null() {
        return match &target.default {
            Some(default) if !target.is_optional => Ok(default.clone()),
            _ if target.is_optional => Ok(Data::Null),
            _ => Err(no_default()),
        };
    }
    match (data, &source.kind, &target.kind) {
        (Data::Array(values), Kind::Array(one), Kind::Array(other)) => {
            let values = values.iter().map(|value| project(one, value, other));
            values.collect::<Result<_, _>>().map(Data::Array)
        }
        (Data::Map(entries), Kind::Map(key, value), Kind::Map(other_key, other_value)) => {
            let entries = entries.iter().map(|(one, other)| {
                Ok((project(key, one, other_key)?, project(value, other, other_value)?))
            });
            entries.collect::<Result<_, _>>().map(Data::Map)
        }
        (Data::Struct(values), Kind::Struct(_), Kind::Struct(fields)) => {
            let fields = fields.iter().map(|field| match source.field(&field.name) {
                Some((index, known)) => {
                    let value = values.get(index).unwrap_or(&Data::Null);
                    project(&known.schema, value, &field.schema).map_err(|DataError(cause)| {
                        DataError(format!("Error projecting {}: {cause}", field.name))
                    })
                }
                None => match &field.schema.default {
                    Some(default) => Ok(default.clone()),
                    None if field.schema.is_optional => Ok(Data::Null),
                    None => Err(missing(&field.name)),
                },
            });
            fields.collect::<Result<_, _>>().map(Data::Struct)
        }
        (Data::Integer(value), _, kind) => Ok(promote(*value, kind)),
        (Data::Float(value), _, Kind::Float64) => Ok(Data::Double(f64::from(*value))),
        _ => Ok(data.clone()),
    }
}

#[allow(clippy::cast_precision_loss, reason = "Java widens so, too")]
fn promote(value: i64, kind: &Kind) -> Data {
    match kind {
        Kind::Float32 => Data::Float(value as f32),
        Kind::Float64 => Data::Double(value as f64),
        _ => Data::Integer(value),
    }
}
