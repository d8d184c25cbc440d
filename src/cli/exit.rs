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
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Configuration => 2,
            Exit::PortTaken => 3,
            Exit::Storage => 4,
        })
    }
}
