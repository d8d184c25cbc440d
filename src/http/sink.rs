//! `/api/sink`: what the connectors are doing; `/api/sink/flush`: write what has arrived;
//! `/api/sink/restart`: begin anew after a failure. `?connector=NAME` means one of them.

use std::fmt::Debug;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

/// Sees and steers connectors; implemented where the edges meet.
pub trait SinkControl: Debug + Send + Sync {
    /// All connectors, as JSON.
    fn status(&self) -> Value;

    /// Writes what has arrived, also into files that are not full. `None`: no such connector.
    fn flush(&self, connector: Option<String>) -> BoxFuture<'static, Option<Value>>;

    /// Lets failed tasks begin anew. `false`: no such connector.
    fn restart(&self, connector: Option<String>) -> BoxFuture<'static, bool>;
}

type Control = Arc<dyn SinkControl>;

#[derive(Debug, Deserialize)]
struct Which {
    connector: Option<String>,
}

pub(super) fn routes(control: Control) -> Router {
    Router::new()
        .route("/api/sink", get(status))
        .route("/api/sink/flush", post(flush))
        .route("/api/sink/restart", post(restart))
        .with_state(control)
}

async fn status(State(control): State<Control>) -> Json<Value> {
    Json(control.status())
}

async fn flush(State(control): State<Control>, Query(which): Query<Which>) -> Response {
    match control.flush(which.connector.clone()).await {
        Some(outcome) => Json(outcome).into_response(),
        None => unknown(&which),
    }
}

async fn restart(State(control): State<Control>, Query(which): Query<Which>) -> Response {
    if control.restart(which.connector.clone()).await {
        StatusCode::NO_CONTENT.into_response()
    } else {
        unknown(&which)
    }
}

fn unknown(which: &Which) -> Response {
    let name = which.connector.as_deref().unwrap_or("");
    let message = format!("Connector {name} not found");
    (StatusCode::NOT_FOUND, Json(json!({ "error_code": 404, "message": message }))).into_response()
}
