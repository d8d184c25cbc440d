//! Requests from other origins (CORS): the rules of a bucket, the preflight request, the headers
//! of an answer.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderName,
    HeaderValue, ORIGIN, VARY,
};
use http::{Method, StatusCode};
use s3s::dto::{CORSRule, CORSRules};
use s3s::{Body, HttpResponse, S3Error, S3Result, s3_error};

use super::errors::{blocking, custom};
use super::host::Domains;
use super::store::{CorsRule, Store};

/// Rules of one bucket, as in S3.
const RULES_MAX: usize = 100;

const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];

/// Checks rules that are put.
pub(super) fn check_rules(rules: CORSRules) -> S3Result<Vec<CorsRule>> {
    if rules.is_empty() || rules.len() > RULES_MAX {
        return Err(s3_error!(MalformedXML, "A CORS configuration has 1 to 100 rules"));
    }
    for rule in &rules {
        if let Some(method) =
            rule.allowed_methods.iter().find(|method| !METHODS.contains(&method.as_str()))
        {
            return Err(s3_error!(
                InvalidRequest,
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            ));
        }
        let wildcards = |text: &str| text.matches('*').count();
        if let Some(origin) = rule.allowed_origins.iter().find(|origin| wildcards(origin) > 1) {
            return Err(s3_error!(
                InvalidRequest,
                "AllowedOrigin \"{origin}\" can not have more than one wildcard."
            ));
        }
        let headers = rule.allowed_headers.iter().flatten();
        if let Some(header) = headers.into_iter().find(|header| wildcards(header) > 1) {
            return Err(s3_error!(
                InvalidRequest,
                "AllowedHeader \"{header}\" can not have more than one wildcard."
            ));
        }
    }
    Ok(rules.into_iter().map(kept).collect())
}

fn kept(rule: CORSRule) -> CorsRule {
    CorsRule {
        id: rule.id,
        origins: rule.allowed_origins,
        methods: rule.allowed_methods,
        headers: rule.allowed_headers.unwrap_or_default(),
        expose: rule.expose_headers.unwrap_or_default(),
        max_age_seconds: rule.max_age_seconds,
    }
}

/// A rule as it was put.
pub(super) fn rule_as_given(rule: &CorsRule) -> CORSRule {
    CORSRule {
        id: rule.id.clone(),
        allowed_origins: rule.origins.clone(),
        allowed_methods: rule.methods.clone(),
        allowed_headers: Some(rule.headers.clone()),
        expose_headers: Some(rule.expose.clone()),
        max_age_seconds: rule.max_age_seconds,
    }
}

/// A request that says which origin it comes from.
pub(super) struct CrossOrigin {
    bucket: String,
    origin: String,
    method: String,
    /// Headers that the real request will have; only a preflight names them.
    headers: Vec<String>,
    is_preflight: bool,
}

impl CrossOrigin {
    /// Reads the head of a request; `None` if it names no origin or no bucket.
    pub(super) fn read<B>(request: &http::Request<B>, domains: &Domains) -> Option<Self> {
        let text = |name: &HeaderName| {
            request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let origin = text(&ORIGIN)?;
        let host = text(&HOST).unwrap_or_default();
        let in_path = request.uri().path().split('/').nth(1).unwrap_or_default();
        let bucket = domains.bucket(&host).unwrap_or(in_path).to_owned();
        let is_preflight = *request.method() == Method::OPTIONS;
        let method = if is_preflight {
            text(&ACCESS_CONTROL_REQUEST_METHOD)?
        } else {
            request.method().as_str().to_owned()
        };
        let headers = text(&ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
        let headers = headers.split(',').map(|name| name.trim().to_ascii_lowercase());
        let headers = headers.filter(|name| !name.is_empty()).collect();
        (!bucket.is_empty()).then_some(Self { bucket, origin, method, headers, is_preflight })
    }

    /// The headers that the first matching rule adds to the answer; `Err` with whether the
    /// bucket has rules at all.
    pub(super) async fn headers(&self, store: &Arc<Store>) -> Result<HeaderMap, bool> {
        let settings = match store.known_settings(&self.bucket) {
            Some(settings) => settings,
            None => {
                let bucket = self.bucket.clone();
                let read = blocking(store, move |store| store.settings(&bucket)).await;
                read.map_err(|_| false)?
            }
        };
        let rule = settings.cors.iter().find(|rule| self.is_allowed_by(rule));
        rule.map(|rule| self.headers_of(rule)).ok_or(!settings.cors.is_empty())
    }

    fn is_allowed_by(&self, rule: &CorsRule) -> bool {
        rule.methods.contains(&self.method)
            && rule.origins.iter().any(|pattern| with_star(pattern, &self.origin))
            && self.headers.iter().all(|header| {
                rule.headers.iter().any(|it| with_star(&it.to_ascii_lowercase(), header))
            })
    }

    fn headers_of(&self, rule: &CorsRule) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut insert = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if rule.origins.iter().any(|origin| origin == "*") {
            insert(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        } else {
            insert(ACCESS_CONTROL_ALLOW_ORIGIN, &self.origin);
            insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        insert(ACCESS_CONTROL_ALLOW_METHODS, &rule.methods.join(", "));
        if !self.headers.is_empty() {
            insert(ACCESS_CONTROL_ALLOW_HEADERS, &self.headers.join(", "));
        }
        if !rule.expose.is_empty() {
            insert(ACCESS_CONTROL_EXPOSE_HEADERS, &rule.expose.join(", "));
        }
        if let Some(seconds) = rule.max_age_seconds.filter(|_| self.is_preflight) {
            insert(ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
        }
        insert(VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
        headers
    }
}

/// Answers `OPTIONS`.
pub(super) async fn preflight<B>(
    request: &http::Request<B>,
    cross_origin: Option<&CrossOrigin>,
    store: &Arc<Store>,
) -> S3Result<HttpResponse> {
    let Some(cross_origin) = cross_origin else {
        let has_origin = request.headers().contains_key(ORIGIN);
        let message = if has_origin {
            "Invalid Access-Control-Request-Method: null"
        } else {
            "Insufficient information. Origin request header needed."
        };
        return Err(custom("BadRequest", StatusCode::BAD_REQUEST, message));
    };
    match cross_origin.headers(store).await {
        Ok(headers) => {
            let mut response = HttpResponse::new(Body::empty());
            *response.headers_mut() = headers;
            Ok(response)
        }
        Err(has_rules) => Err(forbidden(has_rules)),
    }
}

fn forbidden(has_rules: bool) -> S3Error {
    let message = if has_rules {
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of \
         Origin, request method / Access-Control-Request-Method or \
         Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
    } else {
        "CORSResponse: CORS is not enabled for this bucket."
    };
    custom("AccessForbidden", StatusCode::FORBIDDEN, message)
}

/// Compares with a pattern that has at most one `*`.
fn with_star(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_matches_answers() {
        let rule = |origin: &str, methods: &[&str]| CorsRule {
            origins: vec![origin.to_owned()],
            methods: methods.iter().map(|&method| method.to_owned()).collect(),
            headers: vec!["x-amz-*".to_owned(), "Content-Type".to_owned()],
            ..CorsRule::default()
        };
        let request = |origin: &str, method: &str, headers: &[&str]| CrossOrigin {
            bucket: "b".to_owned(),
            origin: origin.to_owned(),
            method: method.to_owned(),
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            is_preflight: true,
        };
        let site = rule("https://*.example.com", &["GET", "PUT"]);
        let cases = [
            (request("https://www.example.com", "PUT", &["x-amz-date", "content-type"]), true),
            (request("https://www.example.com", "PUT", &["authorization"]), false),
            (request("https://www.example.com", "DELETE", &[]), false),
            (request("http://www.example.com", "GET", &[]), false),
        ];
        for (request, is_allowed) in cases {
            assert_eq!(request.is_allowed_by(&site), is_allowed, "{}", request.origin);
        }
        let everybody = rule("*", &["GET"]);
        let headers = request("http://a", "GET", &[]).headers_of(&everybody);
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}
