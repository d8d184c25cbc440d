//! What the program says while it runs: on stderr, in colour only on a terminal. How much can be
//! changed while it runs, over Connect's `/admin/loggers`.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::reload;

use super::config::LogLevel;
use crate::connect::herder::{LogLevels, LoggerLevel};

/// Changes the filter, whatever the subscriber's type.
type Change = Box<dyn Fn(LevelFilter) + Send + Sync>;

static CHANGE: OnceLock<Change> = OnceLock::new();
/// When the level was changed, in milliseconds since 1970; 0 for never.
static CHANGED_MS: AtomicI64 = AtomicI64::new(0);

/// Starts logging; a second call changes nothing.
pub(super) fn start(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let (filter, handle) = reload::Layer::new(wanted(level));
    let format = tracing_subscriber::fmt::layer()
        .with_target(level >= LevelFilter::DEBUG)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let subscriber = {
        use tracing_subscriber::layer::SubscriberExt;
        tracing_subscriber::registry().with(filter).with(format)
    };
    // Somebody who embeds klamm may have a subscriber of their own.
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        let _ = CHANGE.set(Box::new(move |level| {
            // Fails only when the subscriber is gone, at the end of the process.
            let _ = handle.reload(wanted(level));
        }));
    }
}

/// What is said at a level. The S3 library says every refusal of a client's request as an error
/// of ours: that is for debugging.
fn wanted(level: LevelFilter) -> Targets {
    let s3s = if level >= LevelFilter::DEBUG { level } else { LevelFilter::OFF };
    Targets::new().with_default(level).with_target("s3s", s3s)
}

/// The level of this process.
#[derive(Debug)]
pub(super) struct Levels;

impl LogLevels for Levels {
    fn root(&self) -> LoggerLevel {
        let changed_ms = CHANGED_MS.load(Ordering::Relaxed);
        LoggerLevel {
            level: LevelFilter::current().to_string().to_uppercase(),
            last_modified: (changed_ms > 0).then_some(changed_ms),
        }
    }

    fn set_root(&self, level: &str, now_ms: i64) {
        let level = match level {
            "OFF" => LevelFilter::OFF,
            "FATAL" | "ERROR" => LevelFilter::ERROR,
            "WARN" => LevelFilter::WARN,
            "DEBUG" => LevelFilter::DEBUG,
            "TRACE" | "ALL" => LevelFilter::TRACE,
            _ => LevelFilter::INFO,
        };
        if let Some(change) = CHANGE.get() {
            change(level);
            CHANGED_MS.store(now_ms, Ordering::Relaxed);
        }
    }
}
