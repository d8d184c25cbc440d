//! A request of every API key with arbitrary fields, from the makers that the wire tests use.

use std::ops::RangeInclusive;

use klamm::wire::{Error, Message, Request, RequestHead, Rope, messages};

use crate::rng::Rng;

/// A maker of arbitrary values; the generated file has one for each struct.
trait Sample {
    fn sample(rng: &mut Rng, version: i16) -> Self;
}

#[allow(unused_imports, unused_variables, reason = "generated alike for every message")]
#[allow(clippy::all, clippy::allow_attributes_without_reason, reason = "generated")]
#[allow(dead_code, unused_macros, reason = "also makes responses and records")]
mod generated {
    use super::Sample;
    use crate::rng::Rng;
    use klamm::base::Uuid;
    use std::borrow::Cow;

    include!(concat!(env!("OUT_DIR"), "/samples.rs"));

    pub(super) use for_each_api;
}

/// The requests of one API key.
pub(crate) struct ApiSample {
    versions: RangeInclusive<i16>,
    make: fn(&mut Rng, i16) -> Result<Vec<u8>, Error>,
}

impl ApiSample {
    /// A whole request without its length, in an arbitrary version.
    pub(crate) fn frame(&self, rng: &mut Rng) -> Result<Vec<u8>, Error> {
        let count = self.versions.clone().count();
        let version = self.versions.clone().nth(rng.below(count)).unwrap_or_default();
        (self.make)(rng, version)
    }
}

/// Every API key.
pub(crate) fn apis() -> Vec<ApiSample> {
    macro_rules! samples {
        ($($request:ident $response:ident,)*) => {
            vec![$(ApiSample {
                versions: messages::$request::VERSIONS,
                make: |rng, version| {
                    let request: messages::$request = Sample::sample(rng, version);
                    let head = RequestHead {
                        key: messages::$request::KEY,
                        version,
                        correlation_id: 1,
                        client_id: None,
                    };
                    let mut rope = Rope::new();
                    head.encode(&mut rope)?;
                    request.encode(&mut rope, version)?;
                    Ok(rope.to_vec().unwrap_or_default())
                },
            },)*]
        };
    }
    generated::for_each_api!(samples)
}
