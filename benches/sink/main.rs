//! The S3 sink: the whole program from a topic in the log to objects in the bucket, and the
//! writer alone, both beside a plain loop over the same records.
//!
//!     cargo bench --bench sink             everything
//!     cargo bench --bench sink -- whole    only the program
//!
//! `KLAMM_BIN` names another build of the program to measure.
//!
//! What counts are the ratios of one run, of CPU seconds: on a machine with others they mean
//! something, too. For comparison: Kafka Connect 4.3.1 with an S3 sink takes 12 to 16 s, 14 CPU
//! seconds and 1.4 GB for a million records of 100 bytes, and parses and compresses 3 to 5
//! thousand records of 1 KiB in a second.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program")]
#![allow(missing_docs, unreachable_pub, reason = "nobody depends on it")]

mod alone;
#[allow(dead_code, reason = "the brokers' benchmark asks it more")]
#[path = "../brokers/process.rs"]
mod process;
mod whole;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if is_wanted("whole") {
        whole::run();
    }
    if is_wanted("alone") {
        alone::run();
    }
}
