//! Against a schema registry of a few lines.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::*;
use crate::connect::convert::Stage;
use crate::connect::schema::Kind;

const ORDER: &str = r#"{"schema":"{\"type\":\"record\",\"name\":\"Order\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"at\",\"type\":\"shop.Place\"}]}","references":[{"name":"shop.Place","subject":"place","version":1}]}"#;
const PLACE: &str = r#"{"subject":"place","version":1,"id":6,"schema":"{\"type\":\"record\",\"name\":\"Place\",\"namespace\":\"shop\",\"fields\":[{\"name\":\"city\",\"type\":\"string\"}]}"}"#;
const CLICK: &str = r##"{"schemaType":"JSON","schema":"{\"type\":\"object\",\"title\":\"Click\",\"required\":[\"id\"],\"properties\":{\"page\":{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\"}],\"connect.index\":1},\"id\":{\"type\":\"integer\",\"connect.type\":\"int32\",\"connect.index\":0},\"sizes\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/size\"},\"connect.index\":2}},\"definitions\":{\"size\":{\"type\":\"number\"}}}"}"##;

const PAYMENT: &str = r#"{"schemaType":"PROTOBUF","schema":"syntax = \"proto3\"; import \"shop/place.proto\"; message Payment { shop.Place at = 1; }","references":[{"name":"shop/place.proto","subject":"place/proto","version":2}]}"#;
const PLACE_PROTO: &str = r#"{"subject":"place/proto","version":2,"id":5,"schemaType":"PROTOBUF","schema":"syntax = \"proto3\"; package shop; message Place { string city = 1; }"}"#;

type Answers = Arc<BTreeMap<&'static str, &'static str>>;

async fn answer(
    State(answers): State<Answers>,
    headers: HeaderMap,
    Path(path): Path<String>,
) -> (StatusCode, String) {
    // `user:secret`
    if headers.get("authorization").is_none_or(|value| value != "Basic dXNlcjpzZWNyZXQ=") {
        return (StatusCode::UNAUTHORIZED, r#"{"error_code":401,"message":"Unauthorized"}"#.into());
    }
    match answers.get(path.as_str()) {
        Some(text) => (StatusCode::OK, (*text).to_owned()),
        None => {
            let text = r#"{"error_code":40403,"message":"Schema not found"}"#;
            (StatusCode::NOT_FOUND, text.to_owned())
        }
    }
}

async fn start() -> String {
    let answers: Answers = Arc::new(BTreeMap::from([
        ("schemas/ids/7", ORDER),
        (
            "schemas/ids/7/versions",
            r#"[{"subject":"x-value","version":9},{"subject":"t-value","version":3}]"#,
        ),
        ("subjects/place/versions/1", PLACE),
        ("schemas/ids/8", CLICK),
        ("schemas/ids/6", PAYMENT),
        ("subjects/place/proto/versions/2", PLACE_PROTO),
    ]));
    let router = Router::new().route("/{*path}", axum::routing::get(answer)).with_state(answers);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://user:secret@{address}/")
}

fn converter(url: &str, format: RegistryFormat) -> RegistryConverter {
    let urls = vec![url.to_owned()];
    RegistryConverter::new(RegistrySettings { urls, authorization: None, is_key: false, format })
}

fn framed(id: u8, payload: &[u8]) -> Vec<u8> {
    [&[0, 0, 0, 0, id], payload].concat()
}

async fn read(converter: &RegistryConverter, bytes: &[u8]) -> Result<SchemaAndData, RecordError> {
    converter.prepare("t", [None, Some(bytes)].into_iter()).await.unwrap();
    converter.read("t", bytes)
}

fn avro() -> RegistryFormat {
    RegistryFormat::Avro(AvroOptions::default())
}

#[tokio::test]
async fn avro_is_read_by_the_schema_that_it_names() {
    let converter = converter(&start().await, avro());
    let value = read(&converter, &framed(7, b"\x54\x0aSeoul")).await.unwrap();
    let schema = value.schema.unwrap();
    assert_eq!((schema.name.as_deref(), schema.version), (Some("shop.Order"), Some(3)));
    let place = Data::Struct(vec![Data::String("Seoul".to_owned())]);
    assert_eq!(value.data, Data::Struct(vec![Data::Integer(42), place]));
    let again = read(&converter, &framed(7, b"\x54\x0aSeoul")).await.unwrap();
    assert!(Arc::ptr_eq(&schema, &again.schema.unwrap()), "fetched once");
}

#[tokio::test]
async fn json_is_read_by_the_schema_that_it_names() {
    let format = RegistryFormat::JsonSchema { optional_for_nonrequired: false };
    let converter = converter(&start().await, format);
    let value = read(&converter, &framed(8, br#"{"id":1,"page":null,"sizes":[1,2.5]}"#)).await;
    let SchemaAndData { schema: Some(schema), data } = value.unwrap() else { panic!() };
    assert_eq!(schema.name.as_deref(), Some("Click"));
    let kinds: Vec<_> = schema.fields().iter().map(|field| field.schema.kind.name()).collect();
    assert_eq!(kinds, ["INT32", "STRING", "ARRAY"]);
    assert_eq!(schema.fields()[1].schema.kind, Kind::String);
    let sizes = Data::Array(vec![Data::Double(1.0), Data::Double(2.5)]);
    assert_eq!(data, Data::Struct(vec![Data::Integer(1), Data::Null, sizes]));
}

#[tokio::test]
async fn protobuf_is_read_by_the_schema_that_it_names() {
    let format = RegistryFormat::Protobuf(ProtobufOptions::default());
    let converter = converter(&start().await, format);
    let value = read(&converter, &framed(6, b"\0\x0a\x07\x0a\x05Seoul")).await.unwrap();
    assert_eq!(value.schema.unwrap().name.as_deref(), Some("Payment"));
    let place = Data::Struct(vec![Data::String("Seoul".to_owned())]);
    assert_eq!(value.data, Data::Struct(vec![place]));
    let error = read(&converter, &framed(6, b"\0\x0a\x07\x0a")).await.unwrap_err();
    let expected = "Failed to deserialize data for topic t to Protobuf: Error deserializing \
                    Protobuf message for id 6: ";
    assert!(error.message.starts_with(expected), "{}", error.message);
}

#[tokio::test]
async fn a_schema_that_was_missing_is_asked_for_again() {
    let is_there = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = is_there.clone();
    let answer = move |Path(path): Path<String>| async move {
        let found = is_there.load(std::sync::atomic::Ordering::SeqCst);
        match path.as_str() {
            "schemas/ids/8" if found => (StatusCode::OK, CLICK),
            _ => (StatusCode::NOT_FOUND, r#"{"error_code":40403,"message":"Schema 8 not found"}"#),
        }
    };
    let router = Router::new().route("/{*path}", axum::routing::get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let format = RegistryFormat::JsonSchema { optional_for_nonrequired: false };
    let converter = converter(&url, format);
    let bytes = framed(8, br#"{"id":1,"page":null,"sizes":[]}"#);
    let error = read(&converter, &bytes).await.unwrap_err();
    let cause = "Error retrieving JSON schema for id 8: Schema 8 not found; error code: 40403";
    assert!(error.message.ends_with(cause), "{}", error.message);
    seen.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(read(&converter, &bytes).await.is_ok());
}

#[tokio::test]
async fn what_is_no_such_record_is_refused_by_the_converter() {
    let converter = converter(&start().await, avro());
    for (bytes, cause) in [
        (b"{\"a\":1}".to_vec(), "Unknown magic byte!"),
        (
            framed(9, b""),
            "Error retrieving Avro schema for id 9: Schema not found; error code: 40403",
        ),
        (
            framed(8, b"{}"),
            "Error retrieving Avro schema for id 8: the schema is of type JSON, not AVRO",
        ),
        (framed(7, b"\x54\x0aSeo"), "Error deserializing Avro message for id 7"),
    ] {
        let error = read(&converter, &bytes).await.unwrap_err();
        assert_eq!(error.stage, Stage::Convert);
        let expected = format!("Failed to deserialize data for topic t to Avro: {cause}");
        assert!(error.message.starts_with(&expected), "{}", error.message);
    }
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_asked_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let bytes = framed(7, b"\x54\x0aSeoul");
    let unreachable = converter(&dead, avro());
    let error = unreachable.prepare("t", [Some(&bytes[..])].into_iter()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("schema registry") && text.contains("refused"), "{text}");
    let urls = vec![dead, start().await];
    let settings = RegistrySettings { urls, authorization: None, is_key: false, format: avro() };
    assert!(read(&RegistryConverter::new(settings), &bytes).await.is_ok());
}
