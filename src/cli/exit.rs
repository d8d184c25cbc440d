//! How the program ends: the exit codes that the README promises.

use std::process::ExitCode;

/// Why the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// All went well, or the server was asked to stop.
    Success,
    /// Something failed that has no code of its own.
    Failure,
    /// The command line, the environment or a file asks for something impossible.
    Configuration,
    /// A port is taken.
    PortTaken,
    /// The data directory cannot be used: locked by another process, unreadable, full.
    Storage,
    /// `doctor`: the address that was named leads to no Kafka.
    Bootstrap,
    /// `doctor`: an address that brokers tell their clients does not lead to them.
    Told,
    /// `doctor`: something else speaks there: TLS, plaintext or HTTP.
    Stranger,
    /// `doctor`: the certificate, the credentials or the permissions do not do.
    Refused,
    /// `doctor`: everything is reached, but the cluster does not work.
    Unhealthy,
}

impl Exit {
    /// The number.
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Configuration => 2,
            Exit::PortTaken => 3,
            Exit::Storage => 4,
            Exit::Bootstrap => 5,
            Exit::Told => 6,
            Exit::Stranger => 7,
            Exit::Refused => 8,
            Exit::Unhealthy => 9,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
