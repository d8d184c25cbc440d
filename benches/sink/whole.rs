//! The whole program: broker, sink and endpoint in one process, on a topic that is full already,
//! and on one that is just being filled.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use tempfile::TempDir;

use crate::alone::{self, FLUSH_SIZE};
use crate::process::{cpu_seconds, memory_mb};

const PATIENCE: Duration = Duration::from_secs(120);
/// How often files are looked for.
const LOOK: Duration = Duration::from_micros(500);
/// How often `flush.size` is reached in a topic that is just being filled.
const ROUNDS: usize = 20;
const LIVE_FLUSH_SIZE: usize = 1000;

/// Prints what a million small records and what large ones with gzip cost, and how soon an object
/// is there.
pub fn run() {
    full_topic("1000000 records of 100 B, none", 100, 1_000_000, false);
    full_topic("100000 records of 1 KiB, gzip", 1024, 100_000, true);
    filling_topic();
}

/// From the start of the program to the last object of a topic that is in its log.
fn full_topic(name: &str, value_bytes: usize, count: usize, gzips: bool) {
    let values: Vec<Vec<u8>> = (0..1000).map(|number| alone::event(number, value_bytes)).collect();
    let mut klamm = Klamm::new("events", FLUSH_SIZE, gzips);
    klamm.start(false);
    send(&producer(&klamm), "events", &values, count);
    klamm.stop();
    let idle_mb = memory_of_idle(&mut klamm);
    let started = Instant::now();
    klamm.start(true);
    klamm.until_object(0);
    let first = started.elapsed();
    klamm.until_object(count - FLUSH_SIZE);
    let wall = started.elapsed();
    let (cpu, peak_mb) = (cpu_seconds(klamm.pid()), memory_mb(klamm.pid(), "VmHWM"));
    let plain = alone::best(|| alone::plain_loop(&values, count, gzips));
    println!(
        "whole program, {name}: {:.2} s, {cpu:.2} CPU s, {:.0} records/CPU s, {:.2} of a plain loop ({plain:.2} CPU s); \
         first object after {:.0} ms; peak {peak_mb:.0} MB (idle {idle_mb:.0} MB)",
        wall.as_secs_f64(),
        count as f64 / cpu,
        cpu / plain,
        first.as_secs_f64() * 1e3,
    );
}

/// The peak of the program without a sink on the same data.
fn memory_of_idle(klamm: &mut Klamm) -> f64 {
    klamm.start(false);
    let peak_mb = memory_mb(klamm.pid(), "VmHWM");
    klamm.stop();
    peak_mb
}

/// From the sending of the record that fills a file to the object.
fn filling_topic() {
    let values: Vec<Vec<u8>> = (0..1000).map(|number| alone::event(number, 100)).collect();
    let mut klamm = Klamm::new("live", LIVE_FLUSH_SIZE, false);
    klamm.start(true);
    let producer = producer(&klamm);
    let mut took: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            send(&producer, "live", &values, LIVE_FLUSH_SIZE - 1);
            let filled = Instant::now();
            enqueue(&producer, "live", &values[0]);
            klamm.until_object(round * LIVE_FLUSH_SIZE);
            filled.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!(
        "whole program, last record sent to object there: median {:.1} ms, longest {:.1} ms of {ROUNDS}",
        took[ROUNDS / 2],
        took[ROUNDS - 1],
    );
}

type Client = ThreadedProducer<DefaultProducerContext>;

fn producer(klamm: &Klamm) -> Client {
    ClientConfig::new()
        .set("bootstrap.servers", format!("127.0.0.1:{}", klamm.port))
        .set("queue.buffering.max.messages", "2000000")
        .set("linger.ms", "1")
        .create()
        .unwrap()
}

/// Returns when all are acknowledged.
fn send(producer: &Client, topic: &str, values: &[Vec<u8>], count: usize) {
    for index in 0..count {
        enqueue(producer, topic, &values[index % values.len()]);
    }
    producer.flush(PATIENCE).unwrap();
}

/// Returns at once: `flush` looks every 100 ms whether all are acknowledged.
fn enqueue(producer: &Client, topic: &str, value: &[u8]) {
    let record = BaseRecord::<(), _>::to(topic).payload(value);
    producer.send(record.partition(0)).map_err(|(error, _)| error).unwrap();
}

/// The program, with a topic of its own; killed when dropped.
struct Klamm {
    home: TempDir,
    topic: &'static str,
    port: u16,
    extension: &'static str,
    child: Option<Child>,
}

impl Klamm {
    fn new(topic: &'static str, flush_size: usize, gzips: bool) -> Klamm {
        let memory = Path::new("/dev/shm").is_dir().then(|| PathBuf::from("/dev/shm"));
        let base = std::env::var_os("BENCH_DIR").map(PathBuf::from).or(memory);
        let home = tempfile::tempdir_in(base.unwrap_or_else(std::env::temp_dir)).unwrap();
        let (compression, extension) = if gzips { ("gzip", "json.gz") } else { ("none", "json") };
        let connector = format!(
            "name=bench\nconnector.class=io.confluent.connect.s3.S3SinkConnector\ntopics={topic}\n\
             storage.class=io.confluent.connect.s3.storage.S3Storage\ns3.bucket.name=bench\n\
             format.class=io.confluent.connect.s3.format.json.JsonFormat\n\
             value.converter=org.apache.kafka.connect.json.JsonConverter\n\
             value.converter.schemas.enable=false\nflush.size={flush_size}\n\
             s3.compression.type={compression}\n"
        );
        fs::write(home.path().join("sink.properties"), connector).unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        Klamm { home, topic, port, extension, child: None }
    }

    /// Starts it, and waits until it is ready unless there is a sink to watch.
    fn start(&mut self, with_sink: bool) {
        let home = self.home.path();
        let ready = home.join("ready");
        let _absent = fs::remove_file(&ready);
        let other = std::env::var_os("KLAMM_BIN");
        let mut command = Command::new(other.unwrap_or_else(|| env!("CARGO_BIN_EXE_klamm").into()));
        command
            .arg("--data-dir")
            .arg(home.join("data"))
            .arg("--listeners")
            .arg(format!("PLAINTEXT://127.0.0.1:{}", self.port))
            .args(["--s3-port", "0", "--console-port", "0", "--connect-port", "0"])
            .arg("--ready-file")
            .arg(&ready)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if with_sink {
            command.arg("--connector").arg(home.join("sink.properties"));
        }
        self.child = Some(command.spawn().unwrap());
        until(&ready);
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Waits until the object that begins with this offset is in the bucket.
    fn until_object(&self, offset: usize) {
        let (topic, extension) = (self.topic, self.extension);
        let name = format!("{topic}+0+{offset:010}.{extension}");
        let folder = format!("data/s3/bench/topics/{topic}/partition=0");
        until(&self.home.path().join(folder).join(name));
    }

    fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Klamm {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _already_gone = child.kill();
            let _status = child.wait();
        }
    }
}

fn until(path: &Path) {
    let started = Instant::now();
    while !path.exists() {
        assert!(started.elapsed() < PATIENCE, "{} does not come", path.display());
        std::thread::park_timeout(LOOK);
    }
}
