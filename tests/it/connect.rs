//! Connectors made over REST: they are remembered, and do what they are told.

use serde_json::{Value, json};

use crate::support::http::call;
use crate::support::klamm::Klamm;

/// Calls Connect's REST interface; the body of the answer.
fn ask(klamm: &Klamm, method: &str, path: &str, body: &str) -> (u16, Value) {
    let url = klamm.text("connect");
    let address = url.strip_prefix("http://").unwrap_or(url);
    let answer = call(address, method, path, body).expect("klamm answers");
    let body = match answer.body.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).expect("the answer is JSON"),
    };
    (answer.status, body)
}

fn make(klamm: &Klamm, name: &str) {
    let config = json!({
        "connector.class": "io.confluent.connect.s3.S3SinkConnector",
        "storage.class": "io.confluent.connect.s3.storage.S3Storage",
        "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
        "topics": "clicks",
        "flush.size": 2,
        "s3.bucket.name": "bucket",
    });
    let body = json!({ "name": name, "config": config }).to_string();
    assert_eq!(ask(klamm, "POST", "/connectors", &body).0, 201);
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
