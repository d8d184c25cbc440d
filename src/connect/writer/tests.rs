//! Whatever happens to bytes on their way, the object is the same.

use std::sync::Arc;

use super::body::Body;
use crate::connect::config::{SinkConfig, Surroundings};
use crate::connect::convert::Value;
use crate::connect::format::FormatSettings;
use crate::connect::spill::Spill;

fn format(changes: &str) -> FormatSettings {
    let text = format!(
        "name=n\nconnector.class=S3Sink\ntopics=t\nflush.size=3\ns3.bucket.name=b\n\
         storage.class=S3Storage\nformat.class=JsonFormat\n{changes}"
    );
    let properties = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    SinkConfig::from_properties(&properties, &Surroundings::default()).unwrap().format
}

/// An object of many records; every so many of them it is spilled and a part is taken.
fn object(
    settings: &FormatSettings,
    may_run: bool,
    spill_every: usize,
    part_every: usize,
) -> Vec<u8> {
    let spill = Spill::new();
    let mut body = Body::new(settings);
    let mut sent = Vec::new();
    for index in 1..20_000_usize {
        let text = format!("{index}: {}", index * index % 7919);
        body.append(&Value::Text(text.into()), may_run).unwrap();
        if index.is_multiple_of(spill_every) {
            body.spill(&spill).unwrap();
        }
        if index.is_multiple_of(part_every) && body.ready_bytes() > 5000 {
            sent.extend(body.take(5000).unwrap());
        }
    }
    let mut rest = body.finish().unwrap();
    while !rest.is_empty() {
        sent.extend(rest.take(7777).unwrap());
    }
    assert_eq!(spill.used_bytes(), 0, "everything is given back");
    sent
}

#[test]
fn neither_disk_nor_parts_nor_late_gzip_change_a_byte() {
    for changes in
        ["", "s3.compression.type=gzip", "s3.compression.type=gzip\ns3.compression.level=1"]
    {
        let settings = format(changes);
        let never = usize::MAX;
        let plain = object(&settings, true, never, never);
        for (may_run, spill_every, part_every) in [
            (false, never, never),
            (true, 97, never),
            (true, 4001, 501),
            (false, 97, 501),
            (false, 7, never),
            (true, never, 13),
        ] {
            let other = object(&settings, may_run, spill_every, part_every);
            assert!(other == plain, "{changes} {may_run} {spill_every} {part_every}");
        }
    }
}

#[test]
fn many_open_objects_hold_little_memory() {
    let settings = format("s3.compression.type=gzip");
    let spill = Spill::new();
    let mut bodies: Vec<Body> = (0..500).map(|_| Body::new(&settings)).collect();
    let text: Arc<str> = "x".repeat(1000).into();
    for _ in 0..100 {
        for body in &mut bodies {
            body.append(&Value::Text((*text).into()), false).unwrap();
        }
        for body in &mut bodies {
            body.spill(&spill).unwrap();
        }
        let held: usize = bodies.iter().map(Body::held_bytes).sum();
        assert!(held < 500 * 1100, "{held}");
    }
    assert!(spill.used_bytes() >= 500 * 100_000);
}
