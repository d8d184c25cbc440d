//! THE table of settings: every key of the connector and of Connect itself that may stand in
//! a connector's file, with its type, its default and what klamm makes of it. `docs/SINK.md`
//! is written from it.

mod framework;
mod registry;
mod s3;
mod storage;

use super::nearest;

/// What may stand behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; trimmed.
    Text,
    /// Any text, not trimmed (`format.bytearray.separator`).
    Raw,
    /// A secret; never printed.
    Password,
    /// Comma separated.
    List,
    /// A Java class; only its name matters.
    Class,
    /// `true` or `false` in any case.
    Bool,
    /// A 32 bit number within bounds.
    Int(i64, i64),
    /// A 64 bit number within bounds.
    Long(i64, i64),
    /// One of these, exactly.
    OneOf(&'static [&'static str]),
    /// One of these, in any case.
    OneOfAnyCase(&'static [&'static str]),
}

/// What klamm makes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It takes effect as in the connector.
    Built,
    /// It is read and changes nothing here; why.
    NoEffect(&'static str),
    /// Only these values are built; others are refused by name.
    Only(&'static [&'static str]),
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What may stand behind it.
    pub kind: Kind,
    /// Kafka Connect's default; `None` if it has none.
    pub default: Option<&'static str>,
    /// Whether Connect refuses a file without it.
    pub is_required: bool,
    /// What klamm makes of it.
    pub support: Support,
    /// What it is for, in a line.
    pub doc: &'static str,
}

pub(super) use Kind::{Bool, Class, Int, List, Long, OneOf, OneOfAnyCase, Password, Raw, Text};
pub(super) use Support::{Built, NoEffect, Only};

const I32: Kind = Int(i32::MIN as i64, i32::MAX as i64);
const I64: Kind = Long(i64::MIN, i64::MAX);
const FROM_ZERO: Kind = Int(0, i32::MAX as i64);

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, default: None, is_required: true, support: Built, doc }
}

const fn optional(name: &'static str, kind: Kind, support: Support, doc: &'static str) -> Key {
    Key { name, kind, default: None, is_required: false, support, doc }
}

const fn key(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    support: Support,
    doc: &'static str,
) -> Key {
    Key { name, kind, default: Some(default), is_required: false, support, doc }
}

/// The settings of each origin, in the order of the documentation.
pub const GROUPS: &[(&str, &[Key])] = &[
    ("Kafka Connect", framework::KEYS),
    ("Schema registry, for values", registry::VALUE_KEYS),
    ("Schema registry, for keys", registry::KEY_KEYS),
    ("Files, folders and rotation", storage::KEYS),
    ("S3", s3::KEYS),
    ("klamm", KLAMM_KEYS),
];

/// Ours.
const KLAMM_KEYS: &[Key] = &[
    key(
        "klamm.path.format",
        OneOf(&["expand", "strict"]),
        "expand",
        Built,
        "`expand` reads Amazon Data Firehose's `!{timestamp:yyyy}` in `path.format` as it is \
         meant; `strict` takes it literally, as the connector does",
    ),
    key(
        "klamm.json.key.order",
        OneOf(&["java-hashmap", "input"]),
        "java-hashmap",
        Built,
        "the order of members of schemaless JSON objects: the connector's, or as they came",
    ),
    key(
        "klamm.bucket.create",
        OneOf(&["auto", "true", "false"]),
        "auto",
        Built,
        "make a bucket that does not exist; `auto`: at klamm's own endpoint",
    ),
];

/// Beginnings of keys that are known as a family, and what klamm makes of them.
pub const PREFIXES: &[(&str, Support, &str)] = &[
    ("transforms.", Built, "settings of the transforms, see below"),
    ("predicates.", Built, "settings of the predicates, see below"),
    ("consumer.override.", Built, "the consumer under the sink, see below"),
    (
        "producer.override.",
        NoEffect("the dead letter queue is written without a network"),
        "the producer of the dead letter queue",
    ),
    (
        "admin.override.",
        NoEffect("the dead letter queue's topic is made without a network"),
        "the client that makes the dead letter queue's topic",
    ),
    (
        "hive.",
        NoEffect("a leftover of the HDFS connector; the S3 sink ignores it too"),
        "Hive's metastore",
    ),
    ("confluent.", NoEffect("for Confluent's licence; klamm needs none"), "Confluent's licence"),
    ("key.converter.", Built, "settings of the key's converter"),
    ("value.converter.", Built, "settings of the value's converter"),
    ("header.converter.", Built, "settings of the headers' converter"),
];

/// Every setting.
pub fn all() -> impl Iterator<Item = &'static Key> {
    GROUPS.iter().flat_map(|(_, keys)| keys.iter())
}

/// The setting of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name == name)
}

/// Whether a setting is Connect's own.
pub(super) fn is_of_connect(name: &str) -> bool {
    framework::KEYS.iter().any(|key| key.name == name)
}

/// The known name that is nearest to a misspelt one, if one is near enough.
#[must_use]
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    nearest::of(name, all().map(|key| key.name))
}

#[cfg(test)]
mod documentation;
