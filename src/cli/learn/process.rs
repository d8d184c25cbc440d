//! A broker of a lab: this program, in a process of its own that ends with this one.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::cli::exit::Exit;

/// What came of starting a broker.
#[derive(Debug)]
pub(super) enum Started {
    Up(Process),
    Refused(Refusal),
}

/// A broker that ended before it served.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Whether a port was taken.
    pub(super) is_port_taken: bool,
    /// What it said.
    pub(super) lines: Vec<String>,
}

/// A running broker; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Held open: a closed pipe would end the program's output with an error.
    _stdout: BufReader<ChildStdout>,
    log: PathBuf,
    pub(super) report: Report,
}

/// What it tells scripts, as far as labs need it.
#[derive(Debug, Deserialize)]
pub(super) struct Report {
    pub(super) bootstrap_servers: String,
    pub(super) console: Option<String>,
    pub(super) data_dir: PathBuf,
}

/// Starts a broker with these arguments and waits until it serves, or has refused to.
pub(super) fn start(scratch: &Path, arguments: &[String]) -> Result<Started> {
    fs::create_dir_all(scratch).with_context(|| scratch.display().to_string())?;
    let scratch = fs::canonicalize(scratch)?;
    let (log, report) = (scratch.join("broker.log"), scratch.join("report.json"));
    let _ = fs::remove_file(&report);
    let program = std::env::current_exe().context("where this program is")?;
    let mut child = Command::new(program)
        .args(["--ephemeral", "--log-level", "warn", "--stop-with-stdin", "--report"])
        .arg(&report)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TMPDIR", &scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(&log)?)
        .spawn()
        .context("klamm cannot be started")?;
    let stdout = child.stdout.take().context("a pipe was asked for")?;
    let mut stdout = BufReader::new(stdout);
    let mut line = String::new();
    while stdout.read_line(&mut line)? > 0 {
        if line.starts_with("ready") {
            let report = serde_json::from_slice(&fs::read(&report)?)?;
            return Ok(Started::Up(Process { child, _stdout: stdout, log, report }));
        }
        line.clear();
    }
    let status = child.wait()?;
    let is_port_taken = status.code() == Some(Exit::PortTaken as i32);
    let said = fs::read_to_string(&log)?;
    let lines = said.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    Ok(Started::Refused(Refusal { is_port_taken, lines }))
}

impl Process {
    /// What it has said in its log.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The console, as `host:port`.
    pub(super) fn console(&self) -> &str {
        self.report.console.as_deref().unwrap_or_default().trim_start_matches("http://")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its data goes with the scratch folder; there is nothing to save.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
