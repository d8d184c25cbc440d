//! The JSON that comes in, read as leniently as Connect's Jackson does: numbers and booleans are
//! texts too, null is kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::connect::herder::{OffsetChange, Refusal, TargetState};

/// A configuration as it was sent.
pub(super) type Config = BTreeMap<String, Option<String>>;

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

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if bytes.is_empty() {
        return Err(unreadable("The request has no body."));
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(unreadable("The request's body is no JSON object.")),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

fn text_of(key: &str, value: Value) -> Result<Option<String>, Refusal> {
    let kind = match value {
        Value::Null => return Ok(None),
        Value::String(text) => return Ok(Some(text)),
        Value::Bool(value) => return Ok(Some(value.to_string())),
        Value::Number(number) => return Ok(Some(number.to_string())),
        Value::Array(_) => ("Array", "START_ARRAY"),
        Value::Object(_) => ("Object", "START_OBJECT"),
    };
    let (kind, token) = kind;
    Err(unreadable(format!(
        "Cannot deserialize value of type `java.lang.String` from {kind} value (token \
         `JsonToken.{token}`) (through reference chain: java.util.LinkedHashMap[\"{key}\"])"
    )))
}

fn config_of(object: Map<String, Value>) -> Result<Config, Refusal> {
    let texts = object.into_iter().map(|(key, value)| Ok((key.clone(), text_of(&key, value)?)));
    texts.collect()
}

/// A flat configuration.
pub(super) fn config(bytes: &[u8]) -> Result<Config, Refusal> {
    config_of(object(bytes)?)
}

/// A connector to make.
pub(super) fn create_connector(bytes: &[u8]) -> Result<CreateConnector, Refusal> {
    let mut object = object(bytes)?;
    let known = ["name", "config", "initial_state"];
    if let Some(unknown) = object.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(unreadable(format!(
            "Unrecognized field \"{unknown}\" (class \
             org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest), not marked \
             as ignorable (3 known properties: \"config\", \"name\", \"initial_state\")"
        )));
    }
    let name = text_of("name", object.remove("name").unwrap_or_default())?.unwrap_or_default();
    let initial_state =
        text_of("initial_state", object.remove("initial_state").unwrap_or_default())?;
    let initial_state = initial_state.as_deref().map(initial_state_of).transpose()?;
    match object.remove("config") {
        Some(Value::Object(config)) => Ok(CreateConnector {
            name: name.trim().to_owned(),
            config: config_of(config)?,
            initial_state,
        }),
        _ => Err(unreadable("The request has no \"config\".")),
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
    let mut object = object(bytes)?;
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
    Ok((part("partition")?, part("offset")?))
}

/// The level of `PUT /admin/loggers/NAME`.
pub(super) fn level(bytes: &[u8]) -> Result<String, Refusal> {
    config(bytes)?.remove("level").flatten().ok_or_else(|| {
        Refusal::bad_request("Desired 'level' parameter was not specified in request.")
    })
}
