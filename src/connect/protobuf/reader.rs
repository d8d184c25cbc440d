//! Records of a schema: which message they hold, its schema, its value.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::files::{Files, Import};
use super::options::ProtobufOptions;
use super::to_connect::to_connect;
use super::value::ValueReader;
use crate::connect::schema::{DataError, Schema, SchemaAndData};

/// Messages within messages within messages: no file goes deeper.
const INDEXES_MAX: usize = 100;

/// Reads records of one schema of the registry.
#[derive(Debug)]
pub struct ProtobufReader {
    options: ProtobufOptions,
    version: Option<i32>,
    files: Files,
    /// By the place of the message in its file.
    messages: Mutex<BTreeMap<Vec<i32>, Arc<Plan>>>,
}

/// How messages of one type are read.
#[derive(Debug)]
struct Plan {
    descriptor: MessageDescriptor,
    schema: Arc<Schema>,
    value: ValueReader,
}

impl ProtobufReader {
    /// Compiles a schema. `version` is the registry's.
    ///
    /// # Errors
    /// If it is no Protobuf, or imports a file that is not there.
    pub fn new(
        options: ProtobufOptions,
        text: &str,
        imports: &[Import],
        version: Option<i32>,
    ) -> Result<ProtobufReader, DataError> {
        let files = Files::compile(text, imports)?;
        Ok(ProtobufReader { options, version, files, messages: Mutex::default() })
    }

    /// Reads what follows the schema's id: the place of the message's type, and the message.
    ///
    /// # Errors
    /// If Confluent's converter would throw, or the message has a schema that is not built.
    pub fn read(&self, bytes: &[u8]) -> Result<SchemaAndData, DataError> {
        let (indexes, payload) = indexes(bytes)?;
        let plan = self.plan(indexes)?;
        let message = DynamicMessage::decode(plan.descriptor.clone(), payload)
            .map_err(|error| DataError(error.to_string()))?;
        let data = plan.value.message(&message)?;
        Ok(SchemaAndData { schema: Some(plan.schema.clone()), data })
    }

    fn plan(&self, indexes: Vec<i32>) -> Result<Arc<Plan>, DataError> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = messages.get(&indexes) {
            return Ok(known.clone());
        }
        let descriptor = self.files.message(&indexes)?;
        let (mut schema, value) = to_connect(&self.options, &descriptor)?;
        schema.version = self.version;
        let plan = Arc::new(Plan { descriptor, schema: Arc::new(schema), value });
        messages.insert(indexes, plan.clone());
        Ok(plan)
    }
}

/// The numbers before a message, each written like an int of Avro: how many there are, then
/// they themselves. None means the first message of the file.
fn indexes(mut bytes: &[u8]) -> Result<(Vec<i32>, &[u8]), DataError> {
    let count = varint(&mut bytes)?;
    if count == 0 {
        return Ok((vec![0], bytes));
    }
    let count = usize::try_from(count).ok().filter(|&count| count <= INDEXES_MAX);
    let Some(count) = count else { return Err(DataError::new("Invalid message indexes")) };
    let indexes = (0..count).map(|_| varint(&mut bytes)).collect::<Result<_, _>>()?;
    Ok((indexes, bytes))
}

/// A zigzag number of at most five bytes (`ByteUtils.readVarint`).
fn varint(bytes: &mut &[u8]) -> Result<i32, DataError> {
    let mut value: u32 = 0;
    for shift in (0..35).step_by(7) {
        let Some((&byte, rest)) = bytes.split_first() else {
            return Err(DataError::new("java.nio.BufferUnderflowException"));
        };
        *bytes = rest;
        value |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    Err(DataError::new("Varint is too long, the most significant bit in the 5th byte is set"))
}
