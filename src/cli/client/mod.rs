//! `klamm topics|produce|consume|groups`: a small client for people without Kafka's tools. Works
//! against any Kafka cluster, Apache Kafka from 1.0 on.
//!
//! The messages are those of the kafka-protocol crate, never the broker's own codec: two
//! implementations that understand each other.

mod cluster;
mod connection;
mod consume;
pub(in crate::cli) mod fetch;
mod groups;
pub(in crate::cli) mod member;
mod offsets;
pub(super) mod output;
mod produce;
mod request;
mod security;
mod topics;

use std::process::ExitCode;

use clap::{Args, Subcommand};

pub(super) use self::cluster::error_code;
pub use self::cluster::{Client, Leader};
pub use self::connection::{Connection, Endpoint, NoAnswer, Transport};
pub(super) use self::fetch::round as fetch_round;
pub use self::produce::{Delivery, Outgoing, Producer};
pub(super) use self::security::without_checks as tls_without_checks;
pub use self::security::{Credentials, Mechanism, SaslError, Security};

/// What to connect to and how to print.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Brokers to start from: HOST:PORT,...
    #[arg(
        long,
        short = 'b',
        value_name = "LIST",
        env = "KLAMM_BOOTSTRAP_SERVER",
        default_value = "localhost:9092",
        global = true
    )]
    pub bootstrap_server: String,

    /// Print JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands of a Kafka client.
#[derive(Debug, Clone, Subcommand)]
pub enum ClientCommand {
    /// List, create, describe and delete topics
    Topics(topics::TopicsArgs),
    /// Send records: each line of the standard input, or --value
    Produce(produce::ProduceArgs),
    /// Read records, alone or as a member of a group
    Consume(consume::ConsumeArgs),
    /// List, describe, reset and delete consumer groups
    Groups(groups::GroupsArgs),
}

impl ClientCommand {
    /// Runs the command to its end.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return output::fail(&error.into()),
        };
        let result = runtime.block_on(async {
            match self {
                ClientCommand::Topics(args) => topics::run(args).await,
                ClientCommand::Produce(args) => produce::run(args).await,
                ClientCommand::Consume(args) => consume::run(args).await,
                ClientCommand::Groups(args) => groups::run(args).await,
            }
        });
        // A reader of the standard input may still wait for a line that nobody needs.
        runtime.shutdown_background();
        result.unwrap_or_else(|error| output::fail(&error))
    }
}
