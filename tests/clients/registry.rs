//! Records of Confluent's serializers, by a schema registry that wants a password, in files of
//! every format: opened by fastavro, pyarrow and DuckDB.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::Suite;
use crate::kafka;
use crate::process::Process;
use crate::runtime::{Runtime, python_command};

const BUCKET: &str = "registry";
const TOPICS: &[&str] = &["protobuf", "protobuftext", "avro", "json"];

/// A topic, its converter, and a format for its files.
const FOLDERS: &[(&str, &str, &str)] = &[
    ("protobuf", "protobuf.ProtobufConverter", "Json"),
    ("protobuf", "protobuf.ProtobufConverter", "Avro"),
    ("protobuf", "protobuf.ProtobufConverter", "Parquet"),
    ("protobuftext", "protobuf.ProtobufConverter", "Json"),
    ("protobuftext", "protobuf.ProtobufConverter", "Parquet"),
    ("avro", "avro.AvroConverter", "Avro"),
    ("avro", "avro.AvroConverter", "Parquet"),
    ("json", "json.JsonSchemaConverter", "Json"),
    ("json", "json.JsonSchemaConverter", "Avro"),
    ("json", "json.JsonSchemaConverter", "Parquet"),
];

pub(crate) fn register(suite: &mut Suite) {
    if !against_apache_kafka() {
        suite.add("registry::confluent_serializers", &[Runtime::Python], every_converter);
    }
}

fn every_converter() -> Result<()> {
    let mut registry = Process::spawn("registry.py", python_command("registry.py").arg("serve"))?;
    let url = registry.line()?.context("the registry names its address")?;
    let home = tempfile::tempdir()?;
    let (mut arguments, mut folders) = (Vec::new(), Vec::new());
    for (topic, converter, format) in FOLDERS {
        let folder = format!("{topic}-{}", format.to_lowercase());
        let path = home.path().join(format!("{folder}.properties"));
        fs::write(&path, connector(&folder, topic, converter, format, &url)?)?;
        arguments.extend(["--connector".to_owned(), path.display().to_string()]);
        folders.push(folder);
    }
    let mut broker = Broker::start(Settings { arguments, ..Settings::default() })?;
    for topic in TOPICS {
        kafka::create_topic(broker.bootstrap(), topic, 1)?;
    }
    let report = broker.report();
    let mut command = python_command("registry.py");
    command.args(["check", &url]);
    for part in [&report.s3_endpoint, &report.s3_access_key, &report.s3_secret_key] {
        command.arg(part.as_ref().context("the report names the S3 endpoint")?);
    }
    command.args([BUCKET, broker.bootstrap()]).args(&folders);
    let read = Process::run("registry.py", &mut command, "")?;
    ensure!(read == folders, "read were {read:?}");
    broker.stop()
}

fn connector(
    folder: &str,
    topic: &str,
    converter: &str,
    format: &str,
    url: &str,
) -> Result<String> {
    let mut text = String::new();
    writeln!(text, "name={folder}\nconnector.class=io.confluent.connect.s3.S3SinkConnector")?;
    writeln!(text, "storage.class=io.confluent.connect.s3.storage.S3Storage\ntopics={topic}")?;
    writeln!(text, "s3.bucket.name={BUCKET}\ntopics.dir={folder}\nflush.size=100")?;
    writeln!(
        text,
        "format.class={format}Format\nvalue.converter=io.confluent.connect.{converter}"
    )?;
    // The first address is dead: the second answers.
    writeln!(text, "value.converter.schema.registry.url=http://127.0.0.1:1,{url}")?;
    writeln!(text, "value.converter.basic.auth.credentials.source=USER_INFO")?;
    writeln!(text, "value.converter.basic.auth.user.info=klamm:secret")?;
    Ok(text)
}
