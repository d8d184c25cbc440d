//! Replicas that a client has chosen itself.

use std::collections::BTreeSet;

use crate::base::{ErrorCode, NodeId};
use crate::broker::Refusal;

/// The replicas of one partition, by node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The partition's number.
    pub partition: i32,
    /// Its replicas; the first is the preferred leader.
    pub replicas: Vec<i32>,
}

/// Checks the replicas of one partition (`validateManualPartitionAssignment`).
pub(crate) fn check_replicas(
    replicas: &[i32],
    node: NodeId,
    replication_factor: Option<usize>,
) -> Result<(), Refusal> {
    let refused = |text: String| Err(Refusal::new(ErrorCode::InvalidReplicaAssignment, text));
    if replicas.is_empty() {
        return refused(
            "The manual partition assignment includes an empty replica list.".to_owned(),
        );
    }
    let mut seen = BTreeSet::new();
    let mut sorted = replicas.to_vec();
    sorted.sort_unstable();
    for replica in sorted {
        if replica != node.0 {
            return refused(format!(
                "The manual partition assignment includes broker {replica}, but no such broker \
                 is registered."
            ));
        }
        if !seen.insert(replica) {
            return refused(format!(
                "The manual partition assignment includes the broker {replica} more than once."
            ));
        }
    }
    match replication_factor {
        Some(expected) if expected != replicas.len() => refused(format!(
            "The manual partition assignment includes a partition with {} replica(s), but this \
             is not consistent with previous partitions, which have {expected} replica(s).",
            replicas.len()
        )),
        _ => Ok(()),
    }
}

/// Checks the replicas of all partitions of a new topic and gives their number.
pub(super) fn check_assignments(
    assignments: &[Assignment],
    node: NodeId,
) -> Result<(i32, i16), Refusal> {
    let mut partitions = BTreeSet::new();
    let mut replication_factor = None;
    for assignment in assignments {
        if !partitions.insert(assignment.partition) {
            return Err(Refusal::new(
                ErrorCode::InvalidReplicaAssignment,
                format!(
                    "Found multiple manual partition assignments for partition {}",
                    assignment.partition
                ),
            ));
        }
        check_replicas(&assignment.replicas, node, replication_factor)?;
        replication_factor = Some(assignment.replicas.len());
    }
    if !partitions.iter().copied().eq((0..).take(partitions.len())) {
        return Err(Refusal::new(
            ErrorCode::InvalidReplicaAssignment,
            "partitions should be a consecutive 0-based integer sequence",
        ));
    }
    let count = i32::try_from(partitions.len()).unwrap_or(i32::MAX);
    let factor = replication_factor.and_then(|factor| i16::try_from(factor).ok());
    Ok((count, factor.unwrap_or(1)))
}
