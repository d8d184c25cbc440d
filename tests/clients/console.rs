//! The console in Chromium: empty, with clients that work, with clients that do not.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::broker::{Broker, Settings};
use crate::client::CLIENTS;
use crate::harness::Suite;
use crate::http::call;
use crate::kafka;
use crate::process::Process;
use crate::record::{Record, now_ms};
use crate::runtime::{self, Runtime};

const NEEDS: &[Runtime] = &[Runtime::Node, Runtime::Chromium];

/// A test for each state of the page.
pub(crate) fn register(suite: &mut Suite) {
    suite.add("console::shows_how_to_connect", NEEDS, || {
        let broker = Broker::start(Settings::default())?;
        let told = broker.report().listeners[0].advertised.as_deref();
        let told = told.context("it is advertised")?;
        look(&broker, "empty", &[], &["Nobody has come yet.", told, "bootstrap.servers"])
    });
    suite.add("console::shows_that_all_is_well", NEEDS, shows_that_all_is_well);
    suite.add("console::shows_findings_and_their_fixes", NEEDS, shows_findings);
    suite.add("console::shows_who_comes_on_an_open_page", NEEDS, shows_who_comes);
}

fn shows_that_all_is_well() -> Result<()> {
    let broker = Broker::start(Settings::default())?;
    round_trip(&broker)?;
    look(&broker, "healthy", &[], &["All is well", "came back", "kafkajs"])
}

fn shows_findings() -> Result<()> {
    let property = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut broker = Broker::start(Settings {
        properties: vec![
            property("listeners", "PLAINTEXT://127.0.0.1:0"),
            property("advertised.listeners", "PLAINTEXT://kafka:9092"),
        ],
        ..Settings::default()
    })?;
    let bound = broker.report().listeners[0].bound.clone();
    let astray =
        Process::spawn("astray", runtime::node_command("astray.js").args([&bound, "orders"]))?;
    let expected = ["L04", "L15", "L17"];
    let deadline = std::time::Instant::now() + crate::process::PATIENCE;
    loop {
        let found = standing(&broker)?;
        if found == expected {
            break;
        }
        ensure!(std::time::Instant::now() < deadline, "found {found:?}");
        broker.tick()?;
    }
    let texts = ["never came", "no Kafka", "PLAINTEXT://localhost:", "orders"];
    look(&broker, "findings", &expected, &texts)?;
    drop(astray);
    Ok(())
}

fn shows_who_comes() -> Result<()> {
    let broker = Broker::start(Settings::default())?;
    let mut page = Process::spawn("console", command().args(["watch", url(&broker)?]))?;
    ensure!(page.line()?.as_deref() == Some("watching"), "{}", page.take_stderr());
    round_trip(&broker)?;
    page.finish()?;
    Ok(())
}

/// A client writes a record and reads it as a group.
fn round_trip(broker: &Broker) -> Result<()> {
    let client = CLIENTS.iter().find(|client| client.name == "kafkajs").context("kafkajs")?;
    let bootstrap = broker.bootstrap();
    kafka::create_topic(bootstrap, "greetings", 1)?;
    client.produce(bootstrap, &mut [Record::plain("greetings", 0, now_ms(), "hello")])?;
    client.consume(bootstrap, "readers", "greetings", 1)?;
    Ok(())
}

/// The ids of the findings that stand, in order.
fn standing(broker: &Broker) -> Result<Vec<String>> {
    let address = url(broker)?.trim_start_matches("http://");
    let report: Value = serde_json::from_str(&call(address, "GET", "/api/listeners", "")?.body)?;
    let findings = report["findings"].as_array().context("findings")?;
    let standing = findings.iter().filter(|finding| finding["withdrawn_at_ms"].is_null());
    let mut ids: Vec<_> =
        standing.filter_map(|finding| finding["id"].as_str().map(str::to_owned)).collect();
    ids.sort();
    Ok(ids)
}

fn look(broker: &Broker, name: &str, findings: &[&str], texts: &[&str]) -> Result<()> {
    let expected = json!({ "name": name, "findings": findings, "texts": texts }).to_string();
    Process::run("console", command().args(["look", url(broker)?, &expected]), "")?;
    Ok(())
}

fn command() -> std::process::Command {
    let mut command = runtime::node_command("console.js");
    command.env("KLAMM_CHROMIUM", runtime::chromium().unwrap_or_default());
    command
}

fn url(broker: &Broker) -> Result<&str> {
    broker.report().console.as_deref().context("a console")
}
