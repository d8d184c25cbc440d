//! The command line: flags, environment and files to a configuration; the commands.

mod banner;
pub mod client;
pub mod config;
mod connect;
mod connectors;
pub mod demo;
mod doctor;
mod exit;
pub mod explain;
mod facts;
mod learn;
mod log;
mod lookout;
mod port_owner;
mod report;
mod serve;
mod serve_error;
mod sink;
mod worker;
mod wrap;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::config::{Config, ServeArgs};
use self::exit::Exit;

/// Kafka, its S3 sink and an S3 endpoint in one small program
///
/// Without a command klamm serves: Kafka on 9092, S3 on 9000, the console on 8080, Connect's
/// REST interface on 8083, everything kept in ./klamm-data. It takes Kafka's own server.properties
/// and KAFKA_* variables.
#[derive(Debug, Parser)]
#[command(name = "klamm", version, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    serve: ServeArgs,

    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Examples:
  klamm demo                                    see it work
  klamm                                         a broker on localhost:9092
  klamm --ephemeral --listeners PLAINTEXT://127.0.0.1:0 --report klamm.json
                                                for a CI job: free ports, nothing kept
  klamm --config server.properties              with Kafka's own settings
  klamm --connector s3-sink.properties          with an S3 sink

Exit codes: 0 all well, 1 failed, 2 configuration, 3 port taken, 4 storage; 5 to 9: what
            the doctor found (klamm doctor --help)";

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Client(client::ClientCommand),
    /// A click-stream from events to objects, all in this one process
    Demo(demo::DemoArgs),
    Doctor(doctor::DoctorArgs),
    Config(Box<config::ConfigArgs>),
    Explain(explain::ExplainArgs),
    Learn(learn::LearnArgs),
    Sink(sink::SinkArgs),
    Connect(connect::ConnectArgs),
}

/// Parses the command line and runs the command that it names.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        None => run_server(&cli.serve).into(),
        Some(Command::Client(command)) => command.run(),
        Some(Command::Demo(args)) => demo::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Config(args)) => config::run(&args),
        Some(Command::Explain(args)) => explain::run(&args),
        Some(Command::Learn(args)) => learn::run(&args),
        Some(Command::Sink(args)) => sink::run(&args),
        Some(Command::Connect(args)) => connect::run(&args).into(),
    }
}

fn run_server(args: &ServeArgs) -> Exit {
    let config = match Config::load(args) {
        Ok(config) => config,
        Err(problems) => {
            complain(&problems);
            return Exit::Configuration;
        }
    };
    log::start(config.log_level);
    for note in &config.notes {
        complain(note);
    }
    match serve::run(config) {
        Ok(()) => Exit::Success,
        Err(error) => {
            complain(&format_args!("klamm: {error}"));
            error.exit()
        }
    }
}

/// Says it on stderr; a closed stderr is nobody's problem.
fn complain(what: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{what}");
}
