//! `/connectors/NAME/offsets` (KIP-875).

use axum::Json;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::{Value, json};

use super::media::Body;
use super::{Resource, body};
use crate::connect::herder::{Herder, Refusal};

type Answer = Result<Json<Value>, Refusal>;

pub(super) fn resources() -> Vec<Resource> {
    let answers = get(list).patch(alter).delete(reset);
    vec![("/connectors/{name}/offsets", "GET,PATCH,DELETE", answers)]
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

async fn alter(State(herder): State<Herder>, Path(name): Path<String>, Body(body): Body) -> Answer {
    let message = herder.alter_offsets(&name, &body::offsets(&body)?).await?;
    Ok(Json(json!({ "message": message })))
}

async fn reset(State(herder): State<Herder>, Path(name): Path<String>) -> Answer {
    let message = herder.reset_offsets(&name).await?;
    Ok(Json(json!({ "message": message })))
}
