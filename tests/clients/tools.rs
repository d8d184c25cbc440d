//! Kafka's own command line tools: what they print of klamm is what they print of Kafka.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::broker::{self, Broker, Settings};
use crate::client::CLIENTS;
use crate::harness::Suite;
use crate::kafka;
use crate::process::Process;
use crate::record::{Record, every_shape, now_ms};
use crate::runtime::{Runtime, java_command};

const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";
const PRODUCER: &str = "org.apache.kafka.tools.ConsoleProducer";
const CONSUMER: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
const GROUPS: &str = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const OFFSETS: &str = "org.apache.kafka.tools.GetOffsetShell";
const CONFIGS: &str = "kafka.admin.ConfigCommand";
const DELETE_RECORDS: &str = "org.apache.kafka.tools.DeleteRecordsCommand";
const API_VERSIONS: &str = "org.apache.kafka.tools.BrokerApiVersionsCommand";
const CLUSTER: &str = "org.apache.kafka.tools.ClusterTool";
const VERIFIABLE_PRODUCER: &str = "org.apache.kafka.tools.VerifiableProducer";
const VERIFIABLE_CONSUMER: &str = "org.apache.kafka.tools.VerifiableConsumer";
const PRODUCER_PERFORMANCE: &str = "org.apache.kafka.tools.ProducerPerformance";
const CONSUMER_PERFORMANCE: &str = "org.apache.kafka.tools.ConsumerPerformance";
const DUMP_LOG: &str = "org.apache.kafka.tools.DumpLogSegments";

type Test = fn() -> Result<()>;

/// A test for each tool.
pub(crate) fn register(suite: &mut Suite) {
    let tests: [(&str, Test); 11] = [
        ("topics", topics),
        ("console_producer_and_consumer", console),
        ("consumer_groups", consumer_groups),
        ("get_offsets", get_offsets),
        ("configs", configs),
        ("delete_records", delete_records),
        ("broker_api_versions", broker_api_versions),
        ("cluster", cluster),
        ("verifiable_producer_and_consumer", verifiable),
        ("perf_tests", perf_tests),
        ("dump_log", dump_log),
    ];
    for (name, test) in tests {
        suite.add(format!("kafka_tools::{name}"), &[Runtime::Java], test);
    }
}

/// The lines of a tool run against the shared broker; an error unless it succeeds.
fn tool(class: &str, arguments: &[&str], input: &str) -> Result<Vec<String>> {
    let broker = broker::shared()?;
    let mut command = java_command(class);
    command.args(["--bootstrap-server", broker.bootstrap()]).args(arguments);
    Process::run(class, &mut command, input)
        .with_context(|| format!("{class} {}", arguments.join(" ")))
}

/// An error, with everything that was printed, unless a line is `wanted` in its words.
fn has_line(lines: &[String], wanted: &str) -> Result<()> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let found = lines.iter().any(|line| words(line) == words(wanted));
    ensure!(found, "no line {wanted:?} in\n{}", lines.join("\n"));
    Ok(())
}

/// Ten records in each partition of a new topic.
fn filled(topic: &str, partitions: i32) -> Result<Vec<Record>> {
    let broker = broker::shared()?;
    kafka::create_topic(broker.bootstrap(), topic, partitions)?;
    let start = now_ms();
    let mut records: Vec<_> = (0..partitions * 10)
        .map(|n| Record::plain(topic, n % partitions, start + i64::from(n), &format!("value {n}")))
        .collect();
    rust_client().produce(broker.bootstrap(), &mut records)?;
    Ok(records)
}

fn rust_client() -> &'static crate::client::Client {
    CLIENTS.iter().find(|client| client.runtimes.is_empty()).expect("it is in the table")
}

fn topics() -> Result<()> {
    let name = ["--topic", "tool-topics"];
    let with = |more: &[&'static str]| [&name[..], more].concat();
    let created = with(&["--create", "--partitions", "2", "--config", "retention.ms=60000"]);
    has_line(&tool(TOPICS, &created, "")?, "Created topic tool-topics.")?;
    let again = tool(TOPICS, &created, "").err().context("created twice")?;
    ensure!(format!("{again:#}").contains("Topic 'tool-topics' already exists."), "{again:#}");
    has_line(&tool(TOPICS, &["--list"], "")?, "tool-topics")?;

    let described = tool(TOPICS, &with(&["--describe"]), "")?;
    let head = described.first().context("a line")?;
    ensure!(head.contains("PartitionCount: 2\tReplicationFactor: 1\tConfigs: "), "{head}");
    ensure!(head.contains("retention.ms=60000"), "{head}");
    for partition in 0..2 {
        let line = format!(
            "Topic: tool-topics Partition: {partition} Leader: 1 Replicas: 1 Isr: 1 Elr: \
             LastKnownElr:"
        );
        has_line(&described, &line)?;
    }
    tool(TOPICS, &with(&["--alter", "--partitions", "3"]), "")?;
    let described = tool(TOPICS, &with(&["--describe"]), "")?;
    ensure!(described[0].contains("PartitionCount: 3"), "{described:?}");
    tool(TOPICS, &with(&["--delete"]), "")?;
    let left = tool(TOPICS, &["--list"], "")?;
    ensure!(!left.iter().any(|topic| topic == "tool-topics"), "still listed: {left:?}");
    Ok(())
}

fn console() -> Result<()> {
    let topic = ["--topic", "tool-console"];
    kafka::create_topic(broker::shared()?.bootstrap(), topic[1], 1)?;
    for codec in crate::record::CODECS {
        let arguments = [
            &topic[..],
            &["--compression-codec", codec],
            &["--reader-property", "parse.key=true"],
            &["--reader-property", "parse.headers=true"],
            &["--reader-property", "null.marker=NULL"],
        ];
        let input = format!("codec:{codec},h:1,h:2\tkey\tvalue\ncodec:{codec}\tgone\tNULL\n");
        tool(PRODUCER, &arguments.concat(), &input)?;
    }
    let read = |group: &str, count: &str| {
        let arguments = [
            &topic[..],
            &["--from-beginning", "--group", group, "--max-messages", count],
            &["--formatter-property", "print.key=true"],
            &["--formatter-property", "print.headers=true"],
            &["--formatter-property", "print.offset=true"],
            &["--formatter-property", "null.literal=NULL"],
        ];
        tool(CONSUMER, &arguments.concat(), "")
    };
    let mut expected = Vec::new();
    for codec in crate::record::CODECS {
        expected.push(format!("Offset:{}\tcodec:{codec},h:1,h:2\tkey\tvalue", expected.len()));
        expected.push(format!("Offset:{}\tcodec:{codec}\tgone\tNULL", expected.len()));
    }
    // The same group twice: the second process resumes where the first has committed.
    let mut lines = read("tool-console", "6")?;
    lines.extend(read("tool-console", "4")?);
    lines.retain(|line| line.starts_with("Offset:"));
    ensure!(lines == expected, "{lines:#?}");
    Ok(())
}

fn consumer_groups() -> Result<()> {
    let name = "tool-groups";
    filled(name, 2)?;
    let broker = broker::shared()?;
    let read = rust_client().consume(broker.bootstrap(), name, name, 20)?;
    ensure!(read.len() == 20, "{} records", read.len());
    let group = |more: &[&'static str]| tool(GROUPS, &[&["--group", name][..], more].concat(), "");

    has_line(&tool(GROUPS, &["--list"], "")?, name)?;
    let described = group(&["--describe"])?;
    has_line(&described, "tool-groups tool-groups 0 10 10 0 - - -")?;
    has_line(&described, "tool-groups tool-groups 1 10 10 0 - - -")?;
    let coordinator = broker.bootstrap();
    has_line(
        &group(&["--describe", "--state"])?,
        &format!("tool-groups {coordinator} (1) - Empty 0"),
    )?;

    let reset = group(&["--reset-offsets", "--topic", name, "--to-offset", "4", "--execute"])?;
    has_line(&reset, "tool-groups tool-groups 1 4")?;
    has_line(&group(&["--describe"])?, "tool-groups tool-groups 1 4 10 6 - - -")?;
    has_line(
        &group(&["--delete-offsets", "--topic", "tool-groups:1"])?,
        "tool-groups 1 Successful",
    )?;
    let described = group(&["--describe"])?;
    ensure!(!described.iter().any(|line| line.contains("tool-groups  1")), "{described:?}");
    has_line(
        &group(&["--delete"])?,
        "Deletion of requested consumer groups ('tool-groups') was successful.",
    )?;
    let left = tool(GROUPS, &["--list"], "")?;
    ensure!(!left.iter().any(|line| line == name), "still listed: {left:?}");

    let mut member = rust_client().member(broker.bootstrap(), name, name)?;
    while !member.line()?.context("a member")?.contains(r#""assigned":[0,1]"#) {}
    let refused = group(&["--delete"]);
    let text = refused.map_or_else(|error| format!("{error:#}"), |lines| lines.join("\n"));
    ensure!(text.contains("The group is not empty."), "deleted while in use: {text}");
    let members = group(&["--describe", "--members"])?.join("\n");
    ensure!(members.contains("rdkafka") && members.contains("/127.0.0.1"), "{members}");
    let state = group(&["--describe", "--state"])?.join(" ");
    ensure!(state.contains("Stable") && state.contains("range"), "{state}");
    Ok(())
}

fn get_offsets() -> Result<()> {
    let name = "tool-offsets";
    let records = filled(name, 2)?;
    let at = |time: &str| tool(OFFSETS, &["--topic", name, "--time", time], "");
    // Partition 0 has the even ones of twenty records, a millisecond apart.
    let middle = (records[0].timestamp + 9).to_string();
    for (time, zero, one) in
        [("-1", 10, 10), ("-2", 0, 0), ("-3", 9, 9), ("earliest", 0, 0), (&middle, 5, 4)]
    {
        let expected = [format!("{name}:0:{zero}"), format!("{name}:1:{one}")];
        let lines = at(time)?;
        ensure!(lines == expected, "--time {time}: {lines:?}");
    }
    Ok(())
}

fn configs() -> Result<()> {
    let name = "tool-configs";
    kafka::create_topic(broker::shared()?.bootstrap(), name, 1)?;
    let topic = |more: &[&'static str]| {
        let entity = ["--entity-type", "topics", "--entity-name", name];
        tool(CONFIGS, &[&entity[..], more].concat(), "")
    };
    let done = "Completed updating config for topic tool-configs.";
    has_line(
        &topic(&["--alter", "--add-config", "max.message.bytes=2000,retention.ms=1000"])?,
        done,
    )?;
    let set = "max.message.bytes=2000 sensitive=false \
               synonyms={DYNAMIC_TOPIC_CONFIG:max.message.bytes=2000, \
               DEFAULT_CONFIG:message.max.bytes=1048588}";
    has_line(&topic(&["--describe"])?, set)?;
    let all = topic(&["--describe", "--all"])?;
    has_line(&all, set)?;
    let unset = "segment.bytes=1073741824 sensitive=false \
                 synonyms={DEFAULT_CONFIG:log.segment.bytes=1073741824}";
    has_line(&all, unset)?;
    has_line(&topic(&["--alter", "--delete-config", "max.message.bytes,retention.ms"])?, done)?;
    let left = topic(&["--describe"])?;
    ensure!(!left.iter().any(|line| line.contains("max.message.bytes")), "{left:?}");
    let refused = topic(&["--alter", "--add-config", "max.message.bytes=many"]);
    ensure!(refused.is_err(), "a word was taken for a number: {refused:?}");
    let broker = tool(
        CONFIGS,
        &["--entity-type", "brokers", "--entity-name", "1", "--describe", "--all"],
        "",
    )?;
    let prefix = "socket.request.max.bytes=104857600 sensitive=false";
    ensure!(broker.iter().any(|line| line.trim().starts_with(prefix)), "{broker:#?}");
    Ok(())
}

fn delete_records() -> Result<()> {
    let name = "tool-delete-records";
    filled(name, 1)?;
    let file = tempfile::NamedTempFile::new()?;
    let partition = serde_json::json!({"topic": name, "partition": 0, "offset": 4});
    let wanted = serde_json::json!({"version": 1, "partitions": [partition]});
    fs::write(file.path(), wanted.to_string())?;
    let path = file.path().to_str().context("a readable path")?;
    let deleted = tool(DELETE_RECORDS, &["--offset-json-file", path], "")?;
    has_line(&deleted, "partition: tool-delete-records-0 low_watermark: 4")?;
    let earliest = tool(OFFSETS, &["--topic", name, "--time", "earliest"], "")?;
    ensure!(earliest == ["tool-delete-records:0:4"], "{earliest:?}");
    let broker = broker::shared()?;
    let read = rust_client().consume(broker.bootstrap(), name, name, 6)?;
    ensure!(read[0].offset == 4, "{:?}", read[0]);
    Ok(())
}

fn broker_api_versions() -> Result<()> {
    let lines = tool(API_VERSIONS, &[], "")?;
    ensure!(lines[0].starts_with(broker::shared()?.bootstrap()), "{}", lines[0]);
    for line in [
        "Produce(0): 0 to 13 [usable: 13],",
        "Fetch(1): 4 to 18 [usable: 18],",
        "JoinGroup(11): 0 to 9 [usable: 9],",
        "ApiVersions(18): 0 to 4 [usable: 4],",
    ] {
        has_line(&lines, line)?;
    }
    Ok(())
}

fn cluster() -> Result<()> {
    let mut command = java_command(CLUSTER);
    let broker = broker::shared()?;
    command.args(["cluster-id", "--bootstrap-server", broker.bootstrap()]);
    let lines = Process::run(CLUSTER, &mut command, "")?;
    let id = lines[0].strip_prefix("Cluster ID: ").context("a cluster id")?;
    ensure!(id.len() == 22, "{id}");
    Ok(())
}

fn verifiable() -> Result<()> {
    let name = "tool-verifiable";
    kafka::create_topic(broker::shared()?.bootstrap(), name, 2)?;
    let produced = tool(VERIFIABLE_PRODUCER, &["--topic", name, "--max-messages", "50"], "")?;
    let summary = produced.last().context("a line")?;
    ensure!(summary.contains(r#""sent":50,"acked":50"#), "{summary}");
    let arguments = ["--topic", name, "--group-id", name, "--max-messages", "50"];
    let consumed =
        tool(VERIFIABLE_CONSUMER, &[&arguments[..], &["--reset-policy", "earliest"]].concat(), "")?;
    let mut committed = 0;
    for line in &consumed {
        let event: serde_json::Value = serde_json::from_str(line)?;
        match event["name"].as_str() {
            Some("offsets_committed") => {
                ensure!(event["success"] == true, "{line}");
            }
            Some("records_consumed") => committed += event["count"].as_u64().context("a count")?,
            _ => {}
        }
    }
    ensure!(committed == 50, "{committed} of 50:\n{}", consumed.join("\n"));
    Ok(())
}

fn perf_tests() -> Result<()> {
    let name = "tool-perf";
    kafka::create_topic(broker::shared()?.bootstrap(), name, 1)?;
    let sizes = ["--num-records", "20000", "--record-size", "200", "--throughput", "-1"];
    let lines = tool(PRODUCER_PERFORMANCE, &[&["--topic", name][..], &sizes].concat(), "")?;
    let last = lines.last().context("a line")?;
    ensure!(last.starts_with("20000 records sent"), "{last}");
    let lines = tool(CONSUMER_PERFORMANCE, &["--topic", name, "--num-records", "20000"], "")?;
    let figures = lines.last().context("a line")?;
    let count = figures.split(", ").nth(4).context("data.consumed.in.nMsg")?;
    ensure!(count.parse::<u64>()? >= 20_000, "{figures}");
    Ok(())
}

/// Every file that a broker leaves behind, after a life with every codec, idempotent producers,
/// groups and several segments, is read without a complaint.
fn dump_log() -> Result<()> {
    let mut broker = Broker::start(Settings::default())?;
    kafka::create_topic(broker.bootstrap(), "dumped", 1)?;
    let mut records = every_shape("dumped", 0, rust_client());
    rust_client().produce(broker.bootstrap(), &mut records)?;
    let mut many: Vec<_> = (0..2000)
        .map(|n| Record::plain("dumped", 0, now_ms(), &format!("{n} {}", "x".repeat(500))))
        .collect();
    rust_client().produce(broker.bootstrap(), &mut many)?;
    kafka::produce_idempotently(broker.bootstrap(), "dumped", 100)?;
    rust_client().consume(broker.bootstrap(), "dumped", "dumped", 100)?;
    broker.stop()?;

    let mut files = Vec::new();
    for partition in fs::read_dir(broker.log_dir())? {
        let partition = partition?.path();
        for file in fs::read_dir(&partition).into_iter().flatten() {
            let file = file?.path();
            let extension = file.extension().and_then(|extension| extension.to_str());
            if matches!(extension, Some("log" | "index" | "timeindex" | "snapshot")) {
                files.push(file.to_str().context("a readable path")?.to_owned());
            }
        }
    }
    let names = files.join(",");
    for name in ["dumped-0/00000000000000000000.timeindex", "__consumer_offsets-"] {
        ensure!(names.contains(name), "no {name} in {names}");
    }
    let mut command = java_command(DUMP_LOG);
    command.args(["--deep-iteration", "--print-data-log", "--files", &names]);
    let mut dump = Process::spawn("kafka-dump-log", &mut command)?;
    dump.close_stdin();
    let (lines, complaints) = dump.finish_both()?;
    ensure!(complaints.trim().is_empty(), "{complaints}");
    for complaint in ["ismatch", "Non-consecutive", "isvalid: false", "not found", "out of order"] {
        if let Some(line) = lines.iter().find(|line| line.contains(complaint)) {
            bail!("{line}");
        }
    }
    let dumped = lines.iter().filter(|line| line.starts_with("| offset:")).count();
    let written = records.len() + many.len() + 100;
    ensure!(dumped >= written, "{dumped} records in the dump, {written} written");
    Ok(())
}
