//! The lab in which client and listener do not speak the same protocol.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cli::client::Endpoint;
use crate::cli::learn::bench::{Bench, Outcome, Scene, local};
use crate::cli::learn::clients::{JAVA, KAFKAJS, KLAMM, LIBRDKAFKA, Said};
use crate::cli::learn::draw;
use crate::cli::learn::process::{Process, Started};
use crate::cli::learn::screen::Tone;

/// How long the broker may take to say in its log what it saw.
const PATIENCE: Duration = Duration::from_secs(3);
/// How a TLS connection begins: a handshake record of 200 bytes that holds a client's hello.
const HELLO_START: [u8; 9] = [0x16, 0x03, 0x01, 0x00, 0xc8, 0x01, 0x00, 0x00, 0xc4];
const HELLO_BYTES: usize = 205;

/// A client whose `security.protocol` is to be that of the listener.
pub(super) fn tls(bench: &Bench<'_>) -> Result<Outcome> {
    let at = local(1, bench.port("port"));
    let listeners = ["--listeners".to_owned(), format!("PLAINTEXT://{at}")];
    let broker = bench.broker_with(&listeners, &["--s3-port", "off", "--console-port", "off"])?;
    let broker = match broker {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let settings = bench.folder.properties("client.properties")?;
    let text = |name: &str, default: &str| {
        settings.get(name).map_or(default, String::as_str).trim().to_owned()
    };
    let bootstrap = match Endpoint::parse(&text("bootstrap.servers", "")) {
        Ok(bootstrap) => bootstrap,
        Err(error) => return Ok(Outcome::because(format!("client.properties: {error:#}"))),
    };
    match text("security.protocol", "PLAINTEXT").to_uppercase().as_str() {
        "PLAINTEXT" => {
            let visit = bench.visit(&bootstrap, &|_| true);
            Ok(bench.judge(bench.say("scene-client", &[]), &visit))
        }
        "SSL" | "SASL_SSL" => say_hello(bench, &broker, &bootstrap),
        "SASL_PLAINTEXT" => Ok(Outcome::because(bench.say("sasl", &[]))),
        other => Ok(Outcome::because(bench.say("no-protocol", &[("value", other)]))),
    }
}

/// Begins as a TLS client does.
fn say_hello(bench: &Bench<'_>, broker: &Process, at: &Endpoint) -> Result<Outcome> {
    let mut hello = HELLO_START.to_vec();
    hello.resize(HELLO_BYTES, 0);
    let Ok(mut stream) = TcpStream::connect((at.host.as_str(), at.port)) else {
        let words = [("address", at.to_string())];
        let words = words.each_ref().map(|(name, value)| (*name, value.as_str()));
        return Ok(Outcome::because(bench.say("bootstrap-fails", &words)));
    };
    stream.write_all(&hello)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let answer = stream.read(&mut [0; 1]);
    let is_closed = match &answer {
        Ok(count) => *count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    };
    let lines = vec![
        draw::note(Tone::Plain, format!("{at}  <──  16 03 01 00 c8 …  {}", bench.word("hello"))),
        draw::note(Tone::Plain, bench.say("hello-as-length", &[])),
        draw::note(
            Tone::Bad,
            bench.say(if is_closed { "hello-closed" } else { "hello-silent" }, &[]),
        ),
    ];
    let scenes = vec![Scene { heading: bench.say("scene-tls", &[]), lines }];
    let mut said = clients(at);
    let seen = log(bench, broker);
    if !seen.is_empty() {
        said.push(Said { who: KLAMM, lines: seen });
    }
    let reasons = vec![bench.say("still-tls", &[])];
    Ok(Outcome { scenes, said, reasons, ..Outcome::default() })
}

/// What clients print whose first words are of TLS.
pub(in crate::cli::learn) fn clients(at: &Endpoint) -> Vec<Said> {
    vec![
        Said::new(
            LIBRDKAFKA,
            format!(
                "ssl://{at}/bootstrap: SSL handshake failed: Disconnected: SSL connection closed \
                 by peer: connecting to a PLAINTEXT broker listener?"
            ),
        ),
        Said::new(
            JAVA,
            format!(
                "Connection to node -1 (/{at}) terminated during authentication. This may happen \
                 due to any of the following reasons: (1) Firewall blocking Kafka TLS traffic (eg \
                 it may only allow HTTPS traffic), (2) Transient network issue."
            ),
        ),
        Said::new(
            KAFKAJS,
            "[Connection] Connection error: Client network socket disconnected before secure TLS \
             connection was established",
        ),
    ]
}

/// What the broker made of it: the finding's first lines.
fn log(bench: &Bench<'_>, broker: &Process) -> Vec<String> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let log = broker.log();
        // The first line has the time before it.
        let finding = log.find("L15").map_or("", |start| &log[start..]);
        let lines: Vec<String> = finding.lines().map(str::to_owned).collect();
        if lines.iter().any(|line| line.trim_start().starts_with("more"))
            || Instant::now() > give_up
        {
            return lines;
        }
        bench.pause();
    }
}
