//! The clients: one table, and the calls of their common command line.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::native;
use crate::process::Process;
use crate::record::{Record, from_line, to_lines};
use crate::runtime::{self, Runtime};

/// A client under test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// Its name in the tests' names.
    pub(crate) name: &'static str,
    /// What it needs on the machine.
    pub(crate) runtimes: &'static [Runtime],
    /// Whether it can write a header whose value is null.
    pub(crate) null_headers: bool,
    /// Whether it can write a record with neither key nor value.
    pub(crate) null_records: bool,
    /// Whether it has an answer of its own for "no record at or after that time" (the end
    /// offset) rather than none.
    pub(crate) none_is_end: bool,
    /// Whether its `produce` speaks TLS if `KLAMM_TEST_TLS` is set.
    pub(crate) tls: bool,
    command: fn() -> Command,
}

/// Every client.
pub(crate) const CLIENTS: [Client; 8] = [
    Client {
        name: "confluent_python",
        runtimes: &[Runtime::Python],
        null_headers: true,
        null_records: true,
        none_is_end: false,
        tls: true,
        command: || runtime::python_command("confluent.py"),
    },
    Client {
        name: "rdkafka_rust",
        runtimes: &[],
        null_headers: true,
        null_records: true,
        none_is_end: false,
        tls: false,
        command: native::command,
    },
    Client {
        name: "kafka_python",
        runtimes: &[Runtime::Python],
        null_headers: false,
        null_records: false,
        none_is_end: false,
        tls: false,
        command: || runtime::python_command("kafka_python.py"),
    },
    Client {
        name: "aiokafka",
        runtimes: &[Runtime::Python],
        null_headers: true,
        null_records: false,
        none_is_end: false,
        tls: false,
        command: || runtime::python_command("aio.py"),
    },
    Client {
        name: "kafkajs",
        runtimes: &[Runtime::Node],
        null_headers: false,
        null_records: true,
        none_is_end: true,
        tls: true,
        command: || runtime::node_command("kafkajs.js"),
    },
    Client {
        name: "franz_go",
        runtimes: &[Runtime::Go],
        null_headers: true,
        null_records: true,
        none_is_end: false,
        tls: true,
        command: || runtime::go_command("franz"),
    },
    Client {
        name: "sarama",
        runtimes: &[Runtime::Go],
        null_headers: true,
        null_records: true,
        none_is_end: false,
        tls: false,
        command: || runtime::go_command("sarama"),
    },
    Client {
        name: "java",
        runtimes: &[Runtime::Java],
        null_headers: true,
        null_records: true,
        none_is_end: false,
        tls: true,
        command: || runtime::java_command("Client"),
    },
];

impl Client {
    /// Writes `records` and gives them the offsets that were acknowledged.
    pub(crate) fn produce(&self, bootstrap: &str, records: &mut [Record]) -> Result<()> {
        let lines = self.run(&["produce", bootstrap], &to_lines(records)?)?;
        ensure!(lines.len() == records.len(), "{} of {}", lines.len(), records.len());
        for (record, line) in records.iter_mut().zip(lines) {
            let line: Value = serde_json::from_str(&line)?;
            record.offset = line["offset"].as_i64().context("an offset")?;
        }
        Ok(())
    }

    /// Reads `count` records as the only member of `group` and commits them.
    pub(crate) fn consume(
        &self,
        bootstrap: &str,
        group: &str,
        topic: &str,
        count: usize,
    ) -> Result<Vec<Record>> {
        let lines = self.run(&["consume", bootstrap, group, topic, &count.to_string()], "")?;
        lines.iter().map(|line| from_line(line)).collect()
    }

    /// A member of `group` that runs until its input is closed.
    pub(crate) fn member(&self, bootstrap: &str, group: &str, topic: &str) -> Result<Process> {
        Process::spawn(self.name, (self.command)().args(["member", bootstrap, group, topic]))
    }

    /// The offsets for `lookups` (JSON: `"earliest"`, `"latest"`, milliseconds).
    pub(crate) fn offsets(
        &self,
        bootstrap: &str,
        topic: &str,
        lookups: &[Value],
    ) -> Result<Vec<Option<i64>>> {
        let input: String = lookups.iter().map(|lookup| format!("{lookup}\n")).collect();
        let mut offsets = Vec::new();
        for line in self.run(&["offsets", bootstrap, topic, "0"], &input)? {
            offsets.push(serde_json::from_str::<Value>(&line)?["offset"].as_i64());
        }
        Ok(offsets)
    }

    /// The addresses it was told, by request: `metadata`, `coordinator`, `cluster`.
    pub(crate) fn metadata(
        &self,
        bootstrap: &str,
        group: &str,
        topic: &str,
    ) -> Result<serde_json::Map<String, Value>> {
        let mut told = serde_json::Map::new();
        for line in self.run(&["metadata", bootstrap, group, topic], "")? {
            told.extend(serde_json::from_str::<serde_json::Map<String, Value>>(&line)?);
        }
        Ok(told)
    }

    /// The program, which takes the command line of `python/contract.py`.
    pub(crate) fn command(&self) -> Command {
        (self.command)()
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<Vec<String>> {
        Process::run(self.name, (self.command)().args(arguments), input)
            .with_context(|| format!("{} {}", self.name, arguments.join(" ")))
    }
}
