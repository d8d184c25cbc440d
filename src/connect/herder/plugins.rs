//! What can be named in a connector's configuration: the sink and its converters.

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
    "org.apache.kafka.connect.converters.ByteArrayConverter",
    "org.apache.kafka.connect.json.JsonConverter",
    "org.apache.kafka.connect.storage.StringConverter",
];

impl Plugin {
    /// The connectors, and everything else too if asked for.
    #[must_use]
    pub fn all(connectors_only: bool) -> Vec<Plugin> {
        let mut plugins = vec![Plugin { class: CONNECTOR_CLASS, r#type: "sink", version: VERSION }];
        if !connectors_only {
            plugins.extend(CONVERTERS.iter().map(|class| of_kafka(class, "converter")));
        }
        plugins
    }
}

/// Whether `class` names the sink: in full, by its last part, or without `Connector`.
pub(super) fn is_sink(class: &str) -> bool {
    let simple = CONNECTOR_CLASS.rsplit('.').next().unwrap_or(CONNECTOR_CLASS);
    class == CONNECTOR_CLASS || class == simple || Some(class) == simple.strip_suffix("Connector")
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
