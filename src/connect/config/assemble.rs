//! The settings put together.

use std::collections::BTreeMap;

use super::lint;
use super::partitioning::{partitioner, rotation};
use super::read::{Problem, Reader};
use super::store::{errors, retry, store};
use super::{ConverterKind, Naming, OffsetReset, SinkConfig, Surroundings, Topics};
use crate::connect::format::{FormatKind, FormatSettings};
use crate::connect::json::KeyOrder;
use crate::connect::object_store::ObjectAttributes;
use crate::connect::schema::DecimalFormat;

pub(super) fn assemble(
    properties: &BTreeMap<String, String>,
    surroundings: &Surroundings,
) -> Result<SinkConfig, Vec<Problem>> {
    let mut reader = Reader::new(properties);
    let read = &mut reader;
    check_classes(read);
    let key_converter =
        read.has("key.converter").then(|| converter(read, "key.converter")).flatten();
    let value_converter = value_converter(read);
    let format = format(read);
    let partitioner = partitioner(read);
    let rotation = rotation(read, partitioner.as_ref());
    let topics = topics(read);
    let store = store(read, surroundings);
    check_compatibility(read, value_converter);
    let name = read.text("name").to_owned();
    if read.has("name") && (name.is_empty() || name.chars().any(char::is_control)) {
        read.refuse("name", format!("Invalid value {name} for configuration name: name must not be empty and must not contain control characters"));
    }
    let offset_reset = offset_reset(read, properties);
    let (Some(value_converter), Some(format), Some(partitioner), true) =
        (value_converter, format, partitioner, reader.problems.is_empty())
    else {
        reader.problems.sort_by(|one, other| one.key.cmp(&other.key));
        return Err(reader.problems);
    };
    let read = &reader;
    let group = properties
        .get("consumer.override.group.id")
        .map_or_else(|| format!("connect-{name}"), |group| group.trim().to_owned());
    let mut config = SinkConfig {
        name,
        group,
        task_count: usize::try_from(read.number("tasks.max")).unwrap_or(1),
        topics,
        offset_reset,
        key_converter,
        value_converter,
        naming: naming(read, &format),
        format,
        partitioner,
        rotation,
        store,
        attributes: ObjectAttributes {
            canned_acl: read.some_text("s3.acl.canned"),
            server_side_encryption: read.some_text("s3.ssea.name"),
            kms_key_id: read.some_text("s3.sse.kms.key.id"),
            ..ObjectAttributes::default()
        },
        part_bytes: usize::try_from(read.number("s3.part.size")).unwrap_or(usize::MAX),
        errors: errors(read),
        retry: retry(read),
        warnings: Vec::new(),
    };
    let mut warnings = reader.warnings;
    lint::lint(properties, &config, &mut warnings);
    config.warnings = warnings;
    Ok(config)
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
    let provider = read.text("s3.credentials.provider.class");
    if read.has("s3.credentials.provider.class")
        && !matches!(
            read.simple_class("s3.credentials.provider.class"),
            "DefaultCredentialsProvider" | "DefaultAWSCredentialsProviderChain"
        )
    {
        read.refuse_with(
            "s3.credentials.provider.class",
            format!("s3.credentials.provider.class={provider} is not built into klamm yet"),
            "leave it out: the keys of the file, the environment, profiles and roles are tried in turn",
        );
    }
    // Connect's own text for the two together, before klamm's for wan mode alone.
    if read.bool("s3.wan.mode") && read.bool("s3.path.style.access.enabled") {
        read.refuse("s3.path.style.access.enabled", "Both accelerate mode and path style access are being enabled either of which can be set as true at once.");
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

fn offset_reset(read: &mut Reader<'_>, properties: &BTreeMap<String, String>) -> OffsetReset {
    const KEY: &str = "consumer.override.auto.offset.reset";
    match properties.get(KEY).map_or("earliest", |value| value.trim()) {
        "earliest" => OffsetReset::Earliest,
        "latest" => OffsetReset::Latest,
        other => {
            read.refuse(KEY, format!("Invalid value {other} for configuration {KEY}: String must be one of: latest, earliest"));
            OffsetReset::Earliest
        }
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

fn converter(read: &mut Reader<'_>, key: &str) -> Option<ConverterKind> {
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
        "AvroConverter"
        | "ProtobufConverter"
        | "JsonSchemaConverter"
        | "LongConverter"
        | "IntegerConverter"
        | "ShortConverter"
        | "DoubleConverter"
        | "FloatConverter"
        | "BooleanConverter"
        | "SimpleHeaderConverter" => {
            read.refuse_with(
                key,
                format!("{key}={class} is not built into klamm yet"),
                "built: JsonConverter, StringConverter, ByteArrayConverter",
            );
            None
        }
        _ => {
            read.refuse(key, class_not_found(key, &class));
            None
        }
    }
}

fn format(read: &mut Reader<'_>) -> Option<FormatSettings> {
    let class = read.text("format.class").to_owned();
    let gzip = read.text("s3.compression.type") == "gzip";
    let kind = match read.simple_class("format.class") {
        "JsonFormat" => Some(FormatKind::Json),
        "ByteArrayFormat" => {
            Some(FormatKind::Bytes(read.raw("format.bytearray.separator").as_bytes().to_vec()))
        }
        "AvroFormat" | "ParquetFormat" => {
            if gzip {
                read.refuse(
                    "s3.compression.type",
                    format!("Compression Type gzip not valid for data format class: ( {class} )."),
                );
            }
            read.refuse_with(
                "format.class",
                format!("format.class={class} is not built into klamm yet"),
                "built: JsonFormat, ByteArrayFormat",
            );
            None
        }
        _ => {
            if read.has("format.class") {
                read.refuse("format.class", class_not_found("format.class", &class));
            }
            None
        }
    };
    let numeric = read.text("json.decimal.format").eq_ignore_ascii_case("numeric");
    let input_order = read.text("klamm.json.key.order") == "input";
    Some(FormatSettings {
        kind: kind?,
        gzip_level: gzip.then(|| read.number("s3.compression.level")),
        decimals: if numeric { DecimalFormat::Numeric } else { DecimalFormat::Base64 },
        key_order: if input_order { KeyOrder::Input } else { KeyOrder::JavaHashMap },
    })
}

fn naming(read: &Reader<'_>, format: &FormatSettings) -> Naming {
    let base = match format.kind {
        FormatKind::Json => ".json",
        FormatKind::Bytes(_) => read.text("format.bytearray.extension"),
    };
    let gzip = if format.gzip_level.is_some() { ".gz" } else { "" };
    Naming {
        topics_dir: read.text("topics.dir").to_owned(),
        directory_delim: read.text("directory.delim").to_owned(),
        file_delim: read.text("file.delim").to_owned(),
        offset_digits_min: usize::try_from(read.number("filename.offset.zero.pad.width"))
            .unwrap_or(0),
        extension: format!("{base}{gzip}"),
    }
}

fn check_compatibility(read: &mut Reader<'_>, converter: Option<ConverterKind>) {
    let mode = read.text("schema.compatibility").to_owned();
    let is_other = ["BACKWARD", "FORWARD", "FULL"].contains(&mode.as_str());
    match converter {
        Some(ConverterKind::Json { with_schemas: true }) if is_other => read.refuse_with(
            "schema.compatibility",
            format!("schema.compatibility={mode} is not built into klamm yet"),
            "built: NONE",
        ),
        Some(_) if is_other => read.warn(format!(
            "schema.compatibility={mode} has no effect: the records have no schema of their own"
        )),
        _ => {}
    }
}
