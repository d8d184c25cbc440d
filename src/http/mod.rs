//! The console port: pages for people, calls and metrics for programs, health for both.
//!
//! Every page and call lives in a file of its own and joins the [`router`]. The port is
//! guarded against pages of other origins, see [`guard`], and its own pages are kept to
//! themselves, see [`policy`].

mod console;
mod guard;
mod health;
mod listeners;
mod metrics;
mod policy;
mod sink;
mod visitors;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use axum::{Router, middleware};
use tokio::sync::watch;

use crate::broker::Broker;

pub use self::health::Readiness;
pub use self::sink::SinkControl;
pub use self::visitors::Visitors;

/// What the console shows and controls.
#[derive(Debug, Clone)]
pub struct Console {
    /// Whether everything that was asked for is up.
    pub readiness: Readiness,
    /// Whose listeners are shown.
    pub broker: Arc<Broker>,
    /// The connectors.
    pub sink: Arc<dyn SinkControl>,
}

/// All routes.
pub fn router(console: Console) -> Router {
    let router = Router::new()
        .merge(health::routes(console.readiness.clone()))
        .merge(listeners::routes(console.broker.clone()))
        .merge(metrics::routes(console.broker.clone(), console.sink.clone()))
        .merge(sink::routes(console.sink.clone()))
        .merge(console::routes(console))
        .layer(middleware::map_response(policy::keep_to_itself));
    guarded(router, Visitors::default())
}

/// A router of another room, guarded as the console is.
pub fn guarded(router: Router, visitors: Visitors) -> Router {
    let visitors = Arc::new(visitors);
    router.layer(middleware::from_fn_with_state(visitors, guard::same_origin_only))
}

/// Serves `router` on `socket` until `stopping` becomes true.
///
/// # Errors
/// When the socket cannot be handed to the runtime.
pub async fn serve(
    socket: TcpListener,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let socket = tokio::net::TcpListener::from_std(socket)?;
    axum::serve(socket, router)
        .with_graceful_shutdown(async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        })
        .await
}
