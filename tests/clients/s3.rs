//! S3 clients at their defaults against the endpoint. Each is a program that ends with an error
//! at the first fact that does not hold.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::broker::{Broker, Settings, against_apache_kafka};
use crate::harness::Suite;
use crate::process::Process;
use crate::runtime::{Runtime, node_command, python_command};

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

/// Runs a program against an endpoint of its own; what it left out is printed.
fn on_fresh(program: Command) -> Result<()> {
    let broker = Broker::start(Settings::default())?;
    for line in Process::run("an S3 client", &mut with_endpoint(program, &broker)?, "")? {
        if line.starts_with("skipped ") {
            println!("{line}");
        }
    }
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
