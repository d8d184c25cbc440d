//! What S3's documents have and those of s3s lack.

use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{Method, Request, StatusCode};
use s3s::{Body, HttpResponse};

/// S3's words for the errors that s3s finds by itself and says nothing of.
const MESSAGES: [(&str, &str); 7] = [
    ("InvalidURI", "Couldn't parse the specified URI."),
    ("KeyTooLongError", "Your key is too long"),
    ("InvalidBucketName", "The specified bucket is not valid."),
    (
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published \
         schema",
    ),
    ("MissingContentLength", "You must provide the Content-Length HTTP header."),
    ("MissingRequestBodyError", "Request body is empty."),
    (
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check \
         your key and signing method.",
    ),
];

/// Completes an error document: in words, with what was asked for, and with the request's id,
/// where support would look for it.
pub(super) fn complete_error(response: &mut HttpResponse, id: &str, path: &str) {
    let Some(document) = response.body().bytes() else { return };
    let document = String::from_utf8_lossy(&document);
    let Some(head) = document.strip_suffix("</Error>") else { return };
    let message = match head.contains("<Message>") {
        true => String::new(),
        false => format!("<Message>{}</Message>", escape(message(head, response.status()))),
    };
    let path = escape(path);
    let document = format!(
        "{head}{message}<Resource>{path}</Resource><RequestId>{id}</RequestId>\
         <HostId>{id}</HostId></Error>"
    );
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(document.len()));
    *response.body_mut() = Body::from(document);
}

fn message(document: &str, status: StatusCode) -> &'static str {
    let has_code = |code: &str| document.contains(&format!("<Code>{code}</Code>"));
    let known = MESSAGES.iter().find(|(code, _)| has_code(code));
    known.map(|(_, message)| *message).or_else(|| status.canonical_reason()).unwrap_or("Refused")
}

/// Text as it stands in a document.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Whether a request is `GetObjectAttributes`.
pub(super) fn is_about_attributes<B>(request: &Request<B>) -> bool {
    let mut parameters = request.uri().query().unwrap_or_default().split('&');
    *request.method() == Method::GET
        && parameters.any(|it| matches!(it, "attributes" | "attributes="))
}

/// Only in the answer to `GetObjectAttributes` S3 writes an ETag without its quotes.
pub(super) fn bare_etag(response: &mut HttpResponse) {
    let Some(document) = response.body().bytes() else { return };
    let text = String::from_utf8_lossy(&document);
    let text = text
        .replace("<ETag>&quot;", "<ETag>")
        .replace("&quot;</ETag>", "</ETag>")
        .replace("<ETag>\"", "<ETag>")
        .replace("\"</ETag>", "</ETag>");
    if text.len() != document.len() {
        response.headers_mut().remove(CONTENT_LENGTH);
        *response.body_mut() = Body::from(text);
    }
}
