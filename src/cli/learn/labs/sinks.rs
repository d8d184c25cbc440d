//! The labs of the S3 sink: objects that do not come, and objects in the wrong folder.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;

use crate::cli::client::{Client, Outgoing, Producer};
use crate::cli::demo::{Object, Watch};
use crate::cli::learn::bench::{Bench, Outcome, Scene, TOPIC};
use crate::cli::learn::clients::{KLAMM, Said};
use crate::cli::learn::draw;
use crate::cli::learn::process::{Process, Started};
use crate::cli::learn::screen::Tone;
use crate::cli::sink;

/// Clicks of lab 9, far fewer than its `flush.size`.
const CLICKS: usize = 20;
/// The longest that lab 9 waits for an object.
const PATIENCE_MAX: Duration = Duration::from_secs(10);
/// How long it goes on looking when nothing says that a file will be closed.
const LOOK: Duration = Duration::from_millis(1500);
/// How long the sink may take to read what is there.
const READ_PATIENCE: Duration = Duration::from_secs(20);
/// When the clicks of lab 10 happened: a quarter to seven in the evening in Seoul, and an hour
/// later.
const TIMES: [&str; 2] = ["2025-05-22T09:45:00Z", "2025-05-22T10:45:00Z"];
/// Where their objects are to be.
const FOLDERS: [&str; 2] =
    ["year=2025/month=05/day=22/hour=18", "year=2025/month=05/day=22/hour=19"];

/// A broker with the learner's connector, and the bucket that it writes to.
struct Pipeline {
    broker: Process,
    watch: Watch,
    objects: Vec<Object>,
}

impl Pipeline {
    /// Starts it and sends the clicks.
    fn start(bench: &Bench<'_>, clicks: &[String]) -> Result<Result<Pipeline, Outcome>> {
        let file = bench.folder.file("s3-sink.properties");
        let settings = bench.folder.properties("s3-sink.properties")?;
        let arguments = ["--connector".to_owned(), file.display().to_string()];
        let ports = ["--listeners", "PLAINTEXT://127.0.0.1:0", "--s3-port", "0"];
        let more = [ports.as_slice(), &["--console-port", "0"]].concat();
        let broker = match bench.broker_with(&arguments, &more)? {
            Started::Up(broker) => broker,
            Started::Refused(refusal) => return Ok(Err(bench.refused(refusal))),
        };
        let bucket = settings.get("s3.bucket.name").map_or("", String::as_str);
        let bucket: PathBuf = broker.report.data_dir.join("s3").join(bucket);
        bench.wait(send(&broker.report.bootstrap_servers, clicks))?;
        Ok(Ok(Pipeline { broker, watch: Watch::new(&bucket), objects: Vec::new() }))
    }

    /// Looks at the bucket until `is_enough` or the time is over.
    fn look(
        &mut self,
        bench: &Bench<'_>,
        patience: Duration,
        is_enough: impl Fn(&[Object]) -> bool,
    ) -> Result<()> {
        let give_up = Instant::now() + patience;
        loop {
            self.objects.extend(self.watch.look()?);
            if is_enough(&self.objects) || Instant::now() > give_up {
                return Ok(());
            }
            bench.pause();
        }
    }

    /// Waits until the sink has read `count` records, or has failed.
    fn wait_until_read(&self, bench: &Bench<'_>, count: usize) -> Result<()> {
        let give_up = Instant::now() + READ_PATIENCE;
        while Instant::now() < give_up {
            let status = self.status()?;
            let tasks = status[0]["tasks"].as_array().cloned().unwrap_or_default();
            let partitions = tasks.iter().flat_map(|task| task["partitions"].as_array());
            let positions = partitions.flatten().map(|it| it["position"].as_u64().unwrap_or(0));
            let has_failed = tasks.iter().any(|task| task["state"] == "FAILED");
            if has_failed || positions.sum::<u64>() >= count as u64 {
                break;
            }
            bench.pause();
        }
        Ok(())
    }

    fn status(&self) -> Result<Value> {
        sink::call(self.broker.console(), "GET", "/api/sink")
    }

    /// What `klamm sink explain` says.
    fn explanation(&self) -> Result<Said> {
        let status = self.status()?;
        let lines = status[0]["explanation"].as_array().cloned().unwrap_or_default();
        let lines = lines.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Said { who: KLAMM, lines })
    }

    fn scene(&self, bench: &Bench<'_>) -> Scene {
        let mut lines: Vec<_> = self
            .objects
            .iter()
            .map(|object| {
                let words = bench.say("records", &[("count", &object.records.to_string())]);
                draw::note(Tone::Plain, format!("{}  {words}", object.key))
            })
            .collect();
        if lines.is_empty() {
            lines.push(draw::note(Tone::Bad, bench.word("bucket-empty")));
        }
        Scene { heading: bench.say("scene-bucket", &[]), lines }
    }
}

async fn send(address: &str, clicks: &[String]) -> Result<()> {
    let mut producer = Producer::new(Client::connect(address).await?, TOPIC).await?;
    let record = |click: &String| Outgoing {
        value: Some(click.clone().into_bytes()),
        ..Outgoing::default()
    };
    producer.send(&clicks.iter().map(record).collect::<Vec<_>>()).await?;
    Ok(())
}

fn click(number: usize, time: &str) -> String {
    format!(r#"{{"path": "/posts/{number}", "tag": "A", "timestamp": "{time}"}}"#)
}

/// Fewer clicks than `flush.size`, and nothing else that closes a file.
pub(super) fn flush_size(bench: &Bench<'_>) -> Result<Outcome> {
    let settings = bench.folder.properties("s3-sink.properties")?;
    let number = |name: &str| settings.get(name).and_then(|text| text.trim().parse::<i64>().ok());
    let clicks: Vec<String> = (0..CLICKS).map(|number| click(number, TIMES[0])).collect();
    let mut pipeline = match Pipeline::start(bench, &clicks)? {
        Ok(pipeline) => pipeline,
        Err(outcome) => return Ok(outcome),
    };
    pipeline.wait_until_read(bench, CLICKS)?;
    let schedule = number("rotate.schedule.interval.ms").filter(|interval| *interval > 0);
    let wait = schedule.map_or(LOOK, |interval| {
        Duration::from_millis(interval.unsigned_abs()).saturating_add(LOOK).min(PATIENCE_MAX)
    });
    let is_enough =
        |objects: &[Object]| objects.iter().map(|it| it.records).sum::<u64>() >= CLICKS as u64;
    pipeline.look(bench, wait, is_enough)?;
    let mut outcome = Outcome { scenes: vec![pipeline.scene(bench)], ..Outcome::default() };
    let seconds = wait.as_secs().max(1).to_string();
    if !is_enough(&pipeline.objects) {
        outcome.said.push(pipeline.explanation()?);
        outcome.reasons.push(bench.say("bucket-waits", &[("seconds", &seconds)]));
        if number("rotate.interval.ms").is_some() && schedule.is_none() {
            outcome.reasons.push(bench.say("record-time", &[]));
        }
        if schedule.is_some_and(|interval| interval.unsigned_abs() > 8_000) {
            outcome.reasons.push(bench.say("too-patient", &[]));
        }
    } else if number("flush.size") != Some(1000) {
        outcome.reasons.push(bench.say("keep-flush-size", &[]));
    }
    Ok(outcome)
}

/// Clicks of two hours, and the folders that they come to.
pub(super) fn path_format(bench: &Bench<'_>) -> Result<Outcome> {
    let clicks: Vec<String> =
        TIMES.iter().flat_map(|time| (0..5).map(|number| click(number, time))).collect();
    let mut pipeline = match Pipeline::start(bench, &clicks)? {
        Ok(pipeline) => pipeline,
        Err(outcome) => return Ok(outcome),
    };
    pipeline.wait_until_read(bench, clicks.len())?;
    let is_enough = |objects: &[Object]| objects.iter().map(|it| it.records).sum::<u64>() >= 10;
    pipeline.look(bench, LOOK, is_enough)?;
    let mut outcome = Outcome { scenes: vec![pipeline.scene(bench)], ..Outcome::default() };
    if pipeline.objects.is_empty() {
        outcome.said.push(pipeline.explanation()?);
        outcome.reasons.push(bench.say("bucket-waits", &[("seconds", "1")]));
        return Ok(outcome);
    }
    for wanted in FOLDERS {
        let folder = format!("topics/{TOPIC}/{wanted}/");
        if !pipeline.objects.iter().any(|object| object.key.starts_with(&folder)) {
            outcome.reasons.push(bench.say("folder-missing", &[("folder", &folder)]));
        }
    }
    let folders = pipeline.objects.iter().filter_map(|object| object.key.rsplit_once('/'));
    if !outcome.is_solved() && folders.clone().any(|(folder, _)| folder.contains("!{")) {
        outcome.reasons.push(bench.say("folder-literal", &[]));
    }
    Ok(outcome)
}
