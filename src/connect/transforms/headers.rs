//! `DropHeaders`, `InsertHeader`, `HeaderFrom`.

use super::literal::parse_literal;
use super::support::{SchemaCache, copy_basics, field_value, map, require_map, require_struct};
use super::{Header, Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Kind, SchemaAndData};

/// Removes headers by their names.
#[derive(Debug)]
pub(super) struct DropHeaders {
    names: Vec<String>,
}

impl DropHeaders {
    pub(super) fn new(options: &Options<'_>) -> DropHeaders {
        DropHeaders { names: options.required_list("headers") }
    }
}

impl Transform for DropHeaders {
    fn apply(&self, mut record: Record) -> Result<Option<Record>, RecordError> {
        record.headers.retain(|header| !self.names.contains(&header.key));
        Ok(Some(record))
    }
}

/// Adds a header with a constant value.
#[derive(Debug)]
pub(super) struct InsertHeader {
    header: Header,
}

impl InsertHeader {
    pub(super) fn new(options: &Options<'_>) -> InsertHeader {
        let key = options.required("header").to_owned();
        let value = parse_literal(options.required("value.literal"));
        InsertHeader { header: Header { key, value } }
    }
}

impl Transform for InsertHeader {
    fn apply(&self, mut record: Record) -> Result<Option<Record>, RecordError> {
        record.headers.push(self.header.clone());
        Ok(Some(record))
    }
}

/// Copies or moves fields to headers.
#[derive(Debug)]
pub(super) struct HeaderFrom {
    target: Target,
    fields: Vec<String>,
    headers: Vec<String>,
    moves: bool,
    with_default: bool,
    schemas: SchemaCache,
}

impl HeaderFrom {
    pub(super) fn new(target: Target, options: &Options<'_>) -> HeaderFrom {
        let fields = options.required_list("fields");
        let headers = options.required_list("headers");
        let operation = options.required("operation").to_owned();
        if fields.len() != headers.len() {
            options.refuse(
                "fields",
                "'fields' config must have the same number of elements as 'headers' config.",
            );
        }
        if !operation.is_empty() {
            options.one_of("operation", &operation, &["move", "copy"]);
        }
        HeaderFrom {
            target,
            fields,
            headers,
            moves: operation == "move",
            with_default: options.bool("replace.null.with.default", true),
            schemas: SchemaCache::default(),
        }
    }

    fn is_moved(&self, name: &str) -> bool {
        self.moves && self.fields.iter().any(|field| field == name)
    }
}

impl Transform for HeaderFrom {
    fn apply(&self, mut record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        let purpose = if self.moves { "header move" } else { "header copy" };
        let pairs = self.fields.iter().zip(&self.headers);
        let Some(schema) = schema else {
            let mut value = map(require_map(data, purpose)?);
            for (field, header) in pairs {
                let data = value.data.get(field).cloned().unwrap_or(Data::Null);
                let value = SchemaAndData { schema: None, data };
                record.headers.push(Header { key: header.clone(), value });
            }
            if let Data::Map(entries) = &mut value.data {
                entries.retain(|(key, _)| !self.is_moved(key.as_str().unwrap_or_default()));
            }
            return Ok(Some(self.target.put(record, value)));
        };
        let values = require_struct(data, purpose)?;
        for (name, header) in pairs {
            let Some((index, field)) = schema.field(name) else {
                return Err(RecordError::convert(format!("{name} is not a valid field name")));
            };
            let data = field_value(field, values[index].clone(), self.with_default);
            let value = SchemaAndData { schema: Some(field.schema.clone()), data };
            record.headers.push(Header { key: header.clone(), value });
        }
        if !self.moves {
            let value = SchemaAndData { schema: Some(schema), data: Data::Struct(values) };
            return Ok(Some(self.target.put(record, value)));
        }
        let changed = self.schemas.get(&schema, |schema| {
            let stay = schema.fields().iter().filter(|field| !self.is_moved(&field.name));
            Ok(copy_basics(schema, Kind::Struct(stay.cloned().collect())))
        })?;
        let stay = schema.fields().iter().zip(values);
        let stay = stay.filter(|(field, _)| !self.is_moved(&field.name)).map(|(_, data)| data);
        let value = SchemaAndData { schema: Some(changed), data: Data::Struct(stay.collect()) };
        Ok(Some(self.target.put(record, value)))
    }
}
