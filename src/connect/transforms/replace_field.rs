//! `ReplaceField`: fields left out or renamed.

use super::support::{SchemaCache, copy_basics, field_value, map, require_map, require_struct};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Field, Kind, Schema, SchemaAndData};

const PURPOSE: &str = "field replacement";

#[derive(Debug)]
pub(super) struct ReplaceField {
    target: Target,
    exclude: Vec<String>,
    include: Vec<String>,
    renames: Vec<(String, String)>,
    with_default: bool,
    schemas: SchemaCache,
}

impl ReplaceField {
    pub(super) fn new(target: Target, options: &Options<'_>) -> ReplaceField {
        let mappings = options.list("renames");
        let mut renames = Vec::new();
        for mapping in &mappings {
            match mapping.split(':').collect::<Vec<_>>()[..] {
                [from, to] => renames.push((from.to_owned(), to.to_owned())),
                _ => {
                    let all = format!("[{}]", mappings.join(", "));
                    options.invalid("renames", &all, &format!("Invalid rename mapping: {mapping}"));
                }
            }
        }
        ReplaceField {
            target,
            exclude: options.list("exclude"),
            include: options.list("include"),
            renames,
            with_default: options.bool("replace.null.with.default", true),
            schemas: SchemaCache::default(),
        }
    }

    fn keeps(&self, name: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|one| one == name);
        !is_in(&self.exclude) && (self.include.is_empty() || is_in(&self.include))
    }

    fn renamed<'a>(&'a self, name: &'a str) -> &'a str {
        self.renames.iter().find(|(from, _)| from == name).map_or(name, |(_, to)| to)
    }

    fn schema(&self, schema: &Schema) -> Schema {
        let kept = schema.fields().iter().filter(|field| self.keeps(&field.name));
        let fields = kept.map(|field| Field::new(self.renamed(&field.name), field.schema.clone()));
        copy_basics(schema, Kind::Struct(fields.collect()))
    }
}

impl Transform for ReplaceField {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        if data.is_null() {
            return Ok(Some(record));
        }
        let Some(schema) = schema else {
            let mut value = map(Vec::new());
            for (key, data) in require_map(data, PURPOSE)? {
                let name = key.as_str().unwrap_or_default();
                if self.keeps(name) {
                    value.data.insert(Data::String(self.renamed(name).to_owned()), data);
                }
            }
            return Ok(Some(self.target.put(record, value)));
        };
        let old = require_struct(data, PURPOSE)?;
        let changed = self.schemas.get(&schema, |schema| Ok(self.schema(schema)))?;
        let values = schema
            .fields()
            .iter()
            .zip(old)
            .filter(|(field, _)| self.keeps(&field.name))
            .map(|(field, data)| field_value(field, data, self.with_default));
        let data = Data::Struct(values.collect());
        Ok(Some(self.target.put(record, SchemaAndData { schema: Some(changed), data })))
    }
}
