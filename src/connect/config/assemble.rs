//! The settings put together.

use std::collections::BTreeMap;

use super::consumer::consumer;
use super::errors::{errors, null_values};
use super::format::{extension, format};
use super::partitioning::{partitioner, rotation};
use super::read::{Problem, Reader};
use super::registry::registry;
use super::store::{attributes, retry, store, tagging};
use super::transforms::transforms;
use super::{
    ConverterKind, ExtraFile, HeaderConverterKind, Naming, SinkConfig, Surroundings, Topics, lint,
};
use crate::connect::convert::Primitive;
use crate::connect::format::FormatSettings;
use crate::connect::rotation::RotationSettings;
use crate::connect::schema::Compatibility;

pub(super) fn assemble(
    properties: &BTreeMap<String, String>,
    surroundings: &Surroundings,
) -> Result<SinkConfig, Vec<Problem>> {
    let properties = &with_worker_converters(properties, surroundings);
    let mut reader = Reader::new(properties, surroundings);
    let read = &mut reader;
    check_classes(read);
    let transforms = transforms(read);
    let keys = extra_file(read, "keys");
    let headers = extra_file(read, "headers");
    let key_converter = key_converter(read, keys.is_some() || !transforms.is_empty());
    let header_converter = header_converter(read);
    let value_converter = value_converter(read);
    let format = format(read, "format.class", "data");
    let partitioner = partitioner(read);
    let rotation = rotation(read, partitioner.as_ref());
    let topics = topics(read);
    let store = store(read, surroundings);
    let attributes = attributes(read, &store);
    let (tagging, errors, consumer) = (tagging(read), errors(read), consumer(read));
    let null_values = null_values(read);
    let schema_compatibility = compatibility(read, value_converter.as_ref());
    let name = name(read);
    let (Some(value_converter), Some(format), Some(partitioner), true) =
        (value_converter, format, partitioner, reader.problems.is_empty())
    else {
        reader.problems.sort_by(|one, other| one.key.cmp(&other.key));
        return Err(reader.problems);
    };
    let read = &mut reader;
    let has_extras = keys.is_some() || headers.is_some();
    let mut config = SinkConfig {
        group: group(&consumer.overrides, &name),
        name,
        task_count: usize::try_from(read.number("tasks.max")).unwrap_or(1),
        topics,
        consumer,
        key_converter,
        value_converter,
        header_converter,
        transforms,
        naming: naming(read, &format),
        format,
        partitioner,
        null_values,
        keys,
        headers,
        conditional_writes: conditional_writes(read, &rotation, has_extras),
        rotation,
        schema_compatibility,
        store,
        attributes,
        part_bytes: usize::try_from(read.number("s3.part.size")).unwrap_or(usize::MAX),
        tagging,
        put_ms_max: put_ms_max(read),
        errors,
        retry: retry(read),
        warnings: Vec::new(),
    };
    let mut warnings = reader.warnings;
    lint::lint(properties, &config, &mut warnings);
    config.warnings = warnings;
    Ok(config)
}

/// A connector without a converter of its own has the worker's, with the worker's settings.
fn with_worker_converters(
    properties: &BTreeMap<String, String>,
    surroundings: &Surroundings,
) -> BTreeMap<String, String> {
    let mut properties = properties.clone();
    for converter in ["key.converter", "value.converter", "header.converter"] {
        if properties.contains_key(converter) || !surroundings.worker.contains_key(converter) {
            continue;
        }
        let of_converter = format!("{converter}.");
        properties.retain(|name, _| !name.starts_with(&of_converter));
        let of_worker = surroundings
            .worker
            .iter()
            .filter(|(name, _)| *name == converter || name.starts_with(&of_converter));
        properties.extend(of_worker.map(|(name, value)| (name.clone(), value.clone())));
    }
    properties
}

fn name(read: &mut Reader<'_>) -> String {
    let name = read.text("name").to_owned();
    let controls: Vec<String> =
        name.chars().filter(char::is_ascii_control).map(|it| u32::from(it).to_string()).collect();
    let reason = match controls.join(", ") {
        _ if !read.has("name") => return name,
        _ if name.is_empty() => "String may not be empty".to_owned(),
        controls if controls.is_empty() => return name,
        controls => format!(
            "String may not contain control sequences but had the following ASCII chars: {controls}"
        ),
    };
    read.refuse("name", format!("Invalid value {name} for configuration name: {reason}"));
    name
}

fn group(overrides: &BTreeMap<String, String>, name: &str) -> String {
    overrides.get("group.id").cloned().unwrap_or_else(|| format!("connect-{name}"))
}

/// Where cuts are deterministic a repeated upload replaces an object by itself; nothing is won
/// by a condition, and the connector makes none.
fn conditional_writes(
    read: &mut Reader<'_>,
    rotation: &RotationSettings,
    has_extras: bool,
) -> Option<u32> {
    let wanted = read.bool("enable.conditional.writes");
    if wanted && read.has("enable.conditional.writes") && rotation.schedule.is_none() {
        read.warn(
            "enable.conditional.writes has no effect: it goes with rotate.schedule.interval.ms",
        );
    } else if wanted && read.has("enable.conditional.writes") && has_extras {
        read.warn("enable.conditional.writes has no effect: it does not go with store.kafka.keys or store.kafka.headers");
    }
    let limit = u32::try_from(read.number("max.files.scan.limit")).unwrap_or(0);
    (wanted && rotation.schedule.is_some() && !has_extras).then_some(limit)
}

fn put_ms_max(read: &Reader<'_>) -> Option<u64> {
    let put_ms_max = read.number("max.write.duration.ms");
    u64::try_from(put_ms_max).ok().filter(|_| put_ms_max != i64::MAX)
}

fn check_classes(read: &mut Reader<'_>) {
    let class = read.text("connector.class");
    if read.has("connector.class")
        && !matches!(
            class,
            "io.confluent.connect.s3.S3SinkConnector" | "S3SinkConnector" | "S3Sink"
        )
    {
        read.refuse_with(
            "connector.class",
            format!("Failed to find any class that implements Connector and which name matches {class}, available connectors are: io.confluent.connect.s3.S3SinkConnector"),
            "klamm has the S3 sink only",
        );
    }
    let storage = read.text("storage.class");
    if read.has("storage.class") && read.simple_class("storage.class") != "S3Storage" {
        read.refuse("storage.class", class_not_found("storage.class", storage));
    }
}

pub(super) fn class_not_found(key: &str, class: &str) -> String {
    format!("Invalid value {class} for configuration {key}: Class {class} could not be found.")
}

fn topics(read: &mut Reader<'_>) -> Topics {
    let (names, regex) = (read.list("topics"), read.text("topics.regex").to_owned());
    let refusal = match (names.is_empty(), regex.is_empty()) {
        (false, false) => {
            "topics and topics.regex are mutually exclusive options, but both are set."
        }
        (true, true) => "Must configure one of topics or topics.regex",
        (false, true) => return Topics::Named(names),
        (true, false) => {
            if let Err(error) = regex_lite::Regex::new(&regex) {
                read.refuse("topics.regex", format!("Invalid value {regex} for configuration topics.regex: Invalid regular expression: {error}"));
            }
            return Topics::Matching(regex);
        }
    };
    // Connect reports this at both keys.
    read.refuse("topics", refusal);
    read.refuse("topics.regex", refusal);
    Topics::Named(names)
}

/// Keys are converted only where something looks at them, or the file says how.
fn key_converter(read: &mut Reader<'_>, needs_key: bool) -> Option<ConverterKind> {
    if read.has("key.converter") {
        return converter(read, "key.converter");
    }
    if needs_key {
        read.warn(
            "no key.converter in the file: StringConverter. Kafka Connect takes it from the \
             worker's file",
        );
    }
    needs_key.then_some(ConverterKind::Text)
}

fn header_converter(read: &mut Reader<'_>) -> HeaderConverterKind {
    const KEY: &str = "header.converter";
    match read.simple_class(KEY) {
        "" | "SimpleHeaderConverter" | "Simple" => HeaderConverterKind::Simple,
        class @ ("AvroConverter" | "JsonSchemaConverter" | "ProtobufConverter") => {
            read.refuse(
                KEY,
                format!("Class {class} does not implement the HeaderConverter interface."),
            );
            HeaderConverterKind::Simple
        }
        _ => converter(read, KEY).map_or(HeaderConverterKind::Simple, HeaderConverterKind::Of),
    }
}

fn value_converter(read: &mut Reader<'_>) -> Option<ConverterKind> {
    if read.has("value.converter") {
        return converter(read, "value.converter");
    }
    let with_schemas = read.bool("value.converter.schemas.enable");
    if !with_schemas {
        read.warn(
            "no value.converter in the file: JsonConverter with schemas.enable=false, that is \
             plain JSON. Kafka Connect takes it from the worker's file, where the stock one has \
             schemas.enable=true and refuses plain JSON",
        );
    }
    Some(ConverterKind::Json { with_schemas })
}

fn converter(read: &mut Reader<'_>, key: &'static str) -> Option<ConverterKind> {
    let class = read.text(key).to_owned();
    let schemas_key = format!("{key}.schemas.enable");
    match read.simple_class(key) {
        "JsonConverter" | "Json" => {
            // Connect's default is true.
            let with_schemas = !read.has(&schemas_key) || read.bool(&schemas_key);
            Some(ConverterKind::Json { with_schemas })
        }
        "StringConverter" | "String" => Some(ConverterKind::Text),
        "ByteArrayConverter" | "ByteArray" => Some(ConverterKind::Bytes),
        class @ ("AvroConverter" | "JsonSchemaConverter" | "ProtobufConverter") => {
            registry(read, key, class)
        }
        "SimpleHeaderConverter" => {
            read.refuse_with(
                key,
                format!("{key}={class} is not built into klamm"),
                "built: JsonConverter, StringConverter, ByteArrayConverter, AvroConverter, \
                 JsonSchemaConverter, ProtobufConverter and those of single numbers",
            );
            None
        }
        simple_name => {
            let primitive = Primitive::of_class(simple_name).map(ConverterKind::Primitive);
            if primitive.is_none() {
                read.refuse(key, class_not_found(key, &class));
            }
            primitive
        }
    }
}

/// How records become files; `whose` is `data`, `keys` or `headers` in the connector's texts.
/// `store.kafka.keys` or `store.kafka.headers`.
fn extra_file(read: &mut Reader<'_>, whose: &str) -> Option<ExtraFile> {
    if !read.bool(&format!("store.kafka.{whose}")) {
        return None;
    }
    let key = format!("{whose}.format.class");
    if whose == "headers" && read.simple_class(&key) == "ByteArrayFormat" {
        let class = read.text(&key).to_owned();
        read.refuse(
            &key,
            format!(
                "Invalid value {class} for configuration {key}: headers cannot be written as bytes"
            ),
        );
        return None;
    }
    let format = format(read, &key, whose)?;
    Some(ExtraFile { extension: format!(".{whose}{}", extension(read, &format)), format })
}

fn naming(read: &Reader<'_>, format: &FormatSettings) -> Naming {
    Naming {
        topics_dir: read.text("topics.dir").to_owned(),
        directory_delim: read.text("directory.delim").to_owned(),
        file_delim: read.text("file.delim").to_owned(),
        offset_digits_min: usize::try_from(read.number("filename.offset.zero.pad.width"))
            .unwrap_or(0),
        extension: extension(read, format),
    }
}

fn compatibility(read: &mut Reader<'_>, converter: Option<&ConverterKind>) -> Compatibility {
    let name = read.text("schema.compatibility").to_owned();
    let mode = Compatibility::of_name(&name);
    let is_known = ["NONE", "BACKWARD", "FORWARD", "FULL"].contains(&name.as_str());
    let has_schemas = matches!(
        converter,
        Some(ConverterKind::Json { with_schemas: true } | ConverterKind::Registry(_)) | None
    );
    if !is_known {
        read.warn(format!("schema.compatibility={name} is no mode and means NONE"));
    } else if mode != Compatibility::None && !has_schemas {
        read.warn(format!(
            "schema.compatibility={name} has no effect: the records have no schema of their own"
        ));
    }
    mode
}
