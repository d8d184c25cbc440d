//! An S3 client for one bucket, as much of S3 as the sink needs.
//!
//! Requests are signed with signature version 4 and the SHA-256 of their body, which every
//! S3 checks; so a body that arrives is the body that was sent. Nothing is repeated here:
//! an error says whether repeating can help. Reads no clock but the signature's, and no
//! file but those the credentials come from.

mod answer;
mod credentials;
mod expect;
mod headers;
mod route;
#[cfg(test)]
mod tests;
mod transport;
#[cfg(test)]
mod wire_tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use md5::Md5;
use reqsign_aws_v4::Credential;
use reqsign_core::Signer;
use sha2::{Digest as _, Sha256};

use self::answer::{Answer, broken, element, escape_xml};
use self::headers::{CustomerKey, condition_of, headers_of};
pub(super) use self::transport::Transport;
use super::config::StoreConfig;
use super::object_store::{CompletedPart, ObjectAttributes, ObjectHead, ObjectStore, StoreError};

const USER_AGENT_VALUE: &str = concat!("klamm/", env!("CARGO_PKG_VERSION"));

/// A bucket behind any endpoint that speaks S3.
pub struct S3Client {
    transport: Transport,
    /// `None`: requests are not signed.
    signer: Option<Signer<Credential>>,
    /// Scheme and authority of every request, without a slash at the end.
    base: String,
    /// `/bucket`, or empty if the host names the bucket.
    bucket_path: String,
    bucket: String,
    region: String,
    customer_key: Option<CustomerKey>,
    /// `s3.send.digest`
    sends_digest: bool,
    /// `s3.http.send.expect.continue`
    expects_continue: bool,
}

impl S3Client {
    /// A client for the bucket of a configuration. Connects to nothing yet.
    ///
    /// # Errors
    /// If the endpoint or the proxy is no address.
    pub fn new(config: &StoreConfig) -> Result<Self, StoreError> {
        let own =
            || if config.wan_mode { ACCELERATED.to_owned() } else { aws_endpoint(&config.region) };
        let endpoint = config.endpoint.clone().unwrap_or_else(own);
        let address: Uri = endpoint
            .parse()
            .map_err(|error| broken(format!("{endpoint} is not an address: {error}")))?;
        let (Some(scheme), Some(authority)) = (address.scheme_str(), address.authority()) else {
            return Err(broken(format!("{endpoint} is not an http or https address")));
        };
        let bucket = config.bucket.clone();
        let in_path = config.path_style || !can_be_host(&bucket, scheme, authority.host());
        let (base, bucket_path) = if in_path {
            let prefix = address.path().trim_end_matches('/');
            (format!("{scheme}://{authority}"), format!("{prefix}/{bucket}"))
        } else {
            (format!("{scheme}://{bucket}.{authority}"), String::new())
        };
        let transport = Transport::new(config.proxy.as_ref())?;
        Ok(Self {
            signer: credentials::signer(config, &transport),
            transport,
            base,
            bucket_path,
            bucket,
            region: config.region.clone(),
            customer_key: config.customer_key.as_deref().map(CustomerKey::new).transpose()?,
            sends_digest: config.sends_digest,
            expects_continue: config.expects_continue,
        })
    }

    async fn send(&self, call: Call<'_>) -> Result<Answer, StoreError> {
        let path = match call.key {
            Some(key) => format!("{}/{}", self.bucket_path, encode(key, true)),
            None => format!("{}/", self.bucket_path),
        };
        let query: Vec<String> = call
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value, false)))
            .collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let uri = format!("{}{path}{query}", self.base);
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&uri)
            .header(CONTENT_LENGTH, call.body.len())
            .header(USER_AGENT, USER_AGENT_VALUE)
            .header("x-amz-content-sha256", hex(&Sha256::digest(&call.body)));
        for (name, value) in call.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| broken(format!("{value:?} cannot be sent as {name}")))?;
            request = request.header(name, value);
        }
        let request = request.body(()).map_err(|error| broken(format!("{uri}: {error}")))?;
        let (mut head, ()) = request.into_parts();
        if let Some(signer) = &self.signer {
            signer.sign(&mut head, None).await.map_err(|error| credentials::failed(&error))?;
        }
        if self.expects_continue && call.body.len() >= expect::WAITING_BYTES_MIN {
            // Not part of the signature: whoever stands in between may take it away.
            head.headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
        }
        let answered = self.transport.send(Request::from_parts(head, call.body)).await?;
        Answer::read(call.method, answered)
    }
}

impl S3Client {
    fn key_headers(&self) -> impl Iterator<Item = Header<'_>> {
        self.customer_key.iter().flat_map(CustomerKey::headers)
    }

    fn digest(&self, bytes: &Bytes) -> Option<String> {
        self.sends_digest.then(|| STANDARD.encode(Md5::digest(bytes)))
    }
}

impl std::fmt::Debug for S3Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Client")
            .field("base", &self.base)
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

/// One request to be made.
struct Call<'a> {
    method: Method,
    key: Option<&'a str>,
    query: &'a [(&'a str, &'a str)],
    headers: &'a [Header<'a>],
    body: Bytes,
}

type Header<'a> = (HeaderName, &'a str);

impl<'a> Call<'a> {
    fn bucket(method: Method) -> Self {
        Self { method, key: None, query: &[], headers: &[], body: Bytes::new() }
    }

    fn object(method: Method, key: &'a str) -> Self {
        Self { key: Some(key), ..Self::bucket(method) }
    }
}

impl ObjectStore for S3Client {
    fn head_bucket(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        self.send(Call::bucket(Method::HEAD)).map(|answer| answer.map(drop)).boxed()
    }

    fn create_bucket(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async {
            let mut call = Call::bucket(Method::PUT);
            if self.region != "us-east-1" {
                let region = escape_xml(&self.region);
                call.body = Bytes::from(format!(
                    "<CreateBucketConfiguration \
                     xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                     <LocationConstraint>{region}</LocationConstraint>\
                     </CreateBucketConfiguration>"
                ));
            }
            match self.send(call).await {
                Err(error) if error.code.as_deref() == Some("BucketAlreadyOwnedByYou") => Ok(()),
                answer => answer.map(drop),
            }
        }
        .boxed()
    }

    fn put_object<'a>(
        &'a self,
        key: &'a str,
        bytes: Bytes,
        attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let mut headers = headers_of(attributes);
            headers.extend(condition_of(attributes));
            headers.extend(self.key_headers());
            let digest = self.digest(&bytes);
            headers.extend(digest.as_deref().map(|digest| (CONTENT_MD5, digest)));
            let call = Call { body: bytes, ..Call::object(Method::PUT, key) };
            self.send(Call { headers: &headers, ..call }).await.map(drop)
        }
        .boxed()
    }

    fn create_multipart<'a>(
        &'a self,
        key: &'a str,
        attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        async move {
            let mut headers = headers_of(attributes);
            headers.extend(self.key_headers());
            let call = Call::object(Method::POST, key);
            let answer =
                self.send(Call { query: &[("uploads", "")], headers: &headers, ..call }).await?;
            element(&answer.text(), "UploadId")
                .filter(|id| !id.is_empty())
                .ok_or_else(|| answer.not_understood("an upload id"))
        }
        .boxed()
    }

    fn upload_part<'a>(
        &'a self,
        key: &'a str,
        upload_id: &'a str,
        part_number: u32,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<CompletedPart, StoreError>> {
        async move {
            let number = part_number.to_string();
            let query = [("partNumber", number.as_str()), ("uploadId", upload_id)];
            let digest = self.digest(&bytes);
            let mut headers: Vec<Header<'_>> = self.key_headers().collect();
            headers.extend(digest.as_deref().map(|digest| (CONTENT_MD5, digest)));
            let call = Call { body: bytes, ..Call::object(Method::PUT, key) };
            let answer = self.send(Call { query: &query, headers: &headers, ..call }).await?;
            let etag = answer.header("etag").ok_or_else(|| answer.not_understood("an ETag"))?;
            Ok(CompletedPart { part_number, etag })
        }
        .boxed()
    }

    fn complete_multipart<'a>(
        &'a self,
        key: &'a str,
        upload_id: &'a str,
        parts: &'a [CompletedPart],
        attributes: &'a ObjectAttributes,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let mut headers = vec![(CONTENT_TYPE, "application/xml")];
            headers.extend(condition_of(attributes));
            let call = Call::object(Method::POST, key);
            let body = Bytes::from(completion(parts));
            let query = [("uploadId", upload_id)];
            let answer = self.send(Call { query: &query, headers: &headers, body, ..call }).await?;
            // S3 sends 200 before it knows the outcome, to keep the connection alive.
            answer.error_in_body().map_or(Ok(()), Err)
        }
        .boxed()
    }

    fn abort_multipart<'a>(
        &'a self,
        key: &'a str,
        upload_id: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let query = [("uploadId", upload_id)];
            let call = Call::object(Method::DELETE, key);
            match self.send(Call { query: &query, ..call }).await {
                Err(error) if error.code.as_deref() == Some("NoSuchUpload") => Ok(()),
                answer => answer.map(drop),
            }
        }
        .boxed()
    }

    fn put_object_tagging<'a>(
        &'a self,
        key: &'a str,
        tags: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let body = Bytes::from(tagging(tags));
            let digest = STANDARD.encode(Md5::digest(&body));
            let headers = [(CONTENT_TYPE, "application/xml"), (CONTENT_MD5, digest.as_str())];
            let call = Call { body, ..Call::object(Method::PUT, key) };
            let query = [("tagging", "")];
            self.send(Call { query: &query, headers: &headers, ..call }).await.map(drop)
        }
        .boxed()
    }

    fn head_object<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<ObjectHead>, StoreError>> {
        async move {
            let headers: Vec<Header<'_>> = self.key_headers().collect();
            let call = Call { headers: &headers, ..Call::object(Method::HEAD, key) };
            let answer = match self.send(call).await {
                Err(error) if error.status == Some(StatusCode::NOT_FOUND.as_u16()) => {
                    return Ok(None);
                }
                answer => answer?,
            };
            let size = answer.header("content-length").and_then(|length| length.parse().ok());
            let size = size.ok_or_else(|| answer.not_understood("a length"))?;
            Ok(Some(ObjectHead { size, etag: answer.header("etag").unwrap_or_default() }))
        }
        .boxed()
    }
}

fn completion(parts: &[CompletedPart]) -> String {
    let mut body =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for part in parts {
        let (etag, number) = (escape_xml(&part.etag), part.part_number);
        body.push_str(&format!(
            "<Part><ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part>"
        ));
    }
    body.push_str("</CompleteMultipartUpload>");
    body
}

fn tagging(tags: &[(String, String)]) -> String {
    let mut body =
        String::from("<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>");
    for (key, value) in tags {
        let (key, value) = (escape_xml(key), escape_xml(value));
        body.push_str(&format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"));
    }
    body.push_str("</TagSet></Tagging>");
    body
}

/// `s3.wan.mode`: the bucket stands before it, in any region.
const ACCELERATED: &str = "https://s3-accelerate.amazonaws.com";

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// AWS's own endpoint for a region.
fn aws_endpoint(region: &str) -> String {
    let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://s3.{region}.amazonaws.com{suffix}")
}

/// A bucket cannot stand before an address, and with a dot it would not match a certificate.
fn can_be_host(bucket: &str, scheme: &str, host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let is_uncertified = scheme == "https" && bucket.contains('.');
    !is_address && !is_uncertified
}

/// Percent-encodes as signature version 4 wants it.
fn encode(text: &str, keep_slashes: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            b'/' if keep_slashes => encoded.push('/'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
