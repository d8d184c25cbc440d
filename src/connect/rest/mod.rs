//! Kafka Connect's REST interface (port 8083): the calls of Apache Kafka 4.3.1, with its statuses,
//! bodies and words. What it says comes from the [`Herder`]; here is only HTTP.
//!
//! Left out are the calls between workers (`/connectors/NAME/tasks` and `/fence`).

mod body;
mod connectors;
mod logging;
mod offsets;
mod plugins;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::herder::{Herder, KAFKA_VERSION, Refusal};

/// The commit that `GET /` names: klamm's own version.
const COMMIT: &str = concat!("klamm-", env!("CARGO_PKG_VERSION"));

/// Every call.
pub fn router(herder: Herder) -> Router {
    Router::new()
        .route("/", get(root))
        .route("/health", get(health))
        .merge(connectors::routes())
        .merge(offsets::routes())
        .merge(plugins::routes())
        .merge(logging::routes())
        .fallback(async || of_http(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || of_http(StatusCode::METHOD_NOT_ALLOWED))
        .layer(middleware::from_fn(json_only))
        .with_state(herder)
}

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

/// Bodies of other types are refused before anybody looks for a connector. This also keeps the
/// forms of web pages out.
async fn json_only(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let has_body = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
        || headers.contains_key(header::TRANSFER_ENCODING);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.is_some_and(|text| {
        text.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(JSON))
    });
    if has_body && !reads && !is_json {
        return of_http(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    next.run(request).await
}

const JSON: &str = "application/json";

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
