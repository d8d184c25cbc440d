//! Real Kafka clients and tools against a running klamm.
//!
//! One test per client and theme. Each client is a small program with the command line of
//! `python/contract.py`, so that this side is one table ([`client::CLIENTS`]). A runtime that a
//! machine lacks makes its tests *ignored*, with the reason; where `CI=true`, failed.
//!
//! `KLAMM_TEST_AGAINST=apache-kafka` runs the same tests against Apache Kafka 4.3.1: that is how
//! the tests themselves are tested. `KLAMM_TEST_FULL=1` runs the crash and the hostile tests in
//! their full length.
#![allow(clippy::print_stdout, reason = "a test runner prints its summary")]

mod broker;
mod client;
mod console;
mod crash;
mod doctor;
mod doctor_kafka;
mod elsewhere;
mod exactly_once;
mod groups;
mod harness;
mod hostile;
#[path = "../support/http.rs"]
#[allow(unreachable_pub, dead_code, reason = "each test program uses a part")]
mod http;
mod kafka;
mod listeners;
mod lookups;
mod matrix;
mod native;
mod pipeline;
mod process;
mod proxy;
mod readers;
mod record;
mod registry;
#[path = "../wire/rng.rs"]
mod rng;
mod runtime;
mod s3;
mod samples;
mod seen;
mod tools;
mod tripwire;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(arguments) = native::requested() {
        return native::run(&arguments);
    }
    if let Some(case) = elsewhere::requested() {
        return elsewhere::run(&case);
    }
    let mut suite = harness::Suite::default();
    matrix::register(&mut suite);
    groups::register(&mut suite);
    lookups::register(&mut suite);
    listeners::register(&mut suite);
    seen::register(&mut suite);
    tools::register(&mut suite);
    pipeline::register(&mut suite);
    worker::register(&mut suite);
    readers::register(&mut suite);
    registry::register(&mut suite);
    s3::register(&mut suite);
    console::register(&mut suite);
    doctor::register(&mut suite);
    doctor_kafka::register(&mut suite);
    crash::register(&mut suite);
    exactly_once::register(&mut suite);
    hostile::register(&mut suite);
    suite.run()
}
