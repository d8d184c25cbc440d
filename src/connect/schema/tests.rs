//! Against answers of Kafka's own `JsonConverter` (`fixtures/connect/json_vectors.tsv`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::connect::json::KeyOrder;

const VECTORS: &str = include_str!("../../../fixtures/connect/json_vectors.tsv");

#[test]
fn values_with_schemas_are_written_as_connect_writes_them() {
    let mut reader = EnvelopeReader::default();
    let mut seen = 0;
    for line in VECTORS.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let format = match fields[0] {
            "env" => DecimalFormat::Base64,
            "envn" => DecimalFormat::Numeric,
            _ => continue,
        };
        let writer = ValueWriter::new(format, KeyOrder::JavaHashMap);
        let input = STANDARD.decode(fields[1]).unwrap();
        let shown = String::from_utf8_lossy(&input);
        let mut out = Vec::new();
        let outcome = reader.read(&input).and_then(|value| {
            writer.write(value.schema.as_deref(), &value.data, &mut out)?;
            Ok(!value.data.is_null())
        });
        match fields[2] {
            "OK" => {
                assert_eq!(outcome, Ok(true), "{shown}");
                let expected = STANDARD.decode(fields[3]).unwrap();
                assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&expected));
            }
            "NULL" => assert_eq!(outcome, Ok(false), "{shown}"),
            _ => assert!(outcome.is_err(), "{shown} became {}", String::from_utf8_lossy(&out)),
        }
        seen += 1;
    }
    assert!(seen > 60, "the fixture holds {seen} vectors");
}

#[test]
fn plain_json_is_refused_in_connects_words() {
    let refusal = EnvelopeReader::default().read(br#"{"a":1}"#).unwrap_err();
    let EnvelopeError::Data(DataError(text)) = refusal else { panic!("{refusal:?}") };
    assert!(
        text.starts_with("JsonConverter with schemas.enable requires \"schema\" and \"payload\"")
    );
    assert!(text.ends_with("set schemas.enable=false in your converter configuration."));
}

#[test]
fn the_same_schema_is_read_once() {
    let mut reader = EnvelopeReader::default();
    let record = br#"{"schema":{"type":"string"},"payload":"x"}"#;
    let (one, other) = (reader.read(record).unwrap(), reader.read(record).unwrap());
    assert!(std::sync::Arc::ptr_eq(&one.schema.unwrap(), &other.schema.unwrap()));
}

#[test]
fn fields_are_found_at_a_path() {
    let city = Schema::new(Kind::Struct(vec![Field::new("city", Schema::new(Kind::String))]));
    let user = Schema::new(Kind::Struct(vec![Field::new("address", city.optional())]));
    let path = ["address".to_owned(), "city".to_owned()];
    let data = Data::Struct(vec![Data::Struct(vec![Data::String("Seoul".to_owned())])]);
    assert_eq!(field_at(&user, &data, &path).unwrap().1.as_str(), Some("Seoul"));
    let nobody = Data::Struct(vec![Data::Null]);
    assert!(field_at(&user, &nobody, &path).unwrap().1.is_null());
    assert!(field_at(&user, &data, &["name".to_owned()]).is_none());
}
