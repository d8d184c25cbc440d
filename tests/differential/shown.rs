//! An answer as text, without what is arbitrary in Kafka: the order of members, and of
//! partitions where some were refused before the group was asked.

use klamm::base::Uuid;
use klamm::wire::Request;
use klamm::wire::api::ApiKey;
use klamm::wire::messages::{
    DescribeGroupsResponse, JoinGroupResponse, OffsetCommitResponse, OffsetDeleteResponse,
    ProduceResponse,
};

use super::probe::Body;

/// The answer to an `R`.
pub(crate) fn shown<'a, R: Request<'a>>(body: &Body) -> String {
    match R::KEY {
        ApiKey::JoinGroup => {
            let mut answer = body.read::<JoinGroupResponse<'_>>();
            answer.members.sort_by(|one, other| one.member_id.cmp(&other.member_id));
            format!("{answer:?}")
        }
        ApiKey::DescribeGroups => {
            let mut answer = body.read::<DescribeGroupsResponse<'_>>();
            for group in &mut answer.groups {
                group.members.sort_by(|one, other| one.member_id.cmp(&other.member_id));
            }
            format!("{answer:?}")
        }
        ApiKey::OffsetCommit => {
            let mut answer = body.read::<OffsetCommitResponse<'_>>();
            answer.topics.sort_by_key(|topic| topic.topic_id == Uuid([7; 16]));
            answer.topics.sort_by(|one, other| one.name.cmp(&other.name));
            for topic in &mut answer.topics {
                topic.partitions.sort_by_key(|partition| partition.partition_index);
            }
            format!("{answer:?}")
        }
        ApiKey::OffsetDelete => {
            let mut answer = body.read::<OffsetDeleteResponse<'_>>();
            answer.topics.sort_by(|one, other| one.name.cmp(&other.name));
            for topic in &mut answer.topics {
                topic.partitions.sort_by_key(|partition| partition.partition_index);
            }
            format!("{answer:?}")
        }
        ApiKey::Produce => {
            let mut answer = body.read::<ProduceResponse<'_>>();
            for topic in &mut answer.responses {
                for partition in &mut topic.partition_responses {
                    // In a refusal it depends on where Kafka found the fault.
                    if partition.error_code != 0 {
                        partition.log_start_offset = -1;
                    }
                    // Kafka explains few of its refusals; more words are welcome.
                    if partition.record_errors.is_empty() {
                        partition.error_message = None;
                    }
                }
            }
            format!("{answer:?}")
        }
        _ => format!("{:?}", body.read::<R::Response<'_>>()),
    }
}
