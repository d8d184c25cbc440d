//! The same calls to klamm's and to Kafka Connect's REST interface, and their answers compared.
//!
//! The calls and Connect's answers are one file, `fixtures/differential/connect-rest.txt`, whose
//! head says how it is read. The worker that it is compared with has a stand-in for the sink
//! (`tests/clients/java/connect`), because Confluent's may not be had.

mod shown;
mod worker;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};

use self::worker::Worker;
use super::support::http::{Answer, call};
use super::support::klamm::Klamm;
use super::{differences, skipped};
use crate::apache_kafka::ApacheKafka;

/// A worker that stops and starts tasks on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("klamm_answers_rest_calls_as_kafka_connect_does", against_klamm),
        Trial::ignorable_test("the_kept_rest_answers_are_those_of_kafka_connect", || {
            let kafka = match ApacheKafka::start() {
                Ok(kafka) => kafka,
                Err(reason) => return skipped(&reason),
            };
            match Worker::start(kafka.bootstrap()) {
                Ok(worker) => against_connect(&kafka, &worker).map(|()| Completion::Completed),
                Err(reason) => skipped(&reason),
            }
        }),
    ]
}

fn against_klamm() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("worker.properties");
    fs::write(&file, worker::CONVERTERS)?;
    let klamm = Klamm::start_with(&["--connect-worker", &file.display().to_string()]);
    let url = klamm.text("connect");
    let address = url.strip_prefix("http://").unwrap_or(url);
    make_topic(klamm.bootstrap())?;
    compare(address, "klamm")
}

fn against_connect(kafka: &ApacheKafka, worker: &Worker) -> Result<(), Failed> {
    make_topic(kafka.bootstrap())?;
    if std::env::var_os("KLAMM_KEEP_TRANSCRIPTS").is_none() {
        return compare(worker.address(), "now");
    }
    let kept = fs::read_to_string(path())?;
    fs::write(path(), transcript(&kept, worker.address())?)?;
    Ok(())
}

/// The topic whose offsets are changed.
fn make_topic(bootstrap: &str) -> Result<(), Failed> {
    let status = Command::new(env!("CARGO_BIN_EXE_klamm"))
        .args(["topics", "--bootstrap-server", bootstrap, "create", "t"])
        .status()?;
    if status.success() { Ok(()) } else { Err(Failed::from("the topic cannot be made")) }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/differential/connect-rest.txt")
}

fn compare(address: &str, who: &str) -> Result<(), Failed> {
    let kept = fs::read_to_string(path())?;
    let different = differences(&kept, &transcript(&kept, address)?, who);
    if different.is_empty() { Ok(()) } else { Err(Failed::from(different.join("\n"))) }
}

/// The kept file with the answers of this worker.
fn transcript(kept: &str, address: &str) -> Result<String, Failed> {
    let mut text = String::new();
    for line in kept.lines().filter(|line| !line.starts_with("< ")) {
        writeln!(text, "{line}")?;
        let mut words = line.splitn(4, ' ');
        let (Some(kind), Some(method), Some(path)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let rest = words.next().unwrap_or_default();
        match kind {
            "~" => await_text(address, path, rest)?,
            ">" => writeln!(text, "< {}", shown::shown(&settled(address, method, path, rest)?))?,
            "?" => writeln!(text, "< {}", settled(address, method, path, rest)?.status)?,
            _ => {}
        }
    }
    Ok(text)
}

/// The answer, once the worker is not rebalancing.
fn settled(address: &str, method: &str, path: &str, body: &str) -> Result<Answer, Failed> {
    let start = Instant::now();
    loop {
        let answer = call(address, method, path, body)?;
        let is_rebalancing = answer.status == 409 && answer.body.contains("rebalance");
        if !is_rebalancing || start.elapsed() > PATIENCE {
            return Ok(answer);
        }
        std::thread::yield_now();
    }
}

fn await_text(address: &str, path: &str, text: &str) -> Result<(), Failed> {
    let start = Instant::now();
    loop {
        let answer = call(address, "GET", path, "")?;
        if answer.body.contains(text) {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(Failed::from(format!("{path} never has {text}: {}", answer.body)));
        }
        std::thread::yield_now();
    }
}
