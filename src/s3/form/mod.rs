//! Browser uploads: a form (`multipart/form-data`) posted to a bucket.
//!
//! A form becomes the PUT that it stands for, its fields the headers, its file the body, and
//! goes the way of every other PUT. Only what is particular to forms is here: how they are read
//! (`parts`), signed (`signature`) and restricted (`policy`), `${filename}`, and how they are
//! answered. Nothing but the fields lies in memory.

mod parts;
mod policy;
mod signature;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::header::{CONTENT_TYPE, ETAG, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::request::Parts;
use http::{Method, Request, StatusCode, Uri};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use s3s::dto::Tagging;
use s3s::xml::{Deserialize as _, Deserializer};
use s3s::{Body, HttpResponse, S3Error, S3Result, StdError, s3_error};

use super::access::{Keys, Posted};
use super::document::escape;
use super::host::Domains;
use super::list::url_encode;
use super::receive::incomplete;
use parts::Problem;
use policy::Policy;

/// Fields that are headers of the same name.
const HEADERS: [&str; 9] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

/// So do fields that begin so.
const HEADER_PREFIXES: [&str; 3] =
    ["x-amz-meta-", "x-amz-checksum-", "x-amz-server-side-encryption"];

/// Whether a request is a form.
pub(super) fn is_form<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let kind = String::from_utf8_lossy(kind).trim().to_ascii_lowercase();
    *request.method() == Method::POST && kind.starts_with("multipart/form-data")
}

/// How to answer a form whose PUT succeeds.
pub(super) struct Reply {
    bucket: String,
    key: String,
    location: String,
    status: StatusCode,
    redirect: Option<String>,
}

/// Reads a form up to its file, and makes the PUT of it.
pub(super) async fn read<B>(
    request: Request<B>,
    domains: &Domains,
    keys: &Keys,
) -> S3Result<(Request<Body>, Reply)>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
{
    let (head, body) = request.into_parts();
    let (bucket, base) = target(&head, domains)?;
    let boundary = boundary(&head.headers).ok_or_else(|| refuse(&Problem::Malformed))?;
    let form = parts::read(body.into_data_stream(), &boundary).await.map_err(|it| refuse(&it))?;
    let mut fields: BTreeMap<String, String> = form.fields.into_iter().collect();
    let caller = signature::caller(&fields, keys)?;
    fill_in_file_name(&mut fields, &form.file_name);
    let key = fields.get("key").cloned().ok_or_else(|| signature::without_field("key"))?;
    if key.is_empty() {
        return Err(s3_error!(InvalidArgument, "User key must have a length greater than 0."));
    }
    let length = allowed_length(&fields, &bucket)?;
    let check = move |size: u64, is_all: bool| match size {
        _ if size > *length.end() => Err(Box::new(too_large(size, *length.end())) as StdError),
        _ if is_all && size < *length.start() => {
            Err(Box::new(too_small(size, *length.start())) as StdError)
        }
        _ => Ok(()),
    };
    let file = form.file.stream(check, || Box::new(incomplete()) as StdError);
    let path = format!("{base}/{}", url_encode(&key));
    let mut put =
        Request::new(Body::http_body_unsync(StreamBody::new(Box::pin(file.map_ok(Frame::data)))));
    *put.method_mut() = Method::PUT;
    *put.uri_mut() = Uri::try_from(&path).map_err(S3Error::internal_error)?;
    *put.extensions_mut() = head.extensions;
    put.extensions_mut().insert(Posted(caller));
    *put.headers_mut() = headers(&head.headers, &fields)?;
    let location = format!("http://{}{path}", host(&head.headers));
    Ok((put, Reply::new(&fields, bucket, key, location)))
}

/// The bucket a form is posted to, and the path of its URL.
fn target(head: &Parts, domains: &Domains) -> S3Result<(String, String)> {
    let path = head.uri.path().trim_matches('/');
    match domains.bucket(host(&head.headers)) {
        Some(bucket) if path.is_empty() => Ok((bucket.to_owned(), String::new())),
        None if !path.is_empty() && !path.contains('/') => {
            Ok((path.to_owned(), format!("/{path}")))
        }
        _ => Err(s3_error!(
            MethodNotAllowed,
            "The specified method is not allowed against this resource: a form is posted to a \
             bucket"
        )),
    }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

/// Holds the fields to the policy, if there is one; what it says of the file's length.
fn allowed_length(
    fields: &BTreeMap<String, String>,
    bucket: &str,
) -> S3Result<RangeInclusive<u64>> {
    let Some(text) = fields.get("policy") else { return Ok(0..=u64::MAX) };
    let document = BASE64
        .decode(text)
        .map_err(|_| s3_error!(InvalidPolicyDocument, "Invalid Policy: Invalid base64."))?;
    let policy = Policy::parse(&document)?;
    policy.check(fields, bucket, SystemTime::now())?;
    Ok(policy.length)
}

/// The last piece of what the browser says is the file's name, wherever a field asks for it.
fn fill_in_file_name(fields: &mut BTreeMap<String, String>, file_name: &str) {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    for (field, value) in fields {
        if !matches!(field.as_str(), "policy" | "x-amz-signature") {
            *value = value.replace("${filename}", name);
        }
    }
}

/// The headers of the PUT.
fn headers(of_form: &HeaderMap, fields: &BTreeMap<String, String>) -> S3Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for name in ["host", "user-agent", "referer", "origin"] {
        if let Some(value) = of_form.get(name) {
            headers.insert(name, value.clone());
        }
    }
    for (field, value) in fields {
        let is_header = HEADERS.contains(&field.as_str())
            || HEADER_PREFIXES.iter().any(|prefix| field.starts_with(prefix));
        let (name, value) = match field.as_str() {
            "acl" => ("x-amz-acl", value.clone()),
            "tagging" => ("x-amz-tagging", tagging(value)?),
            field if is_header => (field, value.clone()),
            _ => continue,
        };
        let header = (HeaderName::try_from(name), HeaderValue::try_from(value));
        let (Ok(name), Ok(value)) = header else {
            return Err(s3_error!(InvalidArgument, "The field '{field}' cannot be a header"));
        };
        headers.insert(name, value);
    }
    Ok(headers)
}

/// A form's tags are a document; a header's are a query.
fn tagging(document: &str) -> S3Result<String> {
    let mut reader = Deserializer::new(document.as_bytes());
    let tagging = Tagging::deserialize(&mut reader)
        .map_err(|_| s3_error!(MalformedXML, "The field 'tagging' is not a <Tagging> document"))?;
    let pairs = tagging.tag_set.into_iter().map(|tag| {
        let (name, value) = (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        format!("{}={}", url_encode(&name), url_encode(&value))
    });
    Ok(pairs.collect::<Vec<_>>().join("&"))
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    parts::parameter(kind, "boundary").filter(|boundary| (1..=70).contains(&boundary.len()))
}

fn refuse(problem: &Problem) -> S3Error {
    match problem {
        Problem::Malformed => s3_error!(
            MalformedPOSTRequest,
            "The body of your POST request is not well-formed multipart/form-data."
        ),
        Problem::TooLarge => s3_error!(
            MaxPostPreDataLengthExceededError,
            "Your POST request fields preceding the upload file were too large."
        ),
        Problem::NoFile => {
            s3_error!(InvalidArgument, "POST requires exactly one file upload per request.")
        }
    }
}

fn too_large(size: u64, most: u64) -> S3Error {
    s3_error!(
        EntityTooLarge,
        "Your proposed upload exceeds the maximum allowed size: {size} bytes and more; the \
         policy allows {most}"
    )
}

fn too_small(size: u64, least: u64) -> S3Error {
    s3_error!(
        EntityTooSmall,
        "Your proposed upload is smaller than the minimum allowed size: {size} bytes; the policy \
         wants {least}"
    )
}

impl Reply {
    fn new(
        fields: &BTreeMap<String, String>,
        bucket: String,
        key: String,
        location: String,
    ) -> Self {
        let field = |name: &str| fields.get(name).map(String::as_str);
        let status = match field("success_action_status") {
            Some("200") => StatusCode::OK,
            Some("201") => StatusCode::CREATED,
            _ => StatusCode::NO_CONTENT,
        };
        // One that is no URL counts as none.
        let redirect = field("success_action_redirect").or_else(|| field("redirect"));
        let redirect =
            redirect.filter(|url| url.parse::<Uri>().is_ok_and(|url| url.scheme().is_some()));
        let redirect = redirect.map(str::to_owned);
        Self { bucket, key, location, status, redirect }
    }

    /// The PUT's answer as the form's; a refusal stays one.
    pub(super) fn answer(self, mut response: HttpResponse) -> HttpResponse {
        if !response.status().is_success() {
            return response;
        }
        let etag = response.headers().get(ETAG).and_then(|etag| etag.to_str().ok());
        let etag = etag.unwrap_or_default().to_owned();
        let mut location = self.location.clone();
        let (mut status, mut body) = (self.status, Body::empty());
        if let Some(url) = &self.redirect {
            status = StatusCode::SEE_OTHER;
            let [bucket, key, etag] = [&self.bucket, &self.key, &etag].map(|it| url_encode(it));
            let joint = if url.contains('?') { '&' } else { '?' };
            location = format!("{url}{joint}bucket={bucket}&key={key}&etag={etag}");
        } else if status == StatusCode::CREATED {
            let [place, bucket, key, etag] =
                [&self.location, &self.bucket, &self.key, &etag].map(|it| escape(it));
            body = Body::from(format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{place}\
                 </Location><Bucket>{bucket}</Bucket><Key>{key}</Key><ETag>{etag}</ETag>\
                 </PostResponse>"
            ));
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        }
        *response.status_mut() = status;
        *response.body_mut() = body;
        if let Ok(location) = HeaderValue::try_from(location) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}
