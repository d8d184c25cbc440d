//! CreatePartitions.

use super::assignment::check_replicas;
use super::{PARTITIONS_PER_REQUEST_MAX, TOO_MANY_PARTITIONS};
use crate::base::{ErrorCode, LeaderEpoch, PartitionIndex, TopicName};
use crate::broker::metadata::State;
use crate::broker::{Broker, Refusal, Topic};
use crate::cluster::{Change, PartitionImage};

/// How many partitions a topic is to have.
#[derive(Debug, Clone, Default)]
pub struct NewPartitions<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The number of partitions it is to have afterwards.
    pub count: i32,
    /// The replicas of each new one; `None`: the broker chooses.
    pub assignments: Option<Vec<Vec<i32>>>,
}

impl Broker {
    /// Adds partitions to topics; each topic on its own.
    pub fn create_partitions(
        &self,
        wanted: &[NewPartitions<'_>],
        validate_only: bool,
    ) -> Vec<Result<(), Refusal>> {
        let mut state = self.metadata().lock();
        let mut total = 0;
        let mut outcomes = Vec::with_capacity(wanted.len());
        for grown in wanted {
            if wanted.iter().filter(|other| other.topic == grown.topic).count() > 1 {
                let text = "Duplicate topic name.";
                outcomes.push(Err(Refusal::new(ErrorCode::InvalidRequest, text)));
                continue;
            }
            let outcome = self.check_growth(&state, grown, &mut total).and_then(|first| {
                if validate_only { Ok(()) } else { self.grow(&mut state, grown, first) }
            });
            outcomes.push(outcome);
        }
        outcomes
    }

    /// The number of the first new partition.
    fn check_growth(
        &self,
        state: &State,
        wanted: &NewPartitions<'_>,
        total: &mut usize,
    ) -> Result<i32, Refusal> {
        let topic = state
            .image()
            .topic(wanted.topic)
            .ok_or_else(|| Refusal::code(ErrorCode::UnknownTopicOrPartition))?;
        let current = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
        if wanted.count == current {
            return Err(Refusal::new(
                ErrorCode::InvalidPartitions,
                format!("Topic already has {current} partition(s)."),
            ));
        }
        if wanted.count < current {
            return Err(Refusal::new(
                ErrorCode::InvalidPartitions,
                format!(
                    "The topic {} currently has {current} partition(s); {} would not be an \
                     increase.",
                    wanted.topic, wanted.count
                ),
            ));
        }
        let additional = usize::try_from(wanted.count - current).unwrap_or(usize::MAX);
        if let Some(assignments) = &wanted.assignments
            && assignments.len() != additional
        {
            return Err(Refusal::new(
                ErrorCode::InvalidReplicaAssignment,
                format!(
                    "Attempted to add {additional} additional partition(s), but only {} \
                     assignment(s) were specified.",
                    assignments.len()
                ),
            ));
        }
        *total = total.saturating_add(additional);
        if *total > PARTITIONS_PER_REQUEST_MAX {
            return Err(Refusal::new(ErrorCode::PolicyViolation, TOO_MANY_PARTITIONS));
        }
        for replicas in wanted.assignments.iter().flatten() {
            check_replicas(replicas, self.node_id(), Some(1))?;
        }
        Ok(current)
    }

    fn grow(
        &self,
        state: &mut State,
        wanted: &NewPartitions<'_>,
        first: i32,
    ) -> Result<(), Refusal> {
        let name: TopicName = wanted.topic.into();
        let id = state.image().topic(wanted.topic).expect("the topic was found just now").id;
        let added = first..wanted.count;
        let change = |index| Change::SetPartition {
            topic: id,
            index: PartitionIndex(index),
            partition: PartitionImage::default(),
        };
        state.commit(added.clone().map(change).collect(), self.now())?;
        self.topics().change(|topics| {
            let topic = topics.by_id(id).expect("every topic of the log is in the table");
            let mut topic = Topic::clone(topic);
            topic.partitions.extend(
                added.map(|index| {
                    self.new_partition(&name, id, index, LeaderEpoch(0), &topic.config)
                }),
            );
            topics.insert(topic);
        });
        Ok(())
    }
}
