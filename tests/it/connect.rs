//! Connectors made over REST: they are remembered, and do what they are told.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::http::call;
use crate::support::klamm::Klamm;

/// Calls Connect's REST interface; the body of the answer.
fn ask(klamm: &Klamm, method: &str, path: &str, body: &str) -> (u16, Value) {
    ask_at(klamm.text("connect"), method, path, body)
}

fn ask_at(url: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let address = url.strip_prefix("http://").unwrap_or(url);
    let answer = call(address, method, path, body).expect("klamm answers");
    let body = match answer.body.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).expect("the answer is JSON"),
    };
    (answer.status, body)
}

fn make(klamm: &Klamm, name: &str) {
    assert_eq!(ask(klamm, "POST", "/connectors", &connector(name)).0, 201);
}

fn connector(name: &str) -> String {
    let config = json!({
        "connector.class": "io.confluent.connect.s3.S3SinkConnector",
        "storage.class": "io.confluent.connect.s3.storage.S3Storage",
        "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
        "topics": "clicks",
        "flush.size": 2,
        "s3.bucket.name": "bucket",
    });
    json!({ "name": name, "config": config }).to_string()
}

fn state(klamm: &Klamm, name: &str) -> String {
    let (_, status) = ask(klamm, "GET", &format!("/connectors/{name}/status"), "");
    status["connector"]["state"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn connectors_made_over_rest_survive_a_crash() {
    let mut klamm = Klamm::start();
    make(&klamm, "runs");
    make(&klamm, "waits");
    make(&klamm, "rests");
    make(&klamm, "gone");
    assert_eq!(ask(&klamm, "PUT", "/connectors/waits/pause", "").0, 202);
    assert_eq!(ask(&klamm, "PUT", "/connectors/rests/stop", "").0, 204);
    assert_eq!(ask(&klamm, "DELETE", "/connectors/gone", "").0, 204);
    let patch = json!({ "flush.size": "5" }).to_string();
    assert_eq!(ask(&klamm, "PATCH", "/connectors/runs/config", &patch).0, 200);

    klamm.crash_and_restart();

    assert_eq!(ask(&klamm, "GET", "/connectors", "").1, json!(["rests", "runs", "waits"]));
    assert_eq!(state(&klamm, "runs"), "RUNNING");
    assert_eq!(state(&klamm, "waits"), "PAUSED");
    assert_eq!(state(&klamm, "rests"), "STOPPED");
    assert_eq!(ask(&klamm, "GET", "/connectors/runs/config", "").1["flush.size"], "5");
}

#[test]
fn a_connector_of_a_file_is_not_remembered() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("sink.properties");
    let properties = "name=mine\nconnector.class=S3Sink\ntopics=t\nflush.size=3\n\
        storage.class=io.confluent.connect.s3.storage.S3Storage\n\
        format.class=io.confluent.connect.s3.format.json.JsonFormat\ns3.bucket.name=bucket\n";
    std::fs::write(&file, properties).expect("the file can be written");
    let mut klamm = Klamm::start_with(&["--connector", &file.display().to_string()]);
    assert_eq!(ask(&klamm, "GET", "/connectors", "").1, json!(["mine"]));
    assert_eq!(ask(&klamm, "DELETE", "/connectors/mine", "").0, 204);
    klamm.crash_and_restart();
    assert_eq!(ask(&klamm, "GET", "/connectors", "").1, json!(["mine"]));
}

/// `klamm connect` without files of connectors; killed when dropped.
struct Worker {
    process: Child,
    url: String,
}

impl Worker {
    fn start(properties: &Path) -> Worker {
        let report = properties.with_extension("report");
        let mut process = Command::new(env!("CARGO_BIN_EXE_klamm"))
            .arg("connect")
            .arg(properties)
            .args(["--connect-port", "0", "--report"])
            .arg(&report)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("klamm can be started");
        let stdout = process.stdout.take().expect("stdout is a pipe");
        let mut lines = BufReader::new(stdout).lines();
        while lines.next().expect("klamm connect runs").expect("its output is text") != "ready" {}
        let text = std::fs::read_to_string(report).expect("a report is there");
        let report: Value = serde_json::from_str(&text).expect("the report is JSON");
        let url = report["connect"].as_str().expect("it has a REST interface").to_owned();
        Worker { process, url }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_distributed_worker_remembers_on_its_cluster() {
    let cluster = Klamm::start();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("connect-distributed.properties");
    let properties = format!(
        "bootstrap.servers={}\ngroup.id=connect-cluster\nconfig.storage.topic=my-configs\n\
         config.storage.replication.factor=1\noffset.storage.topic=connect-offsets\n\
         status.storage.topic=connect-status\n\
         value.converter=org.apache.kafka.connect.storage.StringConverter\n",
        cluster.bootstrap()
    );
    std::fs::write(&file, properties).expect("the file can be written");
    let store = json!({
        "store.url": cluster.text("s3_endpoint"),
        "aws.access.key.id": cluster.text("s3_access_key"),
        "aws.secret.access.key": cluster.text("s3_secret_key"),
    });
    let worker = Worker::start(&file);
    for name in ["waits", "gone"] {
        let mut body: Value = serde_json::from_str(&connector(name)).expect("JSON");
        body["config"]
            .as_object_mut()
            .expect("an object")
            .extend(store.as_object().cloned().expect("an object"));
        assert_eq!(ask_at(&worker.url, "POST", "/connectors", &body.to_string()).0, 201);
    }
    assert_eq!(ask_at(&worker.url, "PUT", "/connectors/waits/pause", "").0, 202);
    assert_eq!(ask_at(&worker.url, "DELETE", "/connectors/gone", "").0, 204);
    drop(worker);

    let worker = Worker::start(&file);
    assert_eq!(ask_at(&worker.url, "GET", "/connectors", "").1, json!(["waits"]));
    let (_, status) = ask_at(&worker.url, "GET", "/connectors/waits/status", "");
    assert_eq!(status["connector"]["state"], "PAUSED");
}
