//! What people see at start: what listens where, who is told which address, three lines to try.

use std::io::{self, Write};
use std::time::Duration;

use super::config::Config;
use super::report::{Running, url};
use crate::broker::House;
use crate::listener::{self, Advertised};

/// The lines before and including `ready`; scripts wait for the last one.
#[allow(clippy::print_stdout, reason = "this is what the program says to people")]
pub(super) fn show(
    config: &Config,
    house: &House,
    advertised: &Advertised,
    running: &Running,
    took: Duration,
) {
    let text = text(config, house, advertised, running, took);
    // Nobody may be listening; the broker serves all the same.
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn text(
    config: &Config,
    house: &House,
    advertised: &Advertised,
    running: &Running,
    took: Duration,
) -> String {
    let facts = &house.facts;
    let mut lines = vec![format!("klamm {}", env!("CARGO_PKG_VERSION")), String::new()];
    lines.extend(listener::table(&config.listeners, &house.bound, advertised, facts));
    lines.push(String::new());
    if let Some(s3) = running.s3 {
        lines.push(format!(
            "S3       {}   access key {}, secret key {}",
            url(s3),
            config.s3_access_key,
            config.s3_secret_key
        ));
    }
    if let Some(console) = running.console {
        lines.push(format!("console  {}", url(console)));
    }
    if let Some(connect) = running.connect {
        lines.push(format!("connect  {}", url(connect)));
    }
    lines.push(format!("data     {}", config.kafka_dir.display()));
    let findings = listener::advise(&config.listeners, facts);
    for finding in &findings {
        lines.push(String::new());
        lines.push(finding.to_string());
        lines.extend(
            finding.fix.lines(config.settings.syntax()).iter().map(|line| format!("     {line}")),
        );
    }
    lines.push(String::new());
    lines.extend(try_this(running));
    lines.push(String::new());
    lines.push(format!("ready in {} ms on {}", took.as_millis(), running.bootstrap_servers()));
    lines.push(String::new());
    lines.join("\n")
}

fn try_this(running: &Running) -> Vec<String> {
    let server = match running.bootstrap_servers() {
        "localhost:9092" => String::new(),
        other => format!(" --bootstrap-server {other}"),
    };
    [
        format!("klamm topics{server} create clickstream"),
        format!("echo hello | klamm produce{server} clickstream"),
        format!("klamm consume{server} clickstream --from-beginning"),
    ]
    .iter()
    .enumerate()
    .map(|(index, line)| format!("{}{line}", if index == 0 { "try      " } else { "         " }))
    .collect()
}
