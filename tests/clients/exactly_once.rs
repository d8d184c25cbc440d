//! Exactly once: `kill -9` of the sink and of the endpoint at random moments, an endpoint that is
//! dead or refuses; the bucket ends up byte for byte as that of an undisturbed run over the same
//! log.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use serde_json::Value;
use tempfile::TempDir;

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::{Suite, full_length};
use crate::kafka;
use crate::process::{PATIENCE, Process};
use crate::proxy::{Mood, Proxy};
use crate::rng::Rng;

const TOPIC: &str = "orders";
const PARTITIONS: i32 = 2;
/// Records between two disturbances, at most.
const LOAD_MAX: usize = 120;
/// Looks of some milliseconds between two disturbances, at most.
const TICKS_MAX: usize = 60;

/// Partitioners that depend on nothing but the record.
const PARTITIONERS: &[(&str, &str)] = &[
    ("default", "partitioner.class=DefaultPartitioner\nflush.size=25"),
    ("field", "partitioner.class=FieldPartitioner\npartition.field.name=country\nflush.size=40"),
    (
        "time",
        "partitioner.class=TimeBasedPartitioner\npartition.duration.ms=3600000\n\
         path.format='year'=YYYY/'month'=MM/'day'=dd/'hour'=HH\nlocale=en\ntimezone=Asia/Seoul\n\
         timestamp.extractor=RecordField\ntimestamp.field=at\nflush.size=30\n\
         rotate.interval.ms=7200000\nrotate.file.on.partition.change=false",
    ),
];

const FORMATS: &[(&str, &str)] = &[
    ("json", "format.class=JsonFormat\ns3.compression.type=gzip"),
    (
        "bytearray",
        "format.class=ByteArrayFormat\nvalue.converter=ByteArrayConverter\n\
         timestamp.extractor=Record",
    ),
    ("avro", "format.class=AvroFormat\navro.codec=deflate"),
    ("parquet", "format.class=ParquetFormat"),
];

/// Bytes have no fields: the connector, too, refuses them with `FieldPartitioner`.
const BYTES_BY_DAY: &str = "partitioner.class=DailyPartitioner\nlocale=en\n\
    timezone=America/Los_Angeles\nflush.size=35\nstore.kafka.keys=true\n\
    keys.format.class=JsonFormat\nkey.converter=StringConverter\ns3.compression.type=gzip";

pub(crate) fn register(suite: &mut Suite) {
    if !against_apache_kafka() {
        suite.add("exactly_once::kills_change_no_byte", &[], || {
            let kills = if full_length() { 200 } else { 10 };
            let seed = crate::record::now_ms().unsigned_abs();
            kills_change_no_byte(kills, &mut Rng::new(seed)).with_context(|| format!("seed {seed}"))
        });
    }
}

fn kills_change_no_byte(kills: usize, rng: &mut Rng) -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut world = World::start(&home)?;
    kafka::create_topic(world.sink.bootstrap(), TOPIC, PARTITIONS)?;
    let mut load = Load::start(world.sink.bootstrap())?;
    let mut killed = 0;
    while killed < kills {
        load.send(1 + rng.below(LOAD_MAX))?;
        world.disturb(rng, &mut killed)?;
    }
    load.producer.flush(PATIENCE)?;
    world.proxy.set(Mood::Open);
    let ends = ends(world.sink.bootstrap())?;
    ensure!(ends.iter().sum::<i64>() == load.sent, "{ends:?} for {} records", load.sent);
    world.until_written(&ends)?;
    let disturbed = world.objects("disturbed");

    world.restart_sink(write_connectors(&home, "calm", &world)?)?;
    world.until_written(&ends)?;
    let calm = world.objects("calm");
    compare(&disturbed, &calm)?;
    for name in connectors().keys() {
        let objects = calm.keys().filter(|key| key.starts_with(name)).count();
        ensure!(objects > 5, "only {objects} objects of {name}");
    }
    println!("{killed} kills, {} records, {} objects: the same bytes", load.sent, calm.len());
    world.sink.stop()?;
    world.store.stop()
}

/// The same keys, the same bytes.
fn compare(disturbed: &Objects, calm: &Objects) -> Result<()> {
    for (key, bytes) in calm {
        let found = disturbed.get(key).with_context(|| format!("{key} is missing"))?;
        ensure!(
            found == bytes,
            "{key} holds {} other bytes instead of {}",
            found.len(),
            bytes.len()
        );
    }
    let more = disturbed.keys().find(|key| !calm.contains_key(*key));
    ensure!(more.is_none(), "{more:?} should not be there");
    Ok(())
}

/// Key to content.
type Objects = BTreeMap<String, Vec<u8>>;

/// The settings of every connector, by name.
fn connectors() -> BTreeMap<String, String> {
    let mut connectors = BTreeMap::new();
    for (partitioner, folders) in PARTITIONERS {
        for (format, bytes) in FORMATS {
            let name = format!("{partitioner}-{format}");
            let folders = match (*partitioner, *format) {
                ("field", "bytearray") => BYTES_BY_DAY,
                _ => folders,
            };
            connectors.insert(name, format!("{folders}\n{bytes}\n"));
        }
    }
    connectors
}

/// Writes the connectors' files for `bucket`; klamm's arguments for them.
fn write_connectors(home: &TempDir, bucket: &str, world: &World) -> Result<Vec<String>> {
    let report = world.store.report();
    let (key, secret) = (&report.s3_access_key, &report.s3_secret_key);
    let mut arguments = Vec::new();
    for (name, lines) in connectors() {
        let mut text = String::new();
        writeln!(text, "name={bucket}-{name}\nconnector.class=S3Sink\ntopics={TOPIC}")?;
        writeln!(text, "storage.class=S3Storage\ns3.bucket.name={bucket}\ntopics.dir={name}")?;
        writeln!(text, "store.url={}\nklamm.bucket.create=true", world.proxy.url())?;
        writeln!(text, "aws.access.key.id={}", key.as_ref().context("a key")?)?;
        writeln!(text, "aws.secret.access.key={}", secret.as_ref().context("a secret")?)?;
        writeln!(text, "retry.backoff.ms=50\ns3.retry.backoff.ms=5")?;
        if !lines.contains("value.converter=") {
            writeln!(text, "value.converter=org.apache.kafka.connect.json.JsonConverter")?;
        }
        text.push_str(&lines);
        let path = home.path().join(format!("{bucket}-{name}.properties"));
        fs::write(&path, text)?;
        arguments.extend(["--connector".to_owned(), path.display().to_string()]);
    }
    Ok(arguments)
}

/// A broker with its sinks, and an endpoint that is another process behind a proxy.
struct World {
    sink: Broker,
    store: Broker,
    proxy: Proxy,
}

impl World {
    fn start(home: &TempDir) -> Result<Self> {
        let store = Broker::start(Settings::default())?;
        let endpoint = store.report().s3_endpoint.clone().context("an endpoint")?;
        let proxy = Proxy::start(&endpoint)?;
        // The records are years old: retention would take them away while they are read.
        let forever = ("log.retention.ms".to_owned(), "-1".to_owned());
        let sink = Broker::start(Settings { properties: vec![forever], ..Settings::default() })?;
        let mut world = World { sink, store, proxy };
        world.restart_sink(write_connectors(home, "disturbed", &world)?)?;
        Ok(world)
    }

    /// Ends the broker in order; its sinks are those of `arguments` then.
    fn restart_sink(&mut self, arguments: Vec<String>) -> Result<()> {
        self.sink.stop()?;
        self.sink.restart_with(arguments)
    }

    /// Lets a random time pass, then something bad happen.
    fn disturb(&mut self, rng: &mut Rng, killed: &mut usize) -> Result<()> {
        for _ in 0..rng.below(TICKS_MAX) {
            self.sink.tick()?;
        }
        match rng.below(10) {
            0..=5 => {
                self.sink.kill();
                self.sink.restart()?;
                *killed += 1;
            }
            6 => {
                self.store.kill();
                self.store.restart()?;
                let endpoint = self.store.report().s3_endpoint.as_ref();
                self.proxy.lead_to(endpoint.context("an endpoint")?)?;
                *killed += 1;
            }
            7 => self.proxy.set(Mood::Dead),
            8 => self.proxy.set(Mood::Refusing(503, "SlowDown")),
            _ => self.proxy.set(Mood::Refusing(403, "AccessDenied")),
        }
        if rng.below(3) > 0 {
            self.proxy.set(Mood::Open);
        }
        Ok(())
    }

    /// Waits until every connector has read everything and nothing is on its way to the bucket;
    /// gives up when none of them gets on.
    fn until_written(&mut self, ends: &[i64]) -> Result<()> {
        let is_written = |connector: &&Value| {
            let partitions = &connector["tasks"][0]["partitions"];
            connector["state"] == "RUNNING"
                && ends.iter().enumerate().all(|(partition, end)| {
                    let partition = &partitions[partition];
                    partition["position"] == *end && partition["uploading_files"] == 0
                })
        };
        let mut deadline = Instant::now() + PATIENCE;
        let mut written = 0;
        loop {
            let status = self.status()?;
            let connectors = status.as_array().context("a list")?;
            let late = connectors.iter().find(|connector| !is_written(connector));
            let Some(late) = late else { return Ok(()) };
            let numbers = connectors.iter().map(|each| each["metrics"]["records_written"].as_u64());
            let sum = numbers.sum::<Option<u64>>().context("numbers of records")?;
            if sum != written {
                (written, deadline) = (sum, Instant::now() + PATIENCE);
            }
            if Instant::now() > deadline {
                bail!("{ends:?} are the ends of the log: {late:#}");
            }
            self.sink.tick()?;
        }
    }

    /// What `klamm sink status` says.
    fn status(&self) -> Result<Value> {
        let console = self.sink.report().console.as_ref().context("a console")?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_klamm"));
        command.args(["sink", "status", "--json", "--console", console]);
        let lines = Process::run("klamm sink status", &mut command, "")?;
        Ok(serde_json::from_str(&lines.join("\n"))?)
    }

    /// The files that the endpoint keeps of a bucket: the objects and nothing else.
    fn objects(&self, bucket: &str) -> Objects {
        let mut objects = Objects::new();
        let folder = self.store.data_dir().join("s3").join(bucket);
        collect(&folder, &folder, &mut objects);
        objects
    }
}

fn collect(top: &Path, folder: &Path, objects: &mut Objects) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            collect(top, &path, objects);
        } else {
            let key = path.strip_prefix(top).unwrap_or(&path).display().to_string();
            objects.insert(key, fs::read(&path).unwrap_or_default());
        }
    }
}

/// The offset of the next record of every partition.
fn ends(bootstrap: &str) -> Result<Vec<i64>> {
    let consumer: BaseConsumer = kafka::config(bootstrap).create()?;
    (0..PARTITIONS)
        .map(|partition| Ok(consumer.fetch_watermarks(TOPIC, partition, PATIENCE)?.1))
        .collect()
}

/// A producer whose records arrive once, whatever happens to the broker.
struct Load {
    producer: ThreadedProducer<DefaultProducerContext>,
    sent: i64,
}

impl Load {
    fn start(bootstrap: &str) -> Result<Self> {
        let producer = kafka::config(bootstrap)
            .set("enable.idempotence", "true")
            .set("retry.backoff.ms", "10")
            .set("retry.backoff.max.ms", "50")
            .create()?;
        Ok(Load { producer, sent: 0 })
    }

    /// Hands `count` records over; does not wait for them to arrive.
    fn send(&mut self, count: usize) -> Result<()> {
        const COUNTRIES: [&str; 3] = ["KR", "US", "Côte d'Ivoire"];
        for _ in 0..count {
            let number = self.sent;
            // Late by up to three hours: several folders are open at once.
            let at = 1_718_000_000_000 + number * 20_000 - number % 7 * 1_800_000;
            let country = COUNTRIES[usize::try_from(number % 3)?];
            let key = format!("order-{}", number % 100);
            let record = serde_json::json!({
                "schema": {"type": "struct", "name": "shop.Order", "fields": [
                    {"field": "id", "type": "int64"},
                    {"field": "at", "type": "int64"},
                    {"field": "country", "type": "string"},
                    {"field": "note", "type": "string", "optional": true},
                ]},
                "payload": {"id": number, "at": at, "country": country,
                    "note": (number % 2 == 0).then(|| format!("note {number}"))},
            });
            let value = record.to_string();
            let record = BaseRecord::to(TOPIC)
                .partition(i32::try_from(number % i64::from(PARTITIONS))?)
                .timestamp(at)
                .key(&key)
                .payload(&value);
            self.producer.send(record).map_err(|(error, _)| error)?;
            self.sent += 1;
        }
        Ok(())
    }
}
