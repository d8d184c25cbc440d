//! Single message transforms and their predicates (`transforms`, `predicates`).
//!
//! Pure: a record in, a record or nothing out. Owns Kafka's transforms by their classes, with
//! Kafka's settings and texts; knows nothing of files, offsets to commit or the bucket.

mod cast;
mod extract_field;
mod flatten;
mod headers;
mod hoist_field;
mod insert_field;
mod literal;
mod mask_field;
mod options;
mod predicates;
mod replace_field;
mod routing;
mod schema_metadata;
mod simple_date;
mod support;
mod timestamp_converter;
mod value_to_key;

use std::fmt::Debug;
use std::sync::Arc;

use super::convert::RecordError;
use super::schema::SchemaAndData;

pub use cast::text;
pub use literal::parse_literal;
pub use options::{OptionError, Options};
pub use predicates::Predicate;

/// A record between converters and files.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its topic, as transforms have left it.
    pub topic: Arc<str>,
    /// Its Kafka partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Milliseconds since 1970; `None`: it has no timestamp.
    pub timestamp_ms: Option<i64>,
    /// Its key.
    pub key: SchemaAndData,
    /// Its value.
    pub value: SchemaAndData,
    /// Its headers, in their order; a name may be there more than once.
    pub headers: Vec<Header>,
}

/// A header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: SchemaAndData,
}

/// Which half of a record a transform works on: the class after the `$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `$Key`
    Key,
    /// `$Value`
    Value,
}

impl Target {
    fn of(self, record: &Record) -> &SchemaAndData {
        match self {
            Target::Key => &record.key,
            Target::Value => &record.value,
        }
    }

    fn put(self, record: Record, value: SchemaAndData) -> Record {
        match self {
            Target::Key => Record { key: value, ..record },
            Target::Value => Record { value, ..record },
        }
    }
}

/// One transform.
pub trait Transform: Debug + Send + Sync {
    /// The record as the transform leaves it; `None` if it drops it.
    ///
    /// # Errors
    /// Kafka's text, if the record is none that the transform can work on.
    fn apply(&self, record: Record) -> Result<Option<Record>, RecordError>;

    /// The topic that a record of this topic gets, if that depends on nothing else.
    fn route(&self, topic: &str) -> Option<String> {
        Some(topic.to_owned())
    }
}

/// A transform with its predicate.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its alias in the file.
    pub alias: String,
    /// Its class, as in the file.
    pub class: String,
    /// What it does.
    pub transform: Arc<dyn Transform>,
    /// When; `None`: always. With `negate` when the predicate is not true.
    pub predicate: Option<(Predicate, bool)>,
}

/// All transforms of a connector, in their order.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// They themselves.
    pub steps: Vec<Step>,
}

impl Chain {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Lets one transform after the other work on a record.
    ///
    /// # Errors
    /// The first that cannot, with its class.
    pub fn apply(&self, record: Record) -> Result<Option<Record>, (String, RecordError)> {
        let mut record = record;
        for step in &self.steps {
            let applies = step
                .predicate
                .as_ref()
                .is_none_or(|(predicate, negate)| predicate.test(&record) != *negate);
            if !applies {
                continue;
            }
            match step.transform.apply(record) {
                Ok(Some(changed)) => record = changed,
                Ok(None) => return Ok(None),
                Err(error) => return Err((step.class.clone(), error)),
            }
        }
        Ok(Some(record))
    }

    /// The topic whose name records of a topic will have, if it is the same for all of them.
    #[must_use]
    pub fn route(&self, topic: &str) -> Option<String> {
        self.steps.iter().try_fold(topic.to_owned(), |topic, step| {
            let routed = step.transform.route(&topic)?;
            (step.predicate.is_none() || routed == topic).then_some(routed)
        })
    }
}

/// A transform of this class with these settings.
///
/// # Errors
/// Everything that is wrong with them; `None` if there is no such class.
#[must_use]
pub fn transform_of(class: &str, options: &Options<'_>) -> Option<Arc<dyn Transform>> {
    let name = class.strip_prefix("org.apache.kafka.connect.transforms.").unwrap_or(class);
    let (name, target) = match name.split_once('$') {
        Some((name, "Key")) => (name, Some(Target::Key)),
        Some((name, "Value")) => (name, Some(Target::Value)),
        Some(_) => return None,
        None => (name, None),
    };
    Some(match (name, target) {
        ("Cast", Some(target)) => Arc::new(cast::Cast::new(target, options)),
        ("ExtractField", Some(target)) => {
            Arc::new(extract_field::ExtractField::new(target, options))
        }
        ("Flatten", Some(target)) => Arc::new(flatten::Flatten::new(target, options)),
        ("HeaderFrom", Some(target)) => Arc::new(headers::HeaderFrom::new(target, options)),
        ("HoistField", Some(target)) => Arc::new(hoist_field::HoistField::new(target, options)),
        ("InsertField", Some(target)) => Arc::new(insert_field::InsertField::new(target, options)),
        ("MaskField", Some(target)) => Arc::new(mask_field::MaskField::new(target, options)),
        ("ReplaceField", Some(target)) => {
            Arc::new(replace_field::ReplaceField::new(target, options))
        }
        ("SetSchemaMetadata", Some(target)) => {
            Arc::new(schema_metadata::SetSchemaMetadata::new(target, options))
        }
        ("TimestampConverter", Some(target)) => {
            Arc::new(timestamp_converter::TimestampConverter::new(target, options))
        }
        ("DropHeaders", None) => Arc::new(headers::DropHeaders::new(options)),
        ("Filter", None) => Arc::new(routing::Filter),
        ("InsertHeader", None) => Arc::new(headers::InsertHeader::new(options)),
        ("RegexRouter", None) => Arc::new(routing::RegexRouter::new(options)),
        ("TimestampRouter", None) => Arc::new(routing::TimestampRouter::new(options)),
        ("ValueToKey", None) => Arc::new(value_to_key::ValueToKey::new(options)),
        _ => return None,
    })
}

/// Whether a class works on keys or values, so that its name must end with `$Key` or `$Value`.
#[must_use]
pub fn needs_target(class: &str) -> bool {
    const ABSTRACT: [&str; 10] = [
        "Cast",
        "ExtractField",
        "Flatten",
        "HeaderFrom",
        "HoistField",
        "InsertField",
        "MaskField",
        "ReplaceField",
        "SetSchemaMetadata",
        "TimestampConverter",
    ];
    let name = class.strip_prefix("org.apache.kafka.connect.transforms.");
    name.is_some_and(|name| ABSTRACT.contains(&name))
}

#[cfg(test)]
mod tests;
