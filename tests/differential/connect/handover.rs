//! `klamm connect` and Kafka Connect take turns with one connector: what one has committed for the
//! group `connect-NAME`, the other goes on from.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::worker::{SHARED, Worker};
use super::{await_text, run, settled};
use crate::apache_kafka::ApacheKafka;
use crate::support::klamm::Klamm;

const NAME: &str = "handed";
const TOPIC: &str = "turns";

pub(super) fn check(kafka: &ApacheKafka, worker: &Worker) -> Result<(), Failed> {
    let store = Klamm::start();
    let home = tempfile::tempdir()?;
    run(kafka.bootstrap(), "topics", &["create", TOPIC])?;

    // klamm writes two files of two records, and leaves one record.
    produce(kafka, 0..5)?;
    klamms_turn(kafka, &store, home.path(), 4)?;
    expect_objects(&store, &[(0, "{\"n\":0}\n{\"n\":1}\n"), (2, "{\"n\":2}\n{\"n\":3}\n")])?;

    // Kafka Connect finds what klamm has committed, and goes on from there.
    let body = json!({ "name": NAME, "config": config(&store), "initial_state": "STOPPED" });
    let connect = worker.address();
    let made = settled(connect, "POST", "/connectors", &[], &body.to_string());
    expect_status(made?.status, 201)?;
    await_text(connect, &path(""), "\"kafka_offset\":4")?;
    expect_status(settled(connect, "PUT", &path("resume"), &[], "")?.status, 202)?;
    await_text(connect, &path(""), "\"kafka_offset\":5")?;
    expect_status(settled(connect, "DELETE", &path("delete"), &[], "")?.status, 204)?;

    // And klamm from where Kafka Connect has stopped.
    produce(kafka, 5..7)?;
    klamms_turn(kafka, &store, home.path(), 7)?;
    expect_objects(
        &store,
        &[
            (0, "{\"n\":0}\n{\"n\":1}\n"),
            (2, "{\"n\":2}\n{\"n\":3}\n"),
            (5, "{\"n\":5}\n{\"n\":6}\n"),
        ],
    )
}

fn path(call: &str) -> String {
    match call {
        "" => format!("/connectors/{NAME}/offsets"),
        "delete" => format!("/connectors/{NAME}"),
        call => format!("/connectors/{NAME}/{call}"),
    }
}

fn produce(kafka: &ApacheKafka, numbers: std::ops::Range<u32>) -> Result<(), Failed> {
    let values: Vec<String> = numbers.map(|number| format!("{{\"n\":{number}}}")).collect();
    let mut arguments = vec![TOPIC];
    arguments.extend(values.iter().flat_map(|value| ["--value", value.as_str()]));
    run(kafka.bootstrap(), "produce", &arguments)
}

fn config(store: &Klamm) -> Value {
    json!({
        "name": NAME,
        "connector.class": "io.confluent.connect.s3.S3SinkConnector",
        "storage.class": "io.confluent.connect.s3.storage.S3Storage",
        "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
        "topics": TOPIC,
        "flush.size": "2",
        "s3.bucket.name": NAME,
        "store.url": store.text("s3_endpoint"),
        "aws.access.key.id": store.text("s3_access_key"),
        "aws.secret.access.key": store.text("s3_secret_key"),
        "klamm.bucket.create": "true",
    })
}

/// Runs `klamm connect` until the group has committed this offset.
fn klamms_turn(
    kafka: &ApacheKafka,
    store: &Klamm,
    home: &Path,
    committed: u32,
) -> Result<(), Failed> {
    let file = |name: &str| home.join(name);
    let bootstrap = kafka.bootstrap();
    fs::write(file("worker.properties"), format!("{SHARED}bootstrap.servers={bootstrap}\n"))?;
    fs::write(file("sink.json"), config(store).to_string())?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_klamm"));
    command.arg("connect").arg(file("worker.properties")).arg(file("sink.json"));
    command.args(["--connect-port", "0", "--report"]).arg(file("report.json"));
    let mut running = Running(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?);
    let stdout = running.0.stdout.take().ok_or("stdout is a pipe")?;
    let mut lines = BufReader::new(stdout).lines();
    while lines.next().ok_or("klamm connect has ended")?? != "ready" {}
    let report: Value = serde_json::from_str(&fs::read_to_string(file("report.json"))?)?;
    let url = report["connect"].as_str().unwrap_or_default();
    let address = url.strip_prefix("http://").unwrap_or(url);
    await_text(address, &path(""), &format!("\"kafka_offset\":{committed}"))?;
    // A member that leaves in good order lets the next one in at once.
    let pid = rustix::process::Pid::from_child(&running.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
    let status = running.0.wait()?;
    if status.success() { Ok(()) } else { Err(format!("klamm connect ended with {status}").into()) }
}

/// A process; killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn expect_status(found: u16, expected: u16) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("status {found}, not {expected}").into()) }
}

/// The bucket holds these objects, named by their first offset, and no others.
fn expect_objects(store: &Klamm, expected: &[(u32, &str)]) -> Result<(), Failed> {
    let folder = store.data().join("s3").join(NAME).join("topics").join(TOPIC).join("partition=0");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            found.push((name, fs::read_to_string(entry.path())?));
        }
    }
    found.sort();
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(offset, text)| (format!("{TOPIC}+0+{offset:010}.json"), (*text).to_owned()))
        .collect();
    if found == expected { Ok(()) } else { Err(format!("other objects: {found:?}").into()) }
}
