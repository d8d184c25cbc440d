//! Records taken apart into columns, with Dremel's repetition and definition levels.

use super::columns::{Columns, Levels};
use super::layout::Plan;
use crate::connect::schema::{Data, DataError, Decimal, Kind, Schema, days_or_millis, java_order};

/// Takes one record apart. On an error columns are left with a part of it.
pub(super) fn record(
    plan: &Plan,
    schema: &Schema,
    data: &Data,
    columns: &mut Columns,
) -> Result<(), DataError> {
    let levels = Levels { repetition: 0, definition: 0 };
    Shredder { columns }.value(plan, schema, data, levels, 0)
}

struct Shredder<'a> {
    columns: &'a mut Columns,
}

impl Shredder<'_> {
    /// `depth`: in how many lists the value lies.
    fn value(
        &mut self,
        plan: &Plan,
        schema: &Schema,
        data: &Data,
        levels: Levels,
        depth: i16,
    ) -> Result<(), DataError> {
        let data = match (data, &schema.default) {
            (Data::Null, Some(default)) => default,
            _ => data,
        };
        match (plan, data) {
            (Plan::Optional(inner), Data::Null) => self.nothing(inner, levels),
            (Plan::Optional(inner), _) => {
                self.value(inner, schema, data, levels.defined(), depth)?;
            }
            (_, Data::Null) => {
                return Err(DataError::new("Found null value for non-optional schema"));
            }
            (Plan::Leaf(column), _) => self.leaf(*column, schema, data, levels)?,
            (Plan::Group(plans), Data::Struct(values)) => {
                for (index, (plan, field)) in plans.iter().zip(schema.fields()).enumerate() {
                    let value = values.get(index).unwrap_or(&Data::Null);
                    self.value(plan, &field.schema, value, levels, depth)?;
                }
            }
            (Plan::List(plan), Data::Array(values)) => {
                let Kind::Array(element) = &schema.kind else { return Err(wrong(schema, data)) };
                if values.is_empty() {
                    self.nothing(plan, levels);
                }
                let mut levels = levels.defined();
                for value in values {
                    self.value(plan, element, value, levels, depth + 1)?;
                    levels.repetition = depth + 1;
                }
            }
            (Plan::Entries(..) | Plan::List(_), Data::Map(entries)) => {
                self.map(plan, schema, entries, levels, depth)?;
            }
            _ => return Err(wrong(schema, data)),
        }
        Ok(())
    }

    /// A map, or the list of entries that one is if its keys are not strings.
    fn map(
        &mut self,
        plan: &Plan,
        schema: &Schema,
        entries: &[(Data, Data)],
        levels: Levels,
        depth: i16,
    ) -> Result<(), DataError> {
        let Kind::Map(key_schema, value_schema) = &schema.kind else {
            return Err(DataError(format!("Invalid type for {}", schema.kind.name())));
        };
        let (key_plan, value_plan) = match plan {
            Plan::Entries(key, value) => (&**key, &**value),
            Plan::List(entry) => match &**entry {
                Plan::Group(plans) if plans.len() == 2 => (&plans[0], &plans[1]),
                _ => return Err(DataError::new("a map's entry has a key and a value")),
            },
            _ => return Ok(()),
        };
        if entries.is_empty() {
            self.nothing(key_plan, levels);
            self.nothing(value_plan, levels);
        }
        let mut levels = levels.defined();
        for (key, value) in java_order(&**key_schema, entries) {
            self.value(key_plan, key_schema, key, levels, depth + 1)?;
            self.value(value_plan, value_schema, value, levels, depth + 1)?;
            levels.repetition = depth + 1;
        }
        Ok(())
    }

    /// Tells all columns below that there is nothing from here on.
    fn nothing(&mut self, plan: &Plan, levels: Levels) {
        match plan {
            Plan::Leaf(column) => self.columns.null(*column, levels),
            Plan::Optional(inner) | Plan::List(inner) => self.nothing(inner, levels),
            Plan::Group(plans) => plans.iter().for_each(|plan| self.nothing(plan, levels)),
            Plan::Entries(key, value) => {
                self.nothing(key, levels);
                self.nothing(value, levels);
            }
        }
    }

    fn leaf(
        &mut self,
        column: usize,
        schema: &Schema,
        data: &Data,
        levels: Levels,
    ) -> Result<(), DataError> {
        let is_put = match data {
            Data::Boolean(value) => self.columns.boolean(column, *value, levels),
            Data::Integer(value) => self.columns.integer(column, *value, levels),
            Data::Date(millis) => {
                let value = days_or_millis(schema.logical(), *millis);
                self.columns.integer(column, value, levels)
            }
            Data::Float(value) => self.columns.float(column, *value, levels),
            Data::Double(value) => self.columns.double(column, *value, levels),
            Data::String(text) => self.columns.bytes_value(column, text.as_bytes(), levels),
            Data::Bytes(bytes) => self.columns.bytes_value(column, bytes, levels),
            Data::Decimal(decimal) => self.decimal(column, schema, decimal, levels)?,
            _ => false,
        };
        if is_put { Ok(()) } else { Err(wrong(schema, data)) }
    }

    fn decimal(
        &mut self,
        column: usize,
        schema: &Schema,
        decimal: &Decimal,
        levels: Levels,
    ) -> Result<bool, DataError> {
        let unscaled = decimal.unscaled_for(Some(schema))?;
        let Some(length) = self.columns.fixed_length(column) else {
            return Ok(self.columns.bytes_value(column, &unscaled, levels));
        };
        let sign = if unscaled.first().is_some_and(|&byte| byte >= 0x80) { 0xff } else { 0 };
        let mut bytes = vec![sign; length.saturating_sub(unscaled.len())];
        bytes.extend_from_slice(&unscaled);
        Ok(self.columns.bytes_value(column, &bytes, levels))
    }
}

fn wrong(schema: &Schema, data: &Data) -> DataError {
    DataError(format!("Invalid type for {}: class {}", schema.kind.name(), data.java_class()))
}
