//! `/metrics`: what Prometheus scrapes.
//!
//! Names and meanings are those of kafka_exporter where it has the same thing, so that its
//! dashboards work; what is klamm's own begins with `klamm_`. Everything is read when somebody asks,
//! from what the broker keeps anyway: the hot path counts nothing.

mod broker;
mod exposition;
mod groups;
mod listeners;
mod process;
mod sink;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::exposition::{Exposition, Kind};
use super::sink::SinkControl;
use crate::broker::Broker;

/// The text format of Prometheus, which every version of it reads.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Debug, Clone)]
struct Sources {
    broker: Arc<Broker>,
    sink: Arc<dyn SinkControl>,
    started_at_ms: i64,
}

pub(super) fn routes(broker: Arc<Broker>, sink: Arc<dyn SinkControl>) -> Router {
    let now = broker.now();
    let since_start_ms = i64::try_from(now.monotonic.as_millis()).unwrap_or(0);
    let started_at_ms = now.wall_ms - since_start_ms;
    Router::new().route("/metrics", get(metrics)).with_state(Sources {
        broker,
        sink,
        started_at_ms,
    })
}

async fn metrics(State(sources): State<Sources>) -> Response {
    // Before the ends of the logs, so that no group is ahead of them.
    let groups = groups::gather(&sources.broker).await;
    // A partition that rests has to be opened first, which may take the disk.
    let text = tokio::task::spawn_blocking(move || {
        let mut page = Exposition::default();
        about(&mut page);
        let ends = broker::write(&mut page, &sources.broker);
        groups::write(&mut page, &groups, &ends);
        listeners::write(&mut page, &sources.broker.doorkeeper().report());
        sink::write(&mut page, &sources.sink.status());
        process::write(&mut page, sources.started_at_ms);
        page.into_text()
    });
    match text.await {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn about(page: &mut Exposition) {
    page.family("klamm_build_info", Kind::Gauge, "Always 1; the label is the version of klamm.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
}
