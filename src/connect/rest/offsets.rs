//! `/connectors/NAME/offsets` (KIP-875).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::body;
use crate::connect::herder::{Herder, Refusal};

type Answer = Result<Json<Value>, Refusal>;

pub(super) fn routes() -> Router<Herder> {
    Router::new().route("/connectors/{name}/offsets", get(list).patch(alter).delete(reset))
}

async fn list(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    let offsets = herder.offsets(&name).await?;
    let offsets: Vec<Value> = offsets
        .iter()
        .map(|(partition, offset)| {
            json!({
                "partition": {
                    "kafka_partition": partition.partition.0,
                    "kafka_topic": partition.topic.as_str(),
                },
                "offset": { "kafka_offset": offset.0 },
            })
        })
        .collect();
    Ok(Json(json!({ "offsets": offsets })))
}

async fn alter(State(herder): State<Herder>, Path(name): Path<String>, body: Bytes) -> Answer {
    let message = herder.alter_offsets(&name, &body::offsets(&body)?).await?;
    Ok(Json(json!({ "message": message })))
}

async fn reset(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    let message = herder.reset_offsets(&name).await?;
    Ok(Json(json!({ "message": message })))
}
