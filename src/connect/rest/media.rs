//! Types of bodies and answers, as JAX-RS negotiates them: everything is JSON. That no form is
//! taken also keeps the forms of web pages out.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::of_http;

/// Refuses who says that it sends something else, with or without a body.
pub(super) async fn json_only(request: Request, next: Next) -> Response {
    let Some(content_type) = content_type(request.headers()) else {
        return next.run(request).await;
    };
    match content_type.contains('/') {
        true if is_json(content_type) => next.run(request).await,
        true => of_http(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        false => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Refuses who does not take JSON for an answer.
pub(super) async fn json_wanted(request: Request, next: Next) -> Response {
    let mut accepted = request.headers().get_all(header::ACCEPT).iter().peekable();
    let takes_all = accepted.peek().is_none();
    if takes_all || accepted.any(|value| value.to_str().is_ok_and(takes_json)) {
        return next.run(request).await;
    }
    of_http(StatusCode::NOT_ACCEPTABLE)
}

/// The body of a call that reads one. Without a type only an empty one is taken.
pub(super) struct Body(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Body, Response> {
        let has_type = content_type(request.headers()).is_some();
        let bytes =
            Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        match has_type || bytes.is_empty() {
            true => Ok(Body(bytes)),
            false => Err(of_http(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
        }
    }
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

/// A type without its parameters.
fn name(text: &str) -> &str {
    text.split(';').next().unwrap_or(text).trim()
}

fn is_json(content_type: &str) -> bool {
    name(content_type).eq_ignore_ascii_case("application/json")
}

/// Whether one of the types fits. A weight of 0 is none to JAX-RS.
fn takes_json(accept: &str) -> bool {
    accept.split(',').map(name).any(|range| {
        is_json(range) || range.eq_ignore_ascii_case("application/*") || range == "*/*"
    })
}
