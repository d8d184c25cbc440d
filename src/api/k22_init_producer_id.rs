//! InitProducerId (22), versions 0 to 5.
//!
//! Behaviour: a producer id that nobody has had, with epoch 0, for an idempotent producer.
//! Ids come in blocks of 1,000 from the metadata log; what is left of a block is lost at a
//! restart, as in Kafka.
//! - v3 (KIP-360): the client may name the id and epoch that it has; they must come together.
//!   Without a transactional id it gets a new id all the same.
//! - v4 (KIP-588), v5 (KIP-890): of interest to transactions only.
//!
//! Where we differ from Apache Kafka: transactions are not served; a request with a
//! transactional id is refused with UNSUPPORTED_VERSION, which clients do not retry.

use super::ctx::Ctx;
use crate::base::ErrorCode;
use crate::broker::error_code_of;
use crate::wire::messages::{InitProducerIdRequest, InitProducerIdResponse};

/// Answers InitProducerId.
pub(super) fn handle(ctx: &Ctx<'_>, request: InitProducerIdRequest<'_>) -> InitProducerIdResponse {
    let has_id = request.producer_id != -1;
    let has_epoch = request.producer_epoch != -1;
    match request.transactional_id.as_deref() {
        Some("") => return refused(ErrorCode::InvalidRequest),
        Some(_) => return refused(ErrorCode::UnsupportedVersion),
        None if has_id != has_epoch => return refused(ErrorCode::InvalidRequest),
        None => {}
    }
    let broker = ctx.broker();
    match broker.metadata().new_producer_id(broker.now()) {
        Ok(id) => InitProducerIdResponse {
            producer_id: id.0,
            producer_epoch: 0,
            ..InitProducerIdResponse::default()
        },
        Err(error) => refused(error_code_of(&error)),
    }
}

fn refused(error: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse {
        error_code: error.code(),
        producer_epoch: -1,
        ..InitProducerIdResponse::default()
    }
}
