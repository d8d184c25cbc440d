//! The whole pipeline: a Python producer, the S3 sink with the file of the first users, unmodified,
//! and boto3 on the S3 endpoint. Keys, contents and counts are exactly right, also with `kill -9`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use chrono_tz::Asia::Seoul;
use serde_json::Value;

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::{Suite, full_length};
use crate::kafka;
use crate::process::{PATIENCE, Process};
use crate::rng::Rng;
use crate::runtime::{Runtime, python_command};
use crate::s3;

const TOPIC: &str = "clickstream";
const BUCKET: &str = "kafka-connect-s3-raw";
/// `flush.size` of the file.
const FLUSH_SIZE: usize = 1000;

/// What needs klamm's own sink and endpoint.
pub(crate) fn register(suite: &mut Suite) {
    if against_apache_kafka() {
        return;
    }
    let python = &[Runtime::Python];
    suite.add("pipeline::events_become_objects", python, || {
        let objects = run(10 * FLUSH_SIZE, 0, &mut Rng::new(0))?;
        ensure!(objects == 10, "{objects} objects");
        Ok(())
    });
    suite.add("pipeline::nothing_is_lost_by_kill_9", python, || {
        let (events, kills) =
            if full_length() { (10 * FLUSH_SIZE, 20) } else { (4 * FLUSH_SIZE, 8) };
        let seed = crate::record::now_ms().unsigned_abs();
        run(events, kills, &mut Rng::new(seed)).with_context(|| format!("seed {seed}"))?;
        Ok(())
    });
}

/// Sends `events`, with `kills` on the way; checks the objects against the log, and the log
/// against the events; the number of objects.
fn run(events: usize, kills: usize, rng: &mut Rng) -> Result<usize> {
    let started = Utc::now();
    let connector = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/connect/quickstart-s3.properties")
        .display()
        .to_string();
    let mut broker = Broker::start(Settings {
        arguments: vec!["--connector".to_owned(), connector],
        ..Settings::default()
    })?;
    kafka::create_topic(broker.bootstrap(), TOPIC, 1)?;
    ingest(&mut broker, events, kills, rng)?;

    let log = kafka::values(broker.bootstrap(), TOPIC, 0)?;
    let ids: BTreeSet<_> = log.iter().filter_map(|event| event["id"].as_str()).collect();
    ensure!(ids.len() == events, "{} of {events} events are in the log", ids.len());
    ensure!(kills > 0 || log.len() == events, "{} records for {events} events", log.len());

    // What fills no file stays in the log; without a kill nothing does.
    let written = log.len() / FLUSH_SIZE * FLUSH_SIZE;
    until_written(&mut broker, written)?;
    let objects = objects(&broker)?;
    check_objects(&objects, &log[..written], &[started, Utc::now()])?;
    broker.stop()?;
    Ok(objects.len())
}

/// Runs the producer and kills klamm at random events.
fn ingest(broker: &mut Broker, events: usize, kills: usize, rng: &mut Rng) -> Result<()> {
    let mut at: Vec<_> = (0..kills).map(|_| rng.below(events)).collect();
    at.sort_unstable();
    let mut command = python_command("ingest.py");
    command.arg(events.to_string()).env("BOOTSTRAP_SERVERS", broker.bootstrap());
    let mut producer = Process::spawn("ingest.py", &mut command)?;
    for number in at {
        while producer.line()?.context("the producer has ended")?.parse::<usize>()? < number {}
        broker.kill();
        broker.restart()?;
    }
    producer.finish()?;
    Ok(())
}

/// Waits until the objects hold `records` records, by the files that the endpoint keeps.
fn until_written(broker: &mut Broker, records: usize) -> Result<()> {
    let folder = broker.data_dir().join("s3").join(BUCKET);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut lines = 0;
        for file in files(&folder) {
            // A file may be replaced while we look: then the next look sees it.
            lines += fs::read_to_string(file).map_or(0, |text| text.lines().count());
        }
        if lines >= records {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{lines} of {records} records became objects");
        broker.tick()?;
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found
}

/// Key to text, through boto3.
fn objects(broker: &Broker) -> Result<BTreeMap<String, String>> {
    let mut objects = BTreeMap::new();
    for line in Process::run("objects.py", s3::python("objects.py", broker)?.arg(BUCKET), "")? {
        let object: Value = serde_json::from_str(&line)?;
        let key = object["key"].as_str().context("a key")?.to_owned();
        objects.insert(key, object["text"].as_str().context("a text")?.to_owned());
    }
    Ok(objects)
}

/// The objects are the log, cut every `flush.size` records; their folders are hours of Seoul.
fn check_objects(
    objects: &BTreeMap<String, String>,
    log: &[Value],
    during: &[DateTime<Utc>; 2],
) -> Result<()> {
    let hours: BTreeSet<_> = during
        .iter()
        .map(|at| at.with_timezone(&Seoul).format("year=%Y/month=%m/day=%d/hour=%H").to_string())
        .collect();
    let mut by_offset = BTreeMap::new();
    for (key, text) in objects {
        let name = key.strip_prefix("topics/clickstream/").with_context(|| key.clone())?;
        let (folder, file) = name.rsplit_once('/').with_context(|| key.clone())?;
        ensure!(hours.contains(folder), "{key} is not in {hours:?}");
        let digits = file.strip_prefix("clickstream+0+").and_then(|it| it.strip_suffix(".json"));
        let digits = digits.with_context(|| key.clone())?;
        ensure!(digits.len() == 10, "{key}");
        let events: Vec<Value> =
            text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        by_offset.insert(digits.parse::<usize>()?, events);
    }
    let mut next = 0;
    for (offset, events) in by_offset {
        ensure!(offset == next, "an object begins at {offset} instead of {next}");
        // Only the turn of an hour may close a file early.
        let whole = events.len() == FLUSH_SIZE || hours.len() > 1 && events.len() < FLUSH_SIZE;
        ensure!(whole, "{} records in the object of offset {offset}", events.len());
        next += events.len();
        ensure!(next <= log.len(), "objects hold more than the log");
        ensure!(events == log[offset..next], "the object of offset {offset} is not the log");
    }
    ensure!(next == log.len(), "{next} of {} records are in objects", log.len());
    Ok(())
}
