//! `kill -9` under load: every acknowledged record is there, at its offset, in order, and once
//! where the producer is idempotent; a restart shows them within a second.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::{Suite, full_length};
use crate::kafka;
use crate::process::PATIENCE;
use crate::rng::Rng;

const TOPIC: &str = "crash";

/// Of the work of one producer between two kills, in records.
const LOAD_MAX: usize = 2000;

/// The time that a restarted broker may take until the last acknowledged records are read.
const RESTART_MAX: Duration = Duration::from_secs(1);

/// One test for both kinds of producers at once.
pub(crate) fn register(suite: &mut Suite) {
    suite.add("crash::acknowledged_records_survive_kill_9", &[], survives);
}

fn survives() -> Result<()> {
    let seed = crate::record::now_ms().unsigned_abs();
    let rounds = if full_length() { 50 } else { 10 };
    survives_rounds(rounds, &mut Rng::new(seed)).with_context(|| format!("seed {seed}"))
}

fn survives_rounds(rounds: usize, rng: &mut Rng) -> Result<()> {
    let mut broker = Broker::start(Settings::default())?;
    kafka::create_topic(broker.bootstrap(), TOPIC, 2)?;
    let idempotent = Load::start(broker.bootstrap(), 0, true)?;
    let plain = Load::start(broker.bootstrap(), 1, false)?;
    let mut restarts = Vec::new();
    for _ in 0..rounds {
        let more = 1 + rng.below(LOAD_MAX);
        for load in [&idempotent, &plain] {
            load.until_acknowledged(more)?;
        }
        broker.kill();
        let killed = Instant::now();
        broker.restart()?;
        for load in [&idempotent, &plain] {
            load.last_is_readable(broker.bootstrap())?;
        }
        restarts.push(killed.elapsed());
    }
    let (sent, acknowledged) = idempotent.finish()?;
    let log = read_all(broker.bootstrap(), 0, acknowledged.len())?;
    for (index, (offset, value)) in log.iter().enumerate() {
        ensure!(*value == index as u64, "offset {offset} holds {value}, the {index}th sent");
    }
    ensure!(log.len() == sent, "{} of {sent} records of the idempotent producer", log.len());
    check_acknowledged(&log, &acknowledged)?;

    let (_, acknowledged) = plain.finish()?;
    let log = read_all(broker.bootstrap(), 1, acknowledged.len())?;
    check_acknowledged(&log, &acknowledged)?;

    restarts.sort_unstable();
    let median = restarts[restarts.len() / 2];
    let quick = median < RESTART_MAX || against_apache_kafka();
    ensure!(quick, "after a restart, records are there after {restarts:?}");
    Ok(())
}

/// Every acknowledged record is at the offset that was acknowledged.
fn check_acknowledged(log: &BTreeMap<i64, u64>, acknowledged: &BTreeMap<i64, u64>) -> Result<()> {
    for (offset, value) in acknowledged {
        let found = log.get(offset);
        ensure!(found == Some(value), "offset {offset} holds {found:?}, acknowledged was {value}");
    }
    Ok(())
}

/// The numbers in a partition, by offset, from its beginning to its end.
fn read_all(bootstrap: &str, partition: i32, at_least: usize) -> Result<BTreeMap<i64, u64>> {
    let consumer: BaseConsumer = kafka::config(bootstrap).set("group.id", "reader").create()?;
    let (low, high) = consumer.fetch_watermarks(TOPIC, partition, PATIENCE)?;
    ensure!(low == 0 && high >= i64::try_from(at_least)?, "offsets {low} to {high}");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(TOPIC, partition, Offset::Beginning)?;
    consumer.assign(&list)?;
    let mut log = BTreeMap::new();
    while i64::try_from(log.len())? < high {
        let message = kafka::next(&consumer).context("before the end of the log")?;
        log.insert(message.offset(), number(message.payload())?);
    }
    Ok(log)
}

fn number(payload: Option<&[u8]>) -> Result<u64> {
    let bytes = payload.and_then(<[u8]>::first_chunk).context("eight bytes")?;
    Ok(u64::from_be_bytes(*bytes))
}

/// A producer that sends 0, 1, 2, ... to one partition as fast as it may.
struct Load {
    producer: Arc<ThreadedProducer<Acknowledged>>,
    partition: i32,
    sender: std::thread::JoinHandle<Result<usize>>,
}

/// What was acknowledged, and whether to go on.
#[derive(Default)]
struct Acknowledged {
    state: Mutex<State>,
    changed: Condvar,
    /// A producer that repeats without a producer id may lose its records' turn: not an error.
    idempotent: bool,
}

#[derive(Default)]
struct State {
    /// Offset to value.
    records: BTreeMap<i64, u64>,
    failed: Option<String>,
    stopping: bool,
}

impl ClientContext for Acknowledged {
    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            self.fail(format!("{error}: {reason}"));
        }
    }
}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = Box<u64>;

    fn delivery(&self, delivery: &DeliveryResult<'_>, value: Box<u64>) {
        match delivery {
            Ok(message) => {
                let mut state = self.state.lock().expect("no holder panics");
                if state.records.insert(message.offset(), *value).is_some() {
                    state.failed = Some(format!("offset {} twice", message.offset()));
                }
                self.changed.notify_all();
            }
            Err((error, _)) if self.idempotent => self.fail(format!("record {value}: {error}")),
            // Not acknowledged: nothing was promised.
            Err(_) => self.changed.notify_all(),
        }
    }
}

impl Acknowledged {
    fn fail(&self, why: String) {
        self.state.lock().expect("no holder panics").failed = Some(why);
        self.changed.notify_all();
    }
}

impl Load {
    fn start(bootstrap: &str, partition: i32, idempotent: bool) -> Result<Self> {
        let producer: ThreadedProducer<Acknowledged> = kafka::config(bootstrap)
            .set("enable.idempotence", idempotent.to_string())
            .set("acks", "all")
            .set("linger.ms", "1")
            .set("batch.num.messages", "200")
            .set("queue.buffering.max.messages", "5000")
            .set("retry.backoff.ms", "10")
            .set("retry.backoff.max.ms", "50")
            .create_with_context(Acknowledged { idempotent, ..Acknowledged::default() })?;
        let producer = Arc::new(producer);
        let sending = Arc::clone(&producer);
        let sender = std::thread::spawn(move || send_all(&sending, partition));
        Ok(Load { producer, partition, sender })
    }

    /// Waits until `more` records are acknowledged beyond those that are now.
    fn until_acknowledged(&self, more: usize) -> Result<()> {
        let context = self.producer.context();
        let state = context.state.lock().expect("no holder panics");
        let wanted = state.records.len() + more;
        let (state, timeout) = context
            .changed
            .wait_timeout_while(state, PATIENCE, |state| {
                state.failed.is_none() && state.records.len() < wanted
            })
            .expect("no holder panics");
        if let Some(why) = &state.failed {
            bail!("partition {}: {why}", self.partition);
        }
        ensure!(!timeout.timed_out(), "no acknowledgements within {PATIENCE:?}");
        Ok(())
    }

    /// Reads the record that was acknowledged last, as a client that has just arrived.
    fn last_is_readable(&self, bootstrap: &str) -> Result<()> {
        let state = self.producer.context().state.lock().expect("no holder panics");
        let (offset, value) = state.records.last_key_value().context("nothing acknowledged")?;
        let (offset, value) = (*offset, *value);
        drop(state);
        let consumer: BaseConsumer = kafka::config(bootstrap).set("group.id", "reader").create()?;
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(TOPIC, self.partition, Offset::Offset(offset))?;
        consumer.assign(&list)?;
        let message = kafka::next(&consumer)?;
        let found = (message.offset(), number(message.payload())?);
        ensure!(found == (offset, value), "{found:?} instead of {:?}", (offset, value));
        Ok(())
    }

    /// Stops sending, waits for every answer; the number of records sent and the acknowledged.
    fn finish(self) -> Result<(usize, BTreeMap<i64, u64>)> {
        let context = self.producer.context();
        context.state.lock().expect("no holder panics").stopping = true;
        context.changed.notify_all();
        let sent = self.sender.join().ok().context("the sender has panicked")??;
        self.producer.flush(PATIENCE)?;
        let mut state = context.state.lock().expect("no holder panics");
        if let Some(why) = &state.failed {
            bail!("partition {}: {why}", self.partition);
        }
        Ok((sent, std::mem::take(&mut state.records)))
    }
}

/// Sends until told to stop; the number of records sent.
fn send_all(producer: &ThreadedProducer<Acknowledged>, partition: i32) -> Result<usize> {
    let context = producer.context();
    let mut value = 0_u64;
    while !context.state.lock().expect("no holder panics").stopping {
        let mut payload = [b'.'; 100];
        payload[..8].copy_from_slice(&value.to_be_bytes());
        let record = BaseRecord::<(), _, _>::with_opaque_to(TOPIC, Box::new(value))
            .partition(partition)
            .payload(&payload);
        match producer.send(record) {
            Ok(()) => value += 1,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                let state = context.state.lock().expect("no holder panics");
                // Also ends when the broker is gone for a while: then this loop asks again.
                let _woken = context.changed.wait_timeout(state, Duration::from_millis(100));
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
    Ok(usize::try_from(value)?)
}
