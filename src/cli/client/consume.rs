//! `klamm consume`.

use std::borrow::Cow;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat};
use clap::Args;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fetch::{self, Positions, Round};
use super::member::Member;
use super::{Client, Common, groups, offsets, output};
use crate::cli::exit::Exit;
use crate::record::Record;

/// How long a fetch waits for news.
const WAIT: Duration = Duration::from_millis(500);
/// How often a group's progress is committed.
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// How a missing key or value is shown.
const NULL: Cow<'static, str> = Cow::Borrowed("null");

/// `klamm consume ...`
#[derive(Debug, Clone, Args)]
pub struct ConsumeArgs {
    #[command(flatten)]
    common: Common,
    /// What to read
    #[arg(required = true)]
    topics: Vec<String>,
    /// Read as a member of this group, from its committed offsets, and commit
    #[arg(long, short)]
    group: Option<String>,
    /// Where to begin: earliest, latest, an offset, or a time as 2026-05-28T11:54:00+09:00.
    /// With a group only where it has no offset
    #[arg(long, value_name = "WHERE", default_value = "latest", value_parser = parse_start)]
    from: Start,
    /// The same as --from earliest
    #[arg(long, conflicts_with = "from")]
    from_beginning: bool,
    /// Only this partition
    #[arg(long, short, conflicts_with = "group")]
    partition: Option<i32>,
    /// Stop after so many records
    #[arg(long, short = 'n', value_name = "COUNT")]
    max_messages: Option<u64>,
    /// Stop when everything has been read
    #[arg(long, short = 'e')]
    exit_at_end: bool,
    /// Stop when nothing came for so long; exit code 1 if -n was not reached
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// Print partition, offset, time, key and headers too
    #[arg(long, short)]
    verbose: bool,
}

/// Where to begin in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Earliest,
    Latest,
    Offset(i64),
    Time(i64),
}

/// Understands `earliest`, `latest`, an offset or a time.
pub(super) fn parse_start(text: &str) -> Result<Start, String> {
    match text {
        "earliest" | "beginning" => Ok(Start::Earliest),
        "latest" | "end" => Ok(Start::Latest),
        _ => match (text.parse(), DateTime::parse_from_rfc3339(text)) {
            (Ok(offset), _) if offset >= 0 => Ok(Start::Offset(offset)),
            (_, Ok(time)) => Ok(Start::Time(time.timestamp_millis())),
            _ => Err("it is earliest, latest, an offset, or a time with its zone".to_owned()),
        },
    }
}

/// The offset to begin at, for every partition of a topic.
pub(super) async fn starts(
    client: &mut Client,
    topic: &str,
    start: Start,
) -> Result<std::collections::BTreeMap<i32, i64>> {
    match start {
        Start::Earliest => offsets::list(client, topic, offsets::EARLIEST).await,
        Start::Latest => offsets::list(client, topic, offsets::LATEST).await,
        Start::Time(timestamp) => offsets::list(client, topic, timestamp).await,
        Start::Offset(offset) => {
            let leaders = client.leaders(topic, false).await?;
            Ok(leaders.iter().map(|leader| (leader.partition, offset)).collect())
        }
    }
}

pub(super) async fn run(mut args: ConsumeArgs) -> Result<ExitCode> {
    if args.from_beginning {
        args.from = Start::Earliest;
    }
    let mut client = Client::connect(&args.common.bootstrap_server).await?;
    let mut reader = Reader::begin(&mut client, &args).await?;
    let mut printed = 0;
    let outcome = tokio::select! {
        outcome = read(&mut client, &args, &mut reader, &mut printed) => outcome,
        signal = tokio::signal::ctrl_c() => signal.map_err(Into::into),
    };
    // A request may have been cut off in the middle, so its connection is of no use any more.
    for node in client.nodes() {
        client.forget(node);
    }
    let left = reader.end(&mut client).await;
    outcome?;
    left?;
    let short = args.timeout.is_some() && args.max_messages.is_some_and(|max| printed < max);
    if short {
        output::note(&format!("only {printed} records came in time"));
    }
    Ok(if short { Exit::Failure } else { Exit::Success }.into())
}

/// Who reads, from where.
struct Reader {
    member: Option<Member>,
    group: Option<String>,
    start: Start,
    positions: Positions,
    committed: Instant,
}

impl Reader {
    async fn begin(client: &mut Client, args: &ConsumeArgs) -> Result<Reader> {
        let mut reader = Reader {
            member: None,
            group: args.group.clone(),
            start: args.from,
            positions: Positions::new(),
            committed: Instant::now(),
        };
        if let Some(group) = &args.group {
            reader.member = Some(Member::join(client, group, &args.topics).await?);
            reader.take_over(client).await?;
            return Ok(reader);
        }
        for topic in &args.topics {
            for (partition, offset) in starts(client, topic, args.from).await? {
                if args.partition.is_none_or(|wanted| wanted == partition) {
                    reader.positions.insert((topic.clone(), partition), offset);
                }
            }
        }
        anyhow::ensure!(!reader.positions.is_empty(), "there is no such partition");
        Ok(reader)
    }

    /// Positions of a new assignment: what is committed, else where to begin.
    async fn take_over(&mut self, client: &mut Client) -> Result<()> {
        let (Some(member), Some(group)) = (&self.member, &self.group) else { return Ok(()) };
        let committed = groups::committed(client, group).await?;
        self.positions.clear();
        for place in &member.assignment {
            let offset = match committed.get(place) {
                Some(&offset) => offset,
                None => {
                    let starts = starts(client, &place.0, self.start).await?;
                    starts.get(&place.1).copied().context("the partition has gone")?
                }
            };
            self.positions.insert(place.clone(), offset);
        }
        let places: Vec<_> = self
            .positions
            .keys()
            .map(|(topic, partition)| format!("{topic}-{partition}"))
            .collect();
        output::note(&format!("group {group}: reading {}", places.join(" ")));
        Ok(())
    }

    /// Heartbeat, rebalance, commit: what a member owes its group between fetches.
    async fn tend(&mut self, client: &mut Client) -> Result<()> {
        let Some(member) = &mut self.member else { return Ok(()) };
        if !member.heartbeat(client).await? {
            // The commit may come too late for the old generation; then others read again.
            let _ = self.commit(client).await;
            if let Some(member) = &mut self.member {
                member.rejoin(client).await?;
            }
            return self.take_over(client).await;
        }
        if self.committed.elapsed() >= COMMIT_EVERY {
            self.commit(client).await?;
        }
        Ok(())
    }

    async fn commit(&mut self, client: &mut Client) -> Result<()> {
        self.committed = Instant::now();
        let (Some(member), Some(group)) = (&self.member, &self.group) else { return Ok(()) };
        groups::commit(client, group, Some(member.identity()), &self.positions).await
    }

    async fn end(&mut self, client: &mut Client) -> Result<()> {
        self.commit(client).await?;
        match &self.member {
            Some(member) => member.leave(client).await,
            None => Ok(()),
        }
    }
}

async fn read(
    client: &mut Client,
    args: &ConsumeArgs,
    reader: &mut Reader,
    printed: &mut u64,
) -> Result<()> {
    let mut last_news = Instant::now();
    let patience = args.timeout.map(Duration::from_secs_f64);
    if args.max_messages == Some(0) {
        return Ok(());
    }
    loop {
        reader.tend(client).await?;
        let before = *printed;
        let mut handle = |topic: &str, partition: i32, record: &Record<'_>| -> Result<bool> {
            print(args, topic, partition, record)?;
            *printed += 1;
            Ok(args.max_messages.is_none_or(|max| *printed < max))
        };
        let wait = patience.map_or(WAIT, |patience| patience.min(WAIT));
        let Round { stopped, at_end } = if reader.positions.is_empty() {
            // A member without partitions waits for a rebalance.
            tokio::time::sleep(wait).await;
            Round::default()
        } else {
            fetch::round(client, &mut reader.positions, wait, &mut handle).await?
        };
        if *printed > before {
            last_news = Instant::now();
        }
        let waited_enough = patience.is_some_and(|patience| last_news.elapsed() >= patience);
        if stopped || (args.exit_at_end && at_end) || waited_enough {
            return Ok(());
        }
    }
}

fn print(args: &ConsumeArgs, topic: &str, partition: i32, record: &Record<'_>) -> Result<()> {
    if args.common.json {
        let headers: Vec<Value> = record
            .headers
            .iter()
            .map(|header| json!([String::from_utf8_lossy(header.key), readable(header.value)]))
            .collect();
        output::json(&json!({
            "topic": topic,
            "partition": partition,
            "offset": record.offset.0,
            "timestamp": record.timestamp,
            "key": readable(record.key),
            "value": readable(record.value),
            "headers": headers,
        }))?;
        return Ok(());
    }
    let value = record.value.map_or(NULL, String::from_utf8_lossy);
    if !args.verbose {
        return Ok(output::line(&value)?);
    }
    let style = output::Style::of_stdout();
    let place =
        style.dim(&format!("{topic}-{partition}@{} {}", record.offset, time(record.timestamp)));
    let key = record.key.map_or(NULL, String::from_utf8_lossy);
    let mut headers = String::new();
    for header in record.headers.iter() {
        let value = header.value.map_or(NULL, String::from_utf8_lossy);
        headers.push_str(&format!(" {}={value}", String::from_utf8_lossy(header.key)));
    }
    Ok(output::line(&format!("{place} {}{headers} {value}", style.bold(&key)))?)
}

/// Text where it is text, else base64 in an object that says so.
fn readable(bytes: Option<&[u8]>) -> Value {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => Value::Null,
        Some((_, Ok(text))) => Value::from(text),
        Some((bytes, Err(_))) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

fn time(timestamp_ms: i64) -> String {
    DateTime::from_timestamp_millis(timestamp_ms)
        .filter(|_| timestamp_ms >= 0)
        .map_or_else(|| "-".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::{Start, parse_start};

    #[test]
    fn starts_are_words_offsets_and_times() {
        assert_eq!(parse_start("earliest"), Ok(Start::Earliest));
        assert_eq!(parse_start("42"), Ok(Start::Offset(42)));
        assert_eq!(parse_start("1970-01-01T09:00:01+09:00"), Ok(Start::Time(1_000)));
        assert!(parse_start("-1").is_err());
        assert!(parse_start("yesterday").is_err());
    }
}
