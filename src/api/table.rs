//! THE table: every API key that is served, its versions and its handler.
//!
//! A key that is not here is not advertised and closes the connection that asks for it.

use std::ops::RangeInclusive;

use super::call::{self, Call};
use super::{
    k00_produce, k01_fetch, k02_list_offsets, k18_api_versions, k23_offset_for_leader_epoch,
};
use crate::wire::api::ApiKey;

/// One row.
#[derive(Debug)]
pub struct Api {
    /// Which request.
    pub key: ApiKey,
    /// The versions that are served.
    pub versions: RangeInclusive<i16>,
    /// Who answers.
    pub call: Call,
}

impl Api {
    /// Kafka's name of the request.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.name()
    }
}

macro_rules! api {
    ($key:ident, $versions:expr, raw $call:path) => {
        Api { key: ApiKey::$key, versions: $versions, call: Call::Sync($call) }
    };
    ($key:ident, $versions:expr, sync $handler:path) => {
        Api {
            key: ApiKey::$key,
            versions: $versions,
            call: Call::Sync(|ctx, rope| call::sync(ctx, rope, $handler)),
        }
    };
    ($key:ident, $versions:expr, wait $handler:path) => {
        Api {
            key: ApiKey::$key,
            versions: $versions,
            call: Call::Async(|ctx, rope| Box::pin(call::wait(ctx, rope, $handler))),
        }
    };
}

/// The rows, in key order.
pub static TABLE: &[Api] = &[
    api!(Produce, 3..=13, raw k00_produce::handle),
    api!(Fetch, 4..=18, wait k01_fetch::handle),
    api!(ListOffsets, 1..=11, sync k02_list_offsets::handle),
    api!(ApiVersions, 0..=4, raw k18_api_versions::handle),
    api!(OffsetForLeaderEpoch, 2..=4, sync k23_offset_for_leader_epoch::handle),
];

/// The row of a key.
#[must_use]
pub(super) fn find(key: ApiKey) -> Option<&'static Api> {
    TABLE.binary_search_by_key(&key.code(), |api| api.key.code()).ok().map(|row| &TABLE[row])
}
