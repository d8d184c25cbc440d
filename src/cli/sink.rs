//! `klamm sink`: what the connectors of a running klamm are doing, and what a file would do.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::connectors;
use super::exit::Exit;
use crate::base::{Offset, TopicPartition};
use crate::connect::config::Topics;
use crate::connect::partitioner::PartitionerKind;
use crate::connect::writer::{ObjectName, object_key};
use crate::connect::{SinkConfig, status};

/// See and steer the S3 sink
#[derive(Debug, Args)]
pub(super) struct SinkArgs {
    #[command(subcommand)]
    command: SinkCommand,

    /// The console of the running klamm
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "KLAMM_CONSOLE",
        default_value = "localhost:8080",
        global = true
    )]
    console: String,
}

#[derive(Debug, Subcommand)]
enum SinkCommand {
    /// What every connector is doing, and what its open files wait for
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Why is my bucket empty? What a connector does and what it waits for, in sentences
    Explain {
        /// Only this connector
        connector: Option<String>,
    },
    /// Write what has arrived until now, also into files that are not full
    Flush {
        /// Only this connector
        connector: Option<String>,
    },
    /// Let failed tasks begin anew
    Restart {
        /// Only this connector
        connector: Option<String>,
    },
    /// Check a connector's file and show where its objects would go
    Check {
        /// A .properties or .json file
        file: PathBuf,
    },
}

/// Runs the command.
pub(super) fn run(args: &SinkArgs) -> ExitCode {
    let result = match &args.command {
        SinkCommand::Status { json } => show_status(&args.console, *json),
        SinkCommand::Explain { connector } => explain(&args.console, connector.as_deref()),
        SinkCommand::Flush { connector } => flush(&args.console, connector.as_deref()),
        SinkCommand::Restart { connector } => restart(&args.console, connector.as_deref()),
        SinkCommand::Check { file } => return check(file).into(),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            super::complain(&format_args!("klamm sink: {error:#}"));
            Exit::Failure.into()
        }
    }
}

fn say(text: &str) {
    // A reader that has gone needs no more lines.
    let _ = writeln!(io::stdout(), "{text}");
}

fn show_status(console: &str, as_json: bool) -> anyhow::Result<Exit> {
    let status = call(console, "GET", "/api/sink")?;
    if as_json {
        say(&status.to_string());
        return Ok(Exit::Success);
    }
    let connectors = status.as_array().map_or(&[][..], Vec::as_slice);
    if connectors.is_empty() {
        say("no connectors; start klamm with --connector s3-sink.properties");
    }
    for connector in connectors {
        show_connector(connector);
    }
    Ok(Exit::Success)
}

fn explain(console: &str, connector: Option<&str>) -> anyhow::Result<Exit> {
    let status = call(console, "GET", "/api/sink")?;
    let mut is_known = connector.is_none();
    for one in status.as_array().into_iter().flatten() {
        if connector.is_some_and(|name| name != text(one, "name")) {
            continue;
        }
        is_known = true;
        say(&format!("{}  {}", text(one, "name"), text(one, "state")));
        for line in one["explanation"].as_array().into_iter().flatten() {
            say(&format!("  - {}", line.as_str().unwrap_or("")));
        }
        for warning in one["warnings"].as_array().into_iter().flatten() {
            say(&format!("  note: {}", warning.as_str().unwrap_or("")));
        }
    }
    if !is_known {
        bail!("Connector {} not found", connector.unwrap_or_default());
    }
    if status.as_array().is_none_or(Vec::is_empty) {
        say(
            "No connector runs, so that nothing is written; start klamm with --connector s3-sink.properties",
        );
    }
    Ok(Exit::Success)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn show_connector(connector: &Value) {
    let (name, state) = (text(connector, "name"), text(connector, "state"));
    let (bucket, endpoint) = (text(connector, "bucket"), text(connector, "endpoint"));
    say(&format!("{name}  {state}  to s3://{bucket} at {endpoint}"));
    for task in connector["tasks"].as_array().into_iter().flatten() {
        if text(task, "state") != "RUNNING" {
            say(&format!("  task {}  {}", task["id"], text(task, "state")));
            say(&format!("    error    {}", text(task, "error")));
            say(&format!("    remedy   {}", text(task, "remedy")));
            if let Some(retry_at_ms) = task["retry_at_ms"].as_i64() {
                let now_ms = crate::broker::Clock::start().now().wall_ms;
                let seconds = (retry_at_ms - now_ms).max(0).div_euclid(1000) + 1;
                say(&format!("    retry    within {seconds} s; nothing is lost"));
            }
        }
        let partitions = task["partitions"].as_array().map_or(&[][..], Vec::as_slice);
        if partitions.is_empty() && text(task, "state") == "RUNNING" {
            say("  waits for its topics to exist");
        }
        for partition in partitions {
            show_partition(partition);
        }
    }
}

fn show_partition(partition: &Value) {
    let name = text(partition, "partition");
    let committed = partition["committed_offset"].as_i64();
    let committed = committed.map_or_else(|| "nothing yet".to_owned(), |offset| offset.to_string());
    say(&format!(
        "  {name}: {} records in {} objects; read up to {}, committed {committed}",
        partition["records"], partition["objects"], partition["position"]
    ));
    if let Some(last) = partition["last_object"].as_str() {
        say(&format!("    last     {last}"));
    }
    if let Some(waits_for) = partition["waits_for"].as_str() {
        say(&format!("    {name}: {waits_for}"));
    }
    if partition["skipped_records"].as_u64().unwrap_or(0) > 0 {
        say(&format!("    skipped  {} records", partition["skipped_records"]));
    }
}

fn flush(console: &str, connector: Option<&str>) -> anyhow::Result<Exit> {
    let outcomes = call(console, "POST", &format!("/api/sink/flush{}", which(connector)))?;
    let mut exit = Exit::Success;
    for outcome in outcomes.as_array().into_iter().flatten() {
        let name = text(outcome, "connector");
        let (records, objects) = (&outcome["records"], &outcome["objects"]);
        say(&format!("{name}: {records} records written in {objects} objects"));
        for error in outcome["errors"].as_array().into_iter().flatten() {
            super::complain(&format_args!("{name}: {}", error.as_str().unwrap_or("")));
            exit = Exit::Failure;
        }
    }
    Ok(exit)
}

fn restart(console: &str, connector: Option<&str>) -> anyhow::Result<Exit> {
    call(console, "POST", &format!("/api/sink/restart{}", which(connector)))?;
    Ok(Exit::Success)
}

fn which(connector: Option<&str>) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    connector.map_or_else(String::new, |name| {
        format!("?connector={}", name.bytes().map(escape).collect::<String>())
    })
}

/// One request over HTTP/1.0: the server ends the connection after its answer.
pub(super) fn call(console: &str, method: &str, path: &str) -> anyhow::Result<Value> {
    let address = console.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).with_context(|| {
        format!("no klamm answers at {address}; --console HOST:PORT names its console port")
    })?;
    let request =
        format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or("");
    if body.is_empty() && status.starts_with('2') {
        return Ok(Value::Null);
    }
    let value: Value = serde_json::from_str(body)
        .with_context(|| format!("{address} answered {status}: {body}"))?;
    if !status.starts_with('2') {
        bail!("{}", value["message"].as_str().unwrap_or(body));
    }
    Ok(value)
}

fn check(file: &Path) -> Exit {
    let properties = match connectors::read(file) {
        Ok(properties) => properties,
        Err(problem) => {
            super::complain(&format_args!("{}: {problem}", file.display()));
            return Exit::Configuration;
        }
    };
    match SinkConfig::from_properties(&properties, &connectors::likely()) {
        Ok(config) => {
            for warning in &config.warnings {
                say(&format!("warning: {warning}\n"));
            }
            say(&format!(
                "an object written now: s3://{}/{}",
                config.store.bucket,
                example(&config)
            ));
            say(&format!("at {}", status::endpoint(&config)));
            Exit::Success
        }
        Err(problems) => {
            for problem in &problems {
                super::complain(&format_args!("{problem}"));
            }
            Exit::Configuration
        }
    }
}

/// The key of an object that begins with the record at offset 0, now.
fn example(config: &SinkConfig) -> String {
    let topic = match &config.topics {
        Topics::Named(names) => names.first().map_or("topic", String::as_str).to_owned(),
        Topics::Matching(pattern) => format!("<{pattern}>"),
    };
    let folder = match &config.partitioner.kind {
        PartitionerKind::Default => "partition=0".to_owned(),
        PartitionerKind::Field(paths) => paths
            .iter()
            .map(|path| format!("{}=<value>", path.join(".")))
            .collect::<Vec<_>>()
            .join(&config.naming.directory_delim),
        PartitionerKind::Time(time) => {
            let now_ms = crate::broker::Clock::start().now().wall_ms;
            let start_ms = time.zone.bucket_start_ms(now_ms, time.duration_ms);
            time.pattern.format(start_ms, &time.zone, time.names)
        }
    };
    let partition = TopicPartition::new(topic.as_str(), 0);
    let routed = config.transforms.route(&topic).unwrap_or(topic);
    let name =
        ObjectName { partition: &partition, topic: &routed, folder: &folder, start: Offset::ZERO };
    object_key(&config.naming, &name, &config.naming.extension)
}
