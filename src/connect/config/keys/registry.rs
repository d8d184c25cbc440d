//! What converters read that ask a schema registry, for keys and for values.

use super::{Bool, Built, Key, List, NoEffect, OneOf, Only, Password, Support, Text, optional};

const BY_ID: Support = NoEffect("a schema is found by its id");
const OWN_SCHEMA: Support = NoEffect("a record is read by the schema that it names");
const WRITING: Support = NoEffect("it is for writing, not for reading");

const fn protobuf_switch(name: &'static str, doc: &'static str) -> Key {
    optional(name, Bool, Built, doc)
}

macro_rules! registry_keys {
    ($converter:literal) => {
        &[
            optional(
                concat!($converter, ".schema.registry.url"),
                List,
                Built,
                "AvroConverter, JsonSchemaConverter, ProtobufConverter: the schema registry; several are tried in turn",
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
            protobuf_switch(
                concat!($converter, ".enhanced.protobuf.schema.support"),
                "ProtobufConverter: names with their packages",
            ),
            protobuf_switch(
                concat!($converter, ".generalized.sum.type.support"),
                "ProtobufConverter: enums and unions are marked in Connect's own way",
            ),
            protobuf_switch(
                concat!($converter, ".int.for.enums"),
                "ProtobufConverter: an enum is its number",
            ),
            protobuf_switch(
                concat!($converter, ".optional.for.nullables"),
                "ProtobufConverter: only fields that are called optional may be null",
            ),
            protobuf_switch(
                concat!($converter, ".optional.for.proto2"),
                "ProtobufConverter: an optional field of proto2 that is not set is null (default true)",
            ),
            protobuf_switch(
                concat!($converter, ".wrapper.for.nullables"),
                "ProtobufConverter: only wrappers (`google.protobuf.StringValue`) may be null",
            ),
            protobuf_switch(
                concat!($converter, ".wrapper.for.raw.primitives"),
                "ProtobufConverter: a wrapper is what it wraps (default true)",
            ),
            protobuf_switch(
                concat!($converter, ".generate.struct.for.nulls"),
                "ProtobufConverter: a message that is not set is a struct of defaults",
            ),
            protobuf_switch(
                concat!($converter, ".generate.index.for.unions"),
                "ProtobufConverter: the field of a oneof ends with its number, `choice_0` (default true)",
            ),
            protobuf_switch(
                concat!($converter, ".flatten.unions"),
                "ProtobufConverter: members of a oneof are fields like others",
            ),
            optional(
                concat!($converter, ".scrub.invalid.names"),
                Bool,
                WRITING,
                "names that the format does not take are changed",
            ),
            optional(concat!($converter, ".auto.register.schemas"), Bool, WRITING, "register schemas"),
            optional(
                concat!($converter, ".use.latest.version"),
                Bool,
                OWN_SCHEMA,
                "read and write by the newest schema",
            ),
            optional(
                concat!($converter, ".schema.registry.ssl.truststore.location"),
                Text,
                Only(&[""]),
                "certificates to trust; klamm trusts the public ones",
            ),
            optional(
                concat!($converter, ".schema.registry.ssl.keystore.location"),
                Text,
                Only(&[""]),
                "a certificate of the client's own",
            ),
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
