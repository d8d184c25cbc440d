//! The JSON that comes in, read as leniently as Connect's Jackson does: numbers and booleans are
//! texts too, null is kept.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::connect::herder::{OffsetChange, Refusal, TargetState};

/// A configuration as it was sent.
pub(super) type Config = BTreeMap<String, Option<String>>;
/// An object whose values are not read yet: what a number looks like counts.
type Raw = BTreeMap<String, Box<RawValue>>;

/// `POST /connectors`
pub(super) struct CreateConnector {
    pub(super) name: String,
    pub(super) config: Config,
    pub(super) initial_state: Option<TargetState>,
}

/// Connect answers 500 to whatever its JSON reader does not like.
fn unreadable(message: impl Into<String>) -> Refusal {
    Refusal::failed(message)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    if bytes.is_empty() {
        return Err(unreadable("The request has no body."));
    }
    serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))
}

/// A text, or what stands for one: numbers and booleans as they are written.
fn text_of(key: &str, value: &RawValue) -> Result<Option<String>, Refusal> {
    let (kind, token) = match value.get().as_bytes().first() {
        Some(b'n') => return Ok(None),
        Some(b'"') => return read(value.get().as_bytes()).map(Some),
        Some(b'[') => ("Array", "START_ARRAY"),
        Some(b'{') => ("Object", "START_OBJECT"),
        _ => return Ok(Some(value.get().to_owned())),
    };
    Err(unreadable(format!(
        "Cannot deserialize value of type `java.lang.String` from {kind} value (token \
         `JsonToken.{token}`) (through reference chain: java.util.LinkedHashMap[\"{key}\"])"
    )))
}

/// A flat configuration.
pub(super) fn config(bytes: &[u8]) -> Result<Config, Refusal> {
    let object: Raw = read(bytes)?;
    object.into_iter().map(|(key, value)| Ok((key.clone(), text_of(&key, &value)?))).collect()
}

/// A connector to make.
pub(super) fn create_connector(bytes: &[u8]) -> Result<CreateConnector, Refusal> {
    let object: Raw = read(bytes)?;
    let known = ["name", "config", "initial_state"];
    if let Some(unknown) = object.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(unreadable(format!(
            "Unrecognized field \"{unknown}\" (class \
             org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest), not marked \
             as ignorable (3 known properties: \"config\", \"name\", \"initial_state\")"
        )));
    }
    let text = |key: &str| match object.get(key) {
        Some(value) => text_of(key, value),
        None => Ok(None),
    };
    let name = text("name")?.unwrap_or_default().trim().to_owned();
    let initial_state = text("initial_state")?.as_deref().map(initial_state_of).transpose()?;
    match object.get("config").filter(|config| config.get() != "null") {
        Some(given) => {
            Ok(CreateConnector { name, config: config(given.get().as_bytes())?, initial_state })
        }
        None => Err(unreadable("The request has no \"config\".")),
    }
}

fn initial_state_of(text: &str) -> Result<TargetState, Refusal> {
    match text.to_uppercase().as_str() {
        "RUNNING" => Ok(TargetState::Started),
        "PAUSED" => Ok(TargetState::Paused),
        "STOPPED" => Ok(TargetState::Stopped),
        other => Err(unreadable(format!(
            "Cannot construct instance of \
             `org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest$InitialState`, \
             problem: No enum constant org.apache.kafka.connect.runtime.rest.entities.\
             CreateConnectorRequest.InitialState.{other}"
        ))),
    }
}

/// Offsets to change.
pub(super) fn offsets(bytes: &[u8]) -> Result<Vec<OffsetChange>, Refusal> {
    let mut object: Map<String, Value> = read(bytes)?;
    if let Some(unknown) = object.keys().find(|key| *key != "offsets") {
        return Err(unreadable(format!("Unrecognized field \"{unknown}\"")));
    }
    let entries = match object.remove("offsets") {
        Some(Value::Array(entries)) => entries,
        None | Some(Value::Null) => Vec::new(),
        Some(_) => return Err(unreadable("\"offsets\" is no JSON array.")),
    };
    if entries.is_empty() {
        return Err(Refusal::bad_request(
            "Partitions / offsets need to be provided for an alter offsets request",
        ));
    }
    entries.into_iter().map(offset_change).collect()
}

fn offset_change(entry: Value) -> Result<OffsetChange, Refusal> {
    let Value::Object(mut entry) = entry else {
        return Err(unreadable("An element of \"offsets\" is no JSON object."));
    };
    let mut part = |name: &str| match entry.remove(name) {
        Some(Value::Object(part)) => Ok(Some(part)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(unreadable(format!("\"{name}\" is no JSON object."))),
    };
    let change = (part("partition")?, part("offset")?);
    match entry.keys().next() {
        Some(unknown) => Err(unreadable(format!("Unrecognized field \"{unknown}\""))),
        None => Ok(change),
    }
}

/// The level of `PUT /admin/loggers/NAME`.
pub(super) fn level(bytes: &[u8]) -> Result<String, Refusal> {
    config(bytes)?.remove("level").flatten().ok_or_else(|| {
        Refusal::bad_request("Desired 'level' parameter was not specified in request.")
    })
}
