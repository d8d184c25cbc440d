//! DescribeAcls (29), versions 1 to 3.
//!
//! Behaviour: who may do what. Without an authorizer Kafka answers SECURITY_DISABLED, and so
//! do we: nothing is forbidden here. Kafka's own programs know what to make of it;
//! MirrorMaker 2 leaves ACLs alone then.
//!
//! Where we differ from Apache Kafka: there is no authorizer to configure.

use std::borrow::Cow;

use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::wire::messages::DescribeAclsRequest;
use crate::wire::messages::describe_acls_response::DescribeAclsResponse;

/// Answers DescribeAcls.
pub(super) fn handle<'a>(
    _ctx: &Ctx<'a>,
    _request: DescribeAclsRequest<'a>,
) -> DescribeAclsResponse<'a> {
    DescribeAclsResponse {
        error_code: ErrorCode::SecurityDisabled.code(),
        error_message: Some(Cow::Borrowed("No Authorizer is configured on the broker")),
        ..DescribeAclsResponse::default()
    }
}
