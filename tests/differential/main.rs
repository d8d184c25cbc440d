//! The same raw requests to klamm and to Apache Kafka 4.3.1, and their answers compared.
//!
//! A scenario is a function that asks a broker over a few connections and gets a transcript,
//! in which names that differ from run to run (member ids, topic ids, ports) are numbered. What
//! Apache Kafka said is kept in `fixtures/differential/`: klamm is compared with it on machines
//! without Java too. Where Java is there, and Kafka's jars in `target/kafka-libs` or in the
//! directory that `KLAMM_KAFKA_LIBS` names, the kept transcripts are compared with Kafka
//! itself; with `KLAMM_KEEP_TRANSCRIPTS=1` they are written anew.

#![allow(unreachable_pub, reason = "nobody depends on a test")]

mod apache_kafka;
mod connect;
mod fetch;
mod group_admin;
mod groups;
mod metadata;
mod offsets;
mod probe;
mod produce;
mod shown;
mod single_broker;

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use self::apache_kafka::ApacheKafka;
use self::probe::Probe;
use self::support::klamm::Klamm;

fn main() -> ExitCode {
    let mut trials = vec![
        Trial::test("klamm_answers_as_apache_kafka_does", || {
            let klamm = Klamm::start();
            compare(klamm.bootstrap(), "klamm")
        }),
        Trial::ignorable_test("the_kept_transcripts_are_those_of_apache_kafka", || {
            match ApacheKafka::start() {
                Ok(kafka) => against_kafka(kafka.bootstrap()).map(|()| Completion::Completed),
                Err(reason) => skipped(&reason),
            }
        }),
    ];
    trials.extend(connect::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that this machine cannot run; in CI a failure.
fn skipped(reason: &str) -> Result<Completion, Failed> {
    if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        return Err(Failed::from(format!("cannot run here: {reason}")));
    }
    Ok(Completion::ignored_with(reason))
}

fn against_kafka(address: &str) -> Result<(), Failed> {
    if std::env::var_os("KLAMM_KEEP_TRANSCRIPTS").is_none() {
        return compare(address, "now");
    }
    for scenario in SCENARIOS {
        fs::write(scenario.path(), scenario.transcript(address))?;
    }
    Ok(())
}

/// Compares what a broker says with what was kept. One broker plays all scenarios, in order.
fn compare(address: &str, who: &str) -> Result<(), Failed> {
    let mut different = Vec::new();
    for scenario in SCENARIOS {
        let kept = fs::read_to_string(scenario.path())?;
        for difference in differences(&kept, &scenario.transcript(address), who) {
            different.push(format!("{}: {difference}", scenario.name));
        }
    }
    if different.is_empty() { Ok(()) } else { Err(Failed::from(different.join("\n"))) }
}

/// A conversation with a broker.
struct Scenario {
    /// Names the fixture.
    name: &'static str,
    run: fn(&mut Probe),
}

/// All of them.
const SCENARIOS: &[Scenario] = &[
    Scenario { name: "classic-groups", run: groups::classic },
    Scenario { name: "static-members", run: groups::static_members },
    Scenario { name: "refused-joins", run: groups::refusals },
    Scenario { name: "committed-offsets", run: offsets::offsets },
    Scenario { name: "offsets-and-members", run: offsets::members },
    Scenario { name: "offsets-of-deleted-topics", run: offsets::deleted },
    Scenario { name: "group-admin", run: group_admin::admin },
    Scenario { name: "find-coordinator", run: group_admin::find_coordinator },
    Scenario { name: "produce", run: produce::scenario },
    Scenario { name: "idempotent-produce", run: produce::idempotent },
    Scenario { name: "fetch", run: fetch::scenario },
    Scenario { name: "list-offsets", run: fetch::list_offsets },
    Scenario { name: "metadata", run: metadata::metadata },
    Scenario { name: "tools", run: single_broker::tools },
];

impl Scenario {
    /// What a broker at `address` says.
    fn transcript(&self, address: &str) -> String {
        let mut probe = Probe::new(address);
        (self.run)(&mut probe);
        probe.into_transcript()
    }

    fn path(&self) -> PathBuf {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/differential");
        fixtures.join(format!("{}.txt", self.name))
    }
}

/// The lines in which two transcripts differ, each with the request above it and without what
/// is the same.
fn differences(kafka: &str, other: &str, who: &str) -> Vec<String> {
    let (kafka, other): (Vec<_>, Vec<_>) = (kafka.lines().collect(), other.lines().collect());
    let mut differences = Vec::new();
    for line in 0..kafka.len().max(other.len()) {
        let expected = kafka.get(line).copied().unwrap_or("nothing");
        let found = other.get(line).copied().unwrap_or("nothing");
        if expected != found {
            let request = kafka.get(line.saturating_sub(1)).unwrap_or(&"");
            let (expected, found) = trimmed(expected, found);
            differences.push(format!("{request}\n  kafka: {expected}\n  {who}: {found}"));
        }
    }
    differences
}

/// Two lines from the word before they differ to the word after.
fn trimmed(expected: &str, found: &str) -> (String, String) {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (expected, found) = (words(expected), words(found));
    let same = |pairs: &mut dyn Iterator<Item = (&String, &String)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let before = same(&mut expected.iter().zip(&found)).saturating_sub(3);
    let after = same(&mut expected.iter().rev().zip(found.iter().rev())).saturating_sub(3);
    let middle = |words: &[String]| {
        let end = words.len().saturating_sub(after).max(before);
        format!("... {} ...", words[before.min(words.len())..end].join(" "))
    };
    (middle(&expected), middle(&found))
}
