//! The text files with a version, a count and a line per entry (`CheckpointFile`).

use std::fmt::Write;
use std::path::Path;

use super::error::Error;
use super::file_io::{Durability, read_optional, replace};
use crate::base::{LeaderEpoch, Offset, TopicPartition};
use crate::log::EpochEntry;

const VERSION: &str = "0";

/// Reads `topic partition offset` lines. No file: no entries.
pub(super) fn read_offsets(path: &Path) -> Result<Vec<(TopicPartition, Offset)>, Error> {
    read_lines(path, |line| {
        let mut words = line.split_ascii_whitespace();
        let topic = words.next()?;
        let partition = words.next()?.parse().ok()?;
        let offset = words.next()?.parse().ok()?;
        words.next().is_none().then(|| (TopicPartition::new(topic, partition), Offset(offset)))
    })
}

/// Writes `topic partition offset` lines.
pub(super) fn write_offsets<'a>(
    path: &Path,
    entries: impl Iterator<Item = (&'a TopicPartition, Offset)>,
    durability: Durability,
) -> Result<(), Error> {
    let mut lines = String::new();
    let mut count = 0;
    for (partition, offset) in entries {
        let _ = writeln!(lines, "{} {} {offset}", partition.topic, partition.partition);
        count += 1;
    }
    write_lines(path, count, &lines, durability)
}

/// Reads `epoch start-offset` lines. No file: no entries.
pub(super) fn read_epochs(path: &Path) -> Result<Vec<EpochEntry>, Error> {
    read_lines(path, |line| {
        let (epoch, offset) = line.split_once(' ')?;
        Some(EpochEntry {
            epoch: LeaderEpoch(epoch.trim().parse().ok()?),
            start_offset: Offset(offset.trim().parse().ok()?),
        })
    })
}

/// Writes `epoch start-offset` lines.
pub(super) fn write_epochs(
    path: &Path,
    entries: &[EpochEntry],
    durability: Durability,
) -> Result<(), Error> {
    let mut lines = String::new();
    for entry in entries {
        let _ = writeln!(lines, "{} {}", entry.epoch.0, entry.start_offset);
    }
    write_lines(path, entries.len(), &lines, durability)
}

fn write_lines(
    path: &Path,
    count: usize,
    lines: &str,
    durability: Durability,
) -> Result<(), Error> {
    replace(path, format!("{VERSION}\n{count}\n{lines}").as_bytes(), durability)
}

fn read_lines<T>(path: &Path, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
    let Some(content) = read_optional(path)? else {
        return Ok(Vec::new());
    };
    let text =
        std::str::from_utf8(&content).map_err(|_| Error::corrupt(path, "a checkpoint is text"))?;
    let mut lines = text.lines();
    match lines.next() {
        None => return Ok(Vec::new()),
        Some(VERSION) => {}
        Some(other) => {
            return Err(Error::corrupt(path, format!("unknown checkpoint version {other:?}")));
        }
    }
    let count: usize = lines
        .next()
        .and_then(|line| line.trim().parse().ok())
        .ok_or_else(|| Error::corrupt(path, "the second line is no number of entries"))?;
    let mut entries = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let entry = parse(line)
            .ok_or_else(|| Error::corrupt(path, format!("the line {line:?} cannot be read")))?;
        entries.push(entry);
    }
    if entries.len() != count {
        let problem = format!("{count} entries announced, {} found", entries.len());
        return Err(Error::corrupt(path, problem));
    }
    Ok(entries)
}
