//! `klamm learn`, played by a learner who edits files and runs commands: every lab fails as it is,
//! fails with a mend that misses the point, and is solved with the files that its solution shows.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tempfile::TempDir;

struct Learner {
    directory: TempDir,
    lab: &'static str,
    first_port: u32,
}

struct Ran {
    code: i32,
    text: String,
}

impl Learner {
    fn new(lab: &'static str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        // Below the ports of outgoing connections, and others than in a test beside this one.
        static LEARNERS: AtomicU32 = AtomicU32::new(0);
        let number = LEARNERS.fetch_add(1, Ordering::Relaxed);
        let first_port = 10_000 + (std::process::id() * 64 + number * 4) % 20_000;
        Learner { directory, lab, first_port }
    }

    fn learn(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_klamm"))
            .args(["learn", "--ports", &self.first_port.to_string()])
            .args(arguments)
            .current_dir(self.directory.path())
            .env("LANG", "C.UTF-8")
            .env_remove("LC_ALL")
            .output()
            .expect("klamm can be started");
        let text = |bytes| String::from_utf8(bytes).expect("klamm prints text");
        let text = text(output.stdout) + &text(output.stderr);
        // Reasons are wrapped; what they say is not.
        let text = text.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n");
        Ran { code: output.status.code().expect("klamm was not killed"), text }
    }

    fn begin(&self) -> Ran {
        self.learn(&[self.lab])
    }

    fn check(&self) -> Ran {
        self.learn(&[self.lab, "--check"])
    }

    fn folder(&self) -> PathBuf {
        let base = self.directory.path().join("klamm-learn");
        let prefix = format!("{:0>2}-", self.lab);
        let mut entries = fs::read_dir(base).expect("a folder").map(|it| it.expect("an entry"));
        let found = entries.find(|it| it.file_name().to_string_lossy().starts_with(&prefix));
        found.expect("the lab's folder").path()
    }

    /// Writes a file with the lab's ports in the place of their names.
    fn write(&self, name: &str, text: &str) {
        let state = fs::read(self.folder().join(".lab.json")).expect("the lab's state");
        let state: Value = serde_json::from_slice(&state).expect("JSON");
        let mut text = text.to_owned();
        for (name, port) in state["ports"].as_object().expect("ports") {
            text = text.replace(&format!("{{{name}}}"), &port.to_string());
        }
        fs::write(self.folder().join(name), text).expect("the file can be written");
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder().join(name)).expect("the file is there");
        assert!(text.contains(from), "{name}: no {from} in\n{text}");
        self.write(name, &text.replace(from, to));
    }

    /// Types the files of the solution as they are printed.
    fn follow_the_solution(&self) {
        let shown = self.learn(&[self.lab, "--solution"]);
        assert_eq!(shown.code, 0, "{}", shown.text);
        let mut file: Option<(String, String)> = None;
        let mut typed = 0;
        for line in shown.text.lines().chain([""]) {
            let name = line.trim();
            if let Some((name, text)) = &mut file {
                match line.strip_prefix("    ") {
                    Some(code) => *text += &format!("{code}\n"),
                    None => {
                        self.write(name, text);
                        typed += 1;
                        file = None;
                    }
                }
            } else if name.ends_with(".properties") && !name.contains(' ') {
                file = Some((name.to_owned(), String::new()));
            }
        }
        assert!(typed > 0, "{}", shown.text);
    }

    /// From the first failure to the solution; `mend` makes it worse in between.
    fn plays(&self, shows: &[&str], mend: impl Fn(&Learner), reason: &str) {
        let begun = self.begin();
        assert_eq!(begun.code, 0, "{}", begun.text);
        for words in shows {
            assert!(contains(&begun.text, words), "no {words} in\n{}", begun.text);
        }
        self.fails("Not yet.");
        mend(self);
        self.fails(reason);
        self.learn(&[self.lab, "--reset"]);
        self.follow_the_solution();
        let checked = self.check();
        assert_eq!(checked.code, 0, "{}", checked.text);
        assert!(checked.text.contains("Solved"), "{}", checked.text);
        assert!(!self.folder().join(".run").exists(), "something was left behind");
        let list = self.learn(&[]);
        assert_eq!(list.text.matches('✓').count(), 1, "{}", list.text);
    }

    fn fails(&self, reason: &str) {
        let checked = self.check();
        assert_eq!(checked.code, 1, "{}", checked.text);
        assert!(contains(&checked.text, reason), "no {reason} in\n{}", checked.text);
    }
}

/// Whether words are there, wherever lines are broken.
fn contains(text: &str, words: &str) -> bool {
    text.split_whitespace().collect::<String>().contains(&words.replace(' ', ""))
}

#[test]
fn lab_1_bootstrap_and_advertised() {
    let learner = Learner::new("1");
    let mend = |it: &Learner| {
        it.write(
            "server.properties",
            "listeners=PLAINTEXT://127.0.0.1:{wrong}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{wrong}\n",
        );
    };
    let shows = [
        "/1: Connect to ipv4#127.0.0.1:",
        "Connection to node 1 (/127.0.0.1:",
        "connect ECONNREFUSED 127.0.0.1:",
    ];
    learner.plays(&shows, mend, "the client's bootstrap address");
}

#[test]
fn lab_2_container_and_host() {
    let learner = Learner::new("2");
    let mend = |it: &Learner| {
        it.replace("server.properties", "=PLAINTEXT://127.0.0.1", "=PLAINTEXT://127.0.0.2");
    };
    let shows = ["record acknowledged", "Connection to node 1 (/127.0.0.1:"];
    learner.plays(&shows, mend, "The client on the host: The bootstrap address");
}

#[test]
fn lab_3_a_published_port_that_differs() {
    let learner = Learner::new("3");
    let mend = |it: &Learner| {
        it.write(
            "server.properties",
            "listeners=PLAINTEXT://127.0.0.2:{published}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{published}\n",
        );
    };
    learner.plays(&["Connection to node 1"], mend, "accepted, then closed");
}

#[test]
fn lab_4_the_wildcard_address() {
    let learner = Learner::new("4");
    let mend = |it: &Learner| it.replace("server.properties", "0.0.0.0", "127.0.0.1");
    let shows = ["cannot use the nonroutable meta-address 0.0.0.0"];
    learner.plays(&shows, mend, "not open on every interface");
}

#[test]
fn lab_5_ipv6_first() {
    let learner = Learner::new("5");
    if TcpListener::bind("[::1]:0").is_err() {
        assert_eq!(learner.begin().code, 0);
        return learner.fails("This machine has no IPv6");
    }
    let mend = |it: &Learner| {
        it.replace("server.properties", "=PLAINTEXT://127.0.0.1", "=PLAINTEXT://[::1]")
    };
    learner.plays(&["/bootstrap: Connect to ipv6#[::1]:"], mend, "Nobody answers at 127.0.0.1:");
}

#[test]
fn lab_6_tls_on_a_plain_port() {
    let learner = Learner::new("6");
    let mend = |it: &Learner| it.replace("client.properties", "SSL", "SASL_PLAINTEXT");
    let shows = ["connecting to a PLAINTEXT broker listener?", "L15", "369295616"];
    learner.plays(&shows, mend, "asks for a login");
}

#[test]
fn lab_7_metadata_and_leaders() {
    let learner = Learner::new("7");
    let mend = |it: &Learner| {
        let told = "advertised.listeners=";
        let both = "advertised.listeners=APP://127.0.0.1:{admin},";
        it.replace("server.properties", told, both);
    };
    let shows = ["leader brokers without a matching listener", "leader: node 7"];
    learner.plays(&shows, mend, "the administrators' listener");
}

#[test]
fn lab_8_consumer_groups() {
    let learner = Learner::new("8");
    let mend = |it: &Learner| it.replace("consumer-2.properties", "readers", "others");
    learner.plays(&["no partition", "clicks-0 20 records"], mend, "every click is handled twice");
}

#[test]
fn lab_9_flush_size() {
    let learner = Learner::new("9");
    let mend = |it: &Learner| {
        it.replace(
            "s3-sink.properties",
            "flush.size=1000",
            "flush.size=1000\nrotate.interval.ms=1000",
        );
    };
    learner.plays(&["empty"], mend, "counts in the time of records");
}

#[test]
fn lab_10_path_format() {
    let learner = Learner::new("10");
    let mend = |it: &Learner| {
        let text = fs::read_to_string(it.folder().join("s3-sink.properties")).expect("it is there");
        let (before, _) = text.split_once("path.format='").expect("the line is there");
        let after = "path.format='year'=yyyy/'month'=mm/'day'=dd/'hour'=HH\n";
        it.write("s3-sink.properties", &format!("{before}{after}"));
    };
    let reason = "No object is in topics/clicks/year=2025/month=05/day=22/hour=18/";
    learner.plays(&["year=!{timestamp:yyyy}"], mend, reason);
}

#[test]
fn everything_is_there_in_korean_too() {
    let learner = Learner::new("1");
    let is_korean = |text: &str| text.chars().filter(|it| ('가'..='힣').contains(it)).count() > 40;
    for arguments in
        [&["--lang", "ko"][..], &["1", "--lang", "ko"], &["10", "--hint", "--lang", "ko"]]
    {
        let ran = learner.learn(arguments);
        assert_eq!(ran.code, 0, "{}", ran.text);
        assert!(is_korean(&ran.text), "{}", ran.text);
        let rest = ran.text.replace("!{timestamp", "");
        assert!(!rest.contains('{'), "a blank is not filled in:\n{rest}");
    }
    let failed = learner.learn(&["1", "--check", "--lang", "ko"]);
    assert_eq!(failed.code, 1, "{}", failed.text);
    assert!(contains(&failed.text, "아직 아닙니다."), "{}", failed.text);
    learner.follow_the_solution();
    let solved = learner.learn(&["1", "--check", "--lang", "ko"]);
    assert_eq!(solved.code, 0, "{}", solved.text);
    assert!(contains(&solved.text, "해결했습니다."), "{}", solved.text);
}

#[test]
fn files_of_the_learner_stay_and_a_reset_brings_the_first_ones_back() {
    let learner = Learner::new("1");
    learner.begin();
    let file: &Path = &learner.folder().join("server.properties");
    let first = fs::read_to_string(file).expect("the file is there");
    fs::write(file, "nonsense = here\n").expect("it can be written");
    learner.begin();
    assert_eq!(fs::read_to_string(file).expect("it is there"), "nonsense = here\n");
    assert_eq!(learner.learn(&["1", "--reset"]).code, 0);
    assert_eq!(fs::read_to_string(file).expect("it is there"), first);
    assert_eq!(learner.learn(&["11"]).code, 2);
    let checked = learner.learn(&["1", "--check", "--json"]);
    let report: Value = serde_json::from_str(&checked.text).expect("an object of JSON");
    assert_eq!((checked.code, &report["solved"]), (1, &false.into()), "{report}");
    assert_eq!(report["said"][0]["who"], "librdkafka");
    let list = learner.learn(&["--json"]).text;
    assert_eq!(list.lines().count(), 10, "{list}");
}

#[test]
fn a_broker_ends_with_the_standard_input_that_it_watches() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let ports = ["--s3-port", "off", "--console-port", "off", "--connect-port", "off"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_klamm"))
        .args(["--listeners", "PLAINTEXT://127.0.0.1:0", "--stop-with-stdin", "--data-dir"])
        .arg(directory.path())
        .args(ports)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("klamm can be started");
    drop(child.stdin.take());
    let status = child.wait().expect("it ends by itself");
    assert!(status.success(), "{status}");
}

#[test]
fn a_port_that_somebody_else_has_is_told() {
    let learner = Learner::new("1");
    learner.begin();
    let state = fs::read(learner.folder().join(".lab.json")).expect("the lab's state");
    let state: Value = serde_json::from_slice(&state).expect("JSON");
    let port = state["ports"]["port"].as_u64().expect("a port");
    let taken = TcpListener::bind(format!("127.0.0.1:{port}")).expect("the port is free");
    let checked = learner.check();
    drop(taken);
    assert_eq!(checked.code, 3, "{}", checked.text);
    assert!(contains(&checked.text, "has a port of this lab"), "{}", checked.text);
}
