//! What the settings put on the wire, seen by an endpoint that answers anything.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::header::HeaderMap;
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use reqsign_core::StaticEnv;
use tokio::net::TcpListener;

use super::tests::config;
use super::*;
use crate::connect::config::{AssumeRole, Credentials, CredentialsProvider, Proxy};

/// A request as it came.
#[derive(Debug, Clone)]
struct Seen {
    /// Method and target, as in the first line.
    line: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// An endpoint with its address and what it was asked.
struct World {
    address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl World {
    /// Answers everything with this document.
    async fn answering(document: &'static str) -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let sink = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sink = sink.clone();
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let sink = sink.clone();
                    async move {
                        let line = format!("{} {}", request.method(), request.uri());
                        let headers = request.headers().clone();
                        let body = request.into_body().collect().await?.to_bytes();
                        sink.lock().unwrap().push(Seen { line, headers, body });
                        let answer = Full::new(Bytes::from_static(document.as_bytes()));
                        let answer = http::Response::builder().header("etag", "\"e\"").body(answer);
                        Ok::<_, hyper::Error>(answer.unwrap())
                    }
                });
                let http = hyper::server::conn::http1::Builder::new();
                tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
            }
        });
        World { address, seen }
    }

    fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().expect("a request came").clone()
    }

    fn config(&self) -> StoreConfig {
        config(Some(&self.address), "clicks", true)
    }
}

async fn part(config: &StoreConfig, bytes: Bytes) {
    S3Client::new(config).unwrap().upload_part("k", "id", 1, bytes).await.unwrap();
}

#[tokio::test]
async fn a_customers_key_goes_with_the_upload_and_its_parts() {
    let world = World::answering("<R><UploadId>id</UploadId></R>").await;
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned();
    let config = StoreConfig { customer_key: Some(key.clone()), ..world.config() };
    let client = S3Client::new(&config).unwrap();
    let attributes = ObjectAttributes {
        canned_acl: Some("bucket-owner-full-control".to_owned()),
        ..ObjectAttributes::default()
    };
    client.create_multipart("k", &attributes).await.unwrap();
    assert_eq!(world.last().header("x-amz-acl"), "bucket-owner-full-control");
    let prefix = "x-amz-server-side-encryption-customer";
    for _ in 0..2 {
        let seen = world.last();
        assert_eq!(seen.header(&format!("{prefix}-algorithm")), "AES256");
        assert_eq!(seen.header(&format!("{prefix}-key")), key);
        assert_eq!(seen.header(&format!("{prefix}-key-md5")), "KYvwGXoFFJ42a2u2GDWhwQ==");
        part(&config, Bytes::from_static(b"x")).await;
    }
}

#[tokio::test]
async fn kms_is_named_where_the_upload_begins() {
    let world = World::answering("<R><UploadId>id</UploadId></R>").await;
    let attributes = ObjectAttributes {
        server_side_encryption: Some("aws:kms".to_owned()),
        kms_key_id: Some("arn:aws:kms:key".to_owned()),
        ..ObjectAttributes::default()
    };
    let client = S3Client::new(&world.config()).unwrap();
    client.create_multipart("k", &attributes).await.unwrap();
    let seen = world.last();
    assert_eq!(seen.header("x-amz-server-side-encryption"), "aws:kms");
    assert_eq!(seen.header("x-amz-server-side-encryption-aws-kms-key-id"), "arn:aws:kms:key");
}

#[tokio::test]
async fn a_part_has_its_md5_if_the_digest_is_asked_for() {
    let world = World::answering("").await;
    part(&world.config(), Bytes::from_static(b"hello")).await;
    assert_eq!(world.last().header("content-md5"), "");
    let config = StoreConfig { sends_digest: true, ..world.config() };
    part(&config, Bytes::from_static(b"hello")).await;
    assert_eq!(world.last().header("content-md5"), "XUFAKrxLKna5cZ2REBfFkg==");
}

#[tokio::test]
async fn tags_are_a_document() {
    let world = World::answering("").await;
    let client = S3Client::new(&world.config()).unwrap();
    let tags = [("startOffset".to_owned(), "0".to_owned()), ("a&b".to_owned(), "<c>".to_owned())];
    client.put_object_tagging("k", &tags).await.unwrap();
    let seen = world.last();
    assert_eq!(seen.line, "PUT /clicks/k?tagging=");
    let text = String::from_utf8(seen.body.to_vec()).unwrap();
    assert!(text.contains("<Key>startOffset</Key><Value>0</Value>"), "{text}");
    assert!(text.contains("<Key>a&amp;b</Key><Value>&lt;c&gt;</Value>"), "{text}");
}

#[tokio::test]
async fn a_large_part_asks_before_it_is_sent_and_arrives_whole() {
    let world = World::answering("").await;
    let config = StoreConfig { expects_continue: true, ..world.config() };
    let large = Bytes::from(vec![7; expect::WAITING_BYTES_MIN]);
    part(&config, large.clone()).await;
    let seen = world.last();
    assert_eq!((seen.header("expect"), &seen.body), ("100-continue", &large));
    assert!(!seen.headers["authorization"].to_str().unwrap().contains("expect"));
    part(&config, Bytes::from_static(b"small")).await;
    assert_eq!(world.last().header("expect"), "");
}

#[tokio::test]
async fn a_proxy_is_told_the_whole_address_and_who_asks() {
    let world = World::answering("").await;
    let proxy = Proxy {
        url: world.address.clone(),
        user: Some("anna".to_owned()),
        password: Some("secret".to_owned()),
    };
    let elsewhere = config(Some("http://s3.nowhere.test:9000"), "clicks", true);
    let config = StoreConfig { proxy: Some(proxy), ..elsewhere };
    part(&config, Bytes::from_static(b"x")).await;
    let seen = world.last();
    let target = "http://s3.nowhere.test:9000/clicks/k?partNumber=1&uploadId=id";
    assert_eq!(seen.line, format!("PUT {target}"));
    assert_eq!(seen.header("proxy-authorization"), "Basic YW5uYTpzZWNyZXQ=");
    assert_eq!(seen.header("host"), "s3.nowhere.test:9000");
}

#[tokio::test]
async fn an_https_endpoint_is_reached_through_a_tunnel() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let first_line = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 1024];
        let length = tokio::io::AsyncReadExt::read(&mut stream, &mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes[..length]).lines().next().unwrap().to_owned()
    });
    let proxy = Some(Proxy { url, user: None, password: None });
    let config = StoreConfig { proxy, ..config(Some("https://s3.nowhere.test"), "clicks", true) };
    let client = S3Client::new(&config).unwrap();
    assert!(client.head_bucket().await.unwrap_err().is_retriable());
    assert_eq!(first_line.await.unwrap(), "CONNECT s3.nowhere.test:443 HTTP/1.1");
}

#[tokio::test]
async fn the_anonymous_provider_signs_nothing() {
    let world = World::answering("").await;
    let config = StoreConfig {
        credentials: None,
        provider: CredentialsProvider::Anonymous,
        ..world.config()
    };
    S3Client::new(&config).unwrap().head_bucket().await.unwrap();
    assert!(!world.last().headers.contains_key("authorization"));
}

#[test]
fn wan_mode_names_the_accelerated_host() {
    let config = StoreConfig { wan_mode: true, ..config(None, "clicks", false) };
    let client = S3Client::new(&config).unwrap();
    assert_eq!(client.base, "https://clicks.s3-accelerate.amazonaws.com");
}

/// The access key that a provider finds in these surroundings.
async fn found(config: &StoreConfig, environment: &[(&str, &str)]) -> Option<String> {
    let transport = Transport::new(None).unwrap();
    let pairs = environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    let environment = StaticEnv { home_dir: None, envs: HashMap::from_iter(pairs) };
    let context = credentials::context(&transport, environment);
    let provider = credentials::provider(config, &context)?;
    provider.provide_credential_dyn(&context).await.unwrap().map(|found| found.access_key_id)
}

fn provided_by(provider: CredentialsProvider) -> StoreConfig {
    StoreConfig { credentials: None, provider, ..config(None, "clicks", true) }
}

#[tokio::test]
async fn credentials_come_from_where_the_provider_looks() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("credentials");
    let profiles = "[default]\naws_access_key_id = one\naws_secret_access_key = s\n\
                    [work]\naws_access_key_id = two\naws_secret_access_key = s\n";
    std::fs::write(&file, profiles).unwrap();
    let file = file.to_str().unwrap();
    let shared = ("AWS_SHARED_CREDENTIALS_FILE", file);
    let pair = [("AWS_ACCESS_KEY_ID", "env"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let world = World::answering(
        r#"{"AccessKeyId": "box", "SecretAccessKey": "s", "Token": "t",
            "Expiration": "2099-01-01T00:00:00Z"}"#,
    )
    .await;
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", world.address.as_str())];
    use CredentialsProvider::{Container, Default, Environment, Profile};
    let cases = [
        (Environment, pair.to_vec(), Some("env")),
        (Default, pair.to_vec(), Some("env")),
        (Default, vec![shared], Some("one")),
        (Profile, vec![shared], Some("one")),
        (Profile, [pair.to_vec(), vec![shared, ("AWS_PROFILE", "work")]].concat(), Some("two")),
        (Container, container.to_vec(), Some("box")),
        (Environment, vec![shared], None),
    ];
    for (provider, environment, key) in cases {
        let config = provided_by(provider.clone());
        let got = found(&config, &environment).await;
        assert_eq!(got.as_deref(), key, "{provider:?} {environment:?}");
    }
    let given = Credentials { access_key_id: "file".to_owned(), secret_access_key: "s".to_owned() };
    let config = StoreConfig { credentials: Some(given), ..provided_by(Default) };
    assert_eq!(found(&config, &pair).await.as_deref(), Some("file"), "the file comes first");
}

const STS: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
    <AccessKeyId>ASIAROLEROLEROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
    <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
    </Credentials></AssumeRoleResult></AssumeRoleResponse>";

#[tokio::test]
async fn a_role_is_assumed_with_the_pair_of_the_file() {
    let world = World::answering(STS).await;
    let role = AssumeRole {
        role_arn: "arn:aws:iam::123456789012:role/writer".to_owned(),
        external_id: Some("outside".to_owned()),
        session_name: "sink".to_owned(),
        region: None,
    };
    let config = StoreConfig {
        provider: CredentialsProvider::AssumeRole(role),
        ..config(None, "clicks", true)
    };
    let environment = [("AWS_ENDPOINT_URL_STS", world.address.as_str())];
    assert_eq!(found(&config, &environment).await.as_deref(), Some("ASIAROLEROLEROLE"));
    let seen = world.last();
    assert!(seen.line.contains("Action=AssumeRole&"), "{}", seen.line);
    assert!(seen.line.contains("ExternalId=outside"), "{}", seen.line);
    assert!(seen.line.contains("RoleSessionName=sink"), "{}", seen.line);
    assert_eq!(seen.header("host"), "sts.eu-central-1.amazonaws.com");
    assert!(seen.header("authorization").contains("Credential=key/"), "signed by the file's pair");
}

#[tokio::test]
async fn a_web_identity_is_exchanged_for_credentials() {
    let document: &'static str =
        Box::leak(STS.replace("AssumeRole", "AssumeRoleWithWebIdentity").into_boxed_str());
    let world = World::answering(document).await;
    let home = tempfile::tempdir().unwrap();
    let token = home.path().join("token");
    std::fs::write(&token, "a.b.c").unwrap();
    let environment = [
        ("AWS_ENDPOINT_URL_STS", world.address.as_str()),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/writer"),
        ("AWS_REGION", "eu-central-1"),
    ];
    let config = provided_by(CredentialsProvider::WebIdentity);
    assert_eq!(found(&config, &environment).await.as_deref(), Some("ASIAROLEROLEROLE"));
}
