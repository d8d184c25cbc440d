//! Kafka Connect's REST interface (port 8083): the calls of Apache Kafka 4.3.1, with its statuses,
//! bodies and words. What it says comes from the [`Herder`]; here is only HTTP.
//!
//! Left out are the calls between workers (`/connectors/NAME/tasks` and `/fence`).

mod body;
mod connectors;
mod logging;
mod media;
mod offsets;
mod plugins;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use serde_json::json;

use super::herder::{Herder, KAFKA_VERSION, Refusal};

/// The commit that `GET /` names: klamm's own version.
const COMMIT: &str = concat!("klamm-", env!("CARGO_PKG_VERSION"));

/// A path, the methods that it has, and who answers them.
type Resource = (&'static str, &'static str, MethodRouter<Herder>);

/// Every call.
pub fn router(herder: Herder) -> Router {
    // Those of the worker itself take no body, and so ask for no type of it.
    let of_worker: [Resource; 2] = [("/", "GET", get(root)), ("/health", "GET", get(health))];
    let mut router = Router::new();
    for resource in of_worker {
        router = with(router, resource);
    }
    for (path, methods, answers) in
        [connectors::resources(), offsets::resources(), plugins::resources(), logging::resources()]
            .into_iter()
            .flatten()
    {
        router = with(router, (path, methods, answers.route_layer(from_fn(media::json_only))));
    }
    router
        .fallback(async || of_http(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || of_http(StatusCode::METHOD_NOT_ALLOWED))
        .with_state(herder)
}

/// Adds a path, with and without a slash at its end.
fn with(router: Router<Herder>, (path, methods, answers): Resource) -> Router<Herder> {
    let methods = match methods.contains("GET") {
        true => format!("{methods},HEAD,OPTIONS"),
        false => format!("{methods},OPTIONS"),
    };
    let allowed = move || {
        let methods = methods.clone();
        async move { ([(header::ALLOW, methods.clone())], PLAIN, methods) }
    };
    let answers = answers.route_layer(from_fn(media::json_wanted)).options(allowed);
    match path {
        "/" => router.route(path, answers),
        path => router.route(&format!("{path}/"), answers.clone()).route(path, answers),
    }
}

const PLAIN: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/plain")];

async fn root(State(herder): State<Herder>) -> Response {
    let cluster = herder.cluster_id();
    let info = json!({ "version": KAFKA_VERSION, "commit": COMMIT, "kafka_cluster_id": cluster });
    Json(info).into_response()
}

/// KIP-1017.
async fn health() -> Response {
    const MESSAGE: &str = "Worker has completed startup and is ready to handle requests.";
    Json(json!({ "status": "healthy", "message": MESSAGE })).into_response()
}

/// A refusal by HTTP itself, in the words of JAX-RS.
fn of_http(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or_default();
    Refusal { status: status.as_u16(), message: format!("HTTP {} {reason}", status.as_u16()) }
        .into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({ "error_code": self.status, "message": self.message });
        (status, Json(body)).into_response()
    }
}
