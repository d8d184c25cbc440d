//! The few calls of a schema registry that reading needs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use serde_json::Value as Json;

use super::RegistryUnreachable;
use crate::connect::client::Transport;

/// References of references beyond this are refused.
const REFERENCES_MAX: usize = 100;

/// A schema as the registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registered {
    pub(super) schema: String,
    /// `AVRO`, `JSON`, `PROTOBUF`
    pub(super) schema_type: String,
    /// Under the subject of the topic.
    pub(super) version: Option<i32>,
    /// Schemas that this one names, those that they name first.
    pub(super) references: Vec<Reference>,
}

/// A schema that another one names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// How the other one names it: a type, or a file to import.
    pub(super) name: String,
    pub(super) schema: String,
}

/// Where a schema is that another one names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    name: String,
    subject: String,
    version: i64,
}

/// An answer: what was asked for, or what the registry says instead.
type Answer<T> = Result<T, String>;

#[derive(Debug)]
pub(super) struct Client {
    urls: Vec<String>,
    authorization: Option<String>,
    /// Made with the first request: a configuration that is only checked needs none.
    transport: std::sync::OnceLock<Transport>,
}

impl Client {
    pub(super) fn new(urls: Vec<String>, authorization: Option<String>) -> Client {
        Client { urls, authorization, transport: std::sync::OnceLock::new() }
    }

    /// The schema of this id, with the version that it has under `subject`.
    pub(super) async fn schema(
        &self,
        id: i32,
        subject: &str,
    ) -> Result<Answer<Registered>, RegistryUnreachable> {
        let found = match self.get(&format!("/schemas/ids/{id}")).await? {
            Ok(found) => found,
            Err(text) => return Ok(Err(text)),
        };
        let Some(schema) = found["schema"].as_str() else {
            return Ok(Err("the registry's answer has no schema".to_owned()));
        };
        let references = match self.references(&found).await? {
            Ok(references) => references,
            Err(text) => return Ok(Err(text)),
        };
        Ok(Ok(Registered {
            schema: schema.to_owned(),
            schema_type: found["schemaType"].as_str().unwrap_or("AVRO").to_owned(),
            version: self.version(id, subject).await?,
            references,
        }))
    }

    /// Registries that do not know this call have schemas without versions.
    async fn version(&self, id: i32, subject: &str) -> Result<Option<i32>, RegistryUnreachable> {
        let Ok(Json::Array(found)) = self.get(&format!("/schemas/ids/{id}/versions")).await? else {
            return Ok(None);
        };
        let named = found.iter().find(|version| version["subject"] == subject);
        let version =
            named.or_else(|| found.last()).and_then(|version| version["version"].as_i64());
        Ok(version.and_then(|version| i32::try_from(version).ok()))
    }

    async fn references(
        &self,
        schema: &Json,
    ) -> Result<Answer<Vec<Reference>>, RegistryUnreachable> {
        // Depth first; whoever is named stands before those that name it.
        let mut left = references_of(schema);
        let mut seen: Vec<Place> = Vec::new();
        let mut schemas = Vec::new();
        while let Some(place) = left.pop() {
            if seen.contains(&place) {
                continue;
            }
            if seen.len() >= REFERENCES_MAX {
                return Ok(Err(format!("more than {REFERENCES_MAX} references")));
            }
            let path = format!("/subjects/{}/versions/{}", encoded(&place.subject), place.version);
            let found = match self.get(&path).await? {
                Ok(found) => found,
                Err(text) => return Ok(Err(text)),
            };
            left.extend(references_of(&found));
            let schema = found["schema"].as_str().unwrap_or_default().to_owned();
            schemas.push(Reference { name: place.name.clone(), schema });
            seen.push(place);
        }
        schemas.reverse();
        Ok(Ok(schemas))
    }

    /// Asks the registries in turn until one answers.
    async fn get(&self, path: &str) -> Result<Answer<Json>, RegistryUnreachable> {
        let mut causes = Vec::new();
        for url in &self.urls {
            match self.get_from(url, path).await {
                Ok(answer) => return Ok(answer),
                Err(RegistryUnreachable(cause)) => causes.push(cause),
            }
        }
        Err(RegistryUnreachable(causes.join("; ")))
    }

    async fn get_from(&self, url: &str, path: &str) -> Result<Answer<Json>, RegistryUnreachable> {
        let broken = |text: String| RegistryUnreachable(text);
        let (address, user) = without_user(url);
        let mut request = Request::get(format!("{}{path}", address.trim_end_matches('/')))
            .header(header::ACCEPT, "application/vnd.schemaregistry.v1+json, application/json");
        let authorization = self.authorization.clone().or_else(|| user.map(basic));
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Ok(uri) = address.parse::<http::Uri>()
            && let Some(host) = uri.authority()
        {
            request = request.header(header::HOST, host.as_str());
        }
        let request =
            request.body(Bytes::new()).map_err(|error| broken(format!("{address}: {error}")))?;
        let transport = match self.transport.get() {
            Some(transport) => transport,
            None => {
                let made = Transport::new(None).map_err(|error| broken(error.message))?;
                self.transport.get_or_init(|| made)
            }
        };
        let answer = transport.send(request).await.map_err(|error| broken(error.message))?;
        let body: Json = serde_json::from_slice(answer.body()).unwrap_or(Json::Null);
        match answer.status() {
            StatusCode::OK => Ok(Ok(body)),
            status if is_passing(status) => Err(broken(format!("{address}: {status}"))),
            status => {
                // Whoever stands before the registry may answer in other words.
                let text = body["message"].as_str().or_else(|| status.canonical_reason());
                let code = body["error_code"].as_i64();
                let code = code.unwrap_or_else(|| i64::from(status.as_u16()));
                Ok(Err(format!("{}; error code: {code}", text.unwrap_or_default())))
            }
        }
    }
}

fn references_of(schema: &Json) -> Vec<Place> {
    let references = schema["references"].as_array().map_or(&[][..], Vec::as_slice);
    let place = |reference: &Json| {
        Some(Place {
            name: reference["name"].as_str()?.to_owned(),
            subject: reference["subject"].as_str()?.to_owned(),
            version: reference["version"].as_i64()?,
        })
    };
    references.iter().filter_map(place).collect()
}

/// Whether asking again can help.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status)
}

/// `Basic …`: the header for `user:password`.
#[must_use]
pub fn basic(user_info: &str) -> String {
    format!("Basic {}", STANDARD.encode(user_info))
}

/// `http://user:password@host` in two.
fn without_user(url: &str) -> (String, Option<&str>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    match rest.split_once('@') {
        Some((user, rest)) => (format!("{scheme}://{rest}"), Some(user)),
        None => (url.to_owned(), None),
    }
}

/// A subject as part of a path.
fn encoded(subject: &str) -> String {
    let mut path = String::with_capacity(subject.len());
    for byte in subject.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}
