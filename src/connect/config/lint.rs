//! What is allowed and probably not meant.

use std::collections::BTreeMap;

use super::read::Reader;
use super::{ConverterKind, NullValues, OffsetReset, SinkConfig};
use crate::connect::extractor::Extractor;
use crate::connect::format::FormatKind;
use crate::connect::partitioner::PartitionerKind;
use crate::connect::time::LocaleNames;

/// The loud one: `!{timestamp:…}` is another product's language.
pub(super) fn firehose(read: &mut Reader<'_>, format: &str, expanded_to: Option<&str>) {
    if !format.contains("!{") {
        return;
    }
    let is_quoted = format.starts_with('\'');
    let real = if is_quoted {
        "Confluent's connector takes it literally: every object would go to one folder of \
         exactly that name, without any time in it"
    } else {
        "Confluent's connector refuses it: Illegal pattern component: r"
    };
    read.warn(match expanded_to {
        Some(joda) => format!(
            "path.format={format} is the prefix language of Amazon Data Firehose, not of Kafka \
             Connect. klamm expands it, as if it were path.format={joda}; write that instead. \
             {real}. klamm.path.format=strict does as the connector does"
        ),
        None => format!(
            "path.format={format} is the prefix language of Amazon Data Firehose, not of Kafka \
             Connect, and is taken literally: every object goes to one folder of exactly that \
             name. Correct is path.format='year'=YYYY/'month'=MM/'day'=dd/'hour'=HH"
        ),
    });
}

pub(super) fn lint(
    properties: &BTreeMap<String, String>,
    config: &SinkConfig,
    warnings: &mut Vec<String>,
) {
    folders(properties, config, warnings);
    mismatches(config, warnings);
    bucket_name(&config.store.bucket, warnings);
    if config.rotation.schedule.is_some() {
        warnings.push(
            "rotate.schedule.interval.ms closes files by the clock: after a crash records may be \
             written twice (at least once)"
                .to_owned(),
        );
    } else {
        warnings.push(format!(
            "a file is closed after flush.size={} records of a partition{}; what remains stays \
             unwritten until more arrive, or until `klamm sink flush`. \
             rotate.schedule.interval.ms closes files by the clock",
            config.rotation.flush_size,
            if config.rotation.interval_ms.is_some() {
                " or by a record that is rotate.interval.ms later"
            } else {
                ""
            }
        ));
    }
    if let NullValues::Write { folder } = &config.null_values {
        warnings.push(format!(
            "behavior.on.null.values=write: keys of tombstones go to the folder {folder}, whatever the partitioner says"
        ));
    }
    if config.consumer.offset_reset == OffsetReset::Latest {
        warnings.push(
            "consumer.override.auto.offset.reset=latest: what is in the topics already is not written"
                .to_owned(),
        );
    }
}

/// Letters and names that people take for others in `path.format` and `locale`.
fn folders(properties: &BTreeMap<String, String>, config: &SinkConfig, warnings: &mut Vec<String>) {
    let PartitionerKind::Time(time) = &config.partitioner.kind else { return };
    let text = |key: &str| properties.get(key).map_or("", |value| value.trim());
    for (letter, count) in time.pattern.letters() {
        let advice = match (letter, count) {
            ('D', _) => "D is the day of the year; the day of the month is dd",
            ('h', _) => "hh is the hour of a half day; the hour of the day is HH",
            ('m', 2) if !time.pattern.letters().any(|(letter, _)| letter == 'M') => {
                "mm is the minute; the month is MM"
            }
            ('x', _) => "x is the year of the week; the calendar year is yyyy",
            _ => continue,
        };
        warnings.push(format!("path.format={}: {advice}", text("path.format")));
    }
    let locale = text("locale");
    let uses_names = time
        .pattern
        .letters()
        .any(|(letter, count)| letter == 'E' || (letter == 'M' && count > 2) || letter == 'a');
    if uses_names && !LocaleNames::is_known(locale) {
        let language = locale.split(['_', '-']).next().unwrap_or(locale);
        warnings.push(format!(
            "locale={locale} is no language to the connector, so that names of months and days are English; write locale={language}"
        ));
    }
    if time.extractor == Extractor::Wallclock {
        warnings.push(
            "timestamp.extractor is Wallclock: folders follow the time at which the sink \
             takes records up, not the time of the events, and records that are read again \
             after a crash may go to another folder. Record or RecordField make it exact"
                .to_owned(),
        );
    }
}

/// What a converter gives and a format or a partitioner cannot take: the connector notices at
/// the first record.
fn mismatches(config: &SinkConfig, warnings: &mut Vec<String>) {
    if !config.transforms.is_empty() {
        return;
    }
    let converter = &config.value_converter;
    let is_plain_json = *converter == ConverterKind::Json { with_schemas: false };
    let is_unstructured = matches!(converter, ConverterKind::Text | ConverterKind::Bytes);
    let needs_schema = matches!(config.format.kind, FormatKind::Avro(_) | FormatKind::Parquet(_));
    if is_plain_json && needs_schema {
        warnings.push(
            "AvroFormat and ParquetFormat need records with a schema: plain JSON \
             (schemas.enable=false) stops the task at its first record. JsonConverter with \
             schemas.enable=true or AvroConverter give one"
                .to_owned(),
        );
    }
    match (&config.format.kind, converter) {
        (FormatKind::Json, ConverterKind::Text) => warnings.push(
            "StringConverter with JsonFormat writes every value as one quoted text, also if it is \
             JSON; value.converter=org.apache.kafka.connect.json.JsonConverter with \
             value.converter.schemas.enable=false writes JSON as JSON"
                .to_owned(),
        ),
        (FormatKind::Bytes(_), ConverterKind::Bytes) => {}
        (FormatKind::Bytes(_), _) => warnings.push(
            "ByteArrayFormat takes bytes only: other values stop the task at its first record; \
             set value.converter=org.apache.kafka.connect.converters.ByteArrayConverter"
                .to_owned(),
        ),
        _ => {}
    }
    let looks_into_value = match &config.partitioner.kind {
        PartitionerKind::Field(_) if is_plain_json || is_unstructured => Some("FieldPartitioner"),
        PartitionerKind::Time(time)
            if is_unstructured && matches!(time.extractor, Extractor::RecordField(_)) =>
        {
            Some("timestamp.extractor=RecordField")
        }
        _ => None,
    };
    if let Some(setting) = looks_into_value {
        let needs = if is_plain_json { "a schema" } else { "fields" };
        warnings.push(format!(
            "{setting} needs values with {needs}: others stop the task at its first record \
             (Error encoding partition.)"
        ));
    }
}

/// A name that no endpoint takes, which the connector learns as a bare 400.
fn bucket_name(bucket: &str, warnings: &mut Vec<String>) {
    if !is_bucket_name(bucket) {
        warnings.push(format!("s3.bucket.name={bucket}: {BUCKET_NAMES}"));
    }
}

/// What S3 asks of a bucket's name.
pub(in crate::connect) const BUCKET_NAMES: &str =
    "names of buckets have 3 to 63 lower-case letters, digits, dots and hyphens";

/// Whether S3 would make a bucket of this name. An access point's ARN is none, and is fine.
pub(in crate::connect) fn is_bucket_name(bucket: &str) -> bool {
    let is_legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    bucket.starts_with("arn:") || (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_legal)
}
