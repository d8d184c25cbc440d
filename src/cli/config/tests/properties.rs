//! Java's own reading of the same texts is in the fixture.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli::config::{decode, parse_properties};

#[test]
fn texts_are_read_as_java_reads_them() {
    let cases = include_str!("../../../../fixtures/config/properties.jsonl");
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case["in"].as_str().unwrap();
        match (parse_properties(text), case.get("out")) {
            (Ok(properties), Some(expected)) => {
                let ours: BTreeMap<String, String> =
                    properties.into_iter().map(|it| (it.key, it.value)).collect();
                let pair = |pair: &Value| {
                    let text = |index: usize| pair[index].as_str().unwrap().to_owned();
                    (text(0), text(1))
                };
                let javas = expected.as_array().unwrap().iter().map(pair).collect();
                assert_eq!(ours, javas, "of {text:?}");
            }
            (Err(error), None) => {
                assert!(error.to_string().ends_with(case["error"].as_str().unwrap()));
            }
            (ours, _) => panic!("{text:?} gave {ours:?}, Java {line}"),
        }
    }
}

#[test]
fn a_property_knows_its_line() {
    let text = "# head\n\na=1\n\nb=2\\\n  3\nc=4\n";
    let lines: Vec<usize> = parse_properties(text).unwrap().iter().map(|it| it.line).collect();
    assert_eq!(lines, [3, 5, 7]);
}

#[test]
fn bytes_that_are_no_utf_8_are_latin_1() {
    assert_eq!(decode(b"a=\xe4"), "a=\u{e4}");
    assert_eq!(decode("a=\u{e4}\u{d55c}".as_bytes()), "a=\u{e4}\u{d55c}");
}
