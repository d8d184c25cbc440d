//! Judges what was read, and puts it right as far as the text allows: one mistake is mended at a
//! time and the text read again, until nothing is found any more.

use std::collections::BTreeMap;

use super::reading::{Diagnosis, Format, Reading, diagnoses};
use super::text::Sources;
use super::{compose, kubernetes, properties};
use crate::listener::reach::{Row, judge};

/// How many mistakes are mended, one after the other.
const ROUNDS_MAX: usize = 24;

/// A file's verdict.
pub(super) struct Verdict {
    pub(super) format: Format,
    pub(super) summary: String,
    pub(super) rows: Vec<Row>,
    pub(super) diagnoses: Vec<Diagnosis>,
    /// The settings of each diagnosis, as the file would write them.
    pub(super) lines: Vec<Vec<String>>,
    pub(super) notes: Vec<String>,
    /// The corrected files, as a unified diff.
    pub(super) diff: String,
    /// What is left to do by hand.
    pub(super) left: Vec<&'static str>,
}

/// Reads a file of a format.
pub(super) fn read(
    format: Format,
    sources: &mut Sources,
    environment: &BTreeMap<String, String>,
) -> Result<Box<dyn Reading>, String> {
    Ok(match format {
        Format::Compose => Box::new(compose::read(sources, 0, environment)?),
        Format::K8s => Box::new(kubernetes::read(sources, 0)?),
        Format::Properties | Format::Error => Box::new(properties::read(sources, 0)?),
    })
}

/// The verdict on a file.
pub(super) fn verdict(
    format: Format,
    sources: &mut Sources,
    environment: &BTreeMap<String, String>,
) -> Result<Verdict, String> {
    let reading = read(format, sources, environment)?;
    let judgement = judge(reading.parts().0);
    let found = diagnoses(reading.as_ref(), &judgement.faults);
    let lines = found.iter().map(|it| lines(reading.as_ref(), it)).collect();
    let (diff, left) = corrected(format, sources, environment);
    Ok(Verdict {
        format,
        summary: reading.summary(),
        rows: judgement.rows,
        diagnoses: found,
        lines,
        notes: reading.parts().1.to_vec(),
        diff,
        left,
    })
}

fn lines(reading: &dyn Reading, diagnosis: &Diagnosis) -> Vec<String> {
    use crate::listener::reach::Edit;
    let (world, ..) = reading.parts();
    let line = |edit: &Edit| match edit {
        Edit::Set { broker, setting, value } => reading.spelt(*broker, setting, value),
        Edit::Republish { host_port, container_port, .. }
        | Edit::Publish { host_port, container_port, .. } => {
            format!("ports: \"{host_port}:{container_port}\"")
        }
        Edit::Bootstrap { client, to, .. } => format!("{}: {to}", world.clients[*client].written),
        Edit::Join { network, .. } => format!("networks: {network}"),
        Edit::Security { to, .. } => format!("security.protocol: {to}"),
    };
    diagnosis.edits.iter().map(line).filter(|line| !line.is_empty()).collect()
}

/// The difference to a text without mistakes, and the ids of those that are left.
fn corrected(
    format: Format,
    sources: &Sources,
    environment: &BTreeMap<String, String>,
) -> (String, Vec<&'static str>) {
    let mut sources = sources.clone();
    let mut left = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let Ok(reading) = read(format, &mut sources, environment) else { break };
        let judgement = judge(reading.parts().0);
        let mut found = diagnoses(reading.as_ref(), &judgement.faults);
        // What brokers need among themselves decides what is left for clients.
        found.sort_by_key(|it| it.finding.id != "L18");
        left = found.iter().map(|it| it.finding.id).collect();
        let next = found
            .iter()
            .filter(|it| !it.edits.is_empty())
            .find_map(|it| reading.changes(&sources, &it.edits));
        match next {
            Some(changes) => sources.apply(&changes),
            None => break,
        }
    }
    left.dedup();
    (sources.diff(), left)
}
