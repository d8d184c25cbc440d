//! S3 clients at their defaults against the endpoint. Each is a program that ends with an error
//! at the first fact that does not hold.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::{Suite, full_length};
use crate::process::Process;
use crate::rng::Rng;
use crate::runtime::{Runtime, aws_java_command, go_command, node_command, python_command};

/// The users that `s3_policies.py` knows.
const USERS: &str = r#"{"users": [
    {"name": "KafkaConnectRole", "access_key": "connect", "secret_key": "connect-secret"},
    {"name": "reader", "access_key": "reader", "secret_key": "reader-secret", "policy": {
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shared/*"
        }]
    }}
]}"#;

/// A test for each client.
pub(crate) fn register(suite: &mut Suite) {
    if against_apache_kafka() {
        return;
    }
    suite.add("s3::boto3", &[Runtime::Python], boto3);
    suite.add("s3::policies", &[Runtime::Python], policies);
    suite.add("s3::readers", &[Runtime::Python], || on_fresh(python_command("s3_readers.py")));
    suite.add("s3::javascript_sdk", &[Runtime::Node], || on_fresh(node_command("s3.js")));
    suite.add("s3::go_sdk", &[Runtime::Go], || on_fresh(go_command("s3")));
    suite.add("s3::java_sdk", &[Runtime::AwsJava], || on_fresh(aws_java_command("S3")));
    suite.add("s3::forms_urls_and_errors", &[Runtime::Python], || {
        on_fresh(python_command("s3_raw.py"))
    });
    suite.add("s3::kill_9_leaves_nothing_half", &[Runtime::Python], kills);
}

/// A Python script with the endpoint and its key pair.
pub(crate) fn python(script: &str, broker: &Broker) -> Result<Command> {
    with_endpoint(python_command(script), broker)
}

fn with_endpoint(mut command: Command, broker: &Broker) -> Result<Command> {
    let report = broker.report();
    for part in [&report.s3_endpoint, &report.s3_access_key, &report.s3_secret_key] {
        command.arg(part.as_ref().context("the report names the S3 endpoint")?);
    }
    Ok(command)
}

/// Runs a program against an endpoint of its own.
fn on_fresh(program: Command) -> Result<()> {
    let broker = Broker::start(Settings::default())?;
    Process::run("an S3 client", &mut with_endpoint(program, &broker)?, "")?;
    Ok(())
}

fn boto3() -> Result<()> {
    let broker = Broker::start(Settings::default())?;
    let mut command = python("s3_boto3.py", &broker)?;
    Process::run("s3_boto3.py", command.arg(broker.data_dir().join("s3")), "")?;
    Ok(())
}

fn policies() -> Result<()> {
    let home = tempfile::tempdir()?;
    let users = home.path().join("users.json");
    fs::write(&users, USERS)?;
    let broker = Broker::start(Settings {
        properties: vec![("klamm.s3.users".to_owned(), users.display().to_string())],
        ..Settings::default()
    })?;
    Process::run("s3_policies.py", &mut python("s3_policies.py", &broker)?, "")?;
    Ok(())
}

/// Writers whose endpoint is killed again and again: what was acknowledged is there, nothing is
/// half, nothing is left over.
fn kills() -> Result<()> {
    let seed = crate::record::now_ms().unsigned_abs();
    let rounds = if full_length() { 100 } else { 12 };
    kills_rounds(rounds, &mut Rng::new(seed)).with_context(|| format!("seed {seed}"))
}

fn kills_rounds(rounds: usize, rng: &mut Rng) -> Result<()> {
    let mut broker = Broker::start(Settings::default())?;
    let report = broker.report().clone();
    let mut command = python_command("s3_kills.py");
    for part in [report.s3_access_key, report.s3_secret_key] {
        command.arg(part.context("the report names the key pair")?);
    }
    command.arg(broker.data_dir().join("s3"));
    let mut writers = Process::spawn("s3_kills.py", &mut command)?;
    let endpoint = |broker: &Broker| {
        broker.report().s3_endpoint.clone().context("the report names the S3 endpoint")
    };
    writers.write(&format!("make {}\n", endpoint(&broker)?))?;
    for _ in 0..rounds {
        writers.write(&format!("load {}\n", endpoint(&broker)?))?;
        for _ in 0..1 + rng.below(40) {
            let line = writers.line()?;
            ensure!(line.as_deref() == Some("acknowledged"), "the writers said {line:?}");
        }
        broker.kill();
        while writers.line()?.context("the writers go on")? != "down" {}
        broker.restart()?;
    }
    writers.write(&format!("verify {}\n", endpoint(&broker)?))?;
    writers.close_stdin();
    for line in writers.finish()? {
        println!("{line}");
    }
    Ok(())
}
