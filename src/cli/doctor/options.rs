//! What the command line and a client's properties ask for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::survey::Plan;
use crate::cli::client::{Endpoint, Security};
use crate::cli::config::{Problem, Problems};
use crate::cli::connectors;
use crate::listener::probe::Place;

/// Find out why clients cannot use a Kafka cluster
///
/// Goes a client's way: resolves the bootstrap address, connects on every address family, sees
/// what speaks there, asks for the brokers, and goes to each of them at the address that it
/// tells. Then it looks for the group coordinator, and sends a record through a temporary topic
/// and back. What is wrong is named by its number in the catalogue (L01 to L21), with what was
/// seen, why, and the settings that mend it. Works with every Kafka from 1.0 on.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct DoctorArgs {
    /// Where to begin: HOST:PORT,... [default: the file's bootstrap.servers, or localhost:9092]
    #[arg(value_name = "HOST:PORT", env = "KLAMM_BOOTSTRAP_SERVER")]
    bootstrap: Option<String>,

    /// A client's .properties: security.protocol, sasl.*, ssl.* (stores as PEM); librdkafka's
    /// names do as well
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,

    /// One such property; repeatable, wins over the file
    #[arg(long = "command-property", short = 'X', value_name = "KEY=VALUE")]
    command_properties: Vec<String>,

    /// Reason about clients elsewhere too, from the addresses that are told
    #[arg(long, value_name = "PLACE", value_delimiter = ',')]
    from: Vec<Elsewhere>,

    /// Change nothing: no temporary topic, no record
    #[arg(long)]
    no_write: bool,

    /// Seconds that each step may take
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    timeout: Duration,

    /// Print everything as one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Examples:
  klamm doctor localhost:9092
  klamm doctor kafka:9092 --from other-machine      could another machine use it?
  klamm doctor broker:9094 --command-config client.properties
  klamm doctor broker:9094 -X security.protocol=SASL_SSL -X sasl.mechanism=SCRAM-SHA-512 \\
      -X sasl.username=ann -X sasl.password=secret -X ssl.ca.location=ca.pem

Exit codes, of the first trouble on the way that stops clients:
  0  none
  2  the command line or the properties ask for something impossible
  5  the address that was named leads to no Kafka
  6  an address that brokers tell does not lead to them (with --from: from there)
  7  something else speaks there: TLS, plaintext or HTTP
  8  refused: certificate, user, password or mechanism
  9  everything is reached, and the cluster does not work";

/// Where a client may stand.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Elsewhere {
    /// On the machine that runs the containers
    Host,
    /// In a container beside the broker's
    Container,
    /// On another machine
    OtherMachine,
}

impl DoctorArgs {
    /// What to do.
    ///
    /// # Errors
    /// Everything that is impossible.
    pub(super) fn plan(&self) -> Result<Plan, Problems> {
        let mut problems = Vec::new();
        let properties = self.properties(&mut problems);
        let bootstrap = self.bootstrap(&properties, &mut problems);
        let security = Security::from_properties(&properties).unwrap_or_else(|more| {
            problems.extend(more);
            Security::plaintext()
        });
        if !problems.is_empty() {
            return Err(Problems { problems, notes: Vec::new() });
        }
        let (patience, may_write) = (self.timeout, !self.no_write);
        Ok(Plan { bootstrap, security, patience, may_write })
    }

    /// The places to reason about.
    pub(super) fn places(&self) -> Vec<Place> {
        let place = |it: &Elsewhere| match it {
            Elsewhere::Host => Place::Host,
            Elsewhere::Container => Place::Container,
            Elsewhere::OtherMachine => Place::OtherMachine,
        };
        self.from.iter().map(place).collect()
    }

    /// Whether a program reads the output.
    pub(super) fn wants_json(&self) -> bool {
        self.json
    }

    fn properties(&self, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
        let mut properties = BTreeMap::new();
        if let Some(path) = &self.command_config {
            match connectors::read(path) {
                Ok(read) => properties = read,
                Err(problem) => problems.push(Problem::whole(
                    format!("--command-config {}: {}", path.display(), problem.message),
                    "name a .properties file that this user can read",
                )),
            }
        }
        for pair in &self.command_properties {
            match pair.split_once('=') {
                Some((key, value)) => {
                    properties.insert(key.trim().to_owned(), value.trim().to_owned());
                }
                None => problems.push(Problem::whole(
                    format!("-X {pair}: no KEY=VALUE"),
                    "-X security.protocol=SASL_SSL",
                )),
            }
        }
        properties
    }

    fn bootstrap(
        &self,
        properties: &BTreeMap<String, String>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Endpoint> {
        let named = self.bootstrap.as_deref();
        let servers = named.or_else(|| properties.get("bootstrap.servers").map(String::as_str));
        let servers = servers.unwrap_or("localhost:9092");
        let mut endpoints = Vec::new();
        for text in servers.split(',').filter(|text| !text.trim().is_empty()) {
            match Endpoint::parse(text) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(error) => problems.push(Problem::whole(format!("{error:#}"), "HOST:PORT")),
            }
        }
        if endpoints.is_empty() && problems.is_empty() {
            problems.push(Problem::whole("no broker is named", "HOST:PORT"));
        }
        endpoints
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "no number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("must be more than 0".to_owned()),
    }
}
