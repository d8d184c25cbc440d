//! Hostile input: mutated frames of every API key and version on several connections, while a
//! client works. The process lives, the client sees no error, memory stays small.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::broker::{Broker, Settings};
use crate::client::CLIENTS;
use crate::harness::{Suite, full_length};
use crate::kafka;
use crate::process::PATIENCE;
use crate::record::{every_shape, now_ms};
use crate::rng::Rng;
use crate::samples::{self, ApiSample};
use crate::tripwire::Tripwire;

/// Connections at once.
const ATTACKERS: u64 = 4;

/// Frames that one connection carries before it is closed, unless klamm closes it first.
const FRAMES_PER_CONNECTION: usize = 200;

/// The most memory that klamm may ever have held, in KiB.
const MEMORY_KIB_MAX: u64 = 100 * 1024;

const TOPIC: &str = "orderly";

/// One test.
pub(crate) fn register(suite: &mut Suite) {
    suite.add("hostile::mutated_frames_do_no_harm", &[], || {
        let seed = now_ms().unsigned_abs();
        mutated_frames_do_no_harm(seed).with_context(|| format!("seed {seed}"))
    });
}

fn mutated_frames_do_no_harm(seed: u64) -> Result<()> {
    let frames = if full_length() { 1_000_000 } else { 60_000 };
    let tripwire = Tripwire::bind("127.0.0.1")?;
    let mut broker = with_captured_listener(&tripwire)?;
    let captured = captured_frames(&tripwire)?;
    kafka::create_topic(broker.bootstrap(), TOPIC, 1)?;
    let over = AtomicBool::new(false);
    let address = broker.bootstrap().to_owned();
    std::thread::scope(|scope| {
        let client = scope.spawn(|| orderly_client(&address, &over));
        let attackers: Vec<_> = (0..ATTACKERS)
            .map(|index| {
                let (address, captured) = (&address, &captured);
                let mut attacker = Attacker { captured, rng: Rng::new(seed + index) };
                scope.spawn(move || attacker.attack(address, frames / ATTACKERS as usize))
            })
            .collect();
        let mut outcome = Ok(());
        for attacker in attackers {
            outcome = outcome.and(attacker.join().ok().context("an attacker has panicked")?);
        }
        over.store(true, Ordering::Relaxed);
        let worked = client.join().ok().context("the client has panicked")??;
        outcome?;
        ensure!(worked > 0, "the client had no turn");
        Ok(())
    })?;
    broker.check_alive()?;
    if !crate::broker::against_apache_kafka() {
        let memory = memory_kib_max(broker.pid())?;
        ensure!(memory < MEMORY_KIB_MAX, "klamm held {memory} KiB");
    }
    broker.stop()
}

/// A broker with a second listener, advertised as the tripwire.
fn with_captured_listener(tripwire: &Tripwire) -> Result<Broker> {
    let advertised = format!("PLAINTEXT://127.0.0.1:0,CAPTURED://{}", tripwire.address());
    let property = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let broker = Broker::start(Settings {
        properties: vec![
            property("listeners", "PLAINTEXT://127.0.0.1:0,CAPTURED://127.0.0.1:0"),
            property("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CAPTURED:PLAINTEXT"),
            property("advertised.listeners", &advertised),
        ],
        ..Settings::default()
    })?;
    let listeners = &broker.report().listeners;
    let listener = listeners.iter().find(|each| each.name == "CAPTURED").context("CAPTURED")?;
    tripwire.point_at(&listener.bound)?;
    Ok(broker)
}

/// What a real client sends in a life, frame by frame.
fn captured_frames(tripwire: &Tripwire) -> Result<Vec<Vec<u8>>> {
    let client = CLIENTS.iter().find(|client| client.runtimes.is_empty()).context("a client")?;
    kafka::create_topic(&tripwire.address(), "captured", 1)?;
    let mut records = every_shape("captured", 0, client);
    client.produce(&tripwire.address(), &mut records)?;
    client.consume(&tripwire.address(), "captured", "captured", records.len())?;
    client.metadata(&tripwire.address(), "captured", "captured")?;
    let frames = tripwire.frames();
    ensure!(!frames.is_empty(), "nothing captured");
    Ok(frames)
}

/// Writes numbers and reads them back in order until `over`; how many.
fn orderly_client(bootstrap: &str, over: &AtomicBool) -> Result<u64> {
    let producer: ThreadedProducer<_> =
        kafka::config(bootstrap).set("enable.idempotence", "true").create()?;
    let consumer: BaseConsumer = kafka::config(bootstrap).set("group.id", TOPIC).create()?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(TOPIC, 0, Offset::Beginning)?;
    consumer.assign(&list)?;
    let mut count = 0_u64;
    while !over.load(Ordering::Relaxed) {
        let value = count.to_be_bytes();
        let record = BaseRecord::<(), _>::to(TOPIC).partition(0).payload(&value);
        producer.send(record).map_err(|(error, _)| error)?;
        producer.flush(PATIENCE)?;
        let message = kafka::next(&consumer)?;
        let read = message.payload().context("a value")?;
        ensure!(read == value, "record {count} came back as {read:?}");
        count += 1;
    }
    Ok(count)
}

/// One source of bad frames.
struct Attacker<'a> {
    captured: &'a [Vec<u8>],
    rng: Rng,
}

impl Attacker<'_> {
    fn attack(&mut self, address: &str, frames: usize) -> Result<()> {
        let apis = samples::apis();
        let mut sent = 0;
        while sent < frames {
            let mut stream = TcpStream::connect(address).context("klamm accepts connections")?;
            stream.set_write_timeout(Some(Duration::from_secs(10)))?;
            let mut answers = stream.try_clone()?;
            // Answers are taken, or klamm would rightly stop reading.
            let drain = std::thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(1..) = answers.read(&mut buffer) {}
            });
            for _ in 0..FRAMES_PER_CONNECTION.min(frames - sent) {
                let frame = self.frame(&apis)?;
                sent += 1;
                if stream.write_all(&frame).is_err() {
                    break;
                }
            }
            let _already_closed = stream.shutdown(Shutdown::Both);
            if drain.join().is_err() {
                bail!("the reader has panicked");
            }
        }
        Ok(())
    }

    /// A frame with its length: valid in one of eight cases, mutated in all others.
    fn frame(&mut self, apis: &[ApiSample]) -> Result<Vec<u8>> {
        let mut body = if self.rng.below(2) == 0 {
            apis[self.rng.below(apis.len())].frame(&mut self.rng)?
        } else {
            self.captured[self.rng.below(self.captured.len())].clone()
        };
        if self.rng.below(8) > 0 {
            for _ in 0..=self.rng.below(4) {
                self.mutate(&mut body);
            }
        }
        let mut length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        if self.rng.below(50) == 0 {
            // A length that lies; what follows is read as something else.
            length = self.rng.next() as u32 >> self.rng.below(32);
        }
        let mut frame = length.to_be_bytes().to_vec();
        frame.append(&mut body);
        Ok(frame)
    }

    fn mutate(&mut self, body: &mut Vec<u8>) {
        if body.is_empty() {
            body.push(self.rng.next() as u8);
            return;
        }
        let at = self.rng.below(body.len());
        match self.rng.below(6) {
            0 => body[at] ^= 1 << self.rng.below(8),
            1 => body[at] = self.rng.next() as u8,
            2 => body.truncate(at),
            3 => body.insert(at, self.rng.next() as u8),
            // Lengths and counts are where it hurts: the largest, the most negative.
            4 => {
                let extreme = [0xff, 0x7f, 0x80, 0x00][self.rng.below(4)];
                let end = body.len().min(at + 4);
                body[at..end].fill(extreme);
            }
            _ => {
                let end = at + self.rng.below(body.len() - at);
                let copy = body[at..end].to_vec();
                body.splice(at..at, copy);
            }
        }
    }
}

/// The most memory that a process has ever held, in KiB.
fn memory_kib_max(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("VmHWM")?;
    Ok(line.split_whitespace().nth(1).context("a number")?.parse()?)
}
