//! A record as the clients write and read it.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::client::Client;

/// Every codec by the name that all clients use, in the order of its number in a batch.
pub(crate) const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

/// A header: its name, and its value as base64.
pub(crate) type HeaderLine = (String, Option<String>);

/// Key, value, headers.
type Shape<'a> = (Option<&'a [u8]>, Option<&'a [u8]>, Vec<HeaderLine>);

/// One line of the clients' input or output; bytes are base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) codec: String,
    #[serde(default)]
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) key: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) headers: Vec<HeaderLine>,
}

impl Record {
    /// A record with nothing special about it.
    pub(crate) fn plain(topic: &str, partition: i32, timestamp: i64, value: &str) -> Self {
        Record {
            topic: topic.to_owned(),
            partition,
            codec: "none".to_owned(),
            offset: 0,
            timestamp,
            key: None,
            value: Some(base64(value.as_bytes())),
            headers: Vec::new(),
        }
    }

    /// What must be the same for everyone who reads it.
    pub(crate) fn content(&self) -> impl PartialEq + std::fmt::Debug + '_ {
        (self.partition, self.offset, self.timestamp, &self.key, &self.value, &self.headers)
    }
}

/// Bytes as the contract carries them.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Lines of JSON.
pub(crate) fn to_lines(records: &[Record]) -> Result<String> {
    let mut text = String::new();
    for record in records {
        text.push_str(&serde_json::to_string(record)?);
        text.push('\n');
    }
    Ok(text)
}

/// A record out of a line of JSON.
pub(crate) fn from_line(line: &str) -> Result<Record> {
    serde_json::from_str(line).with_context(|| format!("not a record: {line}"))
}

/// Records of every shape, in every codec: keys and values that are absent, empty or binary,
/// headers with the same name twice, empty, non-ASCII and null; without those shapes that the
/// client cannot write.
pub(crate) fn every_shape(topic: &str, partition: i32, client: &Client) -> Vec<Record> {
    let binary: Vec<u8> = (0..=255).collect();
    let long = "clickstream ".repeat(100);
    let header = |name: &str, value: &[u8]| (name.to_owned(), Some(base64(value)));
    let shapes: [Shape<'_>; 8] = [
        (Some(b"key"), Some(long.as_bytes()), vec![]),
        (None, Some(b"no key"), vec![header("trace", b"first"), header("trace", b"second")]),
        (Some(b""), Some(b"an empty key is not an absent one"), vec![]),
        (Some(b"null header"), Some(b"value"), vec![("absent".to_owned(), None)]),
        (Some(b"tombstone"), None, vec![]),
        (Some(b"empty"), Some(b""), vec![header("empty", b"")]),
        (Some(&binary), Some(&binary), vec![header("\u{d5e4}\u{b354}", &binary)]),
        (None, None, vec![]),
    ];
    let start = now_ms();
    let mut records = Vec::new();
    for codec in CODECS {
        for (key, value, headers) in &shapes {
            let null_header = headers.iter().any(|(_, value)| value.is_none());
            let null_record = key.is_none() && value.is_none();
            if null_header && !client.null_headers || null_record && !client.null_records {
                continue;
            }
            records.push(Record {
                topic: topic.to_owned(),
                partition,
                codec: codec.to_owned(),
                offset: 0,
                timestamp: start + records.len() as i64 * 10,
                key: key.map(base64),
                value: value.map(base64),
                headers: headers.clone(),
            });
        }
    }
    records
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is after 1970");
    i64::try_from(now.as_millis()).expect("the clock is before the year 292278994")
}

/// The names of the codecs of the batches in a partition's log, batch by batch.
pub(crate) fn codecs_in_log(partition_dir: &Path) -> Result<Vec<&'static str>> {
    let mut segments: Vec<_> = fs::read_dir(partition_dir)
        .with_context(|| format!("{}", partition_dir.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    segments.sort();
    let mut codecs = Vec::new();
    for segment in segments {
        let bytes = fs::read(&segment)?;
        let mut at = 0;
        while let Some(head) = bytes.get(at..at + 61) {
            let length = i32::from_be_bytes(head[8..12].try_into()?);
            ensure!(length > 0, "a batch of length {length} at {at} of {}", segment.display());
            codecs.push(CODECS[usize::from(head[22] & 7)]);
            at += 12 + usize::try_from(length)?;
        }
        ensure!(at == bytes.len(), "{} ends inside a batch", segment.display());
    }
    Ok(codecs)
}
