//! Keeps pages of other sites away from the console of a developer's machine.
//!
//! A page that the developer visits can make the browser send requests here. Two ways
//! are closed: a name that was rebound to this address (the Host is then neither an
//! address nor `localhost`), and a form or script of another origin that changes
//! something (its Origin is not this Host). Who needs more names them, see [`Visitors`].

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Visitors;

pub(super) async fn same_origin_only(
    State(visitors): State<Arc<Visitors>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let host = text(headers, header::HOST);
    if !host.is_none_or(|host| is_own_name(host) || visitors.knows_host(without_port(host))) {
        return refused("the Host header names another site; use an IP address or localhost\n");
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let origin = text(headers, header::ORIGIN).filter(|origin| visitors.knows_origin(origin));
    if !reads && origin.is_none() && !origin_is_own(headers, host) {
        return refused("the Origin header names another site\n");
    }
    let origin = origin.map(str::to_owned);
    let asks_first = *request.method() == Method::OPTIONS
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.run(request).await;
    if let Some(origin) = origin {
        visitors.welcome(&origin, asks_first, response.headers_mut());
    }
    response
}

fn refused(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, why).into_response()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// A name without dots (a container, a service), `*.localhost`, or an address.
fn is_own_name(host: &str) -> bool {
    let name = without_port(host);
    name.parse::<std::net::IpAddr>().is_ok() || !name.contains('.') || name.ends_with(".localhost")
}

fn origin_is_own(headers: &HeaderMap, host: Option<&str>) -> bool {
    match text(headers, header::ORIGIN) {
        // Tools send none; a browser sends one with every request that is no plain read.
        None => true,
        Some(origin) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some() && authority == host
        }
    }
}

fn without_port(host: &str) -> &str {
    if let Some(end) = host.strip_prefix('[').and_then(|rest| rest.find(']')) {
        return &host[1..=end];
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::{is_own_name, without_port};

    #[test]
    fn addresses_and_plain_names_are_ours() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "klamm:8080", "a.localhost"]
        {
            assert!(is_own_name(host), "{host}");
        }
    }

    #[test]
    fn a_name_of_the_internet_is_not_ours() {
        for host in ["evil.example:8080", "evil.example", "127.0.0.1.evil.example"] {
            assert!(!is_own_name(host), "{host}");
        }
    }

    #[test]
    fn the_port_is_cut_off() {
        assert_eq!(without_port("[::1]:80"), "::1");
        assert_eq!(without_port("a:80"), "a");
    }
}
