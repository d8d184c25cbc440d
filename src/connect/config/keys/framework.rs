//! What Kafka Connect itself reads in a connector's file.

use super::Support;
use super::{
    Bool, Built, Class, I32, I64, Int, Key, List, NoEffect, OneOf, Only, Text, key, optional,
    required,
};

const READING: Support = NoEffect("it is for writing, not for reading");
const CACHE: Support = NoEffect("klamm remembers 1000 schemas");
const UTF8: Support = Only(&["UTF-8", "UTF8"]);

pub(super) const KEYS: &[Key] = &[
    required("name", Text, "the connector; also names its consumer group, `connect-<name>`"),
    required(
        "connector.class",
        Text,
        "`io.confluent.connect.s3.S3SinkConnector`, `S3SinkConnector` or `S3Sink`",
    ),
    key("tasks.max", Int(1, i32::MAX as i64), "1", Built, "tasks that share the partitions"),
    key(
        "tasks.max.enforce",
        Bool,
        "true",
        NoEffect("klamm starts exactly tasks.max tasks"),
        "refuse connectors that make more tasks",
    ),
    key("topics", List, "", Built, "the topics to write; this or `topics.regex`"),
    key("topics.regex", Text, "", Built, "all topics whose whole name matches"),
    optional(
        "key.converter",
        Class,
        Built,
        "reads keys; without it keys are not looked at unless something needs them",
    ),
    optional(
        "key.converter.schemas.enable",
        Bool,
        Built,
        "JsonConverter: keys carry their schema (its default is true)",
    ),
    optional(
        "value.converter",
        Class,
        Built,
        "reads values; without it JsonConverter with `schemas.enable=false`",
    ),
    optional(
        "value.converter.schemas.enable",
        Bool,
        Built,
        "JsonConverter: values carry their schema (its default is true)",
    ),
    optional(
        "value.converter.decimal.format",
        Text,
        READING,
        "JsonConverter: how decimals are written",
    ),
    optional(
        "key.converter.decimal.format",
        Text,
        READING,
        "JsonConverter: how decimals are written",
    ),
    optional(
        "value.converter.schemas.cache.size",
        I32,
        CACHE,
        "JsonConverter: schemas that are remembered",
    ),
    optional(
        "key.converter.schemas.cache.size",
        I32,
        CACHE,
        "JsonConverter: schemas that are remembered",
    ),
    optional(
        "value.converter.replace.null.with.default",
        Bool,
        Only(&["true"]),
        "JsonConverter: null becomes the schema's default",
    ),
    optional(
        "key.converter.replace.null.with.default",
        Bool,
        Only(&["true"]),
        "JsonConverter: null becomes the schema's default",
    ),
    optional("value.converter.converter.encoding", Text, UTF8, "StringConverter: the encoding"),
    optional("key.converter.converter.encoding", Text, UTF8, "StringConverter: the encoding"),
    optional(
        "header.converter",
        Class,
        Built,
        "reads headers: SimpleHeaderConverter, StringConverter, ByteArrayConverter or JsonConverter",
    ),
    key("transforms", List, "", Built, "names of single message transforms, in their order"),
    key("predicates", List, "", Built, "names of predicates of the transforms"),
    key(
        "errors.tolerance",
        OneOf(&["none", "all"]),
        "none",
        Built,
        "`all` leaves records out that cannot be converted, transformed or written",
    ),
    key(
        "errors.retry.timeout",
        I64,
        "0",
        Built,
        "how long a converter whose schema registry does not answer is tried again; -1: for ever",
    ),
    key(
        "errors.retry.delay.max.ms",
        I64,
        "60000",
        Built,
        "the longest pause between these attempts",
    ),
    key(
        "errors.log.enable",
        Bool,
        "false",
        Built,
        "every record that is left out is told in the log",
    ),
    key(
        "errors.log.include.messages",
        Bool,
        "false",
        Built,
        "with its topic, partition, offset and timestamp",
    ),
    key(
        "errors.deadletterqueue.topic.name",
        Text,
        "",
        Built,
        "the topic to which records go that are left out; made if it is not there",
    ),
    key(
        "errors.deadletterqueue.topic.replication.factor",
        I32,
        "3",
        Built,
        "of that topic; more than the brokers there are is made as many as there are",
    ),
    key(
        "errors.deadletterqueue.context.headers.enable",
        Bool,
        "false",
        Built,
        "say in headers (`__connect.errors.*`) why",
    ),
    key(
        "config.action.reload",
        OneOf(&["none", "restart"]),
        "restart",
        NoEffect("no config provider's secret changes by itself"),
        "restart when a config provider's value changes",
    ),
];
