//! DescribeCluster (60), versions 0 to 2.
//!
//! Behaviour: the cluster's id and its brokers, with the addresses of the listener that the
//! connection came in on.
//! - v1 (KIP-919): what kind of endpoint is asked. Anything but brokers is refused with
//!   MISMATCHED_ENDPOINT_TYPE or UNSUPPORTED_ENDPOINT_TYPE.
//! - v2 (KIP-1073): whether a broker is fenced; this one never is.
//!
//! Where we differ from Apache Kafka: the controller is this broker, where Kafka names any.

use std::borrow::Cow;

use super::admin::{CLUSTER_OPERATIONS, OPERATIONS_OMITTED};
use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::wire::messages::DescribeClusterRequest;
use crate::wire::messages::describe_cluster_response::{
    DescribeClusterBroker, DescribeClusterResponse,
};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Answers DescribeCluster.
pub(super) fn handle<'a>(
    ctx: &Ctx<'a>,
    request: DescribeClusterRequest,
) -> DescribeClusterResponse<'a> {
    if request.endpoint_type != BROKERS {
        return refused(request.endpoint_type);
    }
    let broker = ctx.broker();
    let node = broker.node_id().0;
    let listed = ctx.endpoint().map(|endpoint| DescribeClusterBroker {
        broker_id: node,
        host: Cow::Owned(endpoint.host.clone()),
        port: i32::from(endpoint.port),
        rack: broker.config().rack.clone().map(Cow::Owned),
        is_fenced: false,
    });
    DescribeClusterResponse {
        endpoint_type: BROKERS,
        cluster_id: Cow::Owned(broker.cluster_id().to_owned()),
        controller_id: if listed.is_some() { node } else { -1 },
        brokers: listed.into_iter().collect(),
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => CLUSTER_OPERATIONS,
            false => OPERATIONS_OMITTED,
        },
        ..DescribeClusterResponse::default()
    }
}

fn refused(endpoint_type: i8) -> DescribeClusterResponse<'static> {
    let (error, text) = match endpoint_type {
        CONTROLLERS => (
            ErrorCode::MismatchedEndpointType,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of \
             type CONTROLLER"
                .to_owned(),
        ),
        other => (ErrorCode::UnsupportedEndpointType, format!("Unsupported endpoint type {other}")),
    };
    DescribeClusterResponse {
        error_code: error.code(),
        error_message: Some(Cow::Owned(text)),
        ..DescribeClusterResponse::default()
    }
}
