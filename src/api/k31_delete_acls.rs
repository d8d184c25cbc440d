//! DeleteAcls (31), versions 1 to 3.
//!
//! Behaviour: each filter is refused with SECURITY_DISABLED, as Kafka does without an authorizer.
//!
//! Where we differ from Apache Kafka: there is no authorizer to configure.

use super::admin::security_disabled;
use super::ctx::Ctx;
use crate::wire::messages::DeleteAclsRequest;
use crate::wire::messages::delete_acls_response::{DeleteAclsFilterResult, DeleteAclsResponse};

/// Answers DeleteAcls.
pub(super) fn handle<'a>(_ctx: &Ctx<'a>, request: DeleteAclsRequest<'a>) -> DeleteAclsResponse<'a> {
    let refused = || {
        let (error_code, error_message) = security_disabled();
        DeleteAclsFilterResult { error_code, error_message, ..DeleteAclsFilterResult::default() }
    };
    let filter_results = request.filters.iter().map(|_| refused()).collect();
    DeleteAclsResponse { filter_results, ..DeleteAclsResponse::default() }
}
