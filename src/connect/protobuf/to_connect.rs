//! Types of messages to Connect's schemas (`ProtobufData.toConnectSchema`), each with the way to
//! read its values.

use std::collections::BTreeMap;
use std::sync::Arc;

use prost_reflect::{
    Cardinality, FieldDescriptor, Kind as Type, MapKey, MessageDescriptor, OneofDescriptor, Syntax,
    Value,
};

use super::NAMESPACE;
use super::options::ProtobufOptions;
use super::value::{Member, Source, ValueReader};
use crate::connect::schema::{DataError, Field, Kind, Schema};

/// Messages are written out where they are used: types that use each other many times over
/// would never end.
const FIELDS_MAX: usize = 10_000;

/// The parameters of Connect's own that stand for enums.
const GENERALIZED_ENUM: &str = "org.apache.kafka.connect.data.Enum";
const GENERALIZED_UNION: &str = "org.apache.kafka.connect.data.Union";
const DECIMAL_PRECISION: &str = "connect.decimal.precision";

/// A schema and the reader of its values.
type Translated = (Schema, ValueReader);

/// The schema of messages of a type, without its version, and how they are read.
pub(super) fn to_connect(
    options: &ProtobufOptions,
    message: &MessageDescriptor,
) -> Result<Translated, DataError> {
    let mut translation =
        Translation { options, open: Vec::new(), tags: BTreeMap::new(), fields: 0 };
    translation.message(message)
}

struct Translation<'a> {
    options: &'a ProtobufOptions,
    /// Messages that are being translated.
    open: Vec<String>,
    /// Messages that were, with the number of the field that was the first to use them. It
    /// stays with them, which shows in lists.
    tags: BTreeMap<String, Option<u32>>,
    fields: usize,
}

fn refuse<T>(text: impl Into<String>) -> Result<T, DataError> {
    Err(DataError::new(text))
}

impl Translation<'_> {
    fn message(&mut self, message: &MessageDescriptor) -> Result<Translated, DataError> {
        if let Some(wrapped) = wrapped(message).filter(|_| self.options.wrapper_for_raw_primitives)
        {
            return Ok(wrapped);
        }
        let full_name = message.full_name();
        if self.open.iter().any(|open| open == full_name) {
            return refuse(format!("klamm reads no messages that contain themselves: {full_name}"));
        }
        self.open.push(full_name.to_owned());
        let (mut fields, mut members) = (Vec::new(), Vec::new());
        for (index, oneof) in real_oneofs(message).enumerate() {
            if self.options.flatten_unions {
                for field in oneof.fields() {
                    let (schema, value) = self.field(&field, true)?;
                    fields.push(Field::new(field.name(), schema));
                    members.push(Member::Field(Source { field, value, is_always_set: false }));
                }
            } else {
                let (schema, sources) = self.union(&oneof)?;
                let name = match self.options.generate_index_for_unions {
                    true => format!("{}_{index}", oneof.name()),
                    false => oneof.name().to_owned(),
                };
                fields.push(Field::new(name, schema));
                members.push(Member::Union(sources));
            }
        }
        for field in declared_fields(message) {
            let (schema, value) = self.field(&field, false)?;
            fields.push(Field::new(field.name(), schema));
            let is_always_set = self.is_always_set(&field);
            members.push(Member::Field(Source { field, value, is_always_set }));
        }
        self.open.pop();
        check_names(&fields)?;
        let name = if self.options.enhanced_schema_support { full_name } else { message.name() };
        Ok((Schema::new(Kind::Struct(fields)).named(name), ValueReader::Struct(members)))
    }

    fn union(&mut self, oneof: &OneofDescriptor) -> Result<(Schema, Vec<Source>), DataError> {
        let (mut fields, mut sources) = (Vec::new(), Vec::new());
        for field in oneof.fields() {
            let (schema, value) = self.field(&field, true)?;
            fields.push(Field::new(field.name(), schema));
            sources.push(Source { field, value, is_always_set: false });
        }
        let schema = Schema::new(Kind::Struct(fields)).optional();
        let name = oneof.name();
        let schema = if self.options.generalized_sum_types {
            schema.named(name).with_parameter(GENERALIZED_UNION, name)
        } else if self.options.enhanced_schema_support {
            schema.named(format!("{NAMESPACE}.Union.{}", oneof.full_name()))
        } else {
            schema.named(format!("{NAMESPACE}.Union.{name}"))
        };
        Ok((schema, sources))
    }

    fn field(&mut self, field: &FieldDescriptor, is_member: bool) -> Result<Translated, DataError> {
        self.fields += 1;
        if self.fields > FIELDS_MAX {
            return refuse(format!("the schema has more than {FIELDS_MAX} fields"));
        }
        let (mut schema, mut value) = match field.kind() {
            _ if field.is_group() => return refuse("Unknown Connect schema type: GROUP"),
            Type::Message(message) => self.message_field(field, &message)?,
            Type::Enum(_) => self.enumeration(field),
            kind => scalar(field, &kind),
        };
        let is_repeated = field.cardinality() == Cardinality::Repeated;
        if is_repeated && !matches!(schema.kind, Kind::Map(..)) {
            schema = Schema::new(Kind::Array(Arc::new(schema.optional()))).optional();
            value = ValueReader::List(Box::new(value));
        }
        let options = self.options;
        if is_member {
            schema.is_optional = true;
            let is_wrapper = matches!(field.kind(), Type::Message(it) if wrapped(&it).is_some());
            if options.wrapper_for_nullables && is_wrapper {
                schema = schema.with_parameter(format!("{NAMESPACE}.Wrapper"), "true");
            }
        } else if options.optional_for_nullables {
            schema.is_optional |= is_called_optional(field);
        } else {
            schema.is_optional |= !options.wrapper_for_nullables;
        }
        let tag = field.number().to_string();
        Ok((schema.with_parameter(format!("{NAMESPACE}.Tag"), tag), value))
    }

    fn enumeration(&self, field: &FieldDescriptor) -> Translated {
        let Type::Enum(descriptor) = field.kind() else { return scalar(field, &field.kind()) };
        let options = self.options;
        let kind = if options.int_for_enums { Kind::Int32 } else { Kind::String };
        let full_name = options.enhanced_schema_support;
        let name = if full_name { descriptor.full_name() } else { descriptor.name() };
        let own = format!("{NAMESPACE}.Enum");
        let parameter = if options.generalized_sum_types { GENERALIZED_ENUM } else { &own };
        let mut schema = Schema::new(kind).named(name).optional();
        schema = schema.with_parameter(parameter, descriptor.name());
        for value in descriptor.values() {
            let symbol = format!("{parameter}.{}", value.name());
            schema = schema.with_parameter(symbol, value.number().to_string());
        }
        (schema, ValueReader::Enum { descriptor, as_number: options.int_for_enums })
    }

    fn message_field(
        &mut self,
        field: &FieldDescriptor,
        message: &MessageDescriptor,
    ) -> Result<Translated, DataError> {
        let (schema, value) = match message.full_name() {
            "confluent.type.Decimal" => (decimal(field), ValueReader::Decimal),
            "google.type.Date" => (Schema::date(), ValueReader::Date),
            "google.type.TimeOfDay" => (Schema::time(), ValueReader::Time),
            "google.protobuf.Timestamp" => (Schema::timestamp(), ValueReader::Timestamp),
            name @ "confluent.type.Variant" => {
                return refuse(format!("{name} is not built into klamm"));
            }
            name => {
                let wrapped = wrapped(message).filter(|_| self.options.wrapper_for_nullables);
                match (wrapped, is_map(field, message)) {
                    (Some(wrapped), _) => wrapped,
                    (None, true) => self.map(field, message)?,
                    (None, false) => {
                        let (schema, value) = self.message(message)?;
                        (self.tagged(field, name, schema), value)
                    }
                }
            }
        };
        Ok((schema.optional(), value))
    }

    /// The element of a list has the number of the field that has used the message before.
    fn tagged(&mut self, field: &FieldDescriptor, message: &str, schema: Schema) -> Schema {
        if !schema.is_struct() {
            return schema;
        }
        let is_list = field.cardinality() == Cardinality::Repeated;
        match self.tags.get(message) {
            Some(Some(tag)) if is_list => {
                schema.with_parameter(format!("{NAMESPACE}.Tag"), tag.to_string())
            }
            Some(_) => schema,
            None => {
                let tag = (!is_list).then(|| field.number());
                self.tags.insert(message.to_owned(), tag);
                schema
            }
        }
    }

    fn map(
        &mut self,
        field: &FieldDescriptor,
        entry: &MessageDescriptor,
    ) -> Result<Translated, DataError> {
        let (mut schemas, mut values) = (Vec::new(), Vec::new());
        for field in declared_fields(entry) {
            let (schema, value) = self.field(&field, false)?;
            schemas.push(Arc::new(schema));
            values.push(Box::new(value));
        }
        let (Ok([key, value]), Ok([key_reader, value_reader])) =
            (<[_; 2]>::try_from(schemas), <[_; 2]>::try_from(values))
        else {
            return refuse(format!("{} is no entry of a map", entry.full_name()));
        };
        let name = if field.is_map() { map_name(field.name()) } else { entry_name(entry.name()) };
        let name = match entry.full_name().rsplit_once('.') {
            Some((scope, _)) if self.options.enhanced_schema_support => format!("{scope}.{name}"),
            _ => name,
        };
        let schema = Schema::new(Kind::Map(key, value)).named(name);
        Ok((schema, ValueReader::Map(key_reader, value_reader)))
    }

    fn is_always_set(&self, field: &FieldDescriptor) -> bool {
        let is_message = matches!(field.kind(), Type::Message(_))
            && field.cardinality() != Cardinality::Repeated;
        let is_optional = field.field_descriptor_proto().proto3_optional()
            || (self.options.optional_for_proto2 && is_called_optional(field));
        !is_message && !is_optional || self.options.generate_struct_for_nulls
    }
}

/// Those that stand in the file, not those that `optional` stands for in proto3.
fn real_oneofs(message: &MessageDescriptor) -> impl Iterator<Item = OneofDescriptor> {
    message.oneofs().filter(|oneof| !oneof.is_synthetic())
}

/// As they stand in the file, without those of a oneof.
fn declared_fields(message: &MessageDescriptor) -> impl Iterator<Item = FieldDescriptor> {
    let raw = message.descriptor_proto().field.iter();
    raw.filter_map(|raw| message.get_field_by_name(raw.name()))
        .filter(|field| field.containing_oneof().is_none_or(|oneof| oneof.is_synthetic()))
}

fn check_names(fields: &[Field]) -> Result<(), DataError> {
    for (index, field) in fields.iter().enumerate() {
        if fields[..index].iter().any(|other| other.name == field.name) {
            let name = &field.name;
            return refuse(format!("Cannot create field because of field name duplication {name}"));
        }
    }
    Ok(())
}

/// `optional` stands before it.
fn is_called_optional(field: &FieldDescriptor) -> bool {
    let is_proto2 = field.parent_message().parent_file().syntax() == Syntax::Proto2;
    field.field_descriptor_proto().proto3_optional()
        || (is_proto2
            && field.cardinality() == Cardinality::Optional
            && field.containing_oneof().is_none())
}

fn scalar(field: &FieldDescriptor, kind: &Type) -> Translated {
    let (connect, written) = match kind {
        Type::Double => (Kind::Float64, None),
        Type::Float => (Kind::Float32, None),
        Type::Bool => (Kind::Boolean, None),
        Type::String => (Kind::String, None),
        Type::Bytes => (Kind::Bytes, None),
        Type::Int32 => (Kind::Int32, None),
        Type::Sint32 => (Kind::Int32, Some("sint32")),
        Type::Sfixed32 => (Kind::Int32, Some("sfixed32")),
        Type::Int64 => (Kind::Int64, None),
        Type::Uint32 => (Kind::Int64, Some("uint32")),
        Type::Fixed32 => (Kind::Int64, Some("fixed32")),
        Type::Uint64 => (Kind::Int64, Some("uint64")),
        Type::Sint64 => (Kind::Int64, Some("sint64")),
        Type::Fixed64 => (Kind::Int64, Some("fixed64")),
        Type::Sfixed64 => (Kind::Int64, Some("sfixed64")),
        Type::Message(_) | Type::Enum(_) => (Kind::String, None),
    };
    let narrow = (connect == Kind::Int32).then(|| meta(field, "connect.type")).flatten();
    let schema = match (narrow.as_deref(), written) {
        (Some("int8"), _) => Schema::new(Kind::Int8),
        (Some("int16"), _) => Schema::new(Kind::Int16),
        (_, Some(written)) => {
            Schema::new(connect).with_parameter(format!("{NAMESPACE}.Type"), written)
        }
        _ => Schema::new(connect),
    };
    let value = ValueReader::Scalar(schema.kind.clone());
    (schema, value)
}

/// What a wrapper of `google.protobuf` wraps; `None` of any other message.
fn wrapped(message: &MessageDescriptor) -> Option<Translated> {
    let kind = match message.full_name() {
        "google.protobuf.DoubleValue" => Kind::Float64,
        "google.protobuf.FloatValue" => Kind::Float32,
        "google.protobuf.Int64Value"
        | "google.protobuf.UInt64Value"
        | "google.protobuf.UInt32Value" => Kind::Int64,
        "google.protobuf.Int32Value" => Kind::Int32,
        "google.protobuf.BoolValue" => Kind::Boolean,
        "google.protobuf.StringValue" => Kind::String,
        "google.protobuf.BytesValue" => Kind::Bytes,
        _ => return None,
    };
    let value = ValueReader::Wrapped(Box::new(ValueReader::Scalar(kind.clone())));
    Some((Schema::new(kind), value))
}

fn decimal(field: &FieldDescriptor) -> Schema {
    let number = |key: &str| meta(field, key).and_then(|text| text.parse::<i32>().ok());
    let schema = Schema::decimal(number("scale").unwrap_or(0));
    match number("precision") {
        Some(precision) => schema.with_parameter(DECIMAL_PRECISION, precision.to_string()),
        None => schema,
    }
}

/// A parameter of the option `(confluent.field_meta)`.
fn meta(field: &FieldDescriptor, key: &str) -> Option<String> {
    let extension =
        field.parent_message().parent_pool().get_extension_by_name("confluent.field_meta")?;
    let options = field.options();
    let meta = options.get_extension(&extension);
    let params = meta.as_message()?.get_field_by_name("params")?;
    let value: &Value = params.as_map()?.get(&MapKey::String(key.to_owned()))?;
    value.as_str().map(str::to_owned)
}

/// The converter goes by the name of the message: a list of messages that look like entries of
/// a map is a map.
fn is_map(field: &FieldDescriptor, message: &MessageDescriptor) -> bool {
    let fields: Vec<FieldDescriptor> = declared_fields(message).collect();
    let is_single = |field: &FieldDescriptor| field.cardinality() != Cardinality::Repeated;
    field.cardinality() == Cardinality::Repeated
        && message.name().ends_with("Entry")
        && message.fields().len() == 2
        && matches!(&fields[..], [key, value] if key.name() == "key" && value.name() == "value")
        && fields.iter().all(is_single)
}

/// `someSizes` and `some_sizes` become `some_sizes`, by way of the entry's name.
fn map_name(field: &str) -> String {
    if !field.contains('_') {
        return lower_underscore(field);
    }
    let words = field.split('_').map(|word| {
        let lower = word.to_ascii_lowercase();
        let mut letters = lower.chars();
        letters.next().map_or(String::new(), |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    });
    lower_underscore(&words.collect::<String>())
}

/// The name of a map by that of a message which only looks like an entry.
fn entry_name(message: &str) -> String {
    lower_underscore(message.strip_suffix("Entry").unwrap_or(message))
}

fn lower_underscore(camel: &str) -> String {
    let mut name = String::with_capacity(camel.len() + 4);
    for (index, letter) in camel.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
