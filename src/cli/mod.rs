//! The command line.

pub mod config;

use std::process::ExitCode;

/// Parses the command line and runs the command that it names.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
