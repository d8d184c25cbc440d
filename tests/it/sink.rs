//! The sink inside the running program.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::requests::{batch, create_topic, produce};
use crate::support::client::Client;
use crate::support::klamm::Klamm;

/// An object takes no longer than this, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);

const CONNECTOR: &str = "\
name=s3-sink
connector.class=io.confluent.connect.s3.S3SinkConnector
topics=t
s3.bucket.name=clicks
storage.class=io.confluent.connect.s3.storage.S3Storage
format.class=io.confluent.connect.s3.format.json.JsonFormat
flush.size=2
";

/// What `klamm sink status` says of the first connector.
fn status(klamm: &Klamm) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_klamm"))
        .args(["sink", "status", "--json", "--console", klamm.text("console")])
        .output()
        .expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let connectors: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    connectors[0].clone()
}

fn until(klamm: &Klamm, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = status(klamm);
        if is_so(&status) {
            return status;
        }
        assert!(Instant::now() < deadline, "{status:#}");
    }
}

#[test]
fn a_topic_that_comes_after_the_sink_is_written_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("s3-sink.properties");
    fs::write(&file, CONNECTOR).unwrap();
    let klamm = Klamm::start_with(&["--connector", file.to_str().unwrap()]);
    until(&klamm, |status| status["state"] == "RUNNING");
    let mut client = Client::connect(klamm.bootstrap());
    create_topic(&mut client, "t");
    assert_eq!(produce(&mut client, "t", batch(&["1", "2"], None)).error_code, 0);
    let status = until(&klamm, |status| status["tasks"][0]["partitions"][0]["objects"] == 1);
    assert_eq!(status["tasks"][0]["partitions"][0]["records"], 2);
}
