//! The `kafka-protocol` crate, generated from Kafka's specification by other people, reads
//! what we write and writes what we read, to the byte.

use std::ops::RangeInclusive;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages;
use kafka_protocol::protocol::{Decodable, Encodable, Message as _};
use proptest::prelude::*;

use crate::cases::{self, Case};
use crate::rng::Rng;

/// The same message in the other implementation.
struct Oracle {
    versions: RangeInclusive<i16>,
    /// Decodes everything and encodes it again.
    again: fn(&[u8], i16) -> Vec<u8>,
}

macro_rules! oracles {
    ($($name:ident)*) => {
        /// The other implementation of a message, if it has one.
        fn oracle(name: &str) -> Option<Oracle> {
            match name {
                $(stringify!($name) => Some(Oracle {
                    versions: messages::$name::VERSIONS.min..=messages::$name::VERSIONS.max,
                    again: |bytes, version| {
                        let mut bytes = Bytes::copy_from_slice(bytes);
                        let message = messages::$name::decode(&mut bytes, version)
                            .unwrap_or_else(|e| panic!("{} {version}: {e}", stringify!($name)));
                        assert!(bytes.is_empty(), "{} {version}", stringify!($name));
                        let mut again = BytesMut::new();
                        message.encode(&mut again, version).expect("what was decoded encodes");
                        again.to_vec()
                    },
                }),)*
                _ => None,
            }
        }
    };
}

// Without the raft records that have a field `version`: the crate's decoders take the field's
// value for the version of the message from there on.
oracles! {
    AddOffsetsToTxnRequest AddOffsetsToTxnResponse AddPartitionsToTxnRequest
    AddPartitionsToTxnResponse AddRaftVoterRequest AddRaftVoterResponse AlterClientQuotasRequest
    AlterClientQuotasResponse AlterConfigsRequest AlterConfigsResponse
    AlterPartitionReassignmentsRequest AlterPartitionReassignmentsResponse
    AlterReplicaLogDirsRequest AlterReplicaLogDirsResponse AlterShareGroupOffsetsRequest
    AlterShareGroupOffsetsResponse AlterUserScramCredentialsRequest
    AlterUserScramCredentialsResponse ApiVersionsRequest ApiVersionsResponse
    ConsumerGroupDescribeRequest ConsumerGroupDescribeResponse ConsumerGroupHeartbeatRequest
    ConsumerGroupHeartbeatResponse ConsumerProtocolAssignment ConsumerProtocolSubscription
    CreateAclsRequest CreateAclsResponse CreateDelegationTokenRequest
    CreateDelegationTokenResponse CreatePartitionsRequest CreatePartitionsResponse
    CreateTopicsRequest CreateTopicsResponse DefaultPrincipalData DeleteAclsRequest
    DeleteAclsResponse DeleteGroupsRequest DeleteGroupsResponse DeleteRecordsRequest
    DeleteRecordsResponse DeleteShareGroupOffsetsRequest DeleteShareGroupOffsetsResponse
    DeleteShareGroupStateRequest DeleteShareGroupStateResponse DeleteTopicsRequest
    DeleteTopicsResponse DescribeAclsRequest DescribeAclsResponse DescribeClientQuotasRequest
    DescribeClientQuotasResponse DescribeClusterRequest DescribeClusterResponse
    DescribeConfigsRequest DescribeConfigsResponse DescribeDelegationTokenRequest
    DescribeDelegationTokenResponse DescribeGroupsRequest DescribeGroupsResponse
    DescribeLogDirsRequest DescribeLogDirsResponse DescribeProducersRequest
    DescribeProducersResponse DescribeQuorumRequest DescribeQuorumResponse
    DescribeShareGroupOffsetsRequest DescribeShareGroupOffsetsResponse
    DescribeTopicPartitionsRequest DescribeTopicPartitionsResponse DescribeTransactionsRequest
    DescribeTransactionsResponse DescribeUserScramCredentialsRequest
    DescribeUserScramCredentialsResponse ElectLeadersRequest ElectLeadersResponse EndTxnMarker
    EndTxnRequest EndTxnResponse ExpireDelegationTokenRequest ExpireDelegationTokenResponse
    FetchRequest FetchResponse FindCoordinatorRequest FindCoordinatorResponse
    GetTelemetrySubscriptionsRequest GetTelemetrySubscriptionsResponse HeartbeatRequest
    HeartbeatResponse IncrementalAlterConfigsRequest IncrementalAlterConfigsResponse
    InitializeShareGroupStateRequest InitializeShareGroupStateResponse JoinGroupRequest
    JoinGroupResponse LeaveGroupRequest LeaveGroupResponse ListConfigResourcesRequest
    ListConfigResourcesResponse ListGroupsRequest ListGroupsResponse ListOffsetsRequest
    ListOffsetsResponse ListPartitionReassignmentsRequest ListPartitionReassignmentsResponse
    ListTransactionsRequest ListTransactionsResponse MetadataRequest MetadataResponse
    OffsetCommitRequest OffsetCommitResponse OffsetDeleteRequest OffsetDeleteResponse
    OffsetFetchRequest OffsetFetchResponse OffsetForLeaderEpochRequest
    OffsetForLeaderEpochResponse ProduceRequest ProduceResponse PushTelemetryRequest
    PushTelemetryResponse ReadShareGroupStateRequest ReadShareGroupStateResponse
    ReadShareGroupStateSummaryRequest ReadShareGroupStateSummaryResponse RemoveRaftVoterRequest
    RemoveRaftVoterResponse RenewDelegationTokenRequest RenewDelegationTokenResponse RequestHeader
    ResponseHeader SaslAuthenticateRequest SaslAuthenticateResponse SaslHandshakeRequest
    SaslHandshakeResponse ShareAcknowledgeRequest ShareAcknowledgeResponse ShareFetchRequest
    ShareFetchResponse ShareGroupDescribeRequest ShareGroupDescribeResponse
    ShareGroupHeartbeatRequest ShareGroupHeartbeatResponse SyncGroupRequest SyncGroupResponse
    TxnOffsetCommitRequest TxnOffsetCommitResponse UnregisterBrokerRequest
    UnregisterBrokerResponse UpdateFeaturesRequest UpdateFeaturesResponse
    WriteShareGroupStateRequest WriteShareGroupStateResponse WriteTxnMarkersRequest
    WriteTxnMarkersResponse
}

fn agree(cases: &[Case], seed: u64) -> usize {
    let mut compared = 0;
    for case in cases {
        let Some(oracle) = oracle(case.name) else { continue };
        for version in case.versions.clone().filter(|version| oracle.versions.contains(version)) {
            let bytes = (case.round_trip)(&mut Rng::new(seed ^ version as u64), version);
            let theirs = (oracle.again)(&bytes, version);
            assert_eq!(theirs, bytes, "{} {version}", case.name);
            let ours = (case.again)(&theirs, version).expect("their bytes decode");
            assert_eq!(ours, theirs, "{} {version}", case.name);
            compared += 1;
        }
    }
    compared
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]

    #[test]
    fn both_implementations_write_the_same_bytes(seed: u64) {
        prop_assert!(agree(&cases::messages(), seed) > 500);
        prop_assert!(agree(&cases::records(), seed) > 10);
    }
}
