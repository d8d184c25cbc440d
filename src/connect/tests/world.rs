//! A partition, a bucket and a clock in memory.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::base::{Offset, TopicPartition};
use crate::connect::config::{SinkConfig, Surroundings, Topics};
use crate::connect::failure::Failure;
use crate::connect::source::{Headers, RecordSet};
use crate::connect::writer::{Closed, PartitionWriter, SinkRecord};

/// Settings that a test starts from; later lines replace earlier ones.
pub(super) const BASE: &str = "name=s3-sink\nconnector.class=S3Sink\ntopics=test-topic\n\
    flush.size=3\ns3.bucket.name=b\nstorage.class=S3Storage\n\
    format.class=io.confluent.connect.s3.format.json.JsonFormat\n\
    locale=en\ntimezone=America/Los_Angeles\nvalue.converter=ByteArrayConverter\n";

/// Ten o'clock in the morning of 2 March 2017 in Los Angeles.
pub(super) const MARCH_2_10_00: i64 = 1_488_477_600_000;
pub(super) const SECOND: i64 = 1000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;

pub(super) fn config(changes: &str) -> Arc<SinkConfig> {
    let properties: BTreeMap<String, String> = format!("{BASE}{changes}\n")
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Arc::new(SinkConfig::from_properties(&properties, &Surroundings::default()).unwrap())
}

/// One writer and what it has put into the bucket.
pub(super) struct World {
    pub(super) writer: PartitionWriter,
    pub(super) now_ms: i64,
    pub(super) next: i64,
    pub(super) objects: BTreeMap<String, Vec<u8>>,
    /// Key and record count in the order of closing.
    pub(super) files: Vec<(String, u64)>,
    pub(super) committed: Option<i64>,
    pub(super) skipped: u64,
    config: Arc<SinkConfig>,
}

impl World {
    pub(super) fn new(changes: &str) -> World {
        World::of(&config(changes), 12, 0)
    }

    pub(super) fn of(config: &Arc<SinkConfig>, partition: i32, now_ms: i64) -> World {
        let Topics::Named(topics) = &config.topics else { panic!("no topics by name") };
        let partition = TopicPartition::new(topics[0].as_str(), partition);
        World {
            writer: PartitionWriter::new(config, partition, now_ms),
            now_ms,
            next: 0,
            objects: BTreeMap::new(),
            files: Vec::new(),
            committed: None,
            skipped: 0,
            config: config.clone(),
        }
    }

    /// One record as a poll of its own.
    pub(super) fn put(&mut self, timestamp_ms: i64, value: &str) -> &mut World {
        self.try_put(timestamp_ms, Some(value.as_bytes())).unwrap();
        self
    }

    pub(super) fn try_put(
        &mut self,
        timestamp_ms: i64,
        value: Option<&[u8]>,
    ) -> Result<(), Failure> {
        let headers = Headers::default();
        let record =
            SinkRecord { offset: Offset(self.next), timestamp_ms, key: None, value, headers };
        self.write(&record)
    }

    /// One record with key and headers.
    pub(super) fn try_put_record(
        &mut self,
        key: Option<&str>,
        value: Option<&str>,
        headers: &[(&str, Option<&str>)],
    ) -> Result<(), Failure> {
        let bare = SinkRecord {
            offset: Offset(self.next),
            timestamp_ms: 0,
            key: key.map(str::as_bytes),
            value: value.map(str::as_bytes),
            headers: Headers::default(),
        };
        let mut set = RecordSet::default();
        let headers =
            headers.iter().map(|(name, value)| (name.as_bytes(), value.map(str::as_bytes)));
        set.push_with_headers(&bare, headers);
        let record = set.iter().next().unwrap();
        self.write(&record)
    }

    fn write(&mut self, record: &SinkRecord<'_>) -> Result<(), Failure> {
        let mut closed = Vec::new();
        self.writer.begin(self.now_ms, &mut closed);
        let outcome = self.writer.write(record, self.now_ms, &mut closed);
        self.next += 1;
        self.send(closed);
        match outcome {
            Err(failure) if failure.is_tolerated(&self.config.errors) => {
                self.skipped += 1;
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// A poll that brought nothing.
    pub(super) fn idle(&mut self) -> &mut World {
        let mut closed = Vec::new();
        self.writer.begin(self.now_ms, &mut closed);
        self.writer.on_time(self.now_ms, &mut closed);
        self.send(closed);
        self
    }

    pub(super) fn send(&mut self, closed: Vec<Closed>) {
        for closed in closed {
            for object in closed.objects {
                self.files.push((object.key.to_string(), object.record_count));
                let key = object.key.to_string();
                let bytes = object.finish().unwrap().take(usize::MAX).unwrap();
                self.objects.insert(key, bytes);
            }
            self.committed = Some(closed.next.0);
        }
    }

    /// `key xN` per line, in the order of closing.
    pub(super) fn shown(&self) -> String {
        let mut text = String::new();
        for (key, count) in &self.files {
            let _ = writeln!(text, "{key} x{count}");
        }
        text
    }

    /// Where the files begin, in the order of closing.
    pub(super) fn starts(&self) -> Vec<i64> {
        let start = |(key, _): &(String, u64)| {
            let name = key.rsplit(['+', '#']).next().unwrap();
            name.split('.').next().unwrap().parse().unwrap()
        };
        self.files.iter().map(start).collect()
    }

    pub(super) fn object(&self, key: &str) -> &str {
        std::str::from_utf8(&self.objects[key]).unwrap()
    }
}
