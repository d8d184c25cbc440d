//! The same calls to klamm's and to Kafka Connect's REST interface, and their answers compared.
//!
//! The calls and Connect's answers are one file, `fixtures/differential/connect-rest.txt`, whose
//! head says how it is read. The worker that it is compared with has a stand-in for the sink
//! (`tests/clients/java/connect`), because Confluent's may not be had.

mod handover;
mod shown;
mod worker;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Failed, Trial};

use self::worker::Worker;
use super::support::http::{Answer, call, call_with};
use super::support::klamm::Klamm;
use super::{differences, skipped};
use crate::apache_kafka::ApacheKafka;

/// A worker that stops and starts tasks on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("klamm_answers_rest_calls_as_kafka_connect_does", against_klamm),
        Trial::ignorable_test("kafka_connect_answers_as_kept_and_takes_turns_with_klamm", || {
            let kafka = match ApacheKafka::start() {
                Ok(kafka) => kafka,
                Err(reason) => return skipped(&reason),
            };
            match Worker::start(kafka.bootstrap()) {
                Ok(worker) => {
                    against_connect(&kafka, &worker)?;
                    handover::check(&kafka, &worker)?;
                    Ok(Completion::Completed)
                }
                Err(reason) => skipped(&reason),
            }
        }),
    ]
}

fn against_klamm() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("worker.properties");
    fs::write(&file, worker::SHARED)?;
    let klamm = Klamm::start_with(&["--connect-worker", &file.display().to_string()]);
    let url = klamm.text("connect");
    let address = url.strip_prefix("http://").unwrap_or(url);
    make_topics(klamm.bootstrap())?;
    compare(address, klamm.bootstrap(), "klamm")
}

fn against_connect(kafka: &ApacheKafka, worker: &Worker) -> Result<(), Failed> {
    make_topics(kafka.bootstrap())?;
    if std::env::var_os("KLAMM_KEEP_TRANSCRIPTS").is_none() {
        return compare(worker.address(), kafka.bootstrap(), "now");
    }
    let kept = fs::read_to_string(path())?;
    fs::write(path(), transcript(&kept, worker.address(), kafka.bootstrap())?)?;
    Ok(())
}

/// The topics that records are produced to.
fn make_topics(bootstrap: &str) -> Result<(), Failed> {
    ["t", "bad"].iter().try_for_each(|topic| run(bootstrap, "topics", &["create", topic]))
}

/// One of klamm's commands for clusters.
fn run(bootstrap: &str, command: &str, arguments: &[&str]) -> Result<(), Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_klamm"))
        .args([command, "--bootstrap-server", bootstrap])
        .args(arguments)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failed::from(format!("{command}: {}", String::from_utf8_lossy(&output.stderr))))
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/differential/connect-rest.txt")
}

fn compare(address: &str, bootstrap: &str, who: &str) -> Result<(), Failed> {
    let kept = fs::read_to_string(path())?;
    let different = differences(&kept, &transcript(&kept, address, bootstrap)?, who);
    if different.is_empty() { Ok(()) } else { Err(Failed::from(different.join("\n"))) }
}

/// The kept file with the answers of this worker.
fn transcript(kept: &str, address: &str, bootstrap: &str) -> Result<String, Failed> {
    let mut text = String::new();
    let mut headers: Vec<&str> = Vec::new();
    for line in kept.lines().filter(|line| !line.starts_with("< ")) {
        writeln!(text, "{line}")?;
        if let Some(header) = line.strip_prefix("+ ") {
            headers.push(header);
            continue;
        }
        let mut words = line.splitn(4, ' ');
        let (Some(kind), Some(method), Some(path)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let rest = words.next().unwrap_or_default();
        match kind {
            "!" => run(
                bootstrap,
                "produce",
                &[method, "--value", format!("{path} {rest}").trim_end()],
            )?,
            "~" => await_text(address, path, rest)?,
            ">" => {
                let answer = settled(address, method, path, &headers, rest)?;
                writeln!(text, "< {}", shown::shown(&answer))?;
            }
            "?" => writeln!(text, "< {}", settled(address, method, path, &headers, rest)?.status)?,
            _ => {}
        }
        headers.clear();
    }
    Ok(text)
}

/// The answer, once the worker is not rebalancing. Without headers a body is JSON.
fn settled(
    address: &str,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> Result<Answer, Failed> {
    let start = Instant::now();
    loop {
        let answer = match headers {
            [] => call(address, method, path, body)?,
            headers => call_with(address, method, path, headers, body)?,
        };
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
