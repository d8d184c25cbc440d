//! What converters read that ask a schema registry, for keys and for values.

use super::{Bool, Built, Key, List, NoEffect, OneOf, Only, Password, Support, Text, optional};

const BY_ID: Support = NoEffect("a schema is found by its id");
const WRITING: Support = NoEffect("it is for writing, not for reading");

macro_rules! registry_keys {
    ($converter:literal) => {
        &[
            optional(
                concat!($converter, ".schema.registry.url"),
                List,
                Built,
                "AvroConverter, JsonSchemaConverter: the schema registry; several are tried in turn",
            ),
            optional(
                concat!($converter, ".basic.auth.credentials.source"),
                OneOf(&["URL", "USER_INFO"]),
                Built,
                "where user and password stand: in the address, or in `basic.auth.user.info`",
            ),
            optional(
                concat!($converter, ".basic.auth.user.info"),
                Password,
                Built,
                "`user:password` for the schema registry",
            ),
            optional(
                concat!($converter, ".schema.registry.basic.auth.user.info"),
                Password,
                Built,
                "older name of `basic.auth.user.info`",
            ),
            optional(
                concat!($converter, ".bearer.auth.credentials.source"),
                OneOf(&["STATIC_TOKEN"]),
                Built,
                "a token instead of user and password",
            ),
            optional(
                concat!($converter, ".bearer.auth.token"),
                Password,
                Built,
                "the token for the schema registry",
            ),
            optional(
                concat!($converter, ".enhanced.avro.schema.support"),
                Bool,
                Built,
                "AvroConverter: members of a union are named with their namespace",
            ),
            optional(
                concat!($converter, ".connect.meta.data"),
                Bool,
                Built,
                "AvroConverter: docs and `connect.*` properties of a schema are kept (default true)",
            ),
            optional(
                concat!($converter, ".use.optional.for.nonrequired.properties"),
                Bool,
                Built,
                "JsonSchemaConverter: what is not `required` may be null",
            ),
            optional(
                concat!($converter, ".scrub.invalid.names"),
                Bool,
                Only(&["false"]),
                "names that Avro does not take are changed",
            ),
            optional(concat!($converter, ".auto.register.schemas"), Bool, WRITING, "register schemas"),
            optional(concat!($converter, ".use.latest.version"), Bool, WRITING, "write by the newest schema"),
            optional(
                concat!($converter, ".value.subject.name.strategy"),
                Text,
                BY_ID,
                "the subject of a schema",
            ),
            optional(
                concat!($converter, ".key.subject.name.strategy"),
                Text,
                BY_ID,
                "the subject of a schema",
            ),
        ]
    };
}

/// `value.converter.*`
pub(super) const VALUE_KEYS: &[Key] = registry_keys!("value.converter");
/// `key.converter.*`
pub(super) const KEY_KEYS: &[Key] = registry_keys!("key.converter");
