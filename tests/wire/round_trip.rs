//! What is encoded decodes to the same value, in every version of every message.

use klamm::wire::api::API_KEYS;
use proptest::prelude::*;

use crate::cases;
use crate::rng::Rng;

fn round_trip(cases: Vec<cases::Case>, seed: u64) {
    for case in cases {
        for version in case.versions.clone() {
            let bytes = (case.round_trip)(&mut Rng::new(seed ^ version as u64), version);
            let again = (case.again)(&bytes, version).expect("what was encoded decodes");
            assert_eq!(again, bytes, "{} {version}", case.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_request_and_response_comes_back_from_its_bytes(seed: u64) {
        round_trip(cases::messages(), seed);
    }

    #[test]
    fn every_record_comes_back_from_its_bytes(seed: u64) {
        round_trip(cases::records(), seed);
    }
}

#[test]
fn every_key_has_a_request_and_a_response_in_the_same_versions() {
    let cases = cases::messages();
    assert_eq!(cases.len(), 2 * API_KEYS.len());
    for (pair, info) in cases.chunks(2).zip(API_KEYS) {
        assert_eq!(pair[0].name, format!("{}Request", info.name));
        assert_eq!(pair[1].name, format!("{}Response", info.name));
        for case in pair {
            assert_eq!(case.versions, info.min..=info.max, "{}", case.name);
        }
    }
}

#[test]
fn a_message_cut_anywhere_is_refused() {
    for case in cases::messages().iter().chain(&cases::records()) {
        for version in case.versions.clone() {
            let bytes = (case.round_trip)(&mut Rng::new(7), version);
            for end in 0..bytes.len() {
                assert!((case.decode)(&bytes[..end], version).is_err(), "{} {version}", case.name);
            }
        }
    }
}
