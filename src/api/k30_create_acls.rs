//! CreateAcls (30), versions 1 to 3.
//!
//! Behaviour: each ACL is refused with SECURITY_DISABLED, as Kafka does without an authorizer.
//!
//! Where we differ from Apache Kafka: there is no authorizer to configure.

use super::admin::security_disabled;
use super::ctx::Ctx;
use crate::wire::messages::CreateAclsRequest;
use crate::wire::messages::create_acls_response::{AclCreationResult, CreateAclsResponse};

/// Answers CreateAcls.
pub(super) fn handle<'a>(_ctx: &Ctx<'a>, request: CreateAclsRequest<'a>) -> CreateAclsResponse<'a> {
    let refused = || {
        let (error_code, error_message) = security_disabled();
        AclCreationResult { error_code, error_message }
    };
    let results = request.creations.iter().map(|_| refused()).collect();
    CreateAclsResponse { results, ..CreateAclsResponse::default() }
}
