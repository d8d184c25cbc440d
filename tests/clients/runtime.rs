//! What the clients need on a machine: prepared on first use, kept under `target/`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::Process;

/// A first build or download on a busy machine.
const INSTALL_PATIENCE: Duration = Duration::from_secs(600);

/// A language with its packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// A virtual environment with the pinned requirements.
    Python,
    /// The packages of the lock file.
    Node,
    /// The compiled programs.
    Go,
    /// Apache Kafka's jars, and our compiled client.
    Java,
    /// The AWS SDK's jars, and our compiled client.
    AwsJava,
    /// A browser.
    Chromium,
    /// Network namespaces that this user may make.
    Namespaces,
}

impl Runtime {
    /// Makes it ready, once per machine; the error is the reason to skip a test.
    pub(crate) fn prepare(self) -> Result<(), String> {
        static READY: [OnceLock<Result<(), String>>; 7] = [const { OnceLock::new() }; 7];
        READY[self as usize]
            .get_or_init(|| {
                locked(self.name(), || match self {
                    Runtime::Python => python(),
                    Runtime::Node => node(),
                    Runtime::Go => go(),
                    Runtime::Java => java(),
                    Runtime::AwsJava => aws_java(),
                    Runtime::Chromium => chromium().map(|_| ()),
                    Runtime::Namespaces => crate::elsewhere::check(),
                })
                .map_err(|error| format!("no {}: {error:#}", self.name()))
            })
            .clone()
    }

    fn name(self) -> &'static str {
        match self {
            Runtime::Python => "python",
            Runtime::Node => "node",
            Runtime::Go => "go",
            Runtime::Java => "java",
            Runtime::AwsJava => "java (AWS SDK)",
            Runtime::Chromium => "chromium",
            Runtime::Namespaces => "namespaces",
        }
    }
}

/// `target/`: every runtime lives there.
pub(crate) fn target() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().expect("target/tmp lies in target").to_owned()
}

/// The folder of the clients' sources.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// A Python script of ours.
pub(crate) fn python_command(script: &str) -> Command {
    let mut command = Command::new(target().join("clients/python/bin/python"));
    command.arg(sources().join("python").join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// A Node script of ours.
pub(crate) fn node_command(script: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg(sources().join("node").join(script))
        .env("NODE_PATH", target().join("clients/node/node_modules"));
    command
}

/// A Go program of ours.
pub(crate) fn go_command(program: &str) -> Command {
    Command::new(target().join("clients/go").join(program))
}

/// A main class of Kafka's jars or of our own.
pub(crate) fn java_command(class: &str) -> Command {
    let mut command = Command::new("java");
    command
        // Short-lived processes on a small machine: start fast, compile little.
        .args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"])
        .arg(format!("-Dlog4j2.configurationFile={}", sources().join("java/log4j2.xml").display()))
        .arg("-cp")
        .arg(format!("{}:{}/*", classes().display(), kafka_libs().display()))
        .arg(class);
    command
}

/// A main class of our own that uses the AWS SDK.
pub(crate) fn aws_java_command(class: &str) -> Command {
    let mut command = Command::new("java");
    command
        .args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp"])
        .arg(format!("{}:{}/*", aws_classes().display(), aws_libs().display()))
        .arg(class);
    command
}

/// Apache Kafka's jars.
pub(crate) fn kafka_libs() -> PathBuf {
    target().join("kafka-libs")
}

fn classes() -> PathBuf {
    target().join("clients/java")
}

fn aws_libs() -> PathBuf {
    target().join("aws-libs")
}

fn aws_classes() -> PathBuf {
    target().join("clients/aws")
}

/// The browser, as the system's packages call it.
pub(crate) fn chromium() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut places =
        std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    places.find(|place| place.is_file()).context("none in PATH")
}

fn python() -> Result<()> {
    let requirements = sources().join("python/requirements.txt");
    let home = target().join("clients/python");
    unless_done(&home, &[&requirements], || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        run(Command::new(home.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements))
    })
}

fn node() -> Result<()> {
    let home = target().join("clients/node");
    let names = ["package.json", "package-lock.json"].map(|name| sources().join("node").join(name));
    unless_done(&home, &[&names[0], &names[1]], || {
        for name in &names {
            fs::copy(name, home.join(name.file_name().context("a file name")?))?;
        }
        run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit"]).current_dir(&home))
    })
}

/// Go keeps its own cache: building again costs little and is never stale.
fn go() -> Result<()> {
    let home = target().join("clients/go");
    fs::create_dir_all(&home)?;
    let mut output = home.into_os_string();
    output.push("/");
    run(Command::new("go")
        .args(["build", "-mod=readonly", "-o"])
        .arg(output)
        .arg("./...")
        .current_dir(sources().join("go")))
}

fn java() -> Result<()> {
    let home = sources().join("java");
    compiled(&home.join("pom.xml"), &kafka_libs(), &home.join("Client.java"), &classes())
}

fn aws_java() -> Result<()> {
    let home = sources().join("java/s3");
    compiled(&home.join("pom.xml"), &aws_libs(), &home.join("S3.java"), &aws_classes())
}

/// Copies the dependencies of `pom` to `libs` and compiles `source` with them to `classes`.
fn compiled(pom: &Path, libs: &Path, source: &Path, classes: &Path) -> Result<()> {
    unless_done(libs, &[pom], || {
        let mut output = std::ffi::OsString::from("-DoutputDirectory=");
        output.push(libs);
        run(Command::new("mvn")
            .args(["--quiet", "--batch-mode", "dependency:copy-dependencies", "--file"])
            .arg(pom)
            .arg(output))
    })?;
    unless_done(classes, &[pom, source], || {
        let jars = format!("{}/*", libs.display());
        run(Command::new("javac").arg("-d").arg(classes).args(["-cp", &jars]).arg(source))
    })
}

/// Runs `work` unless it was done before for the same contents of `inputs`; then no network is
/// needed.
fn unless_done(home: &Path, inputs: &[&Path], work: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut wanted = Vec::new();
    for input in inputs {
        wanted.extend(fs::read(input).with_context(|| format!("{}", input.display()))?);
    }
    fs::create_dir_all(home)?;
    let stamp = home.join("made-from");
    if fs::read(&stamp).is_ok_and(|made_from| made_from == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(stamp, wanted)?;
    Ok(())
}

/// Runs `work` while no other test process prepares the same runtime.
fn locked(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    fs::create_dir_all(target().join("clients"))?;
    let lock = File::create(target().join("clients").join(format!("{name}.lock")))?;
    lock.lock()?;
    work()
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    Process::spawn(&name, command)?.patient(INSTALL_PATIENCE).finish()?;
    Ok(())
}
