//! What one client writes, in every codec, all the others read, byte for byte.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

use crate::broker;
use crate::client::{CLIENTS, Client};
use crate::harness::Suite;
use crate::kafka;
use crate::record::{CODECS, Record, codecs_in_log, every_shape};

/// A test for each client as the writer, and one as the reader of what all have written.
pub(crate) fn register(suite: &mut Suite) {
    for (index, client) in CLIENTS.iter().enumerate() {
        suite.add(format!("{}::writes_every_codec", client.name), client.runtimes, move || {
            writes_every_codec(index)
        });
        suite.add(format!("{}::reads_what_all_wrote", client.name), client.runtimes, move || {
            reads_what_all_wrote(client)
        });
    }
}

/// Acknowledged offsets are those of the log, and the log's batches are in the codecs asked for.
fn writes_every_codec(index: usize) -> Result<()> {
    let written = written(index)?;
    let mut offsets: Vec<_> = written.iter().map(|record| record.offset).collect();
    offsets.sort_unstable();
    let expected: Vec<_> = (0..i64::try_from(written.len())?).collect();
    ensure!(offsets == expected, "offsets {offsets:?}");
    let partition = i32::try_from(index)?;
    let mut codecs = codecs_in_log(&broker::shared()?.partition_dir(topic()?, partition))?;
    codecs.sort_unstable();
    codecs.dedup();
    let mut expected = CODECS.to_vec();
    expected.sort_unstable();
    ensure!(codecs == expected, "the log holds {codecs:?}");
    Ok(())
}

fn reads_what_all_wrote(client: &Client) -> Result<()> {
    let mut expected: BTreeMap<i32, BTreeMap<i64, &Record>> = BTreeMap::new();
    let mut count = 0;
    for (index, writer) in CLIENTS.iter().enumerate() {
        // A writer whose runtime is missing has been named as skipped by its own test.
        if writer.runtimes.iter().all(|runtime| runtime.prepare().is_ok()) {
            let records = written(index).with_context(|| format!("written by {}", writer.name))?;
            count += records.len();
            for record in records {
                expected.entry(record.partition).or_default().insert(record.offset, record);
            }
        }
    }
    let group = format!("matrix-{}", client.name);
    let read = client.consume(broker::shared()?.bootstrap(), &group, topic()?, count)?;
    let mut next: BTreeMap<i32, i64> = BTreeMap::new();
    for record in &read {
        let offset = next.entry(record.partition).or_default();
        ensure!(record.offset == *offset, "{record:?} instead of offset {offset}");
        *offset += 1;
        let writer = CLIENTS[usize::try_from(record.partition)?].name;
        let wanted = expected
            .get(&record.partition)
            .and_then(|partition| partition.get(&record.offset))
            .with_context(|| format!("{writer} did not write {record:?}"))?;
        ensure!(
            record.content() == wanted.content(),
            "written by {writer} with {}: {wanted:#?}\nread: {record:#?}",
            wanted.codec
        );
    }
    ensure!(read.len() == count, "{} of {count} records", read.len());
    Ok(())
}

/// The topic of this matrix: each writer has a partition of its own.
fn topic() -> Result<&'static str> {
    static CREATED: OnceLock<Result<(), String>> = OnceLock::new();
    let partitions = i32::try_from(CLIENTS.len())?;
    CREATED
        .get_or_init(|| {
            let create =
                || kafka::create_topic(broker::shared()?.bootstrap(), "matrix", partitions);
            create().map_err(|error| format!("{error:#}"))
        })
        .clone()
        .map_err(anyhow::Error::msg)?;
    Ok("matrix")
}

/// What the client has written, with the acknowledged offsets; written on first use.
fn written(index: usize) -> Result<&'static [Record]> {
    type Written = OnceLock<Result<Vec<Record>, String>>;
    static WRITTEN: [Written; CLIENTS.len()] = [const { OnceLock::new() }; CLIENTS.len()];
    let write = || {
        let client = &CLIENTS[index];
        let mut records = every_shape(topic()?, i32::try_from(index)?, client);
        client.produce(broker::shared()?.bootstrap(), &mut records)?;
        anyhow::Ok(records)
    };
    WRITTEN[index]
        .get_or_init(|| write().map_err(|error| format!("{error:#}")))
        .as_deref()
        .map_err(|error| anyhow::anyhow!("{error}"))
}
