//! Against answers of Kafka's own `JsonConverter` and of the JDK (`fixtures/connect`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const JSON: &str = include_str!("../../../fixtures/connect/json_vectors.tsv");
const NUMBERS: &str = include_str!("../../../fixtures/connect/double_vectors.tsv");

fn rewrite(input: &str) -> String {
    let mut out = Vec::new();
    Transcoder::default().transcode(input.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn schemaless_json_is_written_as_connect_writes_it() {
    let mut transcoder = Transcoder::default();
    let mut seen = 0;
    for line in JSON.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[0] != "plain" {
            continue;
        }
        let input = STANDARD.decode(fields[1]).unwrap();
        let shown = String::from_utf8_lossy(&input);
        let mut out = Vec::new();
        let outcome = transcoder.transcode(&input, &mut out);
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
    assert!(seen > 200, "the fixture holds {seen} vectors");
}

#[test]
fn doubles_and_floats_are_printed_as_java_prints_them() {
    for line in NUMBERS.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let mut out = Vec::new();
        match fields[0] {
            "double" => {
                let bits: i64 = fields[1].parse().unwrap();
                write_double(&mut out, f64::from_bits(bits.cast_unsigned()));
            }
            _ => {
                let bits: i32 = fields[1].parse().unwrap();
                write_float(&mut out, f32::from_bits(bits.cast_unsigned()));
            }
        }
        let printed = String::from_utf8(out).unwrap();
        assert_eq!(printed.trim_matches('"'), fields[2], "{line}");
    }
}

#[test]
fn members_come_in_the_order_of_a_java_hash_map() {
    assert_eq!(
        rewrite(r#"{"b":1,"a":2,"c":3,"aa":4,"B":5}"#),
        r#"{"aa":4,"a":2,"b":1,"B":5,"c":3}"#
    );
    let keys = |text: &str| -> String {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).unwrap();
        object.keys().cloned().collect::<Vec<_>>().join(",")
    };
    let many = "eventId,userId,eventType,productId,price,timestamp,device,os,country,city,\
                sessionId,url,ref,x";
    let object: Vec<String> = many.split(',').map(|key| format!("\"{key}\":1")).collect();
    assert_eq!(
        keys(&rewrite(&format!("{{{}}}", object.join(",")))),
        "eventId,country,productId,os,city,eventType,sessionId,userId,url,ref,price,x,device,timestamp"
    );
}

#[test]
fn members_of_common_events_come_in_javas_order() {
    assert_eq!(rewrite(r#"{"id":1,"name":2,"timestamp":3}"#), r#"{"name":2,"id":1,"timestamp":3}"#);
    let unchanged = r#"{"user_id":1,"event":2,"ts":3}"#;
    assert_eq!(rewrite(unchanged), unchanged);
    assert_eq!(
        rewrite(r#"{"event_id":1,"user_id":2,"event_type":3,"page":4,"timestamp":5}"#),
        r#"{"event_id":1,"event_type":3,"user_id":2,"page":4,"timestamp":5}"#
    );
    assert_eq!(
        rewrite(
            r#"{"user_id":1,"event":2,"page":3,"ts":4,"session_id":5,"ip":6,"user_agent":7,"referrer":8}"#
        ),
        r#"{"referrer":8,"user_id":1,"ip":6,"session_id":5,"page":3,"event":2,"user_agent":7,"ts":4}"#
    );
}

#[test]
fn numbers_are_printed_as_java_prints_them() {
    for (input, printed) in [
        ("1.0", "1.0"),
        ("10.50", "10.5"),
        ("1e7", "1.0E7"),
        ("12345678.9", "1.23456789E7"),
        ("9999999.0", "9999999.0"),
        ("0.001", "0.001"),
        ("0.0001", "1.0E-4"),
        ("12345678901234567890", "-6101065172474983726"),
    ] {
        assert_eq!(rewrite(input), printed);
    }
    // A double of a schema keeps its sign; plain JSON's has lost it on the way.
    let mut out = Vec::new();
    write_double(&mut out, -0.0);
    assert_eq!((&out[..], rewrite("-0.0").as_str()), (&b"-0.0"[..], "0.0"));
}

#[test]
fn input_order_keeps_the_order_and_drops_duplicates() {
    let mut out = Vec::new();
    let mut transcoder = Transcoder::new(KeyOrder::Input);
    transcoder.transcode(br#"{"z":1,"a":{"y":1,"b":2},"z":3}"#, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), r#"{"z":3,"a":{"y":1,"b":2}}"#);
}

#[test]
fn a_field_is_found_by_its_path() {
    let json = br#"{"a":{"x":[1,{"t":9}],"t":"a,}\"b"},"t":{"t":{"t":-5}},"u":null}"#;
    let find = |path: &str| {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        find_path(json, &path).map(|found| String::from_utf8(found.to_vec()).unwrap())
    };
    assert_eq!(find("a.t").as_deref(), Some(r#""a,}\"b""#));
    assert_eq!(find("t.t.t").as_deref(), Some("-5"));
    assert_eq!(find("u").as_deref(), Some("null"));
    assert_eq!(find("a.x").as_deref(), Some(r#"[1,{"t":9}]"#));
    assert_eq!(find("a.nope"), None);
    assert_eq!(find("u.t"), None);
}
