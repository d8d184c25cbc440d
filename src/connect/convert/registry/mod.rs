//! `AvroConverter`, `JsonSchemaConverter` and `ProtobufConverter`: records that name a schema of a schema registry.
//!
//! A record is a zero byte, the schema's id in four bytes, and the value (of Protobuf: which message
//! of the schema it is, then the message). Reading it is pure and
//! needs the schema to be known: [`RegistryConverter::prepare`] fetches those that records name
//! before they are converted, and is the only thing here that talks to anybody.

mod client;
mod json_schema;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::RecordError;
use crate::connect::avro::{AvroOptions, AvroSchema, decode, to_connect};
use crate::connect::json::parse_node;
use crate::connect::protobuf::{Import, ProtobufOptions, ProtobufReader};
use crate::connect::schema::{Data, DataError, Schema, SchemaAndData, data_of};
pub use client::basic as basic_authorization;
use client::{Client, Reference, Registered};

/// Schemas that are remembered; then all are fetched anew.
const SCHEMAS_MAX: usize = 1000;

/// What stands behind the schema's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryFormat {
    /// `io.confluent.connect.avro.AvroConverter`
    Avro(AvroOptions),
    /// `io.confluent.connect.json.JsonSchemaConverter`
    JsonSchema {
        /// `use.optional.for.nonrequired.properties`
        optional_for_nonrequired: bool,
    },
    /// `io.confluent.connect.protobuf.ProtobufConverter`
    Protobuf(ProtobufOptions),
}

impl RegistryFormat {
    /// The registry's name of the type.
    fn schema_type(&self) -> &'static str {
        match self {
            RegistryFormat::Avro(_) => "AVRO",
            RegistryFormat::JsonSchema { .. } => "JSON",
            RegistryFormat::Protobuf(_) => "PROTOBUF",
        }
    }

    /// The converter's name of it.
    fn name(&self) -> &'static str {
        match self {
            RegistryFormat::Avro(_) => "Avro",
            RegistryFormat::JsonSchema { .. } => "JSON",
            RegistryFormat::Protobuf(_) => "Protobuf",
        }
    }
}

/// `key.converter.*` or `value.converter.*`
#[derive(Clone, PartialEq, Eq)]
pub struct RegistrySettings {
    /// `schema.registry.url`: tried in turn.
    pub urls: Vec<String>,
    /// The header of that name, from `basic.auth.*` or `bearer.auth.*`.
    pub authorization: Option<String>,
    /// Whether it converts keys.
    pub is_key: bool,
    /// What it converts.
    pub format: RegistryFormat,
}

impl std::fmt::Debug for RegistrySettings {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistrySettings")
            .field("urls", &self.urls)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// A converter with the schemas that it knows. All tasks of a connector share one.
#[derive(Debug)]
pub struct RegistryConverter {
    settings: RegistrySettings,
    client: Client,
    /// By topic and id; an error is the registry's, and stands for the record's.
    known: Mutex<BTreeMap<(String, i32), Result<Known, String>>>,
}

impl PartialEq for RegistryConverter {
    fn eq(&self, other: &RegistryConverter) -> bool {
        self.settings == other.settings
    }
}

/// A schema that was fetched.
#[derive(Debug, Clone)]
enum Known {
    Avro(Arc<Schema>, Arc<AvroSchema>),
    Json(Arc<Schema>),
    Protobuf(Arc<ProtobufReader>),
}

/// The registry does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schema registry: {0}")]
pub struct RegistryUnreachable(pub String);

impl RegistryConverter {
    /// A converter that knows no schema yet.
    #[must_use]
    pub fn new(settings: RegistrySettings) -> RegistryConverter {
        RegistryConverter {
            client: Client::new(settings.urls.clone(), settings.authorization.clone()),
            settings,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(String, i32), Result<Known, String>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches the schemas that these records of a topic name and that are not known. What the
    /// registry has refused before is asked for again: it may be there by now.
    ///
    /// # Errors
    /// If the registry cannot be reached. What it refuses is told when the record is read.
    pub async fn prepare(
        &self,
        topic: &str,
        records: impl Iterator<Item = Option<&[u8]>>,
    ) -> Result<(), RegistryUnreachable> {
        let mut missing = BTreeSet::new();
        let mut last = None;
        for id in records.flatten().filter_map(|bytes| split(bytes).ok()).map(|(id, _)| id) {
            let is_known = |known: &BTreeMap<_, Result<Known, String>>| {
                known.get(&(topic.to_owned(), id)).is_some_and(Result::is_ok)
            };
            if last != Some(id) && !is_known(&self.known()) {
                missing.insert(id);
            }
            last = Some(id);
        }
        for id in missing {
            let role = if self.settings.is_key { "key" } else { "value" };
            let registered = self.client.schema(id, &format!("{topic}-{role}")).await?;
            let known = registered
                .and_then(|schema| self.understand(&schema).map_err(|DataError(text)| text));
            let mut all = self.known();
            if all.len() >= SCHEMAS_MAX {
                all.clear();
            }
            all.insert((topic.to_owned(), id), known);
        }
        Ok(())
    }

    fn understand(&self, registered: &Registered) -> Result<Known, DataError> {
        let (wanted, found) = (self.settings.format.schema_type(), &registered.schema_type);
        if wanted != found {
            return Err(DataError(format!("the schema is of type {found}, not {wanted}")));
        }
        let Registered { schema, version, references, .. } = registered;
        Ok(match &self.settings.format {
            RegistryFormat::Avro(options) => {
                let names: Vec<String> = references.iter().map(|it| it.schema.clone()).collect();
                let avro = AvroSchema::parse(schema, &names)?;
                Known::Avro(to_connect(options, &avro, *version)?, avro)
            }
            RegistryFormat::JsonSchema { optional_for_nonrequired } => {
                let mut connect = json_schema::to_connect(schema, *optional_for_nonrequired)?;
                connect.version = connect.version.or(*version);
                Known::Json(Arc::new(connect))
            }
            RegistryFormat::Protobuf(options) => {
                let import =
                    |it: &Reference| Import { name: it.name.clone(), text: it.schema.clone() };
                let imports: Vec<Import> = references.iter().map(import).collect();
                let reader = ProtobufReader::new(options.clone(), schema, &imports, *version)?;
                Known::Protobuf(Arc::new(reader))
            }
        })
    }

    /// Reads a record whose schema is known.
    pub(super) fn read(&self, topic: &str, bytes: &[u8]) -> Result<SchemaAndData, RecordError> {
        let refusal = |cause: String| {
            RecordError::convert(match &self.settings.format {
                RegistryFormat::JsonSchema { .. } => format!(
                    "Converting byte[] to Kafka Connect data failed due to serialization error of \
                     topic {topic}: {cause}"
                ),
                format => {
                    let name = format.name();
                    format!("Failed to deserialize data for topic {topic} to {name}: {cause}")
                }
            })
        };
        let (id, payload) = split(bytes).map_err(|error| refusal(error.to_owned()))?;
        let known = self.known().get(&(topic.to_owned(), id)).cloned();
        let known = known.unwrap_or_else(|| Err("the schema was not fetched".to_owned()));
        let name = self.settings.format.name();
        let known = known.map_err(|cause| {
            refusal(format!("Error retrieving {name} schema for id {id}: {cause}"))
        })?;
        let unreadable = |DataError(cause): DataError| {
            refusal(format!("Error deserializing {name} message for id {id}: {cause}"))
        };
        match known {
            Known::Avro(connect, avro) => {
                let data = decode(&avro, &connect, payload).map_err(unreadable)?;
                Ok(SchemaAndData { schema: Some(connect), data })
            }
            Known::Json(connect) => {
                let data = json_value(&connect, payload).map_err(refusal)?;
                Ok(SchemaAndData { schema: Some(connect), data })
            }
            Known::Protobuf(reader) => reader.read(payload).map_err(unreadable),
        }
    }

    /// The Java class that this stands for.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self.settings.format {
            RegistryFormat::Avro(_) => "io.confluent.connect.avro.AvroConverter",
            RegistryFormat::JsonSchema { .. } => "io.confluent.connect.json.JsonSchemaConverter",
            RegistryFormat::Protobuf(_) => "io.confluent.connect.protobuf.ProtobufConverter",
        }
    }
}

fn json_value(schema: &Schema, payload: &[u8]) -> Result<Data, String> {
    let node = parse_node(payload).map_err(|error| error.to_string())?;
    data_of(schema, node.as_ref()).map_err(|DataError(text)| text)
}

/// The id of a record's schema, and what follows it.
fn split(bytes: &[u8]) -> Result<(i32, &[u8]), &'static str> {
    match bytes {
        [0, a, b, c, d, payload @ ..] => Ok((i32::from_be_bytes([*a, *b, *c, *d]), payload)),
        _ => Err("Unknown magic byte!"),
    }
}

#[cfg(test)]
mod tests;
