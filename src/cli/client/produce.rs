//! `klamm produce`, and the producer that the demo uses too.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use clap::{Args, ValueEnum};
use kafka_protocol::messages::ProduceRequest;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::cluster::{error_code, topic_name};
use super::{Client, Common, Leader, output, topics};
use crate::base::ErrorCode;
use crate::cli::exit::Exit;
use crate::record::{BatchBuilder, Compression, Header};

/// Newest Produce version that names topics.
const PRODUCE_VERSION: i16 = 12;
/// How long replicas may take.
const TIMEOUT_MS: i32 = 30_000;
/// A request is sent when it holds this much, or when no further line comes.
const REQUEST_BYTES: usize = 512 * 1024;
/// How long to wait for more to put into it, as Java's `linger.ms`.
const LINGER: Duration = Duration::from_millis(5);
/// Lines read ahead.
const LINES_AHEAD: usize = 10_000;
/// How often a record is tried again while leaders move.
const TRIES: u32 = 50;

/// `klamm produce ...`
#[derive(Debug, Clone, Args)]
pub struct ProduceArgs {
    #[command(flatten)]
    common: Common,
    /// Where to
    topic: String,
    /// Send this instead of the standard input; repeatable
    #[arg(long, short)]
    value: Vec<String>,
    /// Key of every record
    #[arg(long, short)]
    key: Option<String>,
    /// Each line is KEY, this text, VALUE
    #[arg(long, value_name = "TEXT", conflicts_with = "key")]
    key_separator: Option<String>,
    /// Header of every record; repeatable, order and duplicates are kept
    #[arg(long, short = 'H', value_name = "KEY=VALUE")]
    header: Vec<String>,
    /// Send a null value (a tombstone) for the key
    #[arg(long, requires = "key", conflicts_with_all = ["value", "key_separator"])]
    tombstone: bool,
    /// Send to this partition instead of the one of the key
    #[arg(long, short)]
    partition: Option<i32>,
    /// How to compress batches
    #[arg(long, short = 'z', default_value = "none")]
    compression: Codec,
    /// Who must have a record before it counts: all, 1 (the leader) or 0 (nobody)
    #[arg(long, default_value = "all", value_parser = parse_acks)]
    acks: i16,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Codec {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl From<Codec> for Compression {
    fn from(codec: Codec) -> Compression {
        match codec {
            Codec::None => Compression::None,
            Codec::Gzip => Compression::Gzip,
            Codec::Snappy => Compression::Snappy,
            Codec::Lz4 => Compression::Lz4,
            Codec::Zstd => Compression::Zstd,
        }
    }
}

/// A record on its way out.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// Decides the partition, as Java's default partitioner does.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
}

/// A batch that the broker took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The partition.
    pub partition: i32,
    /// Offset of the batch's first record; -1 with acks=0.
    pub base_offset: i64,
    /// Number of records.
    pub count: usize,
}

/// Sends records to one topic.
#[derive(Debug)]
pub struct Producer {
    client: Client,
    topic: String,
    leaders: Vec<Leader>,
    compression: Compression,
    acks: i16,
    partition: Option<i32>,
    /// Where records without a key go next.
    turn: usize,
}

impl Producer {
    /// Finds the topic, and makes it where the cluster does so on demand.
    ///
    /// # Errors
    /// The topic cannot be had.
    pub async fn new(mut client: Client, topic: &str) -> Result<Producer> {
        let leaders = client.leaders(topic, true).await?;
        let (compression, acks) = (Compression::None, -1);
        let topic = topic.to_owned();
        Ok(Producer { client, topic, leaders, compression, acks, partition: None, turn: 0 })
    }

    /// Sends records, waits until all are acknowledged.
    ///
    /// # Errors
    /// The broker refuses them. Those before the refused batch are in.
    pub async fn send(&mut self, records: &[Outgoing]) -> Result<Vec<Delivery>> {
        let mut by_partition: BTreeMap<i32, Vec<&Outgoing>> = BTreeMap::new();
        for record in records {
            let partition = self.partition_of(record)?;
            by_partition.entry(partition).or_default().push(record);
        }
        self.turn = self.turn.wrapping_add(1);
        let mut deliveries = Vec::new();
        for (partition, records) in by_partition {
            let mut batch = BatchBuilder::new().compression(self.compression, None);
            let timestamp = now_ms();
            for record in &records {
                let headers: Vec<_> = record
                    .headers
                    .iter()
                    .map(|(key, value)| Header {
                        key: key.as_bytes(),
                        value: Some(value.as_bytes()),
                    })
                    .collect();
                batch.append(timestamp, record.key.as_deref(), record.value.as_deref(), &headers);
            }
            let base_offset = self.deliver(partition, Bytes::from(batch.build()?)).await?;
            deliveries.push(Delivery { partition, base_offset, count: records.len() });
        }
        Ok(deliveries)
    }

    /// The client, for other work.
    #[must_use]
    pub fn into_client(self) -> Client {
        self.client
    }

    fn partition_of(&self, record: &Outgoing) -> Result<i32> {
        let count = self.leaders.len();
        if let Some(partition) = self.partition {
            let known = self.leaders.iter().any(|leader| leader.partition == partition);
            ensure!(known, "{} has partitions 0 to {}", self.topic, count - 1);
            return Ok(partition);
        }
        let index = match &record.key {
            Some(key) => (murmur2(key) & 0x7fff_ffff) as usize % count,
            None => self.turn % count,
        };
        Ok(self.leaders[index].partition)
    }

    async fn deliver(&mut self, partition: i32, batch: Bytes) -> Result<i64> {
        for attempt in 1.. {
            let node = self.leaders.iter().find(|leader| leader.partition == partition);
            let node = node.map(|leader| leader.node).context("the partition has gone")?;
            let (code, message, offset) = self.request(node, partition, batch.clone()).await?;
            match code {
                ErrorCode::None => return Ok(offset),
                code if code.is_retriable()
                    && attempt < TRIES
                    && code != ErrorCode::CorruptMessage =>
                {
                    sleep(Duration::from_millis(100)).await;
                    self.leaders = self.client.leaders(&self.topic, true).await?;
                }
                code => bail!(
                    "{}-{partition} refuses the records: {code}{}",
                    self.topic,
                    topics::reason(message.as_deref())
                ),
            }
        }
        bail!("unreachable: the loop above returns")
    }

    async fn request(
        &mut self,
        node: i32,
        partition: i32,
        batch: Bytes,
    ) -> Result<(ErrorCode, Option<String>, i64)> {
        let data = PartitionProduceData::default().with_index(partition).with_records(Some(batch));
        let topic = TopicProduceData::default()
            .with_name(topic_name(&self.topic))
            .with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(self.acks)
            .with_timeout_ms(TIMEOUT_MS)
            .with_topic_data(vec![topic]);
        let connection = self.client.broker(node).await?;
        if self.acks == 0 {
            connection.send_only(PRODUCE_VERSION, request).await?;
            return Ok((ErrorCode::None, None, -1));
        }
        let answer = connection.call(PRODUCE_VERSION, |_| request).await?;
        let result = answer
            .responses
            .first()
            .and_then(|topic| topic.partition_responses.first())
            .context("no answer for the partition")?;
        let message = result.error_message.as_deref().map(str::to_owned);
        Ok((error_code(result.error_code), message, result.base_offset))
    }
}

pub(super) async fn run(args: ProduceArgs) -> Result<ExitCode> {
    let headers = args.header.iter().map(|pair| parse_header(pair)).collect::<Result<Vec<_>>>()?;
    let client = Client::connect(&args.common.bootstrap_server).await?;
    let mut producer = Producer::new(client, &args.topic).await?;
    producer.compression = args.compression.into();
    producer.acks = args.acks;
    producer.partition = args.partition;
    let record = |line: &str| -> Result<Outgoing> {
        let (key, value) = match &args.key_separator {
            None => (args.key.clone(), line),
            Some(separator) => {
                let (key, value) = line
                    .split_once(separator.as_str())
                    .with_context(|| format!("`{line}` does not contain `{separator}`"))?;
                (Some(key.to_owned()), value)
            }
        };
        let value = (!args.tombstone).then(|| value.as_bytes().to_vec());
        Ok(Outgoing { key: key.map(String::into_bytes), value, headers: headers.clone() })
    };
    let mut sent = 0;
    if args.tombstone || !args.value.is_empty() {
        let values = if args.tombstone { vec![String::new()] } else { args.value.clone() };
        let records = values.iter().map(|value| record(value)).collect::<Result<Vec<_>>>()?;
        sent += report(&args, &producer.send(&records).await?)?;
    } else {
        let mut lines = read_lines();
        while let Some(first) = lines.recv().await {
            let mut bytes = 0;
            let mut records = Vec::new();
            let mut next = Some(first);
            while let Some(line) = next {
                let line = line.context("cannot read the standard input")?;
                bytes += line.len();
                records.push(record(&line)?);
                next = if bytes < REQUEST_BYTES { soon(&mut lines).await } else { None };
            }
            sent += report(&args, &producer.send(&records).await?)?;
        }
    }
    if !args.common.json {
        let records = if sent == 1 { "record" } else { "records" };
        output::note(&format!("{sent} {records} to {}", args.topic));
    }
    Ok(Exit::Success.into())
}

fn report(args: &ProduceArgs, deliveries: &[Delivery]) -> Result<usize> {
    if args.common.json {
        for delivery in deliveries {
            output::json(&json!({
                "topic": args.topic,
                "partition": delivery.partition,
                "base_offset": delivery.base_offset,
                "count": delivery.count,
            }))?;
        }
    }
    Ok(deliveries.iter().map(|delivery| delivery.count).sum())
}

/// The next line if there is one or comes at once, so that lines that were written together
/// travel together.
async fn soon<T>(lines: &mut mpsc::Receiver<T>) -> Option<T> {
    match lines.try_recv() {
        Ok(line) => Some(line),
        Err(_) => timeout(LINGER, lines.recv()).await.ok().flatten(),
    }
}

/// Reads lines on a thread of its own, as the standard input cannot be read without blocking.
fn read_lines() -> mpsc::Receiver<std::io::Result<String>> {
    let (sender, receiver) = mpsc::channel(LINES_AHEAD);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let failed = line.is_err();
            if sender.blocking_send(line).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

fn parse_acks(text: &str) -> Result<i16, String> {
    match text {
        "all" | "-1" => Ok(-1),
        "1" => Ok(1),
        "0" => Ok(0),
        _ => Err("acks is all, 1 or 0".to_owned()),
    }
}

fn parse_header(pair: &str) -> Result<(String, String)> {
    let (key, value) =
        pair.split_once('=').with_context(|| format!("`{pair}` is not KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The hash of Java's default partitioner (`Utils.murmur2`), so that a key goes to the partition
/// where every other client looks for it.
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ data.len() as u32;
    let (words, tail) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (index, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::murmur2;

    #[test]
    fn keys_hash_as_in_java() {
        // The vectors of Kafka's own UtilsTest.testMurmur2.
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key}");
        }
    }
}
