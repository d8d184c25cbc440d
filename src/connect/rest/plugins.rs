//! `/connector-plugins`: what can be configured, and whether a configuration is right.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::routing::{get, put};
use serde::Deserialize;

use super::media::Body;
use super::{Resource, body};
use crate::connect::herder::{ConfigInfos, ConfigKeyInfo, Herder, Plugin, Refusal};

pub(super) fn resources() -> Vec<Resource> {
    vec![
        ("/connector-plugins", "GET", get(list)),
        ("/connector-plugins/{plugin}/config", "GET", get(config)),
        ("/connector-plugins/{plugin}/config/validate", "PUT", put(validate)),
    ]
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    connectors_only: Option<String>,
}

async fn list(Query(which): Query<Which>) -> Json<Vec<Plugin>> {
    let connectors_only =
        which.connectors_only.is_none_or(|text| text.eq_ignore_ascii_case("true"));
    Json(Plugin::all(connectors_only))
}

async fn config(Path(plugin): Path<String>) -> Result<Json<Vec<ConfigKeyInfo>>, Refusal> {
    Herder::plugin_config(&plugin).map(Json)
}

async fn validate(
    State(herder): State<Herder>,
    Path(plugin): Path<String>,
    Body(body): Body,
) -> Result<Json<ConfigInfos>, Refusal> {
    herder.validate(&plugin, &body::config(&body)?).map(Json)
}
