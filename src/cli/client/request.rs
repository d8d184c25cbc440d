//! Which request has which key and which answer. The crate knows it too, but only for programs
//! that are client and broker at once.

use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse, CreatePartitionsRequest, CreatePartitionsResponse,
    CreateTopicsRequest, CreateTopicsResponse, DeleteGroupsRequest, DeleteGroupsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse, DescribeClusterRequest, DescribeClusterResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    FetchRequest, FetchResponse, FindCoordinatorRequest, FindCoordinatorResponse, HeartbeatRequest,
    HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse,
    ListGroupsRequest, ListGroupsResponse, ListOffsetsRequest, ListOffsetsResponse,
    MetadataRequest, MetadataResponse, OffsetCommitRequest, OffsetCommitResponse,
    OffsetFetchRequest, OffsetFetchResponse, ProduceRequest, ProduceResponse,
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
    SyncGroupRequest, SyncGroupResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Message};

/// A request that this client sends.
pub trait Request: Message + Encodable + HeaderVersion {
    /// Its API key.
    const KEY: i16;
    /// What comes back.
    type Response: Decodable + HeaderVersion;
}

macro_rules! requests {
    ($($key:ident: $request:ident -> $response:ident,)*) => {
        $(impl Request for $request {
            const KEY: i16 = ApiKey::$key as i16;
            type Response = $response;
        })*
    };
}

requests! {
    Produce: ProduceRequest -> ProduceResponse,
    Fetch: FetchRequest -> FetchResponse,
    ListOffsets: ListOffsetsRequest -> ListOffsetsResponse,
    Metadata: MetadataRequest -> MetadataResponse,
    OffsetCommit: OffsetCommitRequest -> OffsetCommitResponse,
    OffsetFetch: OffsetFetchRequest -> OffsetFetchResponse,
    FindCoordinator: FindCoordinatorRequest -> FindCoordinatorResponse,
    JoinGroup: JoinGroupRequest -> JoinGroupResponse,
    Heartbeat: HeartbeatRequest -> HeartbeatResponse,
    LeaveGroup: LeaveGroupRequest -> LeaveGroupResponse,
    SyncGroup: SyncGroupRequest -> SyncGroupResponse,
    DescribeGroups: DescribeGroupsRequest -> DescribeGroupsResponse,
    ListGroups: ListGroupsRequest -> ListGroupsResponse,
    SaslHandshake: SaslHandshakeRequest -> SaslHandshakeResponse,
    SaslAuthenticate: SaslAuthenticateRequest -> SaslAuthenticateResponse,
    ApiVersions: ApiVersionsRequest -> ApiVersionsResponse,
    CreateTopics: CreateTopicsRequest -> CreateTopicsResponse,
    DeleteTopics: DeleteTopicsRequest -> DeleteTopicsResponse,
    DescribeConfigs: DescribeConfigsRequest -> DescribeConfigsResponse,
    CreatePartitions: CreatePartitionsRequest -> CreatePartitionsResponse,
    DeleteGroups: DeleteGroupsRequest -> DeleteGroupsResponse,
    DescribeCluster: DescribeClusterRequest -> DescribeClusterResponse,
    ConsumerGroupDescribe: ConsumerGroupDescribeRequest -> ConsumerGroupDescribeResponse,
}
