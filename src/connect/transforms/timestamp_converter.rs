//! `TimestampConverter`: moments between text, numbers and Connect's own types.

use super::simple_date::SimpleDateFormat;
use super::support::{SchemaCache, copy_basics, field_value, map, refuse, require_map};
use super::{Options, Record, Target, Transform};
use crate::connect::convert::RecordError;
use crate::connect::schema::{Data, Field, Kind, Logical, Schema, SchemaAndData};

const PURPOSE: &str = "converting timestamp formats";
const DAY_MS: i64 = 86_400_000;

/// How a moment stands in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Unix,
    Date,
    Time,
    Timestamp,
}

/// `unix.precision`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precision {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

#[derive(Debug)]
pub(super) struct TimestampConverter {
    target: Target,
    field: String,
    form: Form,
    format: Option<SimpleDateFormat>,
    precision: Precision,
    with_default: bool,
    schemas: SchemaCache,
}

impl TimestampConverter {
    pub(super) fn new(target: Target, options: &Options<'_>) -> TimestampConverter {
        let form = match options.required("target.type") {
            "string" => Form::Text,
            "Date" => Form::Date,
            "Time" => Form::Time,
            "Timestamp" => Form::Timestamp,
            "unix" | "" => Form::Unix,
            other => {
                let allowed = ["string", "unix", "Date", "Time", "Timestamp"];
                options.one_of("target.type", other, &allowed);
                Form::Unix
            }
        };
        let precision = match options.text("unix.precision").unwrap_or("milliseconds") {
            "seconds" => Precision::Seconds,
            "microseconds" => Precision::Microseconds,
            "nanoseconds" => Precision::Nanoseconds,
            other => {
                let allowed = ["nanoseconds", "microseconds", "milliseconds", "seconds"];
                options.one_of("unix.precision", other, &allowed);
                Precision::Milliseconds
            }
        };
        let pattern = options.text("format").unwrap_or("");
        if form == Form::Text && pattern.is_empty() {
            options.refuse("format", "TimestampConverter requires format option to be specified when using string timestamps");
        }
        let compiled = (!pattern.is_empty()).then(|| SimpleDateFormat::compile(pattern));
        if let Some(Err(error)) = &compiled {
            options.refuse("format", format!("Invalid value java.lang.IllegalArgumentException: {error} for configuration TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: {pattern}"));
        }
        TimestampConverter {
            target,
            field: options.text("field").unwrap_or("").to_owned(),
            form,
            format: compiled.and_then(Result::ok),
            precision,
            with_default: options.bool("replace.null.with.default", true),
            schemas: SchemaCache::default(),
        }
    }

    fn schema(&self, is_optional: bool) -> Schema {
        let mut schema = match self.form {
            Form::Text => Schema::new(Kind::String),
            Form::Unix => Schema::new(Kind::Int64),
            Form::Date => Schema::date(),
            Form::Time => Schema::time(),
            Form::Timestamp => Schema::timestamp(),
        };
        schema.is_optional = is_optional;
        schema
    }

    fn convert(&self, data: Data, form: Option<Form>) -> Result<Data, RecordError> {
        if data.is_null() {
            return Ok(Data::Null);
        }
        let form = match form {
            Some(form) => form,
            None => form_of(&data)?,
        };
        Ok(self.shown(self.moment(&data, form)?))
    }

    /// Milliseconds since 1970.
    fn moment(&self, data: &Data, form: Form) -> Result<i64, RecordError> {
        match (form, data) {
            (Form::Text, Data::String(text)) => match &self.format {
                Some(format) => format.parse(text).ok_or_else(|| {
                    RecordError::convert(format!(
                        "Could not parse timestamp: value ({text}) does not match pattern ({})",
                        format.pattern()
                    ))
                }),
                None => refuse(
                    "TimestampConverter requires format option to be specified when using string timestamps",
                ),
            },
            (Form::Text, other) => refuse(format!(
                "Expected string timestamp to be a String, but found class {}",
                other.java_class()
            )),
            (Form::Unix, Data::Integer(value)) => Ok(match self.precision {
                Precision::Seconds => value.saturating_mul(1000),
                Precision::Milliseconds => *value,
                Precision::Microseconds => value / 1000,
                Precision::Nanoseconds => value / 1_000_000,
            }),
            (Form::Unix, other) => refuse(format!(
                "Expected Unix timestamp to be a Long, but found class {}",
                other.java_class()
            )),
            (_, Data::Date(ms)) => Ok(*ms),
            (_, other) => refuse(format!(
                "Expected Timestamp to be a java.util.Date, but found class {}",
                other.java_class()
            )),
        }
    }

    fn shown(&self, ms: i64) -> Data {
        match self.form {
            Form::Text => {
                let text = self.format.as_ref().map(|format| format.format(ms));
                Data::String(text.unwrap_or_default())
            }
            Form::Unix => Data::Integer(match self.precision {
                Precision::Seconds => ms / 1000,
                Precision::Milliseconds => ms,
                Precision::Microseconds => ms.saturating_mul(1000),
                Precision::Nanoseconds => ms.saturating_mul(1_000_000),
            }),
            Form::Date => Data::Date(ms - ms.rem_euclid(DAY_MS)),
            Form::Time => Data::Date(ms.rem_euclid(DAY_MS)),
            Form::Timestamp => Data::Date(ms),
        }
    }
}

/// What a schemaless value is.
fn form_of(data: &Data) -> Result<Form, RecordError> {
    match data {
        Data::String(_) => Ok(Form::Text),
        Data::Integer(_) => Ok(Form::Unix),
        Data::Date(_) => Ok(Form::Timestamp),
        other => refuse(format!(
            "TimestampConverter does not support class {} objects as timestamps",
            other.java_class()
        )),
    }
}

/// What a value of this schema is.
fn form_of_schema(schema: &Schema) -> Result<Form, RecordError> {
    match (schema.logical(), &schema.kind) {
        (Logical::Date, _) => Ok(Form::Date),
        (Logical::Time, _) => Ok(Form::Time),
        (Logical::Timestamp, _) => Ok(Form::Timestamp),
        (_, Kind::String) => Ok(Form::Text),
        (_, Kind::Int64) => Ok(Form::Unix),
        _ => {
            let kind = schema.kind.name();
            refuse(format!(
                "Schema Schema{{{kind}}} does not correspond to a known timestamp type format"
            ))
        }
    }
}

impl Transform for TimestampConverter {
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError> {
        let SchemaAndData { schema, data } = self.target.of(&record).clone();
        let value = match schema {
            None if self.field.is_empty() => {
                SchemaAndData { schema: None, data: self.convert(data, None)? }
            }
            None if data.is_null() => return Ok(Some(record)),
            None => {
                let mut value = map(require_map(data, PURPOSE)?);
                let old = value.data.get(&self.field).cloned().unwrap_or(Data::Null);
                value.data.insert(Data::String(self.field.clone()), self.convert(old, None)?);
                value
            }
            Some(schema) if self.field.is_empty() => {
                let form = form_of_schema(&schema)?;
                let changed =
                    self.schemas.get(&schema, |schema| Ok(self.schema(schema.is_optional)))?;
                SchemaAndData { schema: Some(changed), data: self.convert(data, Some(form))? }
            }
            Some(schema) => {
                let changed = self.schemas.get(&schema, |schema| {
                    let fields = schema.fields().iter().map(|field| {
                        if field.name != self.field {
                            return field.clone();
                        }
                        Field::new(field.name.clone(), self.schema(field.schema.is_optional))
                    });
                    let kind = Kind::Struct(fields.collect());
                    let is_optional = schema.is_optional;
                    Ok(Schema { is_optional, ..copy_basics(schema, kind) })
                })?;
                let data = match data {
                    Data::Null => Data::Null,
                    Data::Struct(values) => self.structure(&schema, values)?,
                    other => {
                        let class = other.java_class();
                        return refuse(format!(
                            "Only Struct objects supported for [{PURPOSE}], found: {class}"
                        ));
                    }
                };
                SchemaAndData { schema: Some(changed), data }
            }
        };
        Ok(Some(self.target.put(record, value)))
    }
}

impl TimestampConverter {
    fn structure(&self, schema: &Schema, old: Vec<Data>) -> Result<Data, RecordError> {
        let mut values = Vec::with_capacity(old.len());
        for (field, data) in schema.fields().iter().zip(old) {
            let data = field_value(field, data, self.with_default);
            values.push(if field.name == self.field {
                self.convert(data, Some(form_of_schema(&field.schema)?))?
            } else {
                data
            });
        }
        Ok(Data::Struct(values))
    }
}
