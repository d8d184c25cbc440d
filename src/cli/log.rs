//! What the program says while it runs: on stderr, in colour only on a terminal.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

use super::config::LogLevel;

/// Starts logging; a second call changes nothing.
pub(super) fn start(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(level >= LevelFilter::DEBUG)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .finish();
    // Somebody who embeds klamm may have a subscriber of their own.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
