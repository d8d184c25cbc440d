//! The shape of a file: parquet-avro's `AvroSchemaConverter`.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};

use crate::connect::avro::{AvroKind, AvroSchema};
use crate::connect::schema::{DataError, Kind, Schema};

/// The file's schema, and how records are taken apart for it.
pub(super) struct Layout {
    pub(super) root: TypePtr,
    pub(super) plan: Plan,
}

/// What becomes of a value.
#[derive(Debug)]
pub(super) enum Plan {
    /// The column of this number.
    Leaf(usize),
    /// It may be null.
    Optional(Box<Plan>),
    /// A struct's fields; also those of a union, all of them optional.
    Group(Vec<Plan>),
    /// What becomes of each element.
    List(Box<Plan>),
    /// What becomes of each key and value.
    Entries(Box<Plan>, Box<Plan>),
}

pub(super) fn layout(avro: &AvroSchema, schema: &Schema) -> Result<Layout, DataError> {
    let mut builder = Builder { columns: 0, three_levels: has_optional_items(schema) };
    let name = avro.name().unwrap_or_default();
    let (fields, plans) = builder.fields(avro, name)?;
    let root = Type::group_type_builder(name).with_fields(fields).build().map_err(invalid)?;
    Ok(Layout { root: Arc::new(root), plan: Plan::Group(plans) })
}

fn invalid(error: ParquetError) -> DataError {
    DataError(error.to_string())
}

/// Lists have parquet-avro's old two levels, in which no element can be null, unless one may be.
fn has_optional_items(schema: &Schema) -> bool {
    match &schema.kind {
        Kind::Array(element) => element.is_optional || has_optional_items(element),
        Kind::Map(key, value) => has_optional_items(key) || has_optional_items(value),
        Kind::Struct(fields) => fields.iter().any(|field| has_optional_items(&field.schema)),
        _ => false,
    }
}

struct Builder {
    columns: usize,
    three_levels: bool,
}

impl Builder {
    fn fields(
        &mut self,
        record: &AvroSchema,
        name: &str,
    ) -> Result<(Vec<TypePtr>, Vec<Plan>), DataError> {
        let AvroKind::Record { fields, .. } = &record.kind else {
            return Err(DataError::new("Avro schema must be a record."));
        };
        if fields.is_empty() {
            return Err(DataError(format!("Cannot write a schema with an empty group: {name}")));
        }
        let fields = fields.iter().map(|field| self.field(&field.name, &field.schema));
        Ok(fields.collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
    }

    fn field(&mut self, name: &str, avro: &AvroSchema) -> Result<(TypePtr, Plan), DataError> {
        self.node(name, avro, Repetition::REQUIRED)
    }

    fn node(
        &mut self,
        name: &str,
        avro: &AvroSchema,
        repetition: Repetition,
    ) -> Result<(TypePtr, Plan), DataError> {
        match &avro.kind {
            AvroKind::Union(_) => self.union(name, avro, repetition),
            AvroKind::Record { .. } => {
                let (fields, plans) = self.fields(avro, name)?;
                let group = group(name, repetition, None, fields)?;
                Ok((group, Plan::Group(plans)))
            }
            AvroKind::Array(items) => self.list(name, items, repetition),
            AvroKind::Map(values) => {
                let key = AvroSchema::from(AvroKind::String);
                let (key_type, key_plan) = self.field("key", &key)?;
                let (value_type, value_plan) = self.field("value", values)?;
                let fields = vec![key_type, value_type];
                let entry = group("key_value", Repetition::REPEATED, None, fields)?;
                let map = group(name, repetition, Some(LogicalType::Map), vec![entry])?;
                Ok((map, Plan::Entries(Box::new(key_plan), Box::new(value_plan))))
            }
            _ => {
                let leaf = leaf(name, avro, repetition)?;
                self.columns += 1;
                Ok((leaf, Plan::Leaf(self.columns - 1)))
            }
        }
    }

    /// Null and something: optional. Several things: a group of which one member is set.
    fn union(
        &mut self,
        name: &str,
        avro: &AvroSchema,
        repetition: Repetition,
    ) -> Result<(TypePtr, Plan), DataError> {
        let AvroKind::Union(branches) = &avro.kind else {
            return self.node(name, avro, repetition);
        };
        let may_be_null = branches.iter().any(|branch| branch.is_null());
        let repetition = match repetition {
            Repetition::REQUIRED if may_be_null => Repetition::OPTIONAL,
            repetition => repetition,
        };
        let members: Vec<_> = avro.branches().map(|(_, branch)| branch).collect();
        let (node, plan) = match &members[..] {
            [only] if may_be_null => self.node(name, only, repetition)?,
            _ => {
                let mut types = Vec::with_capacity(members.len());
                let mut plans = Vec::with_capacity(members.len());
                for (index, member) in members.into_iter().enumerate() {
                    let name = format!("member{index}");
                    let (node, plan) = self.node(&name, member, Repetition::OPTIONAL)?;
                    types.push(node);
                    plans.push(Plan::Optional(Box::new(plan)));
                }
                (group(name, repetition, None, types)?, Plan::Group(plans))
            }
        };
        let is_optional = repetition == Repetition::OPTIONAL;
        Ok((node, if is_optional { Plan::Optional(Box::new(plan)) } else { plan }))
    }

    fn list(
        &mut self,
        name: &str,
        items: &AvroSchema,
        repetition: Repetition,
    ) -> Result<(TypePtr, Plan), DataError> {
        let (element, plan) = if self.three_levels {
            let (element, plan) = self.field("element", items)?;
            (group("list", Repetition::REPEATED, None, vec![element])?, plan)
        } else {
            self.node("array", items, Repetition::REPEATED)?
        };
        let list = group(name, repetition, Some(LogicalType::List), vec![element])?;
        Ok((list, Plan::List(Box::new(plan))))
    }
}

fn group(
    name: &str,
    repetition: Repetition,
    logical_type: Option<LogicalType>,
    fields: Vec<TypePtr>,
) -> Result<TypePtr, DataError> {
    Type::group_type_builder(name)
        .with_repetition(repetition)
        .with_logical_type(logical_type)
        .with_fields(fields)
        .build()
        .map(Arc::new)
        .map_err(invalid)
}

fn leaf(name: &str, avro: &AvroSchema, repetition: Repetition) -> Result<TypePtr, DataError> {
    let physical = match &avro.kind {
        AvroKind::Boolean => PhysicalType::BOOLEAN,
        AvroKind::Int => PhysicalType::INT32,
        AvroKind::Long => PhysicalType::INT64,
        AvroKind::Float => PhysicalType::FLOAT,
        AvroKind::Double => PhysicalType::DOUBLE,
        AvroKind::Fixed { .. } => PhysicalType::FIXED_LEN_BYTE_ARRAY,
        _ => PhysicalType::BYTE_ARRAY,
    };
    let number = |key: &str| {
        let value = avro.property(key).and_then(serde_json::Value::as_i64);
        value.and_then(|value| i32::try_from(value).ok())
    };
    let (scale, precision) = (number("scale").unwrap_or(0), number("precision").unwrap_or(0));
    let logical = avro.text_property("logicalType").unwrap_or_default();
    let logical_type = match (&avro.kind, logical) {
        (AvroKind::String, _) => Some(LogicalType::String),
        (AvroKind::Enum { .. }, _) => Some(LogicalType::Enum),
        (AvroKind::Int, "date") => Some(LogicalType::Date),
        (AvroKind::Int, "time-millis") => Some(LogicalType::time(true, TimeUnit::MILLIS)),
        (AvroKind::Long, "timestamp-millis") => {
            Some(LogicalType::timestamp(true, TimeUnit::MILLIS))
        }
        // Others than these are no decimals to Avro, either.
        (AvroKind::Bytes | AvroKind::Fixed { .. }, "decimal")
            if (0..=precision).contains(&scale) =>
        {
            Some(LogicalType::decimal(scale, precision))
        }
        _ => None,
    };
    let mut builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
    if let AvroKind::Fixed { size, .. } = &avro.kind {
        builder = builder.with_length(i32::try_from(*size).unwrap_or(i32::MAX));
    }
    if matches!(logical_type, Some(LogicalType::Decimal(_))) {
        builder = builder.with_precision(precision).with_scale(scale);
    }
    builder.with_logical_type(logical_type).build().map(Arc::new).map_err(invalid)
}
