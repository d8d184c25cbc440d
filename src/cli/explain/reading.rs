//! What every format gives: a world to judge, and a way to write edits into its text.

use super::text::{Change, Sources};
use crate::listener::reach::{Edit, Fault, FaultKind, World, remedy};
use crate::listener::{Finding, Fix};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A compose file.
    Compose,
    /// A broker's server.properties.
    Properties,
    /// Kubernetes manifests, Strimzi's among them.
    K8s,
    /// What a client said.
    Error,
}

impl Format {
    /// The word for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Format::Compose => "compose",
            Format::Properties => "properties",
            Format::K8s => "k8s",
            Format::Error => "error",
        }
    }
}

/// A finding with the edits that put it right.
#[derive(Debug, Clone)]
pub(super) struct Diagnosis {
    pub(super) finding: Finding,
    pub(super) edits: Vec<Edit>,
}

/// A text that was read.
pub(super) trait Reading {
    /// The world, remarks about the reading, and what the format itself shows to be wrong.
    fn parts(&self) -> (&World, &[String], &[Diagnosis]);
    /// A setting of a broker as this text would write it.
    fn spelt(&self, broker: usize, setting: &str, value: &str) -> String;
    /// Edits as changes of the text; `None` if one of them has no place in it.
    fn changes(&self, sources: &Sources, edits: &[Edit]) -> Option<Vec<Change>>;
    /// What was read, in half a line.
    fn summary(&self) -> String;
}

/// Everything that is wrong, the world's mistakes first.
pub(super) fn diagnoses(reading: &dyn Reading, faults: &[Fault]) -> Vec<Diagnosis> {
    let (world, _, extra) = reading.parts();
    let mut all: Vec<Diagnosis> = Vec::new();
    for fault in faults {
        if fault.kind == FaultKind::DoesNotStart {
            all.extend(refused(world, fault));
            continue;
        }
        let remedy = remedy(world, fault);
        let mut fix = Fix::advice(remedy.advice);
        for edit in &remedy.edits {
            if let Edit::Set { setting, value, .. } = edit {
                fix = fix.and_set(setting, value.as_str());
            }
        }
        all.push(Diagnosis {
            finding: Finding {
                id: fault.id(),
                listener: fault.listener(world),
                evidence: fault.evidence(world),
                cause: fault.cause(world).to_owned(),
                fix,
            },
            edits: remedy.edits,
        });
    }
    all.extend(extra.iter().cloned());
    all
}

/// What a broker refuses; of several with one way out the first.
fn refused(world: &World, fault: &Fault) -> Vec<Diagnosis> {
    let broker = &world.brokers[fault.broker];
    let Err(problems) = &broker.listeners else { return Vec::new() };
    let mut found: Vec<Diagnosis> = Vec::new();
    for problem in problems {
        if found.iter().any(|it| it.finding.fix == problem.fix) {
            continue;
        }
        found.push(Diagnosis {
            finding: Finding {
                id: problem.id.unwrap_or("L01"),
                listener: None,
                evidence: format!("{} ends at once: {}", broker.name, problem.reason),
                cause: fault.cause(world).to_owned(),
                fix: problem.fix.clone(),
            },
            edits: set_edits(fault.broker, &problem.fix),
        });
    }
    found
}

/// A fix's settings as edits of a broker.
pub(super) fn set_edits(broker: usize, fix: &Fix) -> Vec<Edit> {
    fix.set
        .iter()
        .map(|(setting, value)| Edit::Set {
            broker,
            setting: setting.clone(),
            value: value.clone(),
        })
        .collect()
}
