//! The commands of the client, as people and scripts use them.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::klamm::Klamm;

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn json(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }
}

/// Runs a client command against `klamm`, with `input` on its standard input.
fn run(klamm: &Klamm, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_klamm"))
        .args(arguments)
        .env("KLAMM_BOOTSTRAP_SERVER", klamm.bootstrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the client can be started");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(input.as_bytes()).expect("the client reads or has ended");
    drop(stdin);
    let output = child.wait_with_output().expect("the client ends");
    let text = |bytes| String::from_utf8(bytes).expect("the client prints text");
    let code = output.status.code().expect("the client was not killed");
    Ran { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn topics_are_made_listed_and_deleted() {
    let klamm = Klamm::start();
    assert_eq!(run(&klamm, &["topics", "create", "clicks", "-p", "3"], "").code, 0);
    let again = run(&klamm, &["topics", "create", "clicks"], "");
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("TOPIC_ALREADY_EXISTS"), "{}", again.stderr);
    assert_eq!(run(&klamm, &["topics", "create", "clicks", "--if-not-exists"], "").code, 0);
    let listed = run(&klamm, &["topics", "--json"], "").json();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["topic"], &listed[0]["partitions"]), (&"clicks".into(), &3.into()));
    assert_eq!(run(&klamm, &["topics", "add-partitions", "clicks", "5"], "").code, 0);
    assert_eq!(run(&klamm, &["topics", "--json"], "").json()[0]["partitions"], 5);
    assert_eq!(run(&klamm, &["topics", "delete", "clicks"], "").code, 0);
    assert_eq!(run(&klamm, &["topics", "delete", "clicks"], "").code, 1);
}

#[test]
fn records_go_in_and_come_out_with_every_codec() {
    let klamm = Klamm::start();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let produced = run(&klamm, &["produce", codec, "-z", codec], "one\ntwo\nthree\n");
        assert_eq!(produced.code, 0, "{}", produced.stderr);
        let consumed = run(&klamm, &["consume", codec, "--from-beginning", "-e"], "");
        assert_eq!((consumed.code, consumed.stdout.as_str()), (0, "one\ntwo\nthree\n"), "{codec}");
    }
}

#[test]
fn keys_headers_tombstones_and_bytes_are_kept() {
    let klamm = Klamm::start();
    let headers = ["produce", "t", "-k", "user", "-v", "hello", "-H", "a=1", "-H", "a=2"];
    assert_eq!(run(&klamm, &headers, "").code, 0);
    assert_eq!(run(&klamm, &["produce", "t", "-k", "user", "--tombstone"], "").code, 0);
    assert_eq!(run(&klamm, &["produce", "t", "--key-separator", ":"], "k:v:w\n").code, 0);
    let records = run(&klamm, &["consume", "t", "--from-beginning", "-e", "--json"], "").json();
    let fields: Vec<_> = records.iter().map(|r| [&r["offset"], &r["key"], &r["value"]]).collect();
    let expected = [
        [Value::from(0), "user".into(), "hello".into()],
        [1.into(), "user".into(), Value::Null],
        [2.into(), "k".into(), "v:w".into()],
    ];
    for (fields, expected) in fields.iter().zip(&expected) {
        assert_eq!(*fields, expected.each_ref());
    }
    assert_eq!(records[0]["headers"], serde_json::json!([["a", "1"], ["a", "2"]]));
}

#[test]
fn a_group_goes_on_where_it_stopped_and_can_be_moved() {
    let klamm = Klamm::start();
    assert_eq!(run(&klamm, &["produce", "t"], "1\n2\n3\n4\n5\n").code, 0);
    let read = |count: &str| {
        let arguments = ["consume", "t", "-g", "g", "--from-beginning", "-n", count];
        run(&klamm, &arguments, "").stdout
    };
    assert_eq!(read("2"), "1\n2\n");
    assert_eq!(read("3"), "3\n4\n5\n");
    let described = run(&klamm, &["groups", "describe", "g", "--json"], "").json();
    assert_eq!((&described[0]["committed"], &described[0]["lag"]), (&5.into(), &0.into()));
    assert_eq!(run(&klamm, &["groups", "reset", "g", "--to", "4"], "").code, 0);
    assert_eq!(read("1"), "5\n");
    assert_eq!(run(&klamm, &["groups", "--json"], "").json()[0]["group"], "g");
    assert_eq!(run(&klamm, &["groups", "delete", "g"], "").code, 0);
    let gone = run(&klamm, &["groups", "describe", "g"], "");
    assert_eq!((gone.code, gone.stderr.as_str()), (1, "error: there is no group `g`\n"));
}

#[test]
fn failures_have_exit_codes() {
    let klamm = Klamm::start();
    assert_eq!(run(&klamm, &["consume", "nothing", "-e"], "").code, 1);
    assert_eq!(run(&klamm, &["consume"], "").code, 2);
    assert_eq!(run(&klamm, &["produce", "t", "-z", "brotli"], "").code, 2);
    assert_eq!(run(&klamm, &["produce", "t"], "1\n").code, 0);
    let late = ["consume", "t", "--from-beginning", "-n", "2", "--timeout", "0.2"];
    let ran = run(&klamm, &late, "");
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "1\n"));
    let nobody = ["topics", "--bootstrap-server", "127.0.0.1:1"];
    assert_eq!(run(&klamm, &nobody, "").code, 1);
}
