//! `klamm connect`: two workers share the partitions of a topic, one is killed, and the objects
//! are exactly the log, cut every `flush.size` records.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tempfile::TempDir;

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::Suite;
use crate::kafka;
use crate::process::{PATIENCE, Process};
use crate::runtime::Runtime;

const TOPIC: &str = "events";
const BUCKET: &str = "worker";
const PARTITIONS: i32 = 4;
/// Of each partition, half of them before the kill.
const RECORDS: usize = 2_050;
const FLUSH_SIZE: usize = 100;

pub(crate) fn register(suite: &mut Suite) {
    if against_apache_kafka() {
        return;
    }
    suite.add("worker::two_share_klamms_topic_and_one_is_killed", &[], || {
        let klamm = Broker::start(Settings::default())?;
        one_of_two_is_killed(klamm.bootstrap(), &klamm)
    });
    suite.add("worker::two_share_kafkas_topic_and_one_is_killed", &[Runtime::Java], || {
        let kafka = Broker::start_apache_kafka(Settings::default())?;
        let klamm = Broker::start(Settings::default())?;
        one_of_two_is_killed(kafka.bootstrap(), &klamm)
    });
}

/// `bootstrap` is the cluster, `store` keeps the objects.
fn one_of_two_is_killed(bootstrap: &str, store: &Broker) -> Result<()> {
    kafka::create_topic(bootstrap, TOPIC, PARTITIONS)?;
    let home = tempfile::tempdir()?;
    let mut first = worker(bootstrap, store, &home)?;
    let mut second = worker(bootstrap, store, &home)?;
    produce(bootstrap, 0..RECORDS / 2)?;
    until(&mut [&mut first, &mut second], store, |objects| objects.len() >= 8)?;
    first.kill();
    produce(bootstrap, RECORDS / 2..RECORDS)?;
    let expected = expected();
    until(&mut [&mut second], store, |objects| objects.len() >= expected.len())?;
    let found = objects(store);
    let keys = |objects: &BTreeMap<String, String>| objects.keys().cloned().collect::<Vec<_>>();
    ensure!(keys(&found) == keys(&expected), "other objects: {:?}", keys(&found));
    ensure!(found == expected, "the objects hold something else than the log");
    let status = second.terminate()?;
    ensure!(status.success(), "the worker ended with {status}: {}", second.take_stderr());
    Ok(())
}

/// Starts a worker and waits until it says that it is ready.
fn worker(bootstrap: &str, store: &Broker, home: &TempDir) -> Result<Process> {
    let report = store.report();
    let (worker, sink) = (home.path().join("worker.properties"), home.path().join("sink.json"));
    let lines = format!(
        "bootstrap.servers={bootstrap}\n\
         value.converter=org.apache.kafka.connect.converters.ByteArrayConverter\n\
         consumer.session.timeout.ms=6000\n"
    );
    fs::write(&worker, lines)?;
    let config = serde_json::json!({
        "name": "shared",
        "connector.class": "io.confluent.connect.s3.S3SinkConnector",
        "storage.class": "io.confluent.connect.s3.storage.S3Storage",
        "format.class": "io.confluent.connect.s3.format.bytearray.ByteArrayFormat",
        "topics": TOPIC,
        "flush.size": FLUSH_SIZE,
        "s3.bucket.name": BUCKET,
        "store.url": report.s3_endpoint,
        "aws.access.key.id": report.s3_access_key,
        "aws.secret.access.key": report.s3_secret_key,
        "klamm.bucket.create": true,
    });
    fs::write(&sink, config.to_string())?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_klamm"));
    command.arg("connect").arg(worker).arg(sink).args(["--connect-port", "0"]);
    let mut process = Process::spawn("klamm connect", &mut command)?;
    while process.line()?.with_context(|| "the worker has ended")? != "ready" {}
    Ok(process)
}

fn value(partition: i32, number: usize) -> String {
    format!("{partition}-{number}")
}

fn produce(bootstrap: &str, numbers: std::ops::Range<usize>) -> Result<()> {
    let producer: BaseProducer = kafka::config(bootstrap).create()?;
    for number in numbers {
        for partition in 0..PARTITIONS {
            let value = value(partition, number);
            let record = BaseRecord::<(), _>::to(TOPIC).partition(partition).payload(&value);
            producer.send(record).map_err(|(error, _)| error)?;
        }
    }
    producer.flush(PATIENCE)?;
    Ok(())
}

/// What the bucket is to hold: whole files only.
fn expected() -> BTreeMap<String, String> {
    let mut objects = BTreeMap::new();
    for partition in 0..PARTITIONS {
        for start in (0..RECORDS / FLUSH_SIZE * FLUSH_SIZE).step_by(FLUSH_SIZE) {
            let mut text = String::new();
            for number in start..start + FLUSH_SIZE {
                let _infallible = writeln!(text, "{}", value(partition, number));
            }
            objects.insert(format!("{TOPIC}+{partition}+{start:010}.bin"), text);
        }
    }
    objects
}

/// The bucket's files by name, as the endpoint keeps them.
fn objects(store: &Broker) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(&store.data_dir().join("s3").join(BUCKET), &mut found);
    found
}

fn collect(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "bin") {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.insert(name, fs::read_to_string(path).unwrap_or_default());
        }
    }
}

/// Waits while the workers run.
fn until(
    workers: &mut [&mut Process],
    store: &Broker,
    enough: impl Fn(&BTreeMap<String, String>) -> bool,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = objects(store);
        if enough(&found) {
            return Ok(());
        }
        for worker in workers.iter_mut() {
            if let Some(status) = worker.ended() {
                anyhow::bail!("the worker ended with {status}: {}", worker.take_stderr());
            }
            let _line = worker.line_soon();
        }
        ensure!(Instant::now() < deadline, "only {} objects", found.len());
    }
}
