//! `Flatten`: nested fields as fields of one level, `a.b`.

use super::support::{SchemaCache, copy_basics, refuse, require_map, require_struct};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Field, Kind, Schema, SchemaAndData};

const PURPOSE: &str = "flattening";

#[derive(Debug)]
pub(super) struct Flatten {
    target: Target,
    delimiter: String,
    schemas: SchemaCache,
}

impl Flatten {
    pub(super) fn new(target: Target, options: &Options<'_>) -> Flatten {
        let delimiter = options.text("delimiter").unwrap_or(".").to_owned();
        Flatten { target, delimiter, schemas: SchemaCache::default() }
    }

    fn name(&self, prefix: &str, name: &str) -> String {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}{}{name}", self.delimiter)
        }
    }

    fn entries(
        &self,
        entries: Vec<(Data, Data)>,
        prefix: &str,
        flat: &mut Data,
    ) -> Result<(), RecordError> {
        for (key, data) in entries {
            let name = self.name(prefix, key.as_str().unwrap_or_default());
            match data {
                Data::Map(nested) => self.entries(nested, &name, flat)?,
                Data::Struct(_) | Data::Decimal(_) | Data::Date(_) => {
                    let class = data.java_class();
                    return refuse(format!(
                        "Flatten transformation was passed a value of type class {class} which is not supported by Connect's data API"
                    ));
                }
                data => flat.insert(Data::String(name), data),
            }
        }
        Ok(())
    }

    /// Fields of one level. What is below something optional is optional, and has the default
    /// that its parent's default gives it.
    fn fields(
        &self,
        schema: &Schema,
        prefix: &str,
        is_optional: bool,
        default: Option<&Data>,
        flat: &mut Vec<Field>,
    ) -> Result<(), RecordError> {
        for (index, field) in schema.fields().iter().enumerate() {
            let name = self.name(prefix, &field.name);
            let is_optional = is_optional || field.schema.is_optional;
            let from_parent = match default {
                Some(Data::Struct(values)) => values.get(index).filter(|data| !data.is_null()),
                _ => None,
            };
            let default = field.schema.default.as_ref().or(from_parent);
            match &field.schema.kind {
                Kind::Struct(_) => {
                    self.fields(&field.schema, &name, is_optional, default, flat)?;
                }
                Kind::Map(..) => {
                    let kind = field.schema.kind.name();
                    return refuse(format!(
                        "Flatten transformation does not support {kind} for record with schemas (for field {name})."
                    ));
                }
                kind => {
                    let mut schema = copy_basics(&field.schema, kind.clone());
                    schema.is_optional = is_optional;
                    schema.default = default.cloned();
                    flat.push(Field::new(name, schema));
                }
            }
        }
        Ok(())
    }
}

/// The values of all fields below a struct; null where the struct is null.
fn values(schema: &Schema, data: Data, flat: &mut Vec<Data>) {
    let mut of_fields = match data {
        Data::Struct(values) => values.into_iter(),
        _ => Vec::new().into_iter(),
    };
    for field in schema.fields() {
        let data = of_fields.next().unwrap_or(Data::Null);
        let data = match (&field.schema.default, data) {
            (Some(default), Data::Null) => default.clone(),
            (_, data) => data,
        };
        if field.schema.is_struct() {
            values(&field.schema, data, flat);
        } else {
            flat.push(data);
        }
    }
}

impl Transform for Flatten {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        if data.is_null() {
            return Ok(Some(record));
        }
        let Some(schema) = schema else {
            let mut flat = Data::Map(Vec::new());
            self.entries(require_map(data, PURPOSE)?, "", &mut flat)?;
            return Ok(Some(self.target.put(record, SchemaAndData { schema: None, data: flat })));
        };
        let data = Data::Struct(require_struct(data, PURPOSE)?);
        let changed = self.schemas.get(&schema, |schema| {
            let mut fields = Vec::new();
            self.fields(schema, "", schema.is_optional, schema.default.as_ref(), &mut fields)?;
            Ok(copy_basics(schema, Kind::Struct(fields)))
        })?;
        let mut flat = Vec::new();
        values(&schema, data, &mut flat);
        let value = SchemaAndData { schema: Some(changed), data: Data::Struct(flat) };
        Ok(Some(self.target.put(record, value)))
    }
}
