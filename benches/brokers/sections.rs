//! What is measured, one function each.

use std::thread;
use std::time::{Duration, Instant};

use crate::broker::{Broker, Kind};
use crate::process::{cpu_seconds, memory_mb, wakeups};
use crate::table::Table;
use crate::{connection::Connection, load};

/// A group of figures.
pub struct Section {
    /// What the command line calls it.
    pub name: &'static str,
    pub run: fn(&Kind, &mut Table),
}

pub const ALL: &[Section] = &[
    Section { name: "start", run: start },
    Section { name: "idle", run: idle },
    Section { name: "produce", run: produce },
    Section { name: "latency", run: latency },
    Section { name: "partitions", run: partitions },
];

const LOAD_BYTES: usize = 600_000_000;
const FILL_BYTES: usize = 100_000_000;
const ROUND_TRIPS: usize = 10_000;
const MANY_PARTITIONS: i32 = 5_000;
const MANY_CONNECTIONS: usize = 1_000;
/// After a start, until everything that happens once has happened.
const SETTLE: Duration = Duration::from_secs(5);
const IDLE_SPAN: Duration = Duration::from_secs(10);

fn start(kind: &Kind, table: &mut Table) {
    let (mut broker, took) = Broker::start(kind);
    table.add("start to first acknowledged record, ms", kind, took);
    if kind.is_limit() {
        return;
    }
    load::settle(broker.port, "fill", load::PARTITIONS);
    load::produce(broker.port, "fill", 16 * 1024, FILL_BYTES, true);
    table.add("stop, ms", kind, broker.stop());
    table.add("start with 100 MB after a stop, ms", kind, broker.spawn("first"));
    load::produce(broker.port, "fill", 16 * 1024, FILL_BYTES, true);
    broker.kill();
    table.add("start with 200 MB after kill -9, ms", kind, broker.spawn("first"));
}

fn idle(kind: &Kind, table: &mut Table) {
    let (broker, _) = Broker::start(kind);
    thread::park_timeout(SETTLE);
    table.add("idle memory, MB", kind, memory_mb(broker.pid(), "VmRSS"));
    let woken = wakeups(broker.pid(), IDLE_SPAN);
    table.add("idle wake-ups a minute", kind, woken * 60.0 / IDLE_SPAN.as_secs_f64());
    if !kind.is_limit() {
        let before = memory_mb(broker.pid(), "VmRSS");
        let connections = load::idle_connections(broker.port, MANY_CONNECTIONS);
        let grown = memory_mb(broker.pid(), "VmRSS") - before;
        table.add("idle connection, KiB", kind, grown * 1e6 / 1024.0 / connections.len() as f64);
    }
}

fn produce(kind: &Kind, table: &mut Table) {
    for (bytes, name) in [(1 << 20, "1 MiB"), (16 * 1024, "16 KiB")] {
        let (broker, _) = Broker::start(kind);
        let checked = !kind.is_limit();
        if checked {
            load::settle(broker.port, "t", load::PARTITIONS);
        }
        load::produce(broker.port, "t", bytes, LOAD_BYTES / 4, checked);
        let (sent, cpu, seconds) =
            measure(&broker, || load::produce(broker.port, "t", bytes, LOAD_BYTES, checked));
        table.add(&format!("produce {name}, cpu s/GB"), kind, cpu / (sent as f64 / 1e9));
        table.add(&format!("produce {name}, MB/s"), kind, sent as f64 / 1e6 / seconds);
        let (read, cpu, _) = measure(&broker, || match kind {
            Kind::Limit => load::fetch_of_limit(broker.port, LOAD_BYTES),
            _ => load::fetch(broker.port, "t"),
        });
        table.add(&format!("fetch of {name} batches, cpu s/GB"), kind, cpu / (read as f64 / 1e9));
        table.add("peak memory under load, MB", kind, memory_mb(broker.pid(), "VmHWM"));
    }
}

/// What `work` moved, the broker's CPU seconds, and the time it took.
fn measure(broker: &Broker<'_>, work: impl FnOnce() -> usize) -> (usize, f64, f64) {
    let (cpu, started) = (cpu_seconds(broker.pid()), Instant::now());
    let bytes = work();
    (bytes, cpu_seconds(broker.pid()) - cpu, started.elapsed().as_secs_f64())
}

fn latency(kind: &Kind, table: &mut Table) {
    let (broker, _) = Broker::start(kind);
    if !kind.is_limit() {
        load::settle(broker.port, "t", 1);
    }
    load::round_trips(broker.port, "t", ROUND_TRIPS / 5);
    let times = load::round_trips(broker.port, "t", ROUND_TRIPS);
    table.add("acknowledge one record, p50 µs", kind, times[times.len() / 2]);
    table.add("acknowledge one record, p99 µs", kind, times[times.len() * 99 / 100]);
}

fn partitions(kind: &Kind, table: &mut Table) {
    if kind.is_limit() {
        return;
    }
    let (mut broker, _) = Broker::start(kind);
    let started = Instant::now();
    let mut connection = Connection::open(broker.port).expect("the broker accepts");
    load::create(&mut connection, "many", MANY_PARTITIONS).expect("the topic can be made");
    load::first_ack(&mut connection, "many").expect("the topic can be used");
    table.add("5,000 partitions usable, ms", kind, started.elapsed().as_secs_f64() * 1e3);
    table.add("5,000 partitions, memory, MB", kind, memory_mb(broker.pid(), "VmRSS"));
    broker.stop();
    table.add("5,000 partitions restarted, ms", kind, broker.spawn("many"));
}
