//! Brokers side by side, in one run: klamm, Apache Kafka where Java and its jars are at
//! hand, and a program that only moves the same bytes, which is the limit on this machine.
//!
//!     cargo bench --bench brokers                    all sections, three rounds
//!     cargo bench --bench brokers -- --rounds 1 produce fetch
//!
//! `KAFKA_LIBS` names the folder of Apache Kafka's jars; without it `target/kafka-libs` is
//! tried. Everything stays on loopback and in a temporary directory (`BENCH_DIR`; the
//! default is /dev/shm where there is one, so that the disk does not drown the difference).
//!
//! Read `cpu s/GB` first: the CPU seconds of the broker, user and system, for each 10^9
//! bytes moved. On two cores a rate also has the client in it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a measuring program"
)]
#![allow(missing_docs, unreachable_pub, reason = "nobody depends on it")]

mod broker;
mod connection;
mod kafka;
mod limit;
mod load;
mod process;
mod sections;
mod table;

use std::env;

use crate::broker::Kind;
use crate::table::Table;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    if let Some((port, directory)) = limit::asked_for(&arguments) {
        return limit::serve(port, &directory);
    }
    let (rounds, wanted) = parse(&arguments);
    let mut kinds = vec![Kind::Limit, Kind::Klamm];
    match kafka::libs() {
        Some(libs) => kinds.push(Kind::Kafka(libs)),
        None => println!(
            "Apache Kafka is left out: no java, or no jars in KAFKA_LIBS or target/kafka-libs"
        ),
    }
    let mut table = Table::default();
    for round in 0..rounds {
        for section in sections::ALL {
            if wanted.is_empty() || wanted.iter().any(|name| name == section.name) {
                for kind in &kinds {
                    eprintln!("round {} of {rounds}: {} {}", round + 1, section.name, kind.name());
                    (section.run)(kind, &mut table);
                }
            }
        }
    }
    println!("{table}");
}

fn parse(arguments: &[String]) -> (usize, Vec<String>) {
    let mut rounds = 3;
    let mut wanted = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--rounds" => rounds = rest.next().and_then(|n| n.parse().ok()).expect("--rounds N"),
            name => wanted.push(name.to_owned()),
        }
    }
    (rounds, wanted)
}
