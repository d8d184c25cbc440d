//! `klamm doctor` on listeners as people get them wrong: each has its number and its exit code,
//! and a healthy broker has none.

use std::net::{TcpListener, TcpStream};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::broker::{self, Broker, Settings, against_apache_kafka, free_port};
use crate::harness::Suite;

pub(crate) fn register(suite: &mut Suite) {
    if against_apache_kafka() {
        return;
    }
    suite.add("doctor::a_healthy_broker_has_no_finding", &[], a_healthy_broker);
    suite.add("doctor::a_told_address_that_leads_nowhere", &[], told_nowhere);
    suite.add("doctor::a_told_address_that_leads_to_another_broker", &[], told_to_another);
    suite.add("doctor::a_bootstrap_address_without_kafka", &[], no_kafka);
    suite.add("doctor::a_broker_that_is_reached_and_does_not_work", &[], does_not_work);
    suite.add("doctor::what_clients_elsewhere_make_of_it", &[], from_elsewhere);
    suite.add("doctor::what_is_impossible_is_said_before_anything_is_tried", &[], impossible);
}

/// What the doctor said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) report: Value,
}

impl Said {
    /// The numbers of what stops clients.
    pub(crate) fn blocking(&self) -> Vec<&str> {
        let findings = self.report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
        let blocking = findings.iter().filter(|finding| finding["blocks"] == true);
        blocking.filter_map(|finding| finding["id"].as_str()).collect()
    }

    /// That it is exactly this, with this exit code.
    pub(crate) fn is(&self, ids: &[&str], code: i32) -> Result<()> {
        ensure!(
            self.blocking() == ids,
            "{:?} instead of {ids:?}: {:#}",
            self.blocking(),
            self.report
        );
        ensure!(self.code == Some(code), "exit code {:?} instead of {code}", self.code);
        ensure!(self.report["exit_code"] == code, "the report says {}", self.report["exit_code"]);
        ensure!(self.report["healthy"] == ids.is_empty(), "{:#}", self.report);
        Ok(())
    }

    /// A text of the first finding.
    fn first(&self, field: &str) -> &str {
        self.report["findings"][0][field].as_str().unwrap_or_default()
    }
}

/// Runs the doctor with more arguments.
pub(crate) fn doctor(bootstrap: &str, arguments: &[&str]) -> Result<Said> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klamm"));
    command.args(["doctor", bootstrap, "--json"]).args(arguments);
    let output = command.env_remove("KLAMM_BOOTSTRAP_SERVER").output()?;
    let report = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok(Said { code: output.status.code(), report })
}

/// A klamm whose clients are told `told`.
fn telling(told: &str, more: &[(&str, &str)]) -> Result<Broker> {
    let mut pairs = vec![("advertised.listeners", told)];
    pairs.extend(more);
    start(&pairs)
}

fn start(pairs: &[(&str, &str)]) -> Result<Broker> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let properties = pairs.iter().map(owned).collect();
    Broker::start(Settings { properties, ..Settings::default() })
}

fn bound(broker: &Broker) -> Result<String> {
    Ok(broker.report().listeners.first().context("a listener")?.bound.clone())
}

fn a_healthy_broker() -> Result<()> {
    let broker = start(&[])?;
    let first = doctor(broker.bootstrap(), &[])?;
    first.is(&[], 0)?;
    ensure!(first.report["findings"] == serde_json::json!([]), "{:#}", first.report);
    ensure!(first.report["round_trip"]["done"] == true, "{:#}", first.report);
    ensure!(first.report["told"][0]["attempts"][0]["detail"]["node"] == 1, "{:#}", first.report);
    let second = doctor(broker.bootstrap(), &["--no-write"])?;
    second.is(&[], 0)?;
    // What the round trip made is gone.
    ensure!(second.report["topics"] == first.report["topics"], "{:#}", second.report);
    ensure!(second.report["round_trip"]["not_tried"] == "--no-write", "{:#}", second.report);
    Ok(())
}

fn told_nowhere() -> Result<()> {
    let closed = free_port("127.0.0.1")?;
    for (told, id) in [
        (format!("127.0.0.1:{closed}"), "L07"),
        (format!("[::]:{closed}"), "L11"),
        ("kafka.invalid:9092".to_owned(), "L04"),
        ("no-such-service:9092".to_owned(), "L04"),
        ("9c95dafd9323:9092".to_owned(), "L05"),
        ("ip-10-0-145-219.us-west-2.compute.internal:9092".to_owned(), "L09"),
        ("kafka-0.kafka.default.svc.cluster.local:9092".to_owned(), "L10"),
    ] {
        let broker = telling(&format!("PLAINTEXT://{told}"), &[])?;
        let said = doctor(&bound(&broker)?, &[])?;
        said.is(&[id], 6).with_context(|| told.clone())?;
        ensure!(said.first("listener") == "PLAINTEXT", "{told}: {:#}", said.report);
    }
    Ok(())
}

fn told_to_another() -> Result<()> {
    let one = [("klamm.cluster.id", "one-cluster"), ("node.id", "1")];
    let other_cluster = start(&[("klamm.cluster.id", "other-cluster")])?;
    let told = format!("PLAINTEXT://{}", other_cluster.bootstrap());
    let said = doctor(&bound(&telling(&told, &one)?)?, &[])?;
    said.is(&["L07"], 6)?;
    ensure!(said.first("evidence").contains("other-cluster"), "{:#}", said.report);
    let other_node = start(&[("klamm.cluster.id", "one-cluster"), ("node.id", "2")])?;
    let told = format!("PLAINTEXT://{}", other_node.bootstrap());
    let said = doctor(&bound(&telling(&told, &one)?)?, &[])?;
    said.is(&["L19"], 6)?;
    ensure!(said.first("evidence").contains("broker 2 answers"), "{:#}", said.report);
    Ok(())
}

fn no_kafka() -> Result<()> {
    let closed = format!("127.0.0.1:{}", free_port("127.0.0.1")?);
    doctor(&closed, &[])?.is(&["L01"], 5)?;
    doctor("kafka.invalid:9092", &[])?.is(&["L01"], 5)?;
    doctor("no-such-service:9092", &[])?.is(&["L04"], 5)?;
    // Connections wait in the queue of a listener that nobody accepts from.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let said = doctor(&silent.local_addr()?.to_string(), &["--timeout", "0.5"])?;
    said.is(&["L01"], 5)?;
    ensure!(said.first("evidence").contains("not a byte"), "{:#}", said.report);
    let closing = answering(|_| {})?;
    let said = doctor(&closing, &[])?;
    said.is(&["L01"], 5)?;
    ensure!(said.first("evidence").contains("closed at once"), "{:#}", said.report);
    let ssh = answering(|mut stream| {
        let _gone = std::io::Write::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.6\r\n");
        // Held until the other side has read it and goes.
        let _closed = std::io::Read::read(&mut stream, &mut [0; 64]);
    })?;
    let said = doctor(&ssh, &[])?;
    said.is(&["L01"], 7)?;
    ensure!(said.first("evidence").contains("SSH-2.0-OpenSSH_9.6"), "{:#}", said.report);
    let broker = Broker::start(Settings::default())?;
    let endpoint = broker.report().s3_endpoint.clone().context("an S3 endpoint")?;
    let http = endpoint.strip_prefix("http://").context("an address")?;
    doctor(http, &["--timeout", "2"])?.is(&["L17"], 7)?;
    doctor(http, &["--timeout", "2", "-X", "security.protocol=SSL"])?.is(&["L17"], 7)?;
    doctor(broker.bootstrap(), &["-X", "security.protocol=SSL"])?.is(&["L15"], 7)
}

/// A server that does `serve` with every connection and then closes it.
fn answering(serve: impl Fn(TcpStream) + Send + 'static) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    // Ends with the process: a blocked accept cannot be asked to stop.
    std::thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    Ok(address)
}

fn does_not_work() -> Result<()> {
    let hidden = start(&[
        ("listeners", "HIDDEN://127.0.0.1:0,SHOWN://127.0.0.1:0"),
        ("advertised.listeners", "SHOWN://127.0.0.1:9092"),
        ("listener.security.protocol.map", "HIDDEN:PLAINTEXT,SHOWN:PLAINTEXT"),
        ("inter.broker.listener.name", "SHOWN"),
    ])?;
    doctor(&bound(&hidden)?, &[])?.is(&["L14"], 9)?;
    let replicas = start(&[
        ("offsets.topic.replication.factor", "3"),
        ("klamm.internal.topics.at.start", "false"),
    ])?;
    let said = doctor(replicas.bootstrap(), &[])?;
    said.is(&["L20"], 9)?;
    ensure!(said.report["round_trip"]["done"] == true, "{:#}", said.report);
    Ok(())
}

fn from_elsewhere() -> Result<()> {
    let broker = broker::shared()?;
    let from = |place: &str| doctor(broker.bootstrap(), &["--no-write", "--from", place]);
    from("host")?.is(&[], 0)?;
    from("other-machine")?.is(&["L18"], 6)?;
    // The port is one that the system has given out, as Testcontainers' are.
    from("container")?.is(&["L08"], 6)?;
    let fixed = telling("PLAINTEXT://127.0.0.1:9", &[])?;
    doctor(&bound(&fixed)?, &["--from", "container"])?.is(&["L07", "L03"], 6)
}

fn impossible() -> Result<()> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klamm"));
    command.args(["doctor", "127.0.0.1:x", "-X", "security.protocol=TLS", "-X", "nonsense"]);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(2), "{:?}: {said}", output.status);
    for words in ["127.0.0.1:x", "security.protocol = TLS", "SASL_SSL", "nonsense"] {
        ensure!(said.contains(words), "{words} is not in: {said}");
    }
    Ok(())
}
