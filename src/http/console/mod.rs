//! The pages of the console: made here as HTML, with one style sheet and one small script, and
//! nothing from elsewhere.
//!
//! A page is a file of its own and a line in [`PAGES`]: a path, a title, and a function that makes
//! its content of what the console sees. The [`frame`] puts it between header and footer. What has
//! the attribute `data-live` and an `id` is kept up to date by the script, which fetches the page
//! again every second; without the script a page is as readable, and is reloaded by hand.
//!
//! Pages show; what changes something is a call of `/api`.

mod assets;
mod frame;
mod listeners;
mod words;

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use futures_util::future::BoxFuture;
use maud::Markup;

use super::Console;

/// One page.
#[derive(Debug)]
struct Page {
    /// Where it is.
    path: &'static str,
    /// What the navigation calls it.
    title: &'static str,
    /// Makes its content.
    content: fn(Console) -> BoxFuture<'static, Markup>,
}

/// All pages, in the order of the navigation; `/` leads to the first.
static PAGES: [Page; 1] = [listeners::PAGE];

pub(super) fn routes(console: Console) -> Router {
    let mut router = Router::new()
        .route("/", get(async || Redirect::temporary(PAGES[0].path)))
        .merge(assets::routes());
    for page in &PAGES {
        router = router.route(page.path, get(async |State(console)| show(page, console).await));
    }
    router.with_state(console)
}

async fn show(page: &'static Page, console: Console) -> Response {
    let content = (page.content)(console).await;
    ([(CACHE_CONTROL, "no-store")], Html(frame::frame(page, &content).into_string()))
        .into_response()
}
