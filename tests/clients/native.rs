//! The `rdkafka` crate as a client: this binary itself, started again with the command line of
//! `python/contract.py`.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::{Value, json};

use crate::record::{Record, base64, from_line};

/// Names the variable that turns this binary into the client.
const REQUESTED: &str = "KLAMM_TEST_RDKAFKA_CLIENT";

/// Bounds every command but `member`.
const DEADLINE: Duration = Duration::from_secs(90);

/// This binary as the client; the arguments follow.
pub(crate) fn command() -> Command {
    let this = std::env::current_exe().expect("a running program has a path");
    let mut command = Command::new(this);
    command.env(REQUESTED, "1");
    command
}

/// The client's arguments, if this process is to be the client.
pub(crate) fn requested() -> Option<Vec<String>> {
    std::env::var_os(REQUESTED).map(|_| std::env::args().skip(1).collect())
}

/// Runs the client.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["produce", bootstrap] => produce(bootstrap),
        ["consume", bootstrap, group, topic, count] => consume(bootstrap, group, topic, count),
        ["member", bootstrap, group, topic] => member(bootstrap, group, topic),
        ["offsets", bootstrap, topic, partition] => offsets(bootstrap, topic, partition),
        ["metadata", bootstrap, group, topic] => metadata(bootstrap, group, topic),
        _ => Err(anyhow::anyhow!("unknown command {arguments:?}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _closed = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("{error:#}\n").as_bytes(),
            );
            ExitCode::FAILURE
        }
    }
}

/// Collects the offsets that deliveries report, by index.
#[derive(Default)]
struct Deliveries(Mutex<BTreeMap<usize, Result<i64, String>>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, delivery: &DeliveryResult<'_>, index: Box<usize>) {
        let outcome = match delivery {
            Ok(message) => Ok(message.offset()),
            Err((error, _)) => Err(error.to_string()),
        };
        self.0.lock().expect("no holder panics").insert(*index, outcome);
    }
}

fn produce(bootstrap: &str) -> Result<()> {
    let records: Vec<Record> =
        lines_in()?.iter().map(|line| from_line(line)).collect::<Result<_>>()?;
    let mut producers = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        if !producers.contains_key(&record.codec) {
            let producer: ThreadedProducer<Deliveries> = ClientConfig::new()
                .set("bootstrap.servers", bootstrap)
                .set("compression.type", &record.codec)
                .set("linger.ms", "20")
                .create_with_context(Deliveries::default())?;
            producers.insert(record.codec.clone(), producer);
        }
        send(&producers[&record.codec], record, index)?;
    }
    for producer in producers.values() {
        producer.flush(DEADLINE)?;
    }
    for (index, record) in records.iter().enumerate() {
        let delivered = producers[&record.codec].context().0.lock().expect("no holder panics");
        match delivered.get(&index).context("every record is answered")? {
            Ok(offset) => {
                let (topic, partition) = (&record.topic, record.partition);
                println!("{}", json!({"topic": topic, "partition": partition, "offset": offset}));
            }
            Err(error) => bail!("record {index}: {error}"),
        }
    }
    Ok(())
}

fn send(producer: &ThreadedProducer<Deliveries>, record: &Record, index: usize) -> Result<()> {
    let (key, value) = (decode(record.key.as_ref())?, decode(record.value.as_ref())?);
    let mut headers = OwnedHeaders::new();
    for (name, value) in &record.headers {
        let value = decode(value.as_ref())?;
        headers = headers.insert(Header { key: name, value: value.as_ref() });
    }
    let mut message = BaseRecord::with_opaque_to(&record.topic, Box::new(index))
        .partition(record.partition)
        .timestamp(record.timestamp)
        .headers(headers);
    message.key = key.as_ref();
    message.payload = value.as_ref();
    producer.send(message).map_err(|(error, _)| error.into())
}

/// Prints assignments, and keeps what the statistics say of the brokers.
#[derive(Default)]
struct Observer {
    tell_assignments: bool,
    told: Mutex<BTreeMap<&'static str, String>>,
}

impl ClientContext for Observer {
    fn stats(&self, statistics: Statistics) {
        let mut told = self.told.lock().expect("no holder panics");
        for broker in statistics.brokers.values() {
            if broker.name == "GroupCoordinator" && !matches!(broker.nodename.as_str(), "" | ":0") {
                told.insert("coordinator", broker.nodename.clone());
            }
        }
    }
}

impl ConsumerContext for Observer {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if self.tell_assignments {
            let mut partitions: Vec<_> = match rebalance {
                Rebalance::Assign(list) => {
                    list.elements().iter().map(|element| element.partition()).collect()
                }
                _ => Vec::new(),
            };
            partitions.sort_unstable();
            println!("{}", json!({ "assigned": partitions }));
        }
    }
}

fn consumer(bootstrap: &str, group: &str, observer: Observer) -> Result<BaseConsumer<Observer>> {
    let config = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .set("statistics.interval.ms", "100")
        .clone();
    Ok(config.create_with_context(observer)?)
}

fn consume(bootstrap: &str, group: &str, topic: &str, count: &str) -> Result<()> {
    let consumer = consumer(bootstrap, group, Observer::default())?;
    consumer.subscribe(&[topic])?;
    let deadline = Instant::now() + DEADLINE;
    let mut positions = TopicPartitionList::new();
    let mut left: usize = count.parse()?;
    while left > 0 {
        ensure!(Instant::now() < deadline, "too few records");
        // None also after a rebalance, however much time is left.
        let Some(message) = consumer.poll(Duration::from_secs(1)) else { continue };
        let message = message?;
        left -= 1;
        out_message(&message)?;
        let (partition, next) = (message.partition(), Offset::Offset(message.offset() + 1));
        if positions.set_partition_offset(topic, partition, next).is_err() {
            positions.add_partition_offset(topic, partition, next)?;
        }
    }
    Ok(consumer.commit(&positions, CommitMode::Sync)?)
}

fn member(bootstrap: &str, group: &str, topic: &str) -> Result<()> {
    let ended = Arc::new(Mutex::new(false));
    let reader = Arc::clone(&ended);
    std::thread::spawn(move || {
        let _end = std::io::stdin().read_to_end(&mut Vec::new());
        *reader.lock().expect("no holder panics") = true;
    });
    let observer = Observer { tell_assignments: true, ..Observer::default() };
    let consumer = consumer(bootstrap, group, observer)?;
    consumer.subscribe(&[topic])?;
    while !*ended.lock().expect("no holder panics") {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            let message = message?;
            out_message(&message)?;
            consumer.commit_message(&message, CommitMode::Sync)?;
        }
    }
    Ok(())
}

fn offsets(bootstrap: &str, topic: &str, partition: &str) -> Result<()> {
    let consumer = consumer(bootstrap, "offsets", Observer::default())?;
    let partition = partition.parse()?;
    let (earliest, latest) = consumer.fetch_watermarks(topic, partition, DEADLINE)?;
    for line in lines_in()? {
        let at: Value = serde_json::from_str(&line)?;
        let offset = match at.as_str() {
            Some("earliest") => Some(earliest),
            Some("latest") => Some(latest),
            _ => {
                let millis = Offset::Offset(at.as_i64().context("milliseconds")?);
                let mut asked = TopicPartitionList::new();
                asked.add_partition_offset(topic, partition, millis)?;
                let found = consumer.offsets_for_times(asked, DEADLINE)?;
                found.find_partition(topic, partition).and_then(|found| match found.offset() {
                    Offset::Offset(offset) => Some(offset),
                    _ => None,
                })
            }
        };
        println!("{}", json!({"at": at, "offset": offset}));
    }
    Ok(())
}

/// librdkafka tells which coordinator it found only in its statistics, and never asks
/// DescribeCluster by itself.
fn metadata(bootstrap: &str, group: &str, topic: &str) -> Result<()> {
    let consumer = consumer(bootstrap, group, Observer::default())?;
    let metadata = consumer.fetch_metadata(Some(topic), DEADLINE)?;
    let brokers: Vec<_> =
        metadata.brokers().iter().map(|each| format!("{}:{}", each.host(), each.port())).collect();
    println!("{}", json!({ "metadata": brokers }));
    consumer.subscribe(&[topic])?;
    let deadline = Instant::now() + DEADLINE;
    loop {
        ensure!(Instant::now() < deadline, "no coordinator");
        let _record = consumer.poll(Duration::from_millis(50)).transpose()?;
        let told = consumer.context().told.lock().expect("no holder panics");
        if let Some(coordinator) = told.get("coordinator") {
            println!("{}", json!({ "coordinator": [coordinator] }));
            return Ok(());
        }
    }
}

fn out_message(message: &BorrowedMessage<'_>) -> Result<()> {
    let mut headers = Vec::new();
    if let Some(all) = message.headers() {
        headers.extend(all.iter().map(|each| (each.key.to_owned(), each.value.map(base64))));
    }
    let record = Record {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        codec: String::new(),
        offset: message.offset(),
        timestamp: message.timestamp().to_millis().context("a timestamp")?,
        key: message.key().map(base64),
        value: message.payload().map(base64),
        headers,
    };
    println!("{}", serde_json::to_string(&record)?);
    Ok(())
}

fn lines_in() -> Result<Vec<String>> {
    Ok(std::io::stdin().lock().lines().collect::<Result<_, _>>()?)
}

fn decode(text: Option<&String>) -> Result<Option<Vec<u8>>> {
    Ok(text.map(|text| STANDARD.decode(text)).transpose()?)
}
