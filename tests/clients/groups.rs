//! Groups: a second process resumes where the first has committed, members share partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::broker;
use crate::client::{CLIENTS, Client};
use crate::harness::Suite;
use crate::kafka;
use crate::process::{PATIENCE, Process};
use crate::record::{Record, from_line, now_ms};

const PARTITIONS: i32 = 4;

/// Two tests for each client.
pub(crate) fn register(suite: &mut Suite) {
    for client in &CLIENTS {
        suite.add(format!("{}::resumes_where_it_committed", client.name), client.runtimes, || {
            resumes_where_it_committed(client)
        });
        suite.add(format!("{}::shares_partitions", client.name), client.runtimes, || {
            shares_partitions(client)
        });
    }
}

fn resumes_where_it_committed(client: &Client) -> Result<()> {
    let broker = broker::shared()?;
    let topic = format!("resumes-{}", client.name);
    kafka::create_topic(broker.bootstrap(), &topic, 1)?;
    let mut records: Vec<_> =
        (0..30).map(|n| Record::plain(&topic, 0, now_ms(), &format!("record {n}"))).collect();
    client.produce(broker.bootstrap(), &mut records)?;
    let first = client.consume(broker.bootstrap(), &topic, &topic, 20)?;
    let second = client.consume(broker.bootstrap(), &topic, &topic, 10)?;
    let offsets: Vec<_> = first.iter().chain(&second).map(|record| record.offset).collect();
    ensure!(offsets == (0..30).collect::<Vec<_>>(), "{offsets:?}");
    for (read, written) in first.iter().chain(&second).zip(&records) {
        ensure!(read.content() == written.content(), "{read:?} is not {written:?}");
    }
    Ok(())
}

fn shares_partitions(client: &Client) -> Result<()> {
    let broker = broker::shared()?;
    let topic = format!("shares-{}", client.name);
    kafka::create_topic(broker.bootstrap(), &topic, PARTITIONS)?;
    let all: BTreeSet<i32> = (0..PARTITIONS).collect();

    let mut first = Member::join(client, broker.bootstrap(), &topic)?;
    until("the only member has every partition", &mut [&mut first], |members| {
        members[0].assigned == all
    })?;
    let mut second = Member::join(client, broker.bootstrap(), &topic)?;
    until("two members share", &mut [&mut first, &mut second], |members| {
        let [first, second] = [&members[0].assigned, &members[1].assigned];
        first.len() == 2 && second.len() == 2 && first.union(second).eq(&all)
    })?;

    let sent = produce(client, broker.bootstrap(), &topic, "shared")?;
    until("both have read theirs", &mut [&mut first, &mut second], |members| {
        members[0].read.len() + members[1].read.len() >= sent.len()
    })?;
    for member in [&first, &second] {
        let from: BTreeSet<_> = member.read.iter().map(|record| record.partition).collect();
        ensure!(from == member.assigned, "read {from:?}, assigned {:?}", member.assigned);
    }

    second.leave()?;
    until("the one that stays has every partition again", &mut [&mut first], |members| {
        members[0].assigned == all
    })?;
    let before = first.read.len();
    let sent_again = produce(client, broker.bootstrap(), &topic, "alone")?;
    until("it has read them all", &mut [&mut first], |members| {
        members[0].read.len() >= before + sent_again.len()
    })?;
    let read = once_each(first.read.iter().chain(&second.read))?;
    ensure!(read == once_each(sent.iter().chain(&sent_again))?, "not what was written: {read:?}");
    first.leave()
}

/// Ten records for each partition.
fn produce(client: &Client, bootstrap: &str, topic: &str, text: &str) -> Result<Vec<Record>> {
    let mut records: Vec<_> = (0..PARTITIONS * 10)
        .map(|n| Record::plain(topic, n % PARTITIONS, now_ms(), &format!("{text} {n}")))
        .collect();
    client.produce(bootstrap, &mut records)?;
    Ok(records)
}

/// Partition and offset to value; an error if a record occurs twice.
fn once_each<'a>(
    records: impl Iterator<Item = &'a Record>,
) -> Result<BTreeMap<(i32, i64), &'a str>> {
    let mut seen = BTreeMap::new();
    for record in records {
        let value = record.value.as_deref().context("a value")?;
        let before = seen.insert((record.partition, record.offset), value);
        ensure!(before.is_none(), "read twice: {record:?}");
    }
    Ok(seen)
}

/// A running member of a group, and what it has said so far.
struct Member {
    process: Option<Process>,
    assigned: BTreeSet<i32>,
    read: Vec<Record>,
}

impl Member {
    fn join(client: &Client, bootstrap: &str, topic: &str) -> Result<Self> {
        let process = client.member(bootstrap, topic, topic)?;
        Ok(Member { process: Some(process), assigned: BTreeSet::new(), read: Vec::new() })
    }

    /// Takes in what it says within a few milliseconds.
    fn listen(&mut self) -> Result<()> {
        while let Some(line) = self.process.as_mut().context("has left")?.line_soon() {
            self.take(&line)?;
        }
        let process = self.process.as_mut().context("has left")?;
        if process.ended().is_some() {
            self.process.take().context("has left")?.finish()?;
        }
        Ok(())
    }

    fn take(&mut self, line: &str) -> Result<()> {
        let said: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        if let Some(assigned) = said.get("assigned") {
            self.assigned = serde_json::from_value(assigned.clone())?;
        } else {
            self.read.push(from_line(line)?);
        }
        Ok(())
    }

    /// Leaves the group in good order.
    fn leave(&mut self) -> Result<()> {
        let mut process = self.process.take().context("has left")?;
        process.close_stdin();
        for line in process.finish()? {
            self.take(&line)?;
        }
        Ok(())
    }
}

/// Listens to `members` until `reached`.
fn until(
    what: &str,
    members: &mut [&mut Member],
    reached: impl Fn(&[&mut Member]) -> bool,
) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !reached(members) {
        if Instant::now() > deadline {
            let state: Vec<_> =
                members.iter().map(|member| (&member.assigned, member.read.len())).collect();
            anyhow::bail!("not within {PATIENCE:?}: {what}; members: {state:?}");
        }
        for member in members.iter_mut() {
            member.listen().with_context(|| format!("waiting until {what}"))?;
        }
    }
    Ok(())
}
