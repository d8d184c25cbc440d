//! The sink's own work, without network or disk, on one thread.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use klamm::base::{Offset, TopicPartition};
use klamm::connect::SinkConfig;
use klamm::connect::config::Surroundings;
use klamm::connect::source::{Headers, RecordSet};
use klamm::connect::writer::{PartitionWriter, SinkRecord};

use crate::process::cpu_seconds;

/// Records of an object.
pub const FLUSH_SIZE: usize = 10_000;

/// Prints the sink beside the loop, for two sizes of records.
pub fn run() {
    for (name, value_bytes, count) in [("100 B", 100, 1_000_000), ("1 KiB", 1024, 100_000)] {
        let values: Vec<Vec<u8>> = (0..1000).map(|number| event(number, value_bytes)).collect();
        for (format, gzips) in
            [("s3.compression.type=none\n", false), ("s3.compression.type=gzip\n", true)]
        {
            let plain = best(|| plain_loop(&values, count, gzips));
            let sink = best(|| sink(&values, count, format));
            let kind = if gzips { "gzip" } else { "none" };
            let rate = count as f64 / sink;
            println!(
                "writer alone, {count} records of {name}, {kind}: {sink:.2} CPU s, {rate:.0} records/CPU s, {:.2} of a plain loop",
                sink / plain
            );
        }
    }
}

/// The fewest CPU seconds of three runs.
pub fn best(work: impl Fn()) -> f64 {
    let run = || {
        let before = cpu_seconds(std::process::id());
        work();
        cpu_seconds(std::process::id()) - before
    };
    (0..3).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// A click, with filler that gzip cannot do away with.
pub fn event(number: usize, value_bytes: usize) -> Vec<u8> {
    let mut text = format!(
        "{{\"id\":{number},\"kind\":\"view\",\"at\":{},\"page\":\"",
        1_718_000_000_000_u64 + number as u64
    );
    let mut state = number as u64 + 1;
    while text.len() + 2 < value_bytes {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(b'a' + (state >> 59) as u8 % 26));
    }
    text.push_str("\"}");
    text.into_bytes()
}

/// What anybody would write: parse, print, compress.
pub fn plain_loop(values: &[Vec<u8>], count: usize, gzips: bool) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut plain = Vec::new();
    for index in 0..count {
        let value: serde_json::Value =
            serde_json::from_slice(&values[index % values.len()]).expect("events are JSON");
        serde_json::to_writer(&mut plain, &value).expect("memory takes everything");
        plain.push(b'\n');
        if gzips && plain.len() > 32 << 10 {
            gzip.write_all(&plain).expect("memory takes everything");
            plain.clear();
        }
        if index % FLUSH_SIZE == FLUSH_SIZE - 1 {
            gzip.write_all(&plain).expect("memory takes everything");
            plain.clear();
            let full =
                std::mem::replace(&mut gzip, GzEncoder::new(Vec::new(), Compression::default()));
            black_box(full.finish().expect("memory takes everything"));
        }
    }
}

fn sink(values: &[Vec<u8>], count: usize, format: &str) {
    let text = format!(
        "name=bench\nconnector.class=S3Sink\ntopics=t\nflush.size={FLUSH_SIZE}\n\
         s3.bucket.name=b\nstorage.class=S3Storage\nformat.class=JsonFormat\n\
         value.converter=JsonConverter\nvalue.converter.schemas.enable=false\n\
         partitioner.class=HourlyPartitioner\ntimestamp.extractor=Record\nlocale=en\n\
         timezone=Asia/Seoul\n{format}"
    );
    let properties: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let config = SinkConfig::from_properties(&properties, &Surroundings::default());
    let config = Arc::new(config.expect("the settings are right"));
    let mut writer = PartitionWriter::new(&config, TopicPartition::new("t", 0), 0);
    let mut offset = 0;
    while offset < count {
        // As they arrive: some hundred together, in one piece of memory.
        let mut set = RecordSet::default();
        for index in offset..(offset + 500).min(count) {
            set.push(&SinkRecord {
                offset: Offset(index as i64),
                timestamp_ms: 1_718_000_000_000 + index as i64,
                key: None,
                value: Some(&values[index % values.len()]),
                headers: Headers::default(),
            });
        }
        offset += set.len();
        let mut closed = Vec::new();
        writer.begin(0, &mut closed);
        for record in set.iter() {
            writer.write(&record, 0, &mut closed).expect("events are JSON");
        }
        for object in closed.into_iter().flat_map(|closed| closed.objects) {
            black_box(object.finish().expect("nothing is on disk"));
        }
    }
}
