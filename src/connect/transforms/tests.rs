//! The same records through Kafka's transforms and ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::connect::config::ConverterKind;
use crate::connect::convert::Converter;
use crate::connect::json::KeyOrder;
use crate::connect::schema::{Data, DecimalFormat, Kind, Schema, ValueWriter};

const KAFKAS: &str = include_str!("../../../fixtures/connect/transforms.txt");

fn value_text(schema: Option<&Schema>, data: &Data) -> String {
    if data.is_null() {
        return "null".to_owned();
    }
    let mut out = Vec::new();
    let writer = ValueWriter::new(DecimalFormat::Base64, KeyOrder::JavaHashMap);
    writer.write(schema, data, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn schema_text(schema: Option<&Schema>) -> String {
    let Some(schema) = schema else { return "-".to_owned() };
    let mut text = schema.kind.name().to_ascii_lowercase();
    match &schema.kind {
        Kind::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|field| format!("{}:{}", field.name, schema_text(Some(&field.schema))));
            let _ = write!(text, "{{{}}}", fields.collect::<Vec<_>>().join(","));
        }
        Kind::Array(element) => {
            let _ = write!(text, "[{}]", schema_text(Some(element)));
        }
        _ => {}
    }
    if schema.is_optional {
        text.push('?');
    }
    if let Some(name) = &schema.name {
        let _ = write!(text, "@{}", name.replace("org.apache.kafka.connect.data.", ""));
    }
    if let Some(version) = schema.version {
        let _ = write!(text, "#{version}");
    }
    if let Some(default) = &schema.default {
        let _ = write!(text, "={}", value_text(Some(schema), default));
    }
    text
}

fn shown(value: &SchemaAndData) -> String {
    let schema = value.schema.as_deref();
    format!("{} {}", schema_text(schema), value_text(schema, &value.data))
}

fn text(text: &str, schema: Schema) -> SchemaAndData {
    SchemaAndData { schema: Some(Arc::new(schema)), data: Data::String(text.to_owned()) }
}

/// What ours makes of a line of the fixture.
fn ours(with_schemas: bool, settings: &str, value: &str) -> String {
    let mut settings: BTreeMap<&str, &str> =
        settings.split(';').filter_map(|setting| setting.split_once('=')).collect();
    let class = settings.remove("type").unwrap();
    let options = Options::new(settings, "");
    let transform = transform_of(class, &options).unwrap();
    if let Some(error) = options.errors().first() {
        return format!("ERROR {}", error.message);
    }
    let kind = ConverterKind::Json { with_schemas };
    let mut converter = Converter::new(kind, "t", KeyOrder::JavaHashMap);
    let value = converter.read(Some(value).filter(|value| *value != "null").map(str::as_bytes));
    let header = |key: &str, value: &str| Header {
        key: key.to_owned(),
        value: text(value, Schema::new(Kind::String)),
    };
    let record = Record {
        topic: "t".into(),
        partition: 3,
        offset: 5,
        timestamp_ms: Some(1_718_000_000_123),
        key: text("k", Schema::new(Kind::String).optional()),
        value: value.unwrap(),
        headers: vec![header("h", "one"), header("g", "two")],
    };
    match transform.apply(record) {
        Err(error) => format!("ERROR {}", error.message),
        Ok(None) => "dropped".to_owned(),
        Ok(Some(record)) => {
            let header = |header: &Header| {
                let value = value_text(header.value.schema.as_deref(), &header.value.data);
                format!("{}:{value}", header.key)
            };
            let headers: Vec<String> = record.headers.iter().map(header).collect();
            let (key, value) = (shown(&record.key), shown(&record.value));
            format!("{} | {key} | {value} | {}", record.topic, headers.join(","))
        }
    }
}

/// Java's order of members depends on how a map was made, and its class on the width of a number.
fn comparable(outcome: &str) -> String {
    let sorted = |part: &str| match part.strip_prefix("- ").map(serde_json::from_str) {
        Some(Ok(members)) => {
            let members: BTreeMap<String, serde_json::Value> = members;
            format!("{members:?}")
        }
        _ => part.replace("java.lang.Integer", "java.lang.Long"),
    };
    outcome.split(" | ").map(sorted).collect::<Vec<_>>().join(" | ")
}

#[test]
fn transforms_do_what_kafkas_do() {
    let lines: Vec<&str> = KAFKAS.lines().filter(|line| !line.starts_with('#')).collect();
    let mut differences = String::new();
    for pair in lines.chunks_exact(2) {
        let parts: Vec<&str> = pair[0].split('\t').collect();
        let kafkas = pair[1].strip_prefix("= ").unwrap();
        let ours = ours(parts[0] == "S", parts[1], parts[2]);
        if comparable(&ours) != comparable(kafkas) {
            let _ = write!(differences, "{}\n  kafka {kafkas}\n  klamm {ours}\n", pair[0]);
        }
    }
    assert!(lines.len() > 180 && differences.is_empty(), "\n{differences}");
}

#[test]
fn a_predicate_decides_whether_a_transform_applies() {
    let record = |topic: &str, has_value: bool| Record {
        topic: topic.into(),
        partition: 0,
        offset: 0,
        timestamp_ms: None,
        key: SchemaAndData::NULL,
        value: if has_value { parse_literal("1") } else { SchemaAndData::NULL },
        headers: vec![Header { key: "h".to_owned(), value: SchemaAndData::NULL }],
    };
    let filter = |class: &str, settings: &[(&'static str, &'static str)], negate: bool| {
        let options = Options::new(settings.iter().copied().collect(), "");
        let predicate = Predicate::of(class, &options).unwrap();
        let class = "Filter".to_owned();
        let transform: Arc<dyn Transform> = transform_of(&class, &options).unwrap();
        let alias = "f".to_owned();
        Chain {
            steps: vec![Step { alias, class, transform, predicate: Some((predicate, negate)) }],
        }
    };
    let is_kept = |chain: &Chain, record: Record| chain.apply(record).unwrap().is_some();
    let tombstones = filter("RecordIsTombstone", &[], false);
    assert!(is_kept(&tombstones, record("t", true)));
    assert!(!is_kept(&tombstones, record("t", false)));
    let others = filter("TopicNameMatches", &[("pattern", "a.*")], true);
    assert!(is_kept(&others, record("abc", true)));
    assert!(!is_kept(&others, record("cab", true)));
    assert!(!is_kept(&filter("HasHeaderKey", &[("name", "h")], false), record("t", true)));
    assert!(is_kept(&filter("HasHeaderKey", &[("name", "x")], false), record("t", true)));
}
