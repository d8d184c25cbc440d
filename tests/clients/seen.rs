//! What the broker saw: a client that is told a wrong address, or speaks something else, is found
//! under the right number; clients that work are not, however often they rebalance or die.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::Value;

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::client::{CLIENTS, Client};
use crate::elsewhere;
use crate::harness::Suite;
use crate::kafka;
use crate::process::{PATIENCE, Process};
use crate::record::{Record, now_ms, to_lines};
use crate::runtime::Runtime;

/// What is advertised, and what becomes of a client on this machine.
const TOLD: [(&str, &str, &str); 6] = [
    ("a_service_name", "kafka.invalid:9092", "L04"),
    ("a_container_id", "9c95dafd9323:9092", "L05"),
    ("a_port_where_nobody_listens", "127.0.0.1:1", "L07"),
    ("a_private_name_of_the_cloud", "ip-10-0-0-7.eu-west-1.compute.internal:9092", "L09"),
    ("an_address_without_a_broker", "192.0.2.254:9092", "L09"),
    ("a_name_of_kubernetes", "kafka-0.kafka.default.svc.cluster.local:9092", "L10"),
];

pub(crate) fn register(suite: &mut Suite) {
    if against_apache_kafka() {
        return;
    }
    for client in &CLIENTS {
        suite.add(
            format!("{}::cannot_resolve_what_it_is_told", client.name),
            client.runtimes,
            || fails(client, "kafka.invalid:9092", "L04"),
        );
        if client.tls {
            suite.add(format!("{}::speaks_tls_to_plaintext", client.name), client.runtimes, || {
                speaks_tls(client)
            });
        }
    }
    for (name, told, id) in TOLD {
        suite.add(format!("seen::is_told_{name}"), &[], move || fails(native()?, told, id));
    }
    for case in &elsewhere::CASES {
        let name = format!("seen::is_{}", case.name);
        suite.add(name, case.runtimes, || elsewhere::start(case));
    }
    suite.add("seen::is_told_the_address_of_another_broker", &[], another_broker);
    suite.add("seen::uses_a_listener_that_is_not_advertised", &[], not_advertised);
    suite.add("seen::sends_http", &[], sends_http);
    suite.add("seen::is_mended_and_works", &[], is_mended);
    suite.add(
        "seen::nothing_is_wrong_with_clients_that_work",
        &[Runtime::Python, Runtime::Node, Runtime::Go, Runtime::Java],
        nothing_is_wrong,
    );
}

/// The client that is always there.
fn native() -> Result<&'static Client> {
    CLIENTS.iter().find(|client| client.runtimes.is_empty()).context("a client")
}

/// A broker that tells its clients `told`.
fn telling(told: &str) -> Result<Broker> {
    let property = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    Broker::start(Settings {
        properties: vec![
            property("listeners", "PLAINTEXT://127.0.0.1:0"),
            property("advertised.listeners", &format!("PLAINTEXT://{told}")),
        ],
        ..Settings::default()
    })
}

fn fails(client: &Client, told: &str, id: &str) -> Result<()> {
    let mut broker = telling(told)?;
    let _trying = trying(client, &broker.report().listeners[0].bound)?;
    let finding = only_finding(&mut broker, id)?;
    ensure!(finding["address"] == "127.0.0.1" && finding["listener"] == "PLAINTEXT", "{finding}");
    let evidence = finding["evidence"].as_str().context("evidence")?;
    ensure!(evidence.contains(told), "{evidence} does not name {told}");
    let fixed = &finding["fix"]["settings"][0];
    let value = fixed["value"].as_str().context("a value")?;
    ensure!(fixed["name"] == "advertised.listeners", "{fixed}");
    ensure!(
        value.ends_with(broker.report().listeners[0].bound.trim_start_matches("127.0.0.1")),
        "{value}"
    );
    let report = report(&broker)?;
    let lost = finding["clients"][0].clone();
    let clients = report["clients"].as_array().context("clients")?;
    let client = clients.iter().find(|it| it["id"] == lost).context("the client")?;
    ensure!(client["state"] == "lost" && client["findings"][0] == id, "{client}");
    ensure!(client["told"] == told, "{client}");
    Ok(())
}

/// A client that tries to write a record, until it is dropped.
pub(crate) fn trying(client: &Client, bootstrap: &str) -> Result<Process> {
    trying_with(client, client.command().args(["produce", bootstrap]))
}

fn trying_with(client: &Client, command: &mut Command) -> Result<Process> {
    let mut process = Process::spawn(client.name, command)?;
    process.write(&to_lines(&[Record::plain("wanted", 0, now_ms(), "hello")])?)?;
    process.close_stdin();
    Ok(process)
}

/// Two brokers on one port of two addresses: the first tells the second's.
fn another_broker() -> Result<()> {
    let other = Broker::start(Settings {
        properties: vec![("listeners".to_owned(), "PLAINTEXT://127.0.0.2:0".to_owned())],
        ..Settings::default()
    })?;
    let told = other.report().listeners[0].bound.clone();
    let (_, port) = told.rsplit_once(':').context("a port")?;
    let mut broker = Broker::start(Settings {
        properties: vec![
            ("listeners".to_owned(), format!("PLAINTEXT://127.0.0.1:{port}")),
            ("advertised.listeners".to_owned(), format!("PLAINTEXT://{told}")),
        ],
        ..Settings::default()
    })?;
    // Its records go to the other broker.
    let bound = broker.report().listeners[0].bound.clone();
    native()?.produce(&bound, &mut [Record::plain("stray", 0, now_ms(), "hello")])?;
    only_finding(&mut broker, "L19")?;
    none_in(&other)
}

fn not_advertised() -> Result<()> {
    let property = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut broker = Broker::start(Settings {
        properties: vec![
            property("listeners", "SHOWN://127.0.0.1:0,HIDDEN://127.0.0.1:0"),
            property("listener.security.protocol.map", "SHOWN:PLAINTEXT,HIDDEN:PLAINTEXT"),
            property("inter.broker.listener.name", "SHOWN"),
            property("advertised.listeners", "SHOWN://127.0.0.1:0"),
        ],
        ..Settings::default()
    })?;
    let hidden = broker.report().listeners.iter().find(|it| it.name == "HIDDEN");
    let _trying = trying(native()?, &hidden.context("HIDDEN")?.bound)?;
    let finding = only_finding(&mut broker, "L14")?;
    ensure!(finding["listener"] == "HIDDEN", "{finding}");
    Ok(())
}

fn speaks_tls(client: &Client) -> Result<()> {
    let mut broker = Broker::start(Settings::default())?;
    let mut command = client.command();
    command.args(["produce", broker.bootstrap()]).env("KLAMM_TEST_TLS", "1");
    let _trying = trying_with(client, &mut command)?;
    only_finding(&mut broker, "L15")?;
    Ok(())
}

/// What a browser or a health check sends; a check that only connects is fine.
fn sends_http() -> Result<()> {
    let mut broker = Broker::start(Settings::default())?;
    drop(TcpStream::connect(broker.bootstrap())?);
    let mut stream = TcpStream::connect(broker.bootstrap())?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer);
    only_finding(&mut broker, "L17")?;
    let report = report(&broker)?;
    let states: Vec<_> = report["clients"].as_array().context("clients")?.iter().collect();
    ensure!(states.len() == 1 && states[0]["state"] == "stranger", "{states:?}");
    Ok(())
}

/// The finding is withdrawn when a client at the same address gets through after all.
fn is_mended() -> Result<()> {
    let mut broker = telling("kafka.invalid:9092")?;
    let bound = broker.report().listeners[0].bound.clone();
    let trying = trying(native()?, &bound)?;
    only_finding(&mut broker, "L04")?;
    drop(trying);
    // As with an entry in /etc/hosts: what is told is of no use, and the client comes all the same.
    let mut stream = TcpStream::connect(bound)?;
    stream.write_all(HEARTBEAT)?;
    stream.read_exact(&mut [0; 4])?;
    let report = report(&broker)?;
    ensure!(report["findings"][0]["withdrawn_at_ms"].is_i64(), "{report}");
    Ok(())
}

/// Heartbeat, version 0, of client `x` in a group that does not exist.
const HEARTBEAT: &[u8] =
    &[0, 0, 0, 21, 0, 12, 0, 0, 0, 0, 0, 1, 0, 1, b'x', 0, 1, b'g', 0, 0, 0, 1, 0, 1, b'm'];

/// All clients write, read, commit, look up, share groups, and are killed; some connect and leave,
/// some only ask, and some stay idle for longer than any finding waits.
fn nothing_is_wrong() -> Result<()> {
    let mut broker = Broker::start(Settings::default())?;
    let bootstrap = broker.bootstrap().to_owned();
    let silent = TcpStream::connect(&bootstrap)?;
    let (mut idle, mut members) = (Vec::new(), Vec::new());
    for client in &CLIENTS {
        let topic = format!("soak-{}", client.name);
        kafka::create_topic(&bootstrap, &topic, 2)?;
        let mut records = vec![Record::plain(&topic, 0, now_ms(), "hello")];
        client.produce(&bootstrap, &mut records)?;
        client.consume(&bootstrap, &topic, &topic, 1)?;
        client.metadata(&bootstrap, &topic, &topic)?;
        let mut dies = client.member(&bootstrap, &topic, &topic)?;
        dies.line()?.context("an assignment")?;
        members.push(client.member(&bootstrap, &topic, &topic)?);
        dies.kill();
        drop(TcpStream::connect(&bootstrap)?);
        // Asks about a topic that exists, and wants nothing of it.
        let asks: BaseConsumer =
            kafka::config(&bootstrap).set("client.id", client.name).create()?;
        asks.fetch_metadata(Some(&topic), PATIENCE)?;
        idle.push(asks);
    }
    let deadline = Instant::now() + PATIENCE;
    while !is_quiet(&report(&broker)?)? {
        ensure!(Instant::now() < deadline, "clients keep coming");
        broker.tick()?;
    }
    drop((silent, idle, members));
    none_in(&broker)
}

/// Whether no client came for longer than the ten seconds that a finding waits at most.
fn is_quiet(report: &Value) -> Result<bool> {
    let clients = report["clients"].as_array().context("clients")?;
    let last = clients.iter().filter_map(|it| it["first_seen_ms"].as_i64()).max();
    let now = report["now_ms"].as_i64().context("a time")?;
    Ok(last.is_some_and(|last| now > last + 11_000))
}

/// The finding of this id, once it is there; an error if another one is there.
fn only_finding(broker: &mut Broker, id: &str) -> Result<Value> {
    only_finding_in(broker, report, id)
}

/// The same, of wherever `report` comes from.
pub(crate) fn only_finding_in(
    broker: &mut Broker,
    report: impl Fn(&Broker) -> Result<Value>,
    id: &str,
) -> Result<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let report = report(broker)?;
        let findings = report["findings"].as_array().context("findings")?;
        if let [finding] = &findings[..] {
            ensure!(finding["id"] == id, "{finding}");
            return Ok(finding.clone());
        }
        ensure!(findings.is_empty(), "{findings:?}");
        ensure!(Instant::now() < deadline, "no finding within {PATIENCE:?}: {report:#}");
        broker.tick()?;
    }
}

/// An error if anything was found.
pub(crate) fn none_in(broker: &Broker) -> Result<()> {
    let report = report(broker)?;
    ensure!(report["findings"] == serde_json::json!([]), "{:#}", report["findings"]);
    Ok(())
}

/// `GET /api/listeners`.
fn report(broker: &Broker) -> Result<Value> {
    let console = broker.report().console.as_deref().context("a console")?;
    report_at(console.strip_prefix("http://").context("an http URL")?)
}

/// The same of a console at `host`, an address and a port.
pub(crate) fn report_at(host: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET /api/listeners HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("a head")?;
    ensure!(head.contains(" 200 "), "{head}");
    Ok(serde_json::from_str(body)?)
}
