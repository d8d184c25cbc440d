//! Files of the sink, opened by the libraries that people open such files with: fastavro, pyarrow
//! and DuckDB. Every format with every codec, from one topic.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::Suite;
use crate::kafka;
use crate::process::Process;
use crate::runtime::{Runtime, python_command};

const TOPIC: &str = "orders";
const BUCKET: &str = "readers";

/// Folder of the bucket, and what its connector says beyond the rest.
const FORMATS: &[(&str, &str)] = &[
    ("avro-null", "format.class=AvroFormat\navro.codec=null"),
    ("avro-deflate", "format.class=AvroFormat\navro.codec=deflate"),
    ("avro-snappy", "format.class=AvroFormat\navro.codec=snappy"),
    ("avro-bzip2", "format.class=AvroFormat\navro.codec=bzip2"),
    ("parquet-none", "format.class=ParquetFormat\nparquet.codec=none"),
    ("parquet-snappy", "format.class=ParquetFormat"),
    ("parquet-gzip", "format.class=ParquetFormat\nparquet.codec=gzip"),
    ("parquet-brotli", "format.class=ParquetFormat\nparquet.codec=brotli"),
    ("parquet-zstd", "format.class=ParquetFormat\nparquet.codec=zstd"),
    ("parquet-lz4", "format.class=ParquetFormat\nparquet.codec=lz4"),
    ("parquet-lz4_raw", "format.class=ParquetFormat\nparquet.codec=lz4_raw"),
    ("json", "format.class=JsonFormat\njson.decimal.format=NUMERIC"),
];

pub(crate) fn register(suite: &mut Suite) {
    if !against_apache_kafka() {
        suite.add("readers::pyarrow_duckdb_fastavro", &[Runtime::Python], open_every_format);
    }
}

fn open_every_format() -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut arguments = Vec::new();
    for (folder, format) in FORMATS {
        let path = home.path().join(format!("{folder}.properties"));
        fs::write(&path, connector(folder, format)?)?;
        arguments.push("--connector".to_owned());
        arguments.push(path.display().to_string());
    }
    let mut broker = Broker::start(Settings { arguments, ..Settings::default() })?;
    kafka::create_topic(broker.bootstrap(), TOPIC, 1)?;
    let report = broker.report();
    let mut command = python_command("readers.py");
    for part in [&report.s3_endpoint, &report.s3_access_key, &report.s3_secret_key] {
        command.arg(part.as_ref().context("the report names the S3 endpoint")?);
    }
    command.args([BUCKET, broker.bootstrap(), TOPIC]);
    command.args(FORMATS.iter().map(|(folder, _)| folder));
    let read = Process::run("readers.py", &mut command, "")?;
    ensure!(read.len() == FORMATS.len(), "read were {read:?}");
    broker.stop()
}

fn connector(folder: &str, format: &str) -> Result<String> {
    let mut text = String::new();
    writeln!(text, "name={folder}\nconnector.class=io.confluent.connect.s3.S3SinkConnector")?;
    writeln!(text, "storage.class=io.confluent.connect.s3.storage.S3Storage\ntopics={TOPIC}")?;
    writeln!(text, "s3.bucket.name={BUCKET}\ntopics.dir={folder}\nflush.size=100")?;
    writeln!(text, "value.converter=org.apache.kafka.connect.json.JsonConverter\n{format}")?;
    Ok(text)
}
