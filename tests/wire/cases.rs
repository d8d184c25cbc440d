//! Every message in the same shape, whatever its type.

use std::ops::RangeInclusive;

use klamm::wire::{Error, Message, Reader, messages, records};

use crate::rng::Rng;

/// One message.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) versions: RangeInclusive<i16>,
    /// Makes an arbitrary value, encodes it, decodes it, compares; gives the bytes.
    pub(crate) round_trip: fn(&mut Rng, i16) -> Vec<u8>,
    /// Decodes and encodes again.
    pub(crate) again: fn(&[u8], i16) -> Result<Vec<u8>, Error>,
    /// Decodes alone.
    pub(crate) decode: fn(&[u8], i16) -> Result<(), Error>,
}

/// A maker of arbitrary values; the generated file has one for each struct.
trait Sample {
    fn sample(rng: &mut Rng, version: i16) -> Self;
}

#[allow(unused_imports, unused_variables, reason = "generated alike for every message")]
#[allow(clippy::all, clippy::allow_attributes_without_reason, reason = "generated")]
mod samples {
    use super::Sample;
    use crate::rng::Rng;
    use klamm::base::Uuid;
    use std::borrow::Cow;

    include!(concat!(env!("OUT_DIR"), "/samples.rs"));

    pub(super) use for_each_api;
    pub(super) use for_each_record;
}

macro_rules! case {
    ($folder:ident $name:ident) => {
        Case {
            name: stringify!($name),
            versions: $folder::$name::VERSIONS,
            round_trip: |rng, version| {
                let message: $folder::$name = Sample::sample(rng, version);
                let bytes = message.encode_to_vec(version).expect("an arbitrary value encodes");
                let decoded = $folder::$name::decode(&mut Reader::new(&bytes), version);
                let decoded = decoded.unwrap_or_else(|e| panic!("{message:?} {version}: {e}"));
                assert_eq!(decoded, message, "version {version}");
                bytes
            },
            again: |bytes, version| {
                let mut reader = Reader::new(bytes);
                $folder::$name::decode(&mut reader, version)?.encode_to_vec(version)
            },
            decode: |bytes, version| {
                $folder::$name::decode(&mut Reader::new(bytes), version).map(drop)
            },
        }
    };
}

macro_rules! api_cases {
    ($($request:ident $response:ident,)*) => {
        vec![$(case!(messages $request), case!(messages $response),)*]
    };
}

macro_rules! record_cases {
    ($($name:ident,)*) => { vec![$(case!(records $name),)*] };
}

/// Requests and responses.
pub(crate) fn messages() -> Vec<Case> {
    samples::for_each_api!(api_cases)
}

/// Internal records.
pub(crate) fn records() -> Vec<Case> {
    samples::for_each_record!(record_cases)
}
