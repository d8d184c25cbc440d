//! No input makes a decoder panic or take much more memory than the input has.
//!
//! `KLAMM_HOSTILE_FRAMES` sets how many frames are tried.

use std::env;

use klamm::wire::api::API_KEYS;
use klamm::wire::{Reader, RequestHead, decode_metadata, frame_length};

use crate::cases::{self, Case};
use crate::rng::Rng;

/// A string of no bytes takes 1 byte on the wire and 24 in memory; a struct of such strings
/// the same for each; a growing array has twice of what it needs, and thrice while it moves.
const BYTES_PER_BYTE_MAX: usize = 100;
/// What arrays set aside before their first item, one inside the other.
const BYTES_MAX: usize = 32 * 1024;

const FRAMES_DEFAULT: usize = 200_000;

struct Decoders {
    cases: Vec<Case>,
    /// Index of the first record.
    records: usize,
}

impl Decoders {
    fn new() -> Self {
        let mut cases = cases::messages();
        let records = cases.len();
        cases.extend(cases::records());
        Decoders { cases, records }
    }

    /// A request frame's content: a header and a body that were valid once.
    fn frame(&self, rng: &mut Rng) -> Vec<u8> {
        let row = rng.below(API_KEYS.len());
        let info = &API_KEYS[row];
        let version = any_version(rng, &self.cases[2 * row]);
        let mut frame = Vec::new();
        frame.extend_from_slice(&info.key.code().to_be_bytes());
        frame.extend_from_slice(&version.to_be_bytes());
        frame.extend_from_slice(&[0, 0, 0, 1, 0, 1, b'c']);
        if version >= info.flexible_since {
            frame.push(0);
        }
        frame.extend_from_slice(&(self.cases[2 * row].round_trip)(rng, version));
        frame
    }

    /// What a server does with a frame.
    fn serve(&self, frame: &[u8]) {
        let _ = frame_length(frame, 1 << 20);
        let mut reader = Reader::new(frame);
        if let Ok(head) = RequestHead::decode(&mut reader) {
            let row = API_KEYS.iter().position(|info| info.key == head.key).expect("a known key");
            let _ = (self.cases[2 * row].decode)(reader.rest(), head.version);
        }
    }

    /// What a client and the recovery of a log do with bytes: any message, any version.
    fn decode_anything(&self, rng: &mut Rng, bytes: &[u8]) {
        let case = &self.cases[rng.below(self.cases.len())];
        let version = any_version(rng, case);
        let _ = (case.decode)(bytes, version);
        let _ = decode_metadata(bytes);
    }

    /// A valid message of any kind, and which.
    fn message(&self, rng: &mut Rng) -> (usize, i16, Vec<u8>) {
        let at = rng.below(self.cases.len());
        let version = any_version(rng, &self.cases[at]);
        (at, version, (self.cases[at].round_trip)(rng, version))
    }
}

fn any_version(rng: &mut Rng, case: &Case) -> i16 {
    let (low, high) = (*case.versions.start(), *case.versions.end());
    low + rng.below((high - low + 1) as usize) as i16
}

fn random_bytes(rng: &mut Rng) -> Vec<u8> {
    let length = if rng.below(50) == 0 { rng.below(20_000) } else { rng.below(120) };
    let fill = rng.below(4);
    let byte = |rng: &mut Rng| match fill {
        0 => 0,
        1 => 1,
        2 => (rng.next() & 3) as u8,
        _ => rng.next() as u8,
    };
    (0..length).map(|_| byte(rng)).collect()
}

fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..=rng.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = rng.below(bytes.len());
        match rng.below(6) {
            0 => bytes[at] = rng.next() as u8,
            1 => bytes[at] ^= 1 << rng.below(8),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, rng.next() as u8),
            4 => {
                let end = (at + 4).min(bytes.len());
                bytes[at..end].fill(if rng.bool() { 0x7f } else { 0xff });
            }
            _ => {
                let tail = random_bytes(rng);
                bytes.extend_from_slice(&tail);
            }
        }
    }
}

/// Runs `decode` and compares the memory that it takes with the length of its input.
fn measured(length: usize, decode: impl FnOnce()) -> u64 {
    let used = allocation_counter::measure(decode).bytes_max;
    let allowed = (BYTES_PER_BYTE_MAX * length + BYTES_MAX) as u64;
    assert!(used <= allowed, "{used} bytes for an input of {length}");
    used
}

#[test]
fn hostile_frames_cost_little_and_do_no_harm() {
    let frames = env::var("KLAMM_HOSTILE_FRAMES")
        .ok()
        .map_or(FRAMES_DEFAULT, |text| text.parse().expect("KLAMM_HOSTILE_FRAMES is a number"));
    let decoders = Decoders::new();
    assert!(decoders.records > 100);
    let mut rng = Rng::new(4711);
    let mut used_max = 0;
    for _ in 0..frames {
        let used = match rng.below(4) {
            0 => {
                let bytes = random_bytes(&mut rng);
                measured(bytes.len(), || decoders.decode_anything(&mut rng, &bytes))
            }
            1 => {
                let (at, version, mut bytes) = decoders.message(&mut rng);
                mutate(&mut rng, &mut bytes);
                let decode = decoders.cases[at].decode;
                measured(bytes.len(), || drop(decode(&bytes, version)))
            }
            _ => {
                let mut frame = decoders.frame(&mut rng);
                mutate(&mut rng, &mut frame);
                measured(frame.len(), || decoders.serve(&frame))
            }
        };
        used_max = used_max.max(used);
    }
    println!("{frames} frames; the most memory for one: {used_max} bytes");
}

#[test]
fn a_flood_of_empty_items_costs_a_small_multiple_of_its_length() {
    const LENGTH: usize = 1 << 20;
    let mut used_max = 0;
    for case in Decoders::new().cases {
        for version in case.versions.clone() {
            // Every field zero or one: the shortest items there can be, as many as fit. The
            // lengths that come first are made large.
            for byte in [0, 1] {
                for position in 0..12 {
                    for count in [[0x80, 0x80, 0x20, byte], [0, 3, 0, 0]] {
                        let mut bytes = vec![byte; LENGTH];
                        bytes[position..position + 4].copy_from_slice(&count);
                        let used = measured(LENGTH, || drop((case.decode)(&bytes, version)));
                        used_max = used_max.max(used);
                    }
                }
            }
        }
    }
    println!("the most memory for {LENGTH} bytes: {used_max}");
}
