//! Starts the real program on free ports and a temporary directory, and ends it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// A klamm process; killed when dropped.
pub struct Klamm {
    child: Child,
    /// Held open: a closed pipe would end the program's output with an error.
    stdout: BufReader<ChildStdout>,
    directory: TempDir,
    arguments: Vec<String>,
    report: serde_json::Value,
}

impl Klamm {
    /// One PLAINTEXT listener on loopback, all ports free ones.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let (child, stdout, report) = spawn(directory.path(), &arguments);
        Klamm { child, stdout, directory, arguments, report }
    }

    /// `host:port` for `bootstrap.servers`.
    pub fn bootstrap(&self) -> &str {
        self.text("bootstrap_servers")
    }

    /// A text of the report.
    pub fn text(&self, name: &str) -> &str {
        self.report[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.report))
    }

    /// The report that the program wrote when it was ready.
    pub fn report(&self) -> &serde_json::Value {
        &self.report
    }

    /// The directory that everything is kept in.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The id of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process as a crash would, and starts another on the same data.
    pub fn crash_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("the child can be killed");
        self.child.wait().expect("the child can be waited for");
    }

    /// Asks the process to stop and waits until it has.
    pub fn stop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it can be asked");
        let status = self.child.wait().expect("the child can be waited for");
        assert!(status.success(), "klamm ended with {status}");
    }

    /// Starts a process on the data of one that has ended. Ports are new ones.
    pub fn restart(&mut self) {
        let (child, stdout, report) = spawn(self.directory.path(), &self.arguments);
        self.child = child;
        self.stdout = stdout;
        self.report = report;
    }
}

impl Drop for Klamm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(
    directory: &Path,
    arguments: &[String],
) -> (Child, BufReader<ChildStdout>, serde_json::Value) {
    let report = directory.join("report.json");
    let _ = fs::remove_file(&report);
    let mut command = Command::new(env!("CARGO_BIN_EXE_klamm"));
    command.arg("--data-dir").arg(directory.join("data")).arg("--report").arg(&report);
    if !arguments.iter().any(|argument| argument == "--listeners") {
        command.args(["--listeners", "PLAINTEXT://127.0.0.1:0"]);
    }
    command.args(["--s3-port", "0", "--console-port", "0", "--connect-port", "0"]).args(arguments);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().expect("klamm can be started");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
    wait_until_ready(&mut stdout);
    let text = fs::read_to_string(&report).expect("a report is there once klamm is ready");
    (child, stdout, serde_json::from_str(&text).expect("the report is JSON"))
}

fn wait_until_ready(stdout: &mut BufReader<ChildStdout>) {
    let mut seen = String::new();
    loop {
        let start = seen.len();
        let count = stdout.read_line(&mut seen).expect("klamm's output is text");
        assert!(count > 0, "klamm ended before it was ready:\n{seen}");
        if seen[start..].starts_with("ready") {
            return;
        }
    }
}
