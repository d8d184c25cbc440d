//! `/admin/loggers`: how much klamm says. As in log4j a logger is made when it is given a level;
//! which of them klamm has something to say for is the worker's business.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::media::Body;
use super::{Resource, body};
use crate::connect::herder::{Herder, LoggerLevel, ROOT_LOGGER, Refusal};

/// log4j's levels.
const LEVELS: [&str; 8] = ["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"];

pub(super) fn resources() -> Vec<Resource> {
    vec![
        ("/admin/loggers", "GET", get(list)),
        ("/admin/loggers/{logger}", "GET,PUT", get(one).put(set)),
    ]
}

async fn list(State(herder): State<Herder>) -> Json<BTreeMap<String, LoggerLevel>> {
    Json(herder.log_levels())
}

async fn one(
    State(herder): State<Herder>,
    Path(logger): Path<String>,
) -> Result<Json<LoggerLevel>, Refusal> {
    let level = herder.log_levels().remove(own_name(&logger));
    level.map(Json).ok_or_else(|| Refusal::not_found(format!("Logger {logger} not found.")))
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
    Body(body): Body,
) -> Result<Response, Refusal> {
    let level = body::level(&body)?;
    let upper = level.to_uppercase();
    if !LEVELS.contains(&upper.as_str()) {
        return Err(Refusal::not_found(format!("invalid log level '{level}'.")));
    }
    let affected = herder.set_log_level(own_name(&logger), &upper);
    let is_cluster = scope.is_some_and(|scope| scope.eq_ignore_ascii_case("cluster"));
    Ok(match is_cluster {
        true => StatusCode::NO_CONTENT.into_response(),
        false => Json(affected).into_response(),
    })
}

/// `ROOT` is the root too.
fn own_name(logger: &str) -> &str {
    if logger.eq_ignore_ascii_case(ROOT_LOGGER) { ROOT_LOGGER } else { logger }
}
