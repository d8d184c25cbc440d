//! DescribeAcls (29), versions 1 to 3.
//!
//! Behaviour: who may do what. Without an authorizer Kafka answers SECURITY_DISABLED, and so
//! do we: nothing is forbidden here. Kafka's own programs know what to make of it;
//! MirrorMaker 2 leaves ACLs alone then.
//!
//! Where we differ from Apache Kafka: there is no authorizer to configure.

use super::admin::security_disabled;
use super::ctx::Ctx;
use crate::wire::messages::DescribeAclsRequest;
use crate::wire::messages::describe_acls_response::DescribeAclsResponse;

/// Answers DescribeAcls.
pub(super) fn handle<'a>(
    _ctx: &Ctx<'a>,
    _request: DescribeAclsRequest<'a>,
) -> DescribeAclsResponse<'a> {
    let (error_code, error_message) = security_disabled();
    DescribeAclsResponse { error_code, error_message, ..DescribeAclsResponse::default() }
}
