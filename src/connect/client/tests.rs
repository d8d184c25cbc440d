use http::Response;

use super::*;
use crate::connect::config::{Credentials, CredentialsProvider};
use crate::connect::object_store::StoreErrorKind;

pub(super) fn config(endpoint: Option<&str>, bucket: &str, path_style: bool) -> StoreConfig {
    StoreConfig {
        endpoint: endpoint.map(str::to_owned),
        is_own_endpoint: false,
        region: "eu-central-1".to_owned(),
        bucket: bucket.to_owned(),
        path_style,
        wan_mode: false,
        provider: CredentialsProvider::Default,
        proxy: None,
        customer_key: None,
        sends_digest: false,
        expects_continue: true,
        credentials: Some(Credentials {
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".to_owned(),
        }),
        create_bucket: false,
    }
}

fn answer(method: Method, status: u16, body: &'static str) -> Result<Answer, StoreError> {
    let response = Response::builder().status(status).body(Bytes::from_static(body.as_bytes()));
    Answer::read(method, response.unwrap())
}

#[test]
fn the_bucket_stands_in_the_host_only_where_it_can() {
    let cases = [
        (None, "clicks", false, "https://clicks.s3.eu-central-1.amazonaws.com", ""),
        (None, "clicks", true, "https://s3.eu-central-1.amazonaws.com", "/clicks"),
        (None, "my.clicks", false, "https://s3.eu-central-1.amazonaws.com", "/my.clicks"),
        (Some("http://minio:9000/"), "clicks", true, "http://minio:9000", "/clicks"),
        (Some("http://minio:9000"), "clicks", false, "http://clicks.minio:9000", ""),
        (Some("http://127.0.0.1:9000"), "clicks", false, "http://127.0.0.1:9000", "/clicks"),
        (Some("http://[::1]:9000"), "clicks", false, "http://[::1]:9000", "/clicks"),
        (Some("https://gate/s3/"), "clicks", true, "https://gate", "/s3/clicks"),
    ];
    for (endpoint, bucket, path_style, base, path) in cases {
        let client = S3Client::new(&config(endpoint, bucket, path_style)).unwrap();
        assert_eq!((client.base.as_str(), client.bucket_path.as_str()), (base, path));
    }
    assert!(S3Client::new(&config(Some("nowhere at all"), "clicks", true)).is_err());
}

#[test]
fn keys_and_queries_are_encoded_as_signatures_want_them() {
    assert_eq!(encode("a/b c+ü=*~", true), "a/b%20c%2B%C3%BC%3D%2A~");
    assert_eq!(encode("a/b", false), "a%2Fb");
}

#[test]
fn an_error_says_whether_repeating_helps() {
    let slow = "<?xml?><Error><Code>SlowDown</Code><Message>a &amp; b</Message></Error>";
    let cases = [
        (Method::PUT, 503, slow, Some("SlowDown"), StoreErrorKind::Retriable),
        (Method::PUT, 500, "", None, StoreErrorKind::Retriable),
        (Method::PUT, 429, "", None, StoreErrorKind::Retriable),
        (
            Method::PUT,
            400,
            "<Error><Code>RequestTimeout</Code></Error>",
            Some("RequestTimeout"),
            StoreErrorKind::Retriable,
        ),
        (
            Method::PUT,
            403,
            "<Error><Code>InvalidAccessKeyId</Code></Error>",
            Some("InvalidAccessKeyId"),
            StoreErrorKind::Permanent,
        ),
        (
            Method::PUT,
            501,
            "<Error><Code>NotImplemented</Code></Error>",
            Some("NotImplemented"),
            StoreErrorKind::Permanent,
        ),
        (Method::HEAD, 404, "", Some("NotFound"), StoreErrorKind::Permanent),
        (Method::HEAD, 403, "", Some("Forbidden"), StoreErrorKind::Permanent),
        (Method::HEAD, 301, "", Some("PermanentRedirect"), StoreErrorKind::Permanent),
        (Method::GET, 404, "<html>", None, StoreErrorKind::Permanent),
    ];
    for (method, status, body, code, kind) in cases {
        let error = answer(method, status, body).err().expect("no success");
        assert_eq!((error.code.as_deref(), error.kind), (code, kind), "{status} {body}");
        assert_eq!(error.status, Some(status));
    }
    assert_eq!(answer(Method::PUT, 503, slow).err().unwrap().message, "a & b");
}

#[test]
fn an_error_document_behind_a_200_is_an_error() {
    let body =
        "<Error><Code>InternalError</Code><Message>We encountered an error</Message></Error>";
    let error = answer(Method::POST, 200, body).unwrap().error_in_body().unwrap();
    assert!(error.is_retriable());
    assert_eq!(error.code.as_deref(), Some("InternalError"));
    let body = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";
    assert_eq!(answer(Method::POST, 200, body).unwrap().error_in_body(), None);
}

#[test]
fn a_secret_is_never_printed() {
    let client = S3Client::new(&config(Some("http://minio:9000"), "clicks", true)).unwrap();
    assert!(!format!("{client:?}").contains("secret"));
}
