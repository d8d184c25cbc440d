//! A child process whose output is read line by line, and which never outlives its test.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// No step of a test takes longer, on however busy a machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How long a look at something that only changes by itself takes.
const TICK: Duration = Duration::from_millis(5);

/// A running child; dropping it kills it.
pub(crate) struct Process {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    /// In a mutex only to make a broker shareable; nobody locks it.
    lines: Mutex<Receiver<String>>,
    patience: Duration,
    stderr: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts `command` with all three standard streams in our hands.
    pub(crate) fn spawn(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}: {command:?}"))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let mut stderr = child.stderr.take().context("stderr is piped")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let stderr = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _closed_early = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let stdin = child.stdin.take();
        Ok(Process {
            name: name.to_owned(),
            child,
            stdin,
            lines: Mutex::new(lines),
            patience: PATIENCE,
            stderr: Some(stderr),
        })
    }

    /// Lets each of its steps take `patience`.
    pub(crate) fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs `command` with `input` to its end and returns its lines of output; an error if it
    /// fails or takes too long.
    pub(crate) fn run(name: &str, command: &mut Command, input: &str) -> Result<Vec<String>> {
        let mut process = Self::spawn(name, command)?;
        process.write(input)?;
        process.close_stdin();
        process.finish()
    }

    /// The operating system's name for it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes to its standard input.
    pub(crate) fn write(&mut self, text: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().context("standard input is already closed")?;
        // A child that has failed closes its end: its status says more than our broken pipe.
        let _broken_pipe = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
        Ok(())
    }

    /// Ends its standard input.
    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// The next line of output; `None` once there will be no more.
    pub(crate) fn line(&mut self) -> Result<Option<String>> {
        let patience = self.patience;
        match self.lines()?.recv_timeout(patience) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => {
                bail!("{}: no line within {:?}", self.name, self.patience)
            }
        }
    }

    /// The next line if one comes within a few milliseconds.
    pub(crate) fn line_soon(&mut self) -> Option<String> {
        self.lines().ok()?.recv_timeout(TICK).ok()
    }

    /// Whether it has ended, and how.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for the end and returns the lines not yet read; an error unless it succeeded.
    pub(crate) fn finish(self) -> Result<Vec<String>> {
        Ok(self.finish_both()?.0)
    }

    /// As [`Process::finish`], with what went to standard error.
    pub(crate) fn finish_both(mut self) -> Result<(Vec<String>, String)> {
        let mut lines = Vec::new();
        while let Some(line) = self.line().with_context(|| self.take_stderr_after_kill())? {
            lines.push(line);
        }
        let status = self.wait()?;
        if !status.success() {
            let printed = lines.iter().rev().take(20).rev().cloned().collect::<Vec<_>>().join("\n");
            let complaint = self.take_stderr();
            bail!("{} ended with {status}\n{printed}\n{complaint}", self.name);
        }
        let stderr = self.take_stderr();
        Ok((lines, stderr))
    }

    /// Asks it to end (SIGTERM) and waits for that.
    pub(crate) fn terminate(&mut self) -> Result<ExitStatus> {
        kill_process(self.pid()?, Signal::TERM)?;
        self.wait()
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }

    /// What it wrote to standard error. Only once it has ended.
    pub(crate) fn take_stderr(&mut self) -> String {
        self.stderr.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }

    fn take_stderr_after_kill(&mut self) -> String {
        self.kill();
        self.take_stderr()
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let pidfd = pidfd_open(self.pid()?, PidfdFlags::empty())?;
        let patience = Timespec::try_from(self.patience)?;
        let mut ended = [PollFd::new(&pidfd, PollFlags::IN)];
        let count = retry_on_intr(|| poll(&mut ended, Some(&patience)))?;
        ensure!(count > 0, "{} does not end", self.name);
        Ok(self.child.wait()?)
    }

    fn lines(&mut self) -> Result<&mut Receiver<String>> {
        self.lines.get_mut().ok().context("nobody locks it")
    }

    fn pid(&self) -> Result<Pid> {
        Pid::from_raw(i32::try_from(self.child.id())?).context("a process id")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
