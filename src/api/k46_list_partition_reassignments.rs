//! ListPartitionReassignments (46), version 0.
//!
//! Behaviour (KIP-455): the partitions that are moving to other brokers. With one broker none
//! ever is, and partitions that are not moving are not listed.
//!
//! Where we differ from Apache Kafka: nowhere that we know of.

use super::ctx::Ctx;
use crate::wire::messages::ListPartitionReassignmentsRequest;
use crate::wire::messages::list_partition_reassignments_response::ListPartitionReassignmentsResponse;

/// Answers ListPartitionReassignments.
pub(super) fn handle<'a>(
    _ctx: &Ctx<'a>,
    _request: ListPartitionReassignmentsRequest<'a>,
) -> ListPartitionReassignmentsResponse<'a> {
    ListPartitionReassignmentsResponse { error_message: None, ..Default::default() }
}
