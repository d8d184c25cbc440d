//! `ExtractField`: one field in the place of the whole key or value.

use super::support::{field_value, refuse};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, SchemaAndData};

const PURPOSE: &str = "field extraction";

#[derive(Debug)]
pub(super) struct ExtractField {
    target: Target,
    field: String,
    /// More than one step only with `field.syntax.version=V2` (KIP-821).
    path: Vec<String>,
    with_default: bool,
}

impl ExtractField {
    pub(super) fn new(target: Target, options: &Options<'_>) -> ExtractField {
        let field = options.required("field").to_owned();
        let version = options.text("field.syntax.version").unwrap_or("V1").to_ascii_uppercase();
        options.one_of("field.syntax.version", &version, &["V1", "V2"]);
        let path = if version == "V2" { steps(&field) } else { vec![field.clone()] };
        let with_default = options.bool("replace.null.with.default", true);
        ExtractField { target, field, path, with_default }
    }
}

/// `a.b` are two steps, `` `a.b`.c `` too.
fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut is_quoted = false;
    for character in path.chars() {
        match character {
            '`' => is_quoted = !is_quoted,
            '.' if !is_quoted => steps.push(String::new()),
            other => steps.last_mut().expect("there is a first step").push(other),
        }
    }
    steps
}

impl Transform for ExtractField {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, mut data } = self.target.of(&record).clone();
        let Some(mut schema) = schema else {
            if !matches!(data, Data::Map(_) | Data::Null) {
                let class = data.java_class();
                return refuse(format!(
                    "Only Map objects supported in absence of schema for [{PURPOSE}], found: {class}"
                ));
            }
            for name in &self.path {
                data = data.get(name).cloned().unwrap_or(Data::Null);
            }
            return Ok(Some(self.target.put(record, SchemaAndData { schema: None, data })));
        };
        if !matches!(data, Data::Struct(_) | Data::Null) {
            let class = data.java_class();
            return refuse(format!(
                "Only Struct objects supported for [{PURPOSE}], found: {class}"
            ));
        }
        for name in &self.path {
            let Some((index, field)) = schema.field(name) else {
                return refuse(format!("Unknown field: {}", self.field));
            };
            data = match data {
                Data::Struct(mut values) => {
                    field_value(field, values.swap_remove(index), self.with_default)
                }
                _ => Data::Null,
            };
            schema = field.schema.clone();
        }
        Ok(Some(self.target.put(record, SchemaAndData { schema: Some(schema), data })))
    }
}
