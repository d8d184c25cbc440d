//! The style sheet, the script and the icon: parts of the binary.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;

use crate::http::Console;

pub(super) const STYLE: &str = "/assets/console.css";
pub(super) const SCRIPT: &str = "/assets/console.js";
pub(super) const ICON: &str = "/assets/icon.svg";

/// Path, type and text of each.
const ASSETS: [(&str, &str, &str); 3] = [
    (STYLE, "text/css; charset=utf-8", include_str!("assets/console.css")),
    (SCRIPT, "text/javascript; charset=utf-8", include_str!("assets/console.js")),
    (ICON, "image/svg+xml", include_str!("assets/icon.svg")),
];

pub(super) fn routes() -> Router<Console> {
    ASSETS.into_iter().fold(Router::new(), |router, (path, content_type, text)| {
        // Not kept by browsers: the next version of klamm has the same address.
        let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-cache")];
        router.route(path, get(async move || (headers, text)))
    })
}
