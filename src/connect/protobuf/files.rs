//! Files of the Protobuf language, with everything that they import, to descriptors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::prost::Message;
use prost_reflect::prost_types::{DescriptorProto, FileDescriptorProto, UninterpretedOption};
use prost_reflect::{DescriptorPool, MessageDescriptor};

use super::known;
use crate::connect::schema::DataError;

/// The name of the file that nobody imports.
const ROOT: &str = "default";

/// A file that others import: a reference of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What stands behind `import`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Files {
    pool: DescriptorPool,
    package: String,
    messages: Vec<Named>,
}

/// A message as it counts for the indexes of a record: entries of a `map<…>` do not.
#[derive(Debug)]
struct Named {
    name: String,
    nested: Vec<Named>,
}

/// One file.
struct Parsed {
    descriptor: FileDescriptorProto,
    /// Where it came in binary: options that are not Protobuf's own are only there.
    encoded: Option<Vec<u8>>,
}

fn refuse<T>(text: impl Into<String>) -> Result<T, DataError> {
    Err(DataError::new(text))
}

impl Files {
    /// Compiles the text of a schema.
    pub(super) fn compile(text: &str, imports: &[Import]) -> Result<Files, DataError> {
        // The files of google/protobuf are there already.
        let mut linker =
            Linker { pool: DescriptorPool::global(), imports, open: vec![ROOT.to_owned()] };
        let mut root = parse(ROOT, text)?;
        let messages = named(&root.descriptor.message_type);
        let package = root.descriptor.package().to_owned();
        linker.add(&mut root)?;
        Ok(Files { pool: linker.pool, package, messages })
    }

    /// The message at such a place: the first of a file is `[0]`.
    pub(super) fn message(&self, indexes: &[i32]) -> Result<MessageDescriptor, DataError> {
        let mut name = self.package.clone();
        let mut messages = &self.messages;
        for index in indexes {
            let found = usize::try_from(*index).ok().and_then(|index| messages.get(index));
            let Some(found) = found else {
                return refuse(format!("Invalid message indexes: {indexes:?}"));
            };
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&found.name);
            messages = &found.nested;
        }
        let message = self.pool.get_message_by_name(&name);
        message.ok_or_else(|| DataError(format!("Could not find descriptor with name {name}")))
    }
}

/// Adds files in the order in which they need each other.
struct Linker<'a> {
    pool: DescriptorPool,
    imports: &'a [Import],
    /// Files that are being added: an import of one of them goes in circles.
    open: Vec<String>,
}

impl Linker<'_> {
    fn add(&mut self, file: &mut Parsed) -> Result<(), DataError> {
        for name in file.descriptor.dependency.clone() {
            self.import(&name)?;
        }
        let added = match file.encoded.take() {
            Some(encoded) => self.pool.decode_file_descriptor_proto(&encoded[..]),
            None => {
                file.descriptor.message_type.iter_mut().for_each(settle_map_entries);
                self.pool.add_file_descriptor_proto(std::mem::take(&mut file.descriptor))
            }
        };
        added.map_err(|error| DataError(format!("the schema cannot be understood: {error}")))
    }

    fn import(&mut self, name: &str) -> Result<(), DataError> {
        if self.pool.get_file_by_name(name).is_some() {
            return Ok(());
        }
        if self.open.iter().any(|open| open == name) {
            return refuse(format!(
                "the schema imports itself: {} -> {name}",
                self.open.join(" -> ")
            ));
        }
        let reference = self.imports.iter().find(|import| import.name == name);
        let text = reference.map(|import| import.text.as_str()).or_else(|| known::file(name));
        let Some(text) = text else {
            return refuse(format!(
                "Could not resolve import \"{name}\": the schema has no reference of that name"
            ));
        };
        let mut file = parse(name, text)?;
        self.open.push(name.to_owned());
        self.add(&mut file)?;
        self.open.pop();
        Ok(())
    }
}

/// A registry may have a file as text, or as base64 of its descriptor.
fn parse(name: &str, text: &str) -> Result<Parsed, DataError> {
    let error = match protox_parse::parse(name, text) {
        Ok(descriptor) => return Ok(Parsed { descriptor, encoded: None }),
        Err(error) => error,
    };
    let Ok(mut encoded) = STANDARD.decode(text.trim()) else {
        return refuse(format!("the schema cannot be understood: {error}"));
    };
    // Whatever it calls itself: of two values of a field the last one counts.
    let renamed = FileDescriptorProto { name: Some(name.to_owned()), ..Default::default() };
    encoded.extend(renamed.encode_to_vec());
    let descriptor = FileDescriptorProto::decode(&encoded[..])
        .map_err(|error| DataError(format!("the schema is no descriptor of a file: {error}")))?;
    Ok(Parsed { descriptor, encoded: Some(encoded) })
}

fn named(messages: &[DescriptorProto]) -> Vec<Named> {
    let is_made_up = |message: &&DescriptorProto| {
        message
            .options
            .as_ref()
            .is_some_and(|options| options.map_entry() && options.uninterpreted_option.is_empty())
    };
    let counted = messages.iter().filter(|message| !is_made_up(message));
    let named = |message: &DescriptorProto| Named {
        name: message.name().to_owned(),
        nested: named(&message.nested_type),
    };
    counted.map(named).collect()
}

/// Registries print the entries of a map as messages with `option map_entry = true`.
fn settle_map_entries(message: &mut DescriptorProto) {
    message.nested_type.iter_mut().for_each(settle_map_entries);
    let Some(options) = &mut message.options else { return };
    let before = options.uninterpreted_option.len();
    options.uninterpreted_option.retain(|option| !is_map_entry(option));
    if options.uninterpreted_option.len() < before {
        options.map_entry = Some(true);
    }
}

fn is_map_entry(option: &UninterpretedOption) -> bool {
    let [part] = &option.name[..] else { return false };
    part.name_part == "map_entry" && option.identifier_value() == "true"
}
