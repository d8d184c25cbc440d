//! Wherever the sink dies, the bucket ends up as if it had not.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::world::{HOUR, MARCH_2_10_00, MINUTE, World, config};
use crate::base::Offset;
use crate::connect::config::SinkConfig;
use crate::connect::source::Headers;
use crate::connect::writer::SinkRecord;

/// Records that wander through the hours, some of them late.
fn records() -> Vec<(i64, String)> {
    (0..200_i64)
        .map(|index| {
            let late = if index % 7 == 3 { HOUR } else { 0 };
            let timestamp = MARCH_2_10_00 + index * 3 * MINUTE - late;
            (timestamp, format!("{{\"n\":{index},\"at\":{timestamp},\"b\":\"x\"}}"))
        })
        .collect()
}

/// What survives: the bucket and the committed offset.
#[derive(Debug, Default, Clone, PartialEq)]
struct Durable {
    objects: BTreeMap<String, Vec<u8>>,
    committed: i64,
}

/// Runs until the records end or the fuel does. Each object put and each commit burns one.
fn run(config: &Arc<SinkConfig>, durable: &mut Durable, mut fuel: usize) -> bool {
    let records = records();
    let mut world = World::of(config, 0, 0);
    let start = usize::try_from(durable.committed).unwrap();
    for (index, (timestamp_ms, value)) in records.iter().enumerate().skip(start) {
        let mut closed = Vec::new();
        let record = SinkRecord {
            offset: Offset(i64::try_from(index).unwrap()),
            timestamp_ms: *timestamp_ms,
            key: None,
            value: Some(value.as_bytes()),
            headers: Headers::default(),
        };
        world.writer.begin(0, &mut closed);
        world.writer.write(&record, 0, &mut closed).unwrap();
        for closed in closed {
            for file in closed.objects {
                if fuel == 0 {
                    return false;
                }
                fuel -= 1;
                let key = file.key.to_string();
                let bytes = file.finish().unwrap().take(usize::MAX).unwrap();
                durable.objects.insert(key, bytes);
            }
            if fuel == 0 {
                return false;
            }
            fuel -= 1;
            durable.committed = closed.next.0;
        }
    }
    true
}

fn check(changes: &str) {
    let config = config(&format!(
        "value.converter=JsonConverter\nvalue.converter.schemas.enable=false\n{changes}"
    ));
    let mut undisturbed = Durable::default();
    assert!(run(&config, &mut undisturbed, usize::MAX));
    assert!(undisturbed.objects.len() > 5);
    // Dies after every possible number of steps, then after so many again, until it is through.
    for steps in 1..60 {
        let mut durable = Durable::default();
        let mut deaths = 0;
        // A unit of several files needs several steps in one life.
        while !run(&config, &mut durable, steps + deaths) {
            deaths += 1;
        }
        assert_eq!(durable, undisturbed, "dying every {steps} steps");
    }
}

#[test]
fn default_partitioner_ends_in_the_same_objects() {
    check("flush.size=7");
    check("flush.size=7\ns3.compression.type=gzip");
}

#[test]
fn record_time_ends_in_the_same_objects() {
    let hourly = "partitioner.class=HourlyPartitioner\ntimestamp.extractor=Record\n";
    check(&format!("{hourly}flush.size=10"));
    check(&format!("{hourly}flush.size=1000\nrotate.interval.ms=1800000"));
    check(&format!(
        "{hourly}flush.size=20\nrotate.interval.ms=3600000\nrotate.file.on.partition.change=false"
    ));
}

#[test]
fn field_time_ends_in_the_same_objects() {
    check(
        "partitioner.class=TimeBasedPartitioner\ntimestamp.extractor=RecordField\n\
         timestamp.field=at\npartition.duration.ms=3600000\npath.format=YYYY/MM/dd/HH\n\
         flush.size=9\ns3.compression.type=gzip",
    );
}
