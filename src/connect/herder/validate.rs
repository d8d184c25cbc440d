//! Checking a configuration: for `config/validate` in Connect's full shape (`ConfigInfos`), for
//! everything else as one refusal that names all errors.
//!
//! What the real connector finds out only when its task starts (a path format that is none) is
//! an error here already.

use std::collections::BTreeMap;

use serde::Serialize;

use super::definitions::{OWN_GROUPS, own, recommended, sink, sink_groups};
use super::plugin_settings;
use super::plugins::{is_known, is_sink, unknown_class};
use super::records::Properties;
use super::{Herder, Refusal, with_worker_consumer};
use crate::connect::SinkConfig;
use crate::connect::client::S3Client;

/// What a check of a configuration has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigInfos {
    /// The connector's class, as it was written.
    pub name: String,
    /// How many errors there are.
    pub error_count: usize,
    /// The groups of the settings, in order.
    pub groups: Vec<String>,
    /// Every setting.
    pub configs: Vec<ConfigInfo>,
}

/// A setting and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigInfo {
    /// What it is; nothing for one that is not known.
    pub definition: Option<ConfigKeyInfo>,
    /// What it has.
    pub value: ConfigValueInfo,
}

/// What a setting is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are those of ConfigDef.ConfigKey")]
pub struct ConfigKeyInfo {
    pub name: String,
    pub r#type: &'static str,
    pub required: bool,
    pub default_value: Option<String>,
    pub importance: &'static str,
    pub documentation: String,
    pub group: Option<String>,
    pub order_in_group: i32,
    pub width: &'static str,
    pub display_name: String,
    pub dependents: Vec<String>,
}

/// What a setting has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are those of ConfigValue")]
pub struct ConfigValueInfo {
    pub name: String,
    pub value: Option<String>,
    pub recommended_values: Vec<String>,
    pub errors: Vec<String>,
    pub visible: bool,
}

const NO_NULL: &str = "Null value can not be supplied as the configuration value.";

impl Herder {
    /// Checks a configuration (`PUT /connector-plugins/PLUGIN/config/validate`).
    ///
    /// # Errors
    /// A class that is not there, or not the plugin's.
    pub fn validate(
        &self,
        plugin: &str,
        properties: &BTreeMap<String, Option<String>>,
    ) -> Result<ConfigInfos, Refusal> {
        if let Some(Some(class)) = properties.get("connector.class")
            && !normalized(class).ends_with(normalized(plugin))
        {
            return Err(Refusal::bad_request(format!(
                "Included connector type {class} does not match request type {plugin}"
            )));
        }
        // Connect wraps it on its way from the thread that checks.
        self.infos(properties).map_err(|refusal| {
            Refusal::failed(format!(
                "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: {}",
                refusal.message
            ))
        })
    }

    /// The settings of a plugin (`GET /connector-plugins/PLUGIN/config`).
    ///
    /// # Errors
    /// No such plugin.
    pub fn plugin_config(plugin: &str) -> Result<Vec<ConfigKeyInfo>, Refusal> {
        if !is_sink(plugin) {
            let settings = if is_known(plugin) { plugin_settings::of(plugin) } else { None };
            return settings.ok_or_else(|| Refusal::not_found(format!("Unknown plugin {plugin}.")));
        }
        // A plugin does not know the worker's converters.
        let without_converter = |mut key: ConfigKeyInfo| {
            if key.name.contains(".converter") {
                key.default_value = None;
            }
            key
        };
        Ok(sink().chain(own().map(without_converter)).collect())
    }

    /// Checks a configuration that is to be used, in which nothing may be null.
    pub(super) fn check_nullable(
        &self,
        properties: BTreeMap<String, Option<String>>,
    ) -> Result<Properties, Refusal> {
        refuse_errors(&self.infos(&properties)?)?;
        let texts = properties.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Ok(texts.collect())
    }

    /// Checks a configuration that is to be used.
    pub(super) fn check(&self, properties: &Properties) -> Result<(), Refusal> {
        let nullable = properties.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
        refuse_errors(&self.infos(&nullable.collect())?)
    }

    fn infos(&self, properties: &BTreeMap<String, Option<String>>) -> Result<ConfigInfos, Refusal> {
        let Some(Some(class)) = properties.get("connector.class") else {
            return Err(Refusal::bad_request(format!(
                "Connector config {} contains no connector type",
                java_map(properties)
            )));
        };
        if !is_sink(class.trim()) {
            return Err(unknown_class(class));
        }
        let mut errors = self.errors(properties);
        let mut configs = Vec::new();
        let definitions = own()
            .map(|key| self.with_default(key))
            .chain(of_aliases(properties))
            .chain(sink())
            .chain(of_families(properties));
        for definition in definitions {
            let name = definition.name.clone();
            let given = properties.get(&name).cloned().flatten();
            let value = match given {
                Some(text) => shown(&definition, &text),
                None => definition.default_value.clone(),
            };
            let value = ConfigValueInfo {
                value,
                recommended_values: recommended(&name),
                errors: errors.remove(&name).unwrap_or_default(),
                visible: true,
                name,
            };
            configs.push(ConfigInfo { definition: Some(definition), value });
        }
        let strangers = errors.into_iter().map(|(name, errors)| ConfigInfo {
            definition: None,
            value: ConfigValueInfo {
                value: properties.get(&name).cloned().flatten(),
                name,
                recommended_values: Vec::new(),
                errors,
                visible: true,
            },
        });
        let configs: Vec<ConfigInfo> = strangers.chain(configs).collect();
        let of_aliases = of_aliases(properties).filter_map(|definition| definition.group);
        let mut groups: Vec<String> = OWN_GROUPS.iter().map(ToString::to_string).collect();
        groups.extend(of_aliases.chain(sink_groups().map(str::to_owned)));
        groups.dedup();
        let error_count = configs.iter().map(|config| config.value.errors.len()).sum();
        Ok(ConfigInfos { name: class.clone(), error_count, groups, configs })
    }

    /// Everything that is wrong, by setting.
    fn errors(
        &self,
        properties: &BTreeMap<String, Option<String>>,
    ) -> BTreeMap<String, Vec<String>> {
        let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut add =
            |key: &str, message: String| errors.entry(key.to_owned()).or_default().push(message);
        let mut texts = Properties::new();
        for (key, value) in properties {
            match value {
                Some(value) => {
                    texts.insert(key.clone(), value.clone());
                }
                None => add(key, NO_NULL.to_owned()),
            }
        }
        let options = &self.inner.options;
        let texts = with_worker_consumer(&texts, &options.surroundings.worker);
        match SinkConfig::from_properties(&texts, &options.surroundings) {
            Ok(config) => {
                if let Err(error) = S3Client::new(&config.store) {
                    add("store.url", error.to_string());
                }
            }
            Err(problems) => {
                for problem in problems {
                    add(&problem.key, problem.to_string());
                }
            }
        }
        errors
    }

    /// The setting with the worker's converter as its default.
    fn with_default(&self, mut key: ConfigKeyInfo) -> ConfigKeyInfo {
        if let Some(default) = self.inner.options.surroundings.worker.get(&key.name) {
            key.default_value = Some(default.clone());
        }
        key
    }
}

fn refuse_errors(infos: &ConfigInfos) -> Result<(), Refusal> {
    if infos.error_count == 0 {
        return Ok(());
    }
    let mut message = format!(
        "Connector configuration is invalid and contains the following {} error(s):",
        infos.error_count
    );
    for error in infos.configs.iter().flat_map(|config| &config.value.errors) {
        message.push('\n');
        message.push_str(error);
    }
    message.push_str(
        "\nYou can also find the above list of errors at the endpoint \
         `/connector-plugins/{connectorType}/config/validate`",
    );
    Err(Refusal::bad_request(message))
}

/// A value as it may be shown.
fn shown(definition: &ConfigKeyInfo, text: &str) -> Option<String> {
    match definition.r#type {
        "PASSWORD" => Some("[hidden]".to_owned()),
        "BOOLEAN" => Some(text.trim().to_lowercase()),
        // A number that is none has no value.
        "INT" | "LONG" | "SHORT" => {
            text.trim().parse::<i64>().ok().map(|number| number.to_string())
        }
        _ => Some(text.trim().to_owned()),
    }
}

/// `transforms.x.type` and the like.
fn of_aliases(
    properties: &BTreeMap<String, Option<String>>,
) -> impl Iterator<Item = ConfigKeyInfo> {
    let kinds = [("transforms", "Transforms"), ("predicates", "Predicates")];
    kinds.into_iter().flat_map(move |(list, title)| {
        let aliases = properties.get(list).cloned().flatten().unwrap_or_default();
        let aliases: Vec<String> =
            aliases.split(',').map(|alias| alias.trim().to_owned()).collect();
        aliases.into_iter().flat_map(move |alias| {
            let prefix = format!("{list}.{alias}.");
            let group = format!("{title}: {alias}");
            let keys = properties.keys().filter(move |key| key.starts_with(&prefix));
            keys.map(move |key| free_text(key, Some(group.clone())))
        })
    })
}

/// Settings of converters and clients that are there.
fn of_families(
    properties: &BTreeMap<String, Option<String>>,
) -> impl Iterator<Item = ConfigKeyInfo> {
    const FAMILIES: [&str; 6] = [
        "producer.override.",
        "consumer.override.",
        "admin.override.",
        "header.converter.",
        "key.converter.",
        "value.converter.",
    ];
    let is_known = |name: &str| own().any(|key| key.name == name);
    properties
        .keys()
        .filter(move |key| FAMILIES.iter().any(|family| key.starts_with(family)) && !is_known(key))
        .map(|key| free_text(key, None))
}

fn free_text(name: &str, group: Option<String>) -> ConfigKeyInfo {
    let display_name = name.splitn(3, '.').last().unwrap_or(name).to_owned();
    ConfigKeyInfo {
        name: name.to_owned(),
        r#type: "STRING",
        required: false,
        default_value: None,
        importance: "MEDIUM",
        documentation: String::new(),
        group,
        order_in_group: -1,
        width: "NONE",
        display_name,
        dependents: Vec::new(),
    }
}

/// Without the ending that may be left out.
fn normalized(class: &str) -> &str {
    class.strip_suffix("Connector").filter(|rest| !rest.is_empty()).unwrap_or(class)
}

/// As Java prints a map.
fn java_map(properties: &BTreeMap<String, Option<String>>) -> String {
    let entries: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_deref().unwrap_or("null")))
        .collect();
    format!("{{{}}}", entries.join(", "))
}
