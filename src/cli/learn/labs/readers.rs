//! The lab of consumer groups.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{Instant, timeout};

use crate::cli::client::fetch::{self, Positions};
use crate::cli::client::member::Member;
use crate::cli::client::{Client, Outgoing, Producer};
use crate::cli::learn::bench::{Bench, Outcome, Scene, TOPIC, local};
use crate::cli::learn::draw;
use crate::cli::learn::process::Started;
use crate::cli::learn::screen::Tone;

/// Records of the lab.
const RECORDS: usize = 20;
/// How long the coordinator waits for the second member of a new group: both are in the first
/// generation.
const DELAY: &str = "group.initial.rebalance.delay.ms=500";
/// How long joining and reading may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a fetch waits for news.
const WAIT: Duration = Duration::from_millis(100);

/// What one consumer got.
struct Reader {
    partitions: Vec<i32>,
    records: usize,
}

/// Two consumers, and who of them gets what.
pub(super) fn groups(bench: &Bench<'_>) -> Result<Outcome> {
    let file = bench.folder.file("server.properties").display().to_string();
    let arguments = ["--config", &file, "--set", DELAY].map(str::to_owned);
    let broker = bench.broker_with(&arguments, &["--s3-port", "off", "--console-port", "off"])?;
    let _broker = match broker {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let mut names = Vec::new();
    for file in ["consumer-1.properties", "consumer-2.properties"] {
        let mut settings = bench.folder.properties(file)?;
        let Some(group) = settings.remove("group.id").filter(|group| !group.is_empty()) else {
            return Ok(Outcome::because(bench.say("no-group", &[("file", file)])));
        };
        names.push(group);
    }
    let address = local(1, bench.port("port")).to_string();
    let read = bench.wait(async { timeout(PATIENCE, read(&address, &names)).await });
    let readers = read.context("the group does not settle")??;
    Ok(judge(bench, &names, &readers))
}

async fn read(address: &str, names: &[String]) -> Result<Vec<Reader>> {
    let mut producer = Producer::new(Client::connect(address).await?, TOPIC).await?;
    let record = |number: usize| Outgoing {
        key: Some(format!("visitor-{number}").into_bytes()),
        value: Some(format!("click {number}").into_bytes()),
        ..Outgoing::default()
    };
    producer.send(&(0..RECORDS).map(record).collect::<Vec<_>>()).await?;
    let (mut one, mut two) = (Client::connect(address).await?, Client::connect(address).await?);
    let topics = [TOPIC.to_owned()];
    let (first, second) = tokio::join!(
        Member::join(&mut one, &names[0], &topics),
        Member::join(&mut two, &names[1], &topics),
    );
    let mut readers = Vec::new();
    for (client, member) in [(&mut one, first?), (&mut two, second?)] {
        let positions: Positions =
            member.assignment.iter().map(|place| (place.clone(), 0)).collect();
        let partitions = member.assignment.iter().map(|(_, partition)| *partition).collect();
        readers.push(Reader { partitions, records: count(client, positions).await? });
        member.leave(client).await?;
    }
    Ok(readers)
}

/// Reads everything that there is.
async fn count(client: &mut Client, mut positions: Positions) -> Result<usize> {
    let give_up = Instant::now() + PATIENCE;
    let mut records = 0;
    while !positions.is_empty() && Instant::now() < give_up {
        let mut handle = |_: &str, _: i32, _: &crate::record::Record<'_>| {
            records += 1;
            Ok(true)
        };
        if fetch::round(client, &mut positions, WAIT, &mut handle).await?.at_end {
            break;
        }
    }
    Ok(records)
}

fn judge(bench: &Bench<'_>, names: &[String], readers: &[Reader]) -> Outcome {
    let mut lines = Vec::new();
    let mut seen: BTreeMap<i32, u32> = BTreeMap::new();
    for (number, reader) in (1..).zip(readers) {
        let partitions: Vec<String> =
            reader.partitions.iter().map(|partition| format!("{TOPIC}-{partition}")).collect();
        for partition in &reader.partitions {
            *seen.entry(*partition).or_default() += 1;
        }
        let (number, records) = (u32::to_string(&number), reader.records.to_string());
        let partitions = match partitions.is_empty() {
            true => bench.word("nothing").to_owned(),
            false => partitions.join(", "),
        };
        let group = &names[number.parse::<usize>().unwrap_or(1) - 1];
        let values = [
            ("number", number.as_str()),
            ("group", group),
            ("partitions", &partitions),
            ("records", &records),
        ];
        let tone = if reader.records == 0 { Tone::Bad } else { Tone::Good };
        lines.push(draw::note(tone, bench.say("consumer", &values)));
    }
    let mut reasons = Vec::new();
    if names[0] != names[1] {
        reasons.push(bench.say("two-groups", &[]));
    } else if seen.len() < readers.len() {
        let count = seen.len().to_string();
        reasons.push(bench.say("too-few-partitions", &[("count", &count)]));
    } else if let Some(idle) = readers.iter().position(|reader| reader.records == 0) {
        reasons.push(bench.say("idle", &[("number", &(idle + 1).to_string())]));
    }
    let scenes = vec![Scene { heading: bench.say("scene-group", &[]), lines }];
    Outcome { scenes, reasons, ..Outcome::default() }
}
