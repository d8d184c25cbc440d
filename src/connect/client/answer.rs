//! Reading answers: the few elements of XML that matter, and what an error means. Pure.

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};

use crate::connect::object_store::{StoreError, StoreErrorKind};

/// Error codes whose cause passes by itself.
const PASSING: [&str; 9] = [
    "RequestTimeout",
    "SlowDown",
    "InternalError",
    "ServiceUnavailable",
    "OperationAborted",
    "ConditionalRequestConflict",
    "Throttling",
    "ThrottlingException",
    "IncompleteBody",
];

/// A successful answer.
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Sorts success from failure.
    pub(super) fn read(method: Method, response: Response<Bytes>) -> Result<Self, StoreError> {
        let (head, body) = response.into_parts();
        let answer = Self { status: head.status, headers: head.headers, body };
        if answer.status.is_success() { Ok(answer) } else { Err(answer.into_error(&method)) }
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// An error document where success was announced.
    pub(super) fn error_in_body(&self) -> Option<StoreError> {
        let text = self.text();
        let code = text.contains("<Error>").then(|| element(&text, "Code"))??;
        let message = element(&text, "Message").unwrap_or_default();
        let kind = kind(self.status, Some(&code));
        Some(StoreError { kind, code: Some(code), message, status: Some(self.status.as_u16()) })
    }

    /// Success, but not as S3 answers.
    pub(super) fn not_understood(&self, missing: &str) -> StoreError {
        let message = format!("the answer has not {missing}: is this an S3 endpoint?");
        StoreError { status: Some(self.status.as_u16()), ..broken(message) }
    }

    fn into_error(self, method: &Method) -> StoreError {
        let text = self.text();
        let code = element(&text, "Code").or_else(|| {
            // An answer to HEAD has no body; these are S3's codes for it.
            let code = match self.status {
                StatusCode::NOT_FOUND if method == Method::HEAD => "NotFound",
                StatusCode::FORBIDDEN if method == Method::HEAD => "Forbidden",
                StatusCode::MOVED_PERMANENTLY => "PermanentRedirect",
                _ => return None,
            };
            Some(code.to_owned())
        });
        let mut message = element(&text, "Message")
            .unwrap_or_else(|| self.status.canonical_reason().unwrap_or("no message").to_owned());
        if let Some(region) = self.header("x-amz-bucket-region")
            && self.status.is_redirection()
        {
            message.push_str(&format!(" (the bucket is in region {region})"));
        }
        let kind = kind(self.status, code.as_deref());
        StoreError { kind, code, message, status: Some(self.status.as_u16()) }
    }
}

fn kind(status: StatusCode, code: Option<&str>) -> StoreErrorKind {
    let passes_by_status = (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT;
    if passes_by_status || code.is_some_and(|code| PASSING.contains(&code)) {
        StoreErrorKind::Retriable
    } else {
        StoreErrorKind::Permanent
    }
}

/// Wrong before anything was sent, or answered by something that is no S3.
pub(super) fn broken(message: String) -> StoreError {
    StoreError { kind: StoreErrorKind::Permanent, code: None, message, status: None }
}

/// The connection failed; the next one may not.
pub(super) fn unreachable(message: String) -> StoreError {
    StoreError { kind: StoreErrorKind::Retriable, code: None, message, status: None }
}

/// The text of the first element of a name.
pub(super) fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(unescape_xml(text))
}

fn unescape_xml(text: &str) -> String {
    // The ampersand last: it begins the others.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Text as the content of an element.
pub(super) fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
