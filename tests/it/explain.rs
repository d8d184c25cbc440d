//! `klamm explain` as scripts use it: exit codes, JSON, the diff.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/explain").join(name)
}

fn explain(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_klamm"))
        .arg("explain")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("explain can be started");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(input.as_bytes()).expect("explain reads or has ended");
    drop(stdin);
    child.wait_with_output().expect("explain ends")
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("explain prints JSON")
}

#[test]
fn the_exit_code_tells_right_wrong_and_unreadable_apart() {
    let right = fixture("compose/right-cp-kraft.yml");
    let wrong = fixture("compose/told-localhost.yml");
    let path = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    assert_eq!(code(&explain(&[&path(&right)], "")), Some(0));
    assert_eq!(code(&explain(&[&path(&wrong)], "")), Some(1));
    assert_eq!(code(&explain(&["no-such-file.yml"], "")), Some(2));
    assert_eq!(code(&explain(&["-"], "hello\n")), Some(2));
    assert_eq!(code(&explain(&["-"], "services:\n  kafka: [\n")), Some(2));
    assert_eq!(code(&explain(&["l3"], "")), Some(0));
}

#[test]
fn a_file_is_told_in_json() {
    let wrong = fixture("compose/told-localhost.yml");
    let told = json(&explain(&["--json", wrong.to_str().expect("a path in UTF-8")], ""));
    assert_eq!(told["format"], "compose");
    assert_eq!(told["findings"][0]["id"], "L03");
    assert_eq!(told["connections"][1]["works"], "no");
    assert_eq!(told["left"], Value::Array(Vec::new()));
    assert!(told["diff"].as_str().is_some_and(|diff| diff.contains("\n+  ")));
}

#[test]
fn an_error_message_is_told_in_json() {
    let text = "kafka:9092/1: Failed to resolve 'kafka:9092': Name or service not known\n";
    let output = explain(&["--json", "-"], text);
    assert_eq!(code(&output), Some(1));
    let told = json(&output);
    assert_eq!((&told["format"], &told["findings"][0]["id"]), (&"error".into(), &"L04".into()));
}

#[test]
fn nothing_but_the_diff_is_printed_on_request() {
    let wrong = fixture("properties/wrong-other-port.properties");
    let output = explain(&["--diff", wrong.to_str().expect("a path in UTF-8")], "");
    let diff = String::from_utf8(output.stdout).expect("the diff is text");
    assert!(diff.starts_with("--- "), "{diff}");
    assert!(diff.contains("\n-advertised.listeners=PLAINTEXT://localhost:9092\n"), "{diff}");
}
