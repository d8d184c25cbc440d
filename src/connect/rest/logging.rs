//! `/admin/loggers`: how much klamm says. There is one logger, `root`.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::body;
use crate::connect::herder::{Herder, LoggerLevel, Refusal};

const ROOT: &str = "root";
/// log4j's levels.
const LEVELS: [&str; 8] = ["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"];

pub(super) fn routes() -> Router<Herder> {
    Router::new()
        .route("/admin/loggers", get(list))
        .route("/admin/loggers/", get(list))
        .route("/admin/loggers/{logger}", get(one).put(set))
}

async fn list(State(herder): State<Herder>) -> Response {
    Json(json!({ ROOT: herder.log_levels().root() })).into_response()
}

async fn one(
    State(herder): State<Herder>,
    Path(logger): Path<String>,
) -> Result<Json<LoggerLevel>, Refusal> {
    known(&logger)?;
    Ok(Json(herder.log_levels().root()))
}

/// `?scope=cluster` or `worker`: this worker is all of the cluster.
#[derive(Debug, Deserialize)]
struct Scope {
    scope: Option<String>,
}

async fn set(
    State(herder): State<Herder>,
    Path(logger): Path<String>,
    Query(Scope { scope }): Query<Scope>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let level = body::level(&body)?;
    let upper = level.to_uppercase();
    if !LEVELS.contains(&upper.as_str()) {
        return Err(Refusal::not_found(format!("invalid log level '{level}'.")));
    }
    known(&logger)?;
    herder.set_log_level(&upper);
    let is_cluster = scope.is_some_and(|scope| scope.eq_ignore_ascii_case("cluster"));
    Ok(match is_cluster {
        true => StatusCode::NO_CONTENT.into_response(),
        false => Json([ROOT]).into_response(),
    })
}

fn known(logger: &str) -> Result<(), Refusal> {
    if logger.eq_ignore_ascii_case(ROOT) {
        return Ok(());
    }
    Err(Refusal::not_found(format!("Logger {logger} not found.")))
}
