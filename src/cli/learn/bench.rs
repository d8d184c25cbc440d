//! What a lab works with while it is played: its folder, brokers, clients, words.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::clients::{self, KLAMM, Said};
use super::draw::{self, Line};
use super::folder::Folder;
use super::process::{self, Refusal, Started};
use super::texts::Language;
use super::visit::{End, Visit, visit};
use crate::cli::client::Endpoint;

/// The topic of the labs.
pub(super) const TOPIC: &str = "clicks";

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A part of a picture, with its heading.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) heading: String,
    pub(super) lines: Vec<Line>,
}

/// What came of playing a lab.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) scenes: Vec<Scene>,
    /// What real clients print, or what the broker said.
    pub(super) said: Vec<Said>,
    /// Why it is not solved.
    pub(super) reasons: Vec<String>,
    /// Whether somebody else has a port of the lab.
    pub(super) is_port_taken: bool,
}

impl Outcome {
    pub(super) fn is_solved(&self) -> bool {
        self.reasons.is_empty()
    }

    /// One reason, and nothing to see.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Outcome { reasons: vec![reason.into()], ..Outcome::default() }
    }
}

/// A lab that is being played. What its brokers kept is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Bench<'a> {
    pub(super) language: &'a Language,
    pub(super) folder: &'a Folder,
    runtime: tokio::runtime::Runtime,
}

impl<'a> Bench<'a> {
    pub(super) fn new(language: &'a Language, folder: &'a Folder) -> Result<Self> {
        remove(&folder.scratch());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Bench { language, folder, runtime })
    }

    pub(super) fn port(&self, name: &str) -> u16 {
        self.folder.port(name)
    }

    pub(super) fn word(&self, key: &str) -> &'static str {
        self.language.word(key)
    }

    /// Words with their blanks filled in, ports of the lab included.
    pub(super) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.folder.fill(&self.language.say(key, values))
    }

    /// Starts a broker with the learner's server.properties.
    pub(super) fn broker(&self) -> Result<Started> {
        let file = self.folder.file("server.properties");
        let config = ["--config".to_owned(), file.display().to_string()];
        self.broker_with(&config, &["--s3-port", "off", "--console-port", "off"])
    }

    /// Starts a broker with these arguments.
    pub(super) fn broker_with(&self, arguments: &[String], more: &[&str]) -> Result<Started> {
        let more = more.iter().chain(&["--connect-port", "off"]).map(ToString::to_string);
        let arguments: Vec<String> = arguments.iter().cloned().chain(more).collect();
        process::start(&self.folder.scratch(), &arguments)
    }

    /// What the lab comes to when the broker does not start.
    pub(super) fn refused(&self, refusal: Refusal) -> Outcome {
        let key = if refusal.is_port_taken { "port-taken" } else { "broker-refuses" };
        Outcome {
            said: vec![Said { who: KLAMM, lines: refusal.lines }],
            reasons: vec![self.say(key, &[])],
            is_port_taken: refusal.is_port_taken,
            ..Outcome::default()
        }
    }

    /// Waits for something.
    pub(super) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Waits a little, between two looks at something that takes its time.
    pub(super) fn pause(&self) {
        self.wait(async { tokio::time::sleep(LOOK_EVERY).await });
    }

    /// Goes a client's way.
    pub(super) fn visit(&self, at: &Endpoint, leads: &dyn Fn(&Endpoint) -> bool) -> Visit {
        self.wait(visit(at.clone(), TOPIC, leads))
    }

    /// What a visit comes to: the picture, what clients print, and why it did not work.
    pub(super) fn judge(&self, heading: String, visit: &Visit) -> Outcome {
        Outcome {
            scenes: vec![Scene { heading, lines: draw::visit(visit, self.language) }],
            said: clients::say(visit, TOPIC),
            reasons: self.reason(visit).into_iter().collect(),
            ..Outcome::default()
        }
    }

    fn reason(&self, visit: &Visit) -> Option<String> {
        let bootstrap = visit.bootstrap.to_string();
        Some(match &visit.end {
            End::Works => return None,
            End::Bootstrap(_) => self.say("bootstrap-fails", &[("address", &bootstrap)]),
            End::Told { node, at, .. } => {
                let (node, at) = (node.to_string(), at.to_string());
                let values = [("bootstrap", bootstrap.as_str()), ("node", &node), ("address", &at)];
                self.say("told-fails", &values)
            }
            End::NoLeader => self.say("no-leader", &[("address", &bootstrap)]),
            End::Failed(error) => self.say("failed", &[("error", error)]),
        })
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        remove(&self.folder.scratch());
    }
}

/// Brokers end before their data goes: they are dropped inside a lab's play.
fn remove(scratch: &Path) {
    let _ = std::fs::remove_dir_all(scratch);
}

/// An address of this machine.
pub(super) fn local(last: u8, port: u16) -> Endpoint {
    Endpoint { host: Ipv4Addr::new(127, 0, 0, last).to_string(), port }
}

/// The same as a socket's address.
pub(super) fn socket(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port))
}

/// Whether a host is the loopback of whoever says it.
pub(super) fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "localhost" | "::1")
}
