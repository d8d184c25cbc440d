//! `/api/listeners`: who is told which address, who came, and who never came back.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use crate::broker::Broker;
use crate::listener::seen::Report;

pub(super) fn routes(broker: Arc<Broker>) -> Router {
    Router::new().route("/api/listeners", get(report)).with_state(broker)
}

async fn report(State(broker): State<Arc<Broker>>) -> Json<Report> {
    Json(broker.doorkeeper().report())
}
