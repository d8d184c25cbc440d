//! The settings of converters, transforms and predicates, as `GET /connector-plugins/PLUGIN/config`
//! shows them (KIP-769): names, types, defaults and importance are those of Apache Kafka 4.3.1.

use super::validate::ConfigKeyInfo;

/// Name, type, default (`None`: required; `NULL`: may be absent), importance, what it is for.
type Row = (&'static str, &'static str, Option<&'static str>, &'static str, &'static str);

/// Not there unless set.
const NULL: Option<&str> = Some("\0");

const CONVERTER: Row =
    ("converter.type", "STRING", None, "LOW", "What it converts: key, value or header.");
const NULLS: Row = (
    "replace.null.with.default",
    "BOOLEAN",
    Some("true"),
    "MEDIUM",
    "Whether a field that is null takes the default of its schema.",
);
const FIELD: Row = ("field", "STRING", None, "MEDIUM", "The name of the field.");

/// The rows of a transform that changes fields, by its class without package and target.
fn of_fields(class: &str) -> Option<Vec<Row>> {
    let optional = |name, what| (name, "STRING", NULL, "MEDIUM", what);
    Some(match class {
        "Cast" => {
            vec![("spec", "LIST", None, "HIGH", "Fields and their types: a:int32,b:string."), NULLS]
        }
        "ExtractField" => vec![FIELD, NULLS],
        "Flatten" => {
            vec![("delimiter", "STRING", Some("."), "MEDIUM", "What stands between names.")]
        }
        "HoistField" => vec![FIELD],
        "InsertField" => vec![
            optional("topic.field", "The field that takes the topic."),
            optional("partition.field", "The field that takes the partition."),
            optional("offset.field", "The field that takes the offset."),
            optional("timestamp.field", "The field that takes the time of the record."),
            optional("static.field", "The field that takes a fixed value."),
            optional("static.value", "That value."),
            NULLS,
        ],
        "MaskField" => vec![
            fields("The fields to mask."),
            ("replacement", "STRING", NULL, "LOW", "What they become; else zero or nothing."),
            NULLS,
        ],
        "ReplaceField" => vec![
            ("exclude", "LIST", Some(""), "MEDIUM", "The fields to leave out."),
            ("include", "LIST", Some(""), "MEDIUM", "The fields to keep; empty: all."),
            ("renames", "LIST", Some(""), "MEDIUM", "Fields and their new names: a:b,c:d."),
            NULLS,
        ],
        "TimestampConverter" => vec![
            ("field", "STRING", Some(""), "HIGH", "The field with the time; empty: the value."),
            ("target.type", "STRING", None, "HIGH", "string, unix, Date, Time or Timestamp."),
            ("format", "STRING", Some(""), "MEDIUM", "How a text says the time, as in Java."),
            ("unix.precision", "STRING", Some("milliseconds"), "LOW", "The unit of numbers."),
            NULLS,
        ],
        "ValueToKey" => vec![fields("The fields of the value that become the key."), NULLS],
        _ => return None,
    })
}

/// The rows of a transform or predicate that looks at topics, headers, schemas or all of a record.
fn of_records(class: &str) -> Option<Vec<Row>> {
    Some(match class {
        "DropHeaders" => vec![("headers", "LIST", None, "HIGH", "The headers to leave out.")],
        "Filter" | "RecordIsTombstone" => Vec::new(),
        "HasHeaderKey" => vec![("name", "STRING", None, "MEDIUM", "The header that records have.")],
        "HeaderFrom" => vec![
            fields("The fields that become headers."),
            ("headers", "LIST", None, "HIGH", "Their names as headers, in the same order."),
            ("operation", "STRING", None, "HIGH", "Whether the fields stay (copy) or go (move)."),
            NULLS,
        ],
        "InsertHeader" => vec![
            ("header", "STRING", None, "HIGH", "The header's name."),
            ("value.literal", "STRING", None, "HIGH", "The header's value."),
        ],
        "RegexRouter" => vec![
            ("regex", "STRING", None, "HIGH", "What a topic's name must match."),
            ("replacement", "STRING", None, "HIGH", "What it becomes; $1 is the first group."),
        ],
        "SetSchemaMetadata" => vec![
            ("schema.name", "STRING", NULL, "HIGH", "The schema's new name."),
            ("schema.version", "INT", NULL, "HIGH", "The schema's new version."),
            NULLS,
        ],
        "TimestampRouter" => vec![
            (
                "topic.format",
                "STRING",
                Some("${topic}-${timestamp}"),
                "HIGH",
                "The new name of the topic.",
            ),
            ("timestamp.format", "STRING", Some("yyyyMMdd"), "HIGH", "The time in it, as in Java."),
        ],
        "TopicNameMatches" => {
            vec![("pattern", "STRING", None, "MEDIUM", "What the topic's whole name must match.")]
        }
        _ => return None,
    })
}

fn fields(what: &'static str) -> Row {
    ("fields", "LIST", None, "HIGH", what)
}

/// The settings of a class that is no connector, in full or without its package.
pub(super) fn of(class: &str) -> Option<Vec<ConfigKeyInfo>> {
    let name = class.rsplit('.').next().unwrap_or(class);
    match name {
        "JsonConverter" => Some(json_converter()),
        "StringConverter" => Some(vec![plain(CONVERTER), encoding()]),
        "AvroConverter" | "JsonSchemaConverter" => {
            let url =
                ("schema.registry.url", "LIST", None, "HIGH", "Where the schema registry is.");
            Some(vec![plain(url)])
        }
        name if name.ends_with("Converter") && name != "TimestampConverter" => {
            Some(vec![plain(CONVERTER)])
        }
        name => {
            let name = name.strip_suffix("$Key").or_else(|| name.strip_suffix("$Value"));
            let name = name.unwrap_or_else(|| class.rsplit('.').next().unwrap_or(class));
            of_fields(name)
                .or_else(|| of_records(name))
                .map(|rows| rows.into_iter().map(plain).collect())
        }
    }
}

fn plain((name, r#type, default, importance, documentation): Row) -> ConfigKeyInfo {
    ConfigKeyInfo {
        name: name.to_owned(),
        r#type,
        required: default.is_none(),
        default_value: default.filter(|_| default != NULL).map(str::to_owned),
        importance,
        documentation: documentation.to_owned(),
        group: None,
        order_in_group: -1,
        width: "NONE",
        display_name: name.to_owned(),
        dependents: Vec::new(),
    }
}

fn encoding() -> ConfigKeyInfo {
    let row = ("converter.encoding", "STRING", Some("UTF-8"), "HIGH", "The texts' character set.");
    ConfigKeyInfo { width: "MEDIUM", display_name: "Encoding".to_owned(), ..plain(row) }
}

fn json_converter() -> Vec<ConfigKeyInfo> {
    let of_group = |group: &str, order: i32, display_name: &str, row: Row| ConfigKeyInfo {
        group: Some(group.to_owned()),
        order_in_group: order,
        width: "MEDIUM",
        display_name: display_name.to_owned(),
        ..plain(row)
    };
    let (schemas, serialization) = ("Schemas", "Serialization");
    let enable =
        ("schemas.enable", "BOOLEAN", Some("true"), "HIGH", "Whether a schema is beside the data.");
    let cache = ("schemas.cache.size", "INT", Some("1000"), "HIGH", "How many schemas are kept.");
    let content = ("schema.content", "STRING", NULL, "HIGH", "The schema of data without one.");
    let format =
        ("decimal.format", "STRING", Some("BASE64"), "LOW", "Decimals as BASE64 or NUMERIC.");
    vec![
        plain(CONVERTER),
        of_group(schemas, 0, "Enable Schemas", enable),
        of_group(schemas, 1, "Schema Cache Size", cache),
        of_group(schemas, 2, "Schema Content", content),
        of_group(serialization, 0, "Decimal Format", format),
        ConfigKeyInfo {
            importance: "LOW",
            ..of_group(serialization, 1, "Replace null with default", NULLS)
        },
    ]
}
