//! Every setting as the REST interface describes it, for forms in user interfaces: Connect's own
//! with Connect's types, groups, orders and widths (`ConnectorConfig`, `SinkConnectorConfig`),
//! the sink's from its table of settings.

use super::plugins::{CONVERTERS, KAFKA_VERSION};
use super::show::VERSION;
use super::validate::ConfigKeyInfo;
use crate::connect::config::{GROUPS, Key, Kind, Support};

/// One of Connect's own settings.
struct Own {
    name: &'static str,
    r#type: &'static str,
    default: Option<&'static str>,
    importance: &'static str,
    /// Group and place in it.
    place: (&'static str, i32),
    width: &'static str,
    display_name: &'static str,
    documentation: &'static str,
}

const COMMON: &str = "Common";
const ERRORS: &str = "Error Handling";
/// The converter of values where neither connector nor worker names one.
pub(super) const DEFAULT_VALUE_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";
const DEFAULT_KEY_CONVERTER: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";
const DEFAULT_HEADER_CONVERTER: &str = "org.apache.kafka.connect.storage.SimpleHeaderConverter";

/// A row: name, type, default; importance, group, order, width; display name, documentation.
macro_rules! own {
    ($($name:literal $type:ident $default:expr, $importance:ident $group:ident $order:literal
       $width:ident, $display:literal, $documentation:literal;)*) => {
        &[$(Own {
            name: $name,
            r#type: stringify!($type),
            default: $default,
            importance: stringify!($importance),
            place: ($group, $order),
            width: stringify!($width),
            display_name: $display,
            documentation: $documentation,
        }),*]
    };
}

const TRANSFORMS: &str = "Transforms";
const PREDICATES: &str = "Predicates";

const OWN: &[Own] = own! {
    "name" STRING None, HIGH COMMON 1 MEDIUM, "Connector name",
        "The name of this connector; no other has it.";
    "connector.class" STRING None, HIGH COMMON 2 LONG, "Connector class",
        "The connector's Java class, in full or its last part, with or without \"Connector\".";
    "connector.plugin.version" STRING Some(VERSION), MEDIUM COMMON 3 MEDIUM, "Connector version",
        "The connector's version.";
    "tasks.max" INT Some("1"), HIGH COMMON 4 SHORT, "Tasks max",
        "How many tasks share the partitions.";
    "tasks.max.enforce" BOOLEAN Some("true"), LOW COMMON 5 SHORT, "Enforce tasks max",
        "Deprecated: whether more tasks than that are an error.";
    "key.converter" CLASS Some(DEFAULT_KEY_CONVERTER), LOW COMMON 6 SHORT, "Key converter class",
        "How the bytes of keys are read.";
    "key.converter.plugin.version" STRING Some(KAFKA_VERSION), LOW COMMON 7 SHORT,
        "Key converter version", "The version of the keys' converter.";
    "value.converter" CLASS Some(DEFAULT_VALUE_CONVERTER), LOW COMMON 8 SHORT,
        "Value converter class", "How the bytes of values are read.";
    "value.converter.plugin.version" STRING Some(KAFKA_VERSION), LOW COMMON 9 SHORT,
        "Value converter version", "The version of the values' converter.";
    "header.converter" CLASS Some(DEFAULT_HEADER_CONVERTER), LOW COMMON 10 SHORT,
        "Header converter class", "How the bytes of headers are read.";
    "header.converter.plugin.version" STRING Some(KAFKA_VERSION), LOW COMMON 11 SHORT,
        "Header converter version", "The version of the headers' converter.";
    "transforms" LIST Some(""), LOW TRANSFORMS 12 LONG, "Transforms",
        "Names for the transformations that records go through.";
    "predicates" LIST Some(""), LOW PREDICATES 13 LONG, "Predicates",
        "Names for the predicates that transformations use.";
    "config.action.reload" STRING Some("restart"), LOW COMMON 14 MEDIUM, "Reload Action",
        "What happens when a value that comes from elsewhere changes: none or restart.";
    "errors.retry.timeout" LONG Some("0"), MEDIUM ERRORS 1 MEDIUM, "Retry Timeout for Errors",
        "How long a step that failed is tried again, in milliseconds; -1: for ever.";
    "errors.retry.delay.max.ms" LONG Some("60000"), MEDIUM ERRORS 2 MEDIUM,
        "Maximum Delay Between Retries for Errors",
        "The longest pause between two tries, in milliseconds.";
    "errors.tolerance" STRING Some("none"), MEDIUM ERRORS 3 SHORT, "Error Tolerance",
        "Whether a bad record ends the task (none) or is left out (all).";
    "errors.log.enable" BOOLEAN Some("false"), MEDIUM ERRORS 4 SHORT, "Log Errors",
        "Whether records that are left out are logged.";
    "errors.log.include.messages" BOOLEAN Some("false"), MEDIUM ERRORS 5 SHORT,
        "Log Error Details", "Whether the log says which record it was.";
    "topics" LIST Some(""), HIGH COMMON 4 LONG, "Topics", "The topics to read.";
    "topics.regex" STRING Some(""), HIGH COMMON 4 LONG, "Topics regex",
        "A regular expression for the names of the topics to read.";
    "errors.deadletterqueue.topic.name" STRING Some(""), MEDIUM ERRORS 6 MEDIUM,
        "Dead Letter Queue Topic Name", "The topic that takes bad records; empty: none.";
    "errors.deadletterqueue.topic.replication.factor" SHORT Some("3"), MEDIUM ERRORS 7 MEDIUM,
        "Dead Letter Queue Topic Replication Factor", "Replicas of that topic, if it is made.";
    "errors.deadletterqueue.context.headers.enable" BOOLEAN Some("false"), MEDIUM ERRORS 8 MEDIUM,
        "Enable Error Context Headers", "Whether headers say what was wrong with the record.";
};

/// The groups of Connect's own settings, in order.
pub(super) const OWN_GROUPS: [&str; 4] = [COMMON, TRANSFORMS, PREDICATES, ERRORS];

/// The sink's settings by group: all but the first group, which is Connect's own.
fn sink_keys() -> impl Iterator<Item = (&'static str, &'static [Key])> {
    GROUPS.iter().skip(1).copied()
}

/// The groups of the sink's settings.
pub(super) fn sink_groups() -> impl Iterator<Item = &'static str> {
    sink_keys().map(|(group, _)| group)
}

/// Connect's own settings.
pub(super) fn own() -> impl Iterator<Item = ConfigKeyInfo> {
    OWN.iter().map(|own| ConfigKeyInfo {
        name: own.name.to_owned(),
        r#type: own.r#type,
        required: own.default.is_none(),
        default_value: own.default.map(str::to_owned),
        importance: own.importance,
        documentation: own.documentation.to_owned(),
        group: Some(own.place.0.to_owned()),
        order_in_group: own.place.1,
        width: own.width,
        display_name: own.display_name.to_owned(),
        dependents: Vec::new(),
    })
}

/// The sink's settings.
pub(super) fn sink() -> impl Iterator<Item = ConfigKeyInfo> {
    sink_keys().flat_map(|(group, keys)| {
        (1..).zip(keys).map(move |(order, key)| ConfigKeyInfo {
            name: key.name.to_owned(),
            r#type: type_name(key.kind),
            required: key.is_required,
            default_value: key.default.map(str::to_owned),
            importance: importance(key),
            documentation: documentation(key),
            group: Some(group.to_owned()),
            order_in_group: order,
            width: "LONG",
            display_name: key.name.to_owned(),
            dependents: Vec::new(),
        })
    })
}

fn importance(key: &Key) -> &'static str {
    match key.support {
        _ if key.is_required => "HIGH",
        Support::Built => "MEDIUM",
        _ => "LOW",
    }
}

fn documentation(key: &Key) -> String {
    match key.support {
        Support::Built => key.doc.to_owned(),
        Support::NoEffect(why) => format!("{} (changes nothing in klamm: {why})", key.doc),
        Support::Only([""]) => format!("{} (not built into klamm)", key.doc),
        Support::Only(values) => format!("{} (klamm takes {})", key.doc, values.join(", ")),
    }
}

/// The name of the type in Kafka's `ConfigDef`.
fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Raw | Kind::OneOf(_) | Kind::OneOfAnyCase(_) => "STRING",
        Kind::Password => "PASSWORD",
        Kind::List => "LIST",
        Kind::Class => "CLASS",
        Kind::Bool => "BOOLEAN",
        Kind::Int(..) => "INT",
        Kind::Long(..) => "LONG",
    }
}

/// What a user interface may offer for a setting.
pub(super) fn recommended(name: &str) -> Vec<String> {
    let values: &[&str] = match name {
        "key.converter" | "value.converter" | "header.converter" => CONVERTERS,
        "connector.plugin.version" => &[VERSION],
        _ if name.ends_with(".plugin.version") => &[KAFKA_VERSION],
        _ => &[],
    };
    values.iter().map(ToString::to_string).collect()
}
