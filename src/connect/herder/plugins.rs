//! What can be named in a connector's configuration: the sink, converters, transforms and
//! predicates.

use serde::Serialize;

use super::show::VERSION;
use super::{CONNECTOR_CLASS, Refusal};

/// A plugin (`PluginInfo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Plugin {
    /// Its Java class.
    pub class: &'static str,
    /// `sink`, `converter`, ...
    pub r#type: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The release of Apache Kafka whose Connect is spoken here.
pub const KAFKA_VERSION: &str = "4.3.1";

const fn of_kafka(class: &'static str, r#type: &'static str) -> Plugin {
    Plugin { class, r#type, version: KAFKA_VERSION }
}

/// The classes that a converter setting may name.
pub(super) const CONVERTERS: &[&str] = &[
    "io.confluent.connect.avro.AvroConverter",
    "io.confluent.connect.json.JsonSchemaConverter",
    "io.confluent.connect.protobuf.ProtobufConverter",
    "org.apache.kafka.connect.converters.BooleanConverter",
    "org.apache.kafka.connect.converters.ByteArrayConverter",
    "org.apache.kafka.connect.converters.DoubleConverter",
    "org.apache.kafka.connect.converters.FloatConverter",
    "org.apache.kafka.connect.converters.IntegerConverter",
    "org.apache.kafka.connect.converters.LongConverter",
    "org.apache.kafka.connect.converters.ShortConverter",
    "org.apache.kafka.connect.json.JsonConverter",
    "org.apache.kafka.connect.storage.StringConverter",
];

const TRANSFORMS: &[&str] = &[
    "org.apache.kafka.connect.transforms.Cast$Key",
    "org.apache.kafka.connect.transforms.Cast$Value",
    "org.apache.kafka.connect.transforms.DropHeaders",
    "org.apache.kafka.connect.transforms.ExtractField$Key",
    "org.apache.kafka.connect.transforms.ExtractField$Value",
    "org.apache.kafka.connect.transforms.Filter",
    "org.apache.kafka.connect.transforms.Flatten$Key",
    "org.apache.kafka.connect.transforms.Flatten$Value",
    "org.apache.kafka.connect.transforms.HeaderFrom$Key",
    "org.apache.kafka.connect.transforms.HeaderFrom$Value",
    "org.apache.kafka.connect.transforms.HoistField$Key",
    "org.apache.kafka.connect.transforms.HoistField$Value",
    "org.apache.kafka.connect.transforms.InsertField$Key",
    "org.apache.kafka.connect.transforms.InsertField$Value",
    "org.apache.kafka.connect.transforms.InsertHeader",
    "org.apache.kafka.connect.transforms.MaskField$Key",
    "org.apache.kafka.connect.transforms.MaskField$Value",
    "org.apache.kafka.connect.transforms.RegexRouter",
    "org.apache.kafka.connect.transforms.ReplaceField$Key",
    "org.apache.kafka.connect.transforms.ReplaceField$Value",
    "org.apache.kafka.connect.transforms.SetSchemaMetadata$Key",
    "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value",
    "org.apache.kafka.connect.transforms.TimestampConverter$Key",
    "org.apache.kafka.connect.transforms.TimestampConverter$Value",
    "org.apache.kafka.connect.transforms.TimestampRouter",
    "org.apache.kafka.connect.transforms.ValueToKey",
];

const PREDICATES: &[&str] = &[
    "org.apache.kafka.connect.transforms.predicates.HasHeaderKey",
    "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
    "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
];

impl Plugin {
    /// The connectors, and everything else too if asked for.
    #[must_use]
    pub fn all(connectors_only: bool) -> Vec<Plugin> {
        let mut plugins = vec![Plugin { class: CONNECTOR_CLASS, r#type: "sink", version: VERSION }];
        if !connectors_only {
            let kinds = [
                ("transformation", TRANSFORMS),
                ("predicate", PREDICATES),
                ("converter", CONVERTERS),
            ];
            for (kind, classes) in kinds {
                plugins.extend(classes.iter().map(|class| of_kafka(class, kind)));
            }
        }
        plugins
    }
}

/// Whether `class` names the sink: in full, by its last part, or without `Connector`.
pub(super) fn is_sink(class: &str) -> bool {
    let simple = CONNECTOR_CLASS.rsplit('.').next().unwrap_or(CONNECTOR_CLASS);
    class == CONNECTOR_CLASS || class == simple || Some(class) == simple.strip_suffix("Connector")
}

/// Whether `class` names a converter, transform or predicate: in full or without its package.
pub(super) fn is_known(class: &str) -> bool {
    let mut classes = CONVERTERS.iter().chain(TRANSFORMS).chain(PREDICATES);
    classes.any(|known| *known == class || known.rsplit('.').next() == Some(class))
}

/// In Connect's words, that there is no such connector.
pub(super) fn unknown_class(class: &str) -> Refusal {
    Refusal::bad_request(format!(
        "Failed to find any class that implements Connector and which name matches {class}, \
         available connectors are: PluginDesc{{klass=class {CONNECTOR_CLASS}, \
         name='{CONNECTOR_CLASS}', version='{VERSION}', encodedVersion={VERSION}, type=sink, \
         typeName='sink', location='classpath'}}"
    ))
}
